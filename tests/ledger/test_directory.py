"""The directory: read from what offices write, every fault in one pass with its cell; looked up from the nearest place outwards."""

import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from ledger_runs import COUNTY, FIRST, new_store, rows, run_command

from evaluator import data_dir
from evaluator.commands.ledger import COMMANDS
from evaluator.diagnostics import Failure
from evaluator.ledger.book import Post
from evaluator.ledger.directory import Directory, pieces, read_directory
from evaluator.ledger.items import items_of
from evaluator.ledger.store import Store
from evaluator.packs.load import load_packs

EXAMPLE = data_dir("examples") / "directory-2023.xlsx"
HEADER = ("乡镇街道", "支部", "责任主体", "单位", "姓名")
OWN = {"社区", "社区党组织", "社区书记", "社区服务中心", "社区调委会", "居务监督委员会", "网格员"}


def written(path: Path, *lines: tuple[object, ...], header: tuple[str, ...] = HEADER, above: int = 0) -> Path:
    book = openpyxl.Workbook()
    for _ in range(above):
        book.active.append(["名录"])
    book.active.append(list(header))
    for line in lines:
        book.active.append(list(line))
    book.save(path)
    return path


def faults(path: Path) -> list[tuple[str, str]]:
    """Return code and cell of each fault of a directory that cannot be used."""
    with pytest.raises(Failure) as caught:
        read_directory(path)
    assert all(one.message("zh") and one.message("en") and one.hint("zh") and one.hint("en") for one in caught.value.findings)
    return [(one.code, one.place.cell or str(one.place.line or "")) for one in caught.value.findings]


# --- reading ------------------------------------------------------------------


def test_a_line_is_a_post_and_unknown_columns_are_left_alone(tmp_path: Path) -> None:
    header = ("序号", "乡镇", "角色", "责任单位", "职务", "责任人", "电话", "分管领导", "专班", "备注")
    path = written(
        tmp_path / "d.xlsx",
        (1, "云台街道", "街道党工委", "云台街道党工委", "书记", "陈立", 12345, "何建", "专班一", "无"),
        header=header,
        above=3,
    )
    assert read_directory(path) == (Post("云台街道", "街道党工委", "云台街道党工委", "", "书记", "陈立", "12345", "何建", "专班一"),)


def test_csv_in_gbk_and_blank_lines(tmp_path: Path) -> None:
    path = tmp_path / "名录.csv"
    path.write_bytes("责任主体,单位\n民政局,区民政局\n,\n公安局,区公安分局\n".encode("gbk"))
    assert [one.unit for one in read_directory(path)] == ["区民政局", "区公安分局"]


def test_sheets_without_a_header_are_passed_over(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["说明"])
    sheet = book.create_sheet("名录")
    sheet.append(["责任主体", "单位"])
    sheet.append(["民政局", "区民政局"])
    book.save(tmp_path / "d.xlsx")
    assert len(read_directory(tmp_path / "d.xlsx")) == 1


def test_every_fault_is_told_in_one_pass_with_its_cell(tmp_path: Path) -> None:
    path = written(
        tmp_path / "d.xlsx",
        ("云台街道", "", "街道党工委", "云台街道党工委", "陈立"),
        ("清渠街道", "", "", "清渠街道党工委", "许宁"),  # no owner
        ("", "", "民政局", "", "高洁"),  # no unit
        ("云台街道", "", "街道党工委", "云台街道办事处", "陈立"),  # again
        ("", "", "公安局", "=A1", "周敏"),  # a formula
        ("", "青禾社区", "", "", "王芳"),  # the branch itself: fine
    )
    assert set(faults(path)) == {("E404", "C3"), ("E405", "D4"), ("E406", "C5"), ("E403", "D6")}


def test_the_same_owner_in_two_places_is_no_fault(tmp_path: Path) -> None:
    path = written(tmp_path / "d.xlsx", ("云台街道", "", "街道", "甲", ""), ("清渠街道", "", "街道", "乙", ""), ("", "", "街道", "丙", ""))
    assert len(read_directory(path)) == 3


def test_a_workbook_of_something_else_and_an_empty_one(tmp_path: Path) -> None:
    assert faults(data_dir("examples") / "communities-2023.xlsx") == [("E401", "")]
    assert faults(written(tmp_path / "d.xlsx")) == [("E402", "")]
    assert faults(written(tmp_path / "late.xlsx", above=20)) == [("E401", "")]


# --- looking up -----------------------------------------------------------------


