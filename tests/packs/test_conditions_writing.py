"""Printing back, negating and saying: properties over drawn trees, and sentences read by a person."""

from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.messages import Language
from evaluator.packs import tree
from evaluator.packs.conditions import parse_condition, parse_formula
from evaluator.packs.kinds import check_condition
from evaluator.packs.models import Labels
from evaluator.packs.scope import BUILT_INS, RESULTS, Kind, Scope
from evaluator.packs.tree import Span
from evaluator.packs.writing import names, negate, phrase, sentence, write

Drawn = TypeVar("Drawn")
HERE = Span(0, 0)
NUMBERS, DATES, CHOICES = ("a", "满意率", "soft_and_lax.hard"), ("d", "R"), ("result", "area_type")
TRUTHS, TEXTS = ("b", "has_venue"), ("doc_no",)
R = date(2023, 6, 30)

# --- drawn trees --------------------------------------------------------------

numbers = st.builds(lambda n, percent: tree.Number(HERE, Fraction(n, 10_000), percent), st.integers(0, 10**13), st.booleans())
small_numbers = st.builds(lambda n: tree.Number(HERE, Fraction(n)), st.integers(0, 3))
texts = st.builds(lambda text: tree.Text(HERE, text), st.one_of(st.sampled_from(("合格", "村")), st.text(max_size=5)))
dates = st.builds(lambda day: tree.DateValue(HERE, day), st.dates(date(1900, 1, 1), date(2100, 1, 1)))


def named(ids: tuple[str, ...]) -> st.SearchStrategy[tree.Name]:
    return st.builds(lambda id_: tree.Name(HERE, id_), st.sampled_from(ids))


def some_of(one: st.SearchStrategy[Drawn], least: int) -> st.SearchStrategy[tuple[Drawn, ...]]:
    return st.lists(one, min_size=least, max_size=3).map(tuple)


dated = named(DATES) | dates


def larger_formulas(of: st.SearchStrategy[tree.Formula]) -> st.SearchStrategy[tree.Formula]:
    pair: list[Any] = [tree.Add, tree.Subtract, tree.Multiply, tree.Divide]
    return st.one_of(
        st.builds(lambda node, left, right: node(HERE, left, right), st.sampled_from(pair), of, of),
        st.builds(lambda one: tree.Negative(HERE, one), of),
        st.builds(lambda function, some: tree.Aggregate(HERE, function, some), st.sampled_from(("min", "max")), some_of(of, 2)),
        st.builds(lambda one: tree.Aggregate(HERE, "abs", (one,)), of),
        st.builds(lambda first, last: tree.DaysBetween(HERE, first, last), dated, dated),
    )


formulas: st.SearchStrategy[tree.Formula] = st.recursive(named(NUMBERS) | small_numbers | numbers, larger_formulas, max_leaves=5)
operators = st.sampled_from(("<", "<=", "=", "!=", ">", ">="))
is_ = st.builds(lambda name: tree.Is(HERE, name), named(TRUTHS))
leaves: st.SearchStrategy[tree.Condition] = st.one_of(
    is_,
    st.builds(lambda op, left, right: tree.Compare(HERE, op, left, right), operators, formulas, formulas),
    st.builds(lambda op, left, right: tree.Compare(HERE, op, left, right), operators, dated, dated),
    st.builds(lambda op, left, right: tree.Compare(HERE, op, left, right), st.sampled_from(("=", "!=")), named(CHOICES), texts),
    st.builds(lambda name, values, flip: tree.In(HERE, name, values, flip), named(CHOICES), some_of(texts, 1), st.booleans()),
    st.builds(lambda of, low, high, flip: tree.Between(HERE, of, low, high, flip), formulas, formulas, formulas, st.booleans()),
    st.builds(lambda of, n, unit: tree.Within(HERE, of, n, unit), dated, st.integers(1, 60), st.sampled_from(("days", "months", "years"))),
    st.builds(lambda name: tree.Given(HERE, name), named(TEXTS)),
)


