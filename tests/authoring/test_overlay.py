"""An overlay comes to one pack: what it says, what it leaves, what it takes out, where each line stands, and that everything takes it."""

import json
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from cli import main
from evaluator import data_dir
from evaluator.authoring.resolved import resolved
from evaluator.evidence.template import make_template
from evaluator.messages import set_language
from evaluator.packs import models as m
from evaluator.packs.load import check_packs, find_packs, load_pack
from evaluator.packs.schema import pack_schema
from evaluator.packs.source import parse_yaml
from evaluator.packs.yaml_text import to_yaml

BASE = Path(__file__).parent.parent / "bad" / "overlays" / "base.yaml"
HEAD = 'pack: over\nversion: "1"\nstatus: reference\ntitle: 叠加样例\neffective: {from: 2023-01-01}\nextends: base.yaml\n'
NEW = (
    "deadline: soon, owner: 支部, fixable_by: branch, measure: 照办, basis: [doc], points: 3, "
    'parts: [{award: 3, when: fraud}], numbers: {"3": default}'
)


@pytest.fixture
def laid(tmp_path: Path) -> Path:
    shutil.copy(BASE, tmp_path / "base.yaml")
    return tmp_path


def over(folder: Path, said: str, name: str = "over") -> m.Pack:
    (folder / f"{name}.yaml").write_text(HEAD + said, encoding="utf-8")
    return load_pack(str(folder / f"{name}.yaml")).pack


def criteria(pack: m.Pack) -> dict[str, m.Criterion]:
    return {criterion.id: criterion for group in pack.groups for criterion in group.criteria}


# --- what is laid over what ---------------------------------------------------


def test_an_overlay_that_says_nothing_is_its_base_under_its_own_name(laid: Path) -> None:
    base = load_pack(str(BASE)).pack
    pack = over(laid, "")
    assert (pack.pack, pack.title.zh) == ("over", "叠加样例")
    assert pack == base.model_copy(update={"pack": "over", "title": pack.title})


def test_only_the_keys_that_are_named_change(laid: Path) -> None:
    before, after = (
        criteria(load_pack(str(BASE)).pack),
        criteria(over(laid, "groups: [{id: G1, criteria: [{id: C-01, owner: 村委会}]}]\n")),
    )
    assert after["C-01"] == before["C-01"].model_copy(update={"owner": "村委会"})
    assert {**after, "C-01": None} == {**before, "C-01": None}
    assert list(after) == list(before)


def test_null_takes_a_key_out_and_lists_are_replaced(laid: Path) -> None:
    said = 'groups: [{id: G2, criteria: [{id: C-03, parts: [{award: 6, when: fraud}], numbers: {"2": null, "6": default}}]}]\n'
    after = criteria(over(laid, said))["C-03"]
    assert after.parts == (m.Award(award=Decimal(6), when="fraud"),)
    assert after.numbers == {"6": "default"}


def test_replace_takes_an_item_whole(laid: Path) -> None:
    pack = over(laid, "settings: {pass_line: {replace: true, label: 线, value: 70}}\n")
    assert pack.settings["pass_line"] == m.Setting(label=m.Labels(zh="线"), value=Decimal(70))
    kept = over(laid, "settings: {pass_line: {label: 线}}\n")
    assert kept.settings["pass_line"].by_date == {date(2023, 1, 1): Decimal(80)}


def test_dated_values_are_laid_over_by_date(laid: Path) -> None:
    pack = over(laid, "settings: {pass_line: {by_date: {2024-01-01: 85}}}\n")
    assert pack.settings["pass_line"].by_date == {date(2023, 1, 1): Decimal(80), date(2024, 1, 1): Decimal(85)}
    moved = over(laid, "settings: {pass_line: {by_date: {2023-01-01: 75}}}\n")
    assert moved.settings["pass_line"].by_date == {date(2023, 1, 1): Decimal(75)}


def test_a_value_said_in_another_form_takes_the_place_of_the_one_beneath(laid: Path) -> None:
    pack = over(laid, "settings: {pass_line: {value: 85}}\ndeadlines: {soon: {date: 12-31}, later: {unit: workday}}\n")
    assert (pack.settings["pass_line"].value, pack.settings["pass_line"].by_date) == (Decimal(85), {})
    assert (pack.deadlines["soon"].days, pack.deadlines["soon"].date) == (None, "12-31")
    assert (pack.deadlines["later"].days, pack.deadlines["later"].unit) == (60, "workday")


def test_a_label_in_chinese_alone_does_not_keep_the_english_of_another(laid: Path) -> None:
    assert criteria(over(laid, "groups: [{id: G1, criteria: [{id: C-01, text: {zh: 每月两会}}]}]\n"))["C-01"].text == m.Labels(
        zh="每月两会"
    )


