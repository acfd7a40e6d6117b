"""Kinds and cases as lines of text: what commands print, in the language in force."""

from collections.abc import Iterable, Iterator, Sequence

from evaluator.ledger.cases import Case, Clock
from evaluator.ledger.kinds.clocks import standing
from evaluator.ledger.kinds.facts import settled
from evaluator.ledger.kinds.machine import LINKED, told_moves
from evaluator.ledger.kinds.models import WAYS, Answer, ClockRule, Kind, Kinds, Move
from evaluator.messages import language, say

__all__ = ["tell_case", "tell_kind", "tell_kinds", "tell_short"]


def tell_kinds(kinds: Kinds) -> Iterator[str]:
    """Yield the kinds, each with what it is for."""
    lang = language()
    for file in kinds.values():
        kind = file.kind
        yield say("kinds.kind_line", kind=kind.kind, title=kind.title.text(lang), mark=kind.mark)
        yield f"    {kind.purpose.text(lang)}"


def tell_kind(kind: Kind) -> Iterator[str]:
    """Yield everything that somebody who uses a kind may want to know: states, clocks, steps with their fields and refusals."""
    lang = language()
    yield say("kinds.kind_line", kind=kind.kind, title=kind.title.text(lang), mark=kind.mark)
    yield f"    {kind.purpose.text(lang)}"
    if kind.internal:
        yield f"    {say('kinds.kind_internal')}"
    yield say("kinds.states_line", states=say("kinds.comma").join(state.text(lang) for state in kind.states.values()))
    for clock in kind.clocks.values():
        basis = say("kinds.comma").join(say("kinds.default_basis") if one == "default" else kind.sources[one].title for one in clock.basis)
        yield say("kinds.clock_line", label=clock.label.text(lang), span=_span(kind, clock), basis=basis)
    for id_, move in kind.moves.items():
        roles = say("kinds.comma").join(say(f"moves.role_{role}") for role in move.by)
        yield say("kinds.move_line", move=id_, label=move.label.text(lang), roles=roles)
        if move.needs or move.takes:
            yield f"    {say('kinds.fields_line', fields=say('kinds.comma').join(_fields(kind, move)))}"
        for refusal in move.refuse:
            yield f"    {say('kinds.refusal_line', why=refusal.say.text(lang))}"


def tell_short(case: Case, kind: Kind, now: str) -> Iterator[str]:
    """Yield what one has to know after a step: number, state, what runs, what comes next."""
    yield _head(case, kind)
    for clock in case.clocks:
        if not clock.met or clock.met[:10] == now[:10]:
            yield f"  {_clock(clock, kind, now)}"
    yield f"  {say('kinds.next_line', allowed=told_moves(kind, case.state))}"


def tell_case(case: Case, kind: Kind, linked: Sequence[Case], now: str) -> Iterator[str]:
    """Yield the whole of a case; ``now`` is the ISO day or minute at which its clocks are looked at."""
    lang, fields = language(), settled(kind, case).fields
    yield _head(case, kind)
    yield f"  {say('kinds.case_kind', kind=kind.title.text(lang))}"
    if case.branch:
        yield f"  {say('kinds.case_branch', branch=f'{case.branch_name} {case.branch}')}"
    if case.township:
        yield f"  {say('kinds.case_township', township=case.township)}"
    for id_, field in kind.fields.items():
        yield from _field(field, fields.get(id_))
    if linked:
        yield say("kinds.links_head", count=len(linked), open=sum(not one.ended for one in linked))
        yield from (f"  {one.number} {one.title}" for one in linked)
    if case.clocks:
        yield say("kinds.clocks_head")
        yield from (f"  {_clock(clock, kind, now)}" for clock in case.clocks)
    yield say("kinds.steps_head")
    for step in case.steps:
        move = kind.moves.get(step.move)
        name = move.label.text(lang) if move else say("kinds.step_link") if step.move == LINKED else step.move
        told = "" if str(step.on) == step.at[:10] else say("kinds.step_late_told", on=step.on)
        text = say("kinds.step_text", text=step.text) if step.text else ""
        yield f"  {say('kinds.step_line', at=step.at.replace('T', ' '), move=name, by=step.by, unit=step.unit, text=told + text)}"
    yield say("kinds.next_line", allowed=told_moves(kind, case.state))


def _head(case: Case, kind: Kind) -> str:
    return say("kinds.case_head", number=case.number, title=case.title, state=kind.states[case.state].text(language()))


def _clock(clock: Clock, kind: Kind, now: str) -> str:
    rule = kind.clocks.get(clock.name)
    label = rule.label.text(language()) if rule else clock.name
    due, met = (text.replace("T", " ") for text in (clock.due, clock.met))
    told = {"met": "kinds.clock_met", "met_late": "kinds.clock_met_late", "running": "kinds.clock_running", "late": "kinds.clock_late"}
    text = say(told[standing(clock, now)], label=label, due=due, met=met)
    years = "/".join(map(str, clock.unknown_years))
    return text + (say("kinds.clock_provisional", years=years) if years else "")


def _field(field: Answer, value: object) -> Iterator[str]:
    lang = language()
    label = field.label.text(lang)
    if field.type == "rows" and isinstance(value, list):
        yield say("kinds.field_line", label=label, value="", unit="")
        for number, row in enumerate(value, 1):
            cells = [f"{column.label.text(lang)} {row[id_]}" for id_, column in field.columns.items() if row.get(id_)]
            yield f"  {number}. {' | '.join(cells)}"
    elif value not in (None, "", []) and field.type != "links":
        values: Iterable[object] = value if isinstance(value, list) else [value]
        shown = say("kinds.comma").join(field.options[str(one)].text(lang) if str(one) in field.options else str(one) for one in values)
        yield "  " + say("kinds.field_line", label=label, value=shown.replace("T", " ") if field.type == "time" else shown, unit=field.unit)


def _span(kind: Kind, clock: ClockRule) -> str:
    """Return how long a clock runs, in words."""
    lang = language()
    way = next(one for one in WAYS if getattr(clock.span, one) is not None)
    told = getattr(clock.span, way)
    if way == "field":
        told = kind.fields[told].label.text(lang)
    if not isinstance(told, dict):
        return say(f"kinds.span_{way}", count=told)
    options = kind.fields[clock.span.by or ""].options
    return say("kinds.comma").join(f"{options[one].text(lang)} {say(f'kinds.span_{way}', count=count)}" for one, count in told.items())


def _fields(kind: Kind, move: Move) -> Iterator[str]:
    """Yield the fields of a step as they are written, those that may be left out in brackets."""
    lang = language()
    for id_ in (*move.needs, *move.takes):
        field = kind.fields.get(id_)
        text = f"{id_}={field.label.text(lang)}" if field else f"--reason {say('kinds.reason')}"
        if field and field.options:
            text += f"({'/'.join(f'{one} {label.text(lang)}' for one, label in field.options.items())})"
        elif field and field.columns:
            asked = [column.label.text(lang) for one, column in field.columns.items() if not column.filled or one == field.key]
            text += f"({'|'.join(asked)};…)"
        yield text if id_ in move.needs else say("kinds.field_optional", field=text)
