"""Kinds of cases: authors' mistakes with their places, conditions with three values, values as written, clocks, links, and the machine."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.diagnostics import Failure, Place
from evaluator.ledger.branches import dissolve
from evaluator.ledger.cases import Case, Clock
from evaluator.ledger.events import Actor, Draft
from evaluator.ledger.kinds.clocks import clocks_after, standing
from evaluator.ledger.kinds.facts import settled
from evaluator.ledger.kinds.judge import Value, holds, value_of
from evaluator.ledger.kinds.load import check_kinds, find_kind, load_kinds
from evaluator.ledger.kinds.machine import advance, begin
from evaluator.ledger.kinds.telling import tell_case
from evaluator.ledger.kinds.values import merged, pieces, read_minute, read_pairs, read_value
from evaluator.ledger.store import Store
from evaluator.messages import catalogue, set_language
from evaluator.packs.conditions import parse_condition, parse_formula

BAD = Path(__file__).parent.parent / "bad" / "kinds"
KINDS = load_kinds()
DAY = date(2024, 5, 6)
COUNTY = Actor("王芳", "县委组织部", "county")
STREET = Actor("李明", "云台街道", "township")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store.create(tmp_path / "ledger.db", "云山", COUNTY, DAY)
    branches = [{"id": "Q1", "name": "青禾社区党支部", "township": "云台街道", "since": "2024-01-01"}]
    with made.change(COUNTY, DAY, "setup") as change:
        change.add(Draft("", "branches", {"branches": branches}))
    yield made
    made.close()


def codes(failure: pytest.ExceptionInfo[Failure]) -> list[str]:
    return [found.code for found in failure.value.findings]


# --- what is wrong with a kind ----------------------------------------------------

MISTAKES = {
    "E107": ("7:6", "这里用了全角冒号“：”", "the colon here is the full-width '：'"),
    "E211": ("31:50", "“>”前面缺一个数值、名称或条件", "a value, a name or a condition is missing before '>'"),
    "E803": ("2", "不是 UTF-8 文字", "this is not UTF-8 text"),
    "E805": ("1:1", "E805.yaml 缺少 begin", "E805.yaml lacks begin"),
    "E806": ("8:1", "这里没有“start”这个键", "there is no key 'start' here"),
    "E807": ("2:7", "“走访台”不能用在这里(mark)", "'走访台' cannot stand here (mark)"),
    "E808": ("10:41", "ends 不能是“是”", "ends cannot be '是'"),
    "E810": ("27:12", "没有状态“went”", "there is no state 'went'"),
    "E811": ("24:20", "没有栏目“klass”", "there is no such field: 'klass'"),
    "E812": ("38:13", "没有步骤“checks”", "there is no move 'checks'"),
    "E813": ("25:3", "步骤“check”没有写到哪个状态", "the move 'check' has no target"),
    "E814": ("31:42", "条件里的“people”不知是什么", "the condition reads 'people', which is not known"),
    "E815": ("31:50", "没有选项“office”", "there is no option 'office'"),
    "E816": ("33:16", "依据“owner”没有列在 sources 里", "the basis 'owner' is not among the sources"),
    "E817": ("19:1", "visit 没有一条不予办理的规定", "visit refuses nothing"),
    "E818": ("10:3", "状态“lost”走不到", "the state 'lost' cannot be reached"),
    "E819": ("10:3", "状态“checked”出不去", "the state 'checked' has no exit"),
    "E820": ("13:3", "栏目“class”是 choice 类,缺少 options", "the field 'class' is of type choice and lacks options"),
    "E821": ("20:3", "开始步骤“go”不能有 from,也不能是 to: stays", "the move 'go' begins the case: it has no 'from', and leads to a state"),
    "E822": ("25:3", "步骤“check”没有写从哪个状态办", "the move 'check' has no 'from'"),
    "E823": ("30:12", "“count”的写法不合栏目类型", "what is set into 'count' does not fit its type"),
    "E824": ("31:42", "“count”不是是非项,不能单独作条件", "'count' is not true or false, and cannot stand alone"),
    "E825": ("31:50", "不能这样比较:date、number", "these cannot be compared so: date、number"),
    "E826": ("31:9", "数字 20 没有写依据", "no basis is given for 20"),
    "E827": ("18:57", "清单要有这些列,并以 number 为 key", "an agenda has these columns, and number as its key"),
    "E828": ("18:3", "已有一个栏目作标题,“street”是第二个", "'street' is a second field that fills the title"),
    "E829": ("18:3", "“begun”是系统用的名称,不能作栏目", "'begun' is a name of the ledger's own, and cannot be a field"),
    "E830": ("1:7", "种类 whistle 已在 whistle.yaml 中", "the kind whistle stands in whistle.yaml already"),
    "E831": ("2:7", "编号用字“哨”已被 whistle.yaml 用了", "the mark '哨' is taken by whistle.yaml"),
    "E832": ("34:1", "期限与 diagnosis 完全相同", "its clocks are those of diagnosis"),
    "E833": ("19:1", "不予办理的规定与 wish 完全相同", "its refusals are those of wish"),
    "E834": ("18:58", "挂接的种类“whistle”不在,或没有反过来挂接 visit", "the kind 'whistle' is not there, or does not link back to visit"),
    "E835": ("1:1", "visit 没有期限", "visit has no clock"),
    "E836": ("39:11", "期限长短要有且只有一种写法", "a span is told in exactly one way"),
    "E837": ("39:11", "按选项定期限的,by 和各选项的数要同时有", "a span by option needs both 'by' and a number for each option"),
    "E838": ("17:3", "“count”不是文字栏目,不能写 fills", "'count' is no text, and cannot have 'fills'"),
    "E839": ("19:3", "“second”是第二个挂接栏目", "'second' is a second field of links"),
}


@pytest.mark.parametrize("code", MISTAKES)
def test_a_mistake_is_told_once_at_its_place(code: str) -> None:
    place, zh, en = MISTAKES[code]
    (found,) = check_kinds(BAD / f"{code}.yaml")
    assert found.code == code
    assert str(found.place).endswith(f"bad/kinds/{code}.yaml:{place}")
    assert found.message("zh").startswith(zh)
    assert found.message("en").startswith(en)
    assert all(found.hint(lang) for lang in ("zh", "en"))


def test_every_mistake_has_its_broken_file_and_the_good_one_has_none() -> None:
    told = {name for name in catalogue("kinds") if re.fullmatch(r"E8[0-4]\d", name)}
    assert told - set(MISTAKES) == {"E801", "E802", "E804"}  # of a path or a size, below
    assert {path.stem for path in BAD.glob("*.yaml")} == {*MISTAKES, "good"}
    assert check_kinds(BAD / "good.yaml") == []


def test_paths_that_hold_no_kind_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Failure) as failure:
        check_kinds(tmp_path)
    assert codes(failure) == ["E801"]
    assert [found.code for found in check_kinds(tmp_path / "none.yaml")] == ["E802"]
    monkeypatch.setattr("evaluator.ledger.kinds.load.LARGEST", 100_000)
    large = tmp_path / "large.yaml"
    large.write_text("# " + "x" * 100_000, encoding="utf-8")
    assert [found.code for found in check_kinds(large)] == ["E804"]


def test_mistakes_of_several_files_come_in_one_pass(tmp_path: Path) -> None:
    for code in ("E816", "E826"):
        text = (BAD / f"{code}.yaml").read_text(encoding="utf-8")
        (tmp_path / f"{code}.yaml").write_text(text.replace("kind: visit", f"kind: v{code}"), encoding="utf-8")
    found = [one.code for one in check_kinds(tmp_path)]
    assert {"E816", "E826", "E831", "E832"} <= set(found)  # each its own, and what the two share


def test_a_kind_of_ones_own_stands_beside_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "visit.yaml").write_text((BAD / "good.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    kinds = load_kinds(tmp_path)
    assert set(kinds) == {*KINDS, "visit"}
    assert find_kind(kinds, "走访") is kinds["visit"]


def test_no_two_shipped_kinds_share_their_clocks_or_their_refusals() -> None:
    clocks = [{repr(one.span) for one in file.kind.clocks.values()} for file in KINDS.values()]
    refusals = [{one.when for move in file.kind.moves.values() for one in move.refuse} for file in KINDS.values()]
    for told in (clocks, refusals):
        assert all(told)
        for number, own in enumerate(told):
            others = set().union(*(other for place, other in enumerate(told) if place != number))
            assert own - others, list(KINDS)[number]


def test_every_number_of_a_clock_names_where_it_comes_from() -> None:
    for file in KINDS.values():
        for clock in file.kind.clocks.values():
            assert clock.basis
        for source in file.kind.sources.values():
            if source.note.startswith("00"):
                assert re.fullmatch(r"00\d_[0-9a-f]{16}\.txt", source.note)


# --- three values -----------------------------------------------------------------

NOW = date(2024, 6, 30)
VALUES: dict[str, Value] = {
    "n": Fraction(3),
    "half": Fraction(1, 3),
    "d": date(2024, 5, 31),
    "t": "住建局",
    "u": "住建局",
    "picked": ("a", "b"),
    "yes": True,
    "unknown": None,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n = 3", True),
        ("n < 3", False),
        ("half * 3 = 1", True),
        ("n / 0 = 1", None),
        ("missing = 1", None),
        ("missing = 1 OR n = 3", True),
        ("missing = 1 AND n = 4", False),
        ("missing = 1 AND n = 3", None),
        ("NOT missing = 1", None),
        ("NOT (missing = 1 AND n = 4)", True),
        ("t = u", True),
        ("t != u", False),
        ("t = '住建'", False),
        ("t = n", None),
        ("t IN ('教育局', '住建局')", True),
        ("t NOT IN ('教育局')", True),
        ("t IN (missing, '住建局')", True),
        ("t IN (missing, '教育局')", None),
        ("picked IN ('b', 'c')", True),
        ("picked IN ('c')", False),
        ("missing IN ('c')", None),
        ("count(picked) = 2", True),
        ("count(n = 3, t = u, n = 4) = 2", True),
        ("count(n = 3, missing = 4) >= 1", None),
        ("n BETWEEN 3 AND 4", True),
        ("n BETWEEN missing AND 2", False),
        ("n NOT BETWEEN 3 AND 4", False),
        ("within(d, 1 month)", True),
        ("within(d, 29 days)", False),
        ("within(missing, 29 days)", None),
        ("days_between(d, R) = 30", True),
        ("max(n, half) = n", True),
        ("min(n, missing) = 1", None),
        ("abs(-n) = 3", True),
        ("n - 1 + 1 = 3", True),
        ("given(t)", True),
        ("given(missing)", False),
        ("given(unknown)", False),
        ("yes", True),
        ("yes = false", False),
        ("missing", None),
        ("d < 2024-06-01", True),
    ],
)
def test_conditions_are_true_false_or_unknown(text: str, expected: bool | None) -> None:
    assert holds(parse_condition(text), VALUES | {"R": NOW}, NOW) is expected


NAMES = ("a", "b", "c")
ATOMS = st.sampled_from(["a < 2", "b = 1", "c >= a", "a + b > 2", "b IN (0, c)", "a BETWEEN b AND 2", "count(a = 1, b = 1) = 1"])
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        inner.map(lambda one: f"NOT ({one})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}) AND ({pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}) OR ({pair[1]})"),
    ),
    max_leaves=6,
)
NUMBERS = st.integers(0, 3).map(Fraction)


@given(CONDITIONS, st.dictionaries(st.sampled_from(NAMES), NUMBERS), st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_what_is_decided_stays_so_whatever_the_unknown_turns_out_to_be(
    text: str, known: dict[str, Fraction], rest: tuple[Fraction, ...]
) -> None:
    condition = parse_condition(text)
    decided = holds(condition, known, NOW)
    whole = dict(zip(NAMES, rest, strict=True)) | known
    finally_ = holds(condition, whole, NOW)
    assert finally_ is not None
    assert decided in (None, finally_)


def test_formulas_are_exact() -> None:
    assert value_of(parse_formula("0.1 + 0.2"), {}, NOW) == Fraction(3, 10)
    assert value_of(parse_formula("missing + 1"), {}, NOW) is None


# --- values as written ------------------------------------------------------------

DATE = "日期,如 2024-05-01(1949 至 2199 年)"


def test_rows_are_parted_by_semicolons_and_their_cells_by_bars() -> None:
    field = KINDS["plan"].kind.fields["measures"]
    rows, wrong = read_value("measures", field, r"SL-01|补选\;培训|张林|云台街道党工委|2024-08-01;SL-02|调整|", Place("x"))
    assert not wrong
    assert rows[0] == {"trigger": "SL-01", "text": "补选;培训", "person": "张林", "unit": "云台街道党工委", "limit": "2024-08-01"}
    assert rows[1]["person"] == ""
    assert pieces(r"a\|b|c", "|") == ["a|b", "c"]


@pytest.mark.parametrize(
    ("kind", "field", "text", "expected"),
    [
        ("plan", "score", "100.5", "0 至 100 之间的数"),
        ("plan", "score", "七十", "数字,如 12.5(小数最多四位)"),
        ("plan", "problems_closed", "2.5", "整数,如 3"),
        ("plan", "target", "2024-13-01", DATE),
        ("plan", "target", "9999-12-31", DATE),
        ("plan", "measures", "SL-01|x|y|z|5月1日", DATE),
        ("plan", "measures", "a|b|c|d|2024-05-01|f", "情形编号|措施|责任人|责任单位|时限"),
        ("plan", "triggers", "SL-01|x;SL-01|y", "每行不同,不能空"),
        ("whistle", "why", "帮忙", "unsolved (街道自身难以解决)、joint (需要联合执法)、emergency (应急处置)"),
        ("diagnosis", "parties", "backing;guests", "backing (后盾单位)、group (工作组)、community (社区)、residents (群众代表)"),
        ("problem", "result", "长" * 4001, "不超过 4000 字"),
    ],
)
def test_a_wrong_value_says_what_was_expected(kind: str, field: str, text: str, expected: str) -> None:
    _, (wrong,) = read_value(field, KINDS[kind].kind.fields[field], text, Place("x"))
    assert wrong.code == "E855"
    assert wrong.values["expected"] == expected


def test_options_may_be_written_as_people_read_them_and_count_once() -> None:
    field = KINDS["diagnosis"].kind.fields["parties"]
    assert read_value("parties", field, "社区;community;工作组", Place("x"))[0] == ["community", "group"]


def test_a_keyed_row_changes_the_cells_that_say_something() -> None:
    field = KINDS["diagnosis"].kind.fields["items"]
    before = [{"number": "1", "decision": "甲", "duty": ""}]
    assert merged(field, before, [{"number": "1", "decision": "", "duty": "乙"}, {"number": "2", "decision": "丙", "duty": ""}]) == (
        [{"number": "1", "decision": "甲", "duty": "乙"}],
        ["2"],
    )


def test_pairs_and_minutes() -> None:
    assert read_pairs(["a=1=2", "b="]) == {"a": "1=2", "b": ""}
    with pytest.raises(Failure) as failure:
        read_pairs(["a", "b=1", "b=2"])
    assert sorted(codes(failure)) == ["E873", "E874"]
    assert read_minute("2024-05-01 09:40") == "2024-05-01T09:40"
    for text in ("2024-05-01T25:00", "09:40", "5月1日", "20240501", "2024-05-01T09:40:30", "0000-05-01", "9999-12-31T23:59"):
        with pytest.raises(ValueError, match=r".+"):
            read_minute(text)


# --- clocks -----------------------------------------------------------------------


def started(kind: str, move: str, at: str, **fields: str) -> dict[str, Clock]:
    from evaluator.ledger.calendar import published

    clocks = clocks_after(KINDS[kind].kind, (), move, at, fields, ended=False, void=False, calendar=published())
    return {clock.name: clock for clock in clocks}


def test_hours_run_from_the_minute_and_working_days_by_the_option() -> None:
    whistle = started("whistle", "blow", "2024-04-30T23:30", difficulty="push")
    assert whistle["sign"].due == "2024-05-01T00:30"
    assert whistle["contact"].due == "2024-05-01T23:30"
    assert whistle["attend"].due == "2024-05-08"  # May Day, 1 to 5 May, lies between
    assert started("whistle", "blow", "2024-04-30T23:30", difficulty="hard")["attend"].due == "2024-05-10"


def test_a_year_without_an_arrangement_is_kept_in_the_clock() -> None:
    assert started("whistle", "blow", "2098-12-30T09:00", difficulty="hard")["attend"].unknown_years == (2098, 2099)
    assert started("whistle", "blow", "2024-05-06T09:00", difficulty="hard")["attend"].unknown_years == ()


@pytest.mark.parametrize(("day", "due"), [("2024-05-06", "2024-12-31"), ("2024-12-31", "2024-12-31"), ("2025-01-01", "2025-12-31")])
def test_a_fixed_day_is_the_first_that_comes(day: str, due: str) -> None:
    assert started("project", "order", day)["settle"].due == due


@pytest.mark.parametrize(("day", "due"), [("2024-01-31", "2024-02-29"), ("2024-12-01", "2025-01-31"), ("2025-01-15", "2025-02-28")])
def test_a_month_end_is_that_of_the_next_month(day: str, due: str) -> None:
    assert started("diagnosis", "convene", day)["next"].due == due


def test_a_class_chooses_which_clock_runs() -> None:
    assert {one: list(started("loop", "handle", "2024-05-06", **{"class": one})) for one in ("now", "staged", "lasting")} == {
        "now": ["at_once"],
        "staged": ["staged"],
        "lasting": ["review"],
    }


def test_a_limit_in_minutes_is_late_on_a_later_day_or_at_a_later_minute() -> None:
    clock = Clock("sign", "2024-05-06T10:00")
    assert [standing(clock, now) for now in ("2024-05-06", "2024-05-06T10:00", "2024-05-06T10:01", "2024-05-07")] == [
        "running", "running", "late", "late",
    ]  # fmt: skip
    assert standing(Clock("sign", "2024-05-06T10:00", "2024-05-06T10:01"), "2024-05-06") == "met_late"


# --- the machine ------------------------------------------------------------------


def whistle(store: Store, at: str = "2024-05-06T09:00") -> Case:
    told = {"matter": "占道经营", "why": "joint", "unit": "县城管局", "difficulty": "push"}
    with store.change(STREET, DAY, "new") as change:
        return begin(change, KINDS, "whistle", told, branch="Q1", at=at)


def test_every_reason_against_a_beginning_comes_in_one_pass(store: Store) -> None:
    with pytest.raises(Failure) as failure, store.change(COUNTY, DAY, "new") as change:
        begin(change, KINDS, "whistle", {"why": "帮忙", "unit": "", "colour": "x"}, branch="Q9", at="2024-05-07")
    assert sorted(codes(failure)) == ["E410", "E853", "E854", "E854", "E854", "E855", "E856", "E859", "E862"]
    assert store.rows() == []


def test_a_refused_step_leaves_the_ledger_as_it_was(store: Store) -> None:
    case, head = whistle(store), store.head()
    with pytest.raises(Failure) as failure, store.change(Actor("钱进", "县住建局", "owner"), DAY, "do") as change:
        advance(change, KINDS, case, "sign", {"person": "钱进"}, at="2024-05-06T09:10")
    (found,) = failure.value.findings
    assert (found.code, str(found.place)) == ("E857", "云山-哨-2024-0001")
    assert found.message("zh") == "不能签收:不是被吹哨的单位"
    assert store.head() == head


@pytest.mark.parametrize(
    ("move", "at", "code"),
    [
        ("attend", "2024-05-06T09:10", "E852"),
        ("fly", "2024-05-06T09:10", "E867"),
        ("sign", "2024-05-06T08:59", "E860"),
        ("sign", "2024-05-07T09:00", "E859"),
        ("sign", "2024-05-06", "E862"),
        ("sign", "九点", "E858"),
    ],
)
def test_a_step_has_its_place_and_its_time(store: Store, move: str, at: str, code: str) -> None:
    case = whistle(store)
    with pytest.raises(Failure) as failure, store.change(Actor("赵强", "县城管局", "owner"), DAY, "do") as change:
        advance(change, KINDS, case, move, {"person": "赵强"} if move == "sign" else {}, at=at)
    assert code in codes(failure)


def test_numbers_follow_their_kind_and_year(store: Store) -> None:
    assert [whistle(store).number, whistle(store).number] == ["云山-哨-2024-0001", "云山-哨-2024-0002"]
    with store.change(STREET, date(2025, 1, 2), "new") as change:
        made = begin(change, KINDS, "工作项目", {"matter": "路灯不亮"}, branch="青禾社区党支部")
    assert (made.number, made.branch, made.township) == ("云山-工-2025-0001", "Q1", "云台街道")


def test_a_handover_stands_in_the_steps_that_follow_and_in_what_they_are_judged_by(store: Store) -> None:
    """The step after it wrote the former person into the ledger again."""
    case = whistle(store)
    office = Actor("赵强", "县城管局", "owner")
    with store.change(office, DAY, "do") as change:
        case = advance(change, KINDS, case, "sign", {"person": "赵强"}, at="2024-05-06T09:10")
        change.add(Draft(case.id, "handover", {"from": "赵强", "person": "钱进"}))
        made = advance(change, KINDS, case, "contact", {}, at="2024-05-06T09:20")
    assert (case.person, made.person) == ("赵强", "钱进")
    assert "签收人:钱进" in "".join(tell_case(made, KINDS["whistle"].kind, [], "2024-05-06")).replace(" ", "")
    kind = KINDS["whistle"].kind
    assert settled(kind, made).fields["person"] == "钱进"
    given = replace(made, person="")
    assert settled(kind, given) is given


def test_a_case_begins_at_a_branch_that_lives(store: Store) -> None:
    with store.change(COUNTY, DAY, "dissolve") as change:
        dissolve(change, "Q1", "云组〔2024〕2号")
    with pytest.raises(Failure) as failure, store.change(STREET, DAY, "new") as change:
        begin(change, KINDS, "work-item", {"matter": "路灯不亮"}, branch="Q1")
    assert codes(failure) == ["E430"]


def test_a_case_of_a_township_is_of_one_that_the_ledger_knows(store: Store) -> None:
    with pytest.raises(Failure) as failure, store.change(STREET, DAY, "new") as change:
        begin(change, KINDS, "diagnosis", {}, township="云合街道")
    assert codes(failure) == ["E869"]
    assert failure.value.findings[0].values["near"] == "云台街道"


def test_a_kind_without_a_title_of_its_own_is_called_in_chinese_whatever_the_language(store: Store) -> None:
    set_language("en")
    try:
        with store.change(STREET, DAY, "new") as change:
            made = begin(change, KINDS, "diagnosis", {}, township="云台街道")
    finally:
        set_language("zh")
    assert made.title == "四方会诊"


def test_an_internal_kind_needs_an_internal_ledger(store: Store, tmp_path: Path) -> None:
    told = {"triggers": "SL-01|书记空缺", "listed_document": "云组〔2024〕1号", "unit": "云台街道党工委"}
    with pytest.raises(Failure) as failure, store.change(COUNTY, DAY, "new") as change:
        begin(change, KINDS, "plan", told)
    assert codes(failure) == ["E861", "E863"]
    inner = Store.create(tmp_path / "inner.db", "云山", COUNTY, DAY, internal=True)
    with inner.change(COUNTY, DAY, "new") as change:
        change.add(
            Draft("", "branches", {"branches": [{"id": "Q1", "name": "青禾社区党支部", "township": "云台街道", "since": "2024-01-01"}]})
        )
        assert begin(change, KINDS, "plan", told, branch="Q1").state == "listed"
    inner.close()


def problems_and_measures(store: Store) -> tuple[Case, Case]:
    with store.change(COUNTY, DAY, "new") as change:
        told = {"problem": "牌子多", "aspect": "挂牌", "unit": "县民政局", "campaign_end": "2024-06-30"}
        one = begin(change, KINDS, "problem", told)
        other = {"measure": "清理牌子", "unit": "县民政局", "person": "孙丽", "due": "2024-05-31", "problems": one.number}
        return one, begin(change, KINDS, "measure", other)


def test_links_lead_both_ways_and_hold_a_measure_in_place(store: Store) -> None:
    problem, measure = problems_and_measures(store)
    assert store.entry(problem.id).links == (measure.id,)  # type: ignore[union-attr]
    assert store.entry(measure.id).links == (problem.id,)  # type: ignore[union-attr]
    with pytest.raises(Failure) as failure, store.change(COUNTY, DAY, "do") as change:
        advance(change, KINDS, measure, "drop", {}, reason="不再需要")
    assert codes(failure) == ["E857"]
    with store.change(COUNTY, DAY, "do") as change:
        told = {"measure": "建立准入", "unit": "县民政局", "person": "孙丽", "due": "2024-06-10", "problems": problem.number}
        second = begin(change, KINDS, "measure", told)
        assert advance(change, KINDS, measure, "drop", {}, reason="有了准入制度").ended  # no longer the only one
    with pytest.raises(Failure), store.change(COUNTY, DAY, "do") as change:
        advance(change, KINDS, problem, "close", {"result": "牌子清零"})  # what was dropped does not count as done
    with store.change(COUNTY, DAY, "do") as change:
        advance(change, KINDS, second, "finish", {"result": "制度已印发"})
        assert advance(change, KINDS, problem, "close", {"result": "牌子清零"}).state == "closed"


def test_links_of_the_wrong_kind_or_ended_are_told(store: Store) -> None:
    problem, measure = problems_and_measures(store)
    with store.change(COUNTY, DAY, "do") as change:
        advance(change, KINDS, problem, "withdraw", {}, reason="重复")
    told = {"measure": "x", "unit": "y", "person": "z", "due": "2024-06-10", "problems": f"{problem.number};{measure.number}"}
    with pytest.raises(Failure) as failure, store.change(COUNTY, DAY, "new") as change:
        begin(change, KINDS, "measure", told)
    assert codes(failure) == ["E864", "E866"]


def test_events_alone_make_the_cases_again(store: Store) -> None:
    problems_and_measures(store)
    case = whistle(store)
    with store.change(Actor("赵强", "县城管局", "owner"), DAY, "do") as change:
        advance(change, KINDS, case, "sign", {"person": "赵强"}, at="2024-05-06T10:30")
    assert store.verify() is None
    assert store.rebuild() == []
    rests_on = {event.pack for event in store.events() if event.action in ("begin", "step")}
    assert rests_on == {KINDS[kind].digest for kind in ("problem", "measure", "whistle")}


def test_a_case_of_a_kind_that_is_not_there_says_so(store: Store, tmp_path: Path) -> None:
    (tmp_path / "visit.yaml").write_text((BAD / "good.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    told = {"house": "商户", "class": "商铺", "count": "2", "again": "2024-06-01"}
    with store.change(Actor("李明", "云台街道", "owner"), DAY, "new") as change:
        case = begin(change, load_kinds(tmp_path), "visit", told)
    assert (case.title, case.clocks) == ("商户", (Clock("check", "2024-05-15"),))
    with pytest.raises(Failure) as failure, store.change(COUNTY, DAY, "do") as change:
        advance(change, KINDS, case, "check", {})
    assert codes(failure) == ["E865"]
    with pytest.raises(Failure) as failure:
        find_kind(KINDS, "visit")
    assert codes(failure) == ["E851"]
