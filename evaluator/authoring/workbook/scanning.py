"""What a pasted table says: its header row, its items with points and standards, and whether its totals agree."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from evaluator.authoring.workbook.reading import Findings
from evaluator.authoring.workbook.tables import Grid
from evaluator.diagnostics import SHOWN, Place
from evaluator.evidence.cells import Cell

__all__ = ["WORDS", "Item", "Piece", "scan"]

WORDS: dict[str, tuple[str, ...]] = {  # what may stand above a column; ends in brackets, as (100分), are left out first
    "item": (
        *("项目", "内容", "指标", "考核内容", "考核项目", "考核指标", "考评内容", "考评项目", "评价内容", "评价指标", "评分项目"),
        *("评分内容", "检查内容", "检查项目", "创建内容", "创建标准", "测评内容", "测评项目", "二级指标", "三级指标", "item"),
    ),
    "points": ("分值", "分数", "满分", "标准分", "标准分值", "满分值", "基本分", "基础分", "赋分", "权重分", "分", "points"),
    "standard": (
        *("评分标准", "评分细则", "计分办法", "扣分标准", "考核标准", "评分办法", "计分标准", "考评标准", "评分方法", "计分方法"),
        *("考核办法", "考评办法", "考核评分标准", "计分细则", "评分依据", "得分标准", "评定标准", "评价标准", "standard"),
    ),
    "category": ("类别", "一级指标", "项目类别", "考核类别", "大项", "分类", "类型", "板块", "版块", "考核类型", "category"),
    "owner": ("责任单位", "牵头单位", "责任部门", "牵头部门", "责任主体", "owner"),
    "limit": ("时限", "完成时限", "整改时限", "完成时间", "整改期限", "deadline"),
}
ABOUT = (
    *("考核", "考评", "考查", "评定", "评价", "评估", "评分", "评比", "评议", "测评", "检查", "督查", "督导", "创建"),
    *("验收", "量化", "具体", "主要"),
)
COUNTED = ("计分", "扣分", "得分", "赋分", "打分", "记分")


def _joined(first: Sequence[str], last: Sequence[str]) -> str:
    return f"(?:{'|'.join(first)})+(?:{'|'.join(last)})"


LIKE: dict[str, re.Pattern[str]] = {  # other words above a column
    "item": re.compile(_joined(ABOUT, ("项目", "内容", "指标", "要点", "事项"))),
    "points": re.compile("|".join((_joined((*ABOUT, "标准", "基准", "分项", "单项", "项目"), ("分值",)), "配分", "基准分", "标准分数"))),
    "standard": re.compile(_joined((*ABOUT, *COUNTED), ("标准", "细则", "办法", "方法", "说明", "依据", "规则"))),
}
NAMED = 3  # names of a column that a message gives
NUMBERS = ("序号", "编号", "no", "no.")
HEADER_WITHIN = 30
TOTALS = ("合计", "总计", "总分", "共计", "总分合计", "合计得分", "total")
SUBTOTALS = ("小计", "subtotal")
POINTS = re.compile(r"(?:(\d+(?:\.\d+)?)(?:分)?[-~—–至到\u2212])?(\d+(?:\.\d+)?)(?:分)?")
BRACKETS = re.compile(r"[(\[【][^()\[\]【】]*[)\]】]")
MOST = Decimal(100_000)


@dataclass
class Piece:
    """Points with the standard by which they are given."""

    low: Decimal | None  # None: not said, so 0
    high: Decimal
    standard: str
    place: Place
    standard_place: Place


@dataclass
class Item:
    """One item of the table; it has several pieces where its cell is merged over rows with points of their own."""

    text: str
    category: str
    owner: str
    limit: str
    place: Place
    limit_place: Place
    pieces: list[Piece] = field(default_factory=list)


def key(text: object) -> str:
    """Return the header or item as it is compared."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", "" if text is None else str(text))).casefold()
    return BRACKETS.sub("", plain).rstrip(":") or plain


KEYS = {key(word): name for name, words in WORDS.items() for word in words}


