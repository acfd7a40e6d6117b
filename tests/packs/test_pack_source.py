"""YAML with places: what scalars mean, where every character stands, and no text that breaks the reader."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, example, given
from hypothesis import strategies as st

from evaluator.packs.scalars import align, resolve
from evaluator.packs.source import parse_yaml

GOOD = (Path(__file__).parent.parent / "bad" / "packs" / "good.yaml").read_text(encoding="utf-8")
WORDS = st.text(alphabet="ab '\"\\:#,-{}[]\n\t党%是、，0", max_size=30)
PLAIN = st.one_of(st.booleans(), st.integers(-(10**17), 10**17), st.dates(), WORDS)
KEYS = st.sampled_from(["a", "b", "甲", "c d"])
DATA = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=20)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8", 8),
        ("-3", -3),
        ("0", 0),
        ("0.5", Decimal("0.5")),
        ("9" * 30, int("9" * 30)),
        ("80.10", Decimal("80.10")),
        ("true", True),
        ("false", False),
        ("null", None),
        ("2023-01-31", date(2023, 1, 31)),
        ("UZB-04", "UZB-04"),
        ("90%", "90%"),
        ("2023.1.1版", "2023.1.1版"),
        ("是", "是"),
        ("y", "y"),
        ("12-31", "12-31"),
    ],
)
def test_plain_scalars_mean_what_they_look_like(text: str, value: object) -> None:
    found, problem = resolve(text)
    assert (found, type(found), problem) == (value, type(value), "")


@pytest.mark.parametrize(
    ("text", "code", "guess"),
    [
        *((word, "E120", True) for word in ("yes", "Yes", "on", "ON", "True", "TRUE")),
        *((word, "E120", False) for word in ("no", "off", "False")),
        *((word, "E121", None) for word in ("~", "Null", "NULL")),
        *((word, "E122", word) for word in ("12:30", "1:20:30", "-1:30")),
        ("010", "E128", 10),
        ("0o17", "E128", 15),
        ("0x1F", "E128", 31),
        ("0b11", "E128", 3),
        ("1e3", "E128", 1000),
        ("1.5E-1", "E128", Decimal("0.15")),
        ("1_000", "E128", 1000),
        ("+5", "E128", 5),
        (".5", "E128", Decimal("0.5")),
        ("5.", "E128", 5),
        ("1e400", "E129", "1e400"),
        (".inf", "E129", ".inf"),
        ("-.INF", "E129", "-.INF"),
        (".nan", "E129", ".nan"),
        ("2023-02-29", "E130", "2023-02-29"),
        ("2023-13-1", "E130", "2023-13-1"),
        ("2023-1-5", "E131", date(2023, 1, 5)),
        ("2023/01/05", "E131", date(2023, 1, 5)),
        ("2023年1月5日", "E131", date(2023, 1, 5)),
        ("2023-01-05T10:00:00", "E131", date(2023, 1, 5)),
        ("１２", "E125", 12),
        ("０.５", "E125", Decimal("0.5")),
        ("<<", "E115", "<<"),
    ],
)
def test_silent_conversions_are_refused_with_the_likely_meaning(text: str, code: str, guess: object) -> None:
    found, problem = resolve(text)
    assert (found, type(found), problem) == (guess, type(guess), code)


def test_the_same_texts_in_quotes_are_texts() -> None:
    words = ("yes", "~", "12:30", "010", "1e3", "2023-1-1", "１２")
    source = parse_yaml("\n".join(f"k{number}: '{word}'" for number, word in enumerate(words)), "f")
    assert source.findings == ()
    assert source.data is not None
    assert set(map(type, source.data.values())) == {str}


def test_keys_stay_text_and_every_key_and_value_has_its_place() -> None:
    source = parse_yaml("2023-01-01: {1: 一, b: [二,\n  'it''s']}\n", "f")
    assert source.data == {"2023-01-01": {"1": "一", "b": ["二", "it's"]}}
    spans = source.spans
    assert str(spans.place(("2023-01-01",), key=True)) == "f:1:1"
    assert str(spans.place(("2023-01-01", "1"), key=True)) == "f:1:14"
    assert str(spans.place(("2023-01-01", "1"))) == "f:1:17"
    place = spans.place(("2023-01-01", "b", 1))
    assert (place.line, place.column, place.end_column) == (2, 3, 10)
    assert spans.inside(("2023-01-01", "b", 1), "it's", 3, 4).column == 8
    assert spans.place(("2023-01-01", "nothing", "there")) == spans.place(("2023-01-01",))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_places_do_not_depend_on_line_ends(end: str) -> None:
    text = GOOD.replace("points: 10", "points: ten").replace("\n", end)
    spans = parse_yaml(text, "f").spans
    assert str(spans.place(("groups", 0, "criteria", 0, "points"))) == "f:29:17"


@given(DATA)
def test_data_comes_back_as_it_was_dumped(data: Any) -> None:
    source = parse_yaml(yaml.safe_dump({"k": data}, allow_unicode=True), "f")
    assume(not source.findings)  # the dumper writes some texts in a way that is refused
    assert source.data == {"k": data}


@given(WORDS.filter(str.strip), st.sampled_from(["", "'", '"', "|", ">"]), st.integers(4, 80))
@example("a\n\nb  c\n", ">", 80)
@example("it's a 'b'", "'", 10)
@example("党 a\tb", '"', 4)
def test_every_character_of_a_value_is_found_in_its_source(text: str, style: str, width: int) -> None:
    source = parse_yaml(yaml.dump({"k": text}, default_style=style or None, allow_unicode=True, width=width), "f")
    assume(not source.findings)
    assert source.data is not None
    value = source.data["k"]  # the dumper itself changes some texts that begin with a space
    spot = source.spans.values[("k",)]
    written = source.spans.text[spot.start : spot.end]
    places = align(written, spot.style, value)
    assert places is not None
    assert places == sorted(places)
    for at, wanted in zip(places, value, strict=False):
        if not wanted.isspace():
            assert written[at] == wanted or (written[at] == "\\" and spot.style == '"')


@given(st.integers(0, len(GOOD)), st.integers(0, 12), st.text(alphabet="a：:{}[]\"'\n\t -,&*!|>@%#~？?一\ufeff\u2028\x85", max_size=6))
def test_no_text_breaks_the_reader(at: int, cut: int, put: str) -> None:
    source = parse_yaml(GOOD[:at] + put + GOOD[at + cut :], "f")
    assert source.data is not None or source.findings
    for finding in source.findings:
        assert finding.place.line >= 1
        assert finding.place.column >= 1
        for lang in ("zh", "en"):
            assert finding.message(lang)
            assert finding.hint(lang)


@given(st.text(max_size=40))
def test_no_short_text_breaks_the_reader(text: str) -> None:
    source = parse_yaml(text, "f")
    assert source.data is not None or source.findings
