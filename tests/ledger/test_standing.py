"""``score --ledger``: open key issues cap the stars with a reason where the pack says so; a verified closing lifts the cap."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from evaluator import data_dir
from evaluator.assess import Wanted, assess
from evaluator.diagnostics import Failure
from evaluator.ledger.acts import act
from evaluator.ledger.entries import Issue
from evaluator.ledger.events import Actor
from evaluator.ledger.opening import open_run
from evaluator.ledger.store import Store
from evaluator.messages import say
from evaluator.scoring.explain import explain_item
from evaluator.scoring.period import Period
from evaluator.scoring.results import BranchRow, Run

BOOK = data_dir("examples") / "story" / "2024Q1.xlsx"
FOUND, LATER = date(2024, 3, 31), date(2024, 4, 30)
COUNTY = Actor("周正", "区委组织部", "county")
OWNER = Actor("甄远", "南浦社区", "owner")
INDICATOR = """
  ledger_key_open:
    label: {zh: 台账未销的重点问题件数, en: Key issues open in the ledger}
    type: integer
    unit: 件
    holder: 组织部
    blank: "0"
"""
VETO = """
  - id: V9
    text: {zh: 有重点问题未销号, en: Key issues are open}
    when: ledger_key_open >= 1
    cap: 3
    measure: {zh: 按台账整改销号, en: Close them}
    owner: 社区党组织
    fixable_by: branch
    deadline: D_30
    basis: [own]
    numbers: {"1": default}
"""


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The urban pack of a county that lets open key issues cap the stars."""
    text = (data_dir("rules") / "five-star-urban" / "pack.yaml").read_text(encoding="utf-8")
    text = text.replace("\nindicators:\n", f"\nindicators:{INDICATOR}", 1)
    text = text.replace("\nvetoes:\n", f"\nvetoes:{VETO}", 1)
    path = tmp_path_factory.mktemp("pack") / "pack.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def scored(pack: str, ledger: Path | None, as_of: date = FOUND) -> Run:
    period = Period(date(2024, 1, 1), date(2024, 3, 31), as_of)
    return assess(Wanted((BOOK,), (pack,), period, second_count=2, ledger=ledger)).run


def row(run: Run, name: str) -> BranchRow:
    return next(one for one in run.branches if one.name == name)


def issue(store: Store, branch: str, item: str) -> Issue:
    found = store.rows("branch_name = ? AND item = ?", (branch, item))[0]
    made = store.entry(found.id)
    assert isinstance(made, Issue)
    return made


def test_an_open_key_issue_caps_and_closing_lifts(pack: str, tmp_path: Path) -> None:
    free = row(scored(pack, None), "听泉社区")
    assert free.level == 5
    path = tmp_path / "ledger.db"
    store = Store.create(path, "云山", COUNTY, FOUND)
    with store.change(COUNTY, FOUND, "open") as change:
        open_run(change, scored(pack, None))
    one = issue(store, "听泉社区", "UGJ-03")
    with store.change(COUNTY, FOUND, "register") as change:
        act(change, one, "register", {"importance": "key"})
    run = scored(pack, path)
    capped = row(run, "听泉社区")
    assert (capped.stars, capped.level, capped.vetoes) == (5, 3, ("V9",))
    assert row(run, "青禾社区").level == 5  # its issue was not registered as key
    told = explain_item(run, capped.branch_id, "V9", "zh")
    assert told is not None
    assert any(say("standing.note", "zh", numbers="云山-2024-0001") in reading.note for reading in told.readings)
    with store.change(COUNTY, FOUND, "assign") as change:
        act(change, change.issue(one.id), "assign", {"unit": "听泉社区", "person": "石磊"})
    with store.change(replace(OWNER, name="石磊", unit="听泉社区"), LATER, "submit") as change:
        papers = [{"name": "签约书", "dated": "2024-04-20"}]
        act(change, change.issue(one.id), "submit", {"done_on": "2024-04-20", "text": "全部签约", "papers": papers})
    with store.change(COUNTY, LATER, "accept") as change:
        act(change, change.issue(one.id), "accept", {"outcome": "full", "method": "site", "opinion": "属实"})
    # As it stood at the end of the quarter it was open; a later quarter sees it closed.
    assert row(scored(pack, path), "听泉社区").level == 3
    second = Wanted((BOOK,), (pack,), Period(date(2024, 1, 1), date(2024, 6, 30), date(2024, 6, 30)), second_count=2, ledger=path)
    lifted = row(assess(second).run, "听泉社区")
    assert "V9" not in lifted.vetoes
    store.close()


def test_what_others_must_mend_does_not_count_against_the_branch(pack: str, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    store = Store.create(path, "云山", COUNTY, FOUND)
    with store.change(COUNTY, FOUND, "open") as change:
        open_run(change, scored(pack, None))
        act(change, change.issue(change.rows("item = 'UZB-01'")[0].id), "register", {})
    store.close()
    assert row(scored(pack, path), "双塘社区").level == row(scored(pack, None), "双塘社区").level


def test_a_branch_that_was_not_visited_stays_so(pack: str, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    Store.create(path, "云山", COUNTY, FOUND).close()
    assert not row(scored(pack, path), "渔歌社区").visited


def test_no_ledger_is_a_sentence(pack: str, tmp_path: Path) -> None:
    with pytest.raises(Failure, match="E302"):
        scored(pack, tmp_path / "nowhere.db")


def test_an_indicator_that_cannot_be_filled_is_named(pack: str, tmp_path: Path) -> None:
    text = Path(pack).read_text(encoding="utf-8")
    wrong = tmp_path / "pack.yaml"
    wrong.write_text(text.replace(INDICATOR, INDICATOR.replace("integer", "decimal"), 1), encoding="utf-8")
    path = tmp_path / "ledger.db"
    Store.create(path, "云山", COUNTY, FOUND).close()
    with pytest.raises(Failure, match="E620"):
        scored(str(wrong), path)
