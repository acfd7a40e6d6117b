"""The ladder of slips and the handover list: which rung, once, on a later day than the one before, and what the paper says."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import docx
import pytest
from docx.table import Table
from ledger_runs import (
    CHIEF,
    FIRST,
    OWNER,
    changing,
    closed,
    compared,
    failing,
    given,
    issue_of,
    move,
    new_store,
    opened,
    pack,
    rows,
    run_command,
    seen,
    submitted,
)

from evaluator import data_dir
from evaluator.commands.upkeep import COMMANDS
from evaluator.diagnostics import Failure
from evaluator.ledger.calendar import published
from evaluator.ledger.dates import suspend
from evaluator.ledger.events import TOOL, Draft
from evaluator.ledger.handover import hand_over
from evaluator.ledger.slips import due_slips, make_out, next_rung
from evaluator.ledger.store import Store
from evaluator.packs.ledger_rules import LedgerRules
from evaluator.packs.load import load_pack

Golden = Callable[[str, str], None]
KEY = "B1|A-1|"
DELIVERED = date(2024, 3, 1)
DUE = date(2024, 3, 31)
HOSTILE = "完成率<60% & {{ 7*7 }} {% raw %} </w:t> <b>未整改</b>"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = new_store(tmp_path / "ledger.db")
    opened(made, seen(failing(), FIRST, {"B1": ["A-1", "A-2"], "B4": ["A-1", "T-1"]}))
    yield made
    made.close()


def day(after: int) -> date:
    return DUE + timedelta(days=after)


def slips(store: Store, on: date, *, dry: bool = False) -> list[tuple[str, str, str, bool]]:
    """Make out the slips of a day; return issue, rung, number and whether it had been made out before."""
    with changing(store, on, dry=dry) as change:
        found = list(due_slips(change))
        make_out(change, found)
    return [(one.issue.key, one.rung.id, one.number.rpartition("-")[2], one.made) for one in found]


def rungs(store: Store, *after: int) -> list[str]:
    """Return what is made out on each of several days, ``""`` where nothing is."""
    return ["".join(rung for _, rung, _, made in slips(store, day(one)) if not made) for one in after]


def ladder(name: str) -> LedgerRules:
    return load_pack(str(data_dir("rules") / name / "pack.yaml")).pack.ledger


# --- the ladder -------------------------------------------------------------------------


def test_each_rung_once_and_in_order(store: Store) -> None:
    given(store, KEY, DELIVERED)
    assert rungs(store, -4, -3, -2, 0, 1, 2, 6, 7, 14, 15, 29, 30, 31, 300) == [
        "", "blue", "", "", "yellow", "", "", "red", "", "talk", "", "blame", "", "",
    ]  # fmt: skip
    assert [one.rung for one in issue_of(store, KEY).now.slips] == ["blue", "yellow", "red", "talk", "blame"]


def test_a_rung_waits_for_the_one_before_it_made_out_on_an_earlier_day(store: Store) -> None:
    given(store, KEY, DELIVERED)
    assert rungs(store, 40, 40, 45, 46, 53, 54, 68, 69) == ["yellow", "", "", "red", "", "talk", "", "blame"]


def test_on_the_day_of_a_rung_none_that_follows_it(store: Store) -> None:
    given(store, KEY, DELIVERED)
    assert rungs(store, -3, 40) == ["blue", "yellow"]
    issue, rules = issue_of(store, KEY), store.book().rules("small")
    assert next_rung(issue, rules, day(45)) is None
    assert (rung := next_rung(issue, rules, day(46))) is not None
    assert rung.id == "red"


@pytest.mark.parametrize("name", ["five-star-urban", "five-star-rural", "soft-and-lax", "soft-and-lax-acceptance"])
def test_the_ladders_of_the_shipped_packs(store: Store, name: str) -> None:
    issue = given(store, KEY, DELIVERED)
    rules = ladder(name)
    first = min(rung.days for rung in rules.slips if rung.after is None)
    assert next_rung(issue, rules, day(first - 1)) is None
    found = []
    for after in range(first, 60):
        while (rung := next_rung(issue, rules, day(after))) is not None:
            found.append((rung.id, after))
            with changing(store, day(after)) as change:
                change.add(Draft(issue.id, "slip", {"rung": rung.id, "number": rung.id, "to": "甲"}))
            issue = issue_of(store, KEY)
    stars = [("blue", -3), ("yellow", 1), ("red", 7), ("interview", 15), ("accountability", 30)]
    assert found == (stars if name.startswith("five") else [("blue", 1), ("orange", 7), ("red", 15)])


def test_the_same_day_gives_the_same_slip_and_no_second(store: Store) -> None:
    given(store, KEY, DELIVERED)
    assert slips(store, day(0)) == [(KEY, "blue", "1", False)]
    head = store.head()
    assert slips(store, day(0)) == [(KEY, "blue", "1", True)]
    assert store.head() == head
    assert slips(store, day(2)) == [(KEY, "yellow", "2", False)]


def test_nobody_is_reminded_of_a_day_that_has_passed(store: Store) -> None:
    given(store, KEY, DELIVERED)
    assert rungs(store, 2, 3, 9) == ["yellow", "", "red"]
    assert [one.rung for one in issue_of(store, KEY).now.slips] == ["yellow", "red"]


def test_only_trying_makes_out_nothing(store: Store) -> None:
    given(store, KEY, DELIVERED)
    head = store.head()
    assert slips(store, day(1), dry=True) == slips(store, day(1), dry=True)
    assert store.head() == head


def none_for(store: Store, key: str) -> bool:
    return not [one for after in (1, 2, 30) for one in slips(store, day(after)) if one[0] == key]


def test_never_for_what_is_submitted(store: Store) -> None:
    given(store, KEY, DELIVERED)
    submitted(store, KEY, day(-10))
    assert none_for(store, KEY)
    move(store, issue_of(store, KEY), "accept", day(40), CHIEF, outcome="none", method="site", opinion="未改")
    assert slips(store, day(41)) == [(KEY, "yellow", "1", False)]


def test_never_for_what_is_held(store: Store) -> None:
    given(store, KEY, DELIVERED)
    move(store, issue_of(store, KEY), "hold", DELIVERED, text="汛期", review=str(day(-5)), document="文1")
    assert none_for(store, KEY)


def test_never_for_what_has_ended_or_is_not_delivered(store: Store) -> None:
    given(store, KEY, DELIVERED)
    closed(store, KEY, day(-10))
    move(store, issue_of(store, "B4|A-1|"), "register", FIRST)
    assert none_for(store, KEY)
    assert none_for(store, "B4|A-1|")


def test_never_for_an_observation(tmp_path: Path) -> None:
    store = new_store(tmp_path / "observed.db")
    one_at_a_time = pack(ledger={"branch_limit": 1, "slips": [{"id": "x", "label": "单", "days": 1}]})
    opened(store, seen(failing([one_at_a_time]), FIRST, {"B1": ["A-1", "A-2"]}))
    (row,) = rows(store, observed=1)
    with changing(store, FIRST) as change:  # even if it had a day
        change.add(Draft(row.id, "redate", {"due": str(DUE)}))
    assert none_for(store, row.key)
    store.close()


def test_a_granted_extension_makes_later_rungs_wait(store: Store) -> None:
    given(store, KEY, DELIVERED)
    assert rungs(store, -3) == ["blue"]
    move(store, issue_of(store, KEY), "extend", day(0), OWNER, due=str(day(20)), text="材料未到")
    assert rungs(store, 1) == ["yellow"]  # nobody has decided yet
    move(store, issue_of(store, KEY), "decide", day(2), CHIEF, decision="granted", document="批1")
    assert rungs(store, 7, 20, 26, 27, 34, 35) == ["", "", "", "red", "", "talk"]


def test_a_suspension_makes_them_wait_too(store: Store) -> None:
    given(store, KEY, DELIVERED)
    with changing(store, DELIVERED) as change:
        suspend(change, "防汛1号", day(-10), day(-1), {}, "汛期", published())
    assert rungs(store, -3, 6, 7, 10, 11) == ["", "", "blue", "", "yellow"]


def test_a_relapse_begins_the_ladder_anew_and_no_number_is_given_twice(store: Store) -> None:
    given(store, KEY, DELIVERED)
    assert rungs(store, -3, 1) == ["blue", "yellow"]
    closed(store, KEY, day(5))
    compared(store, seen(failing(), day(30), {"B1": ["A-1"]}))
    move(store, issue_of(store, KEY), "assign", day(30))
    move(store, issue_of(store, KEY), "deliver", day(30), on=str(day(30)))
    assert slips(store, day(59)) == [(KEY, "blue", "3", False)]


def test_to_whom_a_slip_goes(store: Store) -> None:
    given(store, KEY, DELIVERED, leader="何建")
    given(store, "B4|T-1|", DELIVERED, unit="清渠街道党工委", person="许宁", leader="高洁")
    given(store, "B4|A-1|", DELIVERED, unit="柳荫社区", person="柳青")
    for after in (-3, 1, 7, 15, 30):
        slips(store, day(after))
    told = {key: [one.to for one in issue_of(store, key).now.slips] for key in (KEY, "B4|T-1|", "B4|A-1|")}
    assert told == {
        KEY: ["青禾社区", "青禾社区", "何建", "何建", "云台街道"],
        "B4|T-1|": ["清渠街道党工委", "清渠街道党工委", "高洁", "高洁", "高洁"],
        "B4|A-1|": ["柳荫社区", "柳荫社区", "清渠街道", "清渠街道", "清渠街道"],  # nobody leads it: its township is told
    }


# --- the papers ----------------------------------------------------------------------------


def text_of(path: Path) -> str:
    """Return the text of a Word file and its footer, a line for each paragraph and each row."""
    document = docx.Document(str(path))
    lines = [
        line
        for block in document.iter_inner_content()
        for line in ([" | ".join(cell.text for cell in row.cells) for row in block.rows] if isinstance(block, Table) else [block.text])
    ]
    return "\n".join([*lines, *(one.text for section in document.sections for one in section.footer.paragraphs)]) + "\n"


def who(tmp_path: Path, on: date) -> tuple[object, ...]:
    return ("--ledger", tmp_path / "ledger.db", "--as-of", on, "--actor", "李明", "--unit", "县委组织部", "--role", "county")


def without_hash(text: str) -> str:
    """Return a text with the version and the hash of its footer, which stands for everything that happened, blanked."""
    start, _, hash_ = text.rstrip("\n").rpartition(f"{TOOL} · ")
    assert len(hash_) == 16
    assert set(hash_) <= set("0123456789abcdef")
    return f"{start}starbranch … · …\n"


def test_the_slip(tmp_path: Path, store: Store, golden: Golden) -> None:
    measures = [{"text": "补齐会议记录"}, {"text": "按月开展主题党日", "person": "王芳", "due": "2024-03-20"}]
    given(store, KEY, DELIVERED, leader="何建", measures=measures)
    slips(store, day(-3))
    slips(store, day(1))
    done = run_command(COMMANDS, "due", "--out", tmp_path / "slips", "--apply", *who(tmp_path, day(8)))
    number = f"{issue_of(store, KEY).number}-3"
    assert done.exit_code == 0, done.output
    assert f"{number}  红色督办单  何建" in done.output
    assert "应发 1 份,本次登记 1 份" in done.output
    (path,) = (tmp_path / "slips").iterdir()
    assert path.name == f"{number}.docx"
    golden("slip.txt", without_hash(text_of(path)))


def test_made_out_twice_on_a_day_it_is_the_same_paper(tmp_path: Path, store: Store) -> None:
    given(store, KEY, DELIVERED)
    given(store, "B4|A-1|", DELIVERED)
    for folder in ("tried", "made", "again"):
        apply = [] if folder == "tried" else ["--apply"]
        run_command(COMMANDS, "due", "--out", tmp_path / folder, *apply, *who(tmp_path, day(1)))
    names = sorted(path.name for path in (tmp_path / "made").iterdir())
    assert len(names) == 2
    for name in names:
        assert (
            (tmp_path / "tried" / name).read_bytes() == (tmp_path / "made" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
        )
    assert len(issue_of(store, KEY).now.slips) == 1


def test_texts_that_look_like_markup_stay_what_they_are(tmp_path: Path, store: Store) -> None:
    given(store, KEY, DELIVERED, unit=HOSTILE, person=HOSTILE, measures=[{"text": HOSTILE}])
    move(store, issue_of(store, "B4|A-1|"), "register", FIRST)
    with changing(store, DELIVERED) as change:
        change.add(Draft(issue_of(store, KEY).id, "place", {"branch_name": HOSTILE}))
        change.add(Draft(issue_of(store, KEY).id, "edit", {"fields": {"problem": HOSTILE}}))
    run_command(COMMANDS, "due", "--out", tmp_path / "slips", *who(tmp_path, day(1)))
    (path,) = (tmp_path / "slips").iterdir()
    assert text_of(path).count(HOSTILE) == 7


def asked(tmp_path: Path, on: date, *words: object) -> list[str]:
    """Return the lines that ``ledger due`` prints."""
    done = run_command(COMMANDS, "due", *words, *who(tmp_path, on))
    assert done.exit_code == 0, done.output
    return done.output.splitlines()


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ((), [KEY, "B1|A-2|", "B4|A-1|"]),
        (("--township", "云台街道"), [KEY, "B1|A-2|"]),
        (("--branch", "B4"), ["B4|A-1|"]),
        (("--branch", "青禾社区", "--item", "A-2"), ["B1|A-2|"]),
        (("--for-person", "柳青"), ["B4|A-1|"]),
        (("--township", "东亭街道"), []),
    ],
)
def test_filters_narrow_the_slips_that_are_made_out(tmp_path: Path, store: Store, words: tuple[str, ...], keys: list[str]) -> None:
    for key in (KEY, "B1|A-2|"):
        given(store, key, DELIVERED)
    given(store, "B4|A-1|", DELIVERED, unit="柳荫社区", person="柳青")
    numbers = [f"{issue_of(store, key).number}-1" for key in keys]
    told = asked(tmp_path, day(1), *words, "--apply", "--out", tmp_path / "slips")
    assert [line.split()[0] for line in told[:-1]] == numbers
    assert told[-1].startswith(f"应发 {len(keys)} 份,本次登记 {len(keys)} 份")
    assert sorted(path.stem for path in tmp_path.glob("slips/*")) == sorted(numbers)
    assert {row.key for row in rows(store) if row.slips} == set(keys)


def begun(store: Store, number: str, due: date, *, ended: bool = False) -> None:
    """Begin a case of another kind that has one limit."""
    told = {"kind": "plan", "number": number, "state": "open", "ended": ended, "title": f"工作{number}", "unit": "区住建局"}
    clock = {"name": "do", "due": str(due)}
    with changing(store, FIRST) as change:
        change.add(Draft("", "begin", {**told, "move": "make", "at": str(FIRST), "clocks": [] if ended else [clock]}, new=True))


def test_cases_of_other_kinds_that_are_late_are_named_below_the_slips(tmp_path: Path, store: Store) -> None:
    given(store, KEY, DELIVERED)
    assert len(asked(tmp_path, day(1))) == 2
    begun(store, "云山-划-0001", day(0))
    begun(store, "云山-划-0002", day(1))
    begun(store, "云山-划-0003", day(-9), ended=True)
    slip, _, count, line = asked(tmp_path, day(1))
    assert slip.startswith(f"{issue_of(store, KEY).number}-1")
    assert count == "到期的其他事项 1 件"
    assert line == f"  云山-划-0001  区住建局  工作云山-划-0001  {day(0)}"
    assert asked(tmp_path, day(2))[2] == "到期的其他事项 2 件"
    narrowed = run_command(COMMANDS, "due", "--township", "别处街道", *who(tmp_path, day(2)))
    assert (narrowed.exit_code, "到期的其他事项" in narrowed.output) == (0, False)


def milestones_told(tmp_path: Path, on: date, *words: object) -> list[str]:
    return [line for line in asked(tmp_path, on, *words) if "节点" in line]


def test_a_measure_with_a_day_of_its_own_is_told_when_near_and_when_missed_until_it_is_done(tmp_path: Path, store: Store) -> None:
    """Long before the issue itself is due, and no slip is made out for it."""
    first, second = date(2024, 3, 10), date(2024, 3, 20)
    given(
        store,
        KEY,
        DELIVERED,
        measures=[{"text": "排查", "due": str(first), "target": 3}, {"text": "挂牌", "due": str(second)}, {"text": "回访"}],
    )
    told = {on: milestones_told(tmp_path, first + timedelta(days=on)) for on in (-4, -3, 0, 1)}
    assert told[-4] == []
    assert all("排查" in line and str(first) in line for lines in list(told.values())[1:] for line in lines)
    assert [len(lines) for lines in told.values()] == [0, 1, 1, 1]
    assert ["节点已过" in line for lines in list(told.values())[1:] for line in lines] == [False, False, True]
    assert [("排查" in line, "挂牌" in line) for line in milestones_told(tmp_path, second)] == [(True, False), (False, True)]
    assert len(milestones_told(tmp_path, second, "--township", "云台街道")) == 2
    assert milestones_told(tmp_path, second, "--township", "清渠街道") == []
    move(store, issue_of(store, KEY), "progress", first, OWNER, text="查完", done={"1": 3})
    assert ["挂牌" in line for line in milestones_told(tmp_path, second)] == [True]
    assert not issue_of(store, KEY).now.slips


@pytest.mark.parametrize("below", [False, True])
def test_a_file_where_a_folder_should_be_is_a_sentence_and_no_slip_is_made_out(tmp_path: Path, store: Store, below: bool) -> None:
    given(store, KEY, DELIVERED)
    (tmp_path / "有了").write_text("我的", encoding="utf-8")
    head = store.head()
    out = tmp_path / "有了" / "单" if below else tmp_path / "有了"
    told = run_command(COMMANDS, "due", "--out", out, "--apply", *who(tmp_path, day(1)))
    assert (told.exit_code, "E305" in told.output, "有了" in told.output, "Traceback" in told.output) == (2, True, True, False)
    assert (tmp_path / "有了").read_text(encoding="utf-8") == "我的"
    assert store.head() == head
    assert not issue_of(store, KEY).now.slips


# --- handing over ------------------------------------------------------------------------------


def test_the_handover_gives_everything_of_that_person_in_that_unit(tmp_path: Path, store: Store, golden: Golden) -> None:
    given(store, KEY, DELIVERED)
    given(store, "B1|A-2|", DELIVERED)
    closed(store, "B1|A-2|", day(-10))
    given(store, "B4|A-1|", DELIVERED, unit="柳荫社区", person="王芳")  # the same name elsewhere
    given(store, "B4|T-1|", DELIVERED, person="柳青")  # the same unit, another person
    path = tmp_path / "handover.docx"
    done = run_command(
        COMMANDS, "handover", "--for-unit", "青禾社区", "--from", "王芳", "--to", "周宁", "--document", "组〔2024〕9号", "--out", path,
        *who(tmp_path, day(4)),
    )  # fmt: skip
    assert done.output == "1 项已交接给周宁,标为承接\n"
    told = {row.key: (row.person, issue_of(store, row.key).inherited) for row in rows(store)}
    assert told == {
        KEY: ("周宁", True),
        "B1|A-2|": ("王芳", False),
        "B4|A-1|": ("王芳", False),
        "B4|T-1|": ("柳青", False),
    }
    golden("handover.txt", text_of(path).replace(TOOL, "starbranch …"))


def test_inherited_until_it_comes_back(store: Store) -> None:
    given(store, KEY, DELIVERED)
    with changing(store, DELIVERED) as change:
        hand_over(change, "青禾社区", "王芳", "周宁", "文1")
    closed(store, KEY, day(-10))
    assert issue_of(store, KEY).inherited
    compared(store, seen(failing(), day(30), {"B1": ["A-1"]}))
    assert (issue_of(store, KEY).inherited, issue_of(store, KEY).now.person) == (False, "周宁")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (("青禾社区", "王芳", "王芳", "文1"), "E445"),
        (("青禾社区", "王芳", "周宁", " "), "E440"),
        (("青禾社区", "无此人", "周宁", "文1"), "E444"),
        (("柳荫社区", "王芳", "周宁", "文1"), "E444"),
    ],
)
def test_a_handover_that_is_none(store: Store, asked: tuple[str, str, str, str], code: str) -> None:
    given(store, KEY, DELIVERED)
    head = store.head()
    with pytest.raises(Failure) as caught, changing(store, DELIVERED) as change:
        hand_over(change, *asked)
    assert [one.code for one in caught.value.findings] == [code]
    assert store.head() == head
