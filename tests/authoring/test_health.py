"""The health of a run's rules: twelve branches, two teams and three townships, counted by hand."""

import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from counted_packs import invoke, scored
from rich.cells import cell_len

from evaluator.authoring.health import Health, Limits, health
from evaluator.authoring.health_terminal import percent
from evaluator.scoring.folder import read_run
from evaluator.scoring.results import Run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scored(tmp_path_factory.mktemp("health"))


@pytest.fixture(scope="module")
def run(folder: Path) -> Run:
    return read_run(folder)


def found_in(run: Run, **limits: int) -> Health:
    return health(run, Limits(**limits))


def ids(found: Any) -> list[str]:
    return [one.id for one in found]


def test_a_share_must_be_passed_and_rest_on_enough_branches() -> None:
    limits = Limits()
    assert not limits.over(9, 10)
    assert limits.over(91, 100)
    assert not limits.over(4, 4)
    assert limits.over(5, 5)


def test_criteria_that_nearly_all_fail_pass_or_cannot_evidence(run: Run) -> None:
    (one,) = found_in(run).packs
    assert (one.pack.pack, one.visited, one.unvisited) == ("checked", 12, 1)
    counts = {c.id: (c.asked, c.met, c.partial, c.unmet, c.unproven, c.not_applicable) for c in one.criteria}
    assert counts == {
        "H-1": (12, 1, 1, 10, 0, 0),
        "H-2": (12, 9, 0, 2, 1, 0),
        "H-3": (12, 0, 12, 0, 0, 0),
        "H-4": (12, 1, 0, 0, 11, 0),
        "H-5": (0, 0, 0, 0, 0, 12),
        "H-6": (12, 12, 0, 0, 0, 0),
        "H-7": (12, 6, 0, 6, 0, 0),
    }
    assert ids(one.mostly_failed) == ["H-3", "H-1"]  # the higher share first
    assert ids(one.mostly_met) == ["H-6"]
    assert ids(one.mostly_unproven) == ["H-4"]
    assert ids(one.never_applicable) == ["H-5"]


def test_the_share_is_an_option_and_exact(run: Run) -> None:
    (one,) = found_in(run, share=91).packs  # 11 of 12 are 91.66 %
    assert ids(one.mostly_failed) == ["H-3", "H-1"]
    (one,) = found_in(run, share=92).packs
    assert (ids(one.mostly_failed), ids(one.mostly_unproven)) == (["H-3"], [])
    (one,) = found_in(run, share=49).packs
    assert "H-7" in ids(one.mostly_failed)
    assert "H-7" in ids(one.mostly_met)
    (one,) = found_in(run, share=50).packs  # six of twelve are not more than half
    assert "H-7" not in ids(one.mostly_failed)
    (one,) = found_in(run, least=13).packs
    assert not one.mostly_failed
    assert not one.mostly_met
    assert ids(one.never_applicable) == ["H-5"]


def test_triggers_that_are_never_true_say_for_how_many_that_is_not_known(run: Run) -> None:
    (one,) = found_in(run).packs
    assert [(trigger.id, trigger.open) for trigger in one.never_true] == [("TR-1", 0), ("TR-2", 11)]
    assert one.triggers == 3


def test_teams_that_score_differently(run: Run) -> None:
    found = found_in(run)
    (one,) = found.packs
    assert found.by == "team"
    assert ids(one.compared) == ["H-2", "H-3"]  # read what a team saw or gave; the others do not
    clean, hand = one.compared
    # branch 12 is undecided: five of the second team are left, three of them clean
    assert [(group.name, group.branches, group.mean) for group in clean.groups] == [("二组", 5, Fraction(3, 5)), ("一组", 6, Fraction(1))]
    assert (clean.difference, clean.manual) == (Fraction(40), False)
    assert [(group.name, group.mean) for group in hand.groups] == [("二组", Fraction(7, 10)), ("一组", Fraction(9, 10))]
    assert (hand.difference, hand.manual) == (Fraction(20), True)
    assert ids(one.apart) == ["H-2"]  # 20 is not more than 20
    assert ids(found_in(run, apart=19).packs[0].apart) == ["H-2", "H-3"]
    assert ids(found_in(run, least=6).packs[0].compared) == ["H-3"]


def test_without_teams_townships_are_compared(tmp_path: Path) -> None:
    found = found_in(read_run(scored(tmp_path, teams=False)))
    (one,) = found.packs
    assert found.by == "township"
    clean, hand = one.compared
    # the third township has one branch and is left out
    assert [(group.name, group.branches, group.mean) for group in clean.groups] == [("乙镇", 5, Fraction(3, 5)), ("甲镇", 6, Fraction(1))]
    assert [(group.name, group.mean) for group in hand.groups] == [("甲镇", Fraction(4, 5)), ("乙镇", Fraction(41, 50))]
    assert hand.difference == 2
    assert ids(one.apart) == ["H-2"]


