"""What differs between two packs by meaning, as edits that can be made one at a time."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from evaluator.authoring.compare.things import ORDER, Key, Thing, Things, assembled, canonical, things_of
from evaluator.diagnostics import Failure
from evaluator.packs import models as m

__all__ = ["TORN", "Change", "Edit", "applied", "edits_between"]

TEXT = ("text", "title", "label", "note", "measure", "basis", "numbers", "unit")
REMEDY = (
    ("deadline", ("deadline",)),
    ("owner", ("owner", "fixable_by")),
    ("ledger", ("irreversible", "closes_on", "auto_close", "locus", "supersedes")),
)
RULE_TEXT = ("text", TEXT)
# Per section: kind of an edit and the fields that change together. A field that is not named is an edit of its own, of kind ``other``.
ASPECTS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "criteria": (
        ("rule", ("points", "parts", "deduct")),
        *(("rule", (name,)) for name in ("zero_when", "applies_when", "key", "bonus", "due")),
        ("moved", ("group",)),
        *REMEDY,
        RULE_TEXT,
    ),
    "vetoes": (("rule", ("when",)), ("rule", ("strip", "cap", "void")), ("rule", ("finding",)), *REMEDY, RULE_TEXT),
    "triggers": (*(("rule", (name,)) for name in ("kind", "when", "applies_when")), *REMEDY, RULE_TEXT),
    "gates": (("rule", ("when",)), RULE_TEXT),
    "groups": (
        *(("rule", (name,)) for name in ("earned_when", "min_applicable", "requires", "bonus", "accumulates")),
        ("owner", ("lead",)),
        RULE_TEXT,
    ),
    "settings": (("threshold", ("value", "by_date", "by", "values", "otherwise")), RULE_TEXT),
    "indicators": (
        ("rule", ("type", "range", "options", "aggregate", "attribute")),
        ("rule", ("blank",)),
        ("rule", ("na",)),
        ("owner", ("holder",)),
        ("proof", ("proof",)),
        RULE_TEXT,
    ),
    "derived": (("rule", ("type", "formula", "when_zero", "min_sample")), RULE_TEXT),
    "deadlines": (("deadline", ("days", "unit", "date", "at", "review_days", "from_")), ("text", ("label", "basis"))),
    "sources": (("text", ("title", "grade", "url", "note")),),
    "rating": (("rule", ("when",)), ("rule", ("levels",)), RULE_TEXT),
    "ledger": (*(("ledger", (name,)) for name in m.LedgerRules.model_fields if name not in TEXT), RULE_TEXT),
    "pack": (
        *(("rule", (name,)) for name in ("applies_to", "total", "stars", "internal", "needs")),
        ("effective", ("effective",)),
        ("text", ("pack", "version", "status", "adopted", "authority", "title", "category", "note", "reserved")),
    ),
}
SUPPORT = ("sources", "settings", "indicators", "derived", "deadlines")  # there before anything reads them, and after
SILENT = ("text", "owner", "deadline", "ledger", "proof", "effective", "other")  # kinds that leave every score as it is
WRITTEN: dict[str, Callable[[Thing], Any]] = {  # what two ways of writing an indicator come to
    "options": lambda thing: set(thing["options"]),
    "range": lambda thing: (0, 100) if thing["range"] is None and thing["type"] == "percent" else thing["range"],
}
NUMBER = re.compile(r"(?<![A-Za-z_\d])\d+(?:\.\d+)?%?")


TORN = (Failure, AssertionError, KeyError, TypeError, ValueError)  # what a pack with only a part of some edits may raise when compiled


@dataclass(frozen=True)
class Change:
    """Fields of one thing, as they were and as they are; None: the whole thing was, or is, not there."""

    key: Key
    old: Thing | None
    new: Thing | None


@dataclass(frozen=True, eq=False)
class Edit:
    """One difference. ``kind``: added, removed, points, rule, threshold, moved, deadline, owner, ledger, proof, effective, text, other."""

    section: str
    id: str
    kind: str
    changes: tuple[Change, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the fields that differ, none where the whole thing was added or removed."""
        old, new = self.changes[0].old, self.changes[0].new
        return () if old is None or new is None else tuple(new)

    @property
    def supports(self) -> bool:
        """Whether it only brings in, or takes away, what other edits read."""
        return self.section in SUPPORT and self.kind in ("added", "removed")

    @property
    def scores(self) -> bool:
        """Whether it may change a score by itself."""
        return not self.supports and self.kind not in SILENT


