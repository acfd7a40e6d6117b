"""Branches between levels, and which edits move each: by hand on a small pack, and the searched sets against all sets there are."""

import json
from datetime import date
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from compared_packs import BASE, base, pack_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli import main
from evaluator.authoring.compare import flow as flow_module
from evaluator.authoring.compare import scoring as scoring_module
from evaluator.authoring.compare.edits import applied, edits_between
from evaluator.authoring.compare.flow import Flow, flow
from evaluator.authoring.compare.scoring import OUTSIDE, UNVISITED, Files, Scorer
from evaluator.diagnostics import Failure
from evaluator.scoring.period import Period

YEAR = Period(date(2023, 1, 1), date(2023, 12, 31), date(2023, 12, 31))
HEADER = "支部编码,支部名称,meetings,held,due_count,topics,fraud"
ROWS = [
    "a,甲支部,12,9,10,学习、服务、治理,否",  # full marks
    "b,乙支部,11,9,10,学习、服务、治理,否",  # a meeting short: 9 of 10 in G1
    "c,丙支部,12,8,10,学习、服务、治理,否",  # the second band: 7 of 10
    "d,丁支部,10,9,10,学习、服务、治理,否",  # 8 of 10: just on the line
    "e,戊支部,12,9,10,学习、服务,否",  # G2 not earned
    "f,己支部,12,9,10,学习、服务、治理,是",  # the veto caps at 1
    "g,庚支部,,,,,",
]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return evidence(tmp_path, ROWS)


def evidence(folder: Path, rows: list[str]) -> Files:
    path = folder / "e.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return Files((path,), YEAR)


def moves(found: Flow) -> dict[str, tuple[int, int, set[tuple[str, ...]], set[str], bool]]:
    return {
        move.branch.id: (
            move.old,
            move.new,
            {tuple(sorted(edit.id for edit in some)) for some in move.causes},
            {edit.id for edit in move.reverts or ()},
            move.bound,
        )
        for move in found.moves
    }


def test_each_move_has_the_edit_that_causes_it(files: Files) -> None:
    """A month short costs 2: the branch that stands just on the line falls under it. A title and a time limit move nobody."""
    a = base()
    b = base(("less: 1", "less: 2"), ("title: 第二星", "title: 另一个名"), ("days: 60", "days: 45"))
    found = flow(a, b, files)
    assert found.counts == {(2, 2): 2, (2, 1): 1, (1, 1): 3, (UNVISITED, UNVISITED): 1}
    assert moves(found) == {"d": (2, 1, {("C-01",)}, {"C-01"}, False)}


def test_two_edits_together_and_either_of_two(files: Files) -> None:
    """``b`` has 9 of 10: it takes both the dearer month (8 of 10) and the higher line; ``d`` falls by either."""
    a, b = base(), base(("less: 1", "less: 2"), ("{2023-01-01: 80}", "{2023-01-01: 85}"))
    assert moves(flow(a, b, files)) == {
        "b": (2, 1, {("C-01", "pass_line")}, {"C-01", "pass_line"}, False),
        "d": (2, 1, {("C-01",), ("pass_line",)}, set(), False),
    }


def test_a_rule_that_reads_a_new_field_is_tried_with_the_field(files: Files) -> None:
    a = base()
    b = base(("when: fraud", "when: fraud OR visits > 3"), ("  fraud:", "  visits: {label: 走访, type: integer}\n  fraud:"))
    files.paths[0].write_text("\n".join([HEADER + ",visits", *(f"{row},{9 if row[0] in 'ae' else ''}" for row in ROWS)]), encoding="utf-8")
    assert moves(flow(a, b, files)) == {"a": (2, 1, {("V1",)}, {"V1"}, False)}


def test_a_branch_that_only_a_new_field_makes_a_visited_one(files: Files) -> None:
    b = base(("when: fraud", "when: fraud OR visits > 3"), ("  fraud:", "  visits: {label: 走访, type: integer}\n  fraud:"))
    files.paths[0].write_text("\n".join([HEADER + ",visits", *(f"{row},0" for row in ROWS)]), encoding="utf-8")
    assert moves(flow(base(), b, files)) == {"g": (UNVISITED, 0, {("visits",)}, set(), False)}


