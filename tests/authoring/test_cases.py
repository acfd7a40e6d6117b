"""Cases: what is wrong with a file of them, what they find, what they leave uncovered, and what the tool writes."""

import json
import re
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import cli
from evaluator.authoring.cases.boundaries import boundary_cases
from evaluator.authoring.cases.coverage import uncovered
from evaluator.authoring.cases.files import read_cases
from evaluator.authoring.cases.mutants import mutants
from evaluator.authoring.cases.mutate import mutation_score
from evaluator.authoring.cases.run import Subject, subject_of, try_cases
from evaluator.authoring.cases.terminal import print_tests
from evaluator.authoring.cases.worlds import World
from evaluator.diagnostics import Failure
from evaluator.messages import LANGUAGES, catalogue
from evaluator.packs.load import load_pack
from evaluator.packs.source import LARGEST
from evaluator.scoring.period import Period

BAD = Path(__file__).parent.parent / "bad" / "cases"
YEAR = Period(date(2023, 1, 1), date(2023, 12, 31), date(2023, 12, 31))
COMMON: dict[str, Any] = {"deadline": "soon", "owner": "支部", "fixable_by": "branch", "measure": "改", "basis": ["doc"]}
PACK: dict[str, Any] = {
    "pack": "tiny",
    "version": "1",
    "status": "reference",
    "title": "小包",
    "effective": {"from": "2023-01-01"},
    "stars": True,
    "sources": {"doc": {"title": "文件"}},
    "settings": {"floor": {"label": "底线", "value": 3}},
    "indicators": {
        "meetings": {"label": "会议次数", "type": "integer", "range": [0, 50]},
        "done": {"label": "办结数", "type": "integer", "range": [0, 1000]},
        "due": {"label": "应办数", "type": "integer", "range": [0, 1000]},
        "visits": {"label": "走访次数", "type": "integer", "aggregate": "count"},
        "accident": {"label": "事故", "type": "boolean", "blank": "false"},
    },
    "derived": {"rate": {"label": "办结率", "type": "percent", "formula": "done / due", "when_zero": "na"}},
    "groups": [
        {
            "id": "G",
            "title": "组",
            "earned_when": "score >= 80",
            "criteria": [
                {"id": "C-1", "text": "开会", "points": 40, "parts": [{"count_down": {"full": 40, "less": 10, "per": "4 - meetings"}}]}
                | COMMON,
                {
                    "id": "C-2",
                    "text": "办结",
                    "points": 40,
                    "parts": [{"bands": [{"when": "rate >= 90%", "award": 40}, {"when": "rate >= 60%", "award": 20}]}],
                }
                | COMMON,
                {"id": "C-3", "text": "走访", "points": 20, "parts": [{"award": 20, "when": "visits >= floor"}]} | COMMON,
            ],
        }
    ],
    "vetoes": [{"id": "V", "text": "事故", "when": "accident", "cap": 0} | COMMON],
    "rating": [{"level": 1, "label": "达标", "when": "stars = 1"}, {"level": 0, "label": "未达标"}],
    "deadlines": {"soon": {"label": "三十天", "days": 30}},
}
GOOD = """
as_of: 2023-12-31
base: {meetings: 4, done: 9, due: 10, visits: 3}
cases:
  - id: all
    reason: 全部做到
    expect: {level: 1, stars: 1, points: {C-1: 40, C-2: 40, C-3: 20}, groups: {G: true}, vetoes: [], provisional: false}
  - id: short
    reason: 少开一次会,办结率差一点
    given: {meetings: 3, done: 8, visits: [{day: 2023-02-01, value: 1, ref: a}, {day: 2023-03-01, value: 1, ref: b}]}
    expect: {level: 0, points: {C-1: 30, C-2: 20, C-3: 0}}
  - id: unknown
    reason: 没有报办结数
    given: {done: null, accident: true}
    expect: {level: 0, stars: 0, points: {C-2: [0, 40]}, vetoes: [V], provisional: true}
"""


