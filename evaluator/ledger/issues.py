"""The issues of a run: what was lost, what the branch has not proved, which triggers and vetoes hold, with owner and time limit."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from types import MappingProxyType

from evaluator.evidence.register import Branch
from evaluator.ledger.calendar import Calendar
from evaluator.ledger.deadlines import due
from evaluator.messages import say
from evaluator.packs.models import Criterion, Pack, Trigger, Veto
from evaluator.packs.scope import all_indicators
from evaluator.scoring.explain import facts_of
from evaluator.scoring.period import Period
from evaluator.scoring.plan import Plan
from evaluator.scoring.results import CriterionRow, FindingRow, IssueRow, MissingRow

__all__ = ["issue_key", "issues_of"]


def issue_key(branch: str, item: str, locus: str = "") -> str:
    """Return ``branch | criterion | locus``; a bar inside a piece is escaped."""
    return "|".join(piece.replace("\\", "\\\\").replace("|", "\\|") for piece in (branch, item, locus))


def issues_of(
    plan: Plan,
    packs: Mapping[str, Pack],
    branches: Mapping[str, Branch],
    criteria: Iterable[CriterionRow],
    findings: Iterable[FindingRow],
    missing: Iterable[MissingRow],
    values: Mapping[str, Mapping[int, int]],
    notes: Mapping[tuple[str, str], str],
    texts: Mapping[tuple[str, str], str],
    period: Period,
    calendar: Calendar,
    about: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> list[IssueRow]:
    """Return all issues in the order of branch, pack, item.

    ``missing`` is what undecided items wait for: only what the branch holds becomes its issue, the rest is owed by others (MEANING
    section 3). ``notes`` are the fact notes by branch and indicator, which the problem repeats word for word; ``texts`` what stood in
    the cells, for loci; ``about``: by branch and indicator, what stood in the cells of approximate values.
    """
    owed: dict[tuple[str, str, str], list[str]] = {}
    for gap in missing:
        if gap.holder == "branch":
            for pack_id, item_id in product(gap.packs, gap.criteria):
                owed.setdefault((gap.branch_id, pack_id, item_id), []).append(gap.indicator)
    steps = plan.items()
    indicators = {id_: all_indicators(pack) for id_, pack in packs.items()}
    items: dict[tuple[str, str], Criterion | Trigger | Veto] = {}
    for id_, pack in packs.items():
        items |= {(id_, criterion.id): criterion for group in pack.groups for criterion in group.criteria}
        items |= {(id_, trigger.id): trigger for trigger in pack.triggers} | {(id_, veto.id): veto for veto in pack.vetoes}
    gathered = {(id_, one.id) for id_, pack in packs.items() for group in pack.groups if group.accumulates for one in group.criteria}
    found: list[IssueRow] = []

    def add(branch_id: str, pack: str, id_: str, kind: str, earned: int, points: int) -> None:
        item = items[pack, id_]
        rule = packs[pack].deadlines[item.deadline]
        locus = item.locus if isinstance(item, Criterion) else None
        when = due(rule, as_of=period.as_of, found=period.as_of, delivered=None, calendar=calendar, period_end=period.end)
        facts = facts_of(plan, indicators[pack], steps[pack, id_].inputs, values[branch_id], written=about.get(branch_id, {}))
        told = [text for number in steps[pack, id_].inputs if (text := notes.get((branch_id, plan.inputs[number].id)))]
        shown = ";".join([*facts, *told]) or say("common.unknown", "zh")
        lacking = "、".join(indicators[pack][one].label.zh for one in owed.get((branch_id, pack, id_), ()))
        found.append(
            IssueRow(
                issue_key=issue_key(branch_id, id_, texts.get((branch_id, locus), "") if locus else ""),
                kind=kind,
                branch_id=branch_id,
                pack=pack,
                criterion=id_,
                problem=say(f"ledger.problem_{kind}", "zh", text=item.text.zh.rstrip("。"), facts=shown, missing=lacking),
                earned=earned,
                points=points,
                basis=_basis(packs[pack], item.basis),
                measure=item.measure.zh,
                owner=item.owner,
                fixable_by=item.fixable_by,
                deadline=item.deadline,
                due=when.day,
                due_text=when.text("zh"),
                provisional=when.provisional,
            )
        )

    for row in criteria:
        item = items[row.pack, row.criterion]
        assert isinstance(item, Criterion)
        if item.bonus:
            continue
        if row.status in ("unmet", "partial") and (row.pack, row.criterion) not in gathered:
            add(row.branch_id, row.pack, row.criterion, "lost", row.earned, row.points)
        elif row.status == "unproven" and (row.branch_id, row.pack, row.criterion) in owed:
            add(row.branch_id, row.pack, row.criterion, "unproven", row.earned, row.points)
    for finding in findings:
        if finding.state == "true" and finding.kind in ("trigger", "veto"):
            add(finding.branch_id, finding.pack, finding.id, finding.kind, 0, 0)
    rank = {id_: number for number, id_ in enumerate(branches)}
    order = {key: number for number, key in enumerate(items)}
    return sorted(found, key=lambda issue: (rank[issue.branch_id], order[issue.pack, issue.criterion]))


def _basis(pack: Pack, ids: Sequence[str]) -> str:
    return ";".join(pack.sources[id_].title if id_ in pack.sources else id_ for id_ in ids)
