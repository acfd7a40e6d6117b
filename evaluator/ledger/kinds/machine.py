"""The one machine that runs every kind of case: a move is read, judged by the kind's refusals, and stored with its clocks and links.

A kind says what may be done; nothing here knows any kind by name. Every reason against a move is given in one pass.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.ledger.adding import living_branch
from evaluator.ledger.calendar import Calendar, published
from evaluator.ledger.cases import Case
from evaluator.ledger.events import Draft
from evaluator.ledger.kinds.clocks import clocks_after, in_hours
from evaluator.ledger.kinds.facts import COUNTED, Scene, facts, settled
from evaluator.ledger.kinds.judge import Value, holds, names_in, value_of
from evaluator.ledger.kinds.load import find_kind
from evaluator.ledger.kinds.lookups import agenda, counted, last_open, numbered
from evaluator.ledger.kinds.models import STAYS, Kind, KindFile, Kinds, Move
from evaluator.ledger.kinds.values import merged, read_minute, read_value
from evaluator.ledger.store import Change
from evaluator.messages import language, say
from evaluator.packs.conditions import parse_condition, parse_formula
from evaluator.scoring.period import earlier

__all__ = ["LINKED", "advance", "begin", "kind_of", "told_moves"]

LINKED = "link"  # the step of a case to which another one was linked


def begin(
    change: Change,
    kinds: Kinds,
    kind: str,
    told: Mapping[str, str],
    *,
    branch: str = "",
    township: str = "",
    at: str = "",
    reason: str = "",
    calendar: Calendar | None = None,
) -> Case:
    """Begin a case of a kind; ``told`` is its fields as written, ``at`` the day or minute where it is not the day of the change.

    Raises:
        Failure: no such kind, no such branch or one that has ended, a value that is wrong, or a refusal; every reason in one pass.
    """
    file = find_kind(kinds, kind)
    one, label = file.kind, file.kind.title.text(language())
    place, findings, home = Place(label), list[Diagnostic](), None
    if one.internal and not change.book.internal:
        findings.append(Diagnostic("kinds.E861", place, {"kind": label}))
    if one.branch == "required" and not branch:
        findings.append(Diagnostic("kinds.E863", place, {"kind": label}))
    there = sorted({one.township for one in change.book.branches.values() if one.township})
    if township and not branch and there and township not in there:
        near = get_close_matches(township, there, n=3, cutoff=0.3) or there[:3]
        findings.append(Diagnostic("kinds.E869", place, {"found": township, "near": "、".join(near)}))
    try:
        home = living_branch(change.book, branch, place) if branch else None
    except Failure as failure:
        findings += failure.findings
    case = Case(
        "", one.kind, "", one.title.zh, "", False, change.as_of,  # what inspectors read in lists is Chinese
        branch=home.id if home else "",
        branch_name=home.name if home else "",
        township=home.township if home else township,
    )  # fmt: skip
    return _Attempt(change, kinds, file, case, one.begin, place, at, reason, calendar or published(), findings).make(told)


def advance(
    change: Change,
    kinds: Kinds,
    case: Case,
    move: str,
    told: Mapping[str, str],
    *,
    at: str = "",
    reason: str = "",
    calendar: Calendar | None = None,
) -> Case:
    """Make a move with a case and return the case after it; ``move`` is its id or its label.

    Raises:
        Failure: the move is unknown or refused, or a value is wrong; every reason in one pass.
    """
    file = kind_of(kinds, case)
    place = Place(case.number)
    now = change.entry(case.id)
    assert isinstance(now, Case)  # ids of cases stay theirs
    named = next((id_ for id_, one in file.kind.moves.items() if move in (id_, one.label.zh, one.label.en)), "")
    if not named:
        raise Failure([Diagnostic("kinds.E867", place, {"found": move, "allowed": told_moves(file.kind, now.state)})])
    return _Attempt(change, kinds, file, settled(file.kind, now), named, place, at, reason, calendar or published()).make(told)


def kind_of(kinds: Kinds, case: Case) -> KindFile:
    """Return the kind of a case.

    Raises:
        Failure: its file is not there.
    """
    if case.kind not in kinds:
        raise Failure([Diagnostic("kinds.E865", Place(case.number), {"kind": case.kind})])
    return kinds[case.kind]


def told_moves(kind: Kind, state: str, without: str = "") -> str:
    """Return in words what can be done in a state, each move with its id and who makes it; all but one where ``without`` names it."""
    lang, made = language(), []
    for id_, move in kind.allowed(state).items():
        roles = "/".join(say(f"moves.role_{role}") for role in move.by)
        made += [say("kinds.move_by", label=move.label.text(lang), move=id_, roles=roles)] if id_ != without else []
    return say("kinds.comma").join(made) or say("kinds.nothing_else" if without else "kinds.nothing_more")


@dataclass
class _Attempt:
    """One move that somebody wants to make. ``case`` is as it was before; a case that begins has no id yet."""

    change: Change
    kinds: Kinds
    file: KindFile
    case: Case
    name: str
    place: Place
    at: str
    reason: str
    calendar: Calendar
    findings: list[Diagnostic] = field(default_factory=list)
    links: tuple[str, ...] = ()  # new ones

    @property
    def kind(self) -> Kind:
        return self.file.kind

    @property
    def move(self) -> Move:
        return self.file.kind.moves[self.name]

    def find(self, code: str, **values: object) -> None:
        lang = language()
        refused = self.name if code == "E857" else ""
        allowed = told_moves(self.kind, self.case.state, refused) if self.case.id else say("kinds.begin_anew")
        known = {"move": self.move.label.text(lang), "allowed": allowed}
        self.findings.append(Diagnostic(f"kinds.{code}", self.place, known | values))

    def make(self, texts: Mapping[str, str]) -> Case:
        """Make the move and return the case after it."""
        if self.case.id and self.case.state not in self.move.from_:
            self.find("E852", state=self.kind.states[self.case.state].text(language()))
            raise Failure(self.findings)
        self.ask_who()
        self.ask_when()
        fields = self.read(texts)
        if self.findings:
            raise Failure(self.findings)
        after = self.after(fields)
        previous = self.previous() if not self.case.id and self.kind.succeeds else None
        values = self.judge(after)
        if self.findings:
            raise Failure(self.findings)
        after = self.written(after, values)
        if previous and self.kind.succeeds:
            advance(self.change, self.kinds, previous, self.kind.succeeds, {}, at=self.at, reason=self.reason, calendar=self.calendar)
        return self.store(after)

    # --- who, when, what -------------------------------------------------------

    def ask_who(self) -> None:
        role = self.change.actor.role
        if role not in self.move.by:
            roles = say("kinds.comma").join(say(f"moves.role_{one}") for one in self.move.by)
            self.find("E853", role=say(f"moves.role_{role}"), roles=roles)

    def ask_when(self) -> None:
        """Settle the day or minute of the move: not after the day on which it is told, not before the step before."""
        told, as_of = self.at, str(self.change.as_of)
        try:
            self.at = read_minute(told) if told else as_of
        except ValueError:
            self.find("E858", found=told)
            self.at = as_of
            return
        last = self.case.steps[-1].at if self.case.steps else ""
        length = min(len(last), len(self.at))
        if self.at[:10] > as_of:
            self.find("E859", at=self.at, as_of=as_of)
        elif self.at[:length] < last[:length]:
            self.find("E860", at=self.at, last=last)
        if len(self.at) == 10 and in_hours(self.kind, self.name):
            self.find("E862", day=self.at)

    def read(self, texts: Mapping[str, str]) -> dict[str, Any]:
        """Return the fields that were given, as events keep them."""
        kind, move, lang = self.kind, self.move, language()
        fields: dict[str, Any] = {}
        wrong_ones: dict[str, None] = {}
        takes = [id_ for id_ in (*move.needs, *move.takes) if id_ != "reason"]
        by_label = {kind.fields[id_].label.text(one): id_ for id_ in takes for one in ("zh", "en")}
        for name, text in texts.items():
            id_ = name if name in takes else by_label.get(name, "")
            if not id_:
                known = say("kinds.comma").join(f"{one} ({kind.fields[one].label.text(lang)})" for one in takes)
                self.find("E856", found=name, known=known or "—")
                continue
            value, wrong = read_value(id_, kind.fields[id_], text, self.place)
            self.findings += wrong
            if wrong:
                wrong_ones[id_] = None
            elif value not in ("", []):
                fields[id_] = value
                if kind.fields[id_].type == "links":
                    self.link(kind.fields[id_].of or "", value)
        for id_ in move.needs:
            if id_ == "reason" and not self.reason.strip():
                self.find("E871")
            elif id_ != "reason" and id_ not in fields | wrong_ones:
                self.find("E854", name=id_, label=kind.fields[id_].label.text(lang))
        fields.pop(kind.links, None)
        return fields

    def link(self, of: str, numbers: list[str]) -> None:
        """Find the cases of linked numbers; each must be open and of the other kind."""
        found = list[str]()
        for number in numbers:
            other = numbered(self.change, number, of)
            if other is None:
                self.find("E866", found=number, kind=self.kinds[of].kind.title.text(language()))
            elif other.ended:
                self.find("E864", found=number)
            elif other.id not in (*self.case.links, *found):
                found.append(other.id)
        self.links = tuple(found)

    # --- what it comes to ------------------------------------------------------

    def after(self, fields: dict[str, Any]) -> Case:
        """Return the case as the move would leave it, its clocks and what the move itself writes left out."""
        kind, case = self.kind, self.case
        whole = dict(case.fields)
        for id_, value in fields.items():
            one = kind.fields[id_]
            if one.type == "rows":
                whole[id_], strange = merged(one, whole.get(id_, ()), value)
                for key in strange:
                    self.find("E868", found=key, known="、".join(str(row[one.key or ""]) for row in case.fields.get(id_, ())) or "—")
            else:
                whole[id_] = value
        if not case.id:
            whole |= {id_: agenda(self.change, self.case) for id_, one in kind.fields.items() if one.fill == "agenda"}
        self.ask_names(whole)
        target = case.state if self.move.to == STAYS else self.move.to or ""
        state = kind.states[target]
        return self.filled(replace(case, state=target, ended=state.ends, fields=whole, links=(*case.links, *self.links)), fields)

    def filled(self, case: Case, given: Container[str]) -> Case:
        """Return the case with the columns of the ledger that the fields given in this step fill."""
        told: dict[str, Any] = {one.fills: case.fields[id_] for id_, one in self.kind.fields.items() if one.fills and id_ in given}
        return replace(case, **told)

    def ask_names(self, fields: Mapping[str, Any]) -> None:
        """Cells that name the rows of another field name rows that are there."""
        for id_, one in self.kind.fields.items():
            for name, column in one.columns.items():
                other = self.kind.fields.get(column.names or "")
                if other is None:
                    continue
                keys = [row[other.key or ""] for row in fields.get(column.names or "", ())]
                for number, row in enumerate(fields.get(id_, ()), 1):
                    if row.get(name) and row[name] not in keys:
                        self.find("E868", found=row[name], known="、".join(keys) or "—", number=number)

    def judge(self, after: Case) -> dict[str, Value]:
        """Report every refusal whose condition is true, and return the values that they were judged by."""
        conditions = [(one, parse_condition(one.when)) for one in self.move.refuse]
        formulas = [text for one in self.move.sets.values() for text in (one.formula, one.days, one.months) if text]
        read = {name for _, condition in conditions for name in names_in(condition)}
        read |= {name for text in formulas for name in names_in(parse_formula(text))}
        linked = tuple(self.entry(id_) for id_ in after.links) if self.kind.links else ()
        void = [id_ for id_, state in self.kind.states.items() if state.void]
        actor, as_of = self.change.actor, self.change.as_of
        scene = Scene(
            self.kind, after, self.case.fields, actor, as_of, self.at, self.reason, linked, lambda one: map(self.entry, one.links)
        )
        values = facts(scene, self.kinds, counted(self.change, read & set(COUNTED), after, void))
        for one, condition in conditions:
            if holds(condition, values, as_of):
                self.find("E857", why=one.say.text(language()))
        return values

    def entry(self, id_: str) -> Case:
        found = self.change.entry(id_)
        assert isinstance(found, Case)  # links lead to cases only
        return found

    def previous(self) -> Case | None:
        """Return the open case that this one takes over from; it must be ready to be handed over."""
        found = last_open(self.change, self.case)
        if found and self.kind.succeeds and found.state not in self.kind.moves[self.kind.succeeds].from_:
            state = self.kind.states[found.state].text(language())
            self.find("E870", found=found.number, state=state, allowed=told_moves(self.kind, found.state))
        return found

    def written(self, after: Case, values: Mapping[str, Value]) -> Case:
        """Return the case with what the move itself writes, and with its clocks."""
        made = {id_: text for id_ in self.move.sets if (text := self.written_value(id_, values)) is not None}
        fields = after.fields | made
        state = self.kind.states[after.state]
        clocks = clocks_after(
            self.kind, self.case.clocks, self.name, self.at, fields, ended=state.ends, void=state.void, calendar=self.calendar
        )
        return self.filled(replace(after, fields=fields, clocks=clocks), made)

    def written_value(self, id_: str, values: Mapping[str, Value]) -> Any:
        """Return what a move writes into a field, None where it cannot be worked out."""
        one, as_of = self.move.sets[id_], self.change.as_of
        if one.text is not None:
            return one.text
        if one.formula is not None:
            found = value_of(parse_formula(one.formula), values, as_of)
            return int(found) if isinstance(found, Fraction) else None
        start = values.get(one.from_ or "")
        if one.days is None and one.months is None:
            return start
        amount = value_of(parse_formula(one.days or one.months or "0"), values, as_of)
        if not isinstance(start, date) or not isinstance(amount, Fraction):
            return None
        return str(earlier(start, -int(amount), "days" if one.days else "months"))

    # --- storing ----------------------------------------------------------------

    def store(self, after: Case) -> Case:
        """Write the event, and one for each case that is newly linked."""
        changed = {id_: value for id_, value in after.fields.items() if self.case.fields.get(id_) != value}
        data: dict[str, Any] = {
            "move": self.name,
            "at": self.at,
            "state": after.state,
            "ended": after.ended,
            "title": after.title,
            "unit": after.unit,
            "person": after.person,
            "fields": changed,
            "clocks": _clocks(after),
            "links": list(after.links),
        }
        if self.case.id:
            made = self.change.add(Draft(self.case.id, "step", data, self.reason, self.file.digest))
        else:
            series = f"{self.change.book.prefix}-{self.kind.mark}-{self.change.as_of.year}"
            serial = self.change.book.serials.get(series, 0) + 1
            data |= {"kind": self.kind.kind, "number": f"{series}-{serial:04d}", "series": series, "serial": serial}
            data |= {"branch": after.branch, "branch_name": after.branch_name, "township": after.township}
            made = self.change.add(Draft("", "begin", data, self.reason, self.file.digest, new=True))
        assert isinstance(made, Case)
        for id_ in self.links:
            other = self.entry(id_)
            told = {"move": LINKED, "at": self.at, "clocks": _clocks(other), "links": [*other.links, made.id]}
            self.change.add(Draft(id_, "step", told, made.number, self.kinds[other.kind].digest))
        return made


def _clocks(case: Case) -> list[dict[str, Any]]:
    return [{"name": one.name, "due": one.due, "met": one.met, "unknown_years": list(one.unknown_years)} for one in case.clocks]
