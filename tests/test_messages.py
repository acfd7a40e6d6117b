"""Both languages are complete: every message in Chinese and English with the same values, every message that code asks for is there."""

import re
import string
from pathlib import Path

import pytest

from evaluator.messages import catalogue, say

ROOT = Path(__file__).parent.parent
ROOMS = sorted(path.stem for path in (ROOT / "evaluator" / "messages").glob("*.toml"))
SOURCES = [*(ROOT / "evaluator").rglob("*.py"), ROOT / "cli.py", *(ROOT / "templates").rglob("*.*")]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("room", ROOMS)
def test_every_message_stands_in_both_languages_with_the_same_values(room: str) -> None:
    for name, entry in catalogue(room).items():
        assert {"zh", "en"} <= set(entry), f"{room}.{name}"
        assert entry["en"] or len(entry["zh"]) <= 2, f"{room}.{name}"  # a measure word or a mark may have no English
        if not re.match(r"[EW]\d", name):  # a diagnostic may name a field by its label in one language and its id in the other
            assert fields(entry["en"]) <= fields(entry["zh"]), f"{room}.{name}"  # units have no English form, so English may leave one out
        assert bool(entry.get("hint_zh")) == bool(entry.get("hint_en")), f"{room}.{name}"
        assert bool(entry.get("fold_zh")) == bool(entry.get("fold_en")), f"{room}.{name}"
        assert set(entry) <= {"zh", "en", "hint_zh", "hint_en", "fold_zh", "fold_en"}, f"{room}.{name}"


def test_every_message_that_code_names_is_there() -> None:
    known = {f"{room}.{name}" for room in ROOMS for name in catalogue(room)}
    asked = set()
    for path in SOURCES:
        if path.suffix in (".py", ".html", ".j2"):
            asked |= set(re.findall(rf"\"((?:{'|'.join(ROOMS)})\.[A-Za-z]\w*)\"", path.read_text(encoding="utf-8")))
    files = {"conditions.lark", "ledger.xlsx", "ledger.db"}
    assert asked - known - files == set()


@pytest.mark.parametrize(
    ("key", "form", "zh", "en"),
    [
        ("terminal.E601", "hint", "", ""),
        ("exchange.E611", "hint", "请核对编号。", "Check the number."),
        ("cli.no_such_option", "", "没有选项 --x。", "No such option --x."),
        ("cases.E913", "", "规则包里没有“x”", "the pack has no 'x'"),
    ],
)
def test_what_is_near_is_left_out_where_nothing_is(key: str, form: str, zh: str, en: str) -> None:
    values = {"near": "—", "found": "x", "name": "--x", "item": "x"}
    assert (say(key, "zh", form=form, **values), say(key, "en", form=form, **values)) == (zh, en)
    assert "YS1" in say(key, "zh", form=form, **values | {"near": "YS1"})


def test_no_sentence_for_users_stands_in_the_code() -> None:
    """Chinese text in code is data that is matched (words of headers and cells, file names), never a sentence; the modules that hold
    such words are named."""
    words = {
        "values.py",
        "register.py",
        "layout.py",
        "rows.py",
        "gather.py",
        "template.py",
        "scope.py",
        "calendar.py",
        "arrangement.py",
        "builder.py",
    }
    for path in (ROOT / "evaluator").rglob("*.py"):
        if path.name in words:
            continue
        for literal in re.findall(r'(?<!")"([^"\n]*)"(?!")', path.read_text(encoding="utf-8")):
            assert not (len(CHINESE.findall(literal)) > 12), f"{path.name}: {literal}"
