"""Workbooks that go out: one for each township, department, leader or responsible unit, and the list with which they are handed over."""

import hashlib
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

import xlsxwriter
from rich.cells import cell_len

from evaluator.diagnostics import Diagnostic, Failure, Place, reason
from evaluator.filenames import unique_name
from evaluator.ledger.book import Book
from evaluator.ledger.clock import light
from evaluator.ledger.entries import Issue
from evaluator.ledger.events import TOOL, Actor, Draft, Role
from evaluator.ledger.find import Filter
from evaluator.ledger.rows import row_of
from evaluator.ledger.sheets import FONT, GRID, HEAD, LINE, LONGEST, OPTIONS, SIZE, high, moment
from evaluator.ledger.store import Store
from evaluator.ledger.workbooks import contract as x
from evaluator.messages import language, say
from evaluator.scoring.folder import new_folder

__all__ = ["TRANSMITTAL", "By", "Sent", "export_workbooks"]

By = Literal["township", "department", "leader", "owner"]
ROLE_OF: Mapping[By, Role] = {"township": "township", "department": "owner", "leader": "owner", "owner": "owner"}
TRANSMITTAL = "_transmittal.xlsx"
TOLD: Mapping[Role, tuple[str, ...]] = {"county": ("candidate", "registered", "rectifying", "submitted", "held")}
JUDGED = ("registered", "rectifying", "submitted", "held")  # what is still to be judged goes to nobody else
HEADER = 3  # row of the header, from 0
LOOK = {"font_name": FONT, "font_size": SIZE, "valign": "vcenter"}
FRAME = {"border": 1, "border_color": GRID}
LOCKED = {"bg_color": "#F1F3F5"}
COLOURS: Mapping[str, Mapping[str, Any]] = {
    "overdue": {"bg_color": "#FDE2E1", "font_color": "#B42318", "bold": True},
    "soon": {"bg_color": "#FFF3CD", "font_color": "#7A5600", "bold": True},
    "returned": {"bg_color": "#EBDDF8", "font_color": "#6B21A8", "bold": True},
}
LISTS = "_lists"
IN_MEMORY = {**OPTIONS, "in_memory": True}  # a zip on a full disk complains once more, with a traceback, when it is thrown away
EVERYTHING = Filter()


@dataclass(frozen=True)
class Sent:
    """A workbook that was written: to whom, under which name, with how many issues, and the SHA-256 of its bytes."""

    to: str
    file: str
    rows: int
    sha256: str
    export: str


def export_workbooks(
    store: Store,
    actor: Actor,
    as_of: date,
    out: Path,
    *,
    by: By,
    role: Role | None = None,
    wanted: Filter = EVERYTHING,
    command: str = "ledger export",
) -> list[Sent]:
    """Write one workbook per recipient and the list of them into a new folder, whole or not at all, and record each; return them.

    ``role`` decides which columns are open. What is still to be judged goes to the county only.

    Raises:
        Failure: nothing to send, a folder that holds something already, or one that cannot be written.
    """
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise Failure([Diagnostic("exchange.E652", Place(str(out)))])
    for_role = role or ROLE_OF[by]
    groups = _grouped(store, as_of, by, for_role, wanted)
    if not groups:
        raise Failure([Diagnostic("exchange.E651", Place(str(store.path)))])
    seq, head = store.head()
    told = _Told(store.book(), for_role, as_of, f"{seq} {head}")
    sent: list[Sent] = []
    try:
        with new_folder(out) as folder, store.change(actor, as_of, command) as change:
            taken = {TRANSMITTAL.removesuffix(".xlsx")}
            for name, issues in groups.items():
                stem = unique_name(name, taken)
                taken.add(stem.casefold())
                export = f"x{change.seq + 1}"
                book = _Workbook(told, name, export).write(issues)
                _keep(folder / f"{stem}.xlsx", book, out)
                made = Sent(name, f"{stem}.xlsx", len(issues), hashlib.sha256(book).hexdigest(), export)
                data = {"id": export, "to": name, "by": by, "role": for_role, "file": made.file, "rows": made.rows, "sha256": made.sha256}
                change.add(Draft("", "export", data))
                sent.append(made)
            _keep(folder / TRANSMITTAL, _transmittal(told, sent), out)
    except OSError as error:
        raise Failure([Diagnostic("exchange.E653", Place(str(out)), {"reason": reason(error)})]) from error
    return sent


