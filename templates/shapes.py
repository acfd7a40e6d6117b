"""The pieces of which the shipped Word templates are made: paragraphs, tables, pages."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from evaluator.reports.sheet import LINE, SIZE

SONG, HEI, KAI, FANG = "宋体", "黑体", "楷体", "仿宋_GB2312"
RED, GREY, GOLD = RGBColor(0xB0, 0x10, 0x10), RGBColor(0x55, 0x55, 0x55), RGBColor(0xB8, 0x6E, 0x00)
CENTER, RIGHT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
Text = str | tuple[str, dict[str, Any]]


def write(
    paragraph: Paragraph, text: str, *, size: float = SIZE, font: str = SONG, bold: bool = False, color: RGBColor | None = None
) -> None:
    run = paragraph.add_run(text)
    run.font.size = Pt(size)
    run.font.name = font
    run.font.bold = bold
    if color is not None:
        run.font.color.rgb = color
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)


def shape(
    paragraph: Paragraph,
    *,
    line: float = LINE,
    before: float = 0,
    after: float = 0,
    align: Any = None,
    indent: float = 0,
    keep: bool = False,
) -> Paragraph:
    form = paragraph.paragraph_format
    form.line_spacing, form.space_before, form.space_after = Pt(line), Pt(before), Pt(after)
    form.alignment, form.keep_with_next = align, keep
    form.first_line_indent = Pt(indent) if indent else None
    form.widow_control = True
    return paragraph


def para(
    doc: Document,
    text: str,
    *,
    line: float = LINE,
    before: float = 0,
    after: float = 0,
    align: Any = None,
    indent: float = 0,
    keep: bool = False,
    **run: Any,
) -> None:
    write(shape(doc.add_paragraph(), line=line, before=before, after=after, align=align, indent=indent, keep=keep), text, **run)


def control(doc: Document, text: str) -> None:
    """Add a paragraph that holds nothing but a tag for whole paragraphs; it leaves no trace."""
    para(doc, "{%p " + text + " %}")


def cell(where: _Cell, texts: Sequence[Text], *, width: float, align: Any, line: float, size: float, shade: str | None) -> None:
    where.width = Pt(width)
    for number, piece in enumerate(texts):
        text, run = piece if isinstance(piece, tuple) else (piece, {})
        paragraph = shape(where.paragraphs[0] if number == 0 else where.add_paragraph(), line=line, align=align)
        write(paragraph, text, **{"size": size, **run})
    if shade:
        fill = OxmlElement("w:shd")
        for key, value in (("val", "clear"), ("color", "auto"), ("fill", shade)):
            fill.set(qn(f"w:{key}"), value)
        where._tc.get_or_add_tcPr().append(fill)


def table(
    doc: Document,
    widths: Sequence[float],
    heads: Sequence[str],
    loop: str,
    row: Sequence[Sequence[Text]],
    *,
    line: float = LINE,
    size: float = SIZE,
    centered: Sequence[int] = (),
    more: Sequence[tuple[str, Sequence[Sequence[Text]]]] = (),
) -> None:
    """Add a table with a head that is repeated on each page, and one row for each turn of the loop."""
    made = doc.add_table(rows=0, cols=len(widths))
    made.style = "Table Grid"
    made.autofit = False
    made.alignment = WD_TABLE_ALIGNMENT.CENTER
    margins = OxmlElement("w:tblCellMar")
    for side, twips in (("top", 0), ("left", 60), ("bottom", 0), ("right", 60)):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(twips))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    made._tbl.tblPr.append(margins)
    for column, width in zip(made.columns, widths, strict=True):
        column.width = Pt(width)

    def add(texts: Sequence[Sequence[Text]], *, head: bool = False) -> None:
        cells = made.add_row()
        properties = cells._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if head:
            properties.append(OxmlElement("w:tblHeader"))
        for number, (where, one) in enumerate(zip(cells.cells, texts, strict=True)):
            align = CENTER if head or number in centered else None
            cell(where, one, width=widths[number], align=align, line=line, size=size, shade="EFEFEF" if head else None)

    def tag(text: str) -> None:
        add([["{%tr " + text + " %}"], *[[""] for _ in widths[1:]]])

    add([[(head, {"font": HEI})] for head in heads], head=True)
    for source, texts in ((loop, row), *more):
        tag(f"for {source}")
        add(texts)
        tag("endfor")


def blank(*, top: float, bottom: float, left: float, right: float) -> Document:
    doc = docx.Document()
    section = doc.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = Mm(top), Mm(bottom), Mm(left), Mm(right)
    section.header_distance, section.footer_distance = Mm(6), Mm(6)
    style = doc.styles["Normal"]
    style.font.name, style.font.size = SONG, Pt(SIZE)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), SONG)
    lean(doc)
    doc.core_properties.author = "starbranch"
    doc.core_properties.title = doc.core_properties.comments = ""
    doc.core_properties.created = doc.core_properties.modified = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    return doc


def lean(doc: Document) -> None:
    """Drop what python-docx carries along and no page uses; every document of a run would repeat it."""
    unused = ("stylesWithEffects", "customXml", "numbering", "thumbnail")
    for rels in (doc.part.rels, doc.part.package.rels):
        for number in [number for number, rel in rels.items() if rel.reltype.rpartition("/")[2] in unused]:
            del rels[number]
    used = {"Normal", "DefaultParagraphFont", "TableNormal", "NoList", "TableGrid", "Header", "Footer"}
    for style in doc.styles.element.findall(qn("w:style")):
        if style.get(qn("w:styleId")) not in used:
            doc.styles.element.remove(style)
