"""Five rubrics of the sources with the most rule shapes, as packs without a line of Python: verdicts worked by hand, both engines."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import cli
from evaluator.assess import Assessment, Wanted, assess
from evaluator.authoring.cases.run import Trial, subject_of, try_cases
from evaluator.packs import models as m
from evaluator.packs.load import check_packs, load_pack
from evaluator.scoring import forward
from evaluator.scoring.folder import new_folder, write_run
from evaluator.scoring.period import Period

HOME = Path(__file__).parent / "rubrics"
PACKS = ("b1-five-star-bureau", "b11-safe-community", "b13-safe-township", "b3-star-notice", "b4-village-stars")
SHAPES = {  # each shape that the table of rubrics names, and the packs that use it
    "bool": ("b1-five-star-bureau", "b11-safe-community", "b3-star-notice", "b4-village-stars"),
    "per_unit_deduct": ("b13-safe-township", "b4-village-stars"),
    "zero_if": ("b3-star-notice",),
    "bands": ("b1-five-star-bureau", "b13-safe-township"),
    "ratio": ("b1-five-star-bureau", "b13-safe-township", "b3-star-notice"),
    "per_point_deduct": ("b4-village-stars",),
    "cap": ("b13-safe-township",),
    "bonus": ("b1-five-star-bureau",),
    "veto": ("b13-safe-township",),
    "mitigate": ("b13-safe-township",),
    "threshold_by": ("b11-safe-community",),
    "manual": ("b1-five-star-bureau", "b3-star-notice"),
    "rank_cap": ("b1-five-star-bureau", "b3-star-notice"),  # by scope, in the second stage
    "weighted_parts": ("b3-star-notice",),
    "streak": ("b13-safe-township",),  # by scope, in the second stage
    "elapsed": ("b11-safe-community", "b3-star-notice"),
}


@cache
def pack_of(id_: str) -> m.Pack:
    return load_pack(str(HOME / id_ / "pack.yaml")).pack


@cache
def trial_of(id_: str) -> Trial:
    return try_cases(subject_of(str(HOME / id_)))


# --- which shapes a pack uses, by what stands in it ----------------------------


def criteria(pack: m.Pack) -> list[m.Criterion]:
    return [one for group in pack.groups for one in group.criteria]


def parts(pack: m.Pack, kind: type[m.Part]) -> bool:
    return any(isinstance(part, kind) for one in criteria(pack) for part in one.parts)


def deducts(pack: m.Pack) -> list[m.Deduct]:
    return [deduct for one in criteria(pack) for deduct in one.deduct]


def is_bool(pack: m.Pack) -> bool:
    whens = [part.when for one in criteria(pack) for part in one.parts if isinstance(part, m.Award)] + [one.when for one in deducts(pack)]
    named = {(when or "").removeprefix("NOT ") for when in whens}
    return any(pack.indicators[one].type == "boolean" for one in named & pack.indicators.keys())


def counts(pack: m.Pack, *types: str) -> bool:
    """Return whether a deduction goes by the units of an indicator of these types."""
    read = [deduct.per for deduct in deducts(pack) if deduct.per]
    read += [part.count_down.per for one in criteria(pack) for part in one.parts if isinstance(part, m.CountDownPart)]
    return any(pack.indicators[word].type in types for per in read for word in re.findall(r"\w+", per) if word in pack.indicators)


def mitigates(pack: m.Pack) -> bool:
    """Return whether a criterion takes more for ``a - b`` than for ``b``: what was put right costs less."""
    for one in criteria(pack):
        rates = {deduct.per: deduct.points for deduct in one.deduct if deduct.per}
        for per, points in rates.items():
            minus = per.split(" - ")[-1]
            if minus != per and rates.get(minus, points) < points:
                return True
    return False


USES: Mapping[str, Callable[[m.Pack], bool]] = {
    "bool": is_bool,
    "per_unit_deduct": lambda pack: counts(pack, "integer"),
    "zero_if": lambda pack: any(one.zero_when for one in criteria(pack)),
    "bands": lambda pack: parts(pack, m.Bands),
    "ratio": lambda pack: parts(pack, m.ProratePart),
    "per_point_deduct": lambda pack: counts(pack, "percent"),
    "cap": lambda pack: any(deduct.up_to is not None for deduct in deducts(pack)),
    "bonus": lambda pack: any(one.bonus for one in criteria(pack)) and any(group.bonus for group in pack.groups),
    "veto": lambda pack: bool(pack.vetoes),
    "mitigate": mitigates,
    "threshold_by": lambda pack: any(one.by for one in pack.settings.values()),
    "manual": lambda pack: parts(pack, m.ManualPart),
    "rank_cap": lambda pack: bool(pack.scope and pack.scope.caps),
    "weighted_parts": lambda pack: pack.total is not None and sorted(pack.total.weights.values()) == [30, 70],
    "streak": lambda pack: bool(pack.scope and pack.scope.streaks),
    "elapsed": lambda pack: any("within(" in (one or "") for one in conditions(pack)),
}


def conditions(pack: m.Pack) -> list[str | None]:
    return [deduct.when for deduct in deducts(pack)] + [
        part.when for one in criteria(pack) for part in one.parts if isinstance(part, m.Award)
    ]


@pytest.mark.parametrize("shape", sorted(USES))
def test_every_shape_is_used_by_the_packs_that_the_table_names(shape: str) -> None:
    assert tuple(id_ for id_ in PACKS if USES[shape](pack_of(id_))) == SHAPES[shape]


def test_the_table_is_whole_and_there_is_no_python_beside_the_packs() -> None:
    assert len(SHAPES) == len(USES) == 16
    assert all(SHAPES.values())
    assert {path.name for path in HOME.iterdir()} == set(PACKS)
    assert {path.suffix for path in HOME.rglob("*") if path.is_file()} == {".yaml"}


# --- the packs ------------------------------------------------------------------


@pytest.mark.parametrize("id_", PACKS)
def test_a_pack_loads_without_a_finding_and_cites_its_rows(id_: str) -> None:
    assert [finding.key for finding in check_packs([str(HOME / id_ / "pack.yaml")])] == []
    pack = pack_of(id_)
    assert f"B{id_[1:].split('-')[0]}" in pack.sources
    assert all(source.url.startswith("http") and source.grade in ("b", "c") for source in pack.sources.values())


@pytest.mark.parametrize("id_", PACKS)
def test_verdicts_worked_by_hand(id_: str) -> None:
    trial = trial_of(id_)
    assert [(one.case.id, one.key, one.values) for one in trial.missed] == []
    assert trial.second is forward.available()
    assert len(trial.outcomes) >= 18


@pytest.mark.parametrize("id_", PACKS)
def test_every_item_is_seen_met_and_unmet_and_every_level_reached(id_: str) -> None:
    pack, trial = pack_of(id_), trial_of(id_)
    levels = {outcome.level for _, _, outcome in trial.outcomes}
    assert levels == {line.level for line in pack.rating} - ({0} if id_ == "b4-village-stars" else set())
    for one in criteria(pack):
        earned = {outcome.points[one.id] for _, _, outcome in trial.outcomes}
        full = int(one.points * 100)
        assert (full, full) in earned, one.id
        assert any(high < full for _, high in earned), one.id
    for finding in (*pack.vetoes, *pack.gates):
        held = {finding.id in (*outcome.true["vetoes"], *outcome.true["gates"]) for _, _, outcome in trial.outcomes}
        assert held == {True, False}


@pytest.mark.parametrize("id_", PACKS)
def test_pack_test_says_the_same_on_the_command_line(id_: str) -> None:
    result = CliRunner().invoke(cli.main, ["pack", "test", str(HOME / id_)])
    assert result.exit_code == 0, result.output


# --- what only many branches, or several periods, can show --------------------


def scored(folder: Path, id_: str, rows: Iterable[Mapping[str, Any]], quarter: int = 4, previous: Iterable[Path] = ()) -> Assessment:
    """Return a run of one quarter of 2023; ``rows``: what each branch gives."""
    listed = list(rows)
    names = list(dict.fromkeys(name for row in listed for name in row))
    lines = [",".join(["支部编码", "支部名称", *names])]
    lines += [",".join([f"N{n:02d}", f"支部{n:02d}", *(str(row.get(name, "")) for name in names)]) for n, row in enumerate(listed)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "evidence.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    end = date(2023, 3 * quarter, 30 if quarter in (2, 3) else 31)
    period = Period(date(2023, 3 * quarter - 2, 1), end, end)
    wanted = Wanted((folder / "evidence.csv",), (str(HOME / id_ / "pack.yaml"),), period, second_count=3, previous=tuple(previous))
    return assess(wanted)


B3 = {
    "last_election": "2022-06-01", "team_complete": "是", "last_activity": "2023-12-01", "party_worker": "是", "has_venue": "是",
    "venue_equipped": "是", "admission_wrong": "否", "others": 55, "others_reason": "查阅台账", "votes": 100,
}  # fmt: skip
B1 = {
    "posts_filled": 5, "posts_due": 5, "backbone": 10, "backbone_due": 10, "has_venue": "是", "systems": "会议、学习、公开、考核、值班",
    "funds": 2.5, "performance_reason": "查阅台账", "answers": 50, "satisfied": 50, "honours": 0, "innovation": "是",
}  # fmt: skip


def levels(made: Assessment) -> list[tuple[int | None, int | None]]:
    return [(row.level_before, row.level_after) for row in made.run.standings]


def test_b3_five_stars_for_three_of_ten(tmp_path: Path) -> None:
    """30 % of 10 are 3 places: of six at five stars the last three become four."""
    votes = [100, 99, 98, 97, 96, 95, 60, 50, 40, 30]
    made = scored(tmp_path, "b3-star-notice", [B3 | {"votes_good": one} for one in votes])
    assert levels(made) == [(5, 5)] * 3 + [(5, 4)] * 3 + [(4, 4)] * 3 + [(3, 3)]


def test_b3_a_tie_across_the_last_place_is_refused_with_all_who_tie(tmp_path: Path) -> None:
    votes = [100, 99, 98, 98, 60, 60, 60, 60, 60, 60]
    made = scored(tmp_path, "b3-star-notice", [B3 | {"votes_good": one} for one in votes])
    assert levels(made) == [(5, 5)] * 2 + [(5, 4)] * 2 + [(4, 4)] * 6
    assert [row.tied for row in made.run.standings] == [()] * 2 + [(5,)] * 2 + [()] * 6


def test_b1_one_of_ten_at_five_stars_and_four_of_ten_at_four_or_more(tmp_path: Path) -> None:
    """75 points apart from performance: 25, 20, 15 give five stars, 10, 9, 8 four, the rest three (75 to 77) or fewer."""
    performance = [25, 20, 15, 10, 9, 8, 2, 1, 0, 0]
    rows: list[dict[str, Any]] = [B1 | {"performance": one} for one in performance]
    rows[9] |= {"systems": "会议"}  # 67 points
    made = scored(tmp_path, "b1-five-star-bureau", rows)
    assert levels(made) == [(5, 5), (5, 4), (5, 4), (4, 4), (4, 3), (4, 3), (3, 3), (3, 3), (3, 3), (2, 2)]
    hint = next(row for row in made.run.scopes if row.rule == "hint")
    assert (hint.base, hint.reached, hint.verdict) == (10, 1, "within")


def test_b13_two_and_three_failures_in_a_row(tmp_path: Path) -> None:
    good = {
        "cases_found": 0, "serious_cases": 0, "serious_solved": 0, "index": 90, "index_average": 85, "answers": 100, "satisfied": 90,
        "basics": "网格、巡逻、调解、宣传、值班", "disputes": 10, "disputes_settled": 10,
    }  # fmt: skip
    bad = good | {"disputes_settled": 0}
    story = {1: [bad, bad, good], 2: [bad, good, bad], 3: [bad, bad, bad]}
    folders: list[Path] = []
    streaks = {}
    for quarter, rows in story.items():
        made = scored(tmp_path / f"q{quarter}", "b13-safe-township", rows, quarter, folders)
        streaks[quarter] = [row.streaks for row in made.run.standings]
        folders.append(tmp_path / f"run{quarter}")
        with new_folder(folders[-1]) as home:
            write_run(made.run, home, made.pack_texts)
    assert streaks == {1: [(), (), ()], 2: [("interview",), (), ()], 3: [("interview", "no-award"), (), ("interview",)]}