def _keep(path: Path, book: bytes, out: Path) -> None:
    try:
        path.write_bytes(book)
    except OSError as error:
        raise Failure([Diagnostic("exchange.E653", Place(str(out)), {"reason": reason(error)})]) from error


def _grouped(store: Store, as_of: date, by: By, role: Role, wanted: Filter) -> dict[str, list[Issue]]:
    """Return the open issues by recipient, both in order; those without one stand together at the end.

    A filter only ever takes away from what a role may see and from what a department is sent.
    """
    where, values = replace(wanted, open=True, observed=False).sql(as_of)
    states = TOLD.get(role, JUDGED)
    where += f" AND kind IN ('issue', 'common') AND state IN ({', '.join('?' * len(states))})"
    where += " AND fixable_by = 'department'" if by == "department" else ""
    whose: Callable[[Issue], str] = {
        "township": lambda one: one.township or (say("ledgercli.everywhere") if one.kind == "common" else ""),
        "leader": lambda one: one.now.leader,
        "department": lambda one: one.now.unit,
        "owner": lambda one: one.now.unit,
    }[by]
    groups: dict[str, list[Issue]] = {}
    for issue in store.entries(where, [*values, *states]):
        assert isinstance(issue, Issue)  # its kind says so
        groups.setdefault(whose(issue).strip(), []).append(issue)
    nobody = groups.pop("", None)
    return groups | ({say("exchange.nobody"): nobody} if nobody else {})


@dataclass(frozen=True)
class _Told:
    """What all workbooks of one export share."""

    book: Book
    role: Role
    as_of: date
    head: str

    @cached_property
    def columns(self) -> tuple[x.Column, ...]:
        return x.columns_of(self.role)

    def cells(self, issue: Issue) -> list[str | date | int]:
        """Return what stands in the row of an issue, column by column."""
        now = issue.now
        told: dict[str, str | date | int] = {name: x.shown(name, value) for name, value in x.values_of(issue).items()}
        told |= x.fixed_values(issue)
        told |= {name: day for name, day in (("delivered", now.delivered), ("due", now.due), ("found", now.found)) if day}
        if told["done_on"]:
            told["done_on"] = now.submissions[-1].done_on
        returned = now.state == "rectifying" and bool(now.returns)
        told |= {
            "source": say(f"exchange.origin_{issue.origin}"),
            "nature": say("exchange.returned" if returned else "exchange.relapsed" if now.no > 1 else "exchange.first"),
            "deadline": self.deadline(issue.pack, now.deadline),
            "extensions": sum(one.decision == "granted" for one in now.extensions),
            "light": say(f"moves.light_{light(row_of(issue), self.as_of)}"),
            "state": say(f"moves.state_{now.state}"),
        }
        return [_fit(told.get(column.name, "")) for column in self.columns]

    @cached_property
    def deadline(self) -> Callable[[str, str], str]:
        @cache
        def named(pack: str, class_: str) -> str:
            terms = self.book.terms(pack)
            rule = terms.deadline(class_) if terms else None
            return rule.label.text(language()) if rule else class_

        return named


def _fit(value: str | date | int) -> str | date | int:
    return value[:LONGEST] if isinstance(value, str) else value


