"""The life of an issue: what the table lets through and what it refuses, guard by guard; then what a whole life has to keep to."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ledgers import (
    COUNTY,
    DIGEST,
    FOUND,
    OWNER,
    PAPER,
    TEAM,
    TOWNSHIP,
    WHO,
    an_issue,
    begin,
    begin_in,
    closed,
    cycle_told,
    day,
    do,
    issue_told,
    new_ledger,
    rectifying,
    refused,
    submitted,
)

from evaluator.diagnostics import Failure
from evaluator.ledger.acts import act, act_all, attempt
from evaluator.ledger.balance import balance
from evaluator.ledger.branches import Heir, merge
from evaluator.ledger.calendar import published
from evaluator.ledger.clock import due_after
from evaluator.ledger.dates import redated, suspend
from evaluator.ledger.entries import ENDED, OPEN, STATES, Issue, State
from evaluator.ledger.events import ROLES, Actor, Draft, Role
from evaluator.ledger.lifecycle import MOVES, Ask, diagram, refusals, target_of
from evaluator.ledger.store import Change, Store
from evaluator.messages import LANGUAGES, catalogue, say
from evaluator.packs.ledger_rules import LedgerRules

ON = day(30)  # the as-of day of a move unless a test says otherwise
HELPER = replace(OWNER, unit="县住建局")
ELSEWHERE = replace(TOWNSHIP, unit="东亭街道")
SUBMISSION = {"on": str(day(22)), "done_on": str(day(20)), "by": OWNER.name, "unit": OWNER.unit, "text": "已补齐", "papers": [PAPER]}
CHECK = {
    "on": str(day(25)),
    "outcome": "full",
    "by": TOWNSHIP.name,
    "unit": TOWNSHIP.unit,
    "role": "township",
    "method": "papers",
    "opinion": "属实",
}
REQUEST = {"requested_on": str(day(10)), "requested_by": OWNER.name, "unit": OWNER.unit, "reason": "等材料", "due": str(day(60))}
GRANTED = {**REQUEST, "decision": "granted", "decided_on": str(day(11)), "decided_by": COUNTY.name, "document": "云组〔2024〕1号"}
DATA: dict[str, dict[str, Any]] = {  # of each move, when all is well
    "register": {"importance": "minor"},
    "promote": {},
    "dismiss": {"code": "misjudged", "text": "记录已补查"},
    "assign": {"unit": OWNER.unit, "person": OWNER.name, "measures": [{"text": "按月开展主题党日", "due": str(day(60))}]},
    "deliver": {"on": str(day(3))},
    "progress": {"text": "已开展一次", "on": str(day(9))},
    "submit": {"done_on": str(day(20)), "text": "已补齐", "papers": [PAPER]},
    "publish": {"first": str(day(23)), "last": str(day(29)), "where": "村务公开栏"},
    "object": {"text": "有人反映未开"},
    "accept": {"outcome": "full", "method": "papers", "opinion": "属实"},
    "extend": {"due": str(day(60)), "text": "等材料"},
    "decide": {"decision": "granted", "document": "云组〔2024〕1号"},
    "hold": {"text": "待规划批复", "review": str(day(90)), "document": "云组〔2024〕2号"},
    "resume": {"text": "批复已下"},
    "transfer": {"to": "县住建局", "receipt": "收2024-3"},
    "merge": {"into": "e9"},
    "recur": {"facts": "又缺两月"},
    "reappear": {"facts": "又缺两月"},
    "lookback": {"result": "kept", "text": "巩固"},
    "amend": {"field": "person", "value": "王萍", "second": "周远"},
    "attach": {"sha256": "a" * 64, "name": "照片.jpg", "taken_on": str(day(20)), "stage": "after"},
    "note": {"text": "已电话提醒"},
}
FREE = ("text", "unit", "person", "where", "opinion", "document", "to", "receipt", "facts", "value")  # what people write as they like


def standing(state: State, action: str = "", cycle: Mapping[str, Any] | None = None, **changes: Any) -> Issue:
    """Return an issue that is in a state, with all that a move needs of its history."""
    worked = state not in ("candidate", "registered")
    told: dict[str, Any] = {"state": state}
    if worked:
        told |= {
            "assigned": str(day(1)),
            "delivered": None if action == "deliver" else str(day(3)),
            "due": str(day(40)),
            "due_first": str(day(40)),
        }
    if state in ("submitted", "closed"):
        told["submissions"] = [SUBMISSION]
    if state == "closed":
        told |= {"checks": [CHECK], "closed": str(day(25)), "on_time": True}
    if action == "decide":
        told["extensions"] = [REQUEST]
    if action in ("promote", "reappear"):
        changes = {"observed": True, **changes}
    return an_issue({**told, **(cycle or {})}, number="" if state == "candidate" else "云台-2024-0001", **changes)


def codes(issue: Issue, action: str, by: Actor, data: Mapping[str, Any], on: date = ON, rules: LedgerRules | None = None) -> list[str]:
    return [finding.code for finding in refusals(action, Ask(issue, by, on, data, rules or LedgerRules()))]


def somebody(action: str) -> Actor:
    """Return somebody whose move it is and who has no part in the fix."""
    return next(WHO[role] for role in reversed(MOVES[action].roles))


# --- the table ----------------------------------------------------------------


def test_the_data_of_these_tests_covers_the_table() -> None:
    assert set(DATA) == set(MOVES)
    assert {*OPEN, *ENDED} == set(STATES)


@pytest.mark.parametrize("action", MOVES)
@pytest.mark.parametrize("state", STATES)
def test_a_move_is_refused_in_every_state_outside_the_table(state: State, action: str) -> None:
    issue = standing(state, action)
    units = {"owner": OWNER.unit, "township": "云台街道办事处", "county": "县档案局", "team": "督查二组"}
    found = {role: codes(issue, action, Actor("钱立", units[role], role), DATA[action]) for role in ROLES}  # who has no part in it
    if state not in MOVES[action].sources:
        assert all(one == ["E201"] for one in found.values())
    else:
        assert {role: one[:1] for role, one in found.items()} == {role: [] if role in MOVES[action].roles else ["E202"] for role in ROLES}


@pytest.mark.parametrize(("action", "name"), [(move.action, name) for move in MOVES.values() for name in move.needs])
def test_whatever_a_move_needs_is_asked_for_by_name(action: str, name: str) -> None:
    issue = standing(MOVES[action].sources[0], action)
    full = DATA[action]
    empty: list[Any] = [[]] if isinstance(full[name], list) else ["", " 　\t"] if name in FREE else [""]
    for data in ({key: value for key, value in full.items() if key != name}, *({**full, name: one} for one in empty)):
        found = refusals(action, Ask(issue, somebody(action), ON, data, LedgerRules()))
        assert [finding.code for finding in found] == ["E203"], (data, found)
        assert say(f"moves.field_{name}", "zh") in found[0].message("zh")


def test_every_reason_comes_in_one_pass() -> None:
    """Wrong role, missing text, a day to come, measures half done, no evidence, records too few: six reasons at once."""
    issue = standing(
        "rectifying", cycle={"measures": [{"text": "走访", "target": 5, "unit": "户", "done": 2}]}, irreversible=True, closes_on=3
    )
    found = codes(issue, "submit", TEAM, {"done_on": str(day(31))})
    assert sorted(found) == ["E202", "E203", "E210", "E219", "E220", "E222"]


def test_a_refusal_says_what_can_be_done_instead() -> None:
    (finding,) = refusals("accept", Ask(standing("registered"), COUNTY, ON, DATA["accept"], LedgerRules()))
    assert finding.place.file == "云台-2024-0001"
    assert "已立号" in finding.message("zh")
    assert "assign" in finding.hint("zh")


def test_every_row_of_the_table_can_be_walked() -> None:
    """Every state but the first is a target, and from every open state something leads on."""
    targets = {move.target for move in MOVES.values() if move.target}
    assert targets | {"candidate"} == set(STATES)
    for state in OPEN:
        assert any(state in move.sources and move.target not in ("", state) for move in MOVES.values())
    for state in ("transferred", "merged"):
        assert {move.action for move in MOVES.values() if state in move.sources} == {"note"}
    assert {move.action for move in MOVES.values() if "dismissed" in move.sources} == {"note", "reappear"}
    assert target_of("accept", {"outcome": "full"}) == "closed"
    assert target_of("accept", {"outcome": "part"}) == target_of("accept", {"outcome": "none"}) == "rectifying"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_diagram_shows_every_state_and_every_arrow_of_the_table(lang: Any) -> None:
    lines = diagram(lang).splitlines()
    assert lines[0] == "stateDiagram-v2"
    for state in STATES:
        assert f"    {state}: {say(f'moves.state_{state}', lang)}" in lines
    arrows = {}
    for line in lines:
        if found := re.fullmatch(r"    (\S+) --> (\w+): (.+)", line):
            arrows[found[1], found[2]] = set(found[3].split(" / "))
    expected: dict[tuple[str, str], set[str]] = {("[*]", "candidate"): {say("moves.do_open", lang)}}
    for move in MOVES.values():
        targets = {target_of(move.action, {"outcome": outcome}) for outcome in ("full", "part", "none")} | {move.otherwise}
        for source in move.sources:
            for target in targets - {"", source}:
                expected.setdefault((source, target), set()).add(say(f"moves.do_{move.action}", lang))
    assert arrows == expected
    assert len(arrows) > 20


# --- the guards ---------------------------------------------------------------


class Case(NamedTuple):
    """A move that is refused with ``code``, and a near miss that is not refused at all."""

    code: str
    action: str
    wrong: Mapping[str, Any]
    right: Mapping[str, Any]


def case(code: str, action: str, wrong: Mapping[str, Any], right: Mapping[str, Any]) -> Case:
    """``wrong`` and ``right`` may hold ``data``, ``cycle``, ``issue``, ``by``, ``on``, ``rules`` and ``state``."""
    return Case(code, action, wrong, right)


def data(**told: Any) -> dict[str, Any]:
    return {"data": told}


def cycle(**told: Any) -> dict[str, Any]:
    return {"cycle": told}


EARLY, THAT_DAY, LATE = ({"name": "台账", "dated": str(one)} for one in (day(-1), FOUND, day(31)))
PHOTO = {"sha256": "a" * 64, "name": "照片", "size": 9, "stage": "after", "taken_on": str(day(12)), "by": OWNER.name, "on": str(day(12))}
KEY = {"issue": {"importance": "key"}}
ON_SITE = {"by": COUNTY, "data": {"method": "site"}, **KEY}
NOTICE = {"first": str(day(23)), "last": str(day(29)), "where": "公开栏"}
SEVEN = LedgerRules(notice_days=7)
CASES = (
    case("E210", "deliver", data(on=str(day(31))), data(on=str(ON))),
    case("E210", "submit", data(done_on=str(day(31))), data(done_on=str(ON))),
    case("E210", "submit", data(papers=[PAPER, LATE]), data(papers=[PAPER, {**LATE, "dated": str(ON)}])),
    case("E210", "progress", data(on=str(day(31))), data(on=str(ON))),
    case("E211", "deliver", {"cycle": {"assigned": None}, **data(on=str(day(-1)))}, {"cycle": {"assigned": None}, **data(on=str(FOUND))}),
    case("E211", "progress", data(on=str(day(-1))), data(on=str(FOUND))),
    case("E254", "publish", data(first=str(day(21))), data(first=str(day(22)))),
    case("E211", "accept", {"on": day(-1)}, {"on": day(22)}),  # a slip of the year in --as-of
    case("E212", "register", {"issue": {"observed": True}}, {}),
    case("E213", "promote", {"issue": {"observed": False}}, {}),
    case("E214", "dismiss", KEY, {"data": {"second": "钱立"}, **KEY}),
    case("E214", "dismiss", {"data": {"second": " 　"}, **KEY}, {}),
    case("E214", "dismiss", {"data": {"second": COUNTY.name}, "by": COUNTY, **KEY}, {"data": {"second": OWNER.name}, "by": COUNTY, **KEY}),
    case("E214", "amend", data(second=""), {}),
    case("E214", "amend", data(second=f" {COUNTY.name}"), data(second=TEAM.name)),
    case("E215", "deliver", cycle(delivered=str(day(3))), {}),
    case("E216", "deliver", data(on=str(FOUND)), data(on=str(day(1)))),
    case(
        "E217",
        "assign",
        data(measures=[{"text": "甲"}, {"text": "乙", "due": str(day(29))}]),
        data(measures=[{"text": "乙", "due": str(ON)}]),
    ),
    case(
        "E217",
        "assign",
        {**data(measures=[{"text": "乙", "due": str(day(20))}]), **cycle(measures=[{"text": "乙", "due": str(day(21))}])},
        {**data(measures=[{"text": "乙", "due": str(day(20))}]), **cycle(measures=[{"text": "乙", "due": str(day(20))}])},
    ),
    case("E218", "submit", {**cycle(assigned=str(day(21)))}, {**cycle(assigned=str(day(20)))}),
    case(
        "E219",
        "submit",
        cycle(measures=[{"text": "走访", "target": 5, "unit": "户", "done": 4}]),
        {**cycle(measures=[{"text": "走访", "target": 5, "unit": "户", "done": 4}]), **data(done={"1": 5})},
    ),
    case(
        "E219",
        "submit",
        {**cycle(measures=[{"text": "走访", "target": 5, "unit": "户", "done": 5}]), **data(done={"1": 4})},
        cycle(measures=[{"text": "走访", "target": 5, "unit": "户", "done": 5}]),
    ),
    case("E220", "submit", data(papers=[]), {**data(papers=[]), "issue": {"attachments": [PHOTO]}}),
    case("E220", "submit", {**data(papers=[]), "issue": {"attachments": [{**PHOTO, "stage": "before"}]}}, data(papers=[THAT_DAY])),
    case("E221", "submit", data(papers=[EARLY]), data(papers=[EARLY, THAT_DAY])),
    case(
        "E221",
        "submit",
        {**data(papers=[]), "issue": {"attachments": [{**PHOTO, "taken_on": str(day(-1))}]}},
        {**data(papers=[]), "issue": {"attachments": [{**PHOTO, "taken_on": str(FOUND)}]}},
    ),
    case(
        "E222",
        "submit",
        {"issue": {"irreversible": True, "closes_on": 2}, **data(records=[str(FOUND), str(day(20))])},
        {"issue": {"irreversible": True, "closes_on": 2}, **data(records=[str(day(20)), str(ON)])},
    ),
    case(
        "E222",  # two records of one month are one month
        "submit",
        {"issue": {"irreversible": True, "closes_on": 2}, **data(records=[str(day(20)), str(day(21))])},
        {"issue": {"irreversible": True, "closes_on": 1}, **data(records=[str(day(20)), str(day(21))])},
    ),
    case(
        "E222",  # a record of a day to come
        "submit",
        {"issue": {"irreversible": True}, **data(records=[str(day(31))])},
        {"issue": {"irreversible": True}, **data(records=[str(ON)])},
    ),
    case("E223", "accept", data(outcome="已整改"), data(outcome="none")),
    case("E224", "accept", data(method="电话"), data(method="test")),
    case("E225", "accept", data(outcome="part", failed=[2]), data(outcome="part", failed=[1])),
    case("E225", "accept", data(outcome="part", failed=[0]), data(outcome="none", failed=[])),
    case("E259", "progress", data(done={"2": 1}), data(done={"1": 1})),
    case("E259", "submit", data(done={"0": 1}), data(done={"1": 1})),
    case("E255", "accept", data(outcome="part"), data(outcome="part", failed=[1])),
    case("E255", "accept", data(outcome="part", failed=[]), {**data(outcome="part"), **cycle(measures=[])}),
    case(
        "E226",
        "accept",
        {"by": replace(TOWNSHIP, name=OWNER.name), **data(exception="只有一人")},
        {"by": replace(TOWNSHIP, name="王萍"), **data(exception="只有一人")},
    ),
    case("E226", "accept", cycle(submissions=[{**SUBMISSION, "by": COUNTY.name}]), cycle(submissions=[{**SUBMISSION, "by": TEAM.name}])),
    case(
        "E227",
        "accept",
        {"by": replace(TOWNSHIP, unit=OWNER.unit)},
        {"by": replace(TOWNSHIP, unit=OWNER.unit), **data(exception="只有两人")},
    ),
    case(
        "E227", "accept", cycle(submissions=[{**SUBMISSION, "unit": COUNTY.unit}]), cycle(submissions=[{**SUBMISSION, "unit": TEAM.unit}])
    ),
    case("E228", "accept", {**ON_SITE, "by": TOWNSHIP}, ON_SITE),
    case("E228", "accept", {**ON_SITE, "by": TOWNSHIP}, {**ON_SITE, "by": TOWNSHIP, **data(outcome="none", method="site")}),
    case("E229", "accept", {**KEY, "by": COUNTY}, ON_SITE),
    case("E230", "accept", {"rules": SEVEN}, {"rules": SEVEN, **cycle(notice=NOTICE)}),
    case("E230", "accept", {"rules": SEVEN}, {"rules": SEVEN, **data(outcome="none")}),
    case("E231", "accept", {"rules": SEVEN, **cycle(notice={**NOTICE, "last": str(ON)})}, {"rules": SEVEN, **cycle(notice=NOTICE)}),
    case("E232", "accept", {"rules": SEVEN, **cycle(notice={**NOTICE, "objections": "未开"})}, {"rules": SEVEN, **cycle(notice=NOTICE)}),
    case("E233", "publish", {"rules": SEVEN, **data(last=str(day(28)))}, {"rules": SEVEN}),
    case("E233", "publish", data(last=str(day(22))), data(last=str(day(23)))),
    case("E234", "extend", cycle(due=None), {}),
    case("E235", "extend", {"on": day(41)}, {"on": day(40)}),
    case("E236", "extend", data(due=str(day(40))), data(due=str(day(41)))),
    case("E237", "extend", cycle(extensions=[REQUEST]), cycle(extensions=[{**REQUEST, "decision": "refused"}])),
    case("E238", "extend", cycle(extensions=[GRANTED, GRANTED]), cycle(extensions=[GRANTED, {**GRANTED, "decision": "refused"}])),
    case("E238", "extend", {"rules": LedgerRules(extensions=0)}, {"rules": LedgerRules(extensions=1)}),
    case("E239", "decide", data(decision="同意"), data(decision="refused")),
    case("E240", "decide", cycle(extensions=[]), {}),
    case("E240", "decide", cycle(extensions=[GRANTED]), {}),
    case("E241", "decide", {"by": replace(COUNTY, name=OWNER.name)}, {"by": replace(COUNTY, name="王萍")}),
    case("E241", "decide", {"by": replace(COUNTY, unit=OWNER.unit)}, {}),
    case(
        "E242", "decide", {**cycle(extensions=[GRANTED, REQUEST]), "by": TOWNSHIP}, {**cycle(extensions=[GRANTED, REQUEST]), "by": COUNTY}
    ),
    case("E242", "decide", {**cycle(extensions=[GRANTED, REQUEST]), "by": TOWNSHIP}, {**cycle(extensions=[REQUEST]), "by": TOWNSHIP}),
    case("E243", "hold", data(review=str(ON)), data(review=str(day(31)))),
    case("E244", "merge", data(into="e1"), data(into="e2")),
    case("E249", "progress", {"issue": {"told": str(day(31))}}, {"issue": {"told": str(ON)}}),
    case("E250", "submit", {"by": replace(OWNER, unit="双塘社区党支部")}, {"by": OWNER}),
    case("E250", "deliver", {"by": replace(OWNER, unit="双塘社区党支部")}, {"by": HELPER, **cycle(helpers=[HELPER.unit])}),
    case("E251", "accept", {"by": replace(TOWNSHIP, unit="东亭街道")}, {"by": replace(TOWNSHIP, unit="云台街道办事处")}),
    case("E251", "assign", {"by": ELSEWHERE}, {"by": ELSEWHERE, "issue": {"township": ""}}),
    case("E252", "register", {**KEY, "by": COUNTY}, {**KEY, "by": COUNTY, **data(second="周远")}),
    case("E252", "register", {**KEY, "by": TEAM, **data(second="钱立")}, {**KEY, "by": TEAM, **data(importance="key")}),
    case("E253", "accept", {**ON_SITE, "by": replace(COUNTY, unit=OWNER.unit), **data(method="site", exception="人少")}, ON_SITE),
    case("E256", "transfer", data(to=OWNER.unit), data(to="县住建局")),
    case("E248", "deliver", data(due=str(day(2))), data(due=str(day(3)))),
    case("E245", "lookback", data(result="好"), data(result="relapsed")),
    case("E246", "lookback", {"by": replace(TEAM, name=OWNER.name)}, {"by": TEAM}),
    case("E246", "lookback", {"by": TOWNSHIP}, {"by": replace(TOWNSHIP, name="钱立")}),
    case("E247", "amend", data(field="closed"), data(field="leader")),
    case("E247", "amend", data(field="on_time"), data(field="problem")),
)


def asked(one: Case, told: Mapping[str, Any]) -> list[str]:
    issue = standing(told.get("state", MOVES[one.action].sources[0]), one.action, told.get("cycle"), **told.get("issue", {}))
    return codes(
        issue,
        one.action,
        told.get("by", somebody(one.action)),
        {**DATA[one.action], **told.get("data", {})},
        told.get("on", ON),
        told.get("rules"),
    )


@pytest.mark.parametrize("one", CASES, ids=lambda one: f"{one.code}-{one.action}")
def test_a_guard_refuses_and_lets_its_near_miss_pass(one: Case) -> None:
    assert asked(one, one.wrong) == [one.code]
    assert asked(one, one.right) == []


def test_every_code_of_the_table_has_such_a_case() -> None:
    known = {name for name in catalogue("moves") if re.fullmatch(r"E2\d\d", name)}
    asked_of_the_whole_ledger = {"E204", "E257", "E258"}
    assert {one.code for one in CASES} | {"E201", "E202", "E203"} | asked_of_the_whole_ledger == known


@pytest.mark.parametrize("one", CASES, ids=lambda one: f"{one.code}-{one.action}")
def test_a_refusal_reads_well_in_both_languages(one: Case) -> None:
    told = one.wrong
    issue = standing(told.get("state", MOVES[one.action].sources[0]), one.action, told.get("cycle"), **told.get("issue", {}))
    data_ = {**DATA[one.action], **told.get("data", {})}
    by, on, rules = told.get("by", somebody(one.action)), told.get("on", ON), told.get("rules") or LedgerRules()
    for finding in refusals(one.action, Ask(issue, by, on, data_, rules)):
        for lang in LANGUAGES:
            text = finding.message(lang) + finding.hint(lang)
            assert "{" not in text
            assert "None" not in text


# --- whole lives --------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = new_ledger(tmp_path / "台账.db")
    yield made
    made.close()


def test_a_life_from_candidate_to_closed(store: Store) -> None:
    issue = begin(store)
    states = [issue.state]
    for action, by, on, told in (
        ("register", COUNTY, FOUND, {}),
        ("assign", TOWNSHIP, day(1), {}),
        ("deliver", OWNER, day(3), {"on": str(day(3))}),
        ("progress", OWNER, day(10), {"text": "已开展一次"}),
        ("submit", OWNER, day(22), {"done_on": str(day(20)), "text": "已补齐", "papers": [PAPER]}),
        ("accept", TOWNSHIP, day(25), {"outcome": "full", "method": "papers", "opinion": "属实"}),
    ):
        issue = do(store, issue, action, by, on, **told)
        states.append(issue.state)
    assert states == ["candidate", "registered", "rectifying", "rectifying", "rectifying", "submitted", "closed"]
    now = issue.now
    assert (issue.number, now.assigned, now.delivered, now.due, now.closed) == ("云台-2024-0001", day(1), day(3), day(33), day(25))
    assert (now.on_time, now.returns, now.unit, now.person) == (True, 0, OWNER.unit, OWNER.name)
    assert [measure.finished for measure in now.measures] == [True]
    assert issue.version == 7


def test_numbers_are_issued_once_in_order_and_never_again(store: Store) -> None:
    issues = [begin(store, key=f"B1|{n}|") for n in range(5)]
    numbers = []
    for number, issue in enumerate(issues[:4]):
        issue = do(store, issue, "register")
        numbers.append(issue.number)
        if number % 2:
            assert do(store, issue, "dismiss", code="misjudged", text="误判").number == issue.number
        else:
            assert do(store, issue, "transfer", to="县住建局", receipt="收1").number == issue.number
    assert refused(store, issues[4], "register") == []  # a trial takes no number
    numbers.append(do(store, issues[4], "register").number)
    assert numbers == [f"云台-2024-{n:04d}" for n in range(1, 6)]
    assert store.rebuild() == []
    assert do(store, begin(store, key="B1|x|"), "register").number == "云台-2024-0006"


def test_numbers_begin_anew_with_the_year_and_a_relapse_keeps_its_own(store: Store) -> None:
    first = closed(store, submitted(store, rectifying(store)))
    new_year = date(2025, 1, 2)
    assert do(store, begin(store, key="B1|x|"), "register", COUNTY, new_year).number == "云台-2025-0001"
    assert do(store, first, "recur", COUNTY, new_year, facts="又缺").number == "云台-2024-0001"
    assert do(store, begin(store, key="B1|y|"), "register").number == "云台-2024-0002"


def test_a_number_that_an_office_gave_itself_is_passed_over(store: Store) -> None:
    begin(store, {"state": "registered"}, number="云台-2024-0001", key="B1|old|", origin="legacy")
    begin(store, {"state": "registered"}, number="云台-2024-0002", key="B1|older|", origin="legacy")
    assert do(store, begin(store), "register").number == "云台-2024-0003"
    with store.change(COUNTY, FOUND, "test") as change:
        made = [begin_in(change, key=f"B2|{n}|") for n in range(3)]
        assert act_all(change, [one.id for one in made], "register", {}) == ([one.id for one in made], [])
    assert [row.number for row in store.rows("key LIKE 'B2|%'")] == [f"云台-2024-{n:04d}" for n in (4, 5, 6)]


def test_an_imported_number_stays_when_it_is_registered(store: Store) -> None:
    issue = begin(store, number="云组-7", old_number="云组-7")
    assert do(store, issue, "register").number == "云组-7"
    assert do(store, begin(store, key="B1|x|"), "register").number == "云台-2024-0001"


@pytest.mark.parametrize(("done", "told", "on_time"), [(33, 33, True), (33, 50, True), (34, 34, False)])
def test_on_time_is_judged_by_the_day_of_completion_and_frozen(store: Store, done: int, told: int, on_time: bool) -> None:
    """Due on day 33: who finished on that day was in time, however late the papers and the check come."""
    issue = closed(store, submitted(store, rectifying(store), done, told), 60)
    assert issue.now.due == day(33)
    assert issue.now.on_time is on_time
    with store.change(COUNTY, day(61), "test") as change:  # limits that change later change nothing that is closed
        shorter = {"D_30": {"label": {"zh": "短"}, "days": 1}}
        rules = {"id": "trial", "version": "2", "title": "测试", "status": "adopted", "deadlines": shorter, "rules": {}}
        change.add(Draft("", "pack", rules, pack="e" * 64))
    found = store.entry(issue.id)
    assert isinstance(found, Issue)
    assert (found.now.due, found.now.on_time) == (day(33), on_time)


def test_what_no_pack_speaks_of_has_thirty_days_or_those_that_were_named(store: Store) -> None:
    issue = rectifying(store, {"deadline": "unknown"})
    assert issue.now.due == issue.now.delivered + timedelta(days=30)


def test_being_sent_back_moves_no_deadline(store: Store) -> None:
    issue = submitted(
        store, rectifying(store, {"measures": [{"text": "开会"}, {"text": "补档"}, {"text": "走访", "target": 3, "unit": "户", "done": 3}]})
    )
    issue = closed(store, issue, outcome="part", failed=[2, 3])
    assert (issue.state, issue.now.due, issue.now.returns, issue.now.closed, issue.now.on_time) == ("rectifying", day(33), 1, None, None)
    assert [one.done for one in issue.now.measures] == [1, 0, 3]
    issue = closed(store, submitted(store, issue, 34, 35), 36)
    assert (issue.state, issue.now.due, issue.now.on_time, issue.now.returns) == ("closed", day(33), False, 1)


def test_what_was_not_put_right_at_all_is_to_be_done_again_whole(store: Store) -> None:
    measures = [{"text": "开会"}, {"text": "补档"}, {"text": "走访", "target": 3, "unit": "户", "done": 3}]
    issue = submitted(store, rectifying(store, {"measures": measures}))
    assert [one.done for one in issue.now.measures] == [1, 1, 3]
    issue = closed(store, issue, outcome="none")
    assert (issue.state, issue.now.returns) == ("rectifying", 1)
    assert [one.done for one in issue.now.measures] == [0, 0, 3]  # what was counted was there
    issue = submitted(store, issue, 26, 27)
    assert refused(store, issue, "accept", TOWNSHIP, day(28), outcome="part", method="papers", opinion="缺档") == ["E255"]
    issue = closed(store, issue, 28, outcome="part", failed=[2])
    assert [one.done for one in issue.now.measures] == [1, 0, 3]
    assert store.rebuild() == []


def test_handing_it_to_somebody_else_does_not_restart_the_clock(store: Store) -> None:
    measures = [{"text": "按月开展主题党日", "due": str(day(10))}]
    issue = rectifying(store, {"measures": measures})
    moved = do(store, issue, "assign", TOWNSHIP, day(20), person="陈立")  # its milestone of day 10 has passed, and stands
    assert moved.now == replace(issue.now, person="陈立")
    assert refused(store, moved, "deliver", OWNER, day(21), on=str(day(21))) == ["E215"]
    assert (moved.now.assigned, moved.now.delivered, moved.now.due) == (FOUND, day(3), day(33))


def test_an_assignment_that_names_nobody_takes_what_was_proposed(store: Store) -> None:
    issue = do(store, begin(store, {"measures": [{"text": "走访", "target": 3, "unit": "户"}], "helpers": ["县妇联"]}), "register")
    moved = do(store, issue, "assign", TOWNSHIP)
    assert moved.now == replace(issue.now, state="rectifying", assigned=FOUND)
    nobody = do(store, begin(store, {"person": ""}, key="B1|x|"), "register")
    assert refused(store, nobody, "assign", TOWNSHIP) == ["E203"]
    assert refused(store, nobody, "assign", TOWNSHIP, FOUND, person="陈立") == []


def test_a_relapse_opens_the_next_cycle_and_leaves_the_closed_one(store: Store) -> None:
    first = closed(store, submitted(store, rectifying(store)))
    again = do(store, first, "recur", COUNTY, day(100), facts="又缺两月", problem="主题党日又少开展2个月")
    assert again.cycles[:-1] == first.cycles
    now = again.now
    assert (now.no, now.state, now.found, now.facts, now.problem) == (2, "registered", day(100), "又缺两月", "主题党日又少开展2个月")
    assert (now.assigned, now.delivered, now.due, now.closed, now.on_time, now.submissions, now.checks) == (
        None,
        None,
        None,
        None,
        None,
        (),
        (),
    )
    assert [one.done for one in now.measures] == [0]
    assert (again.key, again.number, again.found) == (first.key, first.number, FOUND)
    again = do(store, do(store, again, "assign", TOWNSHIP, day(101)), "deliver", OWNER, day(102), on=str(day(102)))
    assert again.now.due == day(132)
    paper_of_then = refused(store, again, "submit", OWNER, day(110), done_on=str(day(110)), text="已改", papers=[PAPER])
    assert paper_of_then == ["E221"]
    assert again.cycles[:-1] == first.cycles


def test_what_was_fixed_on_the_spot_and_comes_back_is_a_candidate(store: Store) -> None:
    fixed = begin(store, {"state": "closed", "closed": str(FOUND), "on_time": True, "spot": True, "deadline": ""}, pack="", number="")
    again = do(store, fixed, "recur", COUNTY, day(10), facts="又未公开")
    assert (again.state, again.number, again.now.spot) == ("candidate", "", False)
    assert do(store, again, "register", COUNTY, day(11)).number == "云台-2024-0001"


def test_a_first_extension_may_be_decided_by_the_township_a_second_by_the_county_only_a_third_by_nobody(store: Store) -> None:
    issue = rectifying(store)
    issue = do(store, issue, "extend", OWNER, day(10), due=str(day(50)), text="等材料")
    assert issue.now.due == day(33)  # until somebody decides
    assert refused(store, issue, "decide", OWNER, day(11), decision="granted", document="1号") == ["E202", "E241"]
    issue = do(store, issue, "decide", TOWNSHIP, day(11), decision="granted", document="1号")
    assert (issue.now.due, issue.now.due_first) == (day(50), day(33))
    issue = do(store, issue, "extend", OWNER, day(45), due=str(day(70)), text="再等")
    assert refused(store, issue, "decide", TOWNSHIP, day(46), decision="granted", document="2号") == ["E242"]
    issue = do(store, issue, "decide", COUNTY, day(46), decision="granted", document="2号")
    assert issue.now.due == day(70)
    assert refused(store, issue, "extend", OWNER, day(60), due=str(day(90)), text="还等") == ["E238"]
    assert [(one.decision, one.decided_by, one.document) for one in issue.now.extensions] == [
        ("granted", TOWNSHIP.name, "1号"),
        ("granted", COUNTY.name, "2号"),
    ]
    assert closed(store, submitted(store, issue, 70, 71), 72).now.on_time is True


def test_an_extension_that_is_refused_changes_no_day_and_counts_as_none(store: Store) -> None:
    issue = rectifying(store)
    for number in range(3):
        issue = do(store, issue, "extend", OWNER, day(10 + number), due=str(day(50)), text="等材料")
        issue = do(store, issue, "decide", TOWNSHIP, day(10 + number), decision="refused", document=f"{number}号")
        assert issue.now.due == day(33)
    assert issue.now.waiting_extension is None


def test_an_extension_never_takes_days_away(store: Store) -> None:
    """A suspension may have moved the day past the one that was asked for before it."""
    issue = do(store, rectifying(store), "extend", OWNER, day(10), due=str(day(36)), text="等材料")
    with store.change(COUNTY, day(11), "test") as change:
        change.add(Draft(issue.id, "shift", {"document": "汛1号", "days": 10, "due": str(day(43))}))
    issue = do(store, issue, "decide", COUNTY, day(12), decision="granted", document="1号")
    assert issue.now.due == day(43)


def test_who_did_it_never_checks_it_and_their_unit_only_with_a_recorded_exception(store: Store) -> None:
    issue = submitted(store, rectifying(store))
    told = {"outcome": "full", "method": "papers", "opinion": "属实"}
    himself, colleague = Actor(OWNER.name, "云台街道", "township"), Actor("陈立", OWNER.unit, "township")
    assert refused(store, issue, "accept", himself, day(25), **told) == ["E226"]
    assert refused(store, issue, "accept", himself, day(25), **told, exception="只有一人") == ["E226"]
    assert refused(store, issue, "accept", colleague, day(25), **told) == ["E227"]
    assert refused(store, issue, "accept", colleague, day(25), **told, exception="  ") == ["E227"]
    issue = do(store, issue, "accept", colleague, day(25), **told, exception="全街道只有两人")
    assert (issue.state, issue.now.checks[-1].exception) == ("closed", "全街道只有两人")


def test_who_only_brings_it_in_is_not_who_did_it(store: Store) -> None:
    """The township enters what the owner told it: the owner's is the submission, and the township may still check it."""
    issue = rectifying(store)
    with store.change(TOWNSHIP, day(22), "ledger import") as change:
        assert attempt(change, change.issue(issue.id), "submit", DATA["submit"], doer=OWNER) == []
    found = store.entry(issue.id)
    assert isinstance(found, Issue)
    assert (found.now.submissions[-1].by, found.now.submissions[-1].unit) == (OWNER.name, OWNER.unit)
    assert [event.actor for event in store.events(issue.id)][-1] == TOWNSHIP
    with store.change(TOWNSHIP, day(25), "ledger import", dry=True) as change:
        found_ = attempt(change, change.issue(issue.id), "accept", DATA["accept"], doer=replace(TOWNSHIP, name=OWNER.name))
    assert [one.code for one in found_] == ["E226"]
    assert closed(store, found).state == "closed"


