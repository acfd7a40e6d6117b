"""Makes the shipped Word templates: ``PYTHONPATH=. python templates/build.py`` from the top of the repository.

Templates print and loop; what they print is decided in ``evaluator.reports``. Fonts are named, never carried. Lines of the feedback
sheet have exact heights, which ``evaluator.reports.sheet`` counts with.
"""

import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from shapes import CENTER, FANG, GOLD, GREY, HEI, KAI, RED, RIGHT, Text, blank, control, para, shape, table, write

from evaluator.reports.render import EPOCH
from evaluator.reports.sheet import OTHERS, OWN, STARS

ROOT = Path(__file__).resolve().parent


def footer(doc: Document, header: str) -> None:
    paragraph = shape(doc.sections[0].footer.paragraphs[0], align=CENTER)
    write(
        paragraph,
        "{{ word('footer', tool=" + header + ".tool, digest=" + header + ".digest) }} · {{ " + header + ".banners | join(' · ') }}",
        size=8,
        color=GREY,
    )


def page_number(doc: Document) -> None:
    paragraph = shape(doc.sections[0].footer.add_paragraph(), align=CENTER)
    write(paragraph, "{{ word('page') }} ", size=8, color=GREY)
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)
    write(paragraph, " {{ word('page_end') }}", size=8, color=GREY)


def feedback() -> Document:
    doc = blank(top=14, bottom=12, left=16.8, right=16.8)
    para(doc, "{{ sheet.header.banners | join(' · ') }}", color=RED, font=HEI, align=CENTER)
    para(doc, "{{ word('feedback_title', title=sheet.pack.title) }}", size=16, font=HEI, line=24, align=CENTER)
    place = (
        "{{ sheet.branch.number }} {{ sheet.branch.name }} · {{ sheet.branch.township }} · {{ word('period', period=sheet.header.period) }}"
    )
    para(doc, place + " · {{ sheet.header.round }}", font=KAI, size=10, line=14, align=CENTER, after=3)
    result = shape(doc.add_paragraph(), line=20, align=CENTER, after=3)
    write(result, "{{ sheet.branch.stars_text if sheet.branch.stars is not none else '' }} ", size=16, color=GOLD)
    write(result, "{{ sheet.result }}", size=10.5, font=HEI)
    control(doc, "if sheet.branch.visited and sheet.branch.groups")
    star = [
        [("{{ star.mark }} {{ star.title }}", {"font": HEI})],
        ["{{ star.earned }}/{{ star.applicable }}"],
        ["{{ star.percent }}"],
        ["{{ star.why }}"],
    ]
    heads = ["{{ word('star') }}", "{{ word('star_score') }}", "{{ word('star_percent') }}", "{{ word('star_why') }}"]
    table(doc, STARS, heads, "star in sheet.branch.groups", star, centered=(1, 2))
    control(doc, "endif")
    for names in ("sheet.branch.notes", "sheet.findings", "sheet.owed"):
        control(doc, f"for one in {names}")
        para(doc, "{{ one }}")
        control(doc, "endfor")
    control(doc, "if sheet.branch.visited")
    para(doc, "{{ word('own_title') }}", font=HEI, size=10.5, line=16, before=4, keep=True)
    control(doc, "if sheet.own")
    own: list[list[Text]] = [
        [("{{ row.mark }}", {"font": HEI, "size": 11})],
        [("{{ row.title }}", {"font": HEI}), "{{ row.facts }}", ("{{ row.basis }}", {"font": KAI, "color": GREY})],
        ["{{ row.measure }}", ("{{ row.helper }}", {"font": KAI})],
        ["{{ row.deadline }}"],
    ]
    heads = ["{{ word('number') }}", "{{ word('own_problem') }}", "{{ word('own_measure') }}", "{{ word('deadline') }}"]
    table(doc, OWN, heads, "row in sheet.own", own, centered=(0,))
    control(doc, "endif")
    control(doc, "if sheet.own_rest")
    para(doc, "{{ sheet.own_rest }}")
    control(doc, "endif")
    control(doc, "if not sheet.branch.own")
    para(doc, "{{ word('own_none') }}")
    control(doc, "endif")
    para(doc, "{{ word('others_title') }}", font=HEI, size=10.5, line=16, before=4, keep=True)
    control(doc, "if sheet.others")
    heads = ["{{ word('others_problem') }}", "{{ word('others_owner') }}", "{{ word('deadline') }}"]
    table(doc, OTHERS, heads, "row in sheet.others", [["{{ row.title }}", "{{ row.facts }}"], ["{{ row.helper }}"], ["{{ row.deadline }}"]])
    control(doc, "endif")
    control(doc, "if sheet.others_rest")
    para(doc, "{{ sheet.others_rest }}")
    control(doc, "endif")
    control(doc, "if not sheet.branch.others")
    para(doc, "{{ word('others_none') }}")
    control(doc, "endif")
    control(doc, "endif")
    para(doc, "{{ word('objection_title') }}", font=HEI, size=10.5, line=16, before=4, keep=True)
    para(doc, "{{ sheet.branch.objection }}")
    para(doc, "{{ word('objection_to', days=sheet.objection_days) }}", line=15)
    para(doc, "{{ word('signature') }}", line=20, before=6)
    para(doc, "{{ word('receipt') }}", color=GREY)
    footer(doc, "sheet.header")
    return doc