class _Workbook:
    """One workbook being written."""

    def __init__(self, told: _Told, to: str, export: str) -> None:
        self.told = told
        self.to = to
        self.export = export
        self.file = io.BytesIO()
        self.book = xlsxwriter.Workbook(self.file, IN_MEMORY)
        self.book.set_properties({"title": to, "created": moment(told.as_of)})
        self.banner = ""  # of issues that rest on a reference pack
        self.looks: dict[tuple[tuple[str, Any], ...], Any] = {}

    def look(self, **more: Any) -> Any:
        properties = LOOK | more
        key = tuple(sorted(properties.items()))
        if key not in self.looks:
            self.looks[key] = self.book.add_format(properties)
        return self.looks[key]

    def write(self, issues: Sequence[Issue]) -> bytes:
        """Write the sheets and return the file."""
        self.banner = " · " + say("reports.x_banner_reference") if self.told.book.proposed({issue.pack for issue in issues}) else ""
        sheet = self.book.add_worksheet(say("exchange.sheet"))
        guide = self.book.add_worksheet(say("exchange.sheet_guide"))
        lists = self.lists(issues)
        self.top(sheet, len(issues))
        for number, issue in enumerate(issues, HEADER + 1):
            self.row(sheet, number, issue)
        end = HEADER + len(issues)
        self.blanks(sheet, end + 1)
        self.rules(sheet, end, lists)
        self.guide(guide)
        self.meta()
        self.book.close()
        return self.file.getvalue()

    def top(self, sheet: Any, count: int) -> None:
        told = self.told
        role = say(f"moves.role_{told.role}")
        for n, height in enumerate((28, 18, 20)):
            sheet.set_row(n, height)
        sheet.write_string(0, 1, say("exchange.title", to=self.to), self.look(bold=True, font_size=16))
        about = say("exchange.about", day=told.as_of, count=count, export=self.export, role=role) + self.banner
        sheet.write_string(1, 1, about, self.look(font_color="#52606D"))
        sheet.write_string(2, 1, say("exchange.how"), self.look(font_color="#B42318", bold=True))
        head = {**FRAME, "bold": True, "align": "center", "text_wrap": True}
        for n, column in enumerate(told.columns):
            open_ = column.name in self.open
            sheet.write_string(HEADER, n, x.label(column.name), self.look(**head, bg_color="#CDE7D3" if open_ else HEAD))
            sheet.set_column(n, n, column.width)
        for n, name in enumerate(x.HIDDEN, len(told.columns)):
            sheet.write_string(HEADER, n, name, self.look())
        sheet.set_column(len(told.columns), len(told.columns) + 2, 10, None, {"hidden": True})
        sheet.set_row(HEADER, 34)

    @property
    def open(self) -> tuple[str, ...]:
        return (*x.FILLED[self.told.role], "filled_by")

    def cell_look(self, column: x.Column, unlocked: bool, quoted: bool = False) -> Any:
        kind = "yyyy-mm-dd" if column.kind == "date" or column.name in ("due", "found") else "0" if column.name == "extensions" else "@"
        align = "left" if column.width > 13 else "center"
        more = {"quote_prefix": True} if quoted else {}  # it stays text when somebody edits the cell
        fill = {"locked": False} if unlocked else LOCKED
        return self.look(**FRAME, **fill, **more, num_format=kind, align=align, text_wrap=True)

    def row(self, sheet: Any, at: int, issue: Issue) -> None:
        told = self.told
        cells = told.cells(issue)
        for n, (column, value) in enumerate(zip(told.columns, cells, strict=True)):
            unlocked = column.name in self.open
            if isinstance(value, date):
                sheet.write_datetime(at, n, value, self.cell_look(column, unlocked))
            elif isinstance(value, int):
                sheet.write_number(at, n, value, self.cell_look(column, unlocked))
            elif value:
                sheet.write_string(at, n, value, self.cell_look(column, unlocked, value[0] in "=+-@"))
            else:
                sheet.write_blank(at, n, None, self.cell_look(column, unlocked))
        texts = [(value, column.width) for column, value in zip(told.columns, cells, strict=True) if isinstance(value, str)]
        sheet.set_row(at, high(texts))
        kept = [value for column, value in zip(told.columns, cells, strict=True) if column.name != "filled_by"]
        marks = (issue.id, str(issue.version), x.row_hash(self.export, issue.id, issue.version, kept))
        for n, mark in enumerate(marks, len(told.columns)):
            sheet.write_string(at, n, mark, self.look())

    def blanks(self, sheet: Any, first: int) -> None:
        asked = {*(name for name in x.NEW if name in self.open or name not in x.BY_ROLE), "filled_by"}
        for at in range(first, first + x.BLANK_ROWS):
            for n, column in enumerate(self.told.columns):
                sheet.write_blank(at, n, None, self.cell_look(column, column.name in asked))
            sheet.set_row(at, 22)

    def lists(self, issues: Sequence[Issue]) -> dict[str, str]:
        """Write the hidden sheet of what drop-downs offer; return the range of each column."""
        sheet = self.book.add_worksheet(LISTS)
        sheet.hide()
        townships = {issue.township for issue in issues}
        names = [one.name for one in self.told.book.branches.values() if one.township in townships and one.ended is None]
        offered: dict[str, Sequence[str]] = {name: x.choices(name) for name in ("submit", "importance", "outcome", "method")}
        offered |= {"branch": names} if names else {}
        ranges = {}
        for n, (name, words) in enumerate(offered.items()):
            sheet.write_string(0, n, name)
            for row, word in enumerate(words, 1):
                sheet.write_string(row, n, word)
            letter = chr(ord("A") + n)
            ranges[name] = f"={LISTS}!${letter}$2:${letter}${len(words) + 1}"
        return ranges

    def rules(self, sheet: Any, end: int, lists: Mapping[str, str]) -> None:
        """Add drop-downs, colours, protection and how the sheet is printed; ``end`` is the last row of an issue."""
        columns = self.told.columns
        last = end + x.BLANK_ROWS
        at = {column.name: n for n, column in enumerate(columns)}
        for name, source in lists.items():
            if name in at and (name in self.open or name == "branch"):
                first = end + 1 if name == "branch" else HEADER + 1
                error = {"error_title": say("exchange.bad_choice"), "error_message": say("exchange.bad_choice_text")}
                sheet.data_validation(first, at[name], last, at[name], {"validate": "list", "source": source, **error})
        for name in (column.name for column in columns if column.kind == "date" and column.name in self.open):
            error = {"error_title": say("exchange.bad_day"), "error_message": say("exchange.bad_day_text"), "error_type": "warning"}
            rule = {"validate": "date", "criteria": ">=", "value": date(2000, 1, 1), **error}
            sheet.data_validation(HEADER + 1, at[name], last, at[name], rule)
        for name, words in (("overdue", "moves.light_overdue"), ("soon", "moves.light_soon"), ("returned", "exchange.returned")):
            column = at["nature" if name == "returned" else "light"]
            rule = {"type": "cell", "criteria": "==", "value": f'"{say(words)}"', "format": self.book.add_format(dict(COLOURS[name]))}
            sheet.conditional_format(HEADER + 1, column, last, column, rule)
        sheet.protect("", {"autofilter": True, "format_columns": True, "format_rows": True})
        sheet.autofilter(HEADER, 0, end, len(columns) - 1)
        sheet.freeze_panes(HEADER + 1, 1)
        sheet.hide_gridlines(2)
        sheet.repeat_rows(HEADER)
        sheet.print_area(0, 0, end, len(columns) - 1)
        sheet.repeat_columns(0)
        sheet.fit_to_pages(2, 0)  # on one page so many columns are too small to read
        sheet.set_v_pagebreaks([columns.index(x.BY_NAME["delivered"])])
        _paper(sheet, self.told, 8)

    def guide(self, sheet: Any) -> None:
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 92)
        names = "、".join(x.label(name) for name in self.open)
        asked = "、".join(x.label(name) for name in x.NEW if name in self.open or name not in x.BY_ROLE)
        lines = say("exchange.guide", names=names, asked=asked, blank=x.BLANK_ROWS).split("\n")
        sheet.write_string(0, 0, say("exchange.sheet_guide"), self.look(bold=True, font_size=16))
        for n, line in enumerate(lines, 2):
            sheet.set_row(n, LINE * max(1, -(-cell_len(line) // 88)) + 4)
            sheet.write_string(n, 0, line, self.look(text_wrap=True, font_size=11))
        sheet.protect("")
        _paper(sheet, self.told, 9)

    def meta(self) -> None:
        sheet = self.book.add_worksheet(x.META)
        sheet.hide()
        told = self.told
        lines = {
            "schema": str(x.SCHEMA), "ledger": told.book.id, "export": self.export, "to": self.to, "role": told.role,
            "as_of": str(told.as_of), "head": told.head, "language": language(), "tool": TOOL,
        }  # fmt: skip
        for n, (name, value) in enumerate(lines.items()):
            sheet.write_string(n, 0, name)
            sheet.write_string(n, 1, value)


def _paper(sheet: Any, told: _Told, size: int) -> None:
    sheet.set_paper(size)
    sheet.set_landscape()
    sheet.set_margins(left=0.3, right=0.3, top=0.5, bottom=0.6)
    foot = say("exchange.foot", day=told.as_of, head=told.head.partition(" ")[2][:16], tool=TOOL).replace("&", "&&")
    sheet.set_footer(f"&L&8 {foot}&R&8 &P / &N")


def _transmittal(told: _Told, sent: Iterable[Sent]) -> bytes:
    """Return the list that is signed when the workbooks are handed over."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, IN_MEMORY)
    day = told.as_of
    book.set_properties({"title": say("exchange.transmittal"), "created": moment(day)})
    sheet = book.add_worksheet(say("exchange.transmittal"))
    plain = book.add_format({**LOOK, **FRAME, "text_wrap": True})
    mono = book.add_format({**LOOK, **FRAME, "text_wrap": True, "font_name": "Consolas", "font_size": 8})
    head = book.add_format({**LOOK, **FRAME, "bold": True, "align": "center", "text_wrap": True, "bg_color": HEAD})
    sheet.set_row(0, 28)
    sheet.write_string(0, 0, say("exchange.transmittal"), book.add_format({**LOOK, "bold": True, "font_size": 16}))
    number, _, hash_ = told.head.partition(" ")
    sheet.write_string(1, 0, say("exchange.transmittal_about", day=day, number=number, hash=hash_), book.add_format(LOOK))
    widths = {"no": 5, "to": 22, "file": 26, "rows": 7, "sha256": 36, "sender": 12, "receiver": 12, "received_on": 12}
    for n, (name, width) in enumerate(widths.items()):
        sheet.set_column(n, n, width)
        sheet.write_string(HEADER, n, say(f"exchange.t_{name}"), head)
    for at, one in enumerate(sent, HEADER + 1):
        sheet.set_row(at, 34)
        sheet.write_number(at, 0, at - HEADER, plain)
        sheet.write_string(at, 1, one.to, plain)
        sheet.write_string(at, 2, one.file, plain)
        sheet.write_number(at, 3, one.rows, plain)
        sheet.write_string(at, 4, f"{one.sha256[:32]}\n{one.sha256[32:]}", mono)
        for n in range(5, len(widths)):
            sheet.write_blank(at, n, None, plain)
    sheet.freeze_panes(HEADER + 1, 0)
    sheet.repeat_rows(HEADER)
    sheet.fit_to_pages(1, 0)
    _paper(sheet, told, 9)
    book.close()
    return file.getvalue()
