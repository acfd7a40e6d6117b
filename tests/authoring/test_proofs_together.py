"""What proofs say of a criterion as a whole, of pieces beside one another, of divisors, sums and time; each record is a real one."""

from datetime import date, timedelta
from typing import Any

import pytest
from proof_packs import codes, loaded, sample, told, trigger

from evaluator.authoring.proofs.calendar import fewest_and_most
from evaluator.authoring.proofs.prove import prove
from evaluator.authoring.proofs.prover import Prover
from evaluator.packs.conditions import parse_condition
from evaluator.packs.models import Pack
from evaluator.scoring.names import Names, Slots
from evaluator.scoring.period import Period, day_number, earlier
from evaluator.scoring.plan import Test
from evaluator.scoring.truth import truth

WITHIN = (
    ("within(day, 2 years)", "within(day, 1 years)", "W623"),
    ("within(day, 12 months)", "within(day, 1 years)", "W623"),
    ("within(day, 1 months)", "within(day, 28 days)", "W623"),
    ("within(day, 30 days)", "within(day, 1 months)", None),
    ("within(day, 1 years)", "within(day, 13 months)", None),
)


@pytest.mark.parametrize(("first", "last", "code"), WITHIN)
def test_a_record_stands_on_one_reference_date_with_its_own_lengths_of_time(first: str, last: str, code: str | None) -> None:
    """``R = 2023-01-01, day = 2021-12-31`` is not within one year, though a year may have 366 days."""
    more = {"day": {"label": "日", "type": "date"}}
    bands = {"bands": [{"when": first, "award": 2}, {"when": last, "award": 1}]}
    data = sample([{"points": 2, "parts": [bands]}], indicators=sample()["indicators"] | more)
    assert codes(data) == ([code] if code else [])
    if last == "within(day, 1 years)":  # said of the day nearest at hand
        assert told(data)[0].values["record"] == "R = 2023-01-01, day = 2022-01-01"
    prover = Prover(loaded(data), {})
    for text in (first, last):
        node, records = parse_condition(text), []
        for wanted in (True, False):
            seen = prover.holds(node, in_part=True, wanted=wanted)
            assert seen.can
            values = dict(one.split(" = ") for one in seen.record.split(", "))
            records.append((date.fromisoformat(values["R"]), date.fromisoformat(values["day"])))
        assert [truth(*_plainly(loaded(data).pack, text, *one)) for one in records] == [True, False]


def _plainly(pack: Pack, text: str, reference: date, day: date) -> tuple[Test, dict[int, int]]:
    """Return the test of a condition as scoring reads it on a day, and the slots of a branch."""
    names = Names(Slots({pack.pack: 0}), pack, Period(reference, reference, reference))
    for id_, indicator in pack.indicators.items():
        names.slots.add_input(id_, indicator)
    return names.plain(text, ""), {names.slots.inputs["day"].slot: day_number(day)}


def test_an_example_that_hangs_on_a_leap_day_is_looked_for() -> None:
    data = sample(indicators=sample()["indicators"] | {"day": {"label": "日", "type": "date"}}, effective={"from": "2023-01-01"})
    [one] = told(data | {"triggers": [trigger("within(day, 1 years) AND NOT within(day, 365 days) OR a > 3")]})
    assert (one.code, one.values["found"]) == ("W617", "a > 3")  # the other piece can hold: a year of 366 days
    assert prove([loaded(data | {"triggers": [trigger("within(day, 1 years) AND NOT within(day, 365 days)")]})]).open == ()
    assert codes(data | {"triggers": [trigger("within(day, 1 years) AND NOT within(day, 366 days)")]}) == ["W613"]


@pytest.mark.parametrize(("months", "span"), [(1, (28, 31)), (2, (59, 62)), (12, (365, 366)), (60, (1825, 1827)), (4801, (146125, 146128))])
def test_so_many_months_are_so_many_days(months: int, span: tuple[int, int]) -> None:
    assert fewest_and_most(months) == span
    if months < 100:
        days = (date(2000, 1, 1) + timedelta(days=one) for one in range(3 * 1461))
        assert {(day - earlier(day, months, "months")).days for day in days} <= set(range(span[0], span[1] + 1))


def test_what_rests_on_the_length_of_a_period_says_so() -> None:
    """A period of two years may be scored, and thirteen months have passed of it."""
    for when in ("months > 12", "zero_rate > 2 AND months >= 1"):
        [one] = told(sample(triggers=[trigger(when)]))
        assert "评定时段不超过一年" in one.message("zh")
        assert "within a period of at most a year" in one.message("en")
    [one] = told(sample(triggers=[trigger("a > 3")]))
    assert "一年" not in one.message("zh")


def test_sums_are_at_least_what_one_record_gives() -> None:
    one = {"label": "合计", "type": "integer", "aggregate": "sum"}
    fields = {
        "s": one | {"range": [2, 4]},
        "t": one | {"range": [2, 4], "blank": "0"},
        "u": one | {"range": [3, 4]},
        "v": one | {"range": [0, 4]},
    }
    data = sample(indicators=sample()["indicators"] | fields)
    never = ("s = 1", "s < 2", "u = 5")
    can = ("s = 2", "s = 5", "t = 1", "u = 7", "v = 1", "v = 0")
    assert [codes(data | {"triggers": [trigger(when)]}) for when in never] == [["W613"]] * len(never)
    assert [codes(data | {"triggers": [trigger(when)]}) for when in can] == [[]] * len(can)