def test_a_key_issue_is_closed_on_site_by_the_county_and_by_nobody_else(store: Store) -> None:
    issue = begin(store, importance="key")
    issue = do(store, issue, "register")
    assert issue.importance == "key"
    issue = do(store, do(store, issue, "assign", TOWNSHIP), "deliver", OWNER, day(3), on=str(day(3)))
    issue = submitted(store, issue)
    told = {"outcome": "full", "opinion": "属实"}
    for by in (TOWNSHIP, COUNTY):
        for method in ("papers", "talk", "test", "site"):
            expected = (["E228"] if by is TOWNSHIP else []) + (["E229"] if method != "site" else [])
            assert refused(store, issue, "accept", by, day(25), method=method, **told) == expected
    assert closed(store, issue, 25, COUNTY, method="site").state == "closed"


def test_a_lapse_that_cannot_be_made_good_closes_on_later_records_only(store: Store) -> None:
    issue = rectifying(store, irreversible=True, closes_on=3)
    assert issue.now.due == date(2024, 4, 30)  # 30 days from 8 January would be before three months can have their records
    told = {"done_on": "2024-04-10", "text": "按月开展", "papers": [PAPER]}
    made_up = ["2023-11-10", "2023-12-10", str(FOUND)]
    assert refused(store, issue, "submit", OWNER, date(2024, 4, 12), **told, records=made_up) == ["E222"]
    two = ["2024-02-10", "2024-03-10"]
    assert refused(store, issue, "submit", OWNER, date(2024, 4, 12), **told, records=[*two, "2024-03-25", *made_up]) == ["E222"]
    issue = do(store, issue, "submit", OWNER, date(2024, 4, 12), **told, records=[*two, "2024-04-10"])
    assert do(store, issue, "accept", TOWNSHIP, date(2024, 4, 20), outcome="full", method="papers", opinion="属实").now.on_time is True


