"""The ledger (台账) as a workbook: the full sheet to keep, the sheet to print and sign, and one list for each township."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from evaluator.messages import say
from evaluator.reports.sheets import GRID, Book, Cell, Column, Value
from evaluator.reports.words import Context, Issue, Township
from evaluator.scoring.results import Run

__all__ = ["FULL", "PRINTED", "write_ledger", "write_township_lists"]

# The 24 columns of the full sheet: name, width. The key that ties a row to its issue stands hidden behind them.
FULL = {
    "serial": 15, "batch": 16, "branch": 18, "branch_type": 10, "criterion": 11, "problem": 44, "nature": 10, "target": 28, "measure": 36,
    "leader": 10, "owner": 14, "person": 12, "helpers": 12, "deadline": 12, "delivered": 12, "due": 20, "extended": 7, "progress": 24,
    "evidence_list": 18, "submitted": 12, "inspector": 10, "opinion": 18, "closed": 12, "status": 18,
}  # fmt: skip
DATES = ("delivered", "submitted", "closed")
# The 12 columns of the printed sheet. At PRINT_SCALE they fit the width of an A4 page on its side, even where a wider font stands in
# for Calibri, by whose digits columns are measured.
PRINTED = {
    "number": 4.5, "serial": 11.5, "branch": 12, "problem": 28, "lost": 7, "measure": 24, "owner": 10, "person": 7, "deadline": 8,
    "due": 11, "light": 8.5, "signed": 7.5,
}  # fmt: skip
PRINT_SCALE = 74
STATES = ("candidate", "registered", "rectifying", "submitted", "closed", "held", "dismissed", "transferred", "merged")
ENDED = ("closed", "dismissed", "transferred", "merged")
NATURES = ("first", "repeated", "relapsed")
SPARE = 200  # rows below the last that have drop-downs, too
LIGHTS: dict[str, dict[str, Any]] = {
    "overdue": {"bg_color": "#FDE2E1", "font_color": "#B42318", "bold": True},
    "soon": {"bg_color": "#FFF3CD", "font_color": "#7A5600", "bold": True},
    "open": {},
    "waiting": {"font_color": "#616E7C"},
}


def write_ledger(run: Run, ctx: Context, path: Path) -> None:
    """Write the ledger of one audience: issues of the packs of ``ctx`` and no others. For internal packs hand in ``ctx.internal``."""
    with Book(path, ctx, say("reports.x_sheet_ledger", ctx.lang)) as book:
        ledger = _Ledger(run, ctx, book)
        ledger.full()
        ledger.printed(say("reports.x_sheet_print", ctx.lang), ctx.townships)
        ledger.options()


def write_township_lists(run: Run, ctx: Context, folder: Path) -> None:
    """Write one workbook for each township, named after it: its issues to print, and its branches."""
    for township in ctx.townships:
        with Book(folder / f"{township.stem}.xlsx", ctx, township.name) as book:
            ledger = _Ledger(run, ctx, book)
            ledger.printed(ledger.word("sheet_issues"), (township,))
            ledger.branches(township)


class _Ledger:
    def __init__(self, run: Run, ctx: Context, book: Book) -> None:
        self.run = run
        self.ctx = ctx
        self.book = book
        self.types = {branch.id: branch.category for branch in ctx.branches}
        packs = {category.pack.id for category in ctx.categories}
        labels = (rule.label.text(ctx.lang) for pack in run.packs if pack.pack in packs for rule in pack.deadlines.values())
        self.choices: dict[str, tuple[str, ...]] = {
            "status": tuple(self.word(f"ledger_{one}") for one in STATES),
            "deadline": tuple(dict.fromkeys(labels)),
            "nature": tuple(self.word(f"nature_{one}") for one in NATURES),
        }

    def word(self, name: str, /, **values: Any) -> str:
        return say(f"reports.x_{name}", self.ctx.lang, **values)

    # --- the full sheet -------------------------------------------------------

    def full(self) -> None:
        book = self.book
        sheet = book.sheet(self.word("sheet_ledger"))
        top = book.title(sheet, self.word("title_ledger"))
        columns = [Column(self.word(f"led_{name}"), align="center" if width <= 16 else "left") for name, width in FULL.items()]
        widths = [float(width) for width in FULL.values()]
        for n, width in enumerate(widths):
            sheet.set_column(n, n, width)
        key = len(FULL)
        sheet.set_column(key, key, 24, None, {"hidden": True})
        book.head(sheet, top, columns, widths)
        sheet.write_string(top, key, "issue_key", book.look(bold=True))
        issues = self.ctx.issues
        end = book.rows(sheet, top + 1, columns, (self.line(issue) for issue in issues), widths=widths)
        for row, issue in enumerate(issues, top + 1):
            book.put(sheet, row, key, issue.key, book.look(num_format="@"))
        last = max(top + 1, end - 1)
        sheet.set_paper(8)  # A3: this sheet is for the screen; the other one is for the printer
        sheet.autofilter(top, 0, last, key - 1)
        sheet.freeze_panes(top + 1, 3)
        sheet.repeat_rows(top)
        sheet.fit_to_pages(1, 0)
        self.rules(sheet, top + 1, last + SPARE)

    def line(self, issue: Issue) -> list[Value | Cell]:
        """Return what is known of an issue now, in the order of ``FULL``; what people add stays empty."""
        told: Mapping[str, Value] = {
            "serial": issue.serial,
            "batch": self.word("batch", period=self.ctx.header.period, round=self.ctx.header.round),
            "branch": issue.branch,
            "branch_type": self.types[issue.branch_id],
            "criterion": issue.item,
            "problem": issue.problem,
            "target": self.word("target_end" if issue.kind in ("trigger", "veto") else "target", text=issue.text),
            "measure": issue.measure,
            "owner": issue.owner,
            "deadline": issue.deadline,
            "due": issue.due or issue.due_text,
            "status": self.word("ledger_candidate"),
        }
        cells: list[Value | Cell] = []
        for name in FULL:
            value = told.get(name)
            look: dict[str, Any] = {"num_format": "yyyy-mm-dd"} if name in DATES else {}
            if isinstance(value, str) and value[:1] in "=+-@":
                look["quote_prefix"] = True  # so that it stays text when somebody edits the cell
            if name in ("due", "status"):
                look |= LIGHTS[issue.light] | {"num_format": self.marked(issue, value)}
            cells.append(Cell(value, look))
        return cells

    def marked(self, issue: Issue, value: Value) -> str:
        """Return the number format that shows the mark before the value, so that the cell still holds a plain date or state."""
        mark = self.word(f"mark_{issue.light}")
        later = f' "{self.word("provisional")}"' if issue.provisional and isinstance(value, date) else ""
        plain = "yyyy-mm-dd" if isinstance(value, date) else "@"
        return f'"{mark} "{plain}{later}' if mark else plain + later

    def rules(self, sheet: Worksheet, first: int, last: int) -> None:
        """Set the drop-downs and date checks, and grey out what has ended."""
        names = list(FULL)
        title = self.word("options_title")
        for column, (name, choices) in enumerate(self.choices.items()):
            at = names.index(name)
            source = f"='{self.word('sheet_options')}'!{xl_range_abs(1, column, len(choices), column)}"
            listed: dict[str, Any] = {"validate": "list", "source": source, "error_type": "stop" if name == "status" else "warning"}
            sheet.data_validation(first, at, last, at, {**listed, "error_title": title, "error_message": self.word("options_error")})
        for name in DATES:
            at = names.index(name)
            rule: dict[str, Any] = {"validate": "date", "criteria": ">=", "value": date(2000, 1, 1)}
            sheet.data_validation(first, at, last, at, {**rule, "error_title": title, "error_message": self.word("date_error")})
        status = names.index("status")
        cell = xl_rowcol_to_cell(first, status, col_abs=True)
        ended = ",".join(f'{cell}="{self.word(f"ledger_{one}")}"' for one in ENDED)
        grey = self.book.book.add_format({"bg_color": "#F0F2F4", "font_color": "#7B8794", "bold": False})
        plain = self.book.book.add_format({"bg_color": "#F0F2F4", "font_color": "#7B8794", "bold": False, "num_format": "@"})
        sheet.conditional_format(first, status, last, status, {"type": "formula", "criteria": f"=OR({ended})", "format": plain})
        sheet.conditional_format(first, 0, last, status - 1, {"type": "formula", "criteria": f"=OR({ended})", "format": grey})

    def options(self) -> None:
        """Write the hidden sheet behind the drop-downs: Excel takes no more than 255 characters of choices in a rule itself."""
        sheet = self.book.sheet(self.word("sheet_options"))
        for column, (name, choices) in enumerate(self.choices.items()):
            self.book.put(sheet, 0, column, self.word(f"led_{name}"), self.book.look(bold=True))
            for row, choice in enumerate(choices, 1):
                self.book.put(sheet, row, column, choice, self.book.look())
        sheet.hide()

    # --- the sheet to print ---------------------------------------------------

    def printed(self, name: str, townships: Sequence[Township]) -> None:
        """Write one page or more for each township, under heads that every page repeats."""
        book = self.book
        sheet = book.sheet(name)
        several = len(townships) > 1
        top = book.title(sheet, self.word("title_print" if several else "title_township", township=townships[0].name if townships else ""))
        left = {"problem", "measure", "branch", "owner"}
        columns = [Column(self.word(f"led_{one}"), align="left" if one in left else "center") for one in PRINTED]
        widths = [float(width) for width in PRINTED.values()]
        for n, width in enumerate(widths):
            sheet.set_column(n, n, width)
        book.head(sheet, top, columns, widths)
        at = top + 1
        breaks = []
        for township in townships:
            if at > top + 1:
                breaks.append(at)
            at = self.township_head(sheet, at, township)
            lines = [self.printed_line(number, issue) for number, issue in enumerate(township.issues, 1)]
            at = book.rows(sheet, at, columns, lines, widths=widths, split=True)
        sheet.set_h_pagebreaks(breaks)
        sheet.repeat_rows(top)
        sheet.freeze_panes(top + 1, 0)
        # No fit-to-width: with it Excel leaves out the breaks set by hand.
        sheet.set_print_scale(PRINT_SCALE)
        sheet.center_horizontally()
        sheet.print_area(0, 0, max(at - 1, top), len(PRINTED) - 1)

    def township_head(self, sheet: Worksheet, row: int, township: Township) -> int:
        totals = township.totals
        light = {name: sum(issue.light == name for issue in township.issues) for name in ("overdue", "soon")}
        told = self.word("township_line", name=township.name, expected=totals.expected, visited=totals.visited, unvisited=totals.unvisited,
                         issues=totals.issues, **light)  # fmt: skip
        look = self.book.look(bold=True, bg_color="#EEF2F6", border=1, border_color=GRID)
        sheet.merge_range(row, 0, row, len(PRINTED) - 1, "", look)
        sheet.write_string(row, 0, told, look)
        sheet.set_row(row, 22)
        return row + 1

    def printed_line(self, number: int, issue: Issue) -> list[Value | Cell]:
        light = LIGHTS[issue.light]
        lost = f"{issue.lost}/{issue.points}" if issue.points != "0" else issue.kind_text
        due = Cell(str(issue.due) if issue.due and not issue.provisional else issue.due_text, light)
        row: list[Value | Cell] = [number, issue.serial, issue.branch, issue.problem, lost, issue.measure]
        return [*row, issue.owner, "", issue.deadline, due, Cell(issue.light_text, light), ""]

    def branches(self, township: Township) -> None:
        """Write how the branches of a township stand, those not visited included."""
        book = self.book
        sheet = book.sheet(self.word("sheet_branches"), landscape=False)
        top = book.title(sheet, self.word("title_township_branches", township=township.name))
        columns = [Column(self.word(f"col_{name}"), least, most, align) for name, least, most, align in (
            ("order", 5, 6, "center"), ("branch", 12, 28, "left"), ("stars", 10, 14, "center"), ("rating", 10, 14, "center"),
            ("mark", 6, 8, "center"), ("score", 8, 10, "center"), ("issues", 5, 8, "center"), ("owed", 16, 40, "left"),
        )]  # fmt: skip
        grey = {"font_color": "#7B8794", "bg_color": "#F0F2F4"}
        rows = []
        for b in township.branches:
            owed = "、".join(f"{one.label}({one.holder_text})" for one in b.owed)
            values: tuple[Value, ...] = (b.order, b.name, b.stars_text, b.rating, b.provisional_text, b.score, len(b.issues), owed)
            rows.append([Cell(value, {} if b.visited else grey) for value in values])
        book.table(sheet, top, columns, rows)
        sheet.freeze_panes(top + 1, 0)
        sheet.repeat_rows(top)
        sheet.fit_to_pages(1, 0)
