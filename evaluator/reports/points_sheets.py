"""Two sheets of points: the heat map of branches by criteria, and the count that anybody can follow, with live sums beside the engine's."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from xlsxwriter.utility import xl_range, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from evaluator.messages import say
from evaluator.packs import models as m
from evaluator.reports.sheets import GRID, HEAD, Book, Value, row_height
from evaluator.reports.words import Branch, Category, Context
from evaluator.scoring.results import CriterionRow, GroupRow, Run

__all__ = ["write_count", "write_matrix"]

# Share of a criterion's points from which a colour holds, told apart by lightness, too: grey prints and colour-blind eyes can read them.
HEAT = (
    (10_000, "#D8EBD8", "#1F5130"),
    (8_000, "#EAF2C8", "#3D4A12"),
    (6_000, "#FFF0B8", "#5C4400"),
    (1, "#F8C39A", "#5E2600"),
    (0, "#C0392B", "#FFFFFF"),
)
OUT = {"bg_color": "#E4E7EB", "font_color": "#616E7C"}
OPEN = {"bg_color": "#FFFFFF", "fg_color": "#9FB3C8", "pattern": 14, "bold": True}  # hatched
NAME_WIDTH = 22
CELL_WIDTH = 5.5
PRINT_SCALE = 78
LEAD = 3  # columns before the criteria


Points = Mapping[str, CriterionRow]  # by criterion, of one branch


@dataclass(frozen=True)
class _Columns:
    """A group's criteria in the order of its columns, those of its bonus last; ``up_to``: hundredths that the bonus can add."""

    plain: tuple[str, ...]
    bonus: tuple[str, ...]
    up_to: int

    @classmethod
    def of(cls, group: m.Group) -> Self:
        plain, bonus = (tuple(c.id for c in group.criteria if c.bonus is side) for side in (False, True))
        return cls(plain, bonus, int(group.bonus.up_to * 100) if group.bonus else 0)

    @property
    def all(self) -> tuple[str, ...]:
        return self.plain + self.bonus

    def added(self, points: Points) -> int:
        """Return what the sheet's formula comes to, in hundredths: computed from the criteria, never copied from the group."""
        plain, bonus = (sum(points[id_].earned for id_ in ids if id_ in points) for ids in (self.plain, self.bonus))
        return plain + min(bonus, self.up_to)


def write_matrix(book: Book, run: Run, ctx: Context, category: Category, name: str) -> None:
    """Write percent of points earned, one row a branch and one column a criterion; ``?`` is unproven, — does not apply."""
    sheet = book.sheet(name)
    top = book.title(sheet, say("reports.x_title_matrix", ctx.lang, category=category.title))
    sheet.set_row(top, 18)
    book.put(sheet, top, 0, say("reports.x_legend_matrix", ctx.lang), book.look(font_color="#52606D"))
    top += 1
    points = _points(run, category.pack.id)
    branches = ctx.of(category.pack.id)
    _lead(book, sheet, ctx, top, branches)
    columns = {}
    at = LEAD
    heads = []
    for id_, title in category.groups:
        ids = [criterion for criterion, _, group, _ in category.criteria if group == id_]
        _over(book, sheet, top, at, len(ids), title)
        heads.append((title, CELL_WIDTH * len(ids)))
        for criterion in ids:
            columns[criterion] = at
            at += 1
    sheet.set_column(LEAD, at - 1, CELL_WIDTH)
    sheet.set_row(top, row_height(heads))
    head = book.look(bold=True, bg_color=HEAD, border=1, border_color=GRID, rotation=90, align="center", font_size=9)
    texts = {criterion: text for criterion, text, _, _ in category.criteria}
    for criterion, column in columns.items():
        sheet.write_string(top + 1, column, criterion, head)
        sheet.write_comment(top + 1, column, texts[criterion], {"author": "starbranch", "x_scale": 2})
    sheet.set_row(top + 1, 56)
    for line, branch in enumerate(branches, top + 2):
        for criterion, column in columns.items():
            _heat(book, sheet, line, column, points[branch.id].get(criterion), branch.visited, ctx)
    end = top + 2 + len(branches)
    # The legend of the ids stands below, so that the printed page explains itself.
    for line, (criterion, text, _, full) in enumerate(category.criteria, end + 1):
        told = say("reports.x_legend_criterion", ctx.lang, criterion=criterion, text=text, points=f"{full / 100:g}")
        book.put(sheet, line, 0, told, book.look(font_size=9))
    sheet.set_paper(8)  # A3: half a hundred columns are too small on A4
    sheet.freeze_panes(top + 2, LEAD)
    sheet.repeat_rows(top, top + 1)
    sheet.fit_to_pages(1, 0)