def head(doc: Document, title: str) -> None:
    para(doc, "{{ header.banners | join(' · ') }}", size=11, color=RED, font=HEI, align=CENTER, line=16)
    para(doc, title, size=18, font=HEI, line=30, align=CENTER)
    line = "{{ word('period', period=header.period) }} · {{ header.round }} · {{ word('as_of', day=header.as_of) }} · {{ header.state }}"
    para(doc, line, font=KAI, size=11, line=18, align=CENTER, after=6)
    para(doc, "{{ word('conclusion') }}", font=HEI, size=12, line=20, keep=True)
    para(doc, "{{ report.conclusion }}", font=FANG, size=12, line=20, indent=24, after=4)


def section_title(doc: Document, text: str) -> None:
    para(doc, text, font=HEI, size=11.5, line=20, before=8, after=2, keep=True)


def either(doc: Document, condition: str, otherwise: str) -> None:
    """Close a branch of text begun with ``if`` and say ``otherwise`` where there is nothing to list."""
    control(doc, f"if not {condition}")
    para(doc, "{{ word('" + otherwise + "') }}", size=10, line=15)
    control(doc, "endif")


def rows(
    doc: Document,
    condition: str,
    otherwise: str,
    widths: Sequence[float],
    heads: Sequence[str],
    loop: str,
    row: Sequence[Sequence[Text]],
    **form: Any,
) -> None:
    control(doc, f"if {condition}")
    table(doc, widths, ["{{ word('" + one + "') }}" for one in heads], loop, row, line=13.5, size=9.5, **form)
    control(doc, "endif")
    either(doc, condition, otherwise)


def rest(doc: Document, told: str) -> None:
    """Say how many a list leaves out."""
    control(doc, f"if {told}")
    para(doc, "{{ " + told + " }}", size=9.5, line=14, color=GREY)
    control(doc, "endif")


def jurisdictions(doc: Document) -> None:
    control(doc, "if section.scope_lines")
    section_title(doc, "{{ word('scope_title', title=section.category.title) }}")
    control(doc, "for line in section.scope_lines")
    para(doc, "{{ line }}", size=10, line=15)
    control(doc, "endfor")
    control(doc, "for note in section.scope_notes")
    para(doc, "{{ note }}", size=9.5, line=14, color=GREY)
    control(doc, "endfor")
    control(doc, "endif")


def ending(doc: Document) -> None:
    section_title(doc, "{{ word('owing') }}")
    owing = [["{{ one.holder.title }}"], ["{{ one.holder.count }}"], ["{{ one.labels }}"]]
    rows(doc, "report.owing", "owing_none", (90, 40, 350), ("holder", "pieces", "indicators"), "one in report.owing", owing, centered=(1,))
    section_title(doc, "{{ word('unvisited_title') }}")
    control(doc, "if report.unvisited")
    para(doc, "{{ word('unvisited_text', names=report.unvisited) }}", size=10, line=15)
    control(doc, "endif")
    either(doc, "report.unvisited", "unvisited_none")
    control(doc, "if report.unrouted")
    para(doc, "{{ word('unrouted', names=report.unrouted) }}", size=10, line=15)
    control(doc, "endif")
    section_title(doc, "{{ word('steps') }}")
    control(doc, "for step in report.steps")
    para(doc, "{{ loop.index }}. {{ step }}", size=10.5, line=16)
    control(doc, "endfor")
    section_title(doc, "{{ word('notes') }}")
    control(doc, "for pack in header.packs")
    para(
        doc,
        "{{ word('pack_line', title=pack.title, version=pack.version, status=pack.status) }}{{ ' ' + pack.note if pack.note else '' }}",
        line=13,
    )
    control(doc, "endfor")
    control(doc, "for note in header.notes")
    para(doc, "{{ note }}", line=13)
    control(doc, "endfor")
    control(doc, "if report.bad_cells")
    para(doc, "{{ word('bad_cells') }}", font=HEI, line=14, before=3, keep=True)
    control(doc, "endif")
    control(doc, "for one in report.bad_cells")
    para(doc, "{{ one }}", line=13)
    control(doc, "endfor")
    footer(doc, "header")
    page_number(doc)