def test_a_group_that_is_new_moves_with_its_criteria(files: Files) -> None:
    a = base().model_copy(update={"groups": base().groups[:1]})
    found = moves(flow(a, base(), files))
    assert found["a"] == (1, 2, {("G2",)}, {"G2"}, False)
    assert set(found) == {"a", "b", "c", "d"}


def test_branches_that_no_pack_applies_to_and_that_nobody_visited(files: Files) -> None:
    b = base(("stars: true", "stars: true\napplies_to: area_type = '村'"))
    found = flow(base(), b, files)
    assert {new for _, new in found.counts} == {OUTSIDE}
    assert found.counts[UNVISITED, OUTSIDE] == 1
    assert all(one[2] == {("",)} for one in moves(found).values())


def test_edits_that_make_no_sense_apart_are_found_together(files: Files) -> None:
    """An option is called otherwise and the criterion asks for it by its new name: neither can be scored without the other."""
    listed = ("choices: {each: 2, of: topics}", "choices: {each: 3, of: topics, values: [学习, 服务]}")
    a, b = (
        base(listed),
        base(("options: [学习, 服务, 治理]", "options: [学习, 为民, 治理]"), (listed[0], listed[1].replace("服务", "为民"))),
    )
    files.paths[0].write_text("\n".join([HEADER, "a,甲支部,12,9,10,学习,否"]), encoding="utf-8")
    assert moves(flow(a, b, files)) == {}
    c = b.model_copy(update={"rating": base(("stars = 2", "stars >= 1"), ("stars = 1", "stars = 2")).rating})
    found = moves(flow(a, c, files))
    assert found["a"][:2] == (1, 2)
    assert found["a"][2]


@pytest.mark.parametrize("few", [0, 1000])
def test_many_branches_and_few_are_scored_to_the_same_levels(few: int, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring_module, "FEW", few)
    a = base(("stars: true", "stars: true\napplies_to: NOT area_type = '村'"))
    files.paths[0].write_text(
        "\n".join([HEADER + ",区域类型", *(f"{row},{'村' if row[0] == 'a' else '社区'}" for row in ROWS)]), encoding="utf-8"
    )
    found = Scorer(files, (a, a), (), YEAR.reference).levels(a)
    assert found == {"a": OUTSIDE, "b": 2, "c": 1, "d": 2, "e": 1, "f": 1, "g": UNVISITED}


def test_nothing_moves_between_packs_of_one_meaning(files: Files) -> None:
    found = flow(base(), base(("stars = 2", "2 = stars")), files)
    assert found.moves == ()
    assert found.variants == 0


def test_a_pack_that_is_not_yet_in_force_is_read_as_on_its_first_day(files: Files) -> None:
    b = base(("{2023-01-01: 80}", "{2023-01-01: 80, 2025-01-01: 85}"), ("effective: {from: 2023-01-01}", "effective: {from: 2025-01-01}"))
    found = flow(base(), b, files)
    assert found.day == date(2025, 1, 1)
    assert moves(found)["d"] == (2, 1, {("pass_line",)}, {"pass_line"}, False)


def test_fields_that_two_packs_define_differently_are_read_as_each_says(files: Files) -> None:
    """What a blank cell means differs: the file is read once for each meaning, and not again for a third pack of the first."""
    files.paths[0].write_text("\n".join([HEADER, *(row.removesuffix("否") for row in ROWS)]), encoding="utf-8")
    a = base(("type: boolean, holder: team", 'type: boolean, holder: team, blank: "false"'))
    scorer = Scorer(files, (a, base()), (), date(2023, 12, 31))
    value = {
        pack.indicators["fraud"].blank: {one.value for one in scorer.evidence(pack).records if one.indicator == "fraud"}
        for pack in (a, base())
    }
    assert value == {"false": {0, 1}, None: {1}}
    assert len({id(scorer.evidence(pack)) for pack in (a, base(), a)}) == 2


def test_bad_cells_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Failure) as failure:
        flow(base(), base(("less: 1", "less: 2")), evidence(tmp_path, ["a,甲支部,多次,9,10,学习,否"]))
    assert all(one.key.startswith("evidence.") for one in failure.value.findings)


