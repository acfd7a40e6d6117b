"""``advise`` as a user calls it: a branch, all of them, internal packs, JSON, and what it refuses."""

import csv
import json
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len
from small_packs import award, criterion, integer, pack, scored

import cli
from evaluator import data_dir
from evaluator.assess import Assessment, Wanted, assess
from evaluator.scoring.folder import new_folder, write_run
from evaluator.scoring.period import parse_period

BOOK = data_dir("examples") / "communities-2023.xlsx"
URBAN, SOFT = "five-star-urban", "soft-and-lax"


@pytest.fixture(scope="module")
def made() -> Assessment:
    from datetime import date

    period = parse_period("2023", date(2023, 12, 31))
    return assess(Wanted((BOOK,), (URBAN, SOFT), period, second_count=0, illustrative=True))


@pytest.fixture(scope="module")
def folder(made: Assessment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("advice") / "run"
    with new_folder(target) as where:
        write_run(made.run, where, made.pack_texts)
    return target


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli.main, [str(one) for one in arguments])


def test_one_branch_is_told_what_to_do_first(folder: Path) -> None:
    found = run("advise", folder, "YS005")
    assert found.exit_code == 0, found.output
    for words in (
        "石榴园社区",
        "目标“二星支部”:支部自己办 1 项就能达到,不能再少。",
        "UYY-08",
        "小区公开率现 87.5%,要到 100%",
        "业委会、物业",
        "按季",
    ):
        assert words in found.output
    for words in ("不靠支部自己能解决的", "UPA-08", "补不回来的", "UZB-04", "等次已定"):
        assert words in found.output
    assert max(map(cell_len, found.output.splitlines())) <= 80
    assert not [line for line in found.output.splitlines() if line != line.rstrip()]


def test_the_same_in_english_by_order_number_and_name(folder: Path) -> None:
    found = run("--lang", "en", "advise", folder, "5")
    assert "Goal 'Two stars': 1 of the branch's own changes are enough, and no fewer." in found.output
    assert found.output == run("--lang", "en", "advise", folder, "石榴园社区").output


def test_what_others_must_mend_is_marked(folder: Path) -> None:
    found = run("advise", folder, "双塘社区")
    assert "连同他方最少共 1" in found.output
    assert "V4 班子瘫痪(书记空缺超过90天) 〔他方〕" in found.output
    assert "办完可到“四星支部”" in found.output


def test_a_lapse_that_may_not_be_one_is_to_be_shown_never_made_up(folder: Path) -> None:
    found = run("advise", folder, "稻香社区").output
    assert "UZB-03 三会一课达到规定频次 +10 分 〔待证明〕" in found
    assert "要做到:补交“党小组会召开的月份数”" in found
    assert "不得补记" in found
    assert "等次未定。补齐以下 1 项佐证,无论内容如何都能定,不能再少:" in found


def test_internal_packs_are_shown_by_themselves(folder: Path) -> None:
    plain, apart = run("advise", folder, "双塘社区").output, run("advise", folder, "双塘社区", "--internal").output
    assert "SL-10" not in plain
    assert "软弱涣散" not in plain
    assert "SL-10" in apart
    assert "五星" not in apart


def test_json_holds_the_same(folder: Path) -> None:
    found = json.loads(run("advise", folder, "YS005", "--json").output)
    assert [one["pack"] for one in found] == [URBAN]
    aim = found[0]["aims"][0]
    assert (aim["goal"], aim["own"], aim["exact"], [step["id"] for step in aim["steps"]]) == ("二星支部", True, True, ["UYY-08"])
    assert aim["steps"][0]["gain"] == "1.25"