def folder(tmp_path: Path, cases: str = GOOD, pack: Mapping[str, Any] = PACK) -> Path:
    """Return the folder of a pack with cases."""
    home = tmp_path / str(pack["pack"])
    (home / "cases").mkdir(parents=True)
    text = re.sub(r'"(\d{4}-\d\d-\d\d)"', r"\1", json.dumps(pack, ensure_ascii=False, indent=1))
    (home / "pack.yaml").write_text(text, encoding="utf-8")
    (home / "cases" / "all.yaml").write_text(cases, encoding="utf-8")
    return home


def subject(tmp_path: Path, cases: str = GOOD, pack: Mapping[str, Any] = PACK) -> Subject:
    return subject_of(str(folder(tmp_path, cases, pack)))


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli.main, [str(one) for one in arguments])


# --- running ------------------------------------------------------------------


def test_cases_that_hold_say_so_in_both_engines(tmp_path: Path) -> None:
    trial = try_cases(subject(tmp_path))
    assert trial.missed == ()
    assert [case.id for _, case, _ in trial.outcomes] == ["all", "short", "unknown"]
    result = run("pack", "test", tmp_path / "tiny")
    assert result.exit_code == 0
    assert "tiny:案例 3 条,不符 0 处,未经人工核对 0 条,没有案例的条目 0 处" in result.output


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ("level: 1, stars", "level: 0, stars", "等次应为 0,实为 1"),
        ("stars: 1, points", "stars: 0, points", "星数应为 0,实为 1"),
        ("C-1: 30", "C-1: 29.5", "C-1 应得 29.5 分,实得 30 分"),
        ("[0, 40]", "[0, 20]", "C-2 应得 0–20 分,实得 0–40 分"),
        ("groups: {G: true}", "groups: {G: false}", "G 是否获评应为 False,实为 True"),
        ("vetoes: [V]", "vetoes: []", "一票否决应为 —,实为 V"),
        ("provisional: true", "provisional: false", "暂定应为 False,实为 True"),
    ],
)
def test_what_is_not_as_expected_is_told_with_its_place(tmp_path: Path, was: str, now: str, told: str) -> None:
    assert was in GOOD
    home = folder(tmp_path, GOOD.replace(was, now, 1))
    result = run("pack", "test", home)
    assert result.exit_code == 1
    line = next(line for line in result.output.splitlines() if told in line)
    assert re.search(r"all\.yaml:\d+:\d+: 案例“(all|short|unknown)”", line)


def test_a_case_that_the_pack_does_not_score_is_missed(tmp_path: Path) -> None:
    one = subject(tmp_path, GOOD, {**PACK, "applies_to": "area_type = '村'"})
    assert {missed.key for missed in try_cases(one).missed} == {"cases.not_scored"}


def test_not_applicable_and_not_due_are_not_zero(tmp_path: Path) -> None:
    owed = GOOD.split("  - id: short")[0] + "  - {id: none, reason: 没有应办的, given: {due: 0}, expect: {points: {C-2: WORD}}}\n"
    (missed,) = try_cases(subject(tmp_path / "a", owed.replace("WORD", "0"))).missed
    assert missed.values == {"id": "C-2", "wanted": "0", "came": "na"}
    assert try_cases(subject(tmp_path / "b", owed.replace("WORD", "na"))).missed == ()
    late = json.loads(json.dumps(PACK))
    late["groups"][0]["criteria"][2]["due"] = "period_end"
    early = GOOD.split("  - id: all")[0].replace("2023-12-31", "2023-06-30")
    early += "  - {id: early, reason: 还没到期, expect: {points: {C-3: not_due}}}\n"
    one = subject(tmp_path / "c", early, late)
    assert try_cases(one).missed == ()
    survived = {(found.item, found.kind, found.was, found.now) for found in mutation_score(one).survived}
    assert ("C-3", "drop", "due", "") not in survived
    assert ("rate", "flip", "na", "zero") in survived


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("visits: [{day: 2023-02-01, value: [1]}]", "E907"),
        ("visits: [{day: 2023-02-01, value: 1, stage: 99999999999999999999}]", "E907"),
        ("visits: [{day: 2023-02-01, value: 1, stage: 0}]", "E907"),
        ("visits: [{day: 2023-02-01, value: 1}, 3]", "E907"),
        ("visits: [{day: 2024-01-01, value: 1}]", "E918"),
        ("meetings: [[1]]", "E907"),
        ("meetings: {day: 2023-02-01}", "E905"),
        ("meetings: 999999999999999999999", "E303"),
    ],
)
def test_values_that_no_evidence_could_hold_are_refused(tmp_path: Path, given: str, code: str) -> None:
    cases = GOOD.split("  - id: short")[0] + f"  - {{id: odd, reason: 写错了, given: {{{given}}}, expect: {{level: 0}}}}\n"
    result = run("pack", "test", folder(tmp_path, cases))
    assert result.exit_code == 1
    assert re.search(rf"all\.yaml:8:\d+: {code} ", result.output), result.output
    assert "datetime" not in result.output


