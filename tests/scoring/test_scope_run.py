"""Rules of a jurisdiction in a whole run: the folder, earlier runs, the reports, and what is refused."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from small_packs import criterion, pack, percent, write_pack

from cli import main
from evaluator.assess import Assessment, Wanted, assess
from evaluator.diagnostics import Failure
from evaluator.messages import LANGUAGES
from evaluator.packs.load import load_pack
from evaluator.reports.context import context
from evaluator.reports.leader import report, report_internal
from evaluator.reports.results_book import write_results
from evaluator.scoring.earlier import read_earlier
from evaluator.scoring.folder import new_folder, read_run, write_run
from evaluator.scoring.period import Period
from evaluator.scoring.results import FindingRow, to_table

BASIS: dict[str, Any] = {"basis": ["doc"]}
SCOPE: dict[str, Any] = {
    "within": "township",
    "caps": [{"level": 5, "at_most": "top_share", "then": 4, **BASIS}, {"level": 4, "at_most": "30%", "then": 3, **BASIS}],
    "hints": [{"id": "low", "text": "二星及以下", "level_below": 3, "compare": {"at_least": "5%", "at_most": "10%"}, **BASIS}],
    "rise": {"at_most": 1, **BASIS},
    "streaks": [{"id": "twice", "text": "低于三星", "level_below": 3, "periods": 2, "kind": "flag", **BASIS}],
}
LINES = [(5, "五星", 90), (4, "四星", 80), (3, "三星", 70), (2, "二星", 60)]
RATING = [{"level": level, "label": label, "when": f"score >= {line}"} for level, label, line in LINES] + [{"level": 1, "label": "一星"}]
SETTINGS = {"top_share": {"label": "五星占比", "value": 10, "basis": "doc"}}
# 20 branches of the east: four at five stars, of which the second and third tie; two of the west; one not inspected
EAST = {"E01": 99, "E02": 95, "E03": 95, "E04": 91, **{f"E{n:02d}": 72 for n in range(5, 19)}, "E19": 50, "E20": 50}
WEST = {"W01": 96, "W02": 65, "W03": None}


def whole_pack(scope: Mapping[str, Any] | None = SCOPE, id_: str = "scoped", **more: Any) -> dict[str, Any]:
    made = pack(
        [criterion(100, {"prorate": {"points": 100, "of": f"rate_{id_}"}})], {f"rate_{id_}": percent()}, id_, rating=RATING, stars=False
    ) | {"settings": SETTINGS if scope else {}}
    made["groups"][0]["criteria"][0]["id"] = f"{id_.upper()}-1"
    return made | ({"scope": dict(scope)} if scope else {}) | more


def evidence(folder: Path, rates: Mapping[str, Any], ids: Sequence[str] = ("scoped",)) -> Path:
    columns = ",".join(f"rate_{id_}" for id_ in ids)
    rows = [f"支部编码,支部名称,市,区,乡镇街道,{columns}"]
    for id_, rate in rates.items():
        cell = "" if rate is None else f"{rate}%"
        rows.append(f"{id_},{id_}支部,示例市,示例区,{'东' if id_.startswith('E') else '西'}街道" + f",{cell}" * len(ids))
    path = folder / "evidence.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def half(number: int, year: int = 2023) -> Period:
    first, last = ((1, 6), (7, 12))[number - 1]
    day = date(year, last, 30 if last == 6 else 31)
    return Period(date(year, first, 1), day, day)


def made(folder: Path, rates: Mapping[str, Any], period: Period, previous: Sequence[Path] = (), **more: Any) -> Assessment:
    folder.mkdir(parents=True, exist_ok=True)
    file = str(write_pack(folder, whole_pack(**more)))
    return assess(Wanted((evidence(folder, rates),), (file,), period, second_count=2, previous=tuple(previous)))


def written(found: Assessment, target: Path) -> Path:
    with new_folder(target) as folder:
        write_run(found.run, folder, found.pack_texts)
    return target


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first half of 2023: everybody at three stars but E01, at four, and E19, at one."""
    home = tmp_path_factory.mktemp("before")
    rates: dict[str, Any] = dict.fromkeys({**EAST, **WEST}, 75) | {"E01": 85, "E19": 50, "W03": None}
    return written(made(home, rates, half(1)), home / "run")


