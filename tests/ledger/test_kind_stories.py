"""One story for each kind, told through the command line from opening to closing, with its refusal and a clock that is missed; and the
command lines of the guide.
"""

import re
import shlex
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from evaluator.bilingual import Group
from evaluator.commands.kinds import COMMANDS
from evaluator.ledger.cases import Case
from evaluator.ledger.entries import ISSUE, Cycle, Hold, Issue
from evaluator.ledger.events import Actor, Draft
from evaluator.ledger.find import Filter, find_rows
from evaluator.ledger.kinds.load import load_kinds
from evaluator.ledger.kinds.machine import advance, begin
from evaluator.ledger.kinds.telling import tell_kind
from evaluator.ledger.store import Store
from evaluator.messages import LANGUAGES, set_language

ROOT = Path(__file__).parent.parent.parent
KINDS = load_kinds()
COUNTY = Actor("王芳", "县委组织部", "county")
PEOPLE = {
    "county": COUNTY,
    "team": Actor("何平", "县督查组", "team"),
    "street": Actor("李明", "云台街道", "township"),
    "community": Actor("陈静", "青禾社区", "owner"),
    "housing": Actor("周立", "县住建局", "owner"),
    "order": Actor("赵强", "县城管局", "owner"),
}


@click.group(cls=Group, help="cli.starbranch")
def ledger() -> None: ...


for _command in COMMANDS:
    ledger.add_command(_command)


