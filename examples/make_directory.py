"""Write ``directory-2023.xlsx``: who answers for what in the six invented streets of ``make_communities.py``.

Illustrative only; every name and place is invented. It names every owner of ``five-star-urban`` that is not the community's own body;
for those stands the line of each community, with its branch and no role.

Run from the checkout: ``python examples/make_directory.py``. Equal bytes every time.
"""

import random
from datetime import UTC, datetime
from pathlib import Path

import xlsxwriter
from make_communities import STREETS

REMARK = "示例数据:单位、职务和姓名均为虚构,仅供演示。Illustrative data: every unit, post and name is invented."
HEADER = ("乡镇街道", "支部", "责任主体", "单位", "职务", "姓名", "分管领导", "专班")
WIDTHS = (12, 14, 16, 22, 12, 10, 10, 18)
FAMILY = "王李张刘陈杨赵黄周吴徐孙朱马胡林郭何高罗"
GIVEN = ("某甲", "某乙", "某丙", "某丁", "某戊", "某己", "某庚", "某辛")
LEADER = {"组织": "赵某一", "政法": "钱某二", "城建": "孙某三", "民生": "李某四"}

# Owner named in the pack, what its unit is called ({street} where each street has its own), post, field of the leader, task force.
EVERYWHERE = (
    ("业委会", "区物业管理指导中心", "主任", "城建", "红色物业专班"),
    ("物业", "区物业行业党委", "书记", "城建", "红色物业专班"),
    ("报到单位", "区直机关工委", "副书记", "组织", "双报到专班"),
    ("认领单位", "区直机关工委", "副书记", "组织", "双报到专班"),
    ("驻区单位", "区直机关工委", "副书记", "组织", "双报到专班"),
    ("部门", "区委社会工作部", "副部长", "组织", ""),
    ("责任部门", "区委政法委", "副书记", "政法", "平安创建专班"),
    ("政法委", "区委政法委", "副书记", "政法", "平安创建专班"),
    ("信访局", "区信访局", "局长", "政法", ""),
    ("公安局", "区公安分局", "政委", "政法", "平安创建专班"),
    ("司法所", "区司法局", "副局长", "政法", ""),
    ("民政局", "区民政局", "副局长", "民生", ""),
    ("人社局", "区人社局", "副局长", "民生", ""),
    ("住建局", "区住建局", "副局长", "城建", "红色物业专班"),
    ("商务局", "区商务局", "副局长", "民生", ""),
    ("宣传部", "区委宣传部", "副部长", "组织", ""),
    ("组织部", "区委组织部", "组织科长", "组织", ""),
    ("区财政局", "区财政局", "副局长", "民生", ""),
    ("社会工作部门", "区委社会工作部", "副部长", "组织", ""),
)
BY_STREET = (
    ("街道党工委", "{street}党工委", "副书记", "组织", ""),
    ("街道", "{street}办事处", "副主任", "民生", ""),
    ("司法所", "{street}司法所", "所长", "政法", ""),
)


def lines() -> list[tuple[str, ...]]:
    """Return the lines of the directory: what holds everywhere, then street by street with its communities."""
    draw = random.Random(2023)
    names = [family + given for given in GIVEN for family in FAMILY]
    draw.shuffle(names)
    found = [("", "", role, unit, post, names.pop(), LEADER[field], force) for role, unit, post, field, force in EVERYWHERE]
    for street, communities in STREETS.items():
        leader = names.pop()
        found += [
            (street, "", role, unit.format(street=street), post, names.pop(), leader, force) for role, unit, post, _, force in BY_STREET
        ]
        found += [(street, f"{name}社区", "", f"{name}社区", "书记", names.pop(), leader, "") for name in communities]
    return found


def write(path: Path) -> None:
    book = xlsxwriter.Workbook(path, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"title": "责任主体名录(示例)", "comments": REMARK, "created": datetime(2023, 12, 31, tzinfo=UTC)})
    sheet = book.add_worksheet("责任主体名录")
    bold = book.add_format({"bold": True, "bg_color": "#DDE6F0", "border": 1})
    sheet.merge_range(0, 0, 0, len(HEADER) - 1, REMARK, book.add_format({"font_color": "#B00000"}))
    for column, (title, width) in enumerate(zip(HEADER, WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(1, column, title, bold)
    for row, line in enumerate(lines(), 2):
        for column, text in enumerate(line):
            sheet.write_string(row, column, text)
    sheet.freeze_panes(2, 0)
    book.close()


if __name__ == "__main__":
    write(Path(__file__).with_name("directory-2023.xlsx"))