def headings(row: Sequence[Cell]) -> list[str | None]:
    """Return which column each cell of a header row names. A word that only looks like one counts where no known word stands."""
    words = [key(cell) for cell in row]
    found = [KEYS.get(word) for word in words]
    for name, pattern in LIKE.items():
        places = [] if name in found else [c for c, word in enumerate(words) if found[c] is None and pattern.fullmatch(word)]
        for c in places if name == "item" else places[:1]:
            found[c] = name
    return found


def scan(grids: Sequence[Grid], file: str, findings: Findings) -> list[Item]:
    """Return the items of all tables that have a header row, in order; everything that is wrong is told in ``findings``."""
    items: list[Item] = []
    scanned = 0
    best: dict[str, str] = {}
    others: list[str] = []
    spot = Place(file)
    for grid in grids:
        head = _head(grid)
        if head is None:
            for r, row in enumerate(grid.rows[:HEADER_WITHIN]):
                cells = list(zip(headings(row), (str(cell or "").strip() for cell in row), strict=True))
                found = {name: text for name, text in cells if name}
                rest = [text for name, text in cells if text and not name]
                if len(found) > len(best) or (not best and len(rest) > max(len(others), 2)):
                    best, others, spot = found, rest, grid.place(r, 0)
            continue
        scanned += 1
        _Scanner(grid, head, items, findings).run()
    if not scanned:
        known = {f"{name}s": "、".join(WORDS[name][:NAMED]) for name in ("item", "points", "standard")}
        known["points"] = known.pop("pointss")
        findings.tell("E201", spot, found="、".join(best.values()) or "—", others="、".join(others[:SHOWN]) or "—", **known)
    elif not items and not findings:
        findings.tell("E205", Place(file))
    first: dict[tuple[str, str], Item] = {}
    for item in items:
        same = (item.category, key(item.text))
        if same in first:
            there = first[same].place
            findings.tell("E206", item.place, found=item.text, other=there.cell or f"{there.line}")
        first.setdefault(same, item)
    return items


def _head(grid: Grid) -> int | None:
    """Return the first row that names item, points and standard."""
    for r, row in enumerate(grid.rows[:HEADER_WITHIN]):
        if {"item", "points", "standard"} <= set(headings(row)):
            return r
    return None


