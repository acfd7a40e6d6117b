"""Parsing: what each construct becomes, where it stood, and what every mistake is called."""

import re
import subprocess
import sys
from datetime import date
from fractions import Fraction
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import evaluator.packs
from evaluator.messages import catalogue, say
from evaluator.packs import tree
from evaluator.packs.conditions import ConditionError, Problem, parse_condition, parse_formula
from evaluator.packs.tree import Span


def problems(text: str) -> list[Problem]:
    with pytest.raises(ConditionError) as caught:
        parse_condition(text)
    return caught.value.problems


def test_spans_are_exact() -> None:
    text = "x > 90 OR ( 满意率 <= 60.5% )"
    found = parse_condition(text)
    assert found == tree.Or(
        Span(0, len(text)),
        (
            tree.Compare(Span(0, 6), ">", tree.Name(Span(0, 1), "x"), tree.Number(Span(4, 6), Fraction(90))),
            tree.Compare(Span(12, 24), "<=", tree.Name(Span(12, 15), "满意率"), tree.Number(Span(19, 24), Fraction(121, 2), percent=True)),
        ),
    )


def test_a_bracket_belongs_to_what_holds_it() -> None:
    found = parse_condition("(a + 1) * 2 > (b)")
    assert isinstance(found, tree.Compare)
    assert (found.span, found.left.span, found.right.span) == (Span(0, 17), Span(0, 11), Span(15, 16))


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a AND b OR c", "(a AND b) OR c"),
        ("NOT a AND b", "(NOT a) AND b"),
        ("NOT x = 1", "NOT (x = 1)"),
        ("x NOT IN (1, 2)", "x not in (1,2)"),
        ("x BETWEEN 1 AND 2 AND b", "(x between 1 and 2) and b"),
        ("a - b - c > 0", "(a - b) - c > 0"),
        ("a + b * c > 0", "a + (b * c) > 0"),
        ("-a * b > 0", "(-a) * b > 0"),
        ("x <> 1", "x != 1"),
        ("x = true", "x"),
        ("TRUE = x", "x"),
        ("x != False", "x"),
        ("x = false", "NOT x"),
        ("x != true", "NOT x"),
        ("ＡＢ > 1 ＡＮＤ c", "AB > 1 AND c"),
        ("Count(a, b) >= 2", "count(a, b) >= 2"),
        ("within(d, 1 year)", "within(d, 1 YEARS)"),
        ("x = 'it''s'", 'x = "it\'s"'),
        ("x >= 90 %", "x >= 90%"),
    ],
)
def test_the_same_condition_written_twice(text: str, same: str) -> None:
    assert unplaced(parse_condition(text)) == unplaced(parse_condition(same))


def unplaced(node: object) -> object:
    """Return the node as nested tuples, without spans."""
    if isinstance(node, tree.Node):
        return (type(node), *(unplaced(value) for name, value in vars(node).items() if name != "span"))
    return tuple(unplaced(one) for one in node) if isinstance(node, tuple) else node


def test_values() -> None:
    read = parse_formula("max(0.1234, -a.b, days_between(2023-04-13, R))")
    assert isinstance(read, tree.Aggregate)
    number, negative, days = read.of
    assert isinstance(number, tree.Number)
    assert number.value == Fraction(1234, 10_000)
    assert isinstance(negative, tree.Negative)
    assert isinstance(negative.of, tree.Name)
    assert type(negative.of.id) is str
    assert negative.of.id == "a.b"
    assert isinstance(days, tree.DaysBetween)
    assert isinstance(days.first, tree.DateValue)
    assert days.first.value == date(2023, 4, 13)


WRONG = [  # text, code, what is underlined
    ("", "E200", ""),
    (" \n ", "E200", " \n "),
    ("x ＞ 3", "E201", "＞"),
    ("x ≥ 3", "E201", "≥"),
    ("x == 3", "E201", "=="),
    ("x =< 3", "E201", "=<"),
    ("a && b", "E201", "&&"),
    ("a || b", "E201", "||"),
    ("!a", "E201", "!"),
    ("x > 9０％", "E201", "０"),
    ("x > ９０", "E201", "９０"),
    ("x ? 3", "E202", "?"),
    ("x > .5", "E202", "."),
    ("x = 'abc", "E203", "'abc"),
    ("x = 'a''", "E203", "'"),
    ("x IS NOT NULL", "E204", "IS NOT NULL"),
    ("x = null", "E204", "null"),
    ("count(a, (b) > 1", "E205", "("),
    ("a) > 1", "E206", ")"),
    ("x > 3 AND", "E210", ""),
    ("> 3", "E211", ">"),
    ("x IN ()", "E211", ")"),
    ("x > 90天", "E212", "天"),
    ("x > 3 days AND b", "E212", "days"),
    ("x > 1,000", "E213", ","),
    ("a 且 b", "E214", "且"),
    ("x = 'a' 'b'", "E214", "'b'"),
    ("x > 3 = ", "E210", ""),
    ("x IN 3", "E215", "3"),
    ("a + 3", "E220", "a + 3"),
    ("'村'", "E220", "'村'"),
    ("true", "E221", "true"),
    ("x > true", "E221", "true"),
    ("x IN (TRUE)", "E221", "TRUE"),
    ("count(3 days) > 1", "E222", "3 days"),
    ("(a OR b) + 1 > 3", "E223", "a OR b"),
    ("1 < x < 3", "E224", "1 < x < 3"),
    ("x > 1.00001", "E230", "1.00001"),
    ("x > 1000000000.1", "E231", "1000000000.1"),
    ("x > " + "9" * 1900, "E231", "9" * 1900),
    ("d > 2023-4-1", "E232", "2023-4-1"),
    ("d > 2023-02-30", "E232", "2023-02-30"),
    ("x² > 1", "E233", "x²"),
    ("days_betwen(a, b) > 1", "E240", "days_betwen"),
    ("sqrt(x) > 1", "E241", "sqrt"),
    ("abs(a, b) > 1", "E242", "abs(a, b)"),
    ("given()", "E242", "given()"),
    ("min(a) > 1", "E243", "min(a)"),
    ("given(a + b)", "E244", "a + b"),
    ("within(d, 5)", "E245", "5"),
    ("within(d, 1.5 years)", "E245", "1.5 years"),
    ("within(d, 5 weeks)", "E245", "5 weeks"),
    ("within(d, 0 days)", "E246", "0 days"),
    ("within(d, 101 years)", "E246", "101 years"),
]