def report() -> Document:
    doc = blank(top=20, bottom=18, left=20, right=20)
    head(doc, "{{ word('report_title', title=header.title) }}")
    control(doc, "for section in report.sections")
    section_title(doc, "{{ word('distribution', title=section.category.title) }}")
    bars: list[list[Text]] = [
        ["{{ bar.share.label }}"],
        [("{{ bar.bar }}", {"color": GOLD, "size": 8})],
        ["{{ bar.share.count }}"],
        ["{{ bar.share.percent }}%"],
    ]
    heads = ["{{ word('dist_level') }}", "", "{{ word('dist_count') }}", "{{ word('dist_percent') }}"]
    table(doc, (100, 260, 60, 60), heads, "bar in section.bars", bars, line=14, size=9.5, centered=(2, 3))
    limits = "over=section.category.common_over, least=section.category.common_least"
    section_title(doc, "{{ word('common', title=section.category.title, " + limits + ") }}")
    common = [
        ["{{ cost.criterion }} {{ cost.text }}"],
        ["{{ word('share_percent', failing=cost.failing, visited=cost.visited, percent=cost.percent) }}"],
        ["{{ cost.lost }}"],
        ["{{ word('measure_of', measure=cost.measure, owner=cost.owner) }}"],
    ]
    heads = ["problem", "share", "lost_points", "proposed"]
    rows(doc, "section.common", "common_none", (160, 75, 45, 200), heads, "cost in section.common", common, centered=(1, 2))
    rest(doc, "section.common_more")
    section_title(doc, "{{ word('ranking', title=section.category.title) }}")
    para(doc, "{{ section.ranking_note }}", size=9.5, line=14, color=GREY, keep=True)
    ranked = [
        ["{{ one.rank }}"],
        ["{{ one.branch.number }} {{ one.branch.name }}"],
        ["{{ one.branch.township }}"],
        ["{{ one.branch.stars_text }}"],
        [
            "{{ one.branch.rating }}{{ ' ' + word('scope_proposed', level=one.branch.proposed) if one.branch.proposed else '' }}"
            "{{ ' ' + one.branch.provisional_text if one.branch.provisional else '' }}"
        ],
        ["{{ one.branch.score }}"],
        ["{{ one.branch.issues | length }}"],
    ]
    heads = ["{{ word('" + one + "') }}" for one in ("rank", "branch", "township", "dist_level", "rating", "score_head", "issues_head")]
    gap = [["…"] for _ in ranked]
    more = [("one in section.last[:1]", gap), ("one in section.last", ranked)]
    table(doc, (32, 140, 80, 66, 84, 48, 36), heads, "one in section.ranking", ranked, line=13.5, size=9.5, centered=(0, 5, 6), more=more)
    jurisdictions(doc)
    control(doc, "endfor")
    concern = [
        ["{{ one.branch.number }} {{ one.branch.name }}"],
        ["{{ one.finding.id }} {{ one.finding.text }}", ("{{ one.finding.facts }}", {"font": KAI, "color": GREY})],
        ["{{ one.finding.words }}"],
        ["{{ one.finding.effect }}"],
    ]
    for name in ("vetoes", "open"):
        section_title(doc, "{{ word('" + name + "') }}")
        heads = ("branch", "finding_head", "state", "effect")
        rows(doc, f"report.{name}", f"{name}_none", (110, 220, 60, 90), heads, f"one in report.{name}", concern)
        rest(doc, f"report.{name}_more")
    ending(doc)
    return doc