def test_missing_data_by_holder(run: Run) -> None:
    found = found_in(run)
    assert [(one.holder, one.id, one.missing, one.asked) for one in found.missing] == [("公安", "cases", 11, 12), ("team", "clean", 1, 12)]


def test_internal_packs_are_shown_only_when_asked_for(run: Run, folder: Path) -> None:
    assert found_in(run).hidden == 1
    found = health(run, Limits(), internal=True)
    assert [one.pack.pack for one in found.packs] == ["checked", "shadow"]
    assert found.hidden == 0
    assert ids(found.packs[1].mostly_unproven) == ["S-1"]
    assert ("组织部", "secret", 12, 12) in [(one.holder, one.id, one.missing, one.asked) for one in found.missing]
    for words in ((), ("--json",)):
        shut, opened = (invoke("run", "health", folder, *words, *more).stdout for more in ((), ("--internal",)))
        for mark in ("shadow", "S-1", "secret" if words else "内部情况", "组织部" if words else "准则S-1"):
            assert mark not in shut
            assert mark in opened


def test_shares_are_cut() -> None:
    assert [percent(Fraction(11, 12)), percent(Fraction(2, 3)), percent(Fraction(1)), percent(Fraction())] == ["91.66", "66.66", "100", "0"]


# --- the command ----------------------------------------------------------------


def test_the_table_and_the_json_say_the_same(folder: Path) -> None:
    shown = invoke("run", "health", folder)
    told = json.loads(invoke("run", "health", folder, "--json").stdout)
    assert shown.exit_code == 0
    (one,) = told["packs"]
    criteria = {row["id"]: row for row in one["criteria"]}
    rows = [
        *(
            [i, f"准则{i}", c["failed"], c["unmet"], c["asked"], c["percent"]["failed"]]
            for i in one["mostly_failed"]
            for c in [criteria[i]]
        ),
        *([i, f"准则{i}", c["met"], c["asked"], c["percent"]["met"]] for i in one["mostly_met"] for c in [criteria[i]]),
        *([i, f"准则{i}", c["unproven"], c["asked"], c["percent"]["unproven"]] for i in one["mostly_unproven"] for c in [criteria[i]]),
        *([i, f"准则{i}"] for i in one["never_applicable"]),
    ]
    lines = [line.split() for line in shown.stdout.splitlines()]
    assert [line for line in lines if line and re.fullmatch(r"H-\d", line[0]) and line[1].startswith("准则")] == [
        [str(cell) for cell in row] for row in rows
    ]
    assert rows[1] == ["H-1", "准则H-1", 11, 10, 12, "91.66"]
    assert ["TR-2", "不知", "11"] in lines
    assert one["never_true"] == [{"id": "TR-1", "open": 0}, {"id": "TR-2", "open": 11}]
    (clean, hand) = one["compared"]
    assert one["differ"] == ["H-2"]
    assert clean["groups"] == [{"name": "二组", "branches": 5, "mean": "60"}, {"name": "一组", "branches": 6, "mean": "100"}]
    assert (clean["difference"], hand["difference"]) == ("40", "20")
    assert ["H-2", "现场查看", "二组", "60%(5", "个)", "一组", "100%(6", "个)", "40"] in lines
    for row in told["missing"]:
        cells = [row["label"], str(row["missing"]), str(row["asked"]), row["percent"]]
        assert any(line[-4:] == cells for line in lines)
    assert told["limits"] == {"share": 90, "least": 5, "apart": 20}


def test_both_languages_fit_eighty_columns_and_say_that_it_is_a_hint(folder: Path) -> None:
    for lang, hint in (("zh", "提示,不是证据"), ("en", "proves nothing")):
        result = invoke("--lang", lang, "run", "health", folder, "--internal")
        assert result.exit_code == 0
        assert max(map(cell_len, result.stdout.splitlines())) <= 80
        assert hint in " ".join(result.stdout.split())


def test_few_of_a_holder_are_shown_and_the_rest_counted(folder: Path) -> None:
    text = invoke("run", "health", folder, "--share", 99, "--least", 13).stdout
    assert "不足 13 个支部" in text
    assert "H-1" not in text


def test_folders_that_hold_no_run(tmp_path: Path, folder: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere", folder / "run.json"):
        result = invoke("run", "health", place)
        assert result.exit_code == 2
        assert "E712" in result.stderr
        assert result.stdout == ""
    (tmp_path / "run.json").write_text("{", encoding="utf-8")
    result = invoke("run", "health", tmp_path, "--json")
    assert result.exit_code == 2
    assert "E713" in result.stderr


@pytest.mark.parametrize(
    "words", [("--share", "0"), ("--share", "100"), ("--share", "x"), ("--apart", "-1"), ("--least", "0"), ("--top", "0")]
)
def test_limits_that_mean_nothing(words: tuple[str, str], folder: Path) -> None:
    result = invoke("run", "health", folder, *words)
    assert result.exit_code == 2
    assert words[0] in result.stderr