@pytest.mark.parametrize(
    ("criterion", "found"),
    [
        ({"parts": [{"award": 2, "when": "a > 1"}], "zero_when": "a > 1"}, ["W638"]),
        ({"parts": [{"award": 2, "when": "a > 1"}], "zero_when": "a > 1", "key": True}, ["W638"]),
        ({"parts": [{"award": 2, "when": "a > 1"}], "zero_when": "a > 2"}, []),
        ({"parts": [{"award": 2, "when": "a > 1"}], "deduct": [{"points": 2, "when": "a > 1"}]}, ["W638"]),
        ({"parts": [{"award": 2, "when": "a > 1"}], "deduct": [{"points": 1, "when": "a > 1"}]}, ["W637"]),
        ({"parts": [{"award": 2, "when": "a > 1"}], "deduct": [{"points": 1, "per": "a"}]}, ["W637"]),
        ({"parts": [{"award": 2, "when": "a > 1"}], "deduct": [{"points": 1, "per": "a", "when": "yes"}]}, []),
        ({"parts": [{"award": 1, "when": "a > 1"}, {"award": 1, "when": "a <= 1"}]}, ["W637"]),
        ({"parts": [{"award": 1, "when": "a > 1"}, {"award": 1, "when": "b <= 1"}]}, []),
        ({"parts": [{"award": 1, "when": "a > 1"}, {"award": 1, "when": "b <= 1"}], "applies_when": "a = b"}, ["W637"]),
        ({"parts": [{"award": 1, "when": "n > 1"}, {"award": 1, "when": "n <= 1"}]}, []),  # not applicable, both leave the full marks
        ({"parts": [{"bands": [{"when": "a > 2", "award": 2}, {"when": "a > 1", "award": 1}]}], "zero_when": "a > 2"}, ["W637"]),
        ({"parts": [{"bands": [{"when": "a > 2", "award": 2}, {"when": "a > 1", "award": 1}]}], "zero_when": "a > 1"}, ["W638"]),
        ({"parts": [{"count_down": {"full": 2, "less": 1, "per": "a"}}], "zero_when": "a < 2"}, ["W638"]),
        ({"parts": [{"count_up": {"each": 1, "per": "a", "up_to": 2}}], "zero_when": "a > 1"}, ["W637"]),
        ({"parts": [{"choices": {"each": 1, "of": "tags", "up_to": 2}}], "zero_when": "count(tags) = 2"}, ["W637"]),
        ({"parts": [{"manual": {"range": [0, 2]}}], "zero_when": "yes"}, []),
        ({"deduct": [{"points": 1, "when": "a > 1"}, {"points": 1, "when": "a <= 1"}]}, ["W637"]),
        ({"deduct": [{"points": 2, "when": "a > 1"}, {"points": 2, "when": "a <= 1"}]}, ["W638"]),
        ({"parts": [{"award": 2, "when": "a > 3"}], "zero_when": "a > 3"}, ["W601", "W607"]),  # said of each already
    ],
)
def test_what_the_conditions_of_a_criterion_come_to_together(criterion: dict[str, Any], found: list[str]) -> None:
    assert codes(sample([{"points": 2} | criterion])) == found


@pytest.mark.parametrize(
    ("when", "found"),
    [
        ("a >= 2 AND a >= 1", "a >= 1"),
        ("a >= 1 AND a >= 2", "a >= 1"),
        ("a >= 2 OR a >= 1", "a >= 2"),
        ("a >= 1 AND a >= 1", "a >= 1"),
        ("yes OR (b >= 1 AND (a = 2 OR a >= 2))", "a = 2"),
        ("yes OR a >= 2 AND a >= 1", "a >= 1"),
        ("a >= 2 AND b >= 2", None),
        ("n >= 1 AND n >= 2", "n >= 1"),
        ("b > 0 AND rate >= 50%", None),  # follows, but says where the ratio is one
        ("a >= 1 AND a + b >= 6", "a >= 1"),
    ],
)
def test_pieces_that_say_nothing_beside_another(when: str, found: str | None) -> None:
    assert [(one.code, one.values["found"]) for one in told(sample(triggers=[trigger(when)]))] == ([("W639", found)] if found else [])


def test_divisors_below_zero_are_told_where_ranges_say_that_there_are_any() -> None:
    def found(formula: str, **fields: dict[str, Any]) -> list[str]:
        listed = {
            "p": {"label": "甲", "type": "integer", "range": [0, 9]},
            "q": {"label": "乙", "type": "integer", "range": [1, 9]},
        } | fields
        derived = {"r": {"label": "率", "type": "percent", "formula": formula, "when_zero": "na"}}
        data = sample(indicators=sample()["indicators"] | listed, derived=derived, triggers=[trigger("r > 50%")])
        return [f"{one.code} {one.values['record']}" for one in prove([loaded(data)]).findings]

    assert found("p / (q - p)") == ["W640 p = 2, q = 1"]
    assert found("p / max(q - p, 0)") == found("p / (q + p)") == found("p / q") == []
    assert found("p / q", q={"label": "乙", "type": "integer"}) == []  # without a range nothing says that it is ever below 0
    assert found("p / (quarters - p)")[0].startswith("W640 p = ")
    share = {"points": 2, "parts": [{"prorate": {"points": 2, "of": "a / (b + 1)"}, "when_zero": "zero"}]}
    assert [one.code for one in prove([loaded(sample([share], derived={}))]).findings] == []
    share["parts"][0]["prorate"]["of"] = "a / b"
    assert [one.code for one in prove([loaded(sample([share], derived={}))]).findings] == ["W640"]
