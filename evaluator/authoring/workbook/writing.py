"""A pack as a workbook that an officer can edit: drop-downs, notes on every column, and what a template does not use greyed out."""

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from rich.cells import cell_len

from evaluator.authoring.workbook.cells import WORDS, show, words
from evaluator.authoring.workbook.forms import BANDS, FORMS, LISTS, Column, Form, Path, header, parts_form, sheet_name
from evaluator.authoring.workbook.reading import INSTRUCTIONS
from evaluator.authoring.workbook.templates import TEMPLATES, flat
from evaluator.messages import catalogue, say

__all__ = ["workbook_bytes"]

CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # fixed, so that equal input gives equal bytes
HEAD = 1  # the row of headers; above it stands what the sheet is for
SPARE = 30  # empty rows ready to be filled in
LAST = 999  # drop-downs reach this row
FONT = {"font_name": "等线", "font_size": 10.5, "valign": "vcenter"}
OWN_LISTS = ("holder", "owner")  # drop-downs that offer what the pack uses and take other words, too
COLOURS = {
    "groups": "#C6E0B4", "criteria": "#C6E0B4", "parts": "#C6E0B4", "deduct": "#C6E0B4",
    "vetoes": "#F8CBAD", "triggers": "#F8CBAD", "gates": "#F8CBAD",
}  # fmt: skip


def workbook_bytes(data: Mapping[str, Any], title: str) -> bytes:
    """Return the workbook of a pack's data."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    book.set_properties({"created": CREATED, "title": title})
    _Writer(book, data, title).write()
    book.close()
    return buffer.getvalue()


def _tables(data: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every form as nested data; keys with ``@`` say to what a row belongs."""
    found: dict[str, list[dict[str, Any]]] = {form.name: [] for form in FORMS}
    found["pack"] = [dict(data)]
    for form in FORMS:
        if form.keyed:
            found[form.name] = [{"@id": id_, **one} for id_, one in data.get(form.name, {}).items()]
        elif form.name in ("vetoes", "triggers", "gates", "rating"):
            found[form.name] = list(data.get(form.name, ()))
    weights = data.get("total", {}).get("weights", {})
    for group in data.get("groups", ()):
        weight = {"@weight": weights[group["id"]]} if group["id"] in weights else {}
        found["groups"].append({**group, **weight})
        for criterion in group["criteria"]:
            mark = {"@criterion": criterion["id"]}
            found["criteria"].append({"@group": group["id"], **criterion})
            found["parts"] += [mark | flat(part) for part in criterion.get("parts", ())]
            found["deduct"] += [mark | deduct for deduct in criterion.get("deduct", ())]
    found["ledger"] = [dict(data.get("ledger", {}))]
    found["authority"] = list(data.get("authority", ()))
    scope = data.get("scope") or {}
    for kind in ("caps", "hints", "streaks"):
        found["scope"] += [{"@rule": kind, **rule} for rule in scope.get(kind, ())]
    found["scope"] += [{"@rule": "rise", **scope["rise"]}] if scope.get("rise") else []
    found["slips"] = list(data.get("ledger", {}).get("slips", ()))
    return found


def _value(row: Any, path: Path) -> Any:
    for step in path:
        if isinstance(row, Mapping):
            row = row.get(step)
        elif isinstance(row, Sequence) and not isinstance(row, str) and isinstance(step, int) and step < len(row):
            row = row[step]
        else:
            return None
    return row