def larger_conditions(of: st.SearchStrategy[tree.Condition]) -> st.SearchStrategy[tree.Condition]:
    many = some_of(of, 2)
    return st.one_of(
        st.builds(lambda one: tree.Not(HERE, one), of),
        st.builds(lambda some: tree.And(HERE, some), many),
        st.builds(lambda some: tree.Or(HERE, some), many),
        st.builds(lambda op, some, n: tree.Compare(HERE, op, tree.Count(HERE, some), n), operators, many, small_numbers),
    )


conditions: st.SearchStrategy[tree.Condition] = st.recursive(leaves, larger_conditions, max_leaves=6)


def unplaced(node: object) -> object:
    """Return the node as nested tuples, without spans."""
    if isinstance(node, tree.Node):
        return (type(node), *(unplaced(value) for name, value in vars(node).items() if name != "span"))
    return tuple(unplaced(one) for one in node) if isinstance(node, tuple) else node


# --- what a tree means, written a second time -----------------------------------

Values = dict[str, Any]


def truth(node: tree.Condition, values: Values) -> bool | None:
    """Return Kleene's value of a condition; a name that is None is unknown."""
    match node:
        case tree.And(of=of):
            found = [truth(one, values) for one in of]
            return False if False in found else None if None in found else True
        case tree.Or(of=of):
            found = [truth(one, values) for one in of]
            return True if True in found else None if None in found else False
        case tree.Not(of=inner):
            held = truth(inner, values)
            return None if held is None else not held
        case tree.Is(of=name) | tree.Given(of=name):
            return values[name.id]  # type: ignore[no-any-return]
        case tree.Compare(op=op, left=left, right=right):
            tests: dict[str, Callable[[Any, Any], bool]] = {
                "<": lambda x, y: x < y,
                "<=": lambda x, y: x <= y,
                "=": lambda x, y: x == y,
                "!=": lambda x, y: x != y,
                ">": lambda x, y: x > y,
                ">=": lambda x, y: x >= y,
            }
            one, other = value(left, values), value(right, values)
            return None if one is None or other is None else tests[op](one, other)
        case tree.In(of=of, values=listed, negated=negated):
            one = value(of, values)
            return None if one is None else (one in [value(each, values) for each in listed]) != negated
        case tree.Between(of=of, low=low, high=high, negated=negated):
            parts = (tree.Compare(HERE, ">=", of, low), tree.Compare(HERE, "<=", of, high))
            held = truth(tree.And(HERE, parts), values)
            return None if held is None else held != negated
        case tree.Within(of=of, amount=amount, unit=unit):
            day = value(of, values)
            return None if day is None else day >= R - timedelta(amount * {"days": 1, "months": 30, "years": 365}[unit])


def value(node: tree.Formula, values: Values) -> Any:
    match node:
        case tree.Number(value=found) | tree.Text(value=found) | tree.DateValue(value=found):
            return found
        case tree.Name(id=id_):
            return values[id_]
        case tree.Count(of=of):
            held = [truth(one, values) for one in of]
            return None if None in held else sum(map(bool, held))
    known = [value(child, values) for child in tree.children(node)]  # type: ignore[arg-type]
    if None in known:
        return None
    match node:
        case tree.Negative():
            return -known[0]
        case tree.Add():
            return known[0] + known[1]
        case tree.Subtract():
            return known[0] - known[1]
        case tree.Multiply():
            return known[0] * known[1]
        case tree.Divide():
            return known[0] / known[1] if known[1] else None
        case tree.DaysBetween():
            return (known[1] - known[0]).days
        case tree.Aggregate(function=function):
            return {"min": min, "max": max, "abs": lambda of: abs(of[0])}[function](known)  # type: ignore[operator]
    raise AssertionError(node)


environments = st.fixed_dictionaries(
    {name: st.none() | st.integers(-1, 4).map(Fraction) for name in NUMBERS}
    | {name: st.none() | st.dates(date(2018, 1, 1), date(2023, 6, 30)) for name in DATES}
    | {name: st.none() | st.sampled_from(("合格", "村", "")) for name in CHOICES}
    | {name: st.none() | st.booleans() for name in TRUTHS + TEXTS}
)

# --- properties ---------------------------------------------------------------


@settings(max_examples=300)
@given(conditions)
def test_a_condition_written_and_parsed_is_itself(node: tree.Condition) -> None:
    found = parse_condition(write(node))
    assert unplaced(found) == unplaced(node)
    assert names(found) == names(node)