def internal() -> Document:
    doc = blank(top=20, bottom=18, left=20, right=20)
    head(doc, "{{ word('internal_title', title=header.title) }}")
    concern: list[list[Text]] = [
        ["{{ one.branch.number }} {{ one.branch.name }}", "{{ one.branch.township }}"],
        [
            ("{{ one.branch.rating }} {{ one.branch.provisional_text }}", {"font": HEI}),
            "{% if one.branch.hard is not none %}{{ word('counts', hard=one.branch.hard, soft=one.branch.soft) }}{% endif %}",
        ],
        ["{{ one.finding.id }} {{ one.finding.text }}({{ one.finding.effect }})"],
        ["{{ one.finding.facts }}"],
        ["{{ one.finding.basis }}"],
        ["{{ one.rests_on }}"],
    ]
    for name, title, none in (("vetoes", "internal_listed", "internal_none_listed"), ("open", "internal_open", "open_none")):
        section_title(doc, "{{ word('" + title + "') }}")
        heads = ("branch", "recommendation", "situation", "values", "source", "rests_on")
        rows(doc, f"report.{name}", none, (74, 62, 92, 108, 110, 36), heads, f"one in report.{name}", concern)
    control(doc, "for section in report.sections")
    jurisdictions(doc)
    control(doc, "endfor")
    ending(doc)
    return doc


def notice() -> Document:
    doc = blank(top=25, bottom=20, left=26, right=24)
    form: dict[str, Any] = {"font": FANG, "size": 12, "line": 22}
    para(doc, "{{ header.banners | join(' · ') }}", size=11, color=RED, font=HEI, align=CENTER, line=16)
    para(doc, "{{ word('notice_title') }}", size=22, font=HEI, line=40, align=CENTER)
    para(doc, "{{ word('notice_number') }}", font=FANG, size=12, line=20, align=CENTER, after=8)
    para(doc, "{{ word('notice_to', branch=branch.name) }}", **form)
    control(doc, "for pack in header.packs if pack.id == branch.pack")
    basis = "{{ word('notice_basis', title=pack.title, version=pack.version, status=pack.status, period=header.period) }}"
    para(doc, basis, indent=24, after=6, **form)
    control(doc, "endfor")
    problem: list[list[Text]] = [
        ["{{ loop.index }}"],
        ["{{ issue.item }} {{ issue.problem }}"],
        ["{{ issue.basis }}"],
        ["{{ issue.measure }}"],
        ["{{ issue.deadline }}", "{{ issue.due_text }}"],
    ]
    heads = ["{{ word('" + one + "') }}" for one in ("number", "notice_problem", "notice_based", "notice_measure", "notice_deadline")]
    table(doc, (28, 154, 78, 108, 88), heads, "issue in issues", problem, line=14, size=10, centered=(0,))
    para(doc, "{{ word('notice_requirement') }}", indent=24, before=8, **form)
    para(doc, "{{ word('notice_contact') }}", indent=24, keep=True, **form)
    para(doc, "{{ word('notice_seal') }}", align=RIGHT, before=24, keep=True, **form)
    para(doc, "{{ word('seal_date') }}", align=RIGHT, after=14, **form)
    para(doc, "- " * 58, size=8, color=GREY, align=CENTER, keep=True)
    para(doc, "{{ word('notice_slip') }}", font=HEI, size=14, line=28, align=CENTER, keep=True)
    para(doc, "{{ word('notice_slip_text', count=issues | length) }}", indent=24, keep=True, **form)
    para(doc, "{{ word('notice_slip_sign', branch=branch.name) }}", indent=24, **form)
    footer(doc, "header")
    page_number(doc)
    return doc


def own_footer(doc: Document, foot: str) -> None:
    paragraph = shape(doc.sections[0].footer.paragraphs[0], align=CENTER)
    write(paragraph, "{{ " + foot + " }}", size=8, color=GREY)


