"""Whether an edit makes a pack stricter for branches, milder, or only different; exact rules where there are some, else by asking both
versions at the values at which they change, and by proof. What shows neither is undecided, unless it is proved to change nothing."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Literal

from evaluator.authoring.compare.edits import TORN, Edit, applied
from evaluator.authoring.compare.outcomes import Tally, compared, pinned, readers, reading_of
from evaluator.authoring.compare.things import Key, canonical
from evaluator.authoring.compare.weights import only_weight
from evaluator.diagnostics import Failure
from evaluator.packs import models as m
from evaluator.scoring.advice.direction import rises
from evaluator.scoring.compile import compile_plan
from evaluator.scoring.period import Period

__all__ = ["Judged", "Verdict", "judge"]

Verdict = Literal["stricter", "milder", "mixed", "undecided", "different", "text"]
Sign = int | None  # 1 stricter, -1 milder, 0 neither, None: cannot be decided
SIDES: dict[int, Verdict] = {1: "stricter", -1: "milder", 0: "different"}
CRITERION = ("points", "parts", "deduct", "zero_when", "applies_when")


@dataclass(frozen=True)
class Judged:
    """An edit with its verdict; ``tally`` where it was found by asking both versions, ``undecided`` where people have to look.

    The verdict ``undecided`` says that nothing is known; with another, ``undecided`` says that a part of the edit could not be judged.
    """

    edit: Edit
    verdict: Verdict
    tally: Tally | None = None
    undecided: bool = False


def judge(a: m.Pack, b: m.Pack, edits: Sequence[Edit], period: Period, others: tuple[m.Pack, ...] = ()) -> list[Judged]:
    """Return the edits between two packs with their verdicts, each judged alone on top of ``a``."""
    bench = _Bench(canonical(a), canonical(b), [edit for edit in edits if edit.supports and edit.kind == "added"], period, others)
    return [bench.judged(edit) for edit in edits]


@dataclass
class _Bench:
    a: m.Pack
    b: m.Pack
    support: list[Edit]
    period: Period
    others: tuple[m.Pack, ...]

    def judged(self, edit: Edit) -> Judged:
        if edit.kind == "text" or (edit.supports and edit.section != "indicators"):
            return Judged(edit, "text")
        if edit.kind in ("added", "removed"):
            return Judged(edit, SIDES[_whole(edit) if edit.kind == "added" else -_whole(edit)])
        keys = self.asked(edit)
        if keys == [] and not readers(self.b, edit.id):
            return Judged(edit, "text")  # nothing reads it
        if keys is not None:
            return self.tried(edit, keys)
        old, new = edit.changes[0].old, edit.changes[0].new
        assert old is not None
        assert new is not None
        names = ("void",) if "void" in new else tuple(new)  # no cap and no strip is as hard as to void
        signs = [self.sign(edit, name, old[name], new[name]) for name in names]
        known = [sign for sign in signs if sign is not None]
        if 1 in known and -1 in known:
            return Judged(edit, "mixed")
        open_ = len(known) < len(signs)
        verdict = SIDES[max(known, key=abs, default=0)]
        return Judged(edit, "undecided" if open_ and verdict == "different" else verdict, undecided=open_)

    # --- by asking both versions ----------------------------------------------

    def asked(self, edit: Edit) -> list[Key] | None:
        """Return the rules that show what an edit does; None where the fields themselves say it."""
        fields = set(edit.fields)
        match edit.section:
            case "criteria" if fields <= set(CRITERION):
                return [("criteria", edit.id)]
            case "vetoes" | "triggers" | "gates" if fields <= {"when", "applies_when"}:
                return [(edit.section, edit.id)]
            case "groups" if fields == {"earned_when"}:
                return [("line", edit.id)]
            case "rating":
                return [("rating", "")]
            case "pack" if fields == {"applies_to"}:
                return [("applies", "")]
            case "settings" | "derived":
                return self.reading(edit.id)
            case _:
                return None

    def reading(self, name: str) -> list[Key]:
        """Return the rules that read a name in both packs: in one only, it is that rule's own edit that tells."""
        after = readers(self.b, name)
        return [key for key in readers(self.a, name) if key in after]

    def tried(self, edit: Edit, keys: Iterable[Key]) -> Judged:
        variant = applied(self.a, [*self.support, edit])
        tally = Tally()
        torn = False
        for key in keys:
            for day in self.days(edit, variant, key):
                try:
                    tally += compared(pinned(self.a, day), pinned(variant, day), key, self.period, self.others, up=self.up)
                except TORN:  # it needs another edit beside it, numbers are too large, or a needed pack is not here
                    torn = True
        if tally.worse or tally.better:
            verdict: Verdict = "mixed" if tally.worse and tally.better else SIDES[bool(tally.worse) - bool(tally.better)]
            return Judged(edit, verdict, tally, torn)
        if not torn and tally.cases and tally.same:
            return Judged(edit, "text" if tally.alike and "points" not in edit.fields else "different", tally)
        if not torn and edit.section == "criteria" and only_weight(edit):
            return Judged(edit, "different", tally)
        return Judged(edit, "undecided", tally if tally.cases else None, undecided=True)

    @cached_property
    def up(self) -> bool:
        """Whether a higher level is better, of the first pack."""
        day = max(self.period.reference, self.a.effective.from_)
        try:
            plan = compile_plan([*self.others, pinned(self.a, day)], self.period)
        except Failure:  # then no comparison of levels can be made either
            return True
        return rises(plan, next(step.number for step in plan.packs if step.id == self.a.pack))

    def days(self, edit: Edit, variant: m.Pack, key: Key) -> list[date]:
        """Return the days on which to compare: the reference date, and each on which a dated value that the rule reads begins to hold."""
        first = max(self.a.effective.from_, self.b.effective.from_)
        dated = set()
        for pack in (self.a, variant):
            read = reading_of(pack, key).names
            dated |= {day for id_, setting in pack.settings.items() if id_ in read for day in setting.by_date if day > first}
        return sorted({first if edit.section == "settings" else max(self.period.reference, first), *dated})

    # --- by the fields themselves ---------------------------------------------

    def sign(self, edit: Edit, name: str, old: Any, new: Any) -> Sign:
        """Return which way one field changed; numbers and flags by the table below, the rest one by one."""
        up = RISING.get((edit.section, name)) or RISING.get(("", name))
        if up is not None:
            return up * _compare(old, new)
        match name:
            case "deadline":
                return _shorter(self.a.deadlines.get(old), self.b.deadlines.get(new))
            case "holder" | "fixable_by":
                return int(new == "branch") - int(old == "branch")
            case "strip" | "requires":
                return _more(set(old), set(new))
            case "cap":
                return -_compare(101 if old is None else old, 101 if new is None else new)
            case "finding":
                return None if old and new else 1 if old else -1
            case "bonus" if edit.section == "groups":
                return -_compare(old.up_to if old else 0, new.up_to if new else 0)
            case "due":
                return _compare(_month(new), _month(old))
            case "kind":
                return 1 if new == "hard" else -1
            case "proof":
                return 1 if old is None else -1 if new is None else None
            case "blank" | "na":  # what eased filling in, or the answer that nothing is owed
                return 1 if new is None else -1 if old is None else None
            case "slips":
                return _slips(old, new)
            case _ if edit.section == "deadlines":
                return _shorter(self.a.deadlines[edit.id], self.b.deadlines[edit.id])
            case "owner" | "lead" | "effective":
                return 0
            case _:
                return None


