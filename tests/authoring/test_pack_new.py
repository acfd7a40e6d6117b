"""A pack to begin with is sound, tested to its last number, in the language asked for, and never over anything that is there."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import cli
from evaluator import data_dir
from evaluator.authoring import new
from evaluator.authoring.cases.coverage import uncovered
from evaluator.authoring.cases.mutate import mutation_score
from evaluator.authoring.cases.run import subject_of, try_cases
from evaluator.authoring.new import new_pack
from evaluator.authoring.proofs.prove import prove
from evaluator.diagnostics import Failure
from evaluator.packs.load import check_packs, find_packs, load_pack, load_packs
from evaluator.packs.models import Bands, CountDownPart, Labels, ManualPart
from evaluator.packs.source import parse_yaml

TEMPLATES = data_dir("templates") / "pack"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, ["pack", "new", *arguments])


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_new_pack_is_sound_and_tested(lang: str) -> None:
    result = CliRunner().invoke(cli.main, ["--lang", lang, "pack", "new", "my-first"])
    assert result.exit_code == 0, result.output
    assert check_packs(["my-first"]) == []
    loaded = load_pack("my-first")
    assert prove([loaded]).findings == ()
    subject = subject_of("my-first")
    trial = try_cases(subject)
    assert (trial.missed, list(uncovered(trial))) == ((), [])
    assert mutation_score(subject).percent == 100
    parts = [part for group in loaded.pack.groups for criterion in group.criteria for part in criterion.parts]
    assert [type(part) for part in parts] == [CountDownPart, Bands, ManualPart]
    assert len(loaded.pack.rating) == 3
    assert loaded.pack.deadlines
    assert all(criterion.numbers for group in loaded.pack.groups for criterion in group.criteria)
    comments = " ".join(re.findall(r"# (.*)", (Path("my-first") / "pack.yaml").read_text(encoding="utf-8")))
    assert "pack schema" in comments
    assert ("满分" in comments) is (lang == "zh")
    assert not [path for path in Path().iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("name", ["pack", "cases", "overlay", "overlay-setting", "overlay-item"])
def test_both_languages_of_a_template_say_the_same(name: str) -> None:
    texts = [(TEMPLATES / f"{name}.{lang}.yaml").read_text(encoding="utf-8") for lang in ("zh", "en")]
    plain = [re.sub(r"\$\{?(\w+)\}?", r"\1", text).replace("reason\n", "理由\n") for text in texts]
    found = [parse_yaml(re.sub(r"^#[ \n]", "", text, flags=re.MULTILINE) if "-" in name else text, "t") for text in plain]
    assert not [*found[0].findings, *found[1].findings]
    assert found[0].data == found[1].data
    assert len({frozenset(re.findall(r"\$\{(\w+)\}", text)) for text in texts}) == 1
    assert texts[0].count("\n") == texts[1].count("\n")


def test_it_can_be_scored_together_with_installed_packs() -> None:
    new_pack("members-plan")  # its letters are MP, as those of members-points
    assert [criterion.id for criterion in load_pack("members-plan").pack.groups[0].criteria] == ["MP2-01", "MP2-02", "MP2-03"]
    load_packs(["members-plan", "members-points"])


def test_title_and_folder_are_the_authors() -> None:
    result = run("my-first", "--title", '“五星”, 支部: "创建" #1', "-o", "规则/新")
    assert result.exit_code == 0, result.output
    assert "规则/新/my-first/cases/example.yaml" in result.output
    assert load_pack("规则/新/my-first").pack.title.zh == '“五星”, 支部: "创建" #1'


def test_an_overlay_begins_as_the_pack_beneath() -> None:
    result = run("five-star-shi", "--from", "five-star-urban")
    assert result.exit_code == 0, result.output
    assert "pack diff five-star-urban five-star-shi" in result.output
    made, base = load_pack("five-star-shi"), load_pack("five-star-urban").pack
    assert made.base is not None
    title = Labels(zh=f"{base.title.zh}(县级)", en=f"{base.title.en} (county)")
    assert made.pack == base.model_copy(update={"pack": "five-star-shi", "version": "1", "title": title})


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_overlay_of_ones_own_pack_names_its_path_and_its_commented_lines_work(lang: str) -> None:
    new_pack("base-one", out=Path("a"))
    assert CliRunner().invoke(cli.main, ["--lang", lang, "pack", "new", "over-one", "--from", "a/base-one", "-o", "b"]).exit_code == 0
    path = Path("b/over-one/pack.yaml")
    text = path.read_text(encoding="utf-8")
    assert '\nextends: "../../a/base-one"' in text
    head, _, tail = text.partition("#\n")
    opened = re.sub(r"^# ", "", tail, flags=re.MULTILINE).replace("[编号]", "[good_line]").replace("[id]", "[good_line]")
    path.write_text(head + opened, encoding="utf-8")
    made = load_pack("b/over-one").pack
    assert made.settings["good_line"].value == 90
    assert [criterion.id for criterion in made.groups[0].criteria] == ["BO-01", "BO-02"]
    assert made.authority


@pytest.mark.parametrize("id_", ["五星", "1-pack", "my_pack", "my pack", "../out", "a" * 41, "con", "-a", ""])
def test_an_id_of_another_shape_is_refused(id_: str) -> None:
    result = run("--", id_)
    assert result.exit_code == 2, result.output
    assert "E301" in result.output
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("id_", ["five-star-urban", "Five-Star-Urban"])
def test_the_id_of_an_installed_pack_is_refused(id_: str) -> None:
    result = run(id_)
    assert result.exit_code == 2
    assert "E302" in result.output
    assert not Path(id_).exists()


def test_a_pack_that_is_not_there_is_refused_with_the_nearest() -> None:
    result = run("mine", "--from", "five-star-urbn")
    assert result.exit_code == 2
    assert "E303" in result.output
    assert "five-star-urban" in result.output
    assert not Path("mine").exists()


def test_where_nothing_is_near_nothing_is_listed() -> None:
    result = run("mine", "--from", "nosuch")
    assert result.exit_code == 2
    assert "E303" in result.output
    assert "最像的是" not in result.output
    assert "five-star-urban" not in result.output
    assert "starbranch pack list" in result.output


def test_a_pack_beneath_that_is_wrong_is_told_and_nothing_written() -> None:
    Path("broken.yaml").write_text("pack: broken\n", encoding="utf-8")
    result = run("mine", "--from", "broken.yaml")
    assert result.exit_code == 2
    assert "broken.yaml" in result.output
    assert not Path("mine").exists()


@pytest.mark.parametrize("kind", ["folder", "file", "empty"])
def test_what_is_there_is_not_touched(kind: str) -> None:
    path = Path("mine")
    if kind == "file":
        path.write_text("x", encoding="utf-8")
    else:
        path.mkdir()
        if kind == "folder":
            (path / "pack.yaml").write_text("x", encoding="utf-8")
    before = sorted(str(one) for one in Path().rglob("*"))
    result = run("mine")
    assert result.exit_code == 2
    assert "E304" in result.output
    assert sorted(str(one) for one in Path().rglob("*")) == before


@pytest.mark.parametrize("title", ["", "  ", "a\nb", "长" * 101])
def test_a_title_that_is_none_is_refused(title: str) -> None:
    result = run("mine", "--title", title)
    assert result.exit_code == 2
    assert "E305" in result.output
    assert not Path("mine").exists()


def test_nothing_is_half_written(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("file").write_text("x", encoding="utf-8")
    with pytest.raises(Failure) as caught:
        new_pack("mine", out=Path("file"))
    assert [finding.key for finding in caught.value.findings] == ["packnew.E306"]
    wrote = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if path.name == "example.yaml":
            raise OSError(28, "No space left on device")
        return wrote(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(Failure):
        new_pack("mine")
    assert [path.name for path in Path().iterdir()] == ["file"]


def test_every_wrong_thing_is_told_at_once() -> None:
    result = run("五星", "--title", "", "--from", "five-star-urbn")
    assert re.findall(r"E\d+", result.output) == ["E303", "E301", "E305"]
    assert "five-star-urban" in find_packs()
    assert new.ID.fullmatch("five-star-urban")
