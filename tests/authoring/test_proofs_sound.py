"""Proofs against brute force: what is said never or always to hold does so for every value of small ranges, and every example is one."""

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from proof_packs import DERIVED, INDICATORS, complete, loaded, plan_at, sample

from evaluator.authoring.proofs.decide import Answer
from evaluator.authoring.proofs.prove import prove
from evaluator.authoring.proofs.prover import Condition, Prover
from evaluator.authoring.proofs.verdicts import verdict
from evaluator.authoring.proofs.world import World
from evaluator.packs.load import LoadedPack
from evaluator.packs.models import Pack
from evaluator.packs.reads import indicators_behind
from evaluator.packs.writing import names
from evaluator.scoring.forward_points import Asked, criterion_worth, part_span
from evaluator.scoring.plan import BandsStep, Plan
from evaluator.scoring.truth import truth, value

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LINES = ("0", "1", "2", "3", "4", "-1", "0.5", "0.0002", "100%", "50%", "line", "dated", "months - 9", "quarters")
OPS = (">=", ">", "<", "<=", "=", "!=")
NUMBERS = (
    "a",
    "b",
    "c",
    "n",
    "sum",
    "a - b",
    "2 * a",
    "months - a",
    "min(a, b)",
    "max(a, 2)",
    "abs(b)",
    "count(tags)",
    "count(yes, a > 1)",
    "split",
)
RATIOS = ("rate", "full_rate", "zero_rate", "sampled")

numbers = st.sampled_from(NUMBERS)
ops = st.sampled_from(OPS)
lines = st.sampled_from(LINES)
fixed = st.sampled_from(("0", "1", "2", "50%", "100%", "150%", "line", "dated", "split"))
atoms = st.one_of(
    st.builds("{} {} {}".format, numbers, ops, lines),
    st.builds("{} {} {}".format, numbers, ops, numbers),
    st.builds("{} {} {}".format, st.sampled_from(RATIOS), ops, fixed),
    st.builds("{} BETWEEN {} AND {}".format, numbers, st.sampled_from(("0", "1")), st.sampled_from(("2", "3"))),
    st.builds("{} {} (1, {})".format, numbers, st.sampled_from(("IN", "NOT IN")), st.sampled_from(("0", "2", "3", "0.5"))),
    st.sampled_from(
        (
            "yes",
            "NOT yes",
            "given(doc_no)",
            "kind = '子'",
            "kind != '丑'",
            "kind IN ('子', '丑', '寅')",
            "zone = '东'",
            "zone NOT IN ('东', '西')",
            "tags IN ('子')",
            "tags NOT IN ('子', '丑')",
        )
    ),
)
conditions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner), st.builds("({} OR {})".format, inner, inner), st.builds("NOT ({})".format, inner)
    ),
    max_leaves=4,
)


def behind(pack: Pack, read: set[str]) -> set[str]:
    found = set(indicators_behind(pack, read))
    return found | ({"zone"} if "zone" in read else set())


def times(pack: Pack, text: str) -> Iterator[Plan]:
    """Yield the plans of all times that may matter to the text."""
    timed = any(name in text for name in ("months", "quarters", "zero_rate"))
    for late in (False, True) if "dated" in text else (False,):
        for months in range(13) if timed else (12,):
            yield plan_at(pack, months, late)


def trigger(text: str) -> dict[str, Any]:
    common = {"measure": "改", "owner": "支部", "fixable_by": "branch", "deadline": "soon", "basis": ["doc"]}
    return {"id": "T-1", "text": "情形", "kind": "hard", "when": text} | common


