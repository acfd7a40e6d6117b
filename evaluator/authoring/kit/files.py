"""The files of the kit: made whole first, then put in place at one stroke; the same input gives the same bytes."""

from datetime import datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from evaluator.authoring.kit.handbook import Handbook
from evaluator.authoring.kit.paper import Printed
from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.ledger.whole import write_whole
from evaluator.messages import language, say
from evaluator.reports.render import PageTemplate, WordTemplate, find_template
from evaluator.reports.sheets import row_height

__all__ = ["HANDBOOKS", "PAPERS", "check_ending", "write_handbook", "write_paper"]

HANDBOOKS = (".docx", ".html")
PAPERS = (".docx", ".html", ".xlsx")
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
CREATED = datetime(2000, 1, 1)  # noqa: DTZ001  # a workbook knows no zones, and the clock would make every file differ
FONT = "等线"
ASKED = (("number", 6), ("kind", 12), ("stem", 58), *((letter, 26) for letter in "ABCD"), ("reply", 10))
ANSWERED = (("number", 6), ("answer", 10), ("clause", 34), ("told", 70), ("source", 50))


def check_ending(path: Path, endings: tuple[str, ...]) -> None:
    """See that the name of a file says what it is to be.

    Raises:
        Failure: it does not.
    """
    if path.suffix.lower() not in endings:
        raise Failure([Diagnostic("kit.E102", Place(str(path)), {"endings": "、".join(endings)})])


def write_handbook(book: Handbook, path: Path, templates: Path | None = None) -> None:
    """Write the handbook as the name says: ``.docx`` or ``.html``.

    Raises:
        Failure: another ending, a template of the user that cannot be used, or a file that cannot be written.
    """
    check_ending(path, HANDBOOKS)
    write_whole({path: _rendered("handbook", {"book": book}, path.suffix.lower(), templates)})


def write_paper(paper: Printed, path: Path, templates: Path | None = None) -> None:
    """Write the paper as the name says: ``.docx``, ``.html`` or ``.xlsx``.

    Raises:
        Failure: another ending, a template of the user that cannot be used, or a file that cannot be written.
    """
    check_ending(path, PAPERS)
    ending = path.suffix.lower()
    write_whole({path: _workbook(paper) if ending == ".xlsx" else _rendered("quiz", {"paper": paper}, ending, templates)})


def _rendered(name: str, values: dict[str, Any], ending: str, templates: Path | None) -> bytes:
    lang = language()
    values = {**values, "told": lambda key, **more: say(f"kit.{key}", lang, **more)}
    with TemporaryDirectory() as folder:
        made = Path(folder) / f"{name}{ending}"
        if ending == ".docx":
            WordTemplate(find_template(templates, f"{name}/{name}.docx"), lang, set(values)).render(values, made)
        else:
            PageTemplate(templates, f"{name}/{name}.html", lang).render(values, made)
        return made.read_bytes()


def _workbook(paper: Printed) -> bytes:
    """Return a workbook: the questions with room to answer, and the answers on a sheet of their own behind."""
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, OPTIONS)
    book.set_properties({"title": paper.title, "created": CREATED})
    grid = {"font_name": FONT, "font_size": 10, "border": 1, "border_color": "#9AA5B1", "text_wrap": True, "valign": "vcenter"}
    looks = {
        "head": book.add_format({**grid, "bold": True, "bg_color": "#D9E2EC", "align": "center"}),
        "cell": book.add_format(grid),
        "title": book.add_format({"font_name": FONT, "font_size": 14, "bold": True}),
        "line": book.add_format({"font_name": FONT, "font_size": 9, "font_color": "#B42318"}),
    }
    asked = [
        [one.number, one.kind, f"{one.stem}{one.blank}", *(list(one.options) + [""] * 4)[:4], ""]
        for part in paper.parts
        for one in part.questions
    ]
    answers = [[one.number, one.answer, one.clause, one.told, one.source] for one in paper.answers]
    for name, columns, rows in (("questions", ASKED, asked), ("answers", ANSWERED, answers)):
        sheet = book.add_worksheet(say(f"kit.sheet_{name}"))
        title = paper.title if name == "questions" else say("kit.answers_title", title=paper.title)
        _sheet(sheet, looks, paper, title, columns, rows)
    book.close()
    return buffer.getvalue()


def _sheet(
    sheet: Worksheet, looks: dict[str, Format], paper: Printed, title: str, columns: tuple[tuple[str, int], ...], rows: list[list[Any]]
) -> None:
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.3, right=0.3, top=0.5, bottom=0.6)
    banners = " · ".join(paper.banners)
    sheet.set_footer(f'&L&"{FONT}"&8 {banners.replace("&", "&&")}&R&8 &P / &N')
    sheet.write_string(0, 0, title, looks["title"])
    sheet.write_string(1, 0, " · ".join(filter(None, (banners, paper.line, paper.note))), looks["line"])
    for column, (name, width) in enumerate(columns):
        sheet.set_column(column, column, width)
        sheet.write_string(2, column, name if len(name) == 1 else say(f"kit.col_{name}"), looks["head"])
    sheet.freeze_panes(3, 0)
    sheet.repeat_rows(2)
    widths = [width for _, width in columns]
    for at, row in enumerate(rows, 3):
        for column, value in enumerate(row):
            if isinstance(value, int):
                sheet.write_number(at, column, value, looks["cell"])
            elif value:
                sheet.write_string(at, column, value, looks["cell"])  # text stays text whatever it begins with
            else:
                sheet.write_blank(at, column, None, looks["cell"])
        sheet.set_row(at, row_height(zip(map(str, row), widths, strict=True)))