def height(texts: Sequence[tuple[str, int]]) -> float:
    """Return the height of a row in points, given its texts and the widths of their columns: programs differ in doing it themselves."""
    lines = (sum(max(1, -(-cell_len(piece) // max(1, width - 1))) for piece in text.split("\n")) for text, width in texts)
    return min(15.0 * max(lines, default=1) + 3, 400.0)


class _Writer:
    def __init__(self, book: xlsxwriter.Workbook, data: Mapping[str, Any], title: str) -> None:
        self.book = book
        self.title = title
        self.tables = _tables(data)
        bands = max((len(row.get("@bands", ())) for row in self.tables["parts"]), default=0)
        self.forms = [parts_form(max(BANDS, bands)) if form.name == "parts" else form for form in FORMS]
        self.lists: dict[str, tuple[str, int]] = {}  # kind: column of the hidden sheet, and how many words
        self.formats: dict[tuple[object, ...], Any] = {}

    def style(self, **settings: object) -> Any:
        key = tuple(sorted(settings.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format({**FONT, **settings})
        return self.formats[key]

    def cell_style(self, column: Column) -> Any:
        looks: dict[str, object] = {"border": 1, "border_color": "#BFBFBF", "text_wrap": True}
        if column.kind in ("points", "number", "percent", "whole"):
            return self.style(**looks, align="center")
        if column.kind == "day":
            return self.style(**looks, num_format="yyyy-mm-dd", align="left")
        return self.style(**looks, num_format="@")

    def write(self) -> None:
        self.instructions()
        sheets = {form.name: self.book.add_worksheet(sheet_name(form.name)) for form in self.forms}
        self.word_lists()
        for form in self.forms:
            sheet = sheets[form.name]
            sheet.set_landscape()
            sheet.set_paper(8)
            sheet.set_margins(0.4, 0.4, 0.5, 0.5)
            sheet.set_footer("&L&A&R&P / &N")
            sheet.fit_to_pages(1, 0)
            if form.name in COLOURS:
                sheet.set_tab_color(COLOURS[form.name])
            about = self.style(font_color="#595959", valign="vcenter")
            sheet.set_row(0, 20, about)
            sheet.write_string(0, 0, say(f"packbook.about_{form.name}"), about)
            if form.upright:
                self.upright(sheet, form)
            else:
                self.listed(sheet, form)

    # --- the sheets

    def instructions(self) -> None:
        sheet = self.book.add_worksheet(sheet_name(INSTRUCTIONS))
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 1, 84)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        body = self.style(text_wrap=True)
        bold = self.style(bold=True, text_wrap=True)
        sheet.write_string(0, 0, say("packbook.manual_title", title=self.title), self.style(bold=True, font_size=16))
        pairs = [(str(n), line) for n, line in enumerate(say("packbook.manual_steps").split("\n"), 1)]
        pairs += [("", ""), (say("packbook.manual_templates"), "")]
        pairs += [(say(f"packbook.w_template_{name}"), say(f"packbook.template_{name}")) for name in TEMPLATES]
        pairs += [("", ""), (say("packbook.manual_rules"), "")]
        pairs += [(line.partition("|")[0], line.partition("|")[2]) for line in say("packbook.manual_conditions").split("\n")]
        pairs += [("", ""), (say("packbook.manual_sheets"), "")]
        pairs += [(sheet_name(form.name), say(f"packbook.about_{form.name}")) for form in self.forms]
        for row, (left, right) in enumerate(pairs, 2):
            sheet.write_string(row, 0, left, bold)
            sheet.write_string(row, 1, right, body)
            sheet.set_row(row, 16 * max(1, -(-cell_len(right) // 90), -(-cell_len(left) // 27)))

    def upright(self, sheet: Any, form: Form) -> None:
        for c, (name, width) in enumerate((("item", 30), ("content", 48), ("english", 48), ("remark", 60))):
            sheet.write_string(HEAD, c, say(f"packbook.head_{name}"), self.head(required=False))
            sheet.set_column(c, c, width)
        sheet.set_row(HEAD, 34)
        sheet.freeze_panes(HEAD + 1, 1)
        sheet.repeat_rows(HEAD)
        record = self.tables[form.name][0]
        for row, column in enumerate(form.chinese, HEAD + 1):
            sheet.write_string(row, 0, self.both(column), self.head(required=column.required, left=True))
            self.cell(sheet, row, 1, column, _value(record, column.path))
            english = next((one for one in form.columns if one.name == f"{column.name}_en"), None)
            if english:
                self.cell(sheet, row, 2, english, _value(record, english.path))
            sheet.write_string(row, 3, self.remark(column), self.style(text_wrap=True, font_color="#7F7F7F"))
            self.drop_down(sheet, column, 1, row, row)
            texts = [(self.both(column), 30), (self.remark(column), 60), (self.text(record, column), 48), (self.text(record, english), 48)]
            sheet.set_row(row, height(texts))

    def listed(self, sheet: Any, form: Form) -> None:
        rows = self.tables[form.name]
        kept = 2 if form.name in ("criteria", "parts", "deduct", "triggers") else 1
        sheet.freeze_panes(HEAD + 1, kept)
        sheet.repeat_rows(HEAD)
        sheet.set_row(HEAD, 46)
        for c, column in enumerate(form.columns):
            sheet.write_string(HEAD, c, self.both(column), self.head(required=column.required, english=column.english))
            note = self.remark(column)
            if note:
                sheet.write_comment(HEAD, c, note, {"x_scale": 2.2, "y_scale": max(0.6, 0.28 * (1 + cell_len(note) // 34))})
            sheet.set_column(c, c, column.width, self.cell_style(column), {"level": 1} if column.english else {})
            for r in range(len(rows) + SPARE):
                self.cell(sheet, HEAD + 1 + r, c, column, _value(rows[r], column.path) if r < len(rows) else None)
            self.drop_down(sheet, column, c, HEAD + 1, LAST)
        for r, record in enumerate(rows, HEAD + 1):
            sheet.set_row(r, height([(self.text(record, column), column.width) for column in form.chinese]))
        sheet.print_area(0, 0, HEAD + max(len(rows), 3), len(form.chinese) - 1)
        sheet.autofilter(HEAD, 0, HEAD + max(len(rows), 1), len(form.columns) - 1)
        if form.name == "parts":
            self.grey(sheet, form)

    def text(self, record: Any, column: Column | None) -> str:
        value = _value(record, column.path) if column else None
        return "" if value is None or column is None else str(show(column.kind, value))

    def cell(self, sheet: Any, row: int, column: int, about: Column, value: Any) -> None:
        style = self.cell_style(about)
        shown = None if value is None else show(about.kind, value)
        if shown is None:
            sheet.write_blank(row, column, None, style)
        elif isinstance(shown, Decimal | int):
            sheet.write_number(row, column, float(shown), style)
        elif isinstance(shown, date):
            sheet.write_datetime(row, column, shown, style)
        else:
            sheet.write_string(row, column, shown, style)

    # --- headers, notes, drop-downs

    def head(self, *, required: bool, english: bool = False, left: bool = False) -> Any:
        colour = "#EDEDED" if english else "#BDD7EE" if required else "#DDEBF7"
        return self.style(bold=True, text_wrap=True, border=1, bg_color=colour, align="left" if left else "center", valign="vcenter")

    def both(self, column: Column) -> str:
        first, second = (header(column, "zh"), header(column, "en"))
        star = "*" if column.required else ""
        return f"{star}{first}\n{second}"

    def remark(self, column: Column) -> str:
        """Return the note of a column: what goes in, and an example."""
        name = column.name.rpartition("_")[0] + "_n" if column.name.rpartition("_")[2].isdecimal() else column.name
        return say(f"packbook.n_{name}") if f"n_{name}" in catalogue("packbook") else ""

    def word_lists(self) -> None:
        """Write the hidden sheet from which drop-downs take their words."""
        sheet = self.book.add_worksheet(LISTS)
        sheet.hide()
        offered = {kind: words(kind) for kind in WORDS}
        rows = [row for name in ("criteria", "vetoes", "triggers") for row in self.tables[name]]
        offered["owner"] = list(dict.fromkeys(row["owner"] for row in rows))
        holders = (show("holder", row["holder"]) for row in self.tables["indicators"] if "holder" in row)
        offered["holder"] = list(dict.fromkeys([*words("holder"), *map(str, holders)]))
        offered["due"] = [*words("due"), *map(str, range(1, 13))]
        for column, (kind, listed) in enumerate(offered.items()):
            sheet.write_string(0, column, kind)
            for row, word in enumerate(listed, 1):
                sheet.write_string(row, column, word)
            if listed:
                letters = xlsxwriter.utility.xl_col_to_name(column)
                self.lists[kind] = (f"={LISTS}!${letters}$2:${letters}${len(listed) + 1}", len(listed))

    def drop_down(self, sheet: Any, column: Column, at: int, first: int, last: int) -> None:
        kind = column.kind.removeprefix("word_")
        rule: dict[str, Any]
        if column.refers:
            other = next(form for form in self.forms if form.name == column.refers)
            letters = xlsxwriter.utility.xl_col_to_name(other.columns.index(other.column("id")))
            rule = {"validate": "list", "source": f"='{sheet_name(other.name)}'!${letters}${HEAD + 2}:${letters}${LAST + 1}"}
        elif kind in self.lists:
            rule = {"validate": "list", "source": self.lists[kind][0]}
            rule |= {"show_error": False} if kind in (*OWN_LISTS, "when_zero", "source") else {}
        elif column.kind in ("points", "whole", "number") and column.name != "slip_days":
            rule = {"validate": "decimal", "criteria": "between", "minimum": -1e9 if column.kind == "number" else 0, "maximum": 1e9}
        else:
            return
        told = {"error_title": say("packbook.validation_title"), "error_message": say("packbook.validation", column=header(column))}
        sheet.data_validation(first, at, last, at, {**rule, **told, "error_type": "warning", "ignore_blank": True})

    def grey(self, sheet: Any, form: Form) -> None:
        """Grey out what the chosen template has no use for, and mark what it still lacks."""
        names = [column.name for column in form.columns]
        key = f"${xlsxwriter.utility.xl_col_to_name(names.index('template'))}{HEAD + 2}"
        unused = self.book.add_format({"bg_color": "#D9D9D9", "pattern": 1})
        lacking = self.book.add_format({"bg_color": "#FFE699"})
        for c, column in enumerate(form.columns):
            base, _, n = column.name.rpartition("_")
            users = {template: wanted[column.name][1] for template, wanted in TEMPLATES.items() if column.name in wanted}
            if base in ("when", "award") and n.isdecimal():
                users["bands"] = n == "1"
            elif not str(column.path[0]).startswith("@") or column.name in ("criterion", "template"):
                continue
            shown = {template: say(f"packbook.w_template_{template}") for template in users}
            others = ",".join(f'{key}<>"{word}"' for word in shown.values())
            spot = f"{xlsxwriter.utility.xl_col_to_name(c)}{HEAD + 2}"
            area = (HEAD + 1, c, LAST, c)
            sheet.conditional_format(*area, {"type": "formula", "criteria": f'=AND({key}<>"",{others})', "format": unused})
            needed = ",".join(f'{key}="{shown[template]}"' for template, required in users.items() if required)
            if needed:
                sheet.conditional_format(*area, {"type": "formula", "criteria": f'=AND(OR({needed}),{spot}="")', "format": lacking})
