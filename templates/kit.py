"""Makes the Word templates of the handbook and the quiz: ``PYTHONPATH=. python templates/kit.py`` from the top of the repository.

The handbook is A6 with mirrored margins: four of its pages go on a sheet of A4, or it is printed as a booklet.
"""

from pathlib import Path
from typing import Any

from build import content
from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph
from shapes import CENTER, GREY, HEI, KAI, RED, RIGHT, blank, control, para, shape, table, write

ROOT = Path(__file__).resolve().parent
SMALL = 8.0  # points; nothing is smaller
HANGING = 46  # points, room for a heading beside its lines
BODY: dict[str, Any] = {"size": 9, "line": 13}


def field(paragraph: Paragraph, name: str, size: float) -> None:
    made = OxmlElement("w:fldSimple")
    made.set(qn("w:instr"), name)
    run = OxmlElement("w:r")
    form = OxmlElement("w:rPr")
    for tag in ("w:sz", "w:szCs"):
        one = OxmlElement(tag)
        one.set(qn("w:val"), str(int(size * 2)))
        form.append(one)
    text = OxmlElement("w:t")
    text.text = "1"
    run.append(form)
    run.append(text)
    made.append(run)
    paragraph._p.append(made)


def a6() -> Document:
    doc = blank(top=10, bottom=11, left=13, right=8)
    section = doc.sections[0]
    section.page_width, section.page_height = Mm(105), Mm(148)
    section.footer_distance = Mm(5)
    settings = doc.settings.element
    # CT_Settings orders its children: mirrorMargins stands near the top, evenAndOddHeaders further down.
    mirror = OxmlElement("w:mirrorMargins")
    zoom = settings.find(qn("w:zoom"))
    if zoom is not None:
        zoom.addnext(mirror)
    else:
        settings.insert(0, mirror)
    doc.settings.odd_and_even_pages_header_footer = True
    for footer, align in ((section.footer, RIGHT), (section.even_page_footer, None)):
        paragraph = shape(footer.paragraphs[0], line=9, align=align)
        if align is None:
            field(paragraph, "PAGE", SMALL)
            write(paragraph, "　{{ book.banners | join(' · ') }}", size=SMALL, color=GREY)
        else:
            write(paragraph, "{{ book.banners | join(' · ') }}　", size=SMALL, color=GREY)
            field(paragraph, "PAGE", SMALL)
    return doc


def title(doc: Document, text: str, *, page: bool = True) -> None:
    para(doc, text, size=12, font=HEI, line=18, after=4, keep=True)
    doc.paragraphs[-1].paragraph_format.page_break_before = page


def heading(doc: Document, text: str) -> None:
    para(doc, text, size=9.5, font=HEI, line=14, before=6, after=2, keep=True)


def lines(doc: Document, names: str, text: str = "{{ one }}", **form: Any) -> None:
    control(doc, f"for one in {names}")
    para(doc, text, **{**BODY, "after": 2, **form})
    control(doc, "endfor")


def beside(doc: Document, label: str, text: str, *, size: float, color: Any = None) -> None:
    """Add a line with its heading to the left of it."""
    row = shape(doc.add_paragraph(), line=size + 3.5)
    row.paragraph_format.left_indent, row.paragraph_format.first_line_indent = Pt(HANGING), Pt(-HANGING)
    row.paragraph_format.tab_stops.add_tab_stop(Pt(HANGING))
    write(row, label + "\t", size=SMALL, font=HEI, color=color)
    write(row, text, size=size, color=color)


