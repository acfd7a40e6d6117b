"""One broken table for each mistake, named after its code; those of workbooks alone are made in the other tests."""

from dataclasses import replace
from pathlib import Path

import pytest
from exchange_ledgers import COUNTY, LATER, OWNER, SENT, issues, make_ledger, take

from evaluator.diagnostics import Diagnostic, Failure, render
from evaluator.ledger.acts import act
from evaluator.ledger.store import Store
from evaluator.ledger.workbooks.legacy import import_legacy

BAD = Path(__file__).parent.parent / "bad" / "exchange"
FILES = sorted(BAD.glob("*.csv"))
LEGACY = sorted((BAD / "legacy").glob("*.csv"))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A ledger in which the second issue waits for its check."""
    made = make_ledger(tmp_path / "l.db", 2)
    with made.change(replace(OWNER, unit=issues(made)[1].now.unit), SENT, "t") as change:
        papers = [{"name": "记录", "dated": str(SENT)}]
        act(change, change.issue(issues(made)[1].id), "submit", {"done_on": str(SENT), "text": "完成", "papers": papers})
    return made


def shown(findings: list[Diagnostic], path: Path) -> set[str]:
    for finding in findings:
        assert finding.place.file == str(path)
        for lang in ("zh", "en"):
            assert render(finding, path.read_text(encoding="utf-8"), lang=lang)  # type: ignore[arg-type]
            assert finding.hint(lang)  # type: ignore[arg-type]
    return {finding.code for finding in findings}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_table_that_comes_back_broken(store: Store, path: Path) -> None:
    before = issues(store)
    try:
        found = list(take(store, path, filled_by="高翔").told)
    except Failure as failure:
        found = list(failure.findings)
    assert shown(found, path) == {path.stem}
    assert issues(store) == before


@pytest.mark.parametrize("path", LEGACY, ids=lambda path: path.stem)
def test_an_old_ledger_that_is_broken(store: Store, path: Path) -> None:
    before = issues(store)
    try:
        found = import_legacy(store, COUNTY, LATER, path, "旧", {}, write=True).findings
    except Failure as failure:
        found = list(failure.findings)
    assert shown(found, path) == {path.stem}
    assert (issues(store) == before) == path.stem.startswith("E")
