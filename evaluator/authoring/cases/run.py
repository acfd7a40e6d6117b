"""Cases run by both engines: what came of each, and where that is not what was expected."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa

from evaluator.authoring.cases.evidence import Given, evidence_of, given_of
from evaluator.authoring.cases.files import case_files, read_cases
from evaluator.authoring.cases.models import NA, NOT_DUE, WORDS, Case, CaseFile, Expect, Span
from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.packs.load import LoadedPack, find_packs, load_pack, load_packs
from evaluator.packs.models import Indicator, Pack
from evaluator.packs.scope import all_indicators
from evaluator.scoring import columnar, forward
from evaluator.scoring.compile import compile_plan
from evaluator.scoring.feed import feed
from evaluator.scoring.period import Period
from evaluator.scoring.plan import GateStep, Plan, TriggerStep, VetoStep
from evaluator.scoring.tables import BRANCHES, FindingKind, FindingState, Status

__all__ = ["Missed", "Outcome", "Subject", "Trial", "differences", "subject_of", "try_cases"]

KINDS = {"vetoes": FindingKind.VETO, "triggers": FindingKind.TRIGGER, "gates": FindingKind.GATE}
TABLES = ("criteria", "groups", "findings", "branches")


@dataclass(frozen=True, eq=False)
class Subject:
    """The pack whose cases are run, and the packs that it needs."""

    loaded: LoadedPack
    packs: tuple[Pack, ...]

    @property
    def pack(self) -> Pack:
        return self.loaded.pack

    @cached_property
    def indicators(self) -> dict[str, Indicator]:
        return {id_: one for pack in self.packs for id_, one in all_indicators(pack).items()}

    def plan(self, period: Period, pack: Pack | None = None) -> Plan:
        """Return the plan of the packs; ``pack`` stands in for the one whose cases are run."""
        return compile_plan([pack if pack and one.pack == pack.pack else one for one in self.packs], period)


@dataclass(frozen=True)
class Outcome:
    """What came of a case. Points are hundredths, lowest and highest; ids of what is true. None: the pack did not score it."""

    level: int | None
    stars: int | None
    provisional: bool | None
    points: dict[str, Span]
    of: dict[str, int]  # points in play
    status: dict[str, Status]
    groups: dict[str, bool]
    true: dict[str, tuple[str, ...]]  # vetoes, triggers, gates
    unknown: dict[str, tuple[str, ...]]
    elsewhere: int = 0  # vetoes, triggers and gates of needed packs that are true or open

    @property
    def states(self) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
        return self.true, self.unknown


@dataclass(frozen=True)
class Missed:
    """One expectation that was not met, or a branch on which the engines differ: ``key`` is its message, ``values`` fill it."""

    file: CaseFile
    case: Case
    key: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Trial:
    """All cases of a pack that were run: ``second`` whether the forward engine ran, too."""

    subject: Subject
    outcomes: tuple[tuple[CaseFile, Case, Outcome], ...]
    missed: tuple[Missed, ...]
    second: bool


def subject_of(name: str) -> Subject:
    """Return an installed pack, or one by its path, with what it needs: a neighbour of its folder, or an installed pack.

    Raises:
        Failure: anything in them is wrong.
    """
    loaded = load_pack(name)
    found = {loaded.pack.pack: loaded}
    left = list(loaded.pack.needs)
    while left:
        id_ = left.pop()
        if id_ not in found:
            beside = loaded.path.parent.parent / id_ / "pack.yaml"
            found[id_] = load_pack(str(beside) if beside.is_file() and id_ not in find_packs() else id_)
            left += found[id_].pack.needs
    load_packs([str(one.path) for one in found.values()])
    return Subject(loaded, tuple(one.pack for one in found.values()))


def read_all(subject: Subject) -> list[CaseFile]:
    """Return the cases of a pack, file by file.

    Raises:
        Failure: there are none, or anything in them is wrong.
    """
    path = subject.loaded.path
    files: list[CaseFile] = []
    findings: list[Diagnostic] = []
    for one in case_files(path):
        file, found = read_cases(one, subject.pack, subject.indicators)
        files += [file] if file else []
        findings += found
    if findings:
        raise Failure(findings, exit_code=1)
    if not files:
        raise Failure([Diagnostic("cases.E900", Place(str(path)), {"folder": str(path.parent / "cases")})], exit_code=1)
    return files


def try_cases(subject: Subject, *, second: bool = True) -> Trial:
    """Run every case of a pack in the columnar engine and, where it can run, the forward engine.

    Raises:
        Failure: there are no cases, or something in them is wrong.
    """
    second = second and forward.available()
    outcomes: list[tuple[CaseFile, Case, Outcome]] = []
    missed: list[Missed] = []
    for file in read_all(subject):
        plan, records = prepared(subject, file)
        tables = columnar.score(plan, records, len(file.cases))
        rows = {name: list(zip(*getattr(tables, name).to_pydict().values(), strict=True)) for name in TABLES}
        by_branch: list[dict[str, list[tuple[Any, ...]]]] = [{name: [] for name in TABLES} for _ in file.cases]
        for name in TABLES:
            for row in rows[name]:
                by_branch[row[0]][name].append(row)
        for case, own in zip(file.cases, by_branch, strict=True):
            outcome = outcome_of(subject.pack, plan, own)
            outcomes.append((file, case, outcome))
            missed += [Missed(file, case, key, values) for key, values in differences(case.expect, outcome)]
        if second:
            missed += disagreements(plan, records, file, by_branch)
    return Trial(subject, tuple(outcomes), tuple(missed), second)


def prepared(subject: Subject, file: CaseFile) -> tuple[Plan, pa.Table]:
    """Return the plan of a file's period and the records of its cases, numbered in their order.

    Raises:
        Failure: a value that its indicator cannot hold.
    """
    return recorded(subject, [given_of(file, case) for case in file.cases], file.period)


def recorded(subject: Subject, given: Sequence[Given], period: Period) -> tuple[Plan, pa.Table]:
    plan = subject.plan(period)
    evidence, findings = evidence_of(given, subject.indicators, period)
    if findings:
        raise Failure(findings, exit_code=1)
    return plan, feed(evidence, plan, subject.indicators)


def disagreements(plan: Plan, records: pa.Table, file: CaseFile, first: Sequence[dict[str, list[tuple[Any, ...]]]]) -> Iterator[Missed]:
    """Yield the cases about which the forward engine says something else."""
    by_branch: list[list[tuple[Any, ...]]] = [[] for _ in file.cases]
    for row in zip(*records.to_pydict().values(), strict=True):
        by_branch[row[0]].append(row)
    with closing(forward.Forward(plan)) as engine:
        for number, (case, own) in enumerate(zip(file.cases, by_branch, strict=True)):
            again = engine.score(own, number)
            for name in TABLES:
                if sorted(first[number][name]) != sorted(tuple(row) for row in getattr(again, name)):
                    yield Missed(file, case, "cases.engines_differ", {"table": name})


def outcome_of(pack: Pack, plan: Plan, rows: dict[str, list[tuple[Any, ...]]]) -> Outcome:
    """Return what the rows of one branch say of a pack."""
    number = next(one.number for one in plan.packs if one.id == pack.pack)
    own = next((dict(zip(BRANCHES, row, strict=True)) for row in rows["branches"] if row[1] == number), None)
    criteria = {plan.criteria[row[1]].id: row for row in rows["criteria"] if plan.criteria[row[1]].pack == number}
    groups = {plan.groups[row[1]].id: bool(row[5]) for row in rows["groups"] if plan.groups[row[1]].pack == number}
    steps: dict[int, Sequence[VetoStep | TriggerStep | GateStep]] = {
        FindingKind.VETO: plan.vetoes,
        FindingKind.TRIGGER: plan.triggers,
        FindingKind.GATE: plan.gates,
    }

    def found(kind: FindingKind, *states: FindingState) -> tuple[str, ...]:
        listed = [steps[kind][row[2]] for row in rows["findings"] if row[1] == kind and row[3] in states]
        return tuple(step.id for step in listed if step.pack == number)

    scored = own is not None and bool(own["visited"])
    return Outcome(
        level=own["level"] if own and scored else None,
        stars=own["stars"] if own and scored else None,
        provisional=bool(own["provisional"]) if own and scored else None,
        points={id_: {Status.NOT_APPLICABLE: NA, Status.NOT_DUE: NOT_DUE}.get(row[2], (row[3], row[4])) for id_, row in criteria.items()},
        of={id_: row[5] for id_, row in criteria.items()},
        status={id_: Status(row[2]) for id_, row in criteria.items()},
        groups=groups,
        true={name: found(kind, FindingState.TRUE) for name, kind in KINDS.items()},
        unknown={name: found(kind, FindingState.OPEN, FindingState.PENDING) for name, kind in KINDS.items()},
        elsewhere=sum(steps[row[1]][row[2]].pack != number for row in rows["findings"]),
    )


def differences(expect: Expect, outcome: Outcome) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield, as message and values, each expectation that the outcome does not meet."""
    if outcome.level is None:
        yield "cases.not_scored", {}
        return
    for name in ("level", "stars", "provisional"):
        wanted, came = getattr(expect, name), getattr(outcome, name)
        if wanted is not None and wanted != came:
            yield f"cases.{name}_differs", {"wanted": wanted, "came": came}
    for id_, span in expect.points.items():
        if outcome.points.get(id_) != span:
            yield "cases.points_differ", {"id": id_, "wanted": told(span), "came": told(outcome.points.get(id_))}
    for id_, full in expect.of.items():
        if outcome.of.get(id_) != full:
            came = outcome.of.get(id_)
            yield "cases.of_differ", {"id": id_, "wanted": told((full, full)), "came": told(None if came is None else (came, came))}
    for id_, awarded in expect.groups.items():
        if outcome.groups.get(id_) is not awarded:
            yield "cases.group_differs", {"id": id_, "wanted": awarded, "came": outcome.groups.get(id_)}
    for name in KINDS:
        listed: tuple[str, ...] | None = getattr(expect, name)
        if listed is not None and set(listed) != set(outcome.true[name]):
            yield f"cases.{name}_differ", {"wanted": ", ".join(listed) or "—", "came": ", ".join(outcome.true[name]) or "—"}


def told(span: Span | None) -> str:
    """Return points as text: 7.5, or 0–7.5 where they are not settled."""
    if span is None:
        return "—"
    if span in WORDS.values():
        return next(word for word, meant in WORDS.items() if meant == span)
    low, high = (f"{one // 100}.{one % 100:02d}".rstrip("0").rstrip(".") for one in span)
    return low if low == high else f"{low}–{high}"