@pytest.fixture(scope="module")
def now(before: Path, tmp_path_factory: pytest.TempPathFactory) -> Assessment:
    return made(tmp_path_factory.mktemp("now"), {**EAST, **WEST}, half(2), [before])


def test_the_computed_level_stays_and_another_is_proposed(now: Assessment) -> None:
    """E02, E03 and E04 are held at four by the limit on rising; E01 alone wants five. Of the 20, six may have four or more."""
    computed = {row.branch_id: row.level for row in now.run.branches}
    standing = {row.branch_id: row for row in now.run.standings}
    assert {id_: computed[id_] for id_ in ("E01", "E02", "E04", "E05", "W01")} == {"E01": 5, "E02": 5, "E04": 5, "E05": 3, "W01": 5}
    assert [standing[id_].level_after for id_ in ("E01", "E02", "E03", "E04", "E05", "W03")] == [5, 4, 4, 4, 3, None]
    assert standing["W01"].level_after == 3  # held at four, then no place: 30 % of two is none
    assert [standing[id_].rank for id_ in ("E01", "E02", "E03", "E04", "E05", "E19", "W01")] == [1, 2, 2, 4, 5, 19, 1]
    assert {row.branch_id for row in now.run.standings if row.streaks} == {"E19"}
    assert now.run.info.previous == {read_run_digest(now): "2023-01-01..2023-06-30"}


def read_run_digest(found: Assessment) -> str:
    return next(iter(found.run.info.previous))


def test_what_is_written_is_read_back_and_equal_runs_give_equal_bytes(now: Assessment, tmp_path: Path) -> None:
    first, second = (written(now, tmp_path / name) for name in ("one", "two"))
    run = read_run(first)
    assert (run.standings, run.scopes, run.info) == (now.run.standings, now.run.scopes, now.run.info)
    assert "standings.parquet" in {path.name for path in first.iterdir()}
    for path in (path for path in first.rglob("*") if path.is_file()):
        assert path.read_bytes() == (second / path.relative_to(first)).read_bytes()
    assert pq.read_table(first / "standings.parquet").num_rows == len(now.run.branches)


def test_the_digest_covers_the_standings(now: Assessment, tmp_path: Path) -> None:
    """Without the earlier run every level is the same and other levels are proposed."""
    alone = made(tmp_path, {**EAST, **WEST}, half(2))
    assert alone.run.branches == now.run.branches
    assert alone.run.info.table_digest != now.run.info.table_digest


def test_a_damaged_table_of_standings_is_a_sentence(now: Assessment, tmp_path: Path) -> None:
    folder = written(now, tmp_path / "run")
    (folder / "standings.parquet").unlink()
    with pytest.raises(Failure) as failure:
        read_run(folder)
    assert failure.value.findings[0].key == "scoring.E713"


def test_a_pack_without_rules_has_no_new_file_and_no_new_word(tmp_path: Path) -> None:
    found = made(tmp_path / "run", {**EAST, **WEST}, half(2), scope=None)
    folder = written(found, tmp_path / "out")
    assert not {"standings.parquet", "scopes.parquet"} & {path.name for path in folder.rglob("*")}
    assert "previous" not in json.loads((folder / "run.json").read_text(encoding="utf-8"))
    ctx = context(found.run, "zh")
    assert not any(category.jurisdictions or category.scope_notes for category in ctx.categories)
    assert not any(branch.proposed for branch in ctx.branches)
    assert report(ctx).sections[0].scope_lines == ()