def test_where_the_search_ends_early_the_set_is_called_a_bound(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = base(), base(("less: 1", "less: 2"), ("{2023-01-01: 80}", "{2023-01-01: 85}"))
    monkeypatch.setattr(flow_module, "LARGEST", 1)
    found = moves(flow(a, b, files))
    assert found["b"][2:] == ({("C-01", "pass_line")}, {"C-01", "pass_line"}, True)
    assert found["d"][4] is False
    monkeypatch.setattr(flow_module, "MOST", 1)
    assert moves(flow(a, b, files))["b"][4] is True


# --- against all sets ---------------------------------------------------------

CHANGES = [
    ("less: 1", "less: 2"),
    ("{2023-01-01: 80}", "{2023-01-01: 75}"),
    ("done_rate >= 90%", "done_rate >= 95%"),
    ("done_rate >= 80%", "done_rate >= 70%"),
    ("cap: 1", "cap: 0"),
    ("when: fraud", "when: fraud OR meetings < 11"),
    ("each: 2", "each: 2, values: [学习, 服务, 治理]"),
    ("owner: 乡镇党委", "owner: 县委"),
]
row = st.tuples(
    st.integers(8, 12),
    st.integers(5, 10),
    st.just(10),
    st.sampled_from(["学习", "学习、服务", "学习、服务、治理"]),
    st.sampled_from(["是", "否"]),
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(st.integers(0, len(CHANGES) - 1), min_size=1), st.lists(row, min_size=1, max_size=4))
def test_causes_are_all_the_smallest_sets_that_move_a_branch(tmp_path: Path, places: set[int], rows: list[tuple[Any, ...]]) -> None:
    a, b = base(), base(*(CHANGES[place] for place in sorted(places)))
    given_files = evidence(tmp_path, [f"{n},支部{n},{','.join(map(str, one))}" for n, one in enumerate(rows)])
    found = flow(a, b, given_files)
    edits = [edit for edit in edits_between(a, b) if edit.scores]
    scorer = Scorer(given_files, (a, b), (), YEAR.reference)
    sets = list(chain.from_iterable(combinations(edits, size) for size in range(len(edits) + 1)))
    levels = {some: scorer.levels(applied(a, some)) for some in sets}
    old, new = scorer.levels(a), scorer.levels(b)
    assert levels[()] == old
    assert levels[tuple(edits)] == new
    assert {move.branch.id for move in found.moves} == {id_ for id_ in old if old[id_] != new[id_]}
    for move in found.moves:
        id_ = move.branch.id
        working = [some for some in sets if levels[some][id_] == new[id_]]
        smallest = min(map(len, working))
        names = {frozenset((edit.section, edit.id, edit.fields) for edit in some) for some in working if len(some) == smallest}
        told = {frozenset((edit.section, edit.id, edit.fields) for edit in some) for some in move.causes}
        if move.bound:
            assert smallest > flow_module.LARGEST
        else:
            assert told == names
        rest = {edit for edit in edits if levels[tuple(one for one in edits if one is not edit)][id_] == old[id_]}
        assert {(edit.section, edit.id, edit.fields) for edit in move.reverts or ()} == {
            (edit.section, edit.id, edit.fields) for edit in rest
        }


# --- the command --------------------------------------------------------------


def write(folder: Path, name: str, *changes: tuple[str, str]) -> str:
    text = BASE
    for old, new in changes:
        text = text.replace(old, new)
    pack_of(text)
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return str(folder / f"{name}.yaml")


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["pack", "diff", *words])
    return result.exit_code, result.output


