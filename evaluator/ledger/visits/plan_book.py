"""The workbook of an inspection plan, and such workbooks read back as the history of later plans."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from evaluator.diagnostics import Diagnostic, Failure
from evaluator.ledger.events import canonical
from evaluator.ledger.visits.due_checks import Check, Quarter
from evaluator.ledger.visits.fieldbook import Field, FieldBook, Value
from evaluator.ledger.visits.headed import read_lines, title
from evaluator.ledger.visits.inspection import Past, Plan, Visit
from evaluator.ledger.visits.inspectors import SEPARATORS
from evaluator.ledger.visits.sampling import percent
from evaluator.masking import mask
from evaluator.messages import LANGUAGES, say

__all__ = ["Inputs", "check_text", "digests", "facts", "plan_book", "read_past"]

NEEDED = ("quarter", "team", "members", "township", "branch_id")
Inputs = Mapping[str, str]  # what each input is called to its digest


def digests(register: Path, inspectors: Path, history: Iterable[Path], head: str) -> dict[str, str]:
    """Return the SHA-256 of every file that a plan rests on, and the head hash of its ledger; the order of the history is of no account."""
    found = {say("inspection.input_register"): _digest(register), say("inspection.input_inspectors"): _digest(inspectors)}
    for number, one in enumerate(sorted(set(map(_digest, history))), 1):
        found[say("inspection.input_history", number=number)] = one
    return found | ({say("inspection.input_ledger"): head} if head else {})


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check_text(check: Check) -> str:
    """Return what is to be checked, as one line, personal numbers hidden."""
    return mask(say(f"inspection.check_{check.kind}", number=check.number, text=check.text, day=check.day))


def facts(plan: Plan, inputs: Inputs) -> list[tuple[str, str | int]]:
    """Return what a plan is known by, as pairs of name and value: for the record and for the screen."""
    wish = plan.wish
    if wish.rate is not None:
        method = say("inspection.method_rate", rate=percent(wish.rate))
    else:
        method = say("inspection.method_count", count=wish.count) if wish.count else say("inspection.method_none")
    repeats = "、".join(f"{township}—{team}" for township, team in plan.repeats)
    asked = [str(wish.quarter), wish.seed, method, wish.most, wish.allow_repeat, wish.ride_along, wish.limit, *inputs.values()]
    told: dict[str, str | int] = {
        "quarter": str(wish.quarter),
        "seed": wish.seed,
        "population": plan.population,
        "method": method,
        "drawn": plan.drawn,
        "visits": len(plan.visits),
        "most": wish.most if wish.most is not None else say("inspection.unlimited"),
        "observed": say("inspection.observed_along" if wish.ride_along else "inspection.observed_visited"),
        "limit": wish.limit,
        "repeats": (repeats or say("inspection.no_repeat")) if wish.allow_repeat else say("inspection.repeat_forbidden"),
        "digest": hashlib.sha256(canonical(asked).encode()).hexdigest(),
    }
    return [(say(f"inspection.fact_{name}"), value) for name, value in told.items()]


def plan_book(plan: Plan, inputs: Inputs) -> bytes:
    """Return the workbook: all visits, one sheet for each team to carry, and the record of the draw."""
    title = say("inspection.title", quarter=plan.wish.quarter)
    book = FieldBook(title, plan.wish.quarter.first)
    widths = {"quarter": 9, "team": 11, "members": 18, "township": 14, "branch_id": 14, "branch": 24, "checks": 60}
    fields = [Field(say(f"inspection.column_{name}"), width) for name, width in widths.items()]
    book.table(say("inspection.sheet_all"), title, (say("inspection.note_all"),), fields, map(_line(plan), plan.visits))
    for team in plan.teams:
        visits = plan.of(team)
        members = "、".join(one.name for one in team.members)
        notes = (say("inspection.note_team", members=members, count=len(visits)), say("inspection.note_fill"))
        book.table(team.name, say("inspection.title_team", team=team.name, quarter=plan.wish.quarter), notes, _carried(), _tasks(visits))
    record = say("inspection.sheet_record")
    rests_on = [(say("inspection.fact_input", name=name), digest) for name, digest in inputs.items()]
    book.facts(record, record, [*facts(plan, inputs), *rests_on])
    return book.data()


def _line(plan: Plan) -> Callable[[Visit], Sequence[Value]]:
    def line(visit: Visit) -> Sequence[Value]:
        members = "、".join(one.name for one in visit.team.members)
        checks = "\n".join(map(check_text, visit.checks))
        where = (visit.branch.township, visit.branch.id, visit.branch.name)
        return str(plan.wish.quarter), visit.team.name, members, *where, checks

    return line


def _carried() -> list[Field]:
    widths = {"order": 6, "township": 13, "branch": 22, "checks": 56}
    written = {"visited": 12, "found": 34, "signature": 11}
    fields = [Field(say(f"inspection.column_{name}"), width) for name, width in widths.items()]
    return [*fields, *(Field(say(f"inspection.column_{name}"), width, write=True) for name, width in written.items())]


def _tasks(visits: Iterable[Visit]) -> list[Sequence[Value]]:
    told = [(one.branch.township, one.branch.name, "\n".join(map(check_text, one.checks))) for one in visits]
    return [(number, *texts, None, None, None) for number, texts in enumerate(told, 1)]


def read_past(files: Iterable[Path], now: Quarter) -> tuple[list[Past], list[Diagnostic]]:
    """Return the visits of earlier plans, and warnings; a file handed in twice counts once, visits of later quarters do not count.

    Raises:
        Failure: a file cannot be read, is no plan, or has bad cells; all in one pass.
    """
    words = {name: [say(f"inspection.column_{name}", lang) for lang in LANGUAGES] for name in NEEDED}
    wrong: list[Diagnostic] = []
    warnings: list[Diagnostic] = []
    past: list[Past] = []
    seen: set[str] = set()
    for file in files:
        try:
            lines = read_lines(file, words, NEEDED, wrong)
        except Failure as failure:
            wrong += failure.findings
            continue
        digest = _digest(file)
        if digest in seen:
            continue
        seen.add(digest)
        for line in lines:
            wrong += [Diagnostic("inspection.E843", line.place(one), {"column": title(words[one])}) for one in NEEDED if not line[one]]
            try:
                quarter = Quarter.parse(line["quarter"])
            except ValueError:
                if line["quarter"]:
                    wrong.append(Diagnostic("inspection.E850", line.place("quarter"), {"found": line["quarter"]}))
                continue
            if quarter > now:
                warnings.append(Diagnostic("inspection.W855", line.place("quarter"), {"found": quarter, "now": now}))
                continue
            members = frozenset(filter(None, SEPARATORS.split(line["members"])))
            past.append(Past(quarter, line["team"], members, line["township"], line["branch_id"]))
    if wrong:
        raise Failure(wrong)
    return past, warnings
