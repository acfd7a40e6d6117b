"""What a workbook that goes out and comes back is made of: its columns, who may fill in which, and the marks by which rows are known again.

A value has one written form for all comparisons (``same``): days as ISO text, choices as their codes, texts without differences that a
spreadsheet program makes by itself.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Literal

from evaluator.evidence.layout import key
from evaluator.evidence.values import DATES, YES, plain
from evaluator.ledger.deadlines import YEARS
from evaluator.ledger.entries import Issue
from evaluator.ledger.events import Role
from evaluator.ledger.lifecycle import METHODS, OUTCOMES
from evaluator.ledger.sheets import LONGEST
from evaluator.messages import LANGUAGES, Language, say

__all__ = [
    "BLANK_ROWS", "BY_NAME", "BY_ROLE", "COLUMNS", "FILLED", "FIXED", "HEADER_WITHIN", "HIDDEN", "META", "NEW", "SCHEMA", "TICK",
    "Column", "Unread", "choices", "columns_of", "digest", "field_named", "fixed_values", "label", "papers_of", "read_day",
    "read_value", "row_hash", "same", "seal", "shown", "tidy", "title_of", "values_of", "words_of",
]  # fmt: skip

SCHEMA = 1
META = "_starbranch_ledger"
HIDDEN = ("_id", "_base_version", "_row_hash")
HEADER_WITHIN = 20  # rows; titles may stand above the header
BLANK_ROWS = 30
TITLE = 30  # characters of a problem that serve as the title of an issue
TICK = "√"
FIRST_DAY = date(1899, 12, 30)  # from which spreadsheet programs count days, since 1 March 1900
Kind = Literal["text", "date", "choice", "tick", "papers"]


@dataclass(frozen=True)
class Column:
    """A column of the workbook. ``kind`` is that of what people may write into it, "" where it only tells."""

    name: str
    width: float
    kind: Kind | Literal[""] = ""


COLUMNS: tuple[Column, ...] = (
    Column("number", 15),
    Column("source", 10),
    Column("found", 11),
    Column("township", 11),
    Column("branch", 14),
    Column("item", 10),
    Column("problem", 34, "text"),
    Column("nature", 6),
    Column("measures", 28, "text"),
    Column("leader", 9),
    Column("unit", 13, "text"),
    Column("person", 9, "text"),
    Column("helpers", 12),
    Column("deadline", 10),
    Column("delivered", 11, "date"),
    Column("due", 13),
    Column("extensions", 6),
    Column("light", 8),
    Column("state", 9),
    Column("progress", 26, "text"),
    Column("papers", 24, "papers"),
    Column("done_on", 11, "date"),
    Column("submit", 6, "tick"),
    Column("importance", 7, "choice"),
    Column("outcome", 9, "choice"),
    Column("method", 9, "choice"),
    Column("opinion", 20, "text"),
    Column("filled_by", 9, "text"),
)
BY_NAME: Mapping[str, Column] = {column.name: column for column in COLUMNS}

# Who fills in what; the rest is locked for them.
_OWNER = ("person", "progress", "papers", "done_on", "submit")
_TOWNSHIP = (*_OWNER, "delivered", "unit", "measures")
FILLED: Mapping[Role, tuple[str, ...]] = {
    "owner": _OWNER,
    "township": _TOWNSHIP,
    "county": (*_TOWNSHIP, "outcome", "method", "opinion", "importance"),
    "team": ("progress",),
}
BY_ROLE = frozenset(name for names in FILLED.values() for name in names)
NEW = ("branch", "problem", "measures", "unit", "person", "importance")  # what a row for a new issue asks
FIXED = ("number", "township", "branch", "item", "problem", "leader", "helpers", "due")  # told, and compared when it comes back
_UNSEEN: Mapping[Role, tuple[str, ...]] = {"owner": ("importance", "outcome", "method")}

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "importance": ("key", "minor"),
    "outcome": OUTCOMES,
    "method": METHODS,
}
# What offices call these columns; the titles of the workbook itself come from the messages.
_WORDS: Mapping[str, tuple[str, ...]] = {
    "number": ("编号", "问题编号", "台账号"),
    "branch": ("支部名称", "组织", "党支部", "党组织", "责任支部"),
    "problem": ("问题", "存在问题", "问题描述", "具体问题", "问题内容"),
    "measures": ("措施", "整改举措", "整改任务"),
    "unit": ("牵头单位", "整改单位", "责任部门"),
    "person": ("整改责任人", "具体责任人", "联系人"),
    "leader": ("分管领导", "责任领导", "包抓领导"),
    "helpers": ("协办单位", "配合部门"),
    "delivered": ("签收日期", "下发日期", "交办日期", "下发时间"),
    "due": ("整改时限", "完成时间要求", "整改期限", "时限"),
    "progress": ("整改进展", "整改情况", "进度", "完成情况"),
    "papers": ("佐证清单", "佐证材料", "印证材料"),
    "done_on": ("实际完成日期", "整改完成日期", "完成时间"),
    "submit": ("是否申请销号",),
    "outcome": ("整改结论", "验收结果"),
    "opinion": ("审核意见", "核查意见"),
    "found": ("检查日期", "检查时间", "发现时间", "督查日期", "督查时间"),
    "township": ("乡镇", "街道", "镇街"),
    "filled_by": ("填报人",),
}


class Unread(Exception):
    """A cell that does not hold what its column asks: ``key`` names the message, ``values`` fill it."""

    def __init__(self, key: str, **values: Any) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


# --- columns and their words ---------------------------------------------------


def columns_of(role: Role) -> tuple[Column, ...]:
    """Return the columns of the workbook that a role gets."""
    return tuple(column for column in COLUMNS if column.name not in _UNSEEN.get(role, ()))


def label(name: str, lang: Language | None = None) -> str:
    """Return the title of a column."""
    return say(f"exchange.c_{name}", lang)


@cache
def words_of(name: str) -> frozenset[str]:
    """Return what a header may say to name a column, in the form of :func:`evaluator.evidence.layout.key`."""
    titles = (say(f"exchange.c_{name}", lang) for lang in LANGUAGES)
    return frozenset(key(word) for word in (name, *titles, *_WORDS.get(name, ())))


@cache
def _named() -> Mapping[str, str]:
    return {word: column.name for column in COLUMNS for word in words_of(column.name)}


def field_named(header: object) -> str | None:
    """Return the column that a header names."""
    return _named().get(key(header))


def choices(name: str, lang: Language | None = None) -> list[str]:
    """Return what a drop-down offers."""
    return [TICK] if name == "submit" else [say(f"moves.{name}_{code}", lang) for code in _CHOICES[name]]


# --- values --------------------------------------------------------------------


def papers_of(text: str) -> list[dict[str, str]]:
    """Return the papers that the written form of that column names."""
    pairs = (piece.rpartition("=") for piece in text.split(";") if piece)
    return [{"name": name, "dated": day} for name, _, day in pairs]


def values_of(issue: Issue) -> dict[str, str]:
    """Return what an issue says in the columns that people fill in, in the written form.

    What was submitted shows until it is sent back, so that the next time begins with empty cells; a check shows until the next submission.
    """
    now = issue.now
    last = now.submissions[-1] if now.submissions and now.state in ("submitted", "closed") else None
    check = now.checks[-1] if now.checks and now.state != "submitted" else None
    return {
        "measures": "\n".join(one.text for one in now.measures),
        "unit": now.unit,
        "person": now.person,
        "delivered": _day(now.delivered),
        "progress": now.progress[-1].text if now.progress else "",
        "papers": ";".join(f"{one.name}={one.dated}" for one in last.papers) if last else "",
        "done_on": _day(last.done_on) if last else "",
        "submit": TICK if last else "",
        "importance": issue.importance,
        "outcome": check.outcome if check else "",
        "method": check.method if check else "",
        "opinion": check.opinion if check else "",
    }


def fixed_values(issue: Issue) -> dict[str, str]:
    """Return what an issue says in the columns of :data:`FIXED`."""
    now = issue.now
    return {
        "number": issue.called,
        "township": issue.township,
        "branch": issue.branch_name,
        "item": issue.item,
        "problem": now.problem,
        "leader": now.leader,
        "helpers": "、".join(now.helpers),
        "due": _day(now.due) or now.due_text,
    }


def shown(name: str, value: str, lang: Language | None = None) -> str:
    """Return a written form as people read it."""
    if value and name in _CHOICES:
        return say(f"moves.{name}_{value}", lang)
    return value.replace(";", "\n") if name == "papers" else value


def same(value: object) -> str:
    """Return a text in the form that is compared: NFKC, no carriage returns, no blanks at the ends of lines, no longer than a cell."""
    text = plain(value).replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join(line.strip() for line in text.split("\n")).strip()[:LONGEST].rstrip()


def title_of(problem: str) -> str:
    """Return the title of an issue that has none: the first line of its problem, cut."""
    first = problem.split("\n")[0]
    return first if len(first) <= TITLE else first[: TITLE - 1] + "…"


_FULL_WIDTH = {code: code - 0xFEE0 for span in ((0xFF10, 0xFF1A), (0xFF21, 0xFF3B), (0xFF41, 0xFF5B)) for code in range(*span)}
_BLANKS = dict.fromkeys(map(ord, "\u00a0\u2007\u202f\u3000"), " ")
_STRANGE = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|_x000D_")


def tidy(cell: object) -> str:
    """Return the text of a cell as the ledger keeps it: plain digits, letters and blanks, Chinese punctuation as it was written."""
    text = cell if isinstance(cell, str) else plain(cell)
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_FULL_WIDTH).translate(_BLANKS)
    return "\n".join(line.strip() for line in _STRANGE.sub("", text).split("\n")).strip()


def read_value(name: str, cell: object) -> str:
    """Return the written form of a cell of a column that people fill in, "" for an empty one.

    Raises:
        Unread: the cell does not hold what the column asks.
    """
    if not plain(cell):
        return ""
    match BY_NAME[name].kind:
        case "date":
            return str(read_day(cell))
        case "choice":
            return _read_choice(name, plain(cell))
        case "tick":
            if plain(cell).casefold() not in YES:
                raise Unread("exchange.E615", found=plain(cell), choices=TICK)
            return TICK
        case "papers":
            return _read_papers(tidy(cell))
        case _ if name == "measures":  # one a line
            return "\n".join(line for line in tidy(cell).split("\n") if line)
        case _:
            return tidy(cell)


def read_day(cell: object) -> date:
    """Return the day in a cell: a date, or a text as ``2024-05-01``, ``2024.5.1``, ``2024年5月1日`` or ``20240501``.

    Raises:
        Unread: it is no day, or one of a year that nobody means.
    """
    if isinstance(cell, date):
        return likely(cell.date() if isinstance(cell, datetime) else cell)
    text = plain(cell)
    match = next((match for form in DATES if (match := form.match(text))), None)
    if match is None and re.fullmatch(r"[1-9]\d{4}", text) and (day := FIRST_DAY + timedelta(int(text))).year in YEARS:
        raise Unread("exchange.E634", found=text, day=day)
    if match is None:
        raise Unread("exchange.E614", found=text)
    year, month, number = (int(match[n]) for n in (1, 2, 3))
    try:
        return likely(date(year, month, number))
    except ValueError:
        raise Unread("exchange.E614" if year in YEARS else "exchange.E630", found=text) from None


def likely(day: date) -> date:
    """Return a day that people can mean.

    Raises:
        Unread: its year is a slip.
    """
    if day.year not in YEARS:
        raise Unread("exchange.E630", found=day)
    return day


def _read_choice(name: str, text: str) -> str:
    for code in _CHOICES[name]:
        if text.casefold() in {code, *(same(say(f"moves.{name}_{code}", lang)).casefold() for lang in LANGUAGES)}:
            return code
    raise Unread("exchange.E615", found=text, choices="、".join(choices(name)))


def _read_papers(text: str) -> str:
    found = []
    for piece in re.split("[;\uff1b\n]", text):
        if not piece.strip():
            continue
        name, sign, day = piece.replace("\uff1d", "=").rpartition("=")
        if not (sign and name.strip()):
            raise Unread("exchange.E616", found=piece.strip())
        found.append(f"{name.strip()}={read_day(day)}")
    return ";".join(found)


def _day(day: date | None) -> str:
    return str(day) if day else ""


# --- marks ---------------------------------------------------------------------


def seal(export: str, id_: str, version: str) -> str:
    """Return the mark that ties the hidden cells of a row to each other: sorting a part of the columns breaks it."""
    return hashlib.sha256(f"{export}|{id_}|{version}".encode()).hexdigest()[:12]


def digest(cells: Iterable[object]) -> str:
    """Return the mark of what stood in a row when it went out: as long as it holds, nobody touched the row."""
    return hashlib.sha256("\x1f".join(map(same, cells)).encode()).hexdigest()[:16]


def row_hash(export: str, id_: str, version: int, cells: Sequence[object]) -> str:
    """Return the hidden mark of a row."""
    return f"{seal(export, id_, str(version))}-{digest(cells)}"
