"""A small run made by hand, with awkward names and texts: what reports are tested on without packs, files or engines."""

from dataclasses import replace
from datetime import date
from typing import Any

from sample_packs import internal_pack, pack

from evaluator.diagnostics import Place
from evaluator.evidence.records import Record, Register
from evaluator.evidence.register import Branch
from evaluator.packs.models import Pack
from evaluator.scoring import plan as p
from evaluator.scoring.results import BranchRow, CriterionRow, FindingRow, GroupRow, IssueRow, MissingRow, PackInfo, Run, RunInfo

__all__ = ["approved", "sample_run"]

AS_OF = date(2023, 6, 30)

# order, id, name, path, earned hundredths by criterion (a pair: lowest and highest), level after vetoes
EAST, WEST = ("示例市", "示例区", "东风街道"), ("示例市", "示例区", "西城街道")
ROWS: tuple[tuple[int, str, str, tuple[str, ...], dict[str, int | tuple[int, int]] | None], ...] = (
    (1, "B-01", "青山社区党支部", (*EAST, "青山社区"), {"DZB-01": 800, "DZB-02": 1200, "DGJ-01": 1000, "DGJ-02": 750, "DPA-01": 2000}),
    (2, "B-02", "=1+1", (*EAST, "一加一社区"), {"DZB-01": 0, "DZB-02": 1200, "DGJ-01": 500, "DGJ-02": 750, "DPA-01": 0}),
    (3, "B-03", "../../x", (*EAST, "望江社区"), {"DZB-01": 800, "DZB-02": 1200, "DGJ-01": 1000, "DGJ-02": 533, "DPA-01": 2000}),
    (4, "B-04", "CON", (*WEST, "康宁社区"), {"DZB-01": 800, "DZB-02": 1200, "DGJ-01": 1000, "DGJ-02": 750, "DPA-01": 0}),
    (5, "B-05", "@南湖 <60%", (*WEST, "南湖社区"), {"DZB-01": 800, "DZB-02": (0, 1200), "DGJ-01": (0, 1000), "DGJ-02": 266, "DPA-01": 0}),
    (6, "B-06", "北苑社区党支部", (*WEST, "北苑社区"), None),
    (7, "B-07", "明珠社区党支部", (), {"DZB-01": 800, "DZB-02": 1200, "DGJ-01": 1000, "DGJ-02": 533, "DPA-01": 2000}),
)
READS = {"DZB-01": "theme_day_months", "DZB-02": "fee_rate", "DGJ-01": "joint_meetings", "DGJ-02": "requests_done", "DPA-01": "cameras"}
VALUES = {
    "B-02": {"theme_day_months": 4, "joint_meetings": 1, "cameras": 58, "fee_rate": 100},
    "B-03": {"requests_done": 71},
    "B-04": {"cameras": 40, "accidents": 1},
    "B-05": {"cameras": 59, "requests_done": 35, "vacant_days": 120, "survey": 55},
    "B-07": {"requests_done": 71},
    "B-01": {"survey": 58},
}
DUES = {"B-02": {"DZB-01": date(2023, 6, 20), "DPA-01": date(2023, 7, 2)}}