# What makes it stricter where it rises (1) or falls (-1); a flag rises to true.
RISING = {
    ("groups", "min_applicable"): 1,
    ("criteria", "key"): 1,
    ("criteria", "bonus"): -1,
    ("vetoes", "void"): 1,
    ("", "irreversible"): 1,
    ("", "closes_on"): 1,
    ("", "auto_close"): -1,
    ("ledger", "branch_limit"): 1,
    ("ledger", "extensions"): -1,
    ("ledger", "observe_days"): 1,
}


def _compare(old: Any, new: Any) -> int:
    return int(new > old) - int(new < old)


def _more(old: set[str], new: set[str]) -> Sign:
    return 1 if new > old else -1 if new < old else None


def _month(due: Literal["period_end"] | int | None) -> int:
    return 0 if due is None else 13 if due == "period_end" else due


def _whole(edit: Edit) -> int:
    """Return which way it goes when a thing is added."""
    thing = edit.changes[0].new or edit.changes[0].old or {}
    match edit.section:
        case "criteria":
            return -1 if thing["bonus"] else 1
        case "indicators":
            return int(thing["holder"] == "branch" and not thing["attribute"])
        case _:
            return 1


# Days that a class of time limits may take, at least and at most; weekends and holidays stretch a working day.
SPANS: dict[str, Callable[[int], tuple[int, int]]] = {
    "day": lambda n: (n, n),
    "workday": lambda n: (n, 2 * n + 12),
    "month": lambda n: (28 * n, 31 * n),
}


def _shorter(old: m.Deadline | None, new: m.Deadline | None) -> Sign:
    """Return which way a time limit changed: 1 where it became shorter, None where that hangs on the calendar or on the case."""
    if old is None or new is None:
        return None
    if old.days is None or new.days is None:
        same = (old.date, old.at, old.review_days) == (new.date, new.at, new.review_days)
        if old.review_days and new.review_days:
            return -_compare(old.review_days, new.review_days)
        if old.date and new.date:
            return -_compare(old.date, new.date)
        return 0 if same else None
    clock = _compare(old.from_ == "found", new.from_ == "found")  # from when it was found on is earlier than from delivery on
    if old.unit == new.unit:
        days = -_compare(old.days, new.days)
    else:
        (low, high), (least, most) = SPANS[old.unit](old.days), SPANS[new.unit](new.days)
        if not (most < low or least > high):
            return None
        days = 1 if most < low else -1
    return (days or clock) if days * clock >= 0 else None


def _slips(old: tuple[m.Rung, ...], new: tuple[m.Rung, ...]) -> Sign:
    """Return which way a ladder of slips changed: more of them, or earlier ones, press harder."""
    was, now = {one.id: one.days for one in old}, {one.id: one.days for one in new}
    signs: set[Sign] = {-_compare(was[id_], now[id_]) for id_ in was.keys() & now.keys()}
    if was.keys() != now.keys():
        signs.add(_more(set(was), set(now)))
    if None in signs or {1, -1} <= signs:
        return None
    return max((sign for sign in signs if sign is not None), key=abs, default=0)
