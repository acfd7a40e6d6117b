"""One broken overlay for each diagnostic: where it points and what it says, in both languages."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import main
from evaluator.authoring.compare.authority import unfounded
from evaluator.authoring.compare.beneath import brought, shadowed
from evaluator.authoring.proofs.prove import prove
from evaluator.diagnostics import Failure, render
from evaluator.messages import catalogue
from evaluator.packs.load import check_packs, find_packs, load_pack, read_packs

BAD = Path(__file__).parent.parent / "bad" / "overlays"
TABLE = {  # file: where, words in Chinese, words in English
    "E340": ("E340.yaml:6:10", "extends 要写一个规则包的编号", "extends names one pack"),
    "E341": ("E341.yaml:6:10", "extends 所指的“bass.yaml”找不到", "there is no pack 'bass.yaml' to extend"),
    "E342": ("third-E342.yaml:6:10", "extends 转了一圈又回到自己", "extends runs in a circle"),
    "E343": ("deep-8.yaml:6:10", "叠得太深,最多 8 层", "more than 8 packs extend one another"),
    "E344": ("E344.yaml:6:10", "unsound.yaml 有错", "unsound.yaml, is not sound"),
    "E345": ("E345.yaml:10:13", "criteria 里没有“C-99”", "no 'C-99' in criteria"),
    "E346": ("E346.yaml:7:14", "要停用的“V2”在下层规则包里没有", "'V2' is to be switched off"),
    "E347": ("E347.yaml:7:13", "switch_off 要写成编号的列表", "switch_off is a list of ids"),
    "E348": ("E348.yaml:11:13", "“C-01”写在 switch_off 里停用了", "'C-01' is switched off, and changed here"),
    "E349": ("E349.yaml:10:13", "“C-01”在下层规则包里属于 G1 组", "'C-01' stands in the group G1"),
    "E350": ("E350.yaml:3:1", "有 switch_off 却没有 extends", "switch_off stands without extends"),
    "E351": ("E351.yaml:8:57", "for 里写了“C-08”", "authority names 'C-08'"),
    "E352": ("E352.yaml:9:10", "“V1”写了两次,前一个在第 8 行", "'V1' is written twice; the first is in line 8"),
    "E353": ("E353.yaml:7:14", "叫“V1”的不止一项", "more than one item of the pack beneath is called 'V1'"),
    "E354": ("E354.yaml:1:1", "叠加包缺少 effective", "the overlay lacks effective"),
    "E355": ("E355.yaml:6:10", "base.yaml 的错,是叠加以后才有的", "come of what this overlay changes"),
    "E357": ("E357.yaml:10:20", "没有“applies_when”,不用去掉", "no 'applies_when' here to take out"),
    "E359": ("E359.yaml:7:1", "vetoes 不能整个写成 null", "vetoes cannot be null"),
    "E358": ("E358.yaml:7:18", "“V1”在 switch_off 里写了两次", "'V1' stands twice in switch_off"),
}
WARNED = {  # file: the one warning about the overlay that ``pack check`` gives
    "W510": ("W510.yaml:8:24", "“pass_line”比下层规则包加严", "'pass_line' asks for more than the pack beneath"),
    "W511": ("W511.yaml:8:21", "分不出比下层规则包加严还是放宽", "whether it asks for more cannot be told"),
    "W512": ("W512.yaml:6:10", "base.yaml 的提醒(W635),是叠加以后才有的", "base.yaml (W635) come of what this overlay changes"),
    "W513": ("W513.yaml:1:7", "已经装有编号为“five-star-urban”的规则包", "a pack with the id 'five-star-urban' is installed"),
}
WITH = {"E344": ["E422"], "E355": ["E403"]}  # what is told beside it: what is wrong beneath, or comes of laying the two together
BENEATH = {"base", "good", "unsound", "with-E342", "third-E342", "itself", "base-E353", *WARNED, *(f"deep-{n}" for n in range(2, 9))}


@pytest.mark.parametrize("code", TABLE)
def test_each_mistake_is_told_once_at_its_place_in_both_languages(code: str) -> None:
    path = BAD / f"{code}.yaml"
    with pytest.raises(Failure) as failure:
        load_pack(str(path))
    assert sorted(one.code for one in failure.value.findings) == sorted([code, *WITH.get(code, [])])
    found = next(one for one in failure.value.findings if one.code == code)
    at, zh, en = TABLE[code]
    assert found.key == f"compare.{code}"
    assert str(found.place).endswith(f"tests/bad/overlays/{at}")
    assert zh in found.message("zh")
    assert en in found.message("en")
    assert found.hint("zh")
    assert found.hint("en")
    assert render(found, Path(found.place.file).read_text(encoding="utf-8"), "en").splitlines()[2].strip().strip("^") == ""
    assert found in check_packs([str(path)])


@pytest.mark.parametrize("code", WARNED)
def test_each_warning_is_told_once_at_its_place_in_both_languages(code: str) -> None:
    loaded, findings = read_packs([str(BAD / f"{code}.yaml")])
    findings = [*findings, *prove(loaded).findings]
    (found,) = [one for one in [*unfounded(loaded[0]), *shadowed(loaded), *brought(loaded, findings)] if one.code == code]
    at, zh, en = WARNED[code]
    assert str(found.place).endswith(f"tests/bad/overlays/{at}")
    assert zh in found.message("zh")
    assert en in found.message("en")
    assert found.hint("zh")
    assert found.hint("en")
    shown = CliRunner().invoke(main, ["pack", "check", str(BAD / f"{code}.yaml")])
    assert shown.exit_code == 0
    assert shown.output.count(f": {code} ") == 1


def test_a_pack_named_by_its_id_or_under_an_id_of_its_own_shadows_nothing() -> None:
    for name in ("five-star-urban", str(find_packs()["five-star-urban"]), str(BAD / "base.yaml")):
        assert shadowed([load_pack(name)]) == []


def test_what_the_pack_beneath_is_warned_of_by_itself_is_not_the_overlay_s(tmp_path: Path) -> None:
    text = (BAD / "base.yaml").read_text(encoding="utf-8")
    (tmp_path / "base.yaml").write_text(text.replace('numbers: {"2": default}', 'numbers: {"2": default, "9": default}'), encoding="utf-8")
    shutil.copy(BAD / "good.yaml", tmp_path / "over.yaml")
    loaded, findings = read_packs([str(tmp_path / "over.yaml")])
    findings = [*findings, *prove(loaded).findings]
    assert "W635" in {one.code for one in findings}
    assert brought(loaded, findings) == []


@pytest.mark.parametrize("said", ["indicators: null", "settings: null", "groups: [{id: G1, criteria: null}]", "sources: null"])
def test_no_list_of_items_is_taken_out_whole(said: str, tmp_path: Path) -> None:
    shutil.copy(BAD / "base.yaml", tmp_path / "base.yaml")
    text = (BAD / "E359.yaml").read_text(encoding="utf-8").replace("vetoes: null", said)
    (tmp_path / "over.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Failure) as failure:
        load_pack(str(tmp_path / "over.yaml"))
    assert [(one.code, one.place.line) for one in failure.value.findings] == [("E359", 7)]


def test_every_diagnostic_has_its_broken_overlay_and_every_file_its_row() -> None:
    errors = {name for name in catalogue("compare") if name[0] == "E" and name[1:].isdigit()}
    assert errors == set(TABLE)
    assert {name for name in catalogue("compare") if name[0] == "W" and name[1:].isdigit()} == set(WARNED)
    assert {path.stem for path in BAD.glob("*.yaml")} == {*TABLE, *BENEATH}


@pytest.mark.parametrize("name", ["base", "good", "base-E353", "deep-2"])
def test_what_the_broken_ones_come_from_is_sound(name: str) -> None:
    assert check_packs([str(BAD / f"{name}.yaml")]) == []


def test_an_overlay_of_itself_is_a_circle_of_one() -> None:
    with pytest.raises(Failure) as failure:
        load_pack(str(BAD / "itself.yaml"))
    assert [one.code for one in failure.value.findings] == ["E342"]


def test_a_base_that_cannot_be_read_is_told_with_its_own_place(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("pack: [\n", encoding="utf-8")
    head = (BAD / "W510.yaml").read_text(encoding="utf-8").partition("extends")[0]
    (tmp_path / "over.yaml").write_text(head + "extends: broken.yaml\n", encoding="utf-8")
    with pytest.raises(Failure) as failure:
        load_pack(str(tmp_path / "over.yaml"))
    assert [(one.code, Path(one.place.file).name) for one in failure.value.findings] == [("E119", "broken.yaml"), ("E344", "over.yaml")]


@pytest.mark.parametrize(
    ("said", "code", "line"),
    [
        ("groups:\n  - id: G1\n    criteria:\n      - {id: C-01, points: ten}\n", "E303", 10),
        ("groups:\n  - id: G1\n    criteria:\n      - {id: C-01, pionts: 5}\n", "E302", 10),
        ("groups:\n  - id: G1\n    criteria:\n      - {id: C-01, zero_when: meetngs = 0}\n", "E250", 10),
        ("settings:\n  pass_line: 80\n", "E308", 8),
        ("deadlines:\n  soon: {days: 10, date: 12-31}\n", "E469", 8),
        ("vetoes:\n  - {cap: 1}\n", "E301", 8),
        ("switch_off: {V1: 3}\n", "E347", 7),
        ("switch_off: [3]\n", "E347", 7),
        ("indicators:\n  visits: {label: 走访}\n", "E345", 8),
        ("rating:\n  - {level: 7, when: stars = 7}\n", "E345", 8),
        ("indicators:\n  fraud: null\n", "E251", None),
    ],
)
def test_what_is_wrong_in_a_line_of_the_overlay_is_told_there(said: str, code: str, line: int | None, tmp_path: Path) -> None:
    head = (BAD / "W510.yaml").read_text(encoding="utf-8").partition("extends")[0]
    path = tmp_path / "over.yaml"
    path.write_text(f"{head}extends: {BAD / 'base.yaml'}\n{said}", encoding="utf-8")
    with pytest.raises(Failure) as failure:
        load_pack(str(path))
    found = failure.value.findings[0] if line else next(one for one in failure.value.findings if one.code != "E355")
    assert found.code == code
    assert (Path(found.place.file).name, found.place.line) == (("over.yaml", line) if line else ("base.yaml", found.place.line))
