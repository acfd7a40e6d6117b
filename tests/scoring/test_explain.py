"""Explanations of the example: their parts add up to the stored points, from the run folder alone, in both languages."""

import re
import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from evaluator import data_dir
from evaluator.assess import Assessment, Wanted, assess
from evaluator.evidence.files import read_file
from evaluator.messages import Language
from evaluator.scoring.explain import Line, explain_branch, explain_item
from evaluator.scoring.folder import new_folder, read_run, write_run
from evaluator.scoring.period import Period
from evaluator.scoring.results import CriterionRow, Run

BOOK = data_dir("examples") / "communities-2023.xlsx"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
R = date(2023, 12, 31)


@pytest.fixture(scope="module")
def made() -> Assessment:
    return assess(Wanted((BOOK,), ("five-star-urban", "soft-and-lax"), Period(date(2023, 1, 1), R, R), second_count=0))


@pytest.fixture(scope="module")
def run(made: Assessment, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run as it is read back from a folder that was moved."""
    home = tmp_path_factory.mktemp("run")
    with new_folder(home / "first") as folder:
        write_run(made.run, folder, made.pack_texts)
    shutil.move(home / "first", home / "elsewhere")
    return read_run(home / "elsewhere")


@pytest.fixture(scope="module")
def trees(run: Run) -> dict[tuple[str, str], Line]:
    """The line of every item of every visited branch, by branch and item."""
    return {
        (branch.id, line.id): line
        for branch in run.register.branches
        for top in explain_branch(run, branch.id)
        for line in walk(top)
        if line.kind in ("criterion", "veto", "trigger", "gate")
    }


def walk(line: Line) -> Iterator[Line]:
    yield line
    for below in line.lines:
        yield from walk(below)


def numbers(text: str) -> list[int]:
    """Return the numbers of a verdict in hundredths."""
    return [int(Decimal(one) * 100) for one in NUMBER.findall(text)]


def reckoned(line: Line, row: CriterionRow) -> tuple[int, int, int]:
    """Return lowest, highest and full points of a criterion from what its explanation says, added up by hand."""
    low = high = full = 0
    for part in line.lines:
        if part.kind != "part" or "退出" in part.verdict:
            continue
        found = numbers(part.verdict)
        low, high, full = low + found[0], high + found[-2], full + found[-1]
    if not any(part.kind == "part" for part in line.lines):
        low = high = full = row.points
    for deduct in line.lines:
        if deduct.kind == "deduct":
            found = numbers(deduct.verdict)
            low, high = low - found[-1], high - found[0]
    for told in line.lines:
        if told.kind == "condition" and told.text.startswith("记 0 分"):
            low = 0 if told.verdict[0] != "✗" else low
            high = 0 if told.verdict[0] == "✓" else high
    return max(low, 0), max(high, 0), full


def test_what_every_criterion_explains_adds_up_to_its_points(run: Run, trees: dict[tuple[str, str], Line]) -> None:
    seen = set()
    for row in run.criteria:
        if row.status in ("not_applicable", "not_due"):
            continue
        line = trees[row.branch_id, row.criterion]
        assert reckoned(line, row) == (row.earned, row.earned_possible, row.points), (row, line)
        seen.add(row.status)
    assert seen == {"met", "partial", "unmet", "unproven"}
    assert len(run.criteria) == 34 * 46


def test_groups_say_the_stored_sums(run: Run) -> None:
    rows = {(row.branch_id, row.group): row for row in run.groups}
    for branch in run.register.branches[:9]:
        for top in explain_branch(run, branch.id):
            for line in top.lines:
                if line.kind == "group":
                    row = rows[branch.id, line.id]
                    assert {row.earned, row.applicable} <= set(numbers(line.verdict)), line.verdict
                    assert ("★" in line.verdict) == row.awarded


def test_the_verdict_of_every_finding_is_the_truth_of_its_condition(run: Run, trees: dict[tuple[str, str], Line]) -> None:
    signs = {"true": "✓", "pending": "✓", "open": "?"}
    states = {(row.branch_id, row.id): row.state for row in run.findings}
    found = 0
    for (branch, id_), line in trees.items():
        if line.kind in ("veto", "trigger"):
            assert line.lines[0].verdict[0] == signs.get(states.get((branch, id_), ""), "✗"), (branch, id_)
            found += line.lines[0].verdict[0] == "✓"
    assert found > 0


def test_pieces_of_a_condition_agree_with_the_whole(trees: dict[tuple[str, str], Line]) -> None:
    seen = 0
    for line in trees.values():
        for one in walk(line):
            if one.kind != "condition" or not one.lines:
                continue
            below = {piece.verdict[0] for piece in one.lines}
            assert one.verdict[0] in below
            if below == {"✓"} or below == {"✗"}:
                assert {one.verdict[0]} == below
            seen += 1
    assert seen


def test_every_reading_leads_to_the_cell_that_holds_it(trees: dict[tuple[str, str], Line]) -> None:
    sheets = {sheet.name: sheet for sheet in read_file(BOOK)}
    places: dict[str, str] = {}
    for line in trees.values():
        for reading in line.readings:
            assert reading.known or not reading.place
            if reading.place:
                places[reading.place] = reading.text
    assert len(places) > 1000
    for place, text in places.items():
        match = re.fullmatch(r"communities-2023\.xlsx \[(.+)\] ([A-Z]+)(\d+)", place)
        assert match, place
        column = 0
        for letter in match[2]:
            column = column * 26 + ord(letter) - 64
        cell = sheets[match[1]].rows[int(match[3]) - 1][column - 1]
        if isinstance(cell, int | float) and not isinstance(cell, bool) and "%" not in text:
            assert numbers(text)[0] == int(Decimal(repr(cell)) * 100), (place, text, cell)
        elif isinstance(cell, date):
            assert str(cell)[:10] == text
        elif cell in ("是", "否"):
            assert text == cell


def test_noted_facts_stand_word_for_word(made: Assessment, trees: dict[tuple[str, str], Line]) -> None:
    shown = {reading.note for line in trees.values() for reading in line.readings if reading.note}
    noted = {record.note for record in made.run.records if record.note}
    assert shown
    assert shown <= noted


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_one_item_is_the_same_in_the_whole_and_alone(run: Run, lang: Language) -> None:
    branch = run.register.branches[0].id
    whole = {line.id: line for top in explain_branch(run, branch, lang) for line in walk(top) if line.id}
    for id_ in ("UZB-08", "UPA-04"):
        assert explain_item(run, branch, id_, lang) == whole[id_]
    assert "V1" not in whole  # what does not hold is left out of the whole, and still explained when asked for
    line = explain_item(run, branch, "V1", lang)
    assert line is not None
    assert line.lines[0].verdict[0] == "✗"


def test_english_trees_hold_the_same_points_and_no_chinese_sentence(run: Run) -> None:
    branch = run.register.branches[0].id
    for zh, en in zip(explain_branch(run, branch, "zh"), explain_branch(run, branch, "en"), strict=True):
        for one, two in zip(walk(zh), walk(en), strict=True):
            assert (one.kind, one.id, len(one.readings)) == (two.kind, two.id, len(two.readings))
            assert sorted(numbers(one.verdict)) == sorted(numbers(two.verdict))
            if one.kind != "branch":
                assert not re.search("[\u4e00-\u9fff]", two.text + two.verdict), two


def test_what_a_branch_does_not_have_is_none(run: Run) -> None:
    assert explain_item(run, run.register.branches[0].id, "RZB-01") is None
    assert explain_item(run, run.register.branches[0].id, "nothing") is None
