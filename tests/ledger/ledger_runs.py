"""Runs for tests of the ledger: one pack scored once with every item failing, and of that any run that a test tells."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from click.testing import CliRunner, Result

from evaluator.assess import Wanted, assess
from evaluator.bilingual import Group
from evaluator.evidence.register import Branch
from evaluator.ledger.acts import act
from evaluator.ledger.book import Post
from evaluator.ledger.entries import Issue
from evaluator.ledger.events import Actor, Draft
from evaluator.ledger.opening import Opened, open_run
from evaluator.ledger.reconcile import Compared, reconcile
from evaluator.ledger.rows import Row
from evaluator.ledger.store import Change, Store
from evaluator.packs.load import load_pack
from evaluator.packs.models import Pack
from evaluator.scoring.period import Period
from evaluator.scoring.results import IssueRow, Run

COUNTY = Actor("李明", "县委组织部", "county")
CHIEF = Actor("郑宏", "县委督查室", "county")
TOWNSHIP = Actor("陈立", "云台街道", "township")
OWNER = Actor("王芳", "青禾社区", "owner")
MADE = date(2024, 1, 5)
FIRST, SECOND, THIRD = date(2024, 1, 10), date(2024, 4, 10), date(2024, 7, 10)
TOWNSHIPS = {"云台街道": ("青禾社区", "双塘社区", "听泉社区"), "清渠街道": ("柳荫社区", "稻香社区", "平桥社区")}

COMMON = {"owner": "社区党组织", "fixable_by": "branch", "deadline": "soon", "measure": "改", "basis": ["doc"]}


def criterion(id_: str, points: int, **more: Any) -> dict[str, Any]:
    """Return a criterion that is met where its indicator, ``c`` and its id, is above 0."""
    parts = [{"award": points, "when": f"{indicator(id_)} > 0"}]
    return {"id": id_, "text": f"第{id_}条", "points": points, "parts": parts, **COMMON, **more}


def indicator(id_: str) -> str:
    return "c" + id_.replace("-", "").lower()


CRITERIA = (
    criterion("K-1", 2, key=True),
    criterion("A-1", 10),
    criterion("A-2", 8),
    criterion("A-3", 6),
    criterion("A-4", 4),
    criterion("T-1", 5, owner="街道党工委", fixable_by="township"),
    criterion("D-1", 5, owner="社区、民政局", fixable_by="department"),
    criterion("R-1", 3, irreversible=True, closes_on=2),
    criterion("X-1", 3, auto_close=True),
    criterion("W-1", 3, deadline="work"),
    criterion("M-1", 3, deadline="month"),
    criterion("Y-1", 3, deadline="year"),
    criterion("L-1", 3, locus="room"),
    criterion("B-1", 3, bonus=True),
)
LADDER = [
    {"id": "blue", "label": "蓝色提醒单", "days": -3},
    {"id": "yellow", "label": "黄色催办单", "days": 1},
    {"id": "red", "label": "红色督办单", "days": 7, "after": "yellow", "to": "leader"},
    {"id": "talk", "label": "约谈建议", "days": 15, "after": "red", "to": "leader"},
    {"id": "blame", "label": "提请研究问责", "days": 30, "after": "talk", "to": "superior"},
]


def pack(criteria: Sequence[Mapping[str, Any]] = CRITERIA, id_: str = "small", **more: Any) -> dict[str, Any]:
    """Return a pack as data."""
    labels = {indicator(one["id"]): {"label": f"指标{one['id']}", "type": "integer"} for one in criteria}
    labels |= {"room": {"label": "房间", "type": "text"}, "accidents": {"label": "事故", "type": "integer"}}
    group = {"id": "G", "title": "组", "lead": "组织部、住建局", "earned_when": "score >= 80", "criteria": list(criteria)}
    veto = {"id": "V-1", "text": "发生责任事故", "when": "accidents > 0", "cap": 0, **COMMON}
    return {
        "pack": id_,
        "version": "1",
        "status": "reference",
        "title": id_,
        "effective": {"from": "2023-01-01"},
        "stars": True,
        "sources": {"doc": {"title": "文件"}},
        "indicators": labels,
        "groups": [group | ({"bonus": {"up_to": 3}} if any(one.get("bonus") for one in criteria) else {})],
        "vetoes": [veto],
        "rating": [{"level": 1, "label": "达标", "when": "stars = 1"}, {"level": 0, "label": "未达标"}],
        "deadlines": {
            "soon": {"label": "三十天", "days": 30},
            "work": {"label": "十个工作日", "days": 10, "unit": "workday"},
            "month": {"label": "两个月", "days": 2, "unit": "month"},
            "year": {"label": "年底", "date": "12-31"},
        },
        "ledger": {"slips": LADDER},
    } | more


INNER = {
    **{key: value for key, value in pack((), "inner").items() if key not in ("groups", "vetoes", "stars")},
    "internal": True,
    "indicators": {"vacant": {"label": "空缺天数", "type": "integer"}},
    "triggers": [{"id": "S-1", "kind": "hard", "text": "书记长期空缺", "when": "vacant > 90", **COMMON}],
    "rating": [{"level": 1, "label": "列入", "when": "hard > 0"}, {"level": 0, "label": "不列入"}],
}


def loaded(data: Mapping[str, Any], folder: Path) -> Pack:
    return load_pack(str(write_pack(folder, data))).pack


def write_pack(folder: Path, data: Mapping[str, Any]) -> Path:
    path = folder / f"{data['pack']}.yaml"
    path.write_text(re.sub(r'"(\d{4}-\d\d-\d\d)"', r"\1", json.dumps(data, ensure_ascii=False, indent=1)), encoding="utf-8")
    return path


def evidence(values: Mapping[str, Mapping[str, object]], places: Mapping[str, tuple[str, str]]) -> str:
    """Return CSV: a line for each branch (``places``: its name and township), a column for each indicator that any has."""
    names = sorted({name for one in values.values() for name in one})
    lines = [",".join(("支部编码", "支部名称", "市", "区", "乡镇街道", "村社区", *names))]
    for id_, (name, township) in places.items():
        told = values.get(id_, {})
        lines.append(",".join((id_, name, "云山市", "河东区", township, name, *(str(told.get(one, "")) for one in names))))
    return "\n".join(lines) + "\n"


def scored(folder: Path, packs: Sequence[Mapping[str, Any]], told: str, as_of: date) -> Run:
    """Return the run of packs and one CSV text, counted once."""
    (folder / "evidence.csv").write_text(told, encoding="utf-8")
    period = Period(date(as_of.year - 1, 1, 1), date(as_of.year - 1, 12, 31), as_of)
    files = tuple(str(write_pack(folder, one)) for one in packs)
    return assess(Wanted((folder / "evidence.csv",), files, period, second_count=0)).run


def places_of(townships: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, str]]:
    """Return branch ids ``B1`` and on, in order, with name and township."""
    named = [(name, township) for township, names in townships.items() for name in names]
    return {f"B{number}": one for number, one in enumerate(named, 1)}


@cache
def _failing(packs: str, townships: str) -> Run:
    data = json.loads(packs)
    places = {id_: (name, township) for id_, (name, township) in json.loads(townships).items()}
    names = {name: one for told in data for name, one in told["indicators"].items()}
    worst = {name: "东屋" if one["type"] == "text" else 100 if name in ("accidents", "vacant") else 0 for name, one in names.items()}
    with TemporaryDirectory() as folder:
        return scored(Path(folder), data, evidence(dict.fromkeys(places, worst), places), FIRST)


def failing(packs: Sequence[Mapping[str, Any]] = (pack(),), places: Mapping[str, tuple[str, str]] = places_of(TOWNSHIPS)) -> Run:
    """Return a scored run in which every branch fails in everything."""
    return _failing(json.dumps(packs, ensure_ascii=False), json.dumps(places, ensure_ascii=False))


def seen(
    base: Run,
    as_of: date,
    unmet: Mapping[str, Sequence[str]] = {},
    *,
    other: Mapping[tuple[str, str], str] = {},
    absent: Sequence[str] = (),
    loci: Mapping[tuple[str, str], Sequence[str]] = {},
    without: Sequence[str] = (),
    names: Mapping[str, str] = {},
) -> Run:
    """Return ``base`` (where everything fails) as of another day, with everything met but what is told, consistently in all tables.

    ``unmet``: criteria, triggers and vetoes by branch; ``other``: status by branch and criterion; ``absent`` branches were not visited;
    ``loci``: where a criterion fails instead of its one place; ``without`` branches are not in the register; ``names``: new names.
    """
    gone = {*absent, *without}

    def status(branch: str, item: str) -> str:
        return other.get((branch, item)) or ("unmet" if item in unmet.get(branch, ()) else "met")

    def found(row: IssueRow) -> Iterator[IssueRow]:
        told = status(row.branch_id, row.criterion)
        owed = told == "unproven" and row.kind == "lost"  # a veto that is not known is no issue
        if row.branch_id not in gone and (told == "unmet" or owed):
            kind = "unproven" if told == "unproven" else row.kind
            start = f"{row.branch_id}|{row.criterion}|"
            ends = loci.get((row.branch_id, row.criterion), [row.issue_key.removeprefix(start)])
            yield from (replace(row, kind=kind, issue_key=start + end, problem=f"{row.problem}{end}") for end in ends)

    criteria = tuple(
        replace(row, status=status(row.branch_id, row.criterion), earned=0 if status(row.branch_id, row.criterion) != "met" else row.points)
        for row in base.criteria
        if row.branch_id not in gone
    )
    issues = tuple(one for row in base.issues for one in found(row))
    states = {"unmet": "true", "unproven": "open"}
    told = [(states.get(status(row.branch_id, row.id)), row) for row in base.findings if row.branch_id not in gone]
    findings = tuple(replace(row, state=state) for state, row in told if state)
    branches = tuple(replace(row, visited=row.branch_id not in absent) for row in base.branches if row.branch_id not in without)
    kept = tuple(replace(one, name=names.get(one.id, one.name)) for one in base.register.branches if one.id not in without)
    digest = hashlib.sha256(repr((as_of, criteria, issues, findings, branches, kept)).encode()).hexdigest()
    info = replace(base.info, as_of=as_of, table_digest=digest)
    register = replace(base.register, branches=kept)
    return replace(base, info=info, register=register, branches=branches, criteria=criteria, issues=issues, findings=findings)


def branch_of(base: Run, id_: str) -> Branch:
    return next(one for one in base.register.branches if one.id == id_)


# --- ledgers --------------------------------------------------------------------


def new_store(path: Path, *, internal: bool = False, posts: Sequence[Post] = ()) -> Store:
    store = Store.create(path, "云山", COUNTY, MADE, internal=internal)
    if posts:
        told = [{name: getattr(one, name) for name in Post.__slots__} for one in posts]
        with changing(store, MADE) as change:
            change.add(Draft("", "directory", {"posts": told}))
    return store


@contextmanager
def changing(store: Store, on: date, actor: Actor = COUNTY, *, dry: bool = False) -> Iterator[Change]:
    with store.change(actor, on, "test", dry) as change:
        yield change


def opened(store: Store, run: Run, *, on: date | None = None) -> Opened:
    with changing(store, on or run.info.as_of) as change:
        return open_run(change, run)


def compared(store: Store, run: Run, *, on: date | None = None, dry: bool = False, mass: bool = True, actor: Actor = COUNTY) -> Compared:
    with changing(store, on or run.info.as_of, actor, dry=dry) as change:
        return reconcile(change, run, allow_mass_close=mass)


def rows(store: Store, **told: object) -> list[Row]:
    """Return the entries whose columns are as told."""
    return store.rows(" AND ".join(f'"{name}" = ?' for name in told) or "1", list(told.values()))


def issue_of(store: Store, key: str, number: int = 0) -> Issue:
    """Return the issue of a key (``B1|A-1|``)."""
    found = store.entry(rows(store, key=key)[number].id)
    assert isinstance(found, Issue)
    return found


def move(store: Store, issue: Issue, action: str, as_of: date, actor: Actor = COUNTY, /, **data: Any) -> Issue:
    with changing(store, as_of, actor) as change:
        return act(change, change.issue(issue.id), action, data)


def given(store: Store, key: str, on: date, **more: Any) -> Issue:
    """Return an issue that was registered, assigned and delivered on a day."""
    issue = move(store, issue_of(store, key), "register", on)
    issue = move(store, issue, "assign", on, **{"unit": "青禾社区", "person": "王芳", "measures": [{"text": "改"}], **more})
    return move(store, issue, "deliver", on, on=str(on))


def submitted(store: Store, key: str, on: date, *, done_on: date | None = None, **more: Any) -> Issue:
    """Return an issue that its owner claims to have mended; it is given ten days before unless it was given already."""
    issue = issue_of(store, key)
    if issue.state == "candidate":
        issue = given(store, key, max(issue.now.found, date.fromordinal(on.toordinal() - 10)), **more.pop("given", {}))
    done = str(done_on or on)
    papers = more.pop("papers", [{"name": "照片", "dated": done}])
    records = [str(date(on.year, month, 15)) for month in range(issue.now.found.month, on.month)] if issue.irreversible else []
    return move(store, issue, "submit", on, OWNER, done_on=done, text="已改", papers=papers, records=records, **more)


def closed(store: Store, key: str, on: date, *, actor: Actor = CHIEF, **more: Any) -> Issue:
    """Return an issue that was mended and closed on a day."""
    issue = submitted(store, key, on, **more)
    return move(store, issue, "accept", on, actor, outcome="full", method="site", opinion="已改")


def state(store: Store) -> list[tuple[str, str, int]]:
    return [(row.key, row.state, row.version) for row in store.rows()]


def run_command(commands: Sequence[click.Command], *words: object) -> Result:
    """Run one of the commands as people do: what goes wrong is a sentence and an exit code."""
    group = Group("ledger", commands={command.name or "": command for command in commands}, help="cli.starbranch")
    return CliRunner().invoke(group, [str(word) for word in words])