@settings(max_examples=200)
@given(formulas)
def test_a_formula_written_and_parsed_is_itself(node: tree.Formula) -> None:
    assert unplaced(parse_formula(write(node))) == unplaced(node)


@settings(max_examples=400)
@given(conditions, environments)
def test_negated_is_kleenes_not(node: tree.Condition, values: Values) -> None:
    held = truth(node, values)
    assert truth(negate(node), values) == (None if held is None else not held)
    assert truth(negate(negate(node)), values) == held
    assert truth(parse_condition(write(node)), values) == held


@given(conditions)
def test_negated_leaves_not_only_around_leaves(node: tree.Condition) -> None:
    waiting: list[tree.Node] = [negate(node)]
    while waiting:
        one = waiting.pop()
        if isinstance(one, tree.Not):
            assert isinstance(one.of, tree.Is | tree.Given | tree.Within)
        elif isinstance(one, tree.And | tree.Or):
            waiting.extend(one.of)


SCOPE: Scope = {
    **BUILT_INS,
    **RESULTS,
    "a": Kind("integer", Labels(zh="甲数", en="A count"), "个"),
    "满意率": Kind("percent", Labels(zh="满意率", en="Satisfaction rate")),
    "satisfaction": Kind("percent", Labels(zh="满意率", en="Satisfaction rate")),
    "vacant_days": Kind("integer", Labels(zh="书记空缺天数", en="Days without a secretary"), "天"),
    "theme_days": Kind("integer", Labels(zh="主题党日月份数", en="Months with a theme day"), "月"),
    "venue_area": Kind("decimal", Labels(zh="场所面积", en="Venue floor area"), "㎡"),
    "cleaners": Kind("integer", Labels(zh="保洁员人数", en="Cleaners"), "人"),
    "households": Kind("integer", Labels(zh="总户数", en="Households"), "户"),
    "pass_line": Kind("decimal", Labels(zh="达标线", en="pass line"), source="setting"),
    "has_venue": Kind("boolean", Labels(zh="有固定场所", en="Has a fixed venue")),
    "b": Kind("boolean", Labels(zh="有服务窗口", en="Has a service window")),
    "d": Kind("date", Labels(zh="换届日期", en="Date of the last election")),
    "result": Kind("choice", Labels(zh="验收结论", en="Result of acceptance"), options=("合格", "不合格", "反弹")),
    "services": Kind("choices", Labels(zh="服务项目", en="Services"), options=("助餐", "日托", "托幼")),
    "doc_no": Kind("text", Labels(zh="研判文号", en="Document number")),
}


@given(conditions)
def test_every_condition_can_be_said(node: tree.Condition) -> None:
    for scope in (SCOPE, {}):
        assert sentence(node, scope, "zh").strip()
        assert sentence(node, scope, "en").strip()


# --- sentences ----------------------------------------------------------------

