"""The reference part of the pack guide, in both languages: every key of a pack is there, and every example was tried."""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from test_pack_guide import GUIDES, ROOT, parts

from evaluator.authoring.cases import files as case_files
from evaluator.authoring.cases.files import read_cases
from evaluator.commands import pack_cases
from evaluator.diagnostics import Place
from evaluator.messages import Language, language, set_language
from evaluator.packs import models as m
from evaluator.packs import scope_rules
from evaluator.packs.check import FUNCTIONS, check_pack
from evaluator.packs.conditions import KEYWORDS, parse_condition
from evaluator.packs.load import LoadedPack, load_pack
from evaluator.packs.scope import BUILT_INS, RESULTS, all_indicators, scope_of
from evaluator.packs.shape import shape
from evaluator.packs.source import Spans, parse_yaml
from evaluator.packs.writing import sentence
from evaluator.reports.packs import rules_of

WORKED = ROOT / "docs" / "worked" / "guide.yaml"
TABLE = re.compile(r"<!-- (?P<kind>[\w ]+) -->\n\n(?P<rows>(?:\|[^\n]*\n)+)")
ITEM = "groups.0.criteria.0"
AT = {  # where an example is laid over the worked pack; a path that ends in a new place appends
    "Pack": "",
    "Source": "sources.doc",
    "Setting": "settings.pass_line",
    "Indicator": "indicators.extra",
    "Derived": "derived.done_rate",
    "Group": "groups.0",
    "Remedied": ITEM,
    "Criterion": ITEM,
    "Part": f"{ITEM}.parts.0",
    "Deduct": f"{ITEM}.deduct.0",
    "Veto": "vetoes.0",
    "Trigger": "triggers.0",
    "Gate": "gates.0",
    "RatingLine": "rating.0",
    "Deadline": "deadlines.D_30",
    "LedgerRules": "ledger",
    "ScopeRules": "scope",
}
FORMS = (("value", "by_date", "by"), ("days", "date", "at", "review_days"), tuple(m.SHAPES), ("cap", "strip", "void"))


def tables(name: str) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield the tables of the reference part: what is named above each, and the cells of its rows."""
    for table in TABLE.finditer(parts(name)[1]):
        rows = [re.split(r"(?<!\\)\|", line.strip("|")) for line in table["rows"].splitlines()[2:]]
        yield table["kind"], [[cell.strip().replace("\\|", "|") for cell in row] for row in rows]


def table(name: str, kind: str) -> list[list[str]]:
    return next(rows for found, rows in tables(name) if found == kind)


def read(code: str) -> dict[str, Any]:
    """Return the data of an example: a mapping, written with or without its braces."""
    text = code.strip("`")
    source = parse_yaml(text if not text.startswith("{") else f"x: {text}", "example")
    assert source.data is not None, code
    assert not source.findings, (code, source.findings)
    data = source.data["x"] if text.startswith("{") else source.data
    assert isinstance(data, dict)
    return data


def worked() -> dict[str, Any]:
    data = read(WORKED.read_text(encoding="utf-8"))
    item = {key: data["groups"][0]["criteria"][0][key] for key in ("measure", "owner", "fixable_by", "deadline", "basis")}
    data["indicators"]["extra"] = {"label": "x", "type": "integer"}
    data["vetoes"] = [item | {"id": "V1", "text": "x", "when": "accidents >= 1", "cap": 0}]
    data["triggers"] = [item | {"id": "T1", "text": "x", "kind": "soft", "when": "visits < 1"}]
    data["gates"] = [{"id": "GA1", "text": "x", "basis": ["doc"], "when": "accidents >= 3"}]
    data["groups"][0]["criteria"][0]["deduct"] = [{"points": 1, "when": "NOT has_board"}]
    data["deadlines"]["D_30"].pop("unit", None)
    data |= {"ledger": {}, "scope": {"within": "township"}}
    return data


def laid(path: str, over: Mapping[str, Any]) -> dict[str, Any]:
    """Return the worked pack with an example at a path; what says the same in another form makes room."""
    data = deepcopy(worked())
    place: Any = data
    for step in path.split(".") if path else ():
        place = place[int(step)] if isinstance(place, list) else place[step]
    for form in FORMS:
        if place is not data and set(form) & set(over):
            for key in form:
                place.pop(key, None)
    place.update(over)
    return data


def errors(data: dict[str, Any]) -> list[str]:
    """Return the errors of a pack's data."""
    spans = _Anywhere("guide.yaml", "")
    pack, findings = shape(data, spans)
    if pack is None:
        return [finding.message("en") for finding in findings]
    return [one.message("en") for one in check_pack(LoadedPack(pack, WORKED, "", spans, "")) if one.is_error]


class _Anywhere(Spans):
    def place(self, path: Any, *, key: bool = False) -> Any:
        return Place(self.file, 1)

    def inside(self, path: Any, value: str, start: int, end: int) -> Any:
        return self.place(path)


def pack_of(data: dict[str, Any]) -> m.Pack:
    assert (found := errors(data)) == [], found
    return m.Pack.model_validate(data)


