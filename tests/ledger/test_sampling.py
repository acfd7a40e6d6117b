"""The look-back sample: rounded up in every group, the same for everybody, never drawn without leaving a trace."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction
from math import ceil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from small_ledgers import COUNTY, OWNER, add, in_english, move, new_ledger, run

from evaluator.commands.sampling import COMMANDS
from evaluator.ledger.cases import Case
from evaluator.ledger.events import Draft
from evaluator.ledger.find import Filter
from evaluator.ledger.rows import Row, row_of
from evaluator.ledger.store import Store
from evaluator.ledger.visits.sampling import draw, lot, population, rate_of

AS_OF = date(2024, 7, 1)
BLANK = row_of(Case("", "issue", "", "", "closed", True, AS_OF))
WHO = ("--as-of", AS_OF, "--actor", "李晓", "--unit", "县委组织部", "--role", "county")


def row(number: int, **more: str) -> Row:
    return BLANK._replace(id=f"e{number}", number=f"云台-2024-{number:04d}", **more)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Twenty closed issues in two townships, of which every fifth is a key one, and one open issue."""
    made = new_ledger(tmp_path / "ledger.db")
    for n in range(20):
        township = "云台街道" if n < 15 else "双塘街道"
        add(
            made, "closed", branch=f"B{n % 4}", name=f"第{n % 4}支部", township=township, closed=date(2024, 2 + n % 4, 1),
            importance="minor" if n % 5 else "key",
        )  # fmt: skip
    add(made)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("text", "rate"), [("10%", 100), ("12.5%", 125), (" 100% ", 1000), ("5%", 50), ("0.1%", 1)]
)  # fmt: skip
def test_a_rate_is_a_percentage_with_its_sign(text: str, rate: int) -> None:
    assert rate_of(text) == Fraction(rate, 1000)


