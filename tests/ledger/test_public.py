"""The public copy: what stands under notice and nothing else, nobody named, no number of a person whole."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import pytest
from click.testing import Result
from ledger_runs import run_command
from ledgers import OWNER, TOWNSHIP, begin, closed, day, do, new_ledger, rectifying, submitted

from evaluator.commands.upkeep import COMMANDS
from evaluator.ledger.entries import Issue
from evaluator.ledger.store import Store

PHONE, IDENTITY = "13812345678", "110105199003074426"
MEASURES = [{"text": f"由周宁、何建牵头,陈立走访,电话{PHONE}", "person": "陈立"}]
PROBLEM = f"王平(身份证{IDENTITY})反映何建未签到"
WHERE = {"first": str(day(23)), "last": str(day(29)), "where": "村务公开栏"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = new_ledger(tmp_path / "ledger.db")
    yield made
    made.close()


def noticed(store: Store, cycle: dict[str, Any], **changes: Any) -> Issue:
    """Return an issue that is under notice."""
    return do(store, submitted(store, rectifying(store, cycle, **changes)), "publish", TOWNSHIP, day(23), **WHERE)


def copy(tmp_path: Path, *words: object, out: str = "公示.docx") -> Result:
    return run_command(COMMANDS, "public-copy", *words, "--out", tmp_path / out, "--ledger", tmp_path / "ledger.db", "--as-of", day(24))


def text_of(path: Path) -> str:
    document = docx.Document(str(path))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


def test_names_on_record_and_personal_numbers_are_hidden(tmp_path: Path, store: Store) -> None:
    issue = noticed(store, {"problem": PROBLEM, "person": "周宁", "measures": MEASURES})
    told = copy(tmp_path)
    assert (told.exit_code, told.output) == (0, f"公示 1 项:{tmp_path / '公示.docx'}\n")
    text = text_of(tmp_path / "公示.docx")
    for hidden in (OWNER.name, "周宁", "何建", "陈立", TOWNSHIP.name, PHONE, IDENTITY):
        assert hidden not in text
    assert "有关人员(身份证110105********4426)反映有关人员未签到" in text
    assert "由有关人员、有关人员牵头,有关人员走访,电话138****5678" in text
    for shown in (issue.number, "青禾社区党支部", f"{day(23)} – {day(29)}"):
        assert shown in text


def test_nothing_is_told_of_what_is_not_under_notice(tmp_path: Path, store: Store) -> None:
    shown = noticed(store, {"problem": "甲问题"}, key="B1|C1|")
    ended = closed(store, noticed(store, {"problem": "乙问题"}, key="B1|C2|"), 30)
    sent_back = closed(store, noticed(store, {"problem": "丙问题"}, key="B1|C3|"), 30, outcome="none")
    waiting = submitted(store, rectifying(store, {"problem": "丁问题"}, key="B1|C4|"))
    begin(store, {"problem": "戊问题"}, key="B1|C5|")
    assert copy(tmp_path).exit_code == 0
    text = text_of(tmp_path / "公示.docx")
    assert shown.number in text
    assert "甲问题" in text
    for other in (ended.number, sent_back.number, waiting.number, "乙问题", "丙问题", "丁问题", "戊问题"):
        assert other not in text


def test_filters_choose_what_is_copied(tmp_path: Path, store: Store) -> None:
    noticed(store, {"problem": "甲问题"}, key="B1|C1|")
    noticed(store, {"problem": "乙问题", "unit": OWNER.unit}, key="B3|C1|", branch="B3", branch_name="石桥社区党支部")
    assert copy(tmp_path, "--branch", "B3").exit_code == 0
    text = text_of(tmp_path / "公示.docx")
    assert ("甲问题" in text, "乙问题" in text) == (False, True)


def test_without_anything_under_notice_no_file_is_written(tmp_path: Path, store: Store) -> None:
    submitted(store, rectifying(store))
    for words in ((), ("--branch", "B2")):
        told = copy(tmp_path, *words)
        assert (told.exit_code, "E503" in told.output, "ledger publish" in told.output) == (2, True, True)
    noticed(store, {}, key="B1|C2|")
    assert "E503" in copy(tmp_path, "--branch", "B2").output
    assert [path.name for path in tmp_path.iterdir()] == ["ledger.db"]


def test_a_folder_or_a_file_in_the_way_is_a_sentence(tmp_path: Path, store: Store) -> None:
    noticed(store, {})
    (tmp_path / "夹").mkdir()
    (tmp_path / "文").write_text("我的", encoding="utf-8")
    for out in ("夹", "文/公示.docx"):
        told = copy(tmp_path, out=out)
        assert (told.exit_code, "E305" in told.output, "Traceback" in told.output) == (2, True, False), told.output
    assert not list((tmp_path / "夹").iterdir())
    assert (tmp_path / "文").read_text(encoding="utf-8") == "我的"