def test_its_due_day_never_comes_before_the_records_can_be_there(store: Store) -> None:
    book = store.book()
    for closes_on in range(1, 13):
        issue = an_issue(irreversible=True, closes_on=closes_on)
        for delivered in (day(n) for n in range(0, 400, 7)):
            due = due_after(issue, delivered, delivered, book, published())
            month = delivered.year * 12 + delivered.month - 1 + closes_on
            after = date((month + 1) // 12, (month + 1) % 12 + 1, 1)
            assert due.day is not None
            assert due.day >= after - timedelta(days=1)
            made_good = due_after(replace(issue, irreversible=False), delivered, delivered, book, published())
            assert made_good.day is not None
            assert due.day >= made_good.day


def test_a_paper_from_before_the_finding_closes_nothing(store: Store) -> None:
    issue = rectifying(store)
    told = {"done_on": str(day(20)), "text": "已补齐"}
    old = [{"name": "旧记录", "dated": str(day(-n))} for n in (1, 30, 400)]
    assert refused(store, issue, "submit", OWNER, day(22), **told, papers=old) == ["E221"]
    with store.change(OWNER, day(10), "test") as change:
        told_of = {"sha256": "a" * 64, "name": "旧照片", "size": 9, "stage": "after", "taken_on": str(day(-1))}
        act(change, change.issue(issue.id), "attach", told_of)
    assert refused(store, issue, "submit", OWNER, day(22), **told, papers=old) == ["E221"]
    assert refused(store, issue, "submit", OWNER, day(22), **told, papers=[*old, {"name": "新记录", "dated": str(FOUND)}]) == []


def test_a_notice_belongs_to_one_submission(tmp_path: Path) -> None:
    store = new_ledger(tmp_path / "公示.db", notice_days=5)
    issue = submitted(store, rectifying(store))
    told = {"first": str(day(23)), "last": str(day(27)), "where": "公开栏"}
    assert refused(store, issue, "accept", TOWNSHIP, day(28), outcome="full", method="papers", opinion="属实") == ["E230"]
    issue = do(store, issue, "publish", TOWNSHIP, day(23), **told)
    issue = do(store, issue, "object", OWNER, day(24), text="有人反映未开")
    found = refused(store, issue, "accept", TOWNSHIP, day(27), outcome="full", method="papers", opinion="属实")
    assert found == ["E231", "E232"]
    issue = closed(store, issue, 28, outcome="none")
    issue = submitted(store, issue, 30, 31)
    assert refused(store, issue, "accept", TOWNSHIP, day(40), outcome="full", method="papers", opinion="属实") == ["E230"]
    issue = do(store, issue, "publish", TOWNSHIP, day(32), first=str(day(32)), last=str(day(36)), where="公开栏")
    assert closed(store, issue, 37).state == "closed"
    store.close()


def test_what_is_held_is_looked_at_again_on_its_day(store: Store) -> None:
    issue = do(store, rectifying(store), "hold", COUNTY, day(10), text="待规划批复", review=str(day(90)), document="1号")
    assert store.rows("id = ?", (issue.id,))[0].due == str(day(90))
    assert refused(store, issue, "submit", OWNER, day(22), done_on=str(day(20)), text="已补齐", papers=[PAPER]) == ["E201"]
    issue = do(store, issue, "resume", COUNTY, day(90), text="批复已下")
    assert (issue.state, issue.now.due, issue.now.hold) == ("rectifying", day(33 + 80), None)  # the days held are given back


def test_an_observation_obliges_nobody_until_it_is_promoted(store: Store) -> None:
    issue = begin(store, observed=True)
    assert refused(store, issue, "register") == ["E212"]
    assert [row.observed for row in store.rows()] == [1]
    issue = do(store, issue, "promote")
    assert refused(store, issue, "promote") == ["E213"]
    assert do(store, issue, "register").number == "云台-2024-0001"


def test_an_issue_merges_only_into_one_that_goes_on(store: Store) -> None:
    one, two = rectifying(store), rectifying(store, key="B1|C2|")
    watched = begin(store, key="B1|C3|", observed=True)
    assert refused(store, one, "merge", COUNTY, day(5), into=one.id) == ["E244"]
    assert refused(store, one, "merge", COUNTY, day(5), into="e999") == ["E204"]
    assert refused(store, one, "merge", COUNTY, day(5), into=watched.id) == ["E212"]
    other = rectifying(store, key="B2|C9|", branch="B2", branch_name="双塘社区党支部", item="C9")
    assert refused(store, one, "merge", COUNTY, day(5), into=other.id) == ["E214"]  # of another branch and item: two people say so
    assert refused(store, one, "merge", COUNTY, day(5), into=other.id, second="周远") == []
    merged = do(store, one, "merge", COUNTY, day(5), into=two.id)
    assert (merged.state, merged.merged_into, merged.now.ended_text) == ("merged", two.id, two.number)
    assert refused(store, two, "merge", COUNTY, day(6), into=one.id) == ["E201"]  # or both would be gone
    done = closed(store, submitted(store, rectifying(store, key="B1|C4|")))
    assert refused(store, two, "merge", COUNTY, day(30), into=done.id) == ["E201"]


def test_a_due_day_named_at_delivery_is_no_way_round_an_extension(store: Store) -> None:
    issue = do(store, do(store, begin(store), "register"), "assign", TOWNSHIP)
    later, sooner = str(day(34)), str(day(20))
    assert refused(store, issue, "deliver", TOWNSHIP, day(3), on=str(day(3)), due=later) == ["E257"]
    assert refused(store, issue, "deliver", OWNER, day(3), on=str(day(3)), due=sooner) == ["E258"]
    issue = do(store, issue, "deliver", TOWNSHIP, day(3), on=str(day(3)), due=sooner)
    assert (issue.now.due, issue.now.named) == (day(20), True)
    with store.change(COUNTY, day(4), "test") as change:
        assert redated(change, published()) == []


def test_days_suspended_while_it_was_held_do_not_count_when_it_goes_on(store: Store) -> None:
    issue = do(store, rectifying(store), "hold", COUNTY, day(5), text="待批复", review=str(day(90)), document="1号")
    with store.change(COUNTY, day(6), "test") as change:
        suspend(change, "2号", day(7), day(47), {}, "汛期", published())
    issue = do(store, issue, "resume", COUNTY, day(15), text="批复已下")
    # 10 days held, then 32 of the suspension that are left after it: from day 16 to day 47.
    assert issue.now.due == day(33 + 10 + 32)
    assert [(one.document, one.days) for one in issue.now.shifts] == [("1号", 10), ("2号", 32)]
    with store.change(COUNTY, day(16), "test") as change:
        assert redated(change, published()) == []


def test_an_amendment_corrects_a_slip_of_the_pen_and_nothing_else(store: Store) -> None:
    issue = closed(store, submitted(store, rectifying(store)))
    fixed = do(store, issue, "amend", COUNTY, day(40), field="person", value="王萍", second="周远")
    assert fixed.now == replace(issue.now, person="王萍")
    for field in cycle_told():
        if field not in ("problem", "unit", "person", "leader"):
            assert refused(store, issue, "amend", COUNTY, day(40), field=field, value="1", second="周远") == ["E247"]


def test_a_look_back_stands_beside_the_closed_cycle(store: Store) -> None:
    issue = closed(store, submitted(store, rectifying(store)))
    looked = do(store, issue, "lookback", TEAM, day(60), result="kept", text="记录齐全")
    assert looked.cycles == issue.cycles
    assert [(one.result, one.by) for one in looked.look_backs] == [("kept", TEAM.name)]
    assert refused(store, issue, "lookback", TOWNSHIP, day(60), result="kept", text="齐全") == ["E246"]


def test_a_bulk_move_tells_all_that_is_refused_and_the_rest_can_go_on(store: Store) -> None:
    good = [begin(store, key=f"B1|{n}|") for n in range(3)]
    watched = begin(store, key="B1|w|", observed=True)
    done = do(store, begin(store, key="B1|d|"), "register")
    with store.change(COUNTY, FOUND, "test") as change:
        moved, found = act_all(change, [*(one.id for one in good), watched.id, done.id], "register", {})
    assert [(one.code, one.place.file) for one in found] == [("E212", watched.called), ("E201", done.called)]
    assert moved == [one.id for one in good]
    assert [row.id for row in store.rows("state = 'registered'")] == [*(one.id for one in good), done.id]


def test_an_issue_rests_on_the_pack_in_force_when_it_moved(store: Store) -> None:
    issue = do(store, begin(store), "register")
    with store.change(COUNTY, FOUND, "test") as change:
        told = {"id": "trial", "version": "2", "title": "测试", "status": "adopted", "deadlines": {}, "rules": {}}
        change.add(Draft("", "pack", told, pack="e" * 64))
    do(store, issue, "assign", TOWNSHIP)
    assert [event.pack for event in store.events(issue.id)] == [DIGEST, DIGEST, "e" * 64]


def test_a_refused_move_raises_with_the_number_as_its_place(store: Store) -> None:
    issue = do(store, begin(store), "register")
    with pytest.raises(Failure) as failure, store.change(OWNER, FOUND, "test") as change:
        act(change, change.issue(issue.id), "dismiss", {"code": "other"})
    assert [(one.code, one.place.file) for one in failure.value.findings] == [("E202", issue.number), ("E203", issue.number)]


def test_roles_are_those_of_the_table() -> None:
    known: set[Role] = {role for move in MOVES.values() for role in move.roles}
    assert known == set(ROLES)


def test_an_open_event_begins_what_it_tells(store: Store) -> None:
    with store.change(COUNTY, FOUND, "test") as change:
        assert isinstance(change, Change)
        told = issue_told({"measures": [{"text": "走访", "target": 3, "unit": "户", "due": str(day(20))}]}, branches=["B1", "B2"])
        issue = change.add(Draft("", "open", {"issue": told}, new=True))
    assert isinstance(issue, Issue)
    assert (issue.branches, issue.now.measures[0].due, issue.version) == (("B1", "B2"), day(20), 1)
    assert store.entry(issue.id) == issue


def test_the_balance_names_what_came_and_what_went(store: Store) -> None:
    def sums(since: int) -> tuple[int, dict[str, int], int]:
        made = balance(store, since)
        assert made.broken == []
        return made.total.opening, {flow: count for flow, count in made.total.flows.items() if count}, made.total.closing

    issues = [begin(store, key=f"B1|{n}|") for n in range(5)]
    watched = begin(store, key="B1|w|", observed=True)
    since = store.head()[0]
    assert sums(0) == (0, {"new": 5}, 5)
    do(store, issues[0], "dismiss", code="misjudged", text="误判")
    do(store, issues[1], "transfer", to="县住建局", receipt="收1")
    do(store, issues[2], "merge", into=issues[3].id)
    do(store, watched, "promote")
    done = closed(store, submitted(store, rectifying(store, key="B1|c|")))
    assert sums(since) == (5, {"new": 2, "dismissed": 1, "moved_out": 1, "merged": 1, "closed": 1}, 3)
    middle = store.head()[0]
    do(store, done, "recur", COUNTY, day(40), facts="又缺")
    with store.change(COUNTY, day(41), "test") as change:
        merge(change, ["B1", "B2"], Heir("B2", "双塘社区党支部"), "云组〔2024〕6号")
    assert sums(middle) == (3, {"rebound": 1, "moved_in": 4, "moved_out": 4}, 4)
    parts = balance(store, middle).branches
    assert {id_: (one.opening, one.closing) for id_, one in parts.items()} == {"B1": (3, 0), "B2": (0, 4)}