def test_new_items_come_after_those_that_are_there_and_a_new_level_before_the_lower_ones(laid: Path) -> None:
    pack = over(
        laid, f"groups: [{{id: G1, criteria: [{{id: C-10, text: 新, {NEW}}}]}}]\nrating: [{{level: 3, label: 三, when: stars = 3}}]\n"
    )
    assert [one.id for one in pack.groups[0].criteria] == ["C-01", "C-02", "C-10"]
    assert [line.level for line in pack.rating] == [3, 2, 1, 0]
    whole = over(laid, f"groups: [{{id: G3, title: 三, earned_when: score >= 60, criteria: [{{id: C-10, text: 新, {NEW}}}]}}]\n")
    assert [group.id for group in whole.groups] == ["G1", "G2", "G3"]


def test_adopted_and_authority_are_not_inherited(laid: Path) -> None:
    text = (laid / "base.yaml").read_text(encoding="utf-8")
    adopted = "status: adopted\nadopted: {authority: 县委, document: 1号, nature: 试行}\nauthority: [{title: 某文件, document: 2号}]\n"
    (laid / "base.yaml").write_text(text.replace("status: reference\n", adopted), encoding="utf-8")
    pack = over(laid, "")
    assert (pack.status, pack.adopted, pack.authority) == ("reference", None, ())


# --- switched off -------------------------------------------------------------


def test_what_is_switched_off_goes_and_takes_with_it_what_only_it_read(laid: Path) -> None:
    pack = over(laid, "switch_off: {C-02: 本县不考核, V1: 另有规定}\n")
    assert list(criteria(pack)) == ["C-01", "C-03"]
    assert pack.vetoes == ()
    assert list(pack.indicators) == ["meetings", "topics"]
    assert pack.derived == {}
    assert check_packs([str(laid / "over.yaml")]) == []


def test_what_the_overlay_itself_leaves_unread_is_told(laid: Path) -> None:
    over(laid, "switch_off: [C-02]\nindicators: {visits: {label: 走访, type: integer}}\n")
    found = check_packs([str(laid / "over.yaml")])
    assert [(one.code, Path(one.place.file).name, one.place.line) for one in found] == [("W501", "over.yaml", 8)]


def test_what_the_base_itself_leaves_unread_stays(laid: Path) -> None:
    """A field that nothing reads is the base's own affair: an overlay that says nothing asks for it too."""
    text = (laid / "base.yaml").read_text(encoding="utf-8").replace("  fraud:", "  visits: {label: 走访, type: integer}\n  fraud:")
    text = text.replace("  soon: {label", "  idle: {label: 九十天, days: 90, basis: [spare]}\n  soon: {label")
    text = text.replace("  doc: {", "  spare: {title: 备用}\n  doc: {")
    (laid / "base.yaml").write_text(text, encoding="utf-8")
    base = load_pack(str(laid / "base.yaml")).pack
    assert over(laid, "") == base.model_copy(update={"pack": "over", "title": m.Labels(zh="叠加样例")})
    pack = over(laid, "switch_off: {V1: 另有规定}\n")
    assert list(pack.indicators) == [id_ for id_ in base.indicators if id_ != "fraud"]
    assert list(pack.deadlines) == list(base.deadlines)
    assert check_packs([str(laid / "over.yaml")]) == []
    diff = CliRunner().invoke(main, ["pack", "diff", str(laid / "base.yaml"), str(laid / "over.yaml"), "--json"])
    found = {(edit["id"], edit["kind"]) for edit in json.loads(diff.output)["edits"]}
    assert found == {("", "text"), ("V1", "removed"), ("fraud", "removed")}


def test_a_group_and_any_named_section_can_be_switched_off(laid: Path) -> None:
    pack = over(laid, "switch_off: [groups.G2, later]\n")
    assert [group.id for group in pack.groups] == ["G1"]
    assert list(pack.deadlines) == ["soon"]


# --- chains, places, text, digest ---------------------------------------------


def test_an_overlay_may_lie_on_an_overlay(laid: Path) -> None:
    over(laid, "settings: {pass_line: {by_date: {2023-01-01: 82}}}\nswitch_off: [V1]\n", "county")
    (laid / "town.yaml").write_text(
        HEAD.replace("base.yaml", "county.yaml") + "groups: [{id: G1, criteria: [{id: C-01, owner: 村委会}]}]\n", encoding="utf-8"
    )
    loaded = load_pack(str(laid / "town.yaml"))
    assert loaded.pack.settings["pass_line"].by_date == {date(2023, 1, 1): Decimal(82)}
    assert loaded.pack.vetoes == ()
    assert criteria(loaded.pack)["C-01"].owner == "村委会"
    files = [
        Path(loaded.spans.place(path).file).name
        for path in (("groups", 0, "criteria", 0, "owner"), ("settings", "pass_line", "by_date", "2023-01-01"), ("groups", 1, "title"))
    ]
    assert files == ["town.yaml", "county.yaml", "base.yaml"]