def test_all_branches_are_written_as_a_table(folder: Path, tmp_path: Path) -> None:
    for name in ("advice.xlsx", "advice.csv"):
        found = run("advise", folder, "--all", "--out", name)
        assert found.exit_code == 0, found.output
        assert "34 个支部" in found.output
        assert "未检 1 个" in found.output
    sheet = openpyxl.load_workbook("advice.xlsx").active
    assert sheet is not None
    book = [["" if cell is None else f"{cell:.10g}" if isinstance(cell, float) else str(cell) for cell in row] for row in sheet.values]
    with Path("advice.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    assert book[book.index(rows[0]) :] == rows
    numbers = [int(row[0]) for row in rows[1:]]
    assert numbers == sorted(numbers)
    assert not [row for row in rows if any("软弱" in cell or "SL-" in cell for cell in row)]
    assert {row[7] for row in rows[1:]} == {"支部自己办", "连同他方", "补交佐证"}
    assert {path.name for path in tmp_path.iterdir()} == {"advice.xlsx", "advice.csv"}
    first = Path("advice.xlsx").read_bytes()
    assert "E101" in run("advise", folder, "--all", "--out", "advice.xlsx").output
    assert run("advise", folder, "--all", "--out", "advice.xlsx", "--force").exit_code == 0
    assert Path("advice.xlsx").read_bytes() == first


def test_the_table_of_internal_packs_holds_nothing_else(folder: Path) -> None:
    assert run("advise", folder, "--all", "--internal", "--out", "soft.csv").exit_code == 0
    with Path("soft.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert {row[4] for row in csv.reader(stream)} == {"规则包", "软弱涣散基层党组织排查"}


def test_a_table_runs_no_formula(tmp_path: Path) -> None:
    data = pack([criterion(10, award(10, "a > 0"), text="=1+1", owner="@x")], {"a": integer()})
    folder = tmp_path / "run"
    with new_folder(folder) as where:
        write_run(scored(tmp_path, data, "a=0"), where, {"tiny": (tmp_path / "tiny.yaml").read_text(encoding="utf-8")})
    assert run("advise", folder, "--all", "--out", "a.csv").exit_code == 0
    assert run("advise", folder, "--all", "--out", "a.xlsx").exit_code == 0
    with Path("a.csv").open(encoding="utf-8-sig", newline="") as stream:
        row = list(csv.reader(stream))[1]
    assert (row[10], row[13]) == ("'=1+1", "'@x")
    sheet = openpyxl.load_workbook("a.xlsx").active
    assert sheet is not None
    cell = next(cell for line in sheet.iter_rows() for cell in line if cell.value == "=1+1")
    assert cell.data_type == "s"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nowhere", "1"), "E712"),
        (("RUN", "石榴圆社区"), "E720"),
        (("RUN", "社区"), "E723"),
        (("RUN", "22"), "E101"),
        (("RUN", "1", "--pack", "five-star-urbn"), "five-star-urban"),
        (("RUN", "1", "--pack", SOFT), "E103"),
        (("RUN", "1", "--internal", "--pack", URBAN), "E104"),
        (("RUN", "--all", "--out", "x.doc"), "E107"),
        (("RUN",), "二者选一"),
        (("RUN", "1", "--all", "--out", "x.csv"), "二者选一"),
        (("RUN", "--all"), "一起用"),
        (("RUN", "1", "--out", "x.csv"), "一起用"),
        (("RUN", "--all", "--out", "x.csv", "--json"), "只用于一个支部"),
        (("RUN", "--all", "--out", "."), "E107"),
    ],
)
def test_what_is_refused_is_said_in_words(folder: Path, tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    found = run("advise", *(folder if one == "RUN" else one for one in arguments))
    assert found.exit_code == 2, found.output
    assert told in found.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["advise", "explain"])
def test_a_piece_of_a_name_that_only_one_branch_has_will_do(folder: Path, command: str) -> None:
    whole, piece = run(command, folder, "和风社区"), run(command, folder, "和风")
    assert (whole.exit_code, piece.exit_code) == (0, 0), piece.output
    assert piece.stdout == whole.stdout
    assert "名称含这几个字的只有 和风社区" in piece.stderr


def test_a_table_that_cannot_be_written_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "dir.csv").mkdir()
    found = run("advise", folder, "--all", "--out", "dir.csv")
    assert found.exit_code == 2
    assert "E305" in found.output
    assert [path.name for path in tmp_path.rglob("*")] == ["dir.csv"]


@pytest.mark.parametrize(("internal", "flags", "told"), [(True, (), "E105"), (False, ("--internal",), "E106")])
def test_a_run_of_packs_on_one_side_only(tmp_path: Path, internal: bool, flags: tuple[str, ...], told: str) -> None:
    data = pack([criterion(10, award(10, "a > 0"))], {"a": integer()}, internal=internal)
    folder = tmp_path / "run"
    with new_folder(folder) as where:
        write_run(scored(tmp_path, data, "a=0"), where, {"tiny": (tmp_path / "tiny.yaml").read_text(encoding="utf-8")})
    found = run("advise", folder, "B1", *flags)
    assert found.exit_code == 2
    assert told in found.output
