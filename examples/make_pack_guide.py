"""Write ``pack-guide/table.docx`` and ``table.xlsx``: the invented table from which docs/pack-guide.md makes a pack.

Run from the checkout: ``python examples/make_pack_guide.py``. Equal bytes every time.
"""

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import docx
import xlsxwriter
from docx.oxml.ns import qn
from docx.shared import Cm

TITLE = "示例县社区党组织工作评分表"
REMARK = "示例数据,内容为虚构,仅供演示。Illustrative data: invented."
HEADER = ("类别", "项目", "分值", "评分标准")
WIDTHS = (2.2, 4.2, 1.6, 8.4)  # centimetres
ROWS = (
    ("组织建设", "党员大会按季召开", 20, "每季度召开一次,每少1次扣5分,扣完为止"),
    ("组织建设", "主题党日按月开展", 12, "每月开展一次,每少1次扣1分,扣完为止"),
    ("组织建设", "党务公开栏", 8, "有固定公开栏,有即得8分,没有不得分"),
    ("为民服务", "居民诉求办结率", 20, "达到95%得20分,达到90%得15分,达到80%得10分"),
    ("为民服务", "走访困难家庭", 10, "每走访1户得1分,最多10分"),
    ("为民服务", "结对单位服务项目", 10, "按项目完成比例得分"),
    ("特色工作", "居民满意度", 10, "由督查组入户访谈后评定"),
    ("特色工作", "特色做法", 10, "由督查组现场评定"),
)
MADE = datetime(2024, 1, 1, tzinfo=UTC)
MERGED = [(name, [n for n, row in enumerate(ROWS) if row[0] == name]) for name in dict.fromkeys(row[0] for row in ROWS)]


def word(path: Path) -> None:
    """Write the table as people have it: a heading, a table with merged cells."""
    document = docx.Document()
    for style in ("Normal", "Heading 1", "Title"):
        document.styles[style].element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "宋体")
    document.add_heading(TITLE, 1)
    document.add_paragraph(REMARK)
    table = document.add_table(len(ROWS) + 1, len(HEADER), "Table Grid")
    table.autofit = False
    for column, width in zip(table.columns, WIDTHS, strict=True):
        column.width = Cm(width)
    for r, row in enumerate((HEADER, *ROWS)):
        for c, value in enumerate(row):
            cell = table.cell(r, c)
            cell.width = Cm(WIDTHS[c])
            if c or not r:
                cell.text = str(value)
    for name, rows in MERGED:
        table.cell(rows[0] + 1, 0).merge(table.cell(rows[-1] + 1, 0)).text = name
    core = document.core_properties
    core.title, core.author, core.created, core.modified = TITLE, "", MADE, MADE
    made = io.BytesIO()
    document.save(made)
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name, MADE.timetuple()[:6]), source.read(name), zipfile.ZIP_DEFLATED)


def excel(path: Path) -> None:
    book = xlsxwriter.Workbook(path, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"title": TITLE, "comments": REMARK, "created": MADE})
    sheet = book.add_worksheet("评分表")
    framed = book.add_format({"border": 1, "text_wrap": True, "valign": "vcenter"})
    bold = book.add_format({"border": 1, "bold": True, "bg_color": "#DDE6F0"})
    sheet.merge_range(0, 0, 0, len(HEADER) - 1, TITLE, book.add_format({"bold": True, "font_size": 14}))
    for c, (title, width) in enumerate(zip(HEADER, (12, 24, 8, 48), strict=True)):
        sheet.set_column(c, c, width)
        sheet.write_string(1, c, title, bold)
    for r, row in enumerate(ROWS, 2):
        for c, value in enumerate(row[1:], 1):
            sheet.write(r, c, value, framed)
    for name, rows in MERGED:
        sheet.merge_range(rows[0] + 2, 0, rows[-1] + 2, 0, name, framed)
    book.close()


if __name__ == "__main__":
    folder = Path(__file__).with_name("pack-guide")
    folder.mkdir(exist_ok=True)
    word(folder / "table.docx")
    excel(folder / "table.xlsx")
