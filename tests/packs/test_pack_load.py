"""Packs are found, loaded and checked, and fail in sentences whatever is in their file."""

import copy
import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from evaluator.diagnostics import Failure
from evaluator.packs.load import check_packs, find_packs, load_pack, load_packs
from evaluator.packs.models import SHAPES, Pack
from evaluator.packs.schema import pack_schema
from evaluator.packs.shape import shape
from evaluator.packs.source import Spans

SHIPPED = ("five-star-rural", "five-star-urban", "soft-and-lax", "soft-and-lax-acceptance")
GOOD = Path(__file__).parent.parent / "bad" / "packs" / "good.yaml"
DATA = yaml.safe_load(GOOD.read_text(encoding="utf-8"))


def codes(failure: pytest.ExceptionInfo[Failure]) -> list[str]:
    return [finding.code for finding in failure.value.findings]


def test_the_shipped_packs_are_found_and_nothing_is_wrong_with_them() -> None:
    assert set(SHIPPED) < set(find_packs())
    assert list(find_packs()) == sorted(find_packs())
    assert check_packs(list(find_packs())) == []


def test_a_pack_comes_by_id_folder_and_file_with_its_text_and_digest() -> None:
    path = find_packs()["soft-and-lax"]
    by_id, by_folder, by_file = load_pack("soft-and-lax"), load_pack(str(path.parent)), load_pack(str(path))
    assert by_id == by_folder == by_file
    assert by_id.pack.pack == "soft-and-lax"
    assert by_id.path == path
    assert by_id.text == path.read_text(encoding="utf-8")
    assert by_id.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert by_id.spans.place(("pack",)).column == 7


def test_a_byte_order_mark_and_windows_line_ends_change_nothing_but_the_digest(tmp_path: Path) -> None:
    path = tmp_path / "pack.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.read_bytes().replace(b"\n", b"\r\n"))
    other = load_pack(str(tmp_path))
    assert other.pack == load_pack(str(GOOD)).pack
    assert other.digest != load_pack(str(GOOD)).digest


def test_what_is_needed_must_be_in_the_run_and_is_known_when_only_checking() -> None:
    with pytest.raises(Failure) as failure:
        load_packs(["soft-and-lax-acceptance"])
    assert codes(failure) == ["E493"]
    assert failure.value.exit_code == 2
    hint = failure.value.findings[0].hint("zh")
    assert "--pack soft-and-lax --pack soft-and-lax-acceptance" in hint
    assert "starbranch evidence template soft-and-lax soft-and-lax-acceptance -o 填报表.xlsx" in hint
    assert [one.pack.pack for one in load_packs(["soft-and-lax-acceptance", "soft-and-lax"])] == ["soft-and-lax-acceptance", "soft-and-lax"]
    assert check_packs(["soft-and-lax-acceptance"]) == []


def test_a_run_names_every_finding_of_every_pack(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    text = GOOD.read_text(encoding="utf-8").replace("points: 10", "points: ten").replace("stars: true", "stars: on")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Failure) as failure:
        load_packs([str(path), "five-star-urbann", "soft-and-lax-acceptance"])
    assert sorted(codes(failure)) == ["E120", "E132", "E303"]  # what is needed is not asked while a pack cannot be read


def test_findings_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = GOOD.read_text(encoding="utf-8")
    for old, new in (('version: "1"', "version: 010"), ("when: done_rate >= 90%", "when: done_rate => 90%"), ("days: 30", "days: 0x1E")):
        text = text.replace(old, new)
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    found = check_packs([str(path)])
    assert [finding.place.line for finding in found] == sorted(finding.place.line for finding in found)
    assert [finding.code for finding in found] == ["E128", "E128"]  # conditions are read once the shape is right
    path.write_text(text.replace("version: 010", 'version: "1"'), encoding="utf-8")
    assert [finding.key for finding in check_packs([str(path)])] == ["conditions.E201", "packs.E128"]


def test_a_pack_of_two_thousand_lines_is_read_and_checked_in_half_a_second() -> None:
    def once() -> float:
        begun = time.process_time()
        load_pack("five-star-urban")
        return time.process_time() - begun

    assert len(load_pack("five-star-urban").text.splitlines()) > 2000
    assert min(once() for _ in range(3)) < 0.5


# --- whatever a file holds ----------------------------------------------------

ODD = st.sampled_from([None, True, 0, -1, 1.5, "", "x", "a：b", [], [1], {}, {"zh": 1}, "meetings", "2023-01-01", 10**12])