def test_each_value_stands_where_it_was_said(laid: Path) -> None:
    over(laid, "groups:\n  - id: G1\n    criteria:\n      - id: C-01\n        owner: 村委会\n")
    spans = load_pack(str(laid / "over.yaml")).spans
    lines = (laid / "base.yaml").read_text(encoding="utf-8").splitlines()
    mine = spans.place(("groups", 0, "criteria", 0, "owner"))
    assert (Path(mine.file).name, mine.line) == ("over.yaml", 11)
    theirs = spans.place(("groups", 0, "criteria", 0, "points"))
    assert Path(theirs.file).name == "base.yaml"
    assert lines[theirs.line - 1].strip() == "points: 4"
    deep = spans.inside(("groups", 0, "criteria", 1, "parts", 0, "bands", 1, "when"), "done_rate >= 80%", 13, 16)
    assert lines[deep.line - 1][deep.column - 1 : deep.end_column - 1] == "80%"


def test_the_text_loads_without_the_base_and_the_digest_covers_both_files(laid: Path, tmp_path: Path) -> None:
    over(laid, "settings: {pass_line: {by_date: {2024-01-01: 85}}}\nswitch_off: [V1]\n")
    loaded = load_pack(str(laid / "over.yaml"))
    alone = tmp_path / "alone" / "pack.yaml"
    alone.parent.mkdir()
    alone.write_text(loaded.text, encoding="utf-8")
    assert load_pack(str(alone)).pack == loaded.pack
    digests = {loaded.digest}
    for name in ("base.yaml", "over.yaml"):
        path = laid / name
        path.write_text(path.read_text(encoding="utf-8") + "# 一句注释\n", encoding="utf-8")
        digests.add(load_pack(str(laid / "over.yaml")).digest)
    assert len(digests) == 3


def test_extends_takes_an_installed_id_a_file_or_a_folder(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    shutil.copy(BASE, tmp_path / "base" / "pack.yaml")
    for named, pack in (("five-star-urban", "five-star-urban"), ("base", "base"), ("./base/pack.yaml", "base")):
        (tmp_path / "over.yaml").write_text(HEAD.replace("base.yaml", named), encoding="utf-8")
        loaded = load_pack(str(tmp_path / "over.yaml"))
        assert loaded.base is not None
        assert loaded.base.pack.pack == pack


# --- printed whole ------------------------------------------------------------


@pytest.mark.parametrize("name", [*find_packs(), "county"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_printed_loads_to_an_equal_pack(name: str, lang: str, tmp_path: Path) -> None:
    name = str(data_dir("examples") / "county-overlay") if name == "county" else name
    set_language("en" if lang == "en" else "zh")
    try:
        text = resolved(name, date(2024, 6, 30))
    finally:
        set_language("zh")
    (tmp_path / "pack.yaml").write_text(text, encoding="utf-8")
    assert load_pack(str(tmp_path / "pack.yaml")).pack == load_pack(name).pack


def test_comments_say_where_items_come_from_and_what_is_in_force(laid: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    over(laid, "settings:\n  pass_line: {by_date: {2024-01-01: 85}}\n")
    monkeypatch.chdir(laid)
    lines = resolved("over.yaml", date(2024, 6, 30)).splitlines()
    assert "  pass_line:  # 出自 base.yaml:10 · 2024-06-30 起作用的值:85(自 2024-01-01)" in lines
    assert "      2024-01-01: 85  # 改自 over.yaml:8" in lines
    assert "      2023-01-01: 80" in lines
    assert lines[:2] == ["# 由 over.yaml 合成", "# 下层:base.yaml(base 1)"]
    assert "# 2022-06-30 不在有效期内(2023-01-01 至 …)" in resolved("over.yaml", date(2022, 6, 30)).splitlines()
    assert "2022-06-30 还没有起作用的值" in resolved("over.yaml", date(2022, 6, 30))


def test_comments_of_a_chain_name_the_file_that_said_it_last(laid: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(laid)
    said = "settings:\n  pass_line: {by_date: {2023-01-01: 85}}\ndeadlines:\n  soon: {replace: true, label: 十天, days: 10, basis: [doc]}\n"
    over(laid, said, "o1")
    for name, extends, more in (
        ("o2", "o1", "settings:\n  pass_line: {by_date: {2024-01-01: 86}}\ndeadlines:\n  soon: {days: 9}\n"),
        ("o3", "o2", "ledger: {extensions: 1}\n"),
    ):
        (laid / f"{name}.yaml").write_text(HEAD.replace("base.yaml", f"{extends}.yaml") + more, encoding="utf-8")
    for name in ("o2", "o3"):
        lines = resolved(f"{name}.yaml", None).splitlines()
        start = lines.index("  pass_line:  # 出自 base.yaml:10")
        assert lines[start + 1 : start + 6] == [
            "    label: 授星线",
            "    by_date:",
            "      2023-01-01: 85  # 改自 o1.yaml:8",
            "      2024-01-01: 86  # 改自 o2.yaml:8",
            "    basis: doc",
        ]
        start = lines.index("  soon:  # 出自 o1.yaml:10")  # taken whole: nothing of the base is left
        assert lines[start + 1 : start + 4] == ["    label: 十天", "    days: 9  # 改自 o2.yaml:10", "    basis: [doc]"]
        assert "  later: {label: 六十天, days: 60, basis: [doc]}  # 出自 base.yaml:80" in lines


def test_the_command_shows_and_refuses(laid: Path) -> None:
    over(laid, "")
    runner = CliRunner()
    shown = runner.invoke(main, ["pack", "show", str(laid / "over.yaml"), "--resolved"])
    assert shown.exit_code == 0
    assert "extends" not in parse_yaml(shown.output, "f").data  # type: ignore[operator]
    for words in (["--as-of", "2024-01-01"], ["C-01", "--resolved"]):
        assert runner.invoke(main, ["pack", "show", str(laid / "over.yaml"), *words]).exit_code == 2
    assert runner.invoke(main, ["pack", "show", str(laid / "over.yaml"), "C-01"]).exit_code == 0


scalars = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), max_size=12),
    st.sampled_from(
        [
            "yes",
            "NO",
            "12:30",
            "0x1",
            "１０",
            "2023-01-01",
            "~",
            "null",
            "- a",
            "a: b",
            "#",
            "'",
            '"',
            "a #b",
            "",
            " a",
            "\u2028",
            "1e3",
            "a\tb",
        ]
    ),
    st.integers(-(10**6), 10**6),
    st.decimals(-1000, 1000, places=3),
    st.booleans(),
    st.none(),
    st.dates(),
)
keys = st.text("abc中文:#-'\" 1", min_size=1, max_size=5).filter(lambda key: key == key.strip())


@settings(max_examples=50)
@given(
    st.dictionaries(
        keys, st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4)), min_size=1
    )
)
def test_any_data_is_read_back_as_it_was_written(data: dict[str, object]) -> None:
    source = parse_yaml(to_yaml(data), "f")
    assert source.findings == ()
    assert source.data == data


