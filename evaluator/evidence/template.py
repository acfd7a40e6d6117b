"""The workbook to fill in: the register, one sheet per holder or star, and a mark that ties it to its packs."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

import xlsxwriter
from rich.cells import cell_len

from evaluator.diagnostics import Diagnostic, Failure, Place, reason
from evaluator.evidence.gather import INSTRUCTIONS, MARK, read_register
from evaluator.evidence.layout import Vocabulary
from evaluator.evidence.register import COLUMNS, Branch
from evaluator.evidence.values import expectation
from evaluator.messages import language, say
from evaluator.packs.load import LoadedPack, load_packs
from evaluator.packs.models import Indicator, Pack
from evaluator.packs.reads import indicators_behind, names_of
from evaluator.packs.scope import all_indicators

__all__ = ["fill_template", "make_template"]

BLANK_ROWS = 60  # lines ready to fill in when no register was given
REGISTER = ("id", "order", "name", "city", "county", "township", "village", "area_type", "status")
CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # fixed, so that equal input gives equal bytes
FIRST_DAY = date(1949, 1, 1)


@dataclass(frozen=True)
class _Field:
    id: str
    indicator: Indicator
    header: str
    reason: bool  # for the points in another column


def make_template(
    packs: Sequence[str], out: Path, *, by: Literal["holder", "star"] = "holder", register: Path | None = None, force: bool = False
) -> dict[str, int]:
    """Write the workbook, with the branches of ``register`` when given, and return how many fields each sheet asks for.

    Raises:
        Failure: a pack or register that cannot be used, a file that cannot be written, or, without ``force``, one that is there already:
            it may be filled in.
    """
    if out.suffix.casefold() != ".xlsx":
        raise Failure([Diagnostic("evidence.E213", Place(str(out)))])
    if out.exists() and not force:
        raise Failure([Diagnostic("evidence.E214", Place(str(out)))])
    return fill_template(packs, out, read_register(register) if register else (), by=by)


def fill_template(
    packs: Sequence[str],
    out: Path,
    branches: Sequence[Branch],
    cells: Mapping[tuple[str, str], object] = {},  # never changed
    notes: Mapping[tuple[str, str], str] = {},  # never changed
    *,
    by: Literal["holder", "star"] = "holder",
    remark: str = "",
) -> dict[str, int]:
    """Write the workbook with what is known already: ``cells`` and fact ``notes`` by branch id and indicator; ``remark`` stands in the
    instructions.

    Raises:
        Failure: a pack or register that cannot be used, or a file that cannot be written.
    """
    loaded = load_packs(packs)
    indicators = {id_: found for one in loaded for id_, found in all_indicators(one.pack).items()}
    vocabulary = Vocabulary.of(indicators)
    asked = {id_: found for id_, found in indicators.items() if not found.attribute}
    sheets = _by_holder(asked) if by == "holder" else _by_star([one.pack for one in loaded], asked)
    part = out.with_name(f".{out.name}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        book = xlsxwriter.Workbook(
            str(part),
            {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "default_date_format": "yyyy-mm-dd"},
        )
        book.set_properties({"created": CREATED, "title": "、".join(one.pack.title.zh for one in loaded)})
        writer = _Writer(book, cells, notes)
        writer.instructions(loaded, _counts(sheets, asked), remark, reasons=any(_is_reason(id_, asked) for id_ in asked))
        writer.register(branches, [id_ for id_, found in indicators.items() if found.attribute and id_ != "area_type"], indicators)
        for name, ids in sheets.items():
            fields = [_Field(id_, asked[id_], _header(id_, asked[id_], vocabulary), _is_reason(id_, asked)) for id_ in ids]
            writer.evidence(name, fields, branches)
        writer.mark(loaded)
        book.close()
        part.replace(out)
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        cause = error if isinstance(error, OSError) else error.args[0]
        with suppress(OSError):
            part.unlink(missing_ok=True)  # half a workbook is of no use to anyone
        raise Failure([Diagnostic("evidence.E210", Place(str(out)), {"reason": reason(cause)})]) from error
    return _counts(sheets, asked)


def _is_reason(id_: str, asked: Mapping[str, Indicator]) -> bool:
    """Whether a column holds the reason for the points in another."""
    return id_.endswith("_reason") and id_.removesuffix("_reason") in asked


def _counts(sheets: Mapping[str, Sequence[str]], asked: Mapping[str, Indicator]) -> dict[str, int]:
    """Return how many fields each sheet asks for; the reason for points goes with them and is none of its own."""
    return {name: sum(not _is_reason(id_, asked) for id_ in ids) for name, ids in sheets.items()}


def _by_holder(asked: Mapping[str, Indicator]) -> dict[str, list[str]]:
    sheets: dict[str, list[str]] = {}
    own = ("branch", "township", "team")
    for holder in sorted(
        dict.fromkeys(found.holder for found in asked.values()), key=lambda h: (h not in own, own.index(h) if h in own else 0)
    ):
        name = say(f"terminal.holder_{holder}") if holder in own else holder
        sheets[_sheet_name(name)] = [id_ for id_, found in asked.items() if found.holder == holder]
    return sheets


def _by_star(packs: Sequence[Pack], asked: Mapping[str, Indicator]) -> dict[str, list[str]]:
    """Sort indicators by the group of the first criterion that reads them; what only vetoes, triggers and gates read comes last."""
    sheets: dict[str, list[str]] = {}
    left = dict(asked)
    for pack in packs:
        for group in pack.groups:
            read = set(indicators_behind(pack, {name for criterion in group.criteria for name in names_of(criterion)}))
            sheets.setdefault(_sheet_name(group.title.text(language())), []).extend(
                id_ for id_ in list(left) if id_ in read and left.pop(id_)
            )
    if left:
        sheets[say("evidence.sheet_other")] = list(left)
    return {name: ids for name, ids in sheets.items() if ids}


def _sheet_name(text: str) -> str:
    return "".join("_" if c in "[]:*?/\\'" else c for c in text)[:31] or "_"


def _header(id_: str, indicator: Indicator, vocabulary: Vocabulary) -> str:
    """Return a header that reads back as this indicator: its label with the unit, or its id where two share a label."""
    label = indicator.label.text(language())
    text = f"{label}({indicator.unit})" if indicator.unit else label
    if _is_reason(id_, vocabulary.indicators):
        text = say("evidence.reason_head", label=label)
    return text if vocabulary.find(text) == id_ else id_


class _Writer:
    """Writes sheets with one set of formats."""

    def __init__(self, book: xlsxwriter.Workbook, cells: Mapping[tuple[str, str], object], notes: Mapping[tuple[str, str], str]) -> None:
        self.book = book
        self.cells = cells
        self.notes = notes
        font = {"font_name": "等线", "font_size": 11, "valign": "vcenter"}
        self.plain = book.add_format({**font, "border": 1, "border_color": "#BFBFBF"})
        self.text = book.add_format({**font, "border": 1, "border_color": "#BFBFBF", "num_format": "@"})
        self.day = book.add_format({**font, "border": 1, "border_color": "#BFBFBF", "num_format": "yyyy-mm-dd", "align": "left"})
        self.fixed = book.add_format({**font, "border": 1, "border_color": "#BFBFBF", "num_format": "@", "bg_color": "#F2F2F2"})
        self.head = book.add_format({**font, "bold": True, "text_wrap": True, "bg_color": "#DDEBF7", "border": 1, "align": "center"})
        self.title = book.add_format({**font, "bold": True, "font_size": 16})
        self.body = book.add_format({**font, "text_wrap": True, "valign": "top"})

    def instructions(self, loaded: Sequence[LoadedPack], counts: Mapping[str, int], remark: str, *, reasons: bool) -> None:
        sheet = self.book.add_worksheet(INSTRUCTIONS[0] if language() == "zh" else INSTRUCTIONS[1])
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 90)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        titles = "、".join(f"{one.pack.title.text(language())} {one.pack.version}" for one in loaded)
        lines = ([remark] if remark else []) + say("evidence.instructions", packs=titles).split("\n")
        lines += [say("evidence.instructions_reasons")] if reasons else []
        lines += [say("evidence.instructions_sheet", sheet=name, count=count) for name, count in counts.items()]
        sheet.write_string(0, 0, say("evidence.instructions_title"), self.title)
        for number, line in enumerate(lines, 2):
            sheet.set_row(number, 18 * (1 + cell_len(line) // 84))
            sheet.write_string(number, 0, line, self.body)

    def register(self, branches: Sequence[Branch], attributes: Sequence[str], indicators: Mapping[str, Indicator]) -> None:
        sheet = self.book.add_worksheet(say("evidence.sheet_register"))
        columns = [*REGISTER, *attributes]
        for column, name in enumerate(columns):
            words = COLUMNS.get(name)
            label = (words[0] if language() == "zh" else words[1]) if words else name
            sheet.write_string(0, column, label, self.head)
            if name in indicators:
                sheet.write_comment(0, column, indicators[name].label.text(language()))
        sheet.set_column(0, len(columns) - 1, 14, self.text)
        sheet.freeze_panes(1, 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.data_validation(
            1, REGISTER.index("area_type"), 100_000, REGISTER.index("area_type"), {"validate": "list", "source": ["村", "社区"]}
        )
        states = ["在册", "撤销", "合并"]
        sheet.data_validation(1, REGISTER.index("status"), 100_000, REGISTER.index("status"), {"validate": "list", "source": states})
        for row, branch in enumerate(branches, 1):
            path = dict(zip(("city", "county", "township", "village"), branch.path, strict=False))
            cells = {"id": branch.id, "order": str(branch.order), "name": branch.name, "status": "在册", **path, **branch.attributes}
            for column, name in enumerate(columns):
                sheet.write_string(row, column, cells.get(name, ""), self.text)

    def evidence(self, name: str, fields: Sequence[_Field], branches: Sequence[Branch]) -> None:
        sheet = self.book.add_worksheet(name)
        rows = len(branches) or BLANK_ROWS
        zh = language() == "zh"
        noted = [field for field in fields if any(id_ == field.id for _, id_ in self.notes)]
        note_word = say("evidence.suffix_note")
        heads = [COLUMNS["id"][0 if zh else 1], COLUMNS["name"][0 if zh else 1], *(field.header for field in fields)]
        heads += [*(field.indicator.label.text(language()) + note_word for field in noted), say("evidence.column_note")]
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head, self.head)
            sheet.set_column(column, column, 16 if column < 2 else 12 if column < 2 + len(fields) else 30)
        sheet.set_row(0, 15 * max(2, *(-(-cell_len(head) // 10) for head in heads)))
        sheet.freeze_panes(1, 2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.repeat_rows(0)
        for row in range(1, rows + 1):
            branch = branches[row - 1] if row <= len(branches) else None
            sheet.write_string(row, 0, branch.id if branch else "", self.fixed if branch else self.text)
            sheet.write_string(row, 1, branch.name if branch else "", self.fixed if branch else self.text)
            for column, field in enumerate(fields, 2):
                self.cell(sheet, row, column, field, self.cells.get((branch.id, field.id)) if branch else None)
            for column, field in enumerate(noted, 2 + len(fields)):
                sheet.write_string(row, column, self.notes.get((branch.id, field.id), "") if branch else "", self.text)
            sheet.write_blank(row, len(heads) - 1, None, self.text)
        for column, field in enumerate(fields, 2):
            comment = say("evidence.comment_reason") if field.reason else _comment(field.indicator)
            sheet.write_comment(0, column, comment, {"x_scale": 1.8, "y_scale": 1.4})
            rule = _validation(field.indicator)
            if rule:
                told = {
                    "input_title": "",
                    "error_title": say("evidence.validation_title"),
                    "error_message": _fit(expectation(field.indicator), 250),
                }
                kind = "warning" if field.indicator.na else "stop"
                sheet.data_validation(1, column, max(rows, 1000), column, {**rule, **told, "error_type": kind, "ignore_blank": True})

    def cell(self, sheet: Any, row: int, column: int, field: _Field, value: object) -> None:
        kind = field.indicator.type
        style = self.day if kind == "date" else self.text if kind in ("text", "choices") else self.plain
        if value is None:
            sheet.write_blank(row, column, None, style)
        elif isinstance(value, date):
            sheet.write_datetime(row, column, value, style)
        elif isinstance(value, int | float):
            sheet.write_number(row, column, value, style)
        else:
            sheet.write_string(row, column, str(value), style)

    def mark(self, loaded: Sequence[LoadedPack]) -> None:
        sheet = self.book.add_worksheet(MARK)
        sheet.hide()
        sheet.write_row(0, 0, ["pack", "version"], self.text)
        for row, one in enumerate(loaded, 1):
            sheet.write_row(row, 0, [one.pack.pack, one.pack.version], self.text)


def _comment(indicator: Indicator) -> str:
    lines = [indicator.label.text(language()), expectation(indicator)]
    if indicator.proof:
        lines.append(say("evidence.comment_proof", proof=indicator.proof.text(language())))
    if indicator.na:
        lines.append(say("evidence.comment_na"))
    lines.append(say("evidence.comment_blank" if indicator.blank is None else f"evidence.comment_blank_{indicator.blank}"))
    if indicator.note:
        lines.append(indicator.note.text(language()))
    return "\n".join(lines)


def _validation(indicator: Indicator) -> dict[str, Any] | None:
    """Return the data validation of a column in XlsxWriter's terms, None where any text will do."""
    low, high = (float(end) for end in indicator.range) if indicator.range else (-1e9, 1e9)
    match indicator.type:
        case "integer" | "decimal":
            return {"validate": indicator.type, "criteria": "between", "minimum": low, "maximum": high}
        case "percent":
            return {
                "validate": "decimal",
                "criteria": "between",
                "minimum": low if indicator.range else 0,
                "maximum": high if indicator.range else 100,
            }
        case "boolean":
            return {"validate": "list", "source": ["是", "否"]}
        case "date":
            return {"validate": "date", "criteria": ">=", "value": FIRST_DAY}
        case "choice" if sum(cell_len(option) for option in indicator.options) < 200:
            return {"validate": "list", "source": list(indicator.options)}
        case _:
            return None


def _fit(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
