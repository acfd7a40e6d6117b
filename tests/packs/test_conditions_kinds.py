"""The type check: what passes, and what each misuse is called."""

import pytest

from evaluator.messages import say
from evaluator.packs.conditions import parse_condition, parse_formula
from evaluator.packs.kinds import check_condition, check_formula, lines_below_one
from evaluator.packs.models import Labels
from evaluator.packs.scope import BUILT_INS, RESULTS, Kind, Scope
from evaluator.packs.writing import write


def label(zh: str) -> Labels:
    return Labels(zh=zh)


SCOPE: Scope = {
    **BUILT_INS,
    "score": RESULTS["score"],
    "vacant_days": Kind("integer", label("书记空缺天数"), "天"),
    "households": Kind("integer", label("户数"), "户"),
    "area": Kind("decimal", label("面积"), "㎡"),
    "satisfaction": Kind("percent", label("满意率")),
    "share": Kind("percent", label("占比"), ratio=True, source="derived"),
    "other_share": Kind("decimal", label("另一占比"), ratio=True, source="derived"),
    "pass_line": Kind("decimal", label("达标线"), source="setting"),
    "line_by_area": Kind("decimal", label("分区达标线"), source="setting_by"),
    "has_venue": Kind("boolean", label("有场所")),
    "last_election": Kind("date", label("换届日期")),
    "result": Kind("choice", label("结论"), options=("合格", "不合格")),
    "kind_of_place": Kind("choice", label("场所类型")),
    "services": Kind("choices", label("服务项目"), options=("助餐", "日托", "托幼")),
    "doc_no": Kind("text", label("文号")),
}


@pytest.mark.parametrize(
    "text",
    [
        "vacant_days > 90 OR satisfaction < 60%",
        "satisfaction >= 90",
        "area >= 90%",
        "share >= pass_line",
        "share >= line_by_area",
        "share BETWEEN pass_line AND 2 * pass_line",
        "vacant_days > line_by_area + 1",
        "score BETWEEN 60 AND 80",
        "vacant_days IN (1, 2, -3)",
        "2 * vacant_days + 1 >= households / 3",
        "pass_line * vacant_days > months * households",
        "min(vacant_days, 3) > abs(households - 2)",
        "months - vacant_days > 0",
        "months > 3",
        "has_venue AND NOT has_venue = false",
        "result = '合格' OR '不合格' != result",
        "result NOT IN ('合格')",
        "kind_of_place = '随便什么'",
        "area_type = '村'",
        "services IN ('助餐', '日托')",
        "count(services) >= 2",
        "count(has_venue, vacant_days > 3, given(doc_no)) = 2",
        "given(doc_no)",
        "within(last_election, 5 years)",
        "last_election BETWEEN 2023-01-01 AND R",
        "days_between(last_election, R) <= 30",
    ],
)
def test_sound_conditions(text: str) -> None:
    assert check_condition(parse_condition(text), SCOPE) == []


WRONG = [  # text, code, what is underlined
    ("vacant_day > 3", "E250", "vacant_day"),
    ("书记空缺天数 > 3", "E250", "书记空缺天数"),
    ("zzz > 3", "E251", "zzz"),
    ("given(zzz)", "E251", "zzz"),
    ("last_election > 30", "E252", "last_election > 30"),
    ("result = area_type", "E252", "result = area_type"),
    ("vacant_days BETWEEN 1 AND R", "E252", "R"),
    ("last_election IN (3)", "E252", "3"),
    ("services IN (3)", "E252", "3"),
    ("vacant_days > '90'", "E253", "'90'"),
    ("last_election > '2023-01-01'", "E253", "'2023-01-01'"),
    ("result = '不合'", "E254", "'不合'"),
    ("services IN ('助餐', '助参')", "E254", "'助参'"),
    ("result IN ('优秀')", "E255", "'优秀'"),
    ("result > '合格'", "E256", "result > '合格'"),
    ("result BETWEEN '合格' AND '合格'", "E256", "result BETWEEN '合格' AND '合格'"),
    ("doc_no = '1号'", "E257", "doc_no"),
    ("doc_no IN ('1号')", "E257", "doc_no"),
    ("services = '助餐'", "E258", "services"),
    ("services + 1 > 2", "E258", "services"),
    ("has_venue > 0", "E259", "has_venue"),
    ("has_venue + 1 > 0", "E259", "has_venue"),
    ("vacant_days OR has_venue", "E260", "vacant_days"),
    ("NOT doc_no", "E260", "doc_no"),
    ("services", "E260", "services"),
    ("given(vacant_days)", "E261", "vacant_days"),
    ("R - last_election > 30", "E262", "R"),
    ("min(result, 3) > 1", "E263", "result"),
    ("'a' + vacant_days > 1", "E263", "'a'"),
    ("within(vacant_days, 5 years)", "E264", "vacant_days"),
    ("days_between(last_election, 3) > 1", "E264", "3"),
    ("vacant_days * households > 3", "E265", "vacant_days * households"),
    ("vacant_days / households > 3", "E266", "vacant_days / households"),
    ("1 + vacant_days / households > 3", "E267", "vacant_days / households"),
    ("vacant_days / (1 - 1) > 3", "E268", "1 - 1"),
    ("share + 1 > 3", "E269", "share"),
    ("share * 100 > 3", "E269", "share"),
    ("-score < 3", "E269", "score"),
    ("has_venue AND 2 > 1", "E270", "2 > 1"),
    ("'a' = 'a'", "E270", "'a' = 'a'"),
    ("within(2023-01-01, 5 days)", "E270", "within(2023-01-01, 5 days)"),
    ("vacant_days IN (1, households)", "E271", "households"),
    ("vacant_days BETWEEN 90 AND 1", "E272", "vacant_days BETWEEN 90 AND 1"),
    ("last_election BETWEEN 2023-02-01 AND 2023-01-01", "E272", "last_election BETWEEN 2023-02-01 AND 2023-01-01"),
    ("vacant_days = '很多'", "E273", "'很多'"),
    ("last_election = ''", "E273", "''"),
    ("share > other_share", "E274", "share > other_share"),
    ("vacant_days < share", "E274", "vacant_days < share"),
    ("share >= line_by_area + 5", "E274", "share >= line_by_area + 5"),
    ("share BETWEEN 10 AND other_share", "E274", "other_share"),
    ("line_by_area * vacant_days > 3", "E265", "line_by_area * vacant_days"),
    ("soft_and_lax.hard > 0", "E275", "soft_and_lax.hard"),
]