def test_from_the_nearest_place_outwards() -> None:
    posts = [Post(township, "街道", f"{branch}{township}全", branch=branch) for township in ("云台街道", "") for branch in ("B1", "")]
    for number, expected in enumerate(("B1云台街道全", "B1全", "云台街道全", "全")):
        left = Directory(tuple(sorted(posts, key=lambda one: (not one.branch, not one.township))[number:]))
        found = left.find("街道", "云台街道", ("B1", "青禾社区"))
        assert found is not None
        assert found.unit == expected
    assert Directory(tuple(posts)).find("街道", "清渠街道", ("B9",)) == posts[-1]


def test_the_whole_name_before_its_first_piece() -> None:
    both = Directory((Post("云台街道", "街道", "甲"), Post("", "街道、部门", "乙")))
    assert [found.unit for one in ("街道、部门", "街道/部门", "街道") if (found := both.find(one, "云台街道"))] == ["乙", "甲", "甲"]
    assert both.find("部门、街道", "云台街道") is None  # the first piece leads
    assert both.find("部门、街道", "云台街道", own=False) == both.posts[0]


def test_a_line_without_a_role_is_the_branch_itself() -> None:
    own = Directory((Post("", "", "", branch="青禾社区", person="王芳"), Post("", "民政局", "区民政局")))
    found = own.find("社区党组织", "云台街道", ("B1", "青禾社区"))
    assert found is not None
    assert found.person == "王芳"
    assert own.find("社区党组织", "云台街道", ("B2", "双塘社区")) is None
    assert own.find("街道党工委", "云台街道", ("B1", "青禾社区"), own=False) is None
    assert own.find("民政局", "云台街道", ("B1", "青禾社区")) == own.posts[1]


@pytest.mark.parametrize(
    ("owner", "told"), [("社区、民政局", ["社区", "民政局"]), ("纪委/乡镇", ["纪委", "乡镇"]), ("、街道 、", ["街道"]), ("", [])]
)
def test_pieces(owner: str, told: list[str]) -> None:
    assert pieces(owner) == told


# --- the example ------------------------------------------------------------------


def test_the_example_answers_for_every_owner_of_the_urban_pack() -> None:
    directory = Directory(read_directory(EXAMPLE))
    (urban,) = load_packs(["five-star-urban"])
    items = items_of([urban.pack]).values()
    for item in items:
        own = item.fixable_by == "branch"
        assert directory.find(item.owner, "云台街道", ("青禾社区",), own=own), item.owner
    roles = {one.role for one in directory.posts}
    named = {piece for item in items for piece in pieces(item.owner)} | {
        piece for group in urban.pack.groups for piece in pieces(group.lead)
    }
    assert named - roles == OWN


def test_the_example_has_a_secretary_for_each_community_and_says_that_it_is_invented() -> None:
    own = [one for one in read_directory(EXAMPLE) if one.branch]
    assert len({one.branch for one in own}) == 35
    assert len({one.township for one in own}) == 6
    assert all(one.person and one.role == "" for one in own)
    assert "虚构" in str(openpyxl.load_workbook(EXAMPLE).active["A1"].value)


def test_the_example_is_what_its_script_makes(tmp_path: Path) -> None:
    script = data_dir("examples") / "make_directory.py"
    code = "import sys; from pathlib import Path; import make_directory; make_directory.write(Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-B", "-c", code, str(tmp_path / "d.xlsx")], check=True, cwd=script.parent, timeout=60)
    assert (tmp_path / "d.xlsx").read_bytes() == EXAMPLE.read_bytes()


# --- the command ------------------------------------------------------------------


def test_loading_it_and_what_it_refuses(tmp_path: Path) -> None:
    new_store(tmp_path / "ledger.db").close()
    who = ("--ledger", tmp_path / "ledger.db", "--as-of", FIRST, "--actor", COUNTY.name, "--unit", COUNTY.unit, "--role", "county")
    bad = run_command(COMMANDS, "directory", written(tmp_path / "bad.xlsx", ("", "", "民政局", "", "")), *who)
    assert bad.exit_code == 2
    assert "D2: E405 “民政局”没有写单位" in bad.output.replace("[Sheet] ", "")
    told = run_command(COMMANDS, "directory", EXAMPLE, *who)
    assert told.output == f"已载入名录 {len(read_directory(EXAMPLE))} 行\n"
    store = Store.open(tmp_path / "ledger.db")
    assert len(store.book().posts) == len(read_directory(EXAMPLE))
    assert rows(store) == []
    store.close()