def keys_of(model: type[m.Model]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


@pytest.mark.parametrize("name", GUIDES)
def test_the_reference_tells_every_key_of_a_pack(name: str) -> None:
    found = {kind.removeprefix("keys "): {row[0].strip("`") for row in rows} for kind, rows in tables(name) if kind.startswith("keys ")}
    assert set(found) == set(AT)
    shared = found.pop("Remedied")
    assert shared == keys_of(m.Remedied)
    for kind, keys in found.items():
        model: type[m.Model] = getattr(m, kind)
        own = keys_of(model) - (keys_of(model.__base__) if kind in ("Criterion", "Veto", "Trigger", "Gate") else set())  # type: ignore[arg-type]
        assert keys == own, kind
    assert [row[0].strip("`") for row in table(name, "shapes")] == list(m.SHAPES)
    shown = parts(name)[1]
    rules = (scope_rules.Cap, scope_rules.Hint, scope_rules.Rise, scope_rules.Streak, scope_rules.Compare, scope_rules.RankBy)
    for small in (m.MinSample, m.Finding, m.Bonus, m.Adopted, m.Authority, m.BurdenRules, m.Rung, m.Total, *rules):
        for key in keys_of(small) - {"level_at_least", "finding", "of"}:
            assert re.search(rf"\b{key}\b", shown), (small.__name__, key)


@pytest.mark.parametrize("name", GUIDES)
def test_every_example_of_a_key_loads(name: str) -> None:
    assert errors(worked()) == []
    tried = 0
    for kind, rows in tables(name):
        if not kind.startswith("keys "):
            continue
        path = AT[kind.removeprefix("keys ")]
        for key, _, example in rows:
            if not example.startswith("`"):
                continue
            over = read(example)
            assert key.strip("`") in over, example
            told = errors(laid(path, over))
            assert told == [], (kind, example, told)
            tried += 1
    assert tried > 100


@pytest.mark.parametrize(("name", "lang"), GUIDES.items())
def test_every_shape_is_told_in_the_words_of_pack_show(name: str, lang: Language) -> None:
    before = language()
    set_language(lang)
    try:
        for _, _, example, told in table(name, "shapes"):
            data = worked()
            data["groups"][0]["criteria"][0] |= {"points": 4, "parts": [read(example)], "deduct": []}
            pack = pack_of(data)
            assert told == "<br>".join(rules_of(pack, pack.groups[0].criteria[0]))
    finally:
        set_language(before)


@pytest.mark.parametrize(("name", "lang"), GUIDES.items())
def test_every_condition_is_said_as_shown_and_all_words_are_there(name: str, lang: Language) -> None:
    rows = table(name, "words")
    for _, example, told in rows:
        text = example.strip("`")
        data = worked()
        data["triggers"][0]["when"] = text
        assert told == sentence(parse_condition(text), scope_of(pack_of(data)), lang)
    examples = " ".join(example for _, example, _ in rows)
    for word in (*FUNCTIONS, *(word.upper() for word in KEYWORDS - {"true", "false"}), *(set(BUILT_INS) - {"area_type"})):
        assert re.search(rf"\b{word}\b", examples), word
    assert all(re.search(rf"\b{word}\b", parts(name)[1]) for word in RESULTS)


@pytest.mark.parametrize("name", GUIDES)
def test_every_key_of_a_case_is_told_and_its_example_reads(name: str, tmp_path: Path) -> None:
    rows = table(name, "cases")
    assert {row[0].strip("`") for row in rows} == {*case_files.TOP, *case_files.CASE}
    shown = " ".join(row[2] for row in rows)
    assert all(f"{key}:" in shown for key in (*case_files.EXPECT, *case_files.EVENT))
    data = worked()
    data["vetoes"], data["triggers"], data["gates"] = [], [], []
    pack = pack_of(data)
    for key, _, example in rows:
        if not example.startswith("`"):
            continue
        inner = key.strip("`") in case_files.CASE
        case = ["id: a", "reason: b", "expect: {level: 1}"]
        case = [line for line in case if not (inner and line.startswith(key.strip("`")))] + ([example.strip("`")] if inner else [])
        top = [line for line in ["as_of: 2024-12-31"] if inner or key.strip("`") != "as_of"] + ([] if inner else [example.strip("`")])
        path = tmp_path / "case.yaml"
        path.write_text(
            "\n".join([*top, "cases:", *(("  - " if not n else "    ") + line for n, line in enumerate(case))]), encoding="utf-8"
        )
        made, findings = read_cases(path, pack, all_indicators(pack))
        assert made is not None, [finding.message("en") for finding in findings]


@pytest.mark.parametrize("name", GUIDES)
def test_every_key_of_an_overlay_is_laid(name: str, tmp_path: Path) -> None:
    rows = table(name, "overlay")
    assert [row[0].strip("`") for row in rows] == ["extends", "switch_off", "replace", "null"]
    head = ["pack: laid", 'version: "1"', "status: reference", "title: x", "effective: {from: 2024-01-01}"]
    for key, _, example in rows:
        lines = head + ([] if key == "`extends`" else ["extends: five-star-urban"]) + [example.strip("`")]
        path = tmp_path / "pack.yaml"
        path.write_text("\n".join(lines), encoding="utf-8")
        assert load_pack(str(path)).base is not None


@pytest.mark.parametrize("name", GUIDES)
def test_the_defaults_that_the_guide_names_are_those_of_the_code(name: str) -> None:
    for key, line, _ in table(name, "keys LedgerRules"):
        default = getattr(m.LedgerRules(), key.strip("`"))
        assert f"({default})" in line or not isinstance(default, int), key
    told = {row[0].strip("`"): row[1] for kind in ("Pack", "Group") for row in table(name, f"keys {kind}")}
    assert str(m.BurdenRules().branch_fields) in told["burden"]
    assert str(m.Group.model_fields["min_applicable"].default) in told["min_applicable"]
    least = next(option.default for option in pack_cases.pack_test.params if option.name == "at_least")
    assert re.search(rf"{least} ?%\S*\s?\(`--at-least`", parts(name)[1])