def paths(node: Any, here: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of every value below a node."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield (*here, key)
        yield from paths(value, (*here, key))


PATHS = sorted(paths(DATA), key=str)


@given(st.lists(st.tuples(st.sampled_from(PATHS), ODD, st.sampled_from(["put", "drop", "rename"])), min_size=1, max_size=3))
def test_a_pack_with_anything_in_it_loads_or_fails_in_known_sentences(tmp_path_factory: pytest.TempPathFactory, changes: list[Any]) -> None:
    data = copy.deepcopy(DATA)
    for path, value, how in changes:
        node = data
        for step in path[:-1]:
            inside = step in node if isinstance(node, dict) else isinstance(node, list) and isinstance(step, int) and step < len(node)
            node = node[step] if inside else None
        if isinstance(node, dict) and path[-1] in node:
            old = node.pop(path[-1])
            if how != "drop":
                node[path[-1] if how == "put" else f"{path[-1]}s"] = value if how == "put" else old
        elif isinstance(node, list) and isinstance(path[-1], int) and path[-1] < len(node):
            node[path[-1]] = value
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    found = check_packs([str(path)])
    assert all(finding.message(lang) for finding in found for lang in ("zh", "en"))
    assert "E329" not in {finding.code for finding in found}
    assert all(finding.place.line for finding in found)
    if not any(finding.is_error for finding in found):
        assert load_pack(str(path)).pack


def test_one_mistake_in_a_part_is_one_message() -> None:
    data = copy.deepcopy(DATA)
    part = data["groups"][0]["criteria"][0]["parts"][0]["count_down"]
    part["les"] = part.pop("less")
    pack, found = shape(data, Spans("f", ""))
    assert pack is None
    assert [(finding.code, finding.values["near"]) for finding in found] == [("E302", "less")]


# --- the schema for editors ---------------------------------------------------


def test_the_schema_is_plain_closed_and_names_every_key() -> None:
    schema = json.loads(json.dumps(pack_schema(), ensure_ascii=False))
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert set(schema["properties"]) == {field.alias or name for name, field in Pack.model_fields.items()}
    assert "from" in schema["$defs"]["Effective"]["properties"]
    parts = schema["$defs"]["Criterion"]["properties"]["parts"]["items"]["oneOf"]
    assert len(parts) == len(SHAPES)
    assert schema["$defs"]["Award"]["properties"]["award"]["type"] == "number"
    assert {piece["type"] for piece in schema["$defs"]["Labels"]["anyOf"]} == {"string", "object"}
    text = json.dumps(schema)
    for name in schema["$defs"]:
        assert f'"#/$defs/{name}"' in text
    assert '"null"' not in text
    for node in (schema, *schema["$defs"].values()):
        if "properties" in node:
            assert node["additionalProperties"] is False


def test_an_id_that_is_also_a_folder_is_the_installed_pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "soft-and-lax").mkdir()
    shutil.copy(GOOD, tmp_path / "soft-and-lax" / "pack.yaml")
    assert load_pack("soft-and-lax").pack.pack == "soft-and-lax"
    mine = load_pack("./soft-and-lax")
    assert mine.pack.pack == "sample"
    assert mine.spans.file == "soft-and-lax/pack.yaml"


@pytest.mark.parametrize(("key", "value"), [("range", "[0, 12]"), ("holder", "team"), ("blank", '"0"'), ("na", "allowed")])
def test_packs_of_a_run_say_the_same_of_a_shared_indicator(key: str, value: str, tmp_path: Path) -> None:
    """What a cell means does not hang on which pack is named first."""
    one = (Path(__file__).parents[1] / "bad" / "packs" / "good.yaml").read_text(encoding="utf-8")
    two = one.replace("pack: sample", "pack: other").replace("C-0", "D-0").replace("label: 已办件数,", f"label: 已办件数, {key}: {value},")
    (tmp_path / "one.yaml").write_text(one, encoding="utf-8")
    (tmp_path / "two.yaml").write_text(two, encoding="utf-8")
    with pytest.raises(Failure) as failure:
        load_packs([str(tmp_path / "one.yaml"), str(tmp_path / "two.yaml")])
    assert [(finding.code, finding.values["keys"]) for finding in failure.value.findings if finding.is_error] == [("E492", key)]


@pytest.mark.parametrize(
    ("formula", "per", "code"),
    [
        ("done_rate, when_zero: na", "months - again", "E269"),  # another name for a ratio is one
        ("held / 2 + meetings", "again", None),  # a quotient within a sum is a number
        ("held - 1", "again", None),
    ],
)
def test_what_is_a_ratio_is_told_by_the_formula(formula: str, per: str, code: str | None, tmp_path: Path) -> None:
    text = GOOD.read_text(encoding="utf-8").replace("per: months - meetings", f"per: {per}")
    text = text.replace("derived:\n", f"derived:\n  again: {{label: 另称, type: decimal, formula: {formula}}}\n")
    (tmp_path / "pack.yaml").write_text(text, encoding="utf-8")
    assert [one.code for one in check_packs([str(tmp_path)]) if one.is_error] == ([code] if code else [])


@pytest.mark.parametrize(
    ("when", "sound"), [("stars >= 1 AND keys_failed = 0 AND soft < 2", True), ("gates_failed > 0", False), ("level > 0", False)]
)
def test_a_gate_reads_only_results_that_come_before_it(when: str, sound: bool, tmp_path: Path) -> None:
    gate = f"gates:\n  - {{id: N-1, text: 线, when: {when}, basis: [doc]}}\nrating:\n"
    (tmp_path / "pack.yaml").write_text(GOOD.read_text(encoding="utf-8").replace("rating:\n", gate), encoding="utf-8")
    codes = [one.code for one in check_packs([str(tmp_path)]) if one.is_error]
    assert (codes == []) is sound
