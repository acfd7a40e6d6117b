"""Packs and evidence drawn by hypothesis go through check, plan and both engines: nothing differs, and every point is explained."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import randrange

import pytest
from hypothesis import settings

from evaluator.scoring import forward

if not forward.available():
    pytest.skip("durable_rules has no build for this Python: there is no second engine to compare with", allow_module_level=True)

from small_packs import award, criterion, integer, pack, rate, scored, worth

from evaluator.diagnostics import Failure
from evaluator.scoring.explain import explain_item

HERE = Path(__file__).parent
BATCHES = ((62, ""), (62, ""), (62, ""), (20, "wide"))


@pytest.fixture(scope="module")
def counted() -> list[dict[str, int]]:
    """Draw the packs in processes of their own and return how many of each batch were scored and refused; CI draws the same ones always."""
    paths = os.pathsep.join([str(HERE.parents[1]), str(HERE)])
    first = 0 if settings().derandomize else randrange(2**32)

    def batch(number: int) -> dict[str, int]:
        count, wide = BATCHES[number]
        command = [sys.executable, str(HERE / "generated.py"), str(first + number), str(count), *filter(None, [wide])]
        done = subprocess.run(command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, timeout=900)
        assert done.returncode == 0, f"{' '.join(command[2:])}\n{done.stdout}\n{done.stderr}"
        found: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
        return found

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(batch, range(len(BATCHES))))


def test_generated_packs_mean_the_same_to_both_engines(counted: list[dict[str, int]]) -> None:
    plain = [one for one, (_, wide) in zip(counted, BATCHES, strict=True) if not wide]
    assert sum(one["scored"] for one in plain) >= 180  # hypothesis ends early where it finds nothing new
    assert sum(one["refused"] for one in plain) == 0


def test_wide_packs_mean_the_same_or_are_refused(counted: list[dict[str, int]]) -> None:
    wide = counted[-1]
    assert wide["scored"] > 0
    assert wide["scored"] + wide["refused"] >= 15


# --- what generated packs have found ------------------------------------------


def test_numbers_made_of_settings_are_constants(tmp_path: Path) -> None:
    one = pack(
        [criterion(3, award(1, "share >= 2 * line - 10"), award(1, "(months - 10) * a >= 6"), award(1, "share < max(line, 91)"))],
        {"a": integer(), "b": integer()},
        settings={"line": {"label": "线", "value": 50}},
        derived={"share": rate("a / b")},
    )
    assert worth(scored(tmp_path, one, "a=9 b=10")) == [("met", 300, 300, 300)]


def test_points_for_results_of_another_pack_are_explained(tmp_path: Path) -> None:
    shared = {"x": integer(), "y": integer()}
    common = {"text": "情形", "deadline": "soon", "owner": "支部", "fixable_by": "branch", "measure": "改", "basis": ["doc"]}
    triggers = [{"id": f"T-{name}", "kind": "hard", "when": f"{name} > 3", **common} for name in ("x", "y")]
    inner = pack([], shared, "inner", triggers=triggers, stars=False, rating=[{"level": 0, "label": "无"}])
    parts = award(4, "inner.hard >= 1", text="至少一项"), award(6, "inner.hard >= 2", text="两项")
    outer = pack([criterion(10, *parts)], shared, needs=["inner"])
    run = scored(tmp_path, [inner, outer], "x=4")
    assert worth(run) == [("unproven", 400, 1000, 1000)]
    explained = explain_item(run, "B1", "C-1", "en")
    assert explained is not None
    assert [line.verdict for line in explained.lines] == ["4 of 4 points", "0 to 6 of 6 points"]


def test_conditions_are_explained_as_they_count(tmp_path: Path) -> None:
    applies = criterion(5, award(5, "a > 0"), applies_when="a > 1 OR b < 3")  # false if b is not applicable
    zero = criterion(5, award(5, "a > 0"), zero_when="share < 50%")  # 0 % of nothing
    indicators = {name: integer(**more) for name, more in {"a": {}, "b": {"na": "allowed"}, "c": {}}.items()}
    run = scored(tmp_path, pack([applies, zero], indicators, derived={"share": rate("a / c", "zero")}), "a=2 c=0")
    assert worth(run) == [("unproven", 0, 500, 500), ("unmet", 0, 0, 500)]
    told = [line.lines[-1] for id_ in ("C-1", "C-2") if (line := explain_item(run, "B1", id_, "en"))]
    assert [line.verdict for line in told] == ["? unknown", "✓ yes"]


def test_a_gate_is_explained_as_it_counts(tmp_path: Path) -> None:
    gates = [{"id": "S1", "text": "门槛", "when": "score < 60", "basis": ["doc"]}]
    run = scored(tmp_path, pack([criterion(5, award(5, "a > 1"))], {"a": integer()}, gates=gates), "a=1")
    line = explain_item(run, "B1", "S1", "en")
    assert line is not None
    assert [one.verdict for one in line.lines] == ["✓ yes"]


def test_a_group_of_which_nothing_surely_applies_is_not_yet_awarded(tmp_path: Path) -> None:
    one = pack(indicators={"a": integer(na="allowed"), "b": integer()})
    plain, bonus = pack([criterion(5, award(5, "a > 0")), criterion(5, award(5, "b > 0"), bonus=True)])["groups"][0]["criteria"]
    group = {"id": "G", "title": "组", "earned_when": "score >= 80", "min_applicable": 0, "bonus": {"up_to": 5}, "criteria": [plain, bonus]}
    run = scored(tmp_path, one | {"groups": [group]}, "b=1")
    assert [(row.why, row.awarded, row.awarded_possible) for row in run.groups] == [("too_little", False, True)]


def test_gates_do_not_count_themselves(tmp_path: Path) -> None:
    gates = [{"id": "S1", "text": "门槛", "when": "gates_failed > 0", "basis": ["doc"]}]
    with pytest.raises(Failure) as failure:
        scored(tmp_path, pack([criterion(5, award(5, "a > 1"))], {"a": integer()}, gates=gates), "a=1")
    assert [one.values["found"] for one in failure.value.findings if one.is_error] == ["gates_failed"]


@pytest.mark.parametrize("den", ["(months - 12)", "(months - 13)", "b"])
@pytest.mark.parametrize(("when_zero", "hundredths"), [("full", 500), ("zero", 0), (1, 100)])
def test_nothing_to_divide_by_is_one_thing_wherever_it_comes_from(tmp_path: Path, den: str, when_zero: object, hundredths: int) -> None:
    part = {"prorate": {"points": 5, "of": f"a / {den}"}, "when_zero": when_zero}
    assert worth(scored(tmp_path, pack([criterion(5, part)], {"a": integer(), "b": integer()}), "a=6 b=-1"))[0][1:] == (
        hundredths,
        hundredths,
        500,
    )