def test_an_item_without_a_case_is_named(tmp_path: Path) -> None:
    only = GOOD.split("  - id: short")[0]
    lacking = [(one.id, one.lacking) for one in uncovered(try_cases(subject(tmp_path, only)))]
    assert lacking == [("C-1", "unmet"), ("C-2", "unmet"), ("C-3", "unmet"), ("V", "true")]
    result = run("--lang", "en", "pack", "test", tmp_path / "tiny")
    assert "pack.yaml:" in result.output
    assert "C-1 has no case that is unmet" in result.output
    assert result.exit_code == 0


def test_a_pack_without_cases_is_an_error(tmp_path: Path) -> None:
    home = folder(tmp_path)
    (home / "cases" / "all.yaml").unlink()
    result = run("pack", "test", home)
    assert result.exit_code == 1
    assert "E900" in result.output


def test_a_value_that_its_indicator_cannot_hold_is_told_where_it_stands(tmp_path: Path) -> None:
    result = run("pack", "test", folder(tmp_path, GOOD.replace("meetings: 3", "meetings: 51")))
    assert result.exit_code == 1
    assert re.search(r"all\.yaml:10:\d+: E303", result.output)


# --- files of cases -------------------------------------------------------------

TABLE = {  # file: line, words in Chinese, words in English
    "E902": (1, "文件不是 UTF-8 编码", "the file is not UTF-8"),
    "E904": (2, "没有一条案例", "there is not one case"),
    "E905": (5, "没有“whne”这个键", "there is no key 'whne' here"),
    "E906": (3, "缺少 expect", "expect is missing"),
    "E907": (6, "这里不能是“ten”,应为 10, [0, 10]", "this cannot be 'ten'; it should be 10, [0, 10]"),
    "E908": (6, "案例“a”重复,前一个在第 3 行", "case 'a' is there twice; the first is in line 3"),
    "E909": (2, "考核期“2024”不对", "the period '2024' is none"),
    "E910": (4, "reason 应为一句话", "reason should be one sentence"),
    "E911": (5, "没有“meeting”这个数据项;相近的有:meetings", "the pack has no field 'meeting'; near ones: meetings"),
    "E912": (5, "没有写期望什么", "nothing is expected"),
    "E913": (5, "规则包里没有“C-9”", "the pack has no 'C-9'"),
}


@pytest.mark.parametrize("code", sorted(TABLE))
def test_each_mistake_has_its_place_and_its_words(code: str, tmp_path: Path) -> None:
    line, *words = TABLE[code]
    one = subject(tmp_path)
    _, findings = read_cases(BAD / f"{code}.yaml", one.pack, one.indicators)
    assert [(finding.code, finding.place.line) for finding in findings] == [(code, line)]
    for lang, told in zip(LANGUAGES, words, strict=True):
        assert told in findings[0].message(lang)
        assert findings[0].hint(lang)


def test_there_is_a_broken_file_or_a_test_for_every_code() -> None:
    elsewhere = {"E900", "E901", "E903", "E914", "E915", "E916", "E917", "E918"}
    assert {name for name in catalogue("cases") if re.fullmatch(r"E\d+", name)} == set(TABLE) | elsewhere