def test_an_internal_pack_only_compares_and_is_told_apart(tmp_path: Path) -> None:
    hints = {"within": "township", "hints": SCOPE["hints"]}
    packs = [whole_pack(None, "open"), whole_pack(hints, "lax", internal=True)]
    files = tuple(str(write_pack(tmp_path, one)) for one in packs)
    wanted = Wanted((evidence(tmp_path, {**EAST, **WEST}, ("open", "lax")),), files, half(2), second_count=0)
    found = assess(wanted)
    folder = written(found, tmp_path / "out")
    assert pq.read_table(folder / "standings.parquet").num_rows == 0
    assert pq.read_table(folder / "internal" / "standings.parquet").num_rows == 23
    run = read_run(folder)
    assert (run.standings, run.scopes) == (found.run.standings, found.run.scopes)
    ctx = context(found.run, "zh")
    assert not ctx.categories[0].jurisdictions
    assert ctx.internal
    told = [line.text for one in ctx.internal.categories[0].jurisdictions for line in one.lines]
    assert told[1] == "二星及以下:已检 20 个中有 2 个,占 10%,在对照比例(5%至10%)以内。比例只作提醒,不据此增减。"
    write_results(found.run, ctx.internal, tmp_path / "internal.xlsx")
    write_results(found.run, ctx, tmp_path / "open.xlsx")
    assert "辖区规则" in openpyxl.load_workbook(tmp_path / "internal.xlsx").sheetnames
    assert not {"辖区名次", "辖区规则"} & set(openpyxl.load_workbook(tmp_path / "open.xlsx").sheetnames)
    assert "辖区名次" not in openpyxl.load_workbook(tmp_path / "internal.xlsx").sheetnames
    west = "西街道:二星及以下:已检 2 个中有 1 个,占 50%,高于对照比例(5%至10%)。比例只作提醒,不据此增减。"
    assert report_internal(ctx.internal).sections[0].scope_lines == (west,)
    assert {one.rank for one in ctx.internal.categories[0].jurisdictions[0].standings} == {"—"}


# --- what is refused -------------------------------------------------------------


def refused(home: Path, previous: Sequence[Path], **more: Any) -> list[str]:
    with pytest.raises(Failure) as failure:
        made(home, {**EAST, **WEST}, half(2), previous, **more)
    for finding in failure.value.findings:
        assert all(finding.message(lang) and finding.hint(lang) for lang in LANGUAGES)
    assert failure.value.exit_code == 2
    return [finding.key for finding in failure.value.findings]


def test_an_earlier_run_that_nothing_looks_back_on(before: Path, tmp_path: Path) -> None:
    assert refused(tmp_path, [before], scope={"within": "all"}) == ["ranks.E950"]
    assert refused(tmp_path, [before], scope=None) == ["ranks.E950"]


def test_an_earlier_run_of_another_pack(before: Path, tmp_path: Path) -> None:
    other = shutil.copytree(before, tmp_path / "other")
    info = json.loads((other / "run.json").read_text(encoding="utf-8"))
    info["packs"][0]["id"] = "another"
    (other / "run.json").write_text(json.dumps(info), encoding="utf-8")
    assert refused(tmp_path / "home", [other]) == ["ranks.E951"]


def test_a_run_of_the_same_or_a_later_period(tmp_path: Path) -> None:
    same = written(made(tmp_path / "a", EAST, half(2)), tmp_path / "same")
    later = written(made(tmp_path / "b", EAST, half(1, 2024)), tmp_path / "later")
    assert refused(tmp_path / "home", [same, later]) == ["ranks.E952", "ranks.E952"]


def test_two_runs_of_one_time(before: Path, tmp_path: Path) -> None:
    again = shutil.copytree(before, tmp_path / "again")
    assert refused(tmp_path / "home", [before, again]) == ["ranks.E953"]


def test_a_run_of_another_version_is_noted(before: Path, tmp_path: Path) -> None:
    found = made(tmp_path / "home", EAST, half(2), [before], version="2")
    assert [one.key for one in found.evidence.warnings] == ["ranks.W955"]
    assert "版本 1 评,本期用版本 2" in found.evidence.warnings[0].message("zh")
    assert any("版本 1 评" in line for line in found.run.info.warnings)
    assert "对照的往期:2023-01-01..2023-06-30 (v1)。" in context(found.run, "zh").categories[0].scope_notes
    assert made(tmp_path / "same", EAST, half(2), [before]).evidence.warnings == ()


def test_a_run_whose_levels_are_not_those_of_today_is_refused(before: Path, tmp_path: Path) -> None:
    more = [{"level": 6, "label": "六星", "when": "score >= 99"}, *RATING]
    labels = [line["label"] for line in RATING]
    turned = [line | {"label": label} for line, label in zip(RATING, reversed(labels), strict=True)]
    for version, rating in (("2", more), ("1", turned)):
        with pytest.raises(Failure) as failure:
            made(tmp_path / f"home{rating[0]['level']}", EAST, half(2), [before], version=version, rating=rating)
        (one,) = failure.value.findings
        assert one.key == "ranks.E954"
        assert "等级是 1 一星, 2 二星, 3 三星, 4 四星, 5 五星;" in one.message("zh")
        assert ("6 六星" if version == "2" else "1 五星, 2 四星") in one.message("zh")
    renamed = [line | {"label": f"{line['label']}支部"} for line in RATING]
    assert made(tmp_path / "renamed", EAST, half(2), [before], rating=renamed).run.standings
    alike = [line | {"label": "等次"} for line in RATING]  # one name for several levels has not moved
    first = written(made(tmp_path / "first", EAST, half(1), rating=alike), tmp_path / "run")
    assert made(tmp_path / "second", EAST, half(2), [first], rating=alike).run.standings