@pytest.mark.parametrize("text", ["10", "0.1", "0%", "101%", "-5%", "%", "十%", "1/2%", "1e1%", "10%%", "10% x"])
def test_anything_else_is_no_rate(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        rate_of(text)


def test_the_lot_is_the_hash_of_seed_and_id() -> None:
    """So written that another tool can draw again."""
    assert lot("2024-17", "e3") == hashlib.sha256(b"2024-17|e3").hexdigest()
    rows = [row(n) for n in range(1, 11)]
    first = sorted(rows, key=lambda one: hashlib.sha256(f"种子|{one.id}".encode()).hexdigest())[:3]
    assert set(draw(rows, Fraction(3, 10), "种子").rows) == set(first)
    assert [one.number for one in draw(rows, Fraction(3, 10), "种子").rows] == sorted(one.number for one in first)


groups = st.lists(st.tuples(st.sampled_from("甲乙丙"), st.sampled_from(("key", "minor"))), min_size=1, max_size=40)


@given(groups, st.integers(1, 100), st.text(max_size=5), st.booleans(), st.randoms(use_true_random=False))
def test_every_group_gives_its_share_rounded_up(
    told: list[tuple[str, str]], percent: int, seed: str, all_key: bool, random: object
) -> None:
    rows = [row(n, township=township, importance=importance) for n, (township, importance) in enumerate(told, 1)]
    rate = Fraction(percent, 100)
    made = draw(rows, rate, seed, per="township", all_key=all_key)
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert draw(shuffled, rate, seed, per="township", all_key=all_key) == made
    drawn = Counter(one.township for one in made.rows)
    for name, count in Counter(township for township, _ in told).items():
        keys = sum(one == (name, "key") for one in told) if all_key else 0
        assert drawn[name] == keys + ceil(rate * (count - keys)) >= 1
        assert next(share for share in made.shares if share.name == name).drawn == drawn[name]
    if all_key:
        assert {one.id for one in rows if one.importance == "key"} <= {one.id for one in made.rows}
    assert made.population == len(rows)


def test_seeds_draw_differently_and_evenly() -> None:
    rows = [row(n) for n in range(1, 11)]
    counts = Counter(one.id for seed in range(2000) for one in draw(rows, Fraction(1, 5), str(seed)).rows)
    assert sum(counts.values()) == 4000
    assert all(320 < counts[one.id] < 480 for one in rows)


def test_branches_of_one_name_are_groups_of_their_own() -> None:
    rows = [row(1, branch="B1", branch_name="第一支部"), row(2, branch="B2", branch_name="第一支部")]
    made = draw(rows, Fraction(1, 10), "s", per="branch")
    assert len(made.rows) == 2
    assert [share.name for share in made.shares] == ["第一支部", "第一支部"]


def test_only_what_is_closed_is_drawn_and_the_period_bounds_it(store: Store) -> None:
    assert len(population(store, Filter(), AS_OF)) == 20
    assert len(population(store, Filter(township="双塘街道"), AS_OF)) == 5
    assert {one.closed for one in population(store, Filter(), AS_OF, date(2024, 3, 1), date(2024, 4, 1))} == {"2024-03-01", "2024-04-01"}
    assert {one.closed for one in population(store, Filter(), date(2024, 3, 1), None, date(2024, 12, 31))} == {"2024-02-01", "2024-03-01"}


def test_the_same_ledger_and_seed_draw_the_same_after_the_draw_was_recorded(store: Store, tmp_path: Path) -> None:
    asked = ("sample", "--rate", "20%", "--by", "township", "--seed", "17", "--ledger", store.path, *WHO)
    first, second = run(COMMANDS, *asked), run(COMMANDS, *asked)
    assert first.exit_code == second.exit_code == 0, first.output
    one, two = (event for event in store.events("") if event.action == "sample")
    assert one.data["drawn"] == two.data["drawn"]
    assert one.data["population"] == 20
    assert one.data["groups"] == [["云台街道", 15, 3], ["双塘街道", 5, 1]]
    assert one.data["head"] != two.data["head"] == one.hash
    assert (one.data["seed"], one.data["rate"], one.data["per"], one.data["all_key"]) == ("17", "20%", "township", False)
    assert "本年第几次抽取 1" in first.output
    assert "本年第几次抽取 2" in second.output
    assert one.data["head"] in first.output
    assert all(len(line.encode("gb18030")) <= 80 for line in first.output.splitlines() if one.data["head"] not in line)
    assert store.verify() is None
    assert store.rebuild() == []


def test_the_sheet_to_carry_says_what_was_done_and_leaves_room_to_write(store: Store, tmp_path: Path) -> None:
    name = "双塘社区党支部"
    issue = add(store, branch="B9", name=name, unit=name, problem="值班电话 13812345678 无人接听", township="双塘街道")
    papers = [{"name": "值班表", "dated": "2024-06-01"}]
    move(store, issue, "submit", date(2024, 6, 2), replace(OWNER, unit=name), done_on="2024-06-01", text="已安排值班", papers=papers)
    move(store, issue, "accept", date(2024, 6, 3), COUNTY, outcome="full", method="site", opinion="属实")
    with store.change(COUNTY, AS_OF, "test") as change:
        change.add(Draft(issue.id, "note", {"text": "="}))
    out = tmp_path / "抽查.xlsx"
    asked = ("sample", "--rate", "100%", "--branch", "B9", "--seed", "=1+1", "--out", out, "--ledger", store.path, *WHO)
    result = run(COMMANDS, *asked)
    assert result.exit_code == 0, result.output
    assert str(out) in result.output
    assert "138****5678" in result.output
    book = load_workbook(out)
    sheet, record = book["核查表"], book["抽取记录"]
    rows = list(sheet.iter_rows(values_only=True))
    at = next(n for n, line in enumerate(rows) if line[0] == "台账编号")
    assert rows[at] == ("台账编号", "支部", "问题表现", "整改情况", "佐证", "销号日期", "验收人", "结果", "说明", "签名")
    line = rows[at + 1]
    assert line[:3] == (issue.number, "双塘社区党支部\n双塘街道", "值班电话 138****5678 无人接听")
    assert line[3:7] == ("已安排值班", "值班表 2024-06-01", "2024-06-03", "李晓\n县委组织部")
    assert line[7:] == (None, None, None)
    assert [rule.formula1 for rule in sheet.data_validations.dataValidation] == ['"巩固,反弹"']
    told = dict(list(record.iter_rows(values_only=True))[1:])
    assert told["种子"] == "=1+1"
    assert told["已销号(总体)"] == 1
    assert record.cell(row=[r[0].value for r in record.iter_rows()].index("种子") + 1, column=2).data_type == "s"


def test_the_same_draw_gives_the_same_bytes(store: Store, tmp_path: Path) -> None:
    """The head differs after the first draw, so the second is made from a copy of the ledger."""
    store.backup(tmp_path / "copy.db")
    made = []
    for name in ("ledger.db", "copy.db"):
        out = tmp_path / f"{name}.xlsx"
        assert run(COMMANDS, "sample", "--rate", "50%", "--seed", "1", "--out", out, "--ledger", tmp_path / name, *WHO).exit_code == 0
        made.append(out.read_bytes())
    assert made[0] == made[1]


def test_what_cannot_be_drawn_records_nothing(store: Store, tmp_path: Path) -> None:
    before = store.head()
    told = ("--ledger", store.path, *WHO)
    nothing = run(COMMANDS, "sample", "--rate", "10%", "--seed", "1", "--township", "无此街道", *told)
    assert (nothing.exit_code, "E840" in nothing.output) == (2, True)
    bad = run(COMMANDS, "sample", "--rate", "10", "--seed", "1", *told)
    assert (bad.exit_code, "百分号" in bad.output) == (2, True)
    period = run(COMMANDS, "sample", "--rate", "10%", "--seed", "1", "--period", "2024Q9", *told)
    assert period.exit_code == 2
    (tmp_path / "folder.xlsx").mkdir()
    unwritable = run(COMMANDS, "sample", "--rate", "10%", "--seed", "1", "--out", tmp_path / "folder.xlsx", *told)
    assert (unwritable.exit_code, "E305" in unwritable.output) == (2, True)
    for place in (".", "/", "..", tmp_path):
        folder = run(COMMANDS, "sample", "--rate", "10%", "--seed", "1", "--out", place, *told)
        assert (folder.exit_code, "这是一个文件夹" in folder.output) == (2, True), place
    for slip in ("0000Q1", "9999Q4"):
        assert run(COMMANDS, "sample", "--rate", "10%", "--seed", "1", "--period", slip, *told).exit_code == 2
    assert store.head() == before
    assert not list(tmp_path.glob(".*"))


def test_english_has_its_own_words(store: Store, tmp_path: Path) -> None:
    with in_english():
        asked = ("sample", "--rate", "10%", "--seed", "1", "--all-key", "--out", tmp_path / "x.xlsx", "--ledger", store.path)
        result = run(COMMANDS, *asked, *WHO)
    assert "head hash of the ledger" in result.output
    assert "10%, all key ones" in result.output
    assert load_workbook(tmp_path / "x.xlsx").sheetnames == ["Look-back", "Draw record"]