def test_files_that_cannot_be_read_or_are_too_large_are_refused(tmp_path: Path) -> None:
    one = subject(tmp_path)
    large = tmp_path / "large.yaml"
    large.write_bytes(b"# " + b"x" * LARGEST)
    assert [finding.code for finding in read_cases(large, one.pack, ())[1]] == ["E903"]
    assert [finding.code for finding in read_cases(tmp_path / "none.yaml", one.pack, ())[1]] == ["E901"]
    bomb = tmp_path / "bomb.yaml"
    bomb.write_text("a: &a [x, x]\nb: &b [*a, *a]\ncases: [*b, *b]\n", encoding="utf-8")
    assert {finding.code for finding in read_cases(bomb, one.pack, ())[1]} == {"E115"}


# --- mutants --------------------------------------------------------------------


def test_every_number_comparison_and_piece_has_a_mutant(tmp_path: Path) -> None:
    found = {(one.item, one.kind, one.was, one.now) for one in mutants(subject(tmp_path).pack)}
    assert {
        ("C-1", "number", "40", "41"),
        ("C-1", "number", "10", "9"),
        ("C-1", "number", "4", "5"),
        ("C-2", "number", "90%", "89%"),
        ("C-2", "flip", "rate >= 90%", ">"),
        ("C-2", "drop", "bands[2]", ""),
        ("C-3", "flip", "visits >= floor", ">"),
        ("C-3", "drop", "parts[1]", ""),
        ("G", "number", "80", "81"),
        ("V", "drop", "V", ""),
        ("V", "drop", "cap", ""),
        ("V", "flip", "accident", "NOT accident"),
        ("floor", "number", "3", "2"),
        ("rating 1", "flip", "stars = 1", "!="),
    } <= found


def test_a_case_at_the_boundary_notices_what_others_do_not(tmp_path: Path) -> None:
    few = GOOD.replace("done: 9, due: 10", "done: 10, due: 10").replace("done: 8,", "done: 6,")
    survived = {(one.item, one.was, one.now) for one in mutation_score(subject(tmp_path / "few", few)).survived}
    assert ("C-2", "90%", "89%") in survived
    assert ("C-2", "rate >= 90%", ">") in survived
    score = mutation_score(subject(tmp_path / "good"))
    assert not {("C-2", "rate >= 90%", ">")} & {(one.item, one.was, one.now) for one in score.survived}
    assert score.killed > score.count / 2


def test_a_low_score_is_an_exit_code(tmp_path: Path) -> None:
    home = folder(tmp_path, GOOD.split("  - id: short")[0])
    result = run("pack", "test", home, "--mutate", "--all")
    assert result.exit_code == 1
    assert re.search(r"tiny:改动 \d+ 处,被案例发现 \d+ 处,变异得分 \d+%", result.output)
    assert re.search(r"pack\.yaml:\d+:\d+: C-2 把 90% 改成 89%:没有案例发现", result.output)
    assert run("pack", "test", home, "--mutate", "--at-least", "1").exit_code == 0


# --- what the tool writes ---------------------------------------------------------


def test_boundaries_stand_at_below_and_above_every_number(tmp_path: Path) -> None:
    made = boundary_cases(World(subject(tmp_path), YEAR))
    points = {tuple(one.change.items()): one.expect.points.get("C-1") for one in made.cases if set(one.change) == {"meetings"}}
    assert {(("meetings", 4),), (("meetings", 3),)} - {(("meetings", made.base["meetings"]),)} <= set(points)
    assert points[("meetings", 3),] == (3000, 3000)
    rates = [one for one in made.cases if one.expect.points.get("C-2") is not None and one.item == "C-2"]
    assert {one.expect.points["C-2"] for one in rates} >= {(4000, 4000), (2000, 2000), (0, 0)}