@pytest.mark.parametrize(("text", "code", "underlined"), WRONG)
def test_a_mistake_has_a_name_and_a_place(text: str, code: str, underlined: str) -> None:
    first = problems(text)[0]
    assert (first.key, text[first.span.start : first.span.end]) == (f"conditions.{code}", underlined)
    for lang in ("zh", "en"):
        assert say(first.key, lang, **first.values)
        assert say(first.key, lang, form="hint", **first.values)


def test_signs_are_reported_all_at_once() -> None:
    found = problems("area_type ＝ “村” && x ≥ ９０")
    assert [(p.values["sign"], p.values["instead"]) for p in found] == [
        ("＝", "="),
        ("“", "'"),
        ("”", "'"),
        ("&&", "AND"),
        ("≥", ">="),
        ("９０", "90"),
    ]
    assert len(problems("，" * 1000)) == 10


def test_signs_inside_quotes_are_text() -> None:
    found = parse_condition("x = '（村）＞“&&” IS NULL'")
    assert isinstance(found, tree.Compare)
    assert isinstance(found.right, tree.Text)
    assert found.right.value == "（村）＞“&&” IS NULL"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NOT " * 490 + "x", "E208"),
        ("-" * 1900 + "x > 1", "E208"),
        ("abs(" * 390 + "x" + ")" * 390 + " > 1", "E208"),
        ("x" + "+1" * 900 + ">1", "E208"),
        (" OR ".join(["a"] * 300), "E208"),
        ("(" * 1998 + "x", "E205"),
        ("x > 1 OR " * 300, "E207"),
    ],
)
def test_what_is_too_large_is_refused(text: str, code: str) -> None:
    assert problems(text)[0].key == f"conditions.{code}"


def test_brackets_that_mean_nothing_cost_nothing() -> None:
    assert unplaced(parse_condition("(" * 900 + "x" + ")" * 900)) == unplaced(parse_condition("x"))


def test_forty_levels_and_no_more() -> None:
    parse_condition("NOT " * 38 + "x")  # with Is and its name
    assert problems("NOT " * 39 + "x")[0].key == "conditions.E208"


def test_a_formula_is_no_condition_and_the_other_way_round() -> None:
    with pytest.raises(ConditionError) as caught:
        parse_formula("a > 3")
    assert caught.value.problems[0].key == "conditions.E223"


WORDS = "x 满意率 d.e 3 90% 2.5 2023-04-13 'a' AND OR NOT IN BETWEEN TRUE NULL IS min( count( within( given( days_between( days ² ① İ"
PIECES = st.sampled_from([*WORDS.split(), *"(),+-*/<=>!'\".%#\\\0\ud800＞“”"])


@settings(max_examples=400)
@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=25).map(" ".join), st.lists(PIECES, max_size=25).map("".join)))
@example("İN")
@example("xıs null")
@example("a.b.")
def test_any_text_parses_or_says_why(text: str) -> None:
    for parse in (parse_condition, parse_formula):
        try:
            parse(text)
            found = []
        except ConditionError as error:
            found = error.problems or [Problem(Span(-1, -1), "nothing said")]
        for problem in found:
            assert 0 <= problem.span.start <= problem.span.end <= len(text)
            assert say(problem.key, "zh", **problem.values)


def test_every_message_is_used_and_every_code_has_one() -> None:
    sources = Path(evaluator.packs.__path__[0])
    code = "".join((sources / f"{name}.py").read_text(encoding="utf-8") for name in ("builder", "conditions", "kinds"))
    entries = catalogue("conditions")
    assert set(re.findall(r'"(?:conditions\.)?(E2\d\d)"', code)) == {key for key in entries if key.startswith("E")}
    for key, entry in entries.items():
        for zh, en in (("zh", "en"), ("hint_zh", "hint_en")):
            fields = [{name for _, name, _, _ in Formatter().parse(entry.get(form, "")) if name} for form in (zh, en)]
            assert fields[0] == fields[1], key
        assert not key.startswith("E") or (entry["hint_zh"] and entry["hint_en"]), key


def test_the_import_does_not_load_lark() -> None:
    code = "import sys, evaluator.packs.conditions; sys.exit('lark' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