@pytest.mark.parametrize(("text", "code", "underlined"), WRONG)
def test_misuse(text: str, code: str, underlined: str) -> None:
    found = check_condition(parse_condition(text), SCOPE)
    assert found
    first = found[0]
    assert (first.key, text[first.span.start : first.span.end]) == (f"conditions.{code}", underlined)
    for lang in ("zh", "en"):
        assert say(first.key, lang, **first.values)
        assert say(first.key, lang, form="hint", **first.values)


def test_everything_is_found_in_one_pass() -> None:
    text = "vacant_day > 3 AND (doc_no OR count(result = '优秀', R - 1 > 2) > '3')"
    assert [p.key[-4:] for p in check_condition(parse_condition(text), SCOPE)] == ["E250", "E260", "E255", "E262", "E253"]


@pytest.mark.parametrize(
    ("found", "near"), [("vacant_day", "vacant_days"), ("书记空缺天数", "vacant_days"), ("r", "R"), ("satisfction", "satisfaction")]
)
def test_the_nearest_name_is_named(found: str, near: str) -> None:
    problems = check_condition(parse_condition(f"{found} > 3"), SCOPE)
    assert problems[0].values.get("near") == near


@pytest.mark.parametrize(
    ("text", "type_", "ratio"),
    [
        ("vacant_days", "integer", False),
        ("share", "percent", True),
        ("vacant_days + 1", "integer", False),
        ("vacant_days * 0.5", "decimal", False),
        ("satisfaction - 10", "percent", False),
        ("vacant_days / 2", "decimal", False),
        ("vacant_days / households", "decimal", True),
        ("(vacant_days - area) * 100 / (households * 0.9)", "decimal", True),
        ("vacant_days / months", "decimal", True),
        ("max(min(vacant_days, 10 * count(has_venue)), 0) / households", "decimal", True),
        ("count(services)", "integer", False),
        ("days_between(last_election, R)", "integer", False),
        ("last_election", "date", False),
    ],
)
def test_the_kind_of_a_formula(text: str, type_: str, ratio: bool) -> None:
    kind, problems = check_formula(parse_formula(text), SCOPE)
    assert problems == []
    assert kind is not None
    assert (kind.type, kind.ratio) == (type_, ratio)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("vacant_days / households * 100", "E267"),
        ("vacant_days / households / 2", "E267"),
        ("max(vacant_days / households, 1)", "E267"),
        ("vacant_days / 0", "E268"),
        ("share / households", "E269"),
        ("zzz / households", "E251"),
        ("has_venue / households", "E259"),
    ],
)
def test_formulas_that_cannot_be(text: str, code: str) -> None:
    kind, problems = check_formula(parse_formula(text), SCOPE)
    assert problems[0].key == f"conditions.{code}"
    assert kind is None or code == "E268"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("score >= 0.5", ["score 0.5"]),
        ("satisfaction >= 1", ["satisfaction 1"]),
        ("share > 0.85 OR NOT (0.3 > satisfaction)", ["share 0.85", "satisfaction 0.3"]),
        ("satisfaction BETWEEN 0.5 AND 90", ["satisfaction 0.5"]),
        ("satisfaction IN (0.5, 1)", ["satisfaction 0.5", "satisfaction 1"]),
        ("min(satisfaction, 90) < 0.6", ["min(satisfaction, 90) 0.6"]),
        ("count(satisfaction >= 0.9, has_venue) >= 1", ["satisfaction 0.9"]),
        ("satisfaction > 0 AND share >= 1.5", []),
        ("satisfaction >= 0.5% AND score >= 85%", []),
        ("satisfaction - 90 > 0.5", []),  # half a point more
        ("other_share >= 0.85 AND area > 0.5 AND vacant_days < 1", []),  # plain numbers
        ("satisfaction > pass_line", []),
    ],
)
def test_shares_beside_percents(text: str, told: list[str]) -> None:
    node = parse_condition(text)
    assert check_condition(node, SCOPE) == []
    assert [f"{write(percent)} {write(line)}" for percent, line in lines_below_one(node, SCOPE)] == told