@pytest.mark.parametrize(
    ("file", "content", "key"),
    [
        ("run.json", None, "scoring.E712"),
        ("run.json", b"{", "scoring.E713"),
        ("run.json", b"{}", "scoring.E713"),
        ("run.json", b"[]", "scoring.E713"),
        ("branches.parquet", None, "scoring.E713"),
        ("branches.parquet", b"x", "scoring.E713"),
        ("standings.parquet", b"x", "scoring.E713"),
        ("data/findings.parquet", None, "scoring.E713"),
        ("data/packs/scoped/pack.yaml", None, "scoring.E713"),
    ],
)
def test_a_damaged_earlier_run_is_a_sentence(before: Path, tmp_path: Path, file: str, content: bytes | None, key: str) -> None:
    folder = shutil.copytree(before, tmp_path / "run")
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(content)
    with pytest.raises(Failure) as failure:
        made(tmp_path / "home", EAST, half(2), [folder])
    assert [finding.key for finding in failure.value.findings] == [key]


def test_only_what_held_then_counts_as_held(before: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(before, tmp_path / "run")
    states = [FindingRow(id_, "scoped", "trigger", "T1", state) for id_, state in (("E01", "true"), ("E02", "open"), ("E03", "pending"))]
    pq.write_table(to_table(FindingRow, states), folder / "data" / "findings.parquet")
    loaded = load_pack(str(write_pack(tmp_path, whole_pack())))
    (earlier,) = read_earlier([folder], [loaded.pack], half(2))["scoped"]
    assert earlier.holding == {("E01", "T1")}
    assert (earlier.levels["E01"], earlier.levels["E19"], "W03" in earlier.levels) == (4, 1, False)


def test_runs_come_oldest_first_with_what_they_proposed(before: Path, now: Assessment, tmp_path: Path) -> None:
    """2024: E02 was computed at five and proposed for four in the second half of 2023, so five is now one step."""
    second = written(now, tmp_path / "second")
    loaded = load_pack(str(write_pack(tmp_path, whole_pack())))
    for folders in ([before, second], [second, before]):
        first, last = read_earlier(folders, [loaded.pack], half(1, 2024))["scoped"]
        assert (first.period, last.period) == ("2023-01-01..2023-06-30", "2023-07-01..2023-12-31")
        assert (last.levels["E02"], last.proposed["E02"], last.proposed["E01"]) == (5, 4, 5)
        assert first.digest != last.digest
    found = made(tmp_path / "third", EAST, half(1, 2024), [second, before])
    standing = {row.branch_id: row for row in found.run.standings}
    assert (standing["E02"].previous, standing["E02"].limited) == (4, False)
    assert standing["E19"].streaks == ("twice",)
    assert list(found.run.info.previous.values()) == ["2023-01-01..2023-06-30", "2023-07-01..2023-12-31"]


# --- what people read --------------------------------------------------------------


def test_ties_are_named_with_the_reason_in_words(tmp_path: Path) -> None:
    run = made(tmp_path, {**EAST, **WEST}, half(2)).run
    ctx = context(run, "zh")
    east, west = ctx.categories[0].jurisdictions
    assert [line.text for line in east.lines[:2]] == [
        "应检 20 个支部,已检 20 个。",
        "五星不超过已检 20 个支部的 10%,即 2 个;算出 4 个。第 2 名有 2 个并列,名额只剩 1 个,并列的都不列:E02支部、E03支部。"
        "名次在名额以外的:E04支部。不列的建议四星。",
    ]
    assert [line.acts for line in east.lines] == [False, True, False, False]
    assert east.lines[2].text == "四星及以上不超过已检 20 个支部的 30%,即 6 个;算出 4 个。没有超出。"
    assert west.name == "西街道"
    assert [(one.branch, one.rank, one.proposed) for one in west.standings] == [
        ("W01支部", "1", "三星"),
        ("W02支部", "2", ""),
        ("W03支部", "—", ""),
    ]
    tied = next(branch for branch in ctx.branches if branch.id == "E02")
    assert (tied.rating, tied.proposed) == ("五星", "四星")
    assert tied.notes[-1] == (
        "算出五星,按辖区规则建议四星:东街道已检 20 个支部,五星不超过 10% 即 2 个,本支部排第 2 名,该名次有 2 个并列,并列的都不列。"
    )
    assert ctx.categories[0].scope_notes[1:] == (
        "没有给出往期运行(--previous),升级没有受限。",
        "“低于三星”要看连续 2 期,给出的往期不够,没有判断。",
    )


def test_limits_and_streaks_are_said(now: Assessment) -> None:
    ctx = context(now.run, "zh")
    lines = [line.text for line in ctx.categories[0].jurisdictions[0].lines]
    assert "比上期最多升 1 级,受限的:E02支部、E03支部、E04支部。" in lines
    assert "低于三星,连续 2 期:E19支部。" in lines
    notes = {branch.id: branch.notes for branch in ctx.branches}
    assert notes["E04"][-1] == "算出五星,按辖区规则建议四星:上期为三星,最多升 1 级。"
    assert notes["E19"][-1] == "低于三星,已连续 2 期。"
    assert notes["W01"][-1].count(";") == 1  # two reasons
    assert ctx.categories[0].scope_notes[1] == "对照的往期:2023-01-01..2023-06-30。"
    assert any("W01支部" in line for line in report(ctx).sections[0].scope_lines)


def test_a_gap_is_said(before: Path, tmp_path: Path) -> None:
    run = made(tmp_path, EAST, half(1, 2024), [before]).run
    assert "“低于三星”要看连续 2 期,往期到本期之间有间断,间断以前的不算,没有判断。" in context(run, "zh").categories[0].scope_notes


def test_townships_of_one_name_are_told_apart_by_their_paths(now: Assessment) -> None:
    rows = tuple(replace(row, scope="示例市/另一区/东街道") if row.scope.endswith("西街道") else row for row in now.run.standings)
    scopes = tuple(replace(row, scope="示例市/另一区/东街道") if row.scope.endswith("西街道") else row for row in now.run.scopes)
    ctx = context(replace(now.run, standings=rows, scopes=scopes), "zh")
    assert [one.name for one in ctx.categories[0].jurisdictions] == ["示例市/示例区/东街道", "示例市/另一区/东街道"]


def test_the_command_prints_and_writes_it_all(before: Path, tmp_path: Path) -> None:
    file = write_pack(tmp_path, whole_pack())
    asked = [str(evidence(tmp_path, {**EAST, **WEST})), "--pack", str(file), "--as-of", "2023-12-31", "--period", "2023-07-01..2023-12-31"]
    english = CliRunner().invoke(main, ["--lang", "en", "score", *asked, "--out", str(tmp_path / "en")])
    assert "No earlier run was given" in english.output
    told = CliRunner().invoke(main, ["score", *asked, "--previous", str(before), "--out", str(tmp_path / "out")])
    assert told.exit_code == 0, told.output
    assert "辖区名次与名额:scoped" in told.output
    assert "东街道:比上期最多升 1 级,受限的:E02支部、E03支部、E04支部。" in told.output.replace("\n    ", "")
    assert "standings.parquet 结果表" in told.output
    why = CliRunner().invoke(main, ["explain", str(tmp_path / "out"), "E04"]).output
    assert "东街道已检 20 个支部中排第 4 名" in why
    assert "上期为三星,最多升 1 级" in why
    leader = [paragraph.text for paragraph in docx.Document(str(tmp_path / "out" / "report.docx")).paragraphs]
    assert "scoped:辖区名次与名额" in leader
    assert any(text.startswith("西街道:四星及以上不超过已检 2 个支部的 30%,即 0 个;算出 1 个。") for text in leader)
    book = openpyxl.load_workbook(tmp_path / "out" / "results.xlsx")
    assert book.sheetnames[:5] == ["总览", "支部结果", "排名", "辖区名次", "辖区规则"]
    rows = list(book["辖区名次"].iter_rows(min_row=5, values_only=True))
    assert rows[0][:6] == ("东街道", "1", "01", "E01支部", "五星", None)
    assert rows[1][:6] == ("东街道", "2", "02", "E02支部", "五星", "四星")
    assert "五星\n建议四星" in {row[4] for row in book["支部结果"].iter_rows(values_only=True)}