def handbook() -> Document:
    doc = a6()
    para(doc, "{{ book.banners | join(' · ') }}", size=9, color=RED, font=HEI, align=CENTER, line=14, after=28)
    para(doc, "{{ book.title }}", size=18, font=HEI, align=CENTER, line=28, after=6)
    para(doc, "{{ told('handbook') }}", size=13, font=KAI, align=CENTER, line=20)
    para(doc, "{{ told('version', version=book.version) }}", **BODY, align=CENTER, after=34)
    lines(doc, "book.front")
    title(doc, "{{ told('levels_title') }}")
    pair = [[("{{ one[0] }}", {"font": HEI})], ["{{ one[1] }}"]]
    small: dict[str, Any] = {"line": 11.5, "size": 8}
    table(doc, (72, 166), ["{{ told('level') }}", "{{ told('level_when') }}"], "one in book.levels", pair, **small)
    control(doc, "if book.glance")
    heading(doc, "{{ book.glance_title }}")
    heads = ["{{ told('index_id') }}", "{{ told('index_text') }}", "{{ told('row_effect') }}"]
    table(doc, (38, 120, 80), heads, "one in book.glance", [["{{ one[0] }}"], ["{{ one[1] }}"], ["{{ one[2] }}"]], **small)
    control(doc, "endif")
    control(doc, "if book.numbers")
    heading(doc, "{{ told('numbers_title') }}")
    lines(doc, "book.numbers", "{{ one[0] }}　{{ one[1] }}", after=0)
    control(doc, "endif")
    heading(doc, "{{ told('deadlines_title') }}")
    lines(doc, "book.deadlines", "{{ one[0] }}　{{ one[1] }}", after=0)
    heading(doc, "{{ told('rules_title') }}")
    lines(doc, "book.rules", "· {{ one }}")
    control(doc, "if book.together")
    heading(doc, "{{ told('together_title') }}")
    control(doc, "endif")
    lines(doc, "book.together", "· {{ one }}")
    control(doc, "for section in book.sections")
    title(doc, "{{ section.title }}")
    lines(doc, "section.lines")
    control(doc, "for entry in section.entries")
    head = shape(doc.add_paragraph(), line=14, before=7, after=1, keep=True)
    write(head, "{{ entry.number }}　", size=9, font=HEI, color=GREY)
    write(head, "{{ entry.id }}　{{ entry.text }}", size=9.5, font=HEI)
    write(head, "{{ '　' + entry.worth | replace(' ', '\u00a0') if entry.worth else '' }}", size=9.5, font=HEI, color=RED)
    control(doc, "if entry.marks")
    para(doc, "{{ entry.marks | join(' · ') }}", size=SMALL, font=HEI, color=RED, line=11, keep=True)
    control(doc, "endif")
    control(doc, "for row in entry.rows")
    control(doc, "for one in row[1]")
    beside(doc, "{{ row[0] if loop.first else '' }}", "{{ one }}", size=9)
    control(doc, "endfor")
    control(doc, "endfor")
    beside(doc, "{{ told('row_basis') }}", "{{ entry.basis }}", size=SMALL, color=GREY)
    control(doc, "endfor")
    control(doc, "endfor")
    title(doc, "{{ told('index_title') }}")
    heads = ["{{ told('" + one + "') }}" for one in ("index_id", "index_number", "index_text", "index_worth")]
    cells = [["{{ one[0] }}"], ["{{ one[1] }}"], ["{{ one[2] }}"], ["{{ one[3] }}"]]
    table(doc, (42, 30, 128, 38), heads, "one in book.index", cells, centered=(1,), **small)
    title(doc, "{{ told('sources_title') }}")
    lines(doc, "book.sources", "{{ one[0] }}　{{ one[1] }}", size=SMALL, line=11, after=1)
    return doc


def quiz() -> Document:
    doc = blank(top=16, bottom=16, left=18, right=18)
    para(doc, "{{ paper.banners | join(' · ') }}", size=10, color=RED, font=HEI, align=CENTER, line=16)
    para(doc, "{{ paper.title }}", size=18, font=HEI, align=CENTER, line=30)
    para(doc, "{{ paper.line }}", size=9.5, font=KAI, align=CENTER, line=15, after=2)
    para(doc, "{{ paper.note }}", size=9.5, font=KAI, align=CENTER, line=15, after=6)
    control(doc, "for part in paper.parts")
    para(doc, "{{ part.title }}", size=12, font=HEI, line=22, before=8, keep=True)
    control(doc, "for one in part.questions")
    para(doc, "{{ one.number }}. {{ one.stem }}{{ one.blank }}", size=10.5, line=16, before=4, keep=True)
    control(doc, "for row in one.rows")
    para(doc, "{{ row }}", size=10.5, line=16)
    doc.paragraphs[-1].paragraph_format.left_indent = Pt(16)
    control(doc, "endfor")
    control(doc, "endfor")
    control(doc, "endfor")
    para(doc, "{{ told('answers_title', title=paper.title) }}", size=14, font=HEI, align=CENTER, line=26, after=4, keep=True)
    doc.paragraphs[-1].paragraph_format.page_break_before = True
    control(doc, "for row in paper.key")
    para(doc, "{{ row }}", size=10.5, line=16)
    control(doc, "endfor")
    para(doc, "", line=8)
    heads = ["{{ told('" + one + "') }}" for one in ("col_number", "col_answer", "col_what")]
    cells = [
        ["{{ one.number }}"],
        ["{{ one.answer }}"],
        ["{{ one.told }}", ("{{ one.source }}", {"font": KAI, "color": GREY, "size": SMALL})],
    ]
    table(doc, (32, 46, 410), heads, "one in paper.answers", cells, line=14, size=9.5, centered=(0, 1))
    foot = shape(doc.sections[0].footer.paragraphs[0], align=CENTER)
    write(foot, "{{ paper.banners | join(' · ') }}　", size=8, color=GREY)
    field(foot, "PAGE", 8)
    return doc


TEMPLATES = {one.__name__: one for one in (handbook, quiz)}


def main(folder: Path = ROOT) -> None:
    for name, make in TEMPLATES.items():
        path = folder / name / f"{name}.docx"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(make()))


if __name__ == "__main__":
    main()
