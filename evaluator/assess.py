"""From files to a scored run: the one path that the command line, the demo and the tests take."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from evaluator import __version__
from evaluator.diagnostics import Failure
from evaluator.evidence.gather import Options, gather
from evaluator.evidence.records import Evidence
from evaluator.ledger.calendar import load_calendar, published
from evaluator.ledger.issues import issues_of
from evaluator.ledger.standing import with_ledger
from evaluator.packs.load import LoadedPack, load_packs
from evaluator.packs.models import Indicator
from evaluator.packs.scope import all_indicators
from evaluator.scoring import rows
from evaluator.scoring.columnar import score
from evaluator.scoring.compile import compile_plan
from evaluator.scoring.earlier import other_versions, read_earlier
from evaluator.scoring.feed import approximate, counted, evidence_digest, feed, notes_of, unrouted
from evaluator.scoring.period import Period
from evaluator.scoring.plan import Plan
from evaluator.scoring.results import PackInfo, Run, RunInfo
from evaluator.scoring.scope_stage import scores_of, standings
from evaluator.scoring.second import second_count

__all__ = ["Assessment", "Wanted", "assess", "indicators_of", "read_evidence"]

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Wanted:
    """What the user asked for."""

    files: tuple[Path, ...]
    packs: tuple[str, ...]
    period: Period
    options: Options = Options()  # noqa: RUF009  # frozen
    second_count: int = 25
    allow_bad_cells: bool = False
    round: str = "trial"
    calendar: Path | None = None
    ledger: Path | None = None
    illustrative: bool = False
    previous: tuple[Path, ...] = ()  # folders of earlier runs, on which rules of a jurisdiction look back


@dataclass(frozen=True)
class Assessment:
    """A scored run, with the evidence's findings and the text of each pack by id."""

    run: Run
    evidence: Evidence
    pack_texts: Mapping[str, str]


def indicators_of(loaded: Sequence[LoadedPack]) -> dict[str, Indicator]:
    """Return the indicators of several packs, those of their manual parts included; equal ids mean the same in all (checked on loading)."""
    return {id_: indicator for one in loaded for id_, indicator in all_indicators(one.pack).items()}


def _with_bases(loaded: LoadedPack) -> Iterator[LoadedPack]:
    """Yield a pack and those that it is laid over: a workbook made for any of them holds its fields."""
    at: LoadedPack | None = loaded
    while at is not None:
        yield at
        at = at.base


def read_evidence(wanted: Wanted, loaded: Sequence[LoadedPack], plan: Plan) -> Evidence:
    """Return the evidence of the files asked for; its warnings name the branches to which no pack applies.

    Raises:
        Failure: files that cannot be used.
    """
    versions = {one.pack.pack: one.pack.version for top in loaded for one in _with_bases(top)}
    period = wanted.period
    found = gather(wanted.files, indicators_of(loaded), versions, start=period.start, reference=period.reference, options=wanted.options)
    return replace(found, warnings=(*found.warnings, *unrouted(found.register, plan, {one.pack.pack: one.pack for one in loaded})))


def assess(wanted: Wanted, progress: Progress = lambda _: None) -> Assessment:
    """Score the evidence and count a sample of it a second time.

    Raises:
        Failure: packs, period or evidence that cannot be used; bad cells unless they are allowed.
        Difference: the two engines disagree.
    """
    progress("packs")
    loaded = load_packs(wanted.packs)
    packs = {one.pack.pack: one.pack for one in loaded}
    plan = compile_plan([one.pack for one in loaded], wanted.period)
    earlier = read_earlier(wanted.previous, [one.pack for one in loaded], wanted.period)
    calendar = load_calendar(wanted.calendar) if wanted.calendar else published()
    progress("evidence")
    evidence = read_evidence(wanted, loaded, plan)
    evidence = replace(evidence, warnings=(*evidence.warnings, *other_versions(earlier, [one.pack for one in loaded])))
    if evidence.bad and not wanted.allow_bad_cells:
        raise Failure((*evidence.bad, *evidence.warnings))
    if wanted.ledger:
        evidence = with_ledger(evidence, wanted.ledger, indicators_of(loaded), wanted.period)
    register = evidence.register
    records = feed(evidence, plan, indicators_of(loaded))
    digest = evidence_digest(evidence)
    progress("score")
    tables = score(plan, records, len(register.branches))
    progress("second")
    ids = [branch.id for branch in register.branches]
    second = second_count(plan, records, tables, ids, wanted.second_count, digest)
    progress("issues")
    branches = register.by_id()
    values = rows.slot_values(tables.values, register)
    criteria = rows.criterion_rows(tables.criteria, plan, register)
    findings = rows.finding_rows(tables.findings, plan, register)
    groups = rows.group_rows(tables.groups, plan, register)
    missing = rows.missing_rows(plan, packs, criteria, findings, values, branches)
    notes = notes_of(evidence.records, plan)
    texts = {(r.branch, r.indicator): r.text for r in counted(evidence.records, plan)}
    about = approximate(register, evidence.records, plan)
    issues = issues_of(plan, packs, branches, criteria, findings, missing, values, notes, texts, wanted.period, calendar, about)
    counts = Counter((issue.branch_id, issue.pack) for issue in issues)
    branch_rows = rows.branch_rows(tables.branches, plan, register, packs, findings, counts)
    scores = scores_of(tables.branches, plan, register)
    standing_rows, scope_rows = standings(list(packs.values()), register, branch_rows, findings, scores, earlier, wanted.period)
    info = RunInfo(
        start=wanted.period.start,
        end=wanted.period.end,
        as_of=wanted.period.as_of,
        reference=wanted.period.reference,
        round=wanted.round,
        state="draft",
        packs=tuple(PackInfo(one.pack.pack, one.pack.version, one.pack.status, one.digest) for one in loaded),
        files={Path(name).name: value for name, value in evidence.digests.items()},
        plan_digest=plan.digest,
        evidence_digest=digest,
        table_digest=rows.table_digest(branch_rows, groups, criteria, findings, issues, standing_rows),
        engines={"columnar": f"duckdb {duckdb.__version__}"},
        second_count=second.summary(),
        bad_cells=tuple(f"{finding.place}: {finding.message('zh')}" for finding in evidence.bad),
        warnings=tuple(f"{finding.place}: {finding.message('zh')}" for finding in evidence.warnings),
        tool=f"starbranch {__version__}",
        illustrative=wanted.illustrative,
        previous={one.digest: one.told(packs[id_].version) for id_, runs in earlier.items() for one in runs},
    )
    run = Run(
        info,
        tuple(one.pack for one in loaded),
        plan,
        register,
        tuple(branch_rows),
        tuple(groups),
        tuple(criteria),
        tuple(findings),
        tuple(issues),
        tuple(missing),
        values,
        evidence.records,
        standing_rows,
        scope_rows,
    )
    return Assessment(run, evidence, {one.pack.pack: one.text for one in loaded})
