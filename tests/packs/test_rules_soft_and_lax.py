"""The triggers and the acceptance sheet against their tables: kinds, scopes and points, shared words, numbers, when each line holds."""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

import pyarrow as pa
import pytest
import yaml
from pack_texts import numbers_of, texts
from soft_and_lax_tables import ASPECTS, FINE, HITS, LEVELS, TRIGGERS, WORTH

from evaluator import data_dir
from evaluator.packs.models import Criterion, Pack
from evaluator.scoring import columnar
from evaluator.scoring import plan as p
from evaluator.scoring.compile import compile_plan
from evaluator.scoring.forward import Forward, Rows
from evaluator.scoring.period import Period
from evaluator.scoring.tables import RECORDS, FindingKind, FindingState, Status

PACKS = ("soft-and-lax", "soft-and-lax-acceptance")
STARS = ("five-star-urban", "five-star-rural")


@cache
def raw(id_: str) -> dict[str, Any]:
    loaded = yaml.safe_load((data_dir("rules") / id_ / "pack.yaml").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


@cache
def pack(id_: str) -> Pack:
    return Pack.model_validate(raw(id_))


def items() -> list[Criterion]:
    return [criterion for group in pack("soft-and-lax-acceptance").groups for criterion in group.criteria]


def rules(id_: str) -> list[dict[str, Any]]:
    found = raw(id_)
    return [*found.get("triggers", []), *found.get("gates", []), *(item for group in found.get("groups", []) for item in group["criteria"])]


def labels(node: Any) -> Iterator[Any]:
    """Yield what stands below a node of YAML as a label, title, text, measure or note; sources have plain titles."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("label", "title", "text", "measure", "note"):
                yield value
            elif key != "sources":
                yield from labels(value)
    elif isinstance(node, list):
        for value in node:
            yield from labels(value)


def read_cases(table: str) -> list[tuple[str, str, str]]:
    found = [re.fullmatch(r"(\S+) (.*) -> (\S+)", line) for line in table.strip().splitlines()]
    return [(match[1], match[2], match[3]) for match in found if match]


@cache
def engine(start: date, as_of: date) -> Forward:
    return Forward(compile_plan([pack(id_) for id_ in PACKS], Period(start, date(start.year, 12, 31), as_of)))


def records(plan: p.Plan, changes: str, branch: int) -> list[tuple[Any, ...]]:
    """Return one undated record per field of a branch in order, with the changes, in the units of the plan."""
    inputs = {source.id: source for source in plan.inputs}
    rows: list[tuple[Any, ...]] = []
    for name, text in dict(pair.split("=") for pair in (FINE + " " + changes).split()).items():
        if text == "-":
            continue
        source = inputs[name]
        na = int(text == "/")
        if na:
            value = None
        elif source.type in ("boolean", "text"):
            value = int(text in ("是", "有"))
        elif source.type == "choice":
            value = source.options.index(text) + 1 if text in source.options else 0
        else:
            value = round(float(text) * source.scale)
        rows.append((branch, source.number, value, na, None, 1, "", len(rows)))
    return rows


def score(changes: str = "", start: date = date(2023, 1, 1), as_of: date = date(2023, 12, 31)) -> tuple[p.Plan, Rows]:
    found = engine(start, as_of)
    return found.plan, found.score(records(found.plan, changes, 0), 0)


def hits(changes: str = "", **when: date) -> dict[str, FindingState]:
    plan, rows = score(changes, **when)
    steps: dict[int, tuple[Any, ...]] = {FindingKind.TRIGGER: plan.triggers, FindingKind.GATE: plan.gates}
    return {steps[kind or 0][number or 0].id: FindingState(state or 0) for _, kind, number, state in rows.findings}


def test_eighteen_triggers_with_the_kinds_classes_and_scopes_of_the_table() -> None:
    found = pack("soft-and-lax")
    table = [tuple(line.split()) for line in TRIGGERS.split(";")]
    scopes = {None: "both", "area_type = '村'": "村", "area_type = '社区'": "社区"}
    assert [(t.id, t.kind, t.deadline, scopes[t.applies_when], t.fixable_by) for t in found.triggers] == table
    assert len(table) == 18
    assert sum(t.kind == "hard" for t in found.triggers) == 9
    assert found.applies_to is None


def test_number_six_is_kept_free_and_says_nothing() -> None:
    found = pack("soft-and-lax")
    assert found.reserved == ("SL-06",)
    assert "SL-06" not in {t.id for t in found.triggers}
    for id_ in PACKS:
        for text in texts(raw(id_)):
            assert not re.search("宗教|宗族|信仰|信教|民族|家族|教派|relig|ethnic|clan|belief|faith", text, re.IGNORECASE), text


def test_eighteen_items_of_a_hundred_points_in_six_aspects() -> None:
    found = pack("soft-and-lax-acceptance")
    aspects = {group.title.zh: {item.id: int(item.points) for item in group.criteria} for group in found.groups}
    assert {title: (sum(points.values()), points) for title, points in aspects.items()} == ASPECTS
    assert sum(c.points for c in items()) == 100
    assert len(items()) == 18
    assert [c.id for c in items() if c.key] == ["AC-01", "AC-11"]
    assert not found.stars
    assert all(g.earned_when is None for g in found.groups)
    assert found.needs == ("soft-and-lax",)
    assert found.settings["pass_line"].value == 70
    assert found.settings["sat_min"].value == 80


@pytest.mark.parametrize("id_", PACKS)
def test_results_stay_inside_and_are_worded_as_advice(id_: str) -> None:
    found = pack(id_)
    assert found.internal
    assert found.rating[-1].when is None
    assert found.rating[0].label.zh.startswith("建议")
    assert "recommended" in found.rating[0].label.en


@pytest.mark.parametrize("id_", PACKS)
def test_texts_are_there_in_both_languages(id_: str) -> None:
    for said in labels(raw(id_)):
        assert isinstance(said, dict), said
        assert said["zh"], said
        assert said["en"], said
    assert all(i.proof for i in pack(id_).indicators.values() if i.holder == "branch")


@pytest.mark.parametrize("id_", PACKS)
def test_no_text_asks_to_make_up_the_past(id_: str) -> None:
    for text in texts(raw(id_)):
        assert not re.search("补开|补记|补录|补做|补签|补写|补办|倒签|backdate|make up for a", text), text


def test_what_cannot_be_repaired_is_marked() -> None:
    assert {c.id for c in items() if c.irreversible} == {"AC-02", "AC-05", "AC-06", "AC-08", "AC-09", "AC-13"}


@pytest.mark.parametrize("id_", PACKS)
def test_every_number_says_where_it_comes_from(id_: str) -> None:
    derived = raw(id_)["derived"]
    for rule in rules(id_):
        asked = {key: rule[key] for key in ("when", "applies_when", "parts", "deduct", "zero_when") if key in rule}
        read = [derived[name] for name in derived if re.search(rf"\b{name}\b", str(asked))]
        wanted = set(numbers_of(asked)) | {number for one in read for number in numbers_of(one["formula"])}
        wanted |= {str(one["min_sample"]["at_least"]) for one in read if "min_sample" in one}
        assert set(rule.get("numbers", {})) == wanted, rule["id"]


@pytest.mark.parametrize("id_", PACKS)
def test_what_is_cited_is_listed_and_what_is_listed_is_cited(id_: str) -> None:
    found = pack(id_)
    cited = {one for rule in rules(id_) for one in (*rule["basis"], *rule.get("numbers", {}).values())}
    cited |= {one for deadline in found.deadlines.values() for one in deadline.basis}
    cited |= {setting.basis for setting in found.settings.values()}
    cited |= set(found.ledger.basis)
    assert cited - {"default"} == set(found.sources)


@pytest.mark.parametrize("kind", ["indicators", "derived", "sources", "deadlines"])
def test_what_packs_share_is_the_same_in_each(kind: str) -> None:
    for one in PACKS:
        for other in (*STARS, *PACKS):
            both = raw(one)[kind].keys() & raw(other)[kind].keys()
            assert {name: raw(one)[kind][name] for name in both} == {name: raw(other)[kind][name] for name in both}
    if kind == "indicators":
        assert len(raw("soft-and-lax")[kind].keys() & (raw(STARS[0])[kind].keys() | raw(STARS[1])[kind].keys())) == 16


def test_a_branch_in_order_meets_no_trigger_and_gets_every_point() -> None:
    _, rows = score()
    assert rows.findings == []
    assert [row[2] for row in rows.criteria] == [Status.MET] * 18
    assert [(row[8], row[11], row[12]) for row in rows.branches] == [(0, 0, 0), (1, 0, 0)]


@pytest.mark.parametrize(("month", "day"), [(1, 20), (2, 28), (3, 31), (6, 30), (9, 30), (11, 30)])
def test_a_branch_on_time_meets_no_trigger_within_the_year(month: int, day: int) -> None:
    as_of = date(2023, month, day)
    months = month if day >= 28 else month - 1
    quarters = months // 3
    held = f"party_assembly={quarters} party_lecture={quarters} committee_meeting={months} group_meeting_months={months}"
    assert hits(f"{held} disclosure_quarters={quarters} org_life_meeting=0", as_of=as_of) == {}
    if quarters:
        assert "SL-04" in hits("party_assembly=0 party_lecture=0 committee_meeting=1 group_meeting_months=0", as_of=as_of)


def test_meetings_count_at_sixty_percent_and_not_below() -> None:
    april = date(2023, 4, 30)  # 1 + 4 + 4 + 1 are owed
    held = "party_assembly=1 committee_meeting=3 party_lecture=1 disclosure_quarters=1"
    assert hits(f"{held} group_meeting_months=1", as_of=april) == {}
    assert set(hits(f"{held} group_meeting_months=0", as_of=april)) == {"SL-04", "AC-G3"}


def test_both_engines_score_every_case_the_same() -> None:
    cases = [changes for table in (HITS, WORTH, LEVELS) for _, changes, _ in read_cases(table)]
    forward = engine(date(2023, 1, 1), date(2023, 12, 31))
    rows = [records(forward.plan, changes, branch) for branch, changes in enumerate(cases)]
    columns = zip(*(row for one in rows for row in one), strict=True)
    found = columnar.score(forward.plan, pa.table(dict(zip(RECORDS, columns, strict=True))), len(cases))
    again = [forward.score(one, branch) for branch, one in enumerate(rows)]
    for name in ("criteria", "groups", "findings", "branches", "values"):
        assert [tuple(row.values()) for row in getattr(found, name).to_pylist()] == [row for one in again for row in getattr(one, name)]


@pytest.mark.parametrize(("id_", "changes", "verdict"), read_cases(HITS))
def test_triggers_and_gates_hold_as_the_table_says(id_: str, changes: str, verdict: str) -> None:
    assert hits(changes).get(id_) == {"yes": FindingState.TRUE, "open": FindingState.OPEN, "no": None}[verdict]


@pytest.mark.parametrize(("id_", "changes", "worth"), read_cases(WORTH))
def test_items_are_worth_what_the_table_says(id_: str, changes: str, worth: str) -> None:
    plan, rows = score(changes)
    _, _, status, low, high, _ = next(row for row in rows.criteria if plan.criteria[row[1] or 0].id == id_)
    if worth == "n/a":
        assert status == Status.NOT_APPLICABLE
        return
    least, _, most = worth.partition("..")
    assert (low, high) == (float(least) * 100, float(most or least) * 100)


@pytest.mark.parametrize(("id_", "changes", "level"), read_cases(LEVELS))
def test_levels_follow_the_lines(id_: str, changes: str, level: str) -> None:
    plan, rows = score(changes)
    number = next(step.number for step in plan.packs if step.id == id_)
    assert [row[8] for row in rows.branches if row[1] == number] == ([] if level == "none" else [int(level)])