def edits_between(a: m.Pack, b: m.Pack) -> tuple[Edit, ...]:
    """Return the edits that make ``b`` of ``a``, in the order of ``b``; none when the two mean the same."""
    old, new = things_of(canonical(a)), things_of(canonical(b))
    found: list[Edit] = []
    for key, thing in new.items():
        if key not in old:
            found.append(Edit(*key, "added", (Change(key, None, thing),)))
        else:
            found += _within(key, old[key], thing)
    found += [Edit(*key, "removed", (Change(key, thing, None),)) for key, thing in old.items() if key not in new]
    return tuple(_folded(found))


def applied(pack: m.Pack, edits: Iterable[Edit]) -> m.Pack:
    """Return what some of the edits make of a pack, expressions written in one way."""
    things: Things = dict(things_of(canonical(pack)))
    for edit in edits:
        for change in edit.changes:
            if change.new is None:
                things.pop(change.key, None)
            elif change.old is None:
                things[change.key] = dict(change.new)
            elif change.key in things:
                things[change.key] = {**things[change.key], **change.new}
    return assembled(things)


def _within(key: Key, old: Thing, new: Thing) -> list[Edit]:
    """Return the edits within a thing that both packs have."""
    if old == new:
        return []
    differing = [name for name in new if old[name] != new[name]]
    texts = {name for name in differing if name in ("parts", "deduct") and _worded(old[name]) == _worded(new[name])}
    if key[0] == "indicators" and old["type"] == new["type"]:
        texts |= {name for name in differing if name in WRITTEN and WRITTEN[name](old) == WRITTEN[name](new)}
    aspects = ASPECTS[key[0]]
    told = {name for _, names in aspects for name in names}
    found = []
    for kind, names in (*aspects, *(("other", (name,)) for name in differing if name not in told)):
        here = [name for name in differing if (name in names and name not in texts) or (name in texts and kind == "text")]
        if here:
            before, after = {name: old[name] for name in here}, {name: new[name] for name in here}
            found.append(Edit(*key, _kind(kind, before, after), (Change(key, before, after),)))
    return found


def _kind(kind: str, old: Thing, new: Thing) -> str:
    if kind != "rule":
        return kind
    if "points" in new:
        return "points"
    return "threshold" if None not in old.values() and _skeleton(old) == _skeleton(new) else "rule"


def _skeleton(thing: Thing) -> str:
    return NUMBER.sub("#", repr(_worded(tuple(thing.values()))))


def _worded(value: Any) -> Any:
    """Return rules without the texts that people read."""
    match value:
        case tuple():
            return tuple(map(_worded, value))
        case m.Model() if "text" in type(value).model_fields:
            return value.model_copy(update={"text": None})
        case _:
            return value


def _folded(edits: Iterable[Edit]) -> list[Edit]:
    """Return edits with those in one that make no sense alone: a group and its criteria, the levels and their order."""
    edits = list(edits)
    whole = {edit.id: edit for edit in edits if edit.section == "groups" and edit.kind in ("added", "removed")}
    members: Mapping[str, list[Change]] = {id_: [] for id_ in whole}
    ordered = [edit for edit in edits if edit.section == "rating" and (edit.changes[0].key == ORDER or not edit.fields)]
    levels = [change for edit in ordered for change in edit.changes]
    found: list[Edit] = []
    for edit in edits:
        change = edit.changes[0]
        home = (change.new or change.old or {}).get("group") if edit.section == "criteria" else None
        if home in whole and edit.kind == whole[home].kind:
            members[home].append(change)
        elif change not in levels:
            found.append(edit)
    folded = [Edit(e.section, e.id, e.kind, (*e.changes, *members[e.id])) if e in whole.values() else e for e in found]
    if levels:
        order = [one for one in levels if one.key == ORDER]
        folded.append(Edit("rating", "order", "rule", (*order, *(one for one in levels if one.key != ORDER))))
    return folded
