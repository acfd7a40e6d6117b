"""Write the workbooks of the ledger guide into ``story/``: two quarters of a county with three townships and 35 communities, and its
directory.

Illustrative only: every place, name and figure is invented. Run from the checkout: ``python examples/make_story.py``. Equal bytes
every time.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import xlsxwriter
from make_communities import FAULTLESS, STREETS

from evaluator.evidence.register import Branch
from evaluator.evidence.template import fill_template

HOME = Path(__file__).with_name("story")
REMARK = "示例数据:社区、街道、人名和全部数字均为虚构,仅供演示。Illustrative data: every place, name and figure is invented."
TOWNSHIPS = {"云台街道": ("云台街道", "清渠街道"), "东亭街道": ("东亭街道", "白鹭街道"), "文澜街道": ("文澜街道", "高新街道")}
UNVISITED = "渔歌社区"
SPLIT = ("南浦社区", "YS036", "南浦北社区")
QUARTER: dict[str, object] = {  # what a quarter shows where a year shows more
    "party_assembly": 1, "committee_meeting": 3, "group_meeting_months": 3, "party_lecture": 1, "theme_day_months": 3,
    "disclosure_quarters": 1, "joint_meetings": 1, "joint_minutes": 1, "property_evals": 1, "law_events": 1, "culture_events": 3,
    "training_sessions": 1, "callbacks_satisfied": 30,
}  # fmt: skip
FEW_HOURS = ("稻香社区", "平桥社区", "柳荫社区", "新槐社区", "芦湾社区", "朝霞社区", "松涛社区", "银杏社区", "沙溪社区", "书院社区",
             "知行社区", "启明社区")  # fmt: skip
FIRST: dict[str, dict[str, object]] = {
    "青禾社区": {"demand_list": "否"},
    "听泉社区": {"agreements": 7},
    "竹溪社区": {"duty_published": "否"},
    "望云社区": {"estates_with_branch": 6},
    "南浦社区": {"theme_day_months": 2},
    "双塘社区": {"committee_actual": 4, "tech_coverage": "55%"},
    **{name: {"extended_hours_week": 3} for name in FEW_HOURS},
}
SECOND: dict[str, dict[str, object]] = {
    "听泉社区": {"agreements": 7},
    "竹溪社区": {"duty_published": "否"},
    "望云社区": {"estates_with_branch": 6},
    "双塘社区": {"tech_coverage": "55%"},
    "新港社区": {"law_events": 0},
    **{name: {"extended_hours_week": 3} for name in FEW_HOURS[:4]},
}
NOTES = {("南浦社区", "theme_day_months"): "缺2月", ("竹溪社区", "duty_published"): "分工表未上墙"}
DIRECTORY = [
    ("", "", "组织部", "区委组织部", "组织科科长", "周正", "", "高岭", "支部过硬星专班"),
    ("", "", "政法委", "区委政法委", "综治科科长", "韩平", "", "程远", "平安法治星专班"),
    ("", "", "公安局", "区公安分局", "治安大队长", "雷鸣", "", "程远", "平安法治星专班"),
    ("", "", "民政局", "区民政局", "基层股股长", "沈静", "", "林溪", "幸福和谐星专班"),
    ("", "", "社会工作部门", "区委社会工作部", "科长", "江宁", "", "高岭", ""),
    ("云台街道", "", "街道党工委", "云台街道党工委", "党建办主任", "方明", "", "许川", ""),
    ("东亭街道", "", "街道党工委", "东亭街道党工委", "党建办主任", "白露", "", "施敏", ""),
    ("文澜街道", "", "街道党工委", "文澜街道党工委", "党建办主任", "季青", "", "唐越", ""),
]
SECRETARIES = [
    "甄远", "石磊", "叶青", "康宁", "段溪", "骆平", "柯岚", "项阳", "游方", "闻涛", "安然", "易凡",
    "时雨", "邵华", "祝捷", "童心", "温良", "关山", "庄严", "卓然", "符强", "凌云", "司南", "柏林",
    "景行", "纪元", "田野", "海洋", "岳峰", "常青", "明达", "宁静", "费明", "阳光", "丰年",
]  # fmt: skip


def branches(*, split: bool) -> list[Branch]:
    """Return the communities in register order; ``split``: after one of them became two."""
    found = []
    streets = {old: new for new, olds in TOWNSHIPS.items() for old in olds}
    for street, names in STREETS.items():
        for name in names:
            order = len(found) + 1
            path = ("云山市", "河东区", streets[street], f"{name}社区")
            found.append(Branch(f"YS{order:03d}", f"{name}社区", order, path, {"area_type": "社区"}))
    if split:
        home = next(one for one in found if one.name == SPLIT[0])
        found.append(Branch(SPLIT[1], SPLIT[2], len(found) + 1, (*home.path[:3], SPLIT[2]), {"area_type": "社区"}))
    return found


def quarter(name: str, lapses: Mapping[str, Mapping[str, object]], *, split: bool) -> None:
    """Write the evidence of one quarter."""
    register = branches(split=split)
    seen = [branch for branch in register if branch.name != UNVISITED]
    values = {branch.name: {**FAULTLESS, **QUARTER, **lapses.get(branch.name, {})} for branch in seen}
    told = {(branch.id, id_): value for branch in seen for id_, value in values[branch.name].items()}
    ids = {branch.name: branch.id for branch in seen}
    notes = {(ids[one], id_): text for (one, id_), text in NOTES.items() if id_ in lapses.get(one, {})}
    fill_template(("five-star-urban",), HOME / f"{name}.xlsx", register, told, notes, remark=REMARK)


def directory() -> None:
    """Write who answers for what."""
    heads = ("乡镇街道", "支部", "责任主体", "单位", "职务", "姓名", "联系方式", "分管领导", "专班")
    own = [(b.township, b.name, "", "", "社区书记", SECRETARIES[number], "", "", "") for number, b in enumerate(branches(split=False))]
    book = xlsxwriter.Workbook(str(HOME / "directory.xlsx"), {"strings_to_formulas": False})
    book.set_properties({"created": datetime(2000, 1, 1), "comments": REMARK})  # noqa: DTZ001  # a workbook knows no zones
    sheet = book.add_worksheet("责任主体名录")
    for number, row in enumerate([heads, *DIRECTORY, *own]):
        sheet.write_row(number, 0, row)
    sheet.set_column(0, len(heads) - 1, 14)
    sheet.freeze_panes(1, 0)
    book.close()


if __name__ == "__main__":
    HOME.mkdir(exist_ok=True)
    quarter("2024Q1", FIRST, split=False)
    quarter("2024Q2", SECOND, split=True)
    directory()