# --- used ---------------------------------------------------------------------


def test_everything_takes_an_overlay(tmp_path: Path) -> None:
    """Check, template, score and explain: the run folder keeps the resolved text, so it needs neither of the two files again."""
    text = (data_dir("examples") / "county-overlay" / "pack.yaml").read_text(encoding="utf-8")
    path = tmp_path / "over.yaml"
    path.write_text(text.replace("{from: 2024-01-01}", "{from: 2023-01-01}"), encoding="utf-8")
    runner = CliRunner()
    checked = runner.invoke(main, ["pack", "check", str(path)])
    assert checked.exit_code == 0
    counts = make_template([str(path)], tmp_path / "t.xlsx")
    assert sum(counts.values()) > 50
    rows = ["支部编码,支部名称,区域类型,theme_day_months,open_house_days", "a,甲社区,社区,11,12"]
    (tmp_path / "e.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    words = [
        "score",
        str(tmp_path / "e.csv"),
        "--pack",
        str(path),
        "--as-of",
        "2023-12-31",
        "--out",
        str(tmp_path / "run"),
        "--format",
        "results",
    ]
    scored = runner.invoke(main, words)
    assert scored.exit_code == 0, scored.output
    path.unlink()
    told = runner.invoke(main, ["explain", str(tmp_path / "run"), "甲社区", "UZB-04"])
    assert "6/8" in told.output  # a month short costs 2 under the overlay, 1 under its base


def test_the_example_is_sound_and_rests_on_its_document() -> None:
    assert check_packs([str(data_dir("examples") / "county-overlay")]) == []
    shown = CliRunner().invoke(main, ["pack", "check", str(data_dir("examples") / "county-overlay")])
    assert "W510" not in shown.output


def test_the_schema_of_an_overlay_asks_for_less_and_knows_more() -> None:
    whole, overlay = pack_schema(), pack_schema(overlay=True)
    assert set(overlay["properties"]) - set(whole["properties"]) == {"extends", "switch_off"}
    assert overlay["required"] == ["pack", "version", "status", "title", "effective", "extends"]
    assert overlay["$defs"]["Criterion"]["required"] == ["id"]
    assert overlay["$defs"]["Criterion"]["properties"]["replace"]["const"] is True
    assert overlay["$defs"]["Award"] == whole["$defs"]["Award"]
    shown = CliRunner().invoke(main, ["pack", "schema", "--overlay"])
    assert json.loads(shown.output) == json.loads(json.dumps(overlay))