def _heat(book: Book, sheet: Worksheet, line: int, column: int, row: CriterionRow | None, visited: bool, ctx: Context) -> None:
    base: dict[str, Any] = {"border": 1, "border_color": "#FFFFFF", "align": "center", "font_size": 9}
    if row is None or not row.points or row.status in ("not_applicable", "not_due"):
        text = "" if not visited else say(f"reports.x_cell_{'not_due' if row and row.status == 'not_due' else 'none'}", ctx.lang)
        book.put(sheet, line, column, text, book.look(**base, **OUT))
        return
    share = 10_000 * row.earned // row.points
    if row.status == "unproven":
        book.put(sheet, line, column, f"{share // 100}?", book.look(**base, **OPEN))
        return
    _, back, ink = next(one for one in HEAT if share >= one[0])
    book.put(sheet, line, column, share // 100, book.look(**base, bg_color=back, font_color=ink))


def write_count(book: Book, run: Run, ctx: Context, category: Category, name: str) -> None:
    """Write every criterion's points, their sums as live formulas, the engine's figures beside them, and the difference of the two."""
    lang = ctx.lang
    sheet = book.sheet(name)
    top = book.title(sheet, say("reports.x_title_count", lang, category=category.title))
    pack = run.pack(category.pack.id)
    points = _points(run, pack.pack)
    groups = {(row.branch_id, row.group): row for row in run.groups if row.pack == pack.pack}
    branches = ctx.of(pack.pack)
    told, top = top, top + 1
    _lead(book, sheet, ctx, top, branches)
    sheet.set_row(top, 20)
    head = {"bold": True, "bg_color": HEAD, "border": 1, "border_color": GRID, "align": "center", "text_wrap": True, "font_size": 9}
    first, last = top + 2, top + 1 + len(branches)
    at = LEAD
    checks: list[str] = []
    breaks: list[int] = []
    difference = 0
    wrong = book.look(bold=True, bg_color="#C0392B", font_color="#FFFFFF")
    heads = [say(f"reports.x_col_{one}", lang) for one in ("sum", "engine", "check", "applicable")]
    for group in pack.groups:
        order = _Columns.of(group)
        ids = order.all
        _over(book, sheet, top, at, len(ids) + len(heads), group.title.text(lang))
        for column, title in enumerate((*ids, *heads), at):
            sheet.write_string(top + 1, column, title, book.look(**head, rotation=90 if column < at + len(ids) else 0))
        for line, branch in enumerate(branches, first):
            _count_line(book, sheet, line, at, order, points[branch.id], groups.get((branch.id, group.id)))
        sheet.set_column(at, at + len(ids) - 1, CELL_WIDTH)
        at += len(ids)
        sheet.set_column(at, at + len(heads) - 1, 7.5)
        checks.append(xl_range(first, at + 2, last, at + 2))
        sheet.conditional_format(checks[-1], {"type": "cell", "criteria": "!=", "value": 0, "format": wrong})
        difference += sum(abs(order.added(points[b.id]) - groups[b.id, group.id].earned) for b in branches if (b.id, group.id) in groups)
        at += len(heads)
        breaks.append(at)
    sheet.set_row(top + 1, 60)
    told_look = book.look(font_color="#52606D")
    sheet.set_row(told, 18)
    book.put(sheet, told, 0, say("reports.x_check_total", lang), told_look)
    formula = "=" + "+".join(f"SUMPRODUCT(ABS({one}))" for one in checks)
    sheet.write_formula(told, LEAD, formula, book.look(bold=True, align="left"), difference / 100)
    sheet.conditional_format(told, LEAD, told, LEAD, {"type": "cell", "criteria": "!=", "value": 0, "format": wrong})
    book.put(sheet, told, LEAD + 2, say("reports.x_note_count", lang), told_look)
    sheet.freeze_panes(first, LEAD)
    sheet.repeat_rows(top, top + 1)
    # One page wide would be too small to read: each group gets its own, with the branches beside it.
    sheet.repeat_columns(0, LEAD - 1)
    sheet.set_v_pagebreaks(breaks[:-1])
    sheet.set_print_scale(PRINT_SCALE)


def _count_line(book: Book, sheet: Worksheet, line: int, at: int, order: _Columns, points: Points, group: GroupRow | None) -> None:
    base: dict[str, Any] = {"border": 1, "border_color": GRID, "align": "center", "font_size": 9}
    number = {**base, "num_format": "0.##;-0.##;0"}
    for column, criterion in enumerate(order.all, at):
        row = points.get(criterion)
        if row is None or row.status in ("not_applicable", "not_due"):
            book.put(sheet, line, column, None, book.look(**base, **OUT))
        else:
            book.put(sheet, line, column, row.earned / 100, book.look(**number, **(OPEN if row.status == "unproven" else {})))
    end = at + len(order.all)
    if group is None:
        for column in range(end, end + 4):
            book.put(sheet, line, column, None, book.look(**base, **OUT))
        return
    plain = xl_range(line, at, line, at + len(order.plain) - 1)
    formula = f"=SUM({plain})"
    if order.bonus:
        formula += f"+MIN(SUM({xl_range(line, at + len(order.plain), line, end - 1)}),{order.up_to / 100:g})"
    added = order.added(points)
    strong = book.look(**{**number, "bold": True, "bg_color": "#EEF2F6"})
    sheet.write_formula(line, end, formula, strong, added / 100)
    book.put(sheet, line, end + 1, group.earned / 100, book.look(**number))
    check = f"=ROUND({xl_rowcol_to_cell(line, end)}-{xl_rowcol_to_cell(line, end + 1)},2)"
    sheet.write_formula(line, end + 2, check, book.look(**{**number, "font_color": "#1F5130"}), (added - group.earned) / 100)
    book.put(sheet, line, end + 3, group.applicable / 100, book.look(**number))


def _points(run: Run, pack: str) -> dict[str, dict[str, CriterionRow]]:
    found: dict[str, dict[str, CriterionRow]] = defaultdict(dict)
    for row in run.criteria:
        if row.pack == pack:
            found[row.branch_id][row.criterion] = row
    return found


def _lead(book: Book, sheet: Worksheet, ctx: Context, top: int, branches: Sequence[Branch]) -> None:
    """Write the columns that say whose row it is, under heads two rows high."""
    head = book.look(bold=True, bg_color=HEAD, border=1, border_color=GRID, align="center", text_wrap=True)
    for column, (name, wide) in enumerate((("order", 6), ("branch", NAME_WIDTH), ("township", 14))):
        sheet.merge_range(top, column, top + 1, column, "", head)
        sheet.write_string(top, column, say(f"reports.x_col_{name}", ctx.lang), head)
        sheet.set_column(column, column, wide)
    for line, branch in enumerate(branches, top + 2):
        grey = {} if branch.visited else {"font_color": OUT["font_color"]}
        heights = []
        lead: tuple[tuple[Value, float], ...] = ((branch.order, 6), (branch.name, NAME_WIDTH), (branch.township, 14))
        for column, (value, width) in enumerate(lead):
            look = book.look(border=1, border_color=GRID, text_wrap=True, align="left" if column else "center", **grey)
            book.put(sheet, line, column, value, look)
            heights.append((str(value), width))
        sheet.set_row(line, row_height(heights))


def _over(book: Book, sheet: Worksheet, row: int, column: int, count: int, title: str) -> None:
    """Write a title over so many columns."""
    head = book.look(bold=True, bg_color=HEAD, border=1, border_color=GRID, align="center", text_wrap=True, font_size=9)
    if count > 1:
        sheet.merge_range(row, column, row, column + count - 1, "", head)
    sheet.write_string(row, column, title, head)