class Office:
    """A ledger and the people who work in it; ``do`` and ``new`` return what was printed."""

    def __init__(self, path: Path, *, internal: bool = False) -> None:
        self.path = path
        self.store = Store.create(path, "云山", COUNTY, date(2024, 1, 2), internal=internal)
        branches = [{"id": one, "name": f"{name}党支部", "township": "云台街道", "since": "2024-01-01"} for one, name in NAMES.items()]
        with self.store.change(COUNTY, date(2024, 1, 2), "setup") as change:
            change.add(Draft("", "branches", {"branches": branches}))

    def run(self, *arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(ledger, [*arguments, "--ledger", str(self.path)])
        assert result.exit_code == code, result.output
        return result.output

    def tell(self, day: str, who: str, *arguments: str, code: int = 0) -> str:
        """Run a command that writes; ``day`` may be a minute."""
        actor = PEOPLE[who]
        at = ("--at", day) if "T" in day else ()
        command, *rest = arguments  # what is given in so many words wins
        signed = ("--actor", actor.name, "--unit", actor.unit, "--role", actor.role)
        return self.run(command, "--as-of", day[:10], *at, *signed, *rest, code=code)

    def refused(self, day: str, who: str, *arguments: str) -> str:
        """Run a command that must be refused, leaving the ledger as it was."""
        head = self.store.head()
        printed = self.tell(day, who, *arguments, code=2)
        assert self.store.head() == head
        return printed

    def overdue(self, day: str) -> list[str]:
        return [row.number for row in find_rows(self.store, Filter(light="overdue"), date.fromisoformat(day))]

    def case(self, number: str, day: str) -> str:
        return self.run("case", number, "--as-of", day)


NAMES = {"Q1": "青禾社区", "S1": "双塘社区"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path / "ledger.db")
    yield made
    made.store.close()


@pytest.fixture
def inner(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path / "inner.db", internal=True)
    yield made
    made.store.close()


def sets(**fields: str) -> list[str]:
    return [piece for name, text in fields.items() for piece in ("--set", f"{name}={text}")]


def test_a_minute_is_taken_in_two_forms_only_and_compared_in_one(office: Office) -> None:
    told = sets(matter="占道经营", why="joint", unit="县城管局", difficulty="push")
    new = ("new", "whistle", "--branch", "Q1", *told)
    for wrong in ("20240506", "2024-05-06T09:40:30", "9点", "9999-12-31"):
        assert "写作 2024-05-01 或 2024-05-01T09:40" in office.refused("2024-05-06", "street", *new, "--at", wrong)
    assert "写作 2024-05-01" in office.run("case", "云山-哨-2024-0001", "--as-of", "2024-05-06", "--at", "20240507", code=2)
    office.tell("2024-05-06", "street", *new, "--at", "2024-05-06 09:00")
    sign = ("do", "云山-哨-2024-0001", "sign", "--set", "person=赵强")
    late = office.tell("2024-05-07", "order", *sign, "--at", "2024-05-07 09:01")
    assert "签收:2024-05-06 10:00,2024-05-07 09:01 办到,超期" in late
    assert "联系:2024-05-07 09:00,逾期" in late
    asked = ("case", "云山-哨-2024-0001", "--as-of", "2024-05-07", "--at")
    assert "联系:2024-05-07 09:00,逾期" in office.run(*asked, "2024-05-07 09:01")
    assert "逾期" not in office.run(*asked, "2024-05-07 09:00")


# --- 1 and 2: problems and measures -------------------------------------------------


def test_a_campaign_of_44_problems_and_31_measures(office: Office) -> None:
    """Thirteen measures serve two problems, and one problem in three has two measures: nothing is one to one."""
    store, day = office.store, date(2024, 3, 1)
    with store.change(COUNTY, day, "new") as change:
        problems = [
            begin(
                change,
                KINDS,
                "problem",
                {"problem": f"问题{n}", "aspect": f"第{n % 8 + 1}类", "unit": "县民政局", "campaign_end": "2024-11-30"},
            )
            for n in range(44)
        ]
        measures = []
        for n in range(31):
            served = {problems[n].number, problems[(n + 31) % 44].number, *([problems[n // 3].number] if n % 3 == 0 else [])}
            told = {"measure": f"措施{n}", "unit": "县民政局", "person": "孙丽", "due": "2024-10-31", "problems": ";".join(sorted(served))}
            measures.append(begin(change, KINDS, "measure", told))
    links = {one.id: store.entry(one.id).links for one in (*problems, *measures)}  # type: ignore[union-attr]
    assert all(links[one.id] for one in problems)
    assert all(one in links[other] for one in links for other in links[one])
    assert max(len(links[one.id]) for one in problems) > 1 < max(len(links[one.id]) for one in measures)

    first = problems[0].number
    assert "不能销号:挂接的措施还没有全部落实" in office.refused("2024-10-31", "county", "do", first, "close", *sets(result="已整治"))
    alone = next(one for one in measures if any(links[other] == (one.id,) for other in links[one.id]))
    assert "只靠这条措施" in office.refused("2024-10-31", "county", "do", alone.number, "取消", "--reason", "不再需要")
    with store.change(COUNTY, date(2024, 10, 31), "do") as change:
        for one in measures[:30]:
            advance(change, KINDS, one, "finish", {"result": "已落实"})
    assert office.overdue("2024-11-01") == [measures[30].number]  # its clock is missed
    assert "逾期" in office.case(measures[30].number, "2024-11-01")
    late = office.tell("2024-11-05", "county", "do", measures[30].number, "finish", *sets(result="已落实"))
    assert "2024-10-31,2024-11-05 办到,超期" in late
    with store.change(COUNTY, date(2024, 11, 29), "do") as change:
        for one in problems[1:]:
            assert advance(change, KINDS, one, "close", {"result": "已整治"}).state == "closed"
    assert office.overdue("2024-12-01") == [first]
    assert "超期" in office.tell("2024-12-01", "county", "do", first, "close", *sets(result="已整治"))
    assert not store.rows("open")
    assert store.verify() is None
    assert store.rebuild() == []


def test_a_problem_that_returns_needs_a_new_measure(office: Office) -> None:
    office.tell(
        "2024-03-01", "county", "new", "problem", *sets(problem="牌子多", aspect="挂牌", unit="县民政局", campaign_end="2024-06-30")
    )
    assert "没有挂接措施" in office.refused("2024-03-02", "county", "do", "云山-题-2024-0001", "close", *sets(result="已清理"))
    told = sets(measure="清理牌子", unit="县民政局", person="孙丽", due="2024-05-31", problems="云山-题-2024-0001")
    office.tell("2024-03-02", "county", "new", "measure", *told)
    office.tell("2024-05-06", "county", "do", "云山-措-2024-0001", "finish", *sets(result="已清理"))
    office.tell("2024-05-07", "county", "do", "云山-题-2024-0001", "close", *sets(result="清零"))
    assert "缺少“挂接措施”" in office.refused("2024-09-01", "county", "do", "云山-题-2024-0001", "reopen", "--reason", "又挂上了")
    assert "挂接:1 件,未了结 0 件" in office.case("云山-题-2024-0001", "2024-09-01")


# --- 3 and 4: projects and work items -------------------------------------------------


def test_a_construction_project_is_settled_at_year_end(office: Office) -> None:
    office.tell("2024-05-06", "street", "new", "project", "--branch", "Q1", *sets(project="便民步道", budget="12.50"))
    number = "云山-建-2024-0001"
    office.tell("2024-05-06", "county", "do", number, "dispatch", *sets(unit="县住建局", document="云建〔2024〕3号"))
    assert "不是派单指定的承办单位" in office.refused("2024-05-07", "order", "do", number, "accept", *sets(person="赵强"))
    assert office.overdue("2024-05-12") == [number]  # five working days: the Saturday of 11 May was one
    assert "2024-05-11,2024-05-13 办到,超期" in office.tell("2024-05-13", "housing", "do", number, "accept", *sets(person="周立"))
    office.tell("2024-10-08", "housing", "do", number, "报建成", *sets(result="步道已建成"))
    assert "承办单位不能给自己对账" in office.refused(
        "2024-12-20", "county", "do", number, "settle", *sets(amount="12"), "--unit", "县住建局"
    )
    assert "没有审批文号" in office.refused("2024-12-20", "county", "do", number, "settle", *sets(amount="12.51"))
    assert office.overdue("2025-01-01") == [number]
    closed = office.tell("2025-01-03", "county", "do", number, "settle", *sets(amount="12.51", approval="云财〔2024〕9号"))
    assert "已对账销号" in closed
    assert "年底对账:2024-12-31,2025-01-03 办到,超期" in closed


def test_an_amount_within_the_budget_needs_no_approval(office: Office) -> None:
    office.tell("2024-05-06", "street", "new", "project", "--branch", "Q1", *sets(project="便民步道", budget="12.5"))
    number = "云山-建-2024-0001"
    office.tell("2024-05-06", "county", "do", number, "dispatch", *sets(unit="县住建局", document="云建〔2024〕3号"))
    office.tell("2024-05-07", "housing", "do", number, "accept", *sets(person="周立"))
    office.tell("2024-10-08", "housing", "do", number, "build", *sets(result="步道已建成"))
    assert "已对账销号" in office.tell("2024-12-31", "county", "do", number, "settle", *sets(amount="12.50"))


def test_a_work_item_waits_for_whoever_ordered_it(office: Office) -> None:
    office.tell("2024-05-06", "community", "new", "work-item", "--branch", "Q1", *sets(matter="路灯不亮"))
    number = "云山-工-2024-0001"
    office.tell("2024-05-06", "street", "do", number, "dispatch", *sets(unit="县住建局"))
    assert "派给的是别的单位" in office.refused("2024-05-06", "order", "do", number, "accept", *sets(person="赵强"))
    assert office.overdue("2024-05-09") == [number]  # two working days
    assert "2024-05-08,2024-05-09 办到,超期" in office.tell("2024-05-09", "housing", "do", number, "accept", *sets(person="周立"))
    office.tell("2024-05-20", "housing", "do", number, "finish", *sets(result="已修复"))
    assert "还没有确认" in office.refused("2024-05-21", "street", "do", number, "settle")
    assert "确认须由点单的单位作出" in office.refused("2024-05-21", "street", "do", number, "confirm", *sets(confirmation="好了"))
    office.tell("2024-05-21", "community", "do", number, "return", "--reason", "还有两盏不亮")
    assert "办结:2024-06-20" in office.tell("2024-05-22", "housing", "do", number, "finish", *sets(result="两盏已换"))
    office.tell("2024-05-23", "community", "do", number, "confirm", *sets(confirmation="都亮了"))
    assert "已销号" in office.tell("2024-05-24", "street", "do", number, "settle")


# --- 5: the whistle -------------------------------------------------------------------

BLOWN = sets(matter="占道经营", unit="县城管局", difficulty="hard")


def test_a_whistle_is_timed_by_the_hour_and_rated_by_the_street(office: Office) -> None:
    assert "按小时计时" in office.refused("2024-05-06", "street", "new", "whistle", *BLOWN, *sets(why="joint"))
    asked = office.refused("2024-05-06T09:00", "street", "new", "whistle", *BLOWN, *sets(why="没人手"))
    assert all(reason in asked for reason in ("街道自身难以解决", "需要联合执法", "应急处置"))
    office.tell("2024-05-06T09:00", "street", "new", "whistle", *BLOWN, *sets(why="需要联合执法"))
    number = "云山-哨-2024-0001"
    late = office.run("case", number, "--as-of", "2024-05-06", "--at", "2024-05-06T10:01")
    assert "签收:2024-05-06 10:00,逾期" in late
    assert "联系:2024-05-07 09:00\n" in late
    assert "10:00,2024-05-06 10:05 办到,超期" in office.tell("2024-05-06T10:05", "order", "do", number, "sign", *sets(person="赵强"))
    assert "先联系街道再报到" in office.refused("2024-05-06T11:00", "order", "do", number, "attend")
    office.tell("2024-05-06T11:00", "order", "do", number, "contact")
    assert office.overdue("2024-05-12") == [number]  # five working days, the Saturday among them
    assert "2024-05-11,2024-05-13 09:00 办到,超期" in office.tell("2024-05-13T09:00", "order", "do", number, "attend")
    office.tell("2024-05-14", "order", "do", number, "report", *sets(result="已疏导"))
    assert "被吹哨单位不能评价自己" in office.refused("2024-05-15", "order", "do", number, "rate", *sets(rating="满意"))
    assert "由吹哨的街道评价" in office.refused("2024-05-15", "housing", "do", number, "rate", *sets(rating="满意"))
    assert "须写明理由" in office.refused("2024-05-15", "street", "do", number, "rate", *sets(rating="不满意"))
    assert "已评价" in office.tell("2024-05-15", "street", "do", number, "rate", *sets(rating="不满意"), "--reason", "又摆出来了")


def test_in_an_emergency_a_department_comes_without_calling_first(office: Office) -> None:
    office.tell("2024-05-06T09:00", "street", "new", "whistle", *BLOWN, *sets(why="emergency"))
    office.tell("2024-05-06T09:10", "order", "do", "云山-哨-2024-0001", "sign", *sets(person="赵强"))
    assert "联系:2024-05-07 09:00,2024-05-06 09:30 办到\n" in office.tell("2024-05-06T09:30", "order", "do", "云山-哨-2024-0001", "attend")


# --- 6: the loop ----------------------------------------------------------------------


def test_a_loop_goes_round_until_the_check_is_passed(office: Office) -> None:
    office.tell("2024-05-06", "street", "new", "loop", "--branch", "Q1", *sets(problem="公示栏不更新"))
    number = "云山-环-2024-0001"
    told = {"class": "now", "unit": "青禾社区", "person": "陈静", "method": "每月更新"}
    assert "立行立改:2024-05-09" in office.tell("2024-05-06", "street", "do", number, "handle", *sets(**told))
    assert office.overdue("2024-05-10") == [number]
    assert "2024-05-09,2024-05-10 办到,超期" in office.tell("2024-05-10", "community", "do", number, "report", "--reason", "已更新")
    check = sets(result="failed", opinion="只更新了一半")
    assert "办理单位不能核查自己办的事" in office.refused("2024-05-11", "street", "do", number, "check", *check, "--unit", "青禾社区")
    office.tell("2024-05-11", "team", "do", number, "check", *check)
    assert "核查没有通过" in office.refused("2024-05-11", "street", "do", number, "close", *sets(lesson="专人负责"))
    assert "办法没有变" in office.refused("2024-05-11", "street", "do", number, "adjust", *sets(method="每月更新"))
    assert "立行立改:2024-05-14" in office.tell("2024-05-11", "street", "do", number, "adjust", *sets(method="专人每周更新"))
    office.tell("2024-05-13", "community", "do", number, "report", "--reason", "全部更新")
    office.tell("2024-05-14", "team", "do", number, "check", *sets(result="passed", opinion="属实"))
    assert "已闭环" in office.tell("2024-05-14", "street", "do", number, "close", *sets(lesson="专人每周更新"))


def test_a_lasting_problem_is_reviewed_every_ninety_days(office: Office) -> None:
    office.tell("2024-05-06", "street", "new", "loop", *sets(problem="垃圾清运不规范"))
    number = "云山-环-2024-0001"
    told = {"class": "lasting", "unit": "青禾社区", "person": "陈静", "method": "每周巡查"}
    assert "持续整改复查:2024-08-04" in office.tell("2024-05-06", "street", "do", number, "handle", *sets(**told))
    assert "还没有跟踪问效" in office.refused("2024-05-07", "community", "do", number, "report", "--reason", "办了")
    tracked = office.tell("2024-08-05", "street", "do", number, "track", *sets(effect="好转"))
    assert "2024-08-04,2024-08-05 办到,超期" in tracked
    assert "持续整改复查:2024-11-03\n" in tracked


# --- 7: the diagnosis -------------------------------------------------------------------


def issue(number: str, branch: str, due: str, state: str = "rectifying", **more: object) -> Draft:
    cycle = Cycle(1, state, date(2024, 3, 1), "manual", "公示不及时", "", unit="青禾社区", due=date.fromisoformat(due), **more)  # type: ignore[arg-type]
    made = Issue(
        "", f"key-{number}", number, "issue", "manual", branch, NAMES[branch], "云台街道", "p", "ZB-01", f"公示不及时{number}", "",
        "branch", "minor", date(2024, 3, 1), (cycle,),
    )  # fmt: skip
    told = ISSUE.dump_python(made, mode="json")
    del told["id"], told["version"]
    return Draft("", "open", {"issue": told}, new=True)


def test_a_diagnosis_takes_up_what_the_ledger_cannot_move(office: Office) -> None:
    with office.store.change(COUNTY, date(2024, 3, 1), "setup") as change:
        change.add(issue("云山-2024-0001", "Q1", "2024-04-30"))
        change.add(issue("云山-2024-0002", "Q1", "2024-12-31"))  # not due yet
        change.add(issue("云山-2024-0003", "S1", "2024-04-30"))  # of another branch
        asked = {"due": "2024-12-31", "text": "天气"}
        change.add(Draft(change.add(issue("云山-2024-0004", "Q1", "2024-06-30")).id, "extend", asked))  # type: ignore[union-attr]
    office.tell("2024-05-10", "street", "new", "diagnosis", "--branch", "Q1")
    number = "云山-诊-2024-0001"
    shown = office.case(number, "2024-05-10")
    assert "云山-2024-0001|事项公示不及时云山-2024-0001|上会原因逾期(期限2024-04-30)" in "".join(shown.split())  # it takes two lines
    assert "云山-2024-0004" in shown
    assert "上会原因 延期待批" in shown
    assert "云山-2024-0002" not in shown
    assert "云山-2024-0003" not in shown
    decisions = "items=云山-2024-0001|限五日公示|青禾社区|2024-05-15"
    office.tell("2024-05-10", "street", "do", number, "decide", "--set", decisions)
    assert "不在清单内" in office.refused("2024-05-10", "street", "do", number, "decide", "--set", "items=云山-2024-0002|不议|x")
    told = office.refused("2024-05-10", "street", "do", number, "close", *sets(parties="后盾单位;工作组;社区;社区"))
    assert "到场不足四方" in told
    assert "没有议定意见" in told
    office.tell("2024-05-10", "street", "do", number, "decide", "--set", "items=云山-2024-0004|同意延期|云台街道")
    all_four = sets(parties="后盾单位;工作组;社区;群众代表")
    office.tell("2024-05-10", "street", "do", number, "close", *all_four)
    assert "本月已经开过" in office.refused("2024-05-31", "street", "new", "diagnosis", "--branch", "Q1")
    assert office.overdue("2024-07-01").count(number) == 1  # nobody met in June
    office.tell("2024-07-02", "street", "new", "diagnosis", "--branch", "Q1")
    assert "下次会诊:2024-06-30,2024-07-02 办到,超期" in office.case(number, "2024-07-02")
    assert "还是“会诊中”" in office.refused("2024-08-01", "street", "new", "diagnosis", "--branch", "Q1")
    office.tell("2024-07-02", "street", "new", "diagnosis", "--branch", "S1")  # another branch has its own
    assert office.store.rebuild() == []


def test_a_diagnosis_takes_up_what_is_blocked_however_far_its_review(office: Office) -> None:
    with office.store.change(COUNTY, date(2024, 3, 1), "setup") as change:
        for number, review in ((1, "2024-09-30"), (2, "2024-05-09")):
            hold = Hold(date(2024, 3, 1), date.fromisoformat(review), "汛期", "王芳", "云组〔2024〕2号")
            change.add(issue(f"云山-2024-000{number}", "Q1", "2024-12-31", "held", hold=hold))
    office.tell("2024-05-10", "street", "new", "diagnosis", "--branch", "Q1")
    shown = "".join(office.case("云山-诊-2024-0001", "2024-05-10").split())
    assert "云山-2024-0001|上会原因受阻(挂起)|" in shown
    assert "云山-2024-0002|上会原因逾期(期限2024-05-09)、受阻(挂起)|" in shown


# --- 8: the plan ------------------------------------------------------------------------

TRIGGERS = "SL-01|书记空缺四个月;SL-04|半年无组织生活"
FOUR = sets(county_leader="副县长", township_lead="街道党工委书记", first_secretary="县直机关干部", paired_unit="县财政局")
WHOLE = "SL-01|选配书记|李明|云台街道党工委|2024-06-30;SL-04|恢复三会一课|陈静|青禾社区|2024-05-31"


def listed(inner: Office) -> str:
    told = sets(triggers=TRIGGERS, listed_document="云组〔2024〕1号", unit="云台街道党工委")
    assert "县级备案:2024-05-21" in inner.tell("2024-05-06", "county", "new", "plan", "--branch", "Q1", *told)
    return "云山-策-2024-0001"


def test_a_plan_from_listing_to_the_end_of_tracking(inner: Office) -> None:
    number = listed(inner)
    unmeasured = sets(measures="SL-01|选配书记|李明|云台街道党工委|2024-06-30", target="2024-11-02")
    assert "有的情形没有对应措施" in inner.refused("2024-05-10", "street", "do", number, "draft", *FOUR, *unmeasured)
    unowned = sets(measures=WHOLE.replace("陈静", ""), target="2024-11-02")
    assert "没有写明责任人" in inner.refused("2024-05-10", "street", "do", number, "draft", *FOUR, *unowned)
    strange = sets(measures=WHOLE.replace("SL-04", "SL-09"), target="2024-11-02")
    assert "“SL-09”不在清单内" in inner.refused("2024-05-10", "street", "do", number, "draft", *FOUR, *strange)
    assert "超过列入后365天" in inner.refused(
        "2024-05-10", "street", "do", number, "draft", *FOUR, *sets(measures=WHOLE, target="2025-05-07")
    )
    assert "第一书记" in inner.refused(
        "2024-05-10", "street", "do", number, "draft", *FOUR[:4], *FOUR[6:], *sets(measures=WHOLE, target="2024-11-02")
    )
    inner.tell("2024-05-10", "street", "do", number, "draft", *FOUR, *sets(measures=WHOLE, target="2024-11-02"))
    assert inner.overdue("2024-05-22") == [number]
    filed = inner.tell("2024-05-23", "county", "do", number, "file", *sets(filed_document="云组备〔2024〕1号"))
    assert "县级备案:2024-05-21,2024-05-23 办到,超期" in filed
    assert "月报:2024-06-23" in filed
    reported = inner.tell("2024-06-20", "street", "do", number, "report", *sets(problems_closed="0"))
    assert "月报:2024-07-20" in reported
    assert "2024-07-20,逾期" in inner.case(number, "2024-07-21")

    low = sets(score="69.5", dissatisfied="10", accepted_document="云组验〔2024〕1号")
    assert "低于70分" in inner.refused("2024-10-30", "team", "do", number, "accept", *low)
    loud = sets(score="80", dissatisfied="50.1", accepted_document="云组验〔2024〕1号")
    assert "不满意率超过50%" in inner.refused("2024-10-30", "team", "do", number, "accept", *loud)
    fair = sets(score="70", dissatisfied="50")
    assert "应验收合格" in inner.refused("2024-10-30", "team", "do", number, "redo", *fair, "--reason", "再看看")
    redone = inner.tell("2024-10-30", "team", "do", number, "redo", *sets(score="69.5", dissatisfied="10"), "--reason", "书记未到位")
    assert "整顿到期:2025-04-28" in redone  # 180 days on
    assert "整顿中" in redone

    accepted = inner.tell("2025-03-01", "team", "do", number, "accept", *fair, *sets(accepted_document="云组验〔2025〕1号"))
    assert "摘牌跟踪" in accepted
    assert "回头看:2025-05-30" in accepted
    inner.tell("2025-05-30", "team", "do", number, "lookback", *sets(look="巩固"), "--reason", "班子正常")
    assert "跟踪期未满" in inner.refused("2026-02-28", "county", "do", number, "finish")
    inner.tell("2026-02-28", "county", "do", number, "plaque", "--reason", "提前摘下警示牌")
    assert "跟踪到期日:2027-03-01" in inner.case(number, "2026-02-28")
    assert "跟踪期未满" in inner.refused("2026-03-01", "county", "do", number, "finish")
    assert "已销号" in inner.tell("2027-03-01", "county", "do", number, "finish")
    assert inner.store.rebuild() == []


def test_a_plan_that_relapses_is_listed_again(inner: Office) -> None:
    number = listed(inner)
    inner.tell("2024-05-10", "street", "do", number, "draft", *FOUR, *sets(measures=WHOLE, target="2024-11-02"))
    inner.tell("2024-05-13", "county", "do", number, "return", "--reason", "措施不具体")
    inner.tell("2024-05-14", "street", "do", number, "draft", *FOUR, *sets(measures=WHOLE, target="2024-11-02"))
    inner.tell("2024-05-15", "county", "do", number, "file", *sets(filed_document="云组备〔2024〕1号"))
    assert "新的到期日不晚于" in inner.refused(
        "2024-10-01", "county", "do", number, "extend", *sets(target="2024-11-02", extension_document="x")
    )
    inner.tell("2024-10-01", "county", "do", number, "extend", *sets(target="2025-05-06", extension_document="云组〔2024〕8号"))
    told = sets(score="90", dissatisfied="0", accepted_document="云组验〔2024〕1号")
    inner.tell("2024-12-01", "team", "do", number, "accept", *told)
    inner.tell("2025-02-01", "team", "do", number, "lookback", *sets(look="反弹"), "--reason", "书记又空缺")
    assert "应重新列入" in inner.refused("2025-12-01", "county", "do", number, "finish")
    again = inner.tell("2025-02-02", "county", "do", number, "relapse", *sets(triggers="SL-16|回头看反弹"), "--reason", "回头看反弹")
    assert "县级备案:2025-02-17" in again
    assert "情形编号 SL-16" in inner.case(number, "2025-02-02")


# --- 9: wishes --------------------------------------------------------------------------


def test_nobody_hoards_wishes_and_nobody_confirms_his_own(office: Office) -> None:
    for _ in range(4):
        office.tell("2024-05-06", "community", "new", "wish", "--branch", "Q1", *sets(wish="添一个书架"))
    numbers = [f"云山-愿-2024-000{n}" for n in range(1, 5)]
    for number in numbers[:3]:
        assert "办结:2024-05-26" in office.tell("2024-05-06", "housing", "do", number, "adopt")
    assert "手上已有三件" in office.refused("2024-05-06", "housing", "do", numbers[3], "adopt")
    assert office.overdue("2024-05-17") == [numbers[3]]  # nobody took it up in ten days
    assert "由认领人报办结" in office.refused("2024-05-20", "order", "do", numbers[0], "fulfil", *sets(result="已送到"))
    office.tell("2024-05-20", "housing", "do", numbers[0], "fulfil", *sets(result="已送到"))
    assert "不能自己确认" in office.refused("2024-05-21", "housing", "do", numbers[0], "confirm")
    assert "已实现" in office.tell("2024-05-21", "community", "do", numbers[0], "confirm")
    back = office.tell("2024-05-27", "housing", "do", numbers[1], "give_back", "--reason", "出差")
    assert "2024-05-26,2024-05-27 办到,超期" in back
    assert office.store.rows("number = ?", (numbers[1],))[0].person == ""
    assert "2024-05-16,2024-05-27 办到,超期" in office.tell("2024-05-27", "housing", "do", numbers[3], "adopt")


# --- the commands themselves --------------------------------------------------------------


def test_an_issue_is_not_a_case(office: Office) -> None:
    with office.store.change(COUNTY, date(2024, 3, 1), "setup") as change:
        change.add(issue("云山-2024-0001", "Q1", "2024-04-30"))
    assert "E872" in office.refused("2024-05-06", "street", "do", "云山-2024-0001", "sign")
    assert "ledger show" in office.run("case", "云山-2024-0001", "--as-of", "2024-05-06", code=2)
    assert "相近的有" in office.run("case", "云山-诊-2024-0001", "--as-of", "2024-05-06", code=2)


def test_a_step_told_later_is_marked(office: Office) -> None:
    office.tell("2024-05-06", "street", "new", "loop", *sets(problem="公示栏不更新"), "--as-of", "2024-05-20", "--at", "2024-05-06")
    assert "2024-05-06 发现问题 李明(云台街道)[2024-05-20 补记]" in office.case("云山-环-2024-0001", "2024-05-20")


def test_kinds_are_listed_shown_and_checked(tmp_path: Path) -> None:
    runner = CliRunner()
    listed_ = runner.invoke(ledger, ["kinds"]).output
    assert all(file.kind.title.zh in listed_ for file in KINDS.values())
    assert "工作推进类 3 个工作日、疑难问题类 5 个工作日" in runner.invoke(ledger, ["kinds", "whistle"]).output
    bad = ROOT / "tests" / "bad" / "kinds"
    (tmp_path / "visit.yaml").write_text((bad / "good.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    good = runner.invoke(ledger, ["kinds", "--check", str(tmp_path)])
    assert (good.exit_code, good.output) == (0, "1 个种类,没有发现问题\n")
    found = runner.invoke(ledger, ["kinds", "--check", str(bad / "E814.yaml")])
    assert found.exit_code == 1
    assert "E814.yaml:31:42: E814" in found.output
    assert "^^^^^^" in found.output
    assert "走访" in runner.invoke(ledger, ["kinds", "--kinds", str(tmp_path)]).output


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_kind_can_be_told_in_both_languages(lang: str) -> None:
    set_language(lang)  # type: ignore[arg-type]
    try:
        told = {kind: "\n".join(tell_kind(file.kind)) for kind, file in KINDS.items()}
    finally:
        set_language("zh")
    for kind, text in told.items():
        assert not re.search(r"[{}]", text), kind
        if lang == "en":
            without = re.sub(r"\(basis: .*\)|\(marked .\)", "", text)
            assert not re.search(r"[\u4e00-\u9fff]", without), kind


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_line_fits_the_terminal(lang: str, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with office.store.change(COUNTY, date(2024, 3, 1), "setup") as change:
        change.add(issue("云山-2024-0001", "Q1", "2024-04-30"))
    set_language(lang)  # type: ignore[arg-type]
    try:
        printed = [CliRunner().invoke(ledger, ["kinds", *kind]).output for kind in ([], *([one] for one in KINDS))]
        printed.append(office.tell("2024-05-10", "street", "new", "diagnosis", "--branch", "Q1", *sets(place="街道三楼会议室")))
        printed.append(office.case("云山-诊-2024-0001", "2024-05-10"))
        decided = office.tell(
            "2024-05-10", "street", "do", "云山-诊-2024-0001", "decide", *sets(items="云山-2024-0001|限五日公示|青禾社区")
        )
    finally:
        set_language("zh")
    lines = "".join([*printed, decided]).splitlines()
    assert [line for line in lines if cell_len(line) > 80] == []
    assert re.search(r"\n(下一步:|next: ).*\n {6,}\S", printed[-1])  # goes on below what follows the label


# --- the guide ------------------------------------------------------------------------------

GUIDE = (ROOT / "docs" / "ledger-kinds.md").read_text(encoding="utf-8")


def test_the_guide_says_what_the_kinds_say() -> None:
    for file in KINDS.values():
        kind = file.kind
        begun = GUIDE.index(f"(`{kind.kind}`,{kind.mark})")
        section = GUIDE[begun : GUIDE.index("\n## ", begun)]
        labels = [kind.purpose, *kind.states.values(), *(clock.label for clock in kind.clocks.values())]
        labels += [one.say for move in kind.moves.values() for one in move.refuse]
        for label in labels:
            assert label.zh in section, (kind.kind, label.zh)
            assert label.en in section, (kind.kind, label.en)


def test_the_command_lines_of_the_guide_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    offices = [Office(Path("ledger.db")), Office(Path("internal.db"), internal=True)]
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    for line in lines:
        words = shlex.split(line, comments=True)
        if words[0] == "export":
            for word in words[1:]:
                monkeypatch.setenv(*word.split("=", 1))
            continue
        assert words[:2] == ["starbranch", "ledger"]
        result = CliRunner().invoke(ledger, words[2:])
        assert result.exit_code == (2 if "refused" in line else 0), (line, result.output)
    assert sum("refused" in line for line in lines) >= len(KINDS)
    assert {row.kind for office in offices for row in office.store.rows()} == set(KINDS)
    for office in offices:
        office.store.close()


def test_a_case_on_its_last_day_is_not_yet_late(office: Office) -> None:
    office.tell("2024-05-06", "street", "new", "work-item", "--branch", "Q1", *sets(matter="路灯不亮"))
    office.tell("2024-05-06", "street", "do", "云山-工-2024-0001", "dispatch", *sets(unit="县住建局"))
    case = office.store.entry(office.store.rows()[0].id)
    assert isinstance(case, Case)
    assert case.due == date(2024, 5, 8)
    assert office.overdue("2024-05-08") == []
    assert office.overdue(str(case.due + timedelta(days=1))) == [case.number]