@QUICK
@given(conditions)
def test_verdicts_on_conditions_agree_with_every_value(text: str) -> None:
    pack = loaded(sample(triggers=[trigger(text)]))
    prover = Prover(pack, {})
    one = Condition(text, ("triggers", 0, "when"))
    found = verdict(prover, one)
    read = behind(pack.pack, set(names(one.node)))
    outcomes = {truth(plan.triggers[0].when, slots) for plan in times(pack.pack, text) for slots in complete(plan, read)}
    if found == "never":
        assert True not in outcomes
    elif found == "always":
        assert False not in outcomes
    elif found == "varies":
        assert {True, False} <= outcomes
    for wanted in (True, False):
        seen = prover.holds(one.node, wanted=wanted)
        if seen.can:
            assert seen.world is not None
            assert _real(pack.pack, seen.world, seen.answer) is wanted


def _real(pack: Pack, world: World, answer: Answer) -> bool | None:
    """Return what the plan says of the values that a proof gives as its example, at a time with so many complete months."""
    known = {id_: answer.slots[slot] for slot, id_ in world.ids.items() if slot in answer.slots and id_ in ("months", "quarters")}
    months = known.get("months", 3 * known.get("quarters", 0))
    plan = plan_at(pack, months, late=world.period.start > date(2023, 1, 1))
    slots: dict[int, int] = {}
    for one in plan.inputs:
        own = world.slots.inputs[one.id]
        pairs = [(one.slot, own.slot), (one.na_slot, own.na_slot), *zip(one.option_slots, own.option_slots, strict=True)]
        slots |= {theirs: answer.slots[mine] for theirs, mine in pairs if theirs is not None and mine is not None and mine in answer.slots}
    for step in plan.derived:
        for place, expr in ((step.num_slot, step.num), (step.den_slot, step.den)):
            if place is not None and expr is not None and (found := value(expr, slots)) is not None:
                slots[place] = found
    return truth(plan.triggers[0].when, slots)


# --- parts and bands ----------------------------------------------------------

awards = st.sampled_from((1, 2, 3, 0))
above = st.sampled_from((1, 2, 3))
bands = st.lists(st.tuples(st.one_of(atoms, conditions), awards), min_size=1, max_size=3)
along = st.builds("{} {} {}".format, st.sampled_from(("a", "rate", "sum")), ops, st.sampled_from(("0", "1", "2", "3")))
parts = st.one_of(
    st.builds(
        lambda per, less, every: {"count_down": {"full": 2, "less": less, "per": per, "every": every}},
        numbers,
        awards,
        above := st.sampled_from((1, 2, 3)),
    ),
    st.builds(lambda per, each, every: {"count_up": {"each": each, "per": per, "every": every, "up_to": 2}}, numbers, awards, above),
    st.builds(lambda of: {"prorate": {"points": 2, "of": of}}, st.sampled_from(RATIOS)),
    st.builds(lambda each, up_to: {"choices": {"each": each, "of": "tags", "up_to": up_to}}, above, above),
    st.builds(lambda when: {"award": 2, "when": when}, conditions),
    st.builds(lambda listed: {"bands": [{"when": when, "award": award} for when, award in listed]}, bands),
    st.builds(
        lambda listed: {"bands": [{"when": when, "award": award} for when, award in listed]},
        st.lists(st.tuples(along, st.sampled_from((1, 2, 3))), min_size=2, max_size=3),
    ),
)


def points_of(part: dict[str, Any]) -> Any:
    match part:
        case {"bands": listed}:
            return max(max(band["award"] for band in listed), 1)
        case {"choices": choices}:
            return choices["up_to"]
        case _:
            return 2