SENTENCES = [
    ("vacant_days > 90", "书记空缺天数 大于 90 天", "Days without a secretary: more than 90"),
    ("satisfaction >= 90%", "满意率 不低于 90%", "Satisfaction rate: at least 90%"),
    ("satisfaction < 60", "满意率 低于 60%", "Satisfaction rate: below 60%"),
    ("90 < vacant_days", "书记空缺天数 大于 90 天", "Days without a secretary: more than 90"),
    ("venue_area <= 30.5", "场所面积 不超过 30.5 ㎡", "Venue floor area: at most 30.5"),
    ("stars = 5", "得星数 等于 5 颗", "stars: exactly 5"),
    ("score >= pass_line", "得分率 不低于 达标线", "score: at least pass line"),
    ("vacant_days BETWEEN 1 AND 90", "书记空缺天数 在 1 至 90 天之间", "Days without a secretary: from 1 to 90"),
    ("satisfaction NOT BETWEEN 60 AND 80", "满意率 不在 60% 至 80%之间", "Satisfaction rate: not from 60% to 80%"),
    ("theme_days IN (3, 6)", "主题党日月份数 为3月、6月之一", "Months with a theme day: one of 3, 6"),
    ("has_venue", "有固定场所 为“是”", "Has a fixed venue: yes"),
    (
        "NOT has_venue OR NOT b",
        "有固定场所 为“否”,或 有服务窗口 为“否”",
        "Has a fixed venue: no, or Has a service window: no",
    ),
    ("result = '不合格'", "验收结论 为“不合格”", "Result of acceptance: “不合格”"),
    ("result != '合格'", "验收结论 不为“合格”", "Result of acceptance: not “合格”"),
    ("result IN ('不合格', '反弹')", "验收结论 为“不合格”、“反弹”之一", "Result of acceptance: one of “不合格”, “反弹”"),
    ("result NOT IN ('不合格', '反弹')", "验收结论 不为“不合格”、“反弹”中任何一个", "Result of acceptance: none of “不合格”, “反弹”"),
    ("services IN ('助餐')", "服务项目 含“助餐”", "Services: includes “助餐”"),
    ("services NOT IN ('助餐', '日托')", "服务项目 不含“助餐”、“日托”中任何一个", "Services: includes none of “助餐”, “日托”"),
    ("count(services) >= 2", "服务项目的已选项数 不少于 2 项", "number of values in Services: at least 2"),
    (
        "count(has_venue, vacant_days > 90) >= 1",
        "下列情形成立的项数(有固定场所 为“是”;书记空缺天数 大于 90 天) 不少于 1 项",
        "number of these that hold (Has a fixed venue: yes; Days without a secretary: more than 90): at least 1",
    ),
    ("given(doc_no)", "研判文号 已填写", "Document number: filled in"),
    ("NOT given(doc_no)", "研判文号 未填写", "Document number: not filled in"),
    ("within(d, 5 years)", "换届日期 在基准日前5年以内", "Date of the last election: within the 5 years before the reference date"),
    (
        "NOT within(d, 1 month)",
        "换届日期 在基准日前1个月以外",
        "Date of the last election: earlier than 1 month before the reference date",
    ),
    ("d >= 2023-01-01", "换届日期 不早于 2023-01-01", "Date of the last election: not before 2023-01-01"),
    (
        "days_between(d, R) > 30",
        "换届日期至评定基准日的天数 大于 30 天",
        "days from Date of the last election to reference date: more than 30 days",
    ),
    ("cleaners * 200 >= households", "保洁员人数 × 200 不少于 总户数", "Cleaners × 200: at least Households"),
    (
        "months - theme_days > 0",
        "本期已满月数 − 主题党日月份数 大于 0 月",
        "complete months of the period − Months with a theme day: more than 0",
    ),
    (
        "(vacant_days > 90 OR NOT has_venue) AND given(doc_no)",
        "(书记空缺天数 大于 90 天,或 有固定场所 为“否”),且 研判文号 已填写",
        "(Days without a secretary: more than 90, or Has a fixed venue: no), and Document number: filled in",
    ),
    (
        "NOT (vacant_days > 90 AND has_venue)",
        "书记空缺天数 不超过 90 天,或 有固定场所 为“否”",
        "Days without a secretary: at most 90, or Has a fixed venue: no",
    ),
]


@pytest.mark.parametrize(("text", "zh", "en"), SENTENCES)
def test_sentences(text: str, zh: str, en: str) -> None:
    node = parse_condition(text)
    assert check_condition(node, SCOPE) == []
    assert (sentence(node, SCOPE, "zh"), sentence(node, SCOPE, "en")) == (zh, en)


@pytest.mark.parametrize(
    ("text", "lang", "said"),
    [
        ("max(months - theme_days, 0)", "zh", "(本期已满月数 − 主题党日月份数)、0 中的最大值"),
        ("2 * min(a, months) / (households * 0.9)", "zh", "2 × (甲数、本期已满月数 中的最小值) ÷ (总户数 × 0.9)"),
        ("abs(a - 3)", "en", "size of (A count − 3)"),
        ("-(a + 1)", "en", "-(A count + 1)"),
    ],
)
def test_phrases(text: str, lang: Language, said: str) -> None:
    assert phrase(parse_formula(text), SCOPE, lang) == said


def test_names() -> None:
    assert names(parse_condition("count(a > b, given(c)) > d.hard AND within(e, 1 day) OR f")) == {"a", "b", "c", "d.hard", "e", "f"}
