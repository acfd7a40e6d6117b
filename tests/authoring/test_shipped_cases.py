"""The cases of every pack that is shipped: both engines, every item met and unmet, nearly every change of the pack noticed."""

import pytest

from evaluator import data_dir
from evaluator.authoring.cases.coverage import uncovered
from evaluator.authoring.cases.mutate import mutation_score
from evaluator.authoring.cases.run import subject_of, try_cases
from evaluator.packs.load import find_packs
from evaluator.scoring import forward

SHIPPED = [*find_packs(), str(data_dir("examples") / "seed-facts")]
OVERLAY = str(data_dir("examples") / "county-overlay")


@pytest.mark.parametrize("name", SHIPPED)
def test_cases_hold_in_both_engines_and_cover_every_item(name: str) -> None:
    trial = try_cases(subject_of(name))
    assert [(one.case.id, one.key, one.values) for one in trial.missed] == []
    assert list(uncovered(trial)) == []
    assert trial.second == forward.available()


@pytest.mark.parametrize("name", SHIPPED)
def test_cases_notice_nearly_every_change(name: str) -> None:
    score = mutation_score(subject_of(name))
    told = [f"{one.item}: {one.was} -> {one.now} {one.path}" for one in score.survived]
    assert score.percent >= 95, "\n".join(told)


def test_the_overlay_s_own_items_have_cases() -> None:
    trial = try_cases(subject_of(OVERLAY))
    assert trial.missed == ()
    assert not {one.id for one in uncovered(trial)} & {"UZB-04", "UZB-14"}