def slip() -> Document:
    doc = blank(top=25, bottom=20, left=26, right=24)
    para(doc, "{{ slip.banner }}", size=11, color=RED, font=HEI, align=CENTER, line=16)
    form: dict[str, Any] = {"font": FANG, "size": 14, "line": 26}
    para(doc, "{{ slip.title }}", size=22, font=HEI, line=40, align=CENTER)
    para(doc, "{{ slip.number }}", font=FANG, size=12, line=20, align=CENTER, after=8)
    para(doc, "{{ slip.to }}{{ ' ' + slip.person if slip.person else '' }}:", **form)
    told = "{{ word('slip_text', issue=slip.issue, branch=slip.branch, due=slip.due, stands=slip.stands, unit=slip.unit) }}"
    para(doc, told, indent=28, **form)
    para(doc, "{{ word('slip_problem', problem=slip.problem) }}", indent=28, **form)
    control(doc, "for one in slip.measures")
    para(doc, "{{ one }}", indent=28, **form)
    control(doc, "endfor")
    control(doc, "if slip.earlier")
    para(doc, "{{ word('slip_earlier', earlier=slip.earlier | join(', ')) }}", indent=28, **form)
    control(doc, "endif")
    para(doc, "{{ word('slip_requirement') }}", indent=28, before=8, **form)
    para(doc, "{{ word('notice_seal') }}", align=RIGHT, before=24, keep=True, **form)
    para(doc, "{{ slip.day }}", align=RIGHT, after=14, **form)
    para(doc, "- " * 58, size=8, color=GREY, align=CENTER, keep=True)
    para(doc, "{{ word('slip_receipt', number=slip.number) }}", font=HEI, size=14, line=28, keep=True)
    para(doc, "{{ word('slip_sign') }}", **form)
    own_footer(doc, "slip.foot")
    return doc


def handover() -> Document:
    doc = blank(top=20, bottom=18, left=20, right=20)
    para(doc, "{{ list.banner }}", size=11, color=RED, font=HEI, align=CENTER, line=16)
    para(doc, "{{ word('handover_title') }}", size=20, font=HEI, line=36, align=CENTER)
    line = "{{ word('handover_line', unit=list.unit, old=list.old, new=list.new, document=list.document, day=list.day) }}"
    para(doc, line, font=FANG, size=12, line=20, after=6)
    row: list[list[Text]] = [["{{ loop.index }}"], ["{{ row.number }}"], ["{{ row.branch }}"], ["{{ row.title }}"], ["{{ row.due }}"],
                             ["{{ row.stands }}"]]  # fmt: skip
    heads = ["{{ word('" + one + "') }}" for one in ("number", "handover_number", "branch", "problem", "notice_deadline", "state")]
    table(doc, (28, 96, 90, 150, 66, 52), heads, "row in rows", row, line=14, size=10, centered=(0,))
    para(doc, "{{ word('handover_sign', count=list.count) }}", font=FANG, size=12, line=24, before=12)
    own_footer(doc, "list.foot")
    page_number(doc)
    return doc


def public() -> Document:
    doc = blank(top=20, bottom=18, left=20, right=20)
    para(doc, "{{ list.banner }}", size=11, color=RED, font=HEI, align=CENTER, line=16)
    para(doc, "{{ word('public_title') }}", size=20, font=HEI, line=36, align=CENTER)
    para(doc, "{{ word('public_line', day=list.day, count=list.count) }}", font=FANG, size=12, line=20, after=6)
    row: list[list[Text]] = [["{{ loop.index }}"]]
    row += [["{{ row." + one + " }}"] for one in ("number", "branch", "problem", "measures", "unit", "notice")]
    names = ("number", "handover_number", "branch", "problem", "notice_measure", "public_unit", "public_days")
    heads = ["{{ word('" + one + "') }}" for one in names]
    table(doc, (26, 84, 66, 114, 84, 54, 68), heads, "row in rows", row, line=14, size=9.5, centered=(0,))
    para(doc, "{{ word('public_removed') }}", font=KAI, size=10.5, line=18, before=10)
    para(doc, "{{ word('public_objection') }}", font=FANG, size=12, line=22, before=4)
    own_footer(doc, "list.foot")
    page_number(doc)
    return doc


def content(doc: Document) -> bytes:
    """Return the file with fixed dates and order."""
    raw, made = BytesIO(), BytesIO()
    doc.save(raw)
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist(), key=lambda one: (one != "[Content_Types].xml", one)):
            target.writestr(zipfile.ZipInfo(name, EPOCH), source.read(name), zipfile.ZIP_DEFLATED)
    return made.getvalue()


TEMPLATES = {one.__name__: one for one in (feedback, report, internal, notice, slip, handover, public)}


def main(folder: Path = ROOT) -> None:
    for name, make in TEMPLATES.items():
        path = folder / name / f"{name}.docx"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(make()))


if __name__ == "__main__":
    main()