class _Scanner:
    def __init__(self, grid: Grid, head: int, items: list[Item], findings: Findings) -> None:
        self.grid = grid
        self.head = head
        self.items = items
        self.findings = findings
        self.columns: dict[str, int] = {}
        self.middle: list[int] = []  # item columns between the category and the item
        self.category = ""
        self.upper: dict[int, str] = {}
        self.sum = self.part = self.own = Decimal(0)  # since the table began, the last subtotal, the category
        self.current: Item | None = None

    def run(self) -> None:
        self.find_columns()
        for r in range(self.head + 1, len(self.grid.rows)):
            row = self.grid.rows[r]
            if any(cell is not None and str(cell).strip() for cell in row) or any(spot[0] == r for spot in self.grid.broken):
                self.row(r)

    def find_columns(self) -> None:
        named: list[int] = []
        names = headings(self.grid.rows[self.head])
        for c, cell in enumerate(self.grid.rows[self.head]):
            name = names[c]
            if (self.head, c) in self.grid.covered:
                continue
            if name == "item":
                named.append(c)
            elif name and name in self.columns:
                self.findings.tell("E207", self.grid.place(self.head, c), found=str(cell).strip())
            elif name:
                self.columns[name] = c
            elif cell is not None and key(cell) not in NUMBERS and any(self.text(r, c) for r in range(self.head + 1, len(self.grid.rows))):
                self.findings.tell("W221", self.grid.place(self.head, c), found=str(cell).strip())
        if "category" not in self.columns and len(named) > 1:
            self.columns["category"] = named.pop(0)
        self.columns["item"] = named.pop()
        self.middle = named

    def text(self, r: int, c: int | None) -> str:
        cell = self.grid.cell(r, c)
        if isinstance(cell, float) and cell.is_integer():
            return str(int(cell))
        return "" if cell is None else str(cell).strip()

    # --- one row

    def row(self, r: int) -> None:
        at = self.columns
        again = dict(enumerate(headings(self.grid.rows[r])))
        if all(again.get(at[name]) == name for name in ("item", "points", "standard")):
            return  # the header again, on a later page
        broken = [spot for spot in self.grid.broken if spot[0] == r and spot[1] in {*at.values(), *self.middle}]
        if broken:
            for _, c in broken:
                self.findings.tell("E213", self.grid.place(r, c), found=self.grid.broken[r, c])
            return
        word = next((key(cell) for cell in self.grid.rows[r] if key(cell) in (*TOTALS, *SUBTOTALS)), "")
        if word:
            self.total(r, subtotal=word in SUBTOTALS)
            return
        category = self.text(r, at.get("category")) or self.category
        if category != self.category:
            self.category, self.own = category, Decimal(0)
        for c in self.middle:
            self.upper[c] = self.text(r, c) or self.upper.get(c, "")
        item, points, standard = (self.text(r, at[name]) for name in ("item", "points", "standard"))
        merged = (r, at["item"]) in self.grid.covered and self.current is not None
        if not item and not merged:
            if points or standard:
                self.findings.tell("E203", self.grid.place(r, at["item"]))
            return
        if item:
            self.begin(r, item)
        current = self.current
        assert current is not None
        if not points and current.pieces and (r, at["points"]) in self.grid.covered:
            current.pieces[-1].standard = "\n".join(filter(None, (current.pieces[-1].standard, standard)))
            return
        found = self.points(r, at["points"])
        if found:
            self.sum, self.part, self.own = self.sum + found[1], self.part + found[1], self.own + found[1]
            current.pieces.append(Piece(*found, standard, self.grid.place(r, at["points"]), self.grid.place(r, at["standard"])))

    def begin(self, r: int, item: str) -> None:
        at = self.columns
        last = self.current
        upper = [text for c in self.middle if (text := self.upper[c])]

        def filled(name: str) -> str:
            text = self.text(r, at.get(name))
            covered = at.get(name) is not None and (r, at[name]) in self.grid.covered
            return text or (getattr(last, name) if covered and last else "")

        limit_place = self.grid.place(r, at.get("limit", at["item"]))
        text = ":".join((*upper, item))
        self.current = Item(text, self.category, filled("owner"), filled("limit"), self.grid.place(r, at["item"]), limit_place)
        self.items.append(self.current)

    def points(self, r: int, c: int) -> tuple[Decimal | None, Decimal] | None:
        """Return lowest and highest points of a cell; None, reported, when they cannot be read."""
        cell = self.grid.cell(r, c)
        shown = str(cell.date() if hasattr(cell, "date") else cell) if cell is not None else ""
        text = re.sub(r"\s", "", unicodedata.normalize("NFKC", self.text(r, c)))
        match = None if isinstance(cell, date | bool) else POINTS.fullmatch(text)
        if match is None:
            self.findings.tell("E202", self.grid.place(r, c), found=shown)
            return None
        low, high = Decimal(match[1]) if match[1] else None, Decimal(match[2])
        if not (low or 0) < high <= MOST or any(one != round(one, 2) for one in (low or Decimal(0), high)):
            self.findings.tell("E209", self.grid.place(r, c), found=shown)
            return None
        return low, high

    def total(self, r: int, *, subtotal: bool) -> None:
        """Hold a row of totals against the sum of the points above; totals without points say nothing.

        A subtotal is that of its category, or of all that stands since the last one.
        """
        c = self.columns["points"]
        expected = self.part if subtotal else self.sum
        if self.text(r, c):
            found = self.points(r, c)
            if found and found[1] != expected and not (subtotal and found[1] == self.own):
                self.findings.tell("E204", self.grid.place(r, c), found=f"{found[1]:f}", sum=f"{expected:f}")
        self.part = Decimal(0)