def test_written_cases_hold_cover_everything_and_notice_nearly_everything(tmp_path: Path) -> None:
    home = folder(tmp_path)
    (home / "cases" / "all.yaml").unlink()
    result = run("pack", "cases", home, "--boundaries")
    assert result.exit_code == 0, result.output
    again = run("pack", "cases", home, "--boundaries")
    assert again.exit_code == 2
    assert "E914" in again.output
    before = (home / "cases" / "boundaries.yaml").read_bytes()
    assert run("pack", "cases", home, "--boundaries", "--force").exit_code == 0
    assert (home / "cases" / "boundaries.yaml").read_bytes() == before
    one = subject_of(str(home))
    trial = try_cases(one)
    assert trial.missed == ()
    assert list(uncovered(trial)) == []
    assert all(case.filled_in for _, case, _ in trial.outcomes)
    assert mutation_score(one).percent >= 95


def test_a_folder_that_cannot_be_written_is_no_file_that_cannot_be_read(tmp_path: Path) -> None:
    home = folder(tmp_path)
    (tmp_path / "file").write_text("", encoding="utf-8")
    result = run("pack", "cases", home, "--boundaries", "-o", tmp_path / "file" / "a.yaml")
    assert result.exit_code == 2
    assert "E917 写不了这个文件" in result.output


def test_two_equal_numbers_in_one_line_are_told_apart_by_column() -> None:
    loaded = load_pack("five-star-urban")
    seen = dict[str, list[tuple[str, str, str]]]()
    for one in mutants(loaded.pack):
        if one.kind == "number" and one.within:
            seen.setdefault(str(one.place(loaded.spans)), []).append((one.item, one.was, one.now))
    assert seen
    assert all(len(set(some)) == len(some) for some in seen.values())


def test_an_asker_hears_how_many_changes_were_tried(tmp_path: Path) -> None:
    told = list[int]()
    score = mutation_score(subject_of(str(folder(tmp_path))), told.append)
    assert told == list(range(1, score.count + 1))


@pytest.mark.parametrize("looked_at", [True, False])
def test_breaking_a_pack_shows_a_sign_of_life_where_somebody_looks(
    looked_at: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: looked_at)
    print_tests([str(folder(tmp_path))], mutate=True, at_least=0, everything=False)
    assert ("已试" in capsys.readouterr().err) == looked_at


def test_asking_for_no_kind_of_case_is_a_usage_error(tmp_path: Path) -> None:
    assert run("pack", "cases", folder(tmp_path)).exit_code == 2


def test_a_pack_that_gives_nothing_to_write_of_is_refused(tmp_path: Path) -> None:
    bare = {**PACK, "indicators": {}, "derived": {}, "groups": [], "vetoes": [], "settings": {}}
    bare["triggers"] = [{"id": "T", "kind": "hard", "text": "村", "when": "area_type = '村'"} | COMMON]
    bare["rating"] = [{"level": 0, "label": "无"}]
    result = run("pack", "cases", folder(tmp_path, pack={**bare, "stars": False}), "--boundaries")
    assert result.exit_code == 2
    assert "E915" in result.output


def test_a_case_that_needs_another_pack_may_give_its_fields(tmp_path: Path) -> None:
    folder(tmp_path)
    second = {**PACK, "pack": "second", "needs": ["tiny"], "derived": {}, "vetoes": [], "settings": {}}
    second["indicators"] = {"plan": {"label": "计划", "type": "boolean"}}
    criterion = {"id": "D-1", "text": "计划", "points": 10, "parts": [{"award": 10, "when": "plan AND tiny.level = 1"}]} | COMMON
    second["groups"] = [{"id": "H", "title": "组", "earned_when": "score >= 80", "criteria": [criterion]}]
    cases = GOOD.split("cases:")[0].replace("base: {", "base: {plan: true, ")
    cases += "cases:\n  - {id: a, reason: 达标, expect: {points: {D-1: 10}, level: 1}}\n"
    cases += "  - {id: b, reason: 没达标, given: {meetings: 0}, expect: {points: {D-1: 0}, level: 0}}\n"
    one = subject(tmp_path, cases, second)
    assert try_cases(one).missed == ()
    assert mutation_score(one).killed > 3


def test_what_is_wrong_with_the_pack_is_told_first(tmp_path: Path) -> None:
    home = folder(tmp_path, pack={**PACK, "rating": []})
    with pytest.raises(Failure):
        subject_of(str(home))
    assert run("pack", "test", home).exit_code == 2