@QUICK
@given(parts, st.one_of(st.none(), atoms))
def test_findings_on_parts_agree_with_every_value(part: dict[str, Any], applies: str | None) -> None:
    if "bands" in part and not any(band["award"] for band in part["bands"]):
        part["bands"][0]["award"] = 1
    pack = loaded(sample([{"points": points_of(part), "parts": [part], **({"applies_when": applies} if applies else {})}]))
    findings = [one for one in prove([pack]).findings if one.code in ("W601", "W602", "W603", "W622", "W623", "W624", "W625", "W626")]
    if not findings:
        return
    text = str(part) + (applies or "")
    read = behind(pack.pack, {name for name in (*INDICATORS, *DERIVED, "split", "zone") if name in text})
    worths: set[tuple[int, int]] = set()
    firsts: set[int | None] = set()
    for plan in times(pack.pack, text):
        criterion = plan.criteria[0]
        step = criterion.parts[0]
        for slots in complete(plan, read):
            asked = Asked(partial(truth, slots=slots), partial(value, slots=slots))
            if (criterion.applies is not None and not asked.truth(criterion.applies)) or asked.truth(step.na):
                continue
            worths.add(part_span(step, asked))
            if isinstance(step, BandsStep) and not any(asked.truth(test) for test, _ in step.fixed):
                verdicts = [asked.truth(test) for test, _ in step.bands]
                if None not in verdicts:
                    firsts.add(verdicts.index(True) if True in verdicts else None)
    full = step.full
    for one in findings:
        at = () if one.code == "W622" else text_place(pack, one.place.line, one.place.column)  # that one points to a key
        match one.code:
            case "W601" | "W625":
                assert (full, full) not in worths
            case "W602" | "W626":
                assert {high for _, high in worths} <= {full}
            case "W603" | "W623":
                assert at[7] not in firsts
            case "W622":
                assert None in firsts
            case "W624":
                assert at[7] in firsts


@QUICK
@given(
    st.lists(conditions, min_size=1, max_size=2),
    st.one_of(st.none(), conditions),
    st.lists(conditions, max_size=1),
    st.sampled_from((1, 2)),
)
def test_what_is_said_of_a_criterion_agrees_with_every_value(awards: list[str], zero: str | None, deducts: list[str], taken: int) -> None:
    parts = [{"award": 2 if len(awards) == 1 else 1, "when": when} for when in awards]
    data = {"points": 2, "parts": parts, "deduct": [{"points": taken, "when": when} for when in deducts]}
    pack = loaded(sample([data | ({"zero_when": zero} if zero else {})]))
    found = {one.code for one in prove([pack]).findings} & {"W637", "W638"}
    if not found:
        return
    text = " ".join([*awards, zero or "", *deducts])
    read = behind(pack.pack, {name for name in (*INDICATORS, *DERIVED, "split", "zone") if name in text})
    for plan in times(pack.pack, text):
        for slots in complete(plan, read):
            worth = criterion_worth(plan.criteria[0], Asked(partial(truth, slots=slots), partial(value, slots=slots)))
            if worth.in_play:
                assert worth.high < worth.points
                assert "W638" not in found or worth.high == 0


@QUICK
@given(
    st.sampled_from(("AND", "OR")), st.lists(atoms, min_size=2, max_size=3), st.sampled_from(NUMBERS), ops, st.sampled_from(("0", "1", "2"))
)
def test_a_piece_that_is_said_to_add_nothing_changes_no_outcome(word: str, pieces: list[str], name: str, op: str, line: str) -> None:
    pieces = [f"{name} >= 1", f"{name} {op} {line}", *pieces[1:]]
    pack = loaded(sample(triggers=[trigger(f" {word} ".join(pieces))]))
    told = [one for one in prove([pack]).findings if one.code == "W639"]
    for one in told:
        mine, other = str(one.values["found"]), str(one.values["by"])
        alone = loaded(sample(triggers=[trigger(mine), trigger(other) | {"id": "T-2"}]))
        read = behind(alone.pack, {name for text in (mine, other) for name in (*INDICATORS, *DERIVED, "split", "zone") if name in text})
        for plan in times(alone.pack, mine + other):
            for slots in complete(plan, read):
                piece, by = (truth(rule.when, slots) for rule in plan.triggers)
                assert not (by and not piece) if word == "AND" else not (piece and not by)


def text_place(pack: LoadedPack, line: int, column: int) -> tuple[str | int, ...]:
    """Return the path of the smallest value that holds a place of the file."""
    row = pack.text.splitlines(keepends=True)
    at = sum(len(one) for one in row[: line - 1]) + column - 1
    return min((spot.end - spot.start, path) for path, spot in pack.spans.values.items() if spot.start <= at < spot.end)[1]