def sample_run(*, state: str = "draft", illustrative: bool = True) -> Run:
    """Return seven branches in two townships and none, one of them unvisited, one under a veto, one listed by the internal pack."""
    star, lax = pack(), internal_pack()
    plan = _plan(star, lax)
    slots = {one.id: one.slot for one in plan.inputs}
    values = {id_: {slots[name]: value * 10_000 for name, value in VALUES.get(id_, {}).items()} for _, id_, *_ in ROWS}
    criteria, groups, branches, issues, findings, missing = [], [], [], [], [], []
    points = {c.id: int(c.points * 100) for group in star.groups for c in group.criteria}
    for order, id_, name, path, earned in ROWS:
        about = {
            "branch_id": id_,
            "order": order,
            "name": name,
            "path": "/".join(path),
            "township": path[2] if path else "",
            "area_type": "社区",
        }
        held = 0
        mine = []
        if earned is not None:
            for group in star.groups:
                spans = {c.id: _span(earned[c.id]) for c in group.criteria}
                low, high = (sum(span[end] for span in spans.values()) for end in (0, 1))
                applicable = sum(points[c.id] for c in group.criteria)
                key_failed = any(c.key and spans[c.id][0] == 0 for c in group.criteria)
                awarded = low * 100 >= 80 * applicable and not key_failed
                possible = high * 100 >= 80 * applicable and not key_failed
                why = "awarded" if awarded else "key" if key_failed else "line"
                groups.append(GroupRow(id_, star.pack, group.id, low, high, applicable, 10_000 * low // applicable, awarded, possible, why))
                held += awarded
                mine.append((low, high, applicable, possible))
                for criterion in group.criteria:
                    low_c, high_c = spans[criterion.id]
                    full = points[criterion.id]
                    status = "unproven" if low_c != high_c else "met" if low_c == full else "unmet" if low_c == 0 else "partial"
                    criteria.append(CriterionRow(id_, star.pack, criterion.id, group.id, status, low_c, high_c, full))
                    if status in ("unmet", "partial") or (status == "unproven" and star.indicators[READS[criterion.id]].holder == "branch"):
                        issues.append(_issue(star, id_, criterion, "unproven" if status == "unproven" else "lost", low_c, full))
                    if status == "unproven":
                        source = READS[criterion.id]
                        missing.append(MissingRow(id_, source, star.indicators[source].holder, (star.pack,), (criterion.id,)))
        vetoed = id_ == "B-04"
        if vetoed:
            findings.append(FindingRow(id_, star.pack, "veto", "DV1", "true"))
            issues.append(_issue(star, id_, star.vetoes[0], "veto", 0, 0))
        pending = id_ == "B-03"
        if pending:
            findings.append(FindingRow(id_, star.pack, "veto", "DV2", "pending"))
            missing.append(MissingRow(id_, "fraud_no", "纪委", (star.pack,), ("DV2",)))
        seen = earned is not None
        level = min(held, 1) if vetoed else held
        possible_stars = sum(p for *_, p in mine)
        whole = sum(a for _, _, a, _ in mine) or 1
        branches.append(
            BranchRow(
                **about,
                pack=star.pack,
                visited=seen,
                level=level if seen else None,
                level_possible=min(possible_stars, 1) if vetoed else possible_stars if seen else None,
                level_confirmed=(0 if pending else level) if seen else None,
                rating=next(r.label.zh for r in star.rating if r.level == level) if seen else "未检",
                provisional=id_ in ("B-03", "B-05"),
                stars=held if seen else None,
                stars_possible=possible_stars if seen else None,
                score=10_000 * sum(low for low, *_ in mine) // whole if seen else None,
                score_possible=10_000 * sum(g[1] for g in mine) // whole if seen else None,
                hard=None,
                soft=None,
                coverage=(6173 if id_ == "B-05" else 10_000) if seen else None,
                vetoes=("DV1",) if vetoed else (),
                open_vetoes=(),
                pending_vetoes=("DV2",) if pending else (),
                issues=sum(i.branch_id == id_ for i in issues),
            )
        )
        hit = {"B-05": (("TL-01", "true"), ("TL-02", "true")), "B-01": (("TL-02", "true"),), "B-02": (("TL-02", "open"),)}.get(id_, ())
        for trigger, finding in hit:
            findings.append(FindingRow(id_, lax.pack, "trigger", trigger, finding))
            if finding == "true":
                issues.append(_issue(lax, id_, next(t for t in lax.triggers if t.id == trigger), "trigger", 0, 0))
            else:
                missing.append(MissingRow(id_, "survey", "township", (lax.pack,), (trigger,)))
        hard, soft = sum(t == "TL-01" for t, _ in hit), sum(t == "TL-02" and s == "true" for t, s in hit)
        listed = 2 if hard else 1 if soft else 0
        branches.append(
            BranchRow(
                **about,
                pack=lax.pack,
                visited=seen,
                level=listed if seen else None,
                level_possible=listed if seen else None,
                level_confirmed=listed if seen else None,
                rating=lax.rating[2 - listed].label.zh if seen else "未检",
                provisional=id_ == "B-02",
                stars=None,
                stars_possible=None,
                score=None,
                score_possible=None,
                hard=hard if seen else None,
                soft=soft if seen else None,
                coverage=None,
                vetoes=(),
                open_vetoes=(),
                pending_vetoes=(),
                issues=sum(s == "true" for _, s in hit),
            )
        )
    info = RunInfo(
        start=date(2023, 1, 1),
        end=date(2023, 6, 30),
        as_of=AS_OF,
        reference=AS_OF,
        round="trial",
        state=state,
        packs=(PackInfo(star.pack, star.version, star.status, "d1"), PackInfo(lax.pack, lax.version, lax.status, "d2")),
        files={"佐证.xlsx": "00"},
        plan_digest="p",
        evidence_digest="e",
        table_digest="0123456789abcdef",
        engines={"columnar": "duckdb 2.0"},
        second_count={"ran": True, "reason": "", "sample": ["B-01", "B-05"], "differences": 0},
        bad_cells=("佐证.xlsx [支部] C7: “=2+3”不是整数",),
        warnings=(),
        tool="starbranch 0.1.0",
        illustrative=illustrative,
    )
    register = Register(tuple(Branch(id_, name, order, path, {"area_type": "社区"}) for order, id_, name, path, _ in ROWS))
    note = Record(
        "B-02",
        "theme_day_months",
        40_000,
        False,
        None,
        2,
        "",
        "4",
        '查阅台账:+2月、5月无记录,=HYPERLINK("x") 照录',
        "照片12",
        Place("佐证.xlsx", sheet="支部", cell="C4"),
    )
    return Run(
        info,
        (star, lax),
        plan,
        register,
        tuple(branches),
        tuple(groups),
        tuple(criteria),
        tuple(findings),
        tuple(issues),
        tuple(missing),
        values,
        (note,),
    )


def _span(earned: int | tuple[int, int]) -> tuple[int, int]:
    return earned if isinstance(earned, tuple) else (earned, earned)


def _issue(of: Pack, branch: str, item: Any, kind: str, earned: int, points: int) -> IssueRow:
    rule = of.deadlines[item.deadline]
    due = DUES.get(branch, {}).get(item.id) or (date(2023, 12, 31) if rule.date else None)
    told = f"不晚于 {due}" if due else f"下发后 {rule.days} {'个工作日' if rule.unit == 'workday' else '日'}"
    basis = ";".join(of.sources[one].title for one in item.basis)
    return IssueRow(
        f"{branch}|{item.id}|",
        kind,
        branch,
        of.pack,
        item.id,
        item.text.zh,
        earned,
        points,
        basis,
        item.measure.zh,
        item.owner,
        item.fixable_by,
        item.deadline,
        due,
        told,
        False,
    )


def _plan(star: Pack, lax: Pack) -> p.Plan:
    """Return a plan that says what each item reads; its tests are never run."""
    names = [*star.indicators, *lax.indicators]
    known = star.indicators | lax.indicators
    inputs = tuple(p.Input(n, id_, known[id_].type, "latest", 10_000 if known[id_].type != "text" else 1, n) for n, id_ in enumerate(names))
    never = p.Fixed(False)
    criteria = tuple(
        p.CriterionStep(
            number,
            c.id,
            0,
            group,
            int(c.points * 100),
            int(c.points * 100),
            (),
            (),
            None,
            None,
            c.key,
            c.bonus,
            (names.index(READS[c.id]),),
        )
        for number, (group, c) in enumerate((place, c) for place, one in enumerate(star.groups) for c in one.criteria)
    )
    groups = tuple(
        p.GroupStep(
            n, g.id, 0, sum(c.owed for c in criteria if c.group == n), tuple(c.number for c in criteria if c.group == n), never, 6000, (), 0
        )
        for n, g in enumerate(star.groups)
    )
    vetoes = tuple(
        p.VetoStep(n, v.id, 0, never, (), v.cap, v.void, None, (names.index(x),))
        for n, (v, x) in enumerate(zip(star.vetoes, ("accidents", "fraud_no"), strict=True))
    )
    triggers = tuple(
        p.TriggerStep(n, t.id, 1, t.kind == "hard", never, None, (names.index(x),))
        for n, (t, x) in enumerate(zip(lax.triggers, ("vacant_days", "survey"), strict=True))
    )
    packs = tuple(p.PackStep(n, one.pack, None, one.stars, (), (), (), ()) for n, one in enumerate((star, lax)))
    return p.Plan(date(2023, 1, 1), AS_OF, AS_OF, len(names), inputs, (), packs, groups, criteria, vetoes, triggers, (), "p")


def approved(run: Run) -> Run:
    return replace(run, info=replace(run.info, state="approved", illustrative=False))