def test_the_command_tells_edits_flow_and_causes(tmp_path: Path, files: Files) -> None:
    a = write(tmp_path, "a")
    b = write(tmp_path, "b", ("less: 1", "less: 2"), ("{2023-01-01: 80}", "{2023-01-01: 85}"), ("title: 第二星", "title: 另一个名"))
    code, text = run(a, b, "--evidence", str(files.paths[0]), "--as-of", "2023-12-31")
    assert code == 1
    for line in (
        "加严 2 处",
        "  pass_line 授星线 · 数值(by_date)",
        "  C-01 按月开会 · 数值(parts)",
        "  乙支部 两星 → 一星:pass_line 与 C-01 共同造成",
    ):
        assert line in text.splitlines()
    assert "丁支部 两星 → 一星:pass_line,或 C-01" in text
    assert "仅写法、文字、依据或辅助定义不同 1 处:G2" in text
    assert max(map(len, text.splitlines())) <= 80
    code, text = run(a, b, "--evidence", str(files.paths[0]), "--as-of", "2023-12-31", "--json")
    data = json.loads(text)
    assert [(one["id"], one["verdict"]) for one in data["edits"]] == [("pass_line", "stricter"), ("C-01", "stricter"), ("G2", "text")]
    assert [one["branch"] for one in data["flow"]["moves"]] == ["b", "d"]
    assert sum(one["branches"] for one in data["flow"]["counts"]) == len(ROWS)


def test_exit_codes_are_those_of_diff(tmp_path: Path, files: Files) -> None:
    a, same, b = write(tmp_path, "a"), write(tmp_path, "same", ("points: 4", "points: 4.0")), write(tmp_path, "b", ("days: 60", "days: 45"))
    assert run(a, same)[0] == 0
    assert "意思相同" in run(a, same)[1]
    assert run(a, b)[0] == 1
    assert run(a, str(tmp_path / "none.yaml"))[0] == 2
    assert run(a, b, "--evidence", str(files.paths[0]))[0] == 2
    assert run(a, b, "--period", "2023")[0] == 2
    assert run(a, b, "--evidence", str(files.paths[0]), "--as-of", "2023-12-31", "--period", "2025")[0] == 2


def test_an_overlay_is_asked_for_its_document(tmp_path: Path) -> None:
    a = write(tmp_path, "base")
    head = 'pack: over\nversion: "1"\nstatus: reference\ntitle: 叠加样例\neffective: {from: 2023-01-01}\nextends: base.yaml\n'
    (tmp_path / "over.yaml").write_text(head + "deadlines: {later: {days: 45}}\n", encoding="utf-8")
    over = str(tmp_path / "over.yaml")
    code, text = run(a, over)
    assert code == 1
    assert "加严 1 处,共 1 处没有依据文件" in text
    assert json.loads(run(a, over, "--json")[1])["unfounded"] == 1
    checked = CliRunner().invoke(main, ["pack", "check", over])
    assert "W510" in checked.output
    (tmp_path / "over.yaml").write_text(
        head + "deadlines: {later: {days: 45}}\nauthority: [{title: 方案, document: 1号}]\n", encoding="utf-8"
    )
    assert "依据:方案(1号)" in run(a, over)[1]
    assert "W510" not in CliRunner().invoke(main, ["pack", "check", over]).output


def test_what_is_not_there_is_said_once_and_briefly(tmp_path: Path) -> None:
    a = write(tmp_path, "a")
    b = write(
        tmp_path,
        "b",
        ("by_date: {2023-01-01: 80}", "value: 85"),
        ("cap: 1", "cap: 1\n    finding: {document: paper, date: day}"),
        ("  fraud:", "  paper: {label: 文号, type: text}\n  day: {label: 日期, type: date}\n  fraud:"),
    )
    lines = [line.strip() for line in run(a, b)[1].splitlines()]
    at = lines.index("pass_line 授星线 · 数值(value, by_date)")
    assert lines[at + 1 : at + 3] == ["原 by_date: {2023-01-01: 80}", "现 value: 85"]
    at = lines.index("V1 弄虚作假查实 · 规则(finding)")
    assert lines[at + 1 : at + 3] == ["原 (没有)", "现 finding: {document: paper, date: day}"]


def test_english_is_english(tmp_path: Path) -> None:
    a, b = write(tmp_path, "a"), write(tmp_path, "b", ("days: 60", "days: 45"))
    result = CliRunner().invoke(main, ["--lang", "en", "pack", "diff", a, b])
    assert "Stricter: 1" in result.output
    assert "deadline (days)" in result.output


def test_a_pack_compares_with_every_other_installed_one() -> None:
    for a, b in (("five-star-urban", "five-star-rural"), ("soft-and-lax", "soft-and-lax-acceptance")):
        assert run(a, b)[0] == 1
        assert run(b, a, "--json")[0] == 1
