"""The commands of the kit as a user meets them, and the files of a paper."""

import re
import sys
import zipfile
from pathlib import Path

import docx
import openpyxl
import pytest
from click.testing import CliRunner, Result
from kit_packs import HOSTILE, write_pack

import cli
from evaluator import data_dir

URBAN = "five-star-urban"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli.main, [str(one) for one in arguments])


def refused(result: Result, *words: str) -> None:
    """The command said in words what is wrong, left with code 2 and wrote nothing."""
    assert result.exit_code == 2, result.output
    for word in words:
        assert word in result.output
    assert [path.name for path in Path().iterdir() if path.name != "tiny"] == []


def test_handbook_is_written() -> None:
    for name in ("a.docx", "neu/b.html"):
        result = run("pack", "handbook", URBAN, "-o", name)
        assert (result.exit_code, result.output) == (0, f"已写好口袋书 {name},共 51 条。\n")
        assert Path(name).stat().st_size > 5000
    assert "Wrote the handbook a.docx; items: 51." in run("--lang", "en", "pack", "handbook", URBAN, "-o", "a.docx", "--force").output


def test_a_file_is_written_over_only_when_somebody_says_so() -> None:
    for asked in (("handbook", URBAN, "-o", "a.html"), ("quiz", URBAN, "-n", 10, "-o", "b.xlsx")):
        Path(str(asked[-1])).write_text("mine", encoding="utf-8")
        result = run("pack", *asked)
        assert result.exit_code == 2
        assert "E101" in result.output
        assert "--force" in result.output
        assert Path(str(asked[-1])).read_text(encoding="utf-8") == "mine"
        assert run("pack", *asked, "--force").exit_code == 0
        assert Path(str(asked[-1])).stat().st_size > 1000


def test_refusals() -> None:
    refused(run("pack", "handbook", URBAN, "-o", "a.pdf"), "E102", ".docx、.html")
    refused(run("pack", "handbook", "no-such-pack", "-o", "a.docx"), "no-such-pack")
    refused(run("pack", "handbook", URBAN), "-o")
    refused(run("pack", "quiz", URBAN, "-o", "a.txt"), "E102", ".docx、.html、.xlsx")
    refused(run("pack", "quiz", URBAN, "-o", "quiz"), "E102")
    refused(run("pack", "quiz", "five-star-urbn", "-o", "a.docx"), "five-star-urban")
    refused(run("pack", "quiz", "-o", "a.docx"), "PACKS")
    for count in ("0", "-3", "2001"):
        refused(run("pack", "quiz", URBAN, "-n", count, "-o", "a.docx"), "1", "2000")
    refused(run("pack", "quiz", URBAN, "-n", "viele", "-o", "a.docx"), "-n")
    refused(run("pack", "quiz", URBAN, "--seed", "-1", "-o", "a.docx"), "--seed")


def test_a_folder_is_no_file() -> None:
    Path("a.docx").mkdir()
    result = run("pack", "handbook", URBAN, "-o", "a.docx")
    assert result.exit_code == 2
    assert "a.docx" in result.output
    assert list(Path("a.docx").iterdir()) == []


def test_a_template_folder_that_is_not_there() -> None:
    refused(run("pack", "handbook", URBAN, "-o", "a.docx", "--templates", "none"), "E901", "含有 handbook、quiz 子文件夹")
    refused(run("pack", "quiz", URBAN, "-o", "a.html", "--templates", "none"), "E901", "含有 handbook、quiz 子文件夹")


def test_an_own_template_is_used() -> None:
    Path("own/quiz").mkdir(parents=True)
    Path("own/quiz/quiz.html").write_text("{{ paper.title }}|{{ told('answers_title', title='x') }}", encoding="utf-8")
    assert run("pack", "quiz", URBAN, "-n", 10, "-o", "a.html", "--templates", "own").exit_code == 0
    assert Path("a.html").read_text(encoding="utf-8") == "城市社区“五星”支部创建 应知应会 10 题|x:答案"


def test_too_few_questions(tmp_path: Path) -> None:
    path = write_pack(tmp_path)
    result = run("pack", "quiz", path, "-n", 500, "-o", "a.html")
    refused(result, "E101", "--at-most")
    most = re.search(r"最多能出 (\d+) 道", result.output)
    assert most
    result = run("pack", "quiz", path, "-n", 500, "--at-most", "-o", "a.html")
    assert result.exit_code == 0
    assert f"{most[1]} 道题,卷号 1" in result.output
    assert f"要 500 道,只出得了 {most[1]} 道" in result.output
    assert run("pack", "quiz", path, "-n", most[1], "-o", "a.html", "--force").exit_code == 0


def test_quiz_on_the_terminal_has_its_answers_behind() -> None:
    result = run("pack", "quiz", URBAN, "-n", 12, "--seed", 5, "-o", "-")
    assert result.exit_code == 0
    questions, _, answers = result.output.partition("应知应会 12 题:答案")
    assert len(re.findall(r"^\d+\. ", questions, re.MULTILINE)) == 12
    assert len(re.findall(r"^\d+\. (?:[A-D]+|√|×)  .+\n   (?:依据:|本包默认值)", answers, re.MULTILINE)) == 12
    assert "卷号 5" in questions
    assert "参考试算,不作为考核依据" in questions
    assert not re.search("√|×", questions.partition("判断题")[2].partition("\n")[2])
    assert result.output == run("pack", "quiz", URBAN, "-n", 12, "--seed", 5, "-o", "-").output
    assert result.output != run("pack", "quiz", URBAN, "-n", 12, "--seed", 6, "-o", "-").output


def test_papers_say_the_same_in_every_format() -> None:
    for name in ("a.docx", "a.html", "a.xlsx"):
        assert run("pack", "quiz", URBAN, "-n", 40, "--seed", 2, "-o", name).exit_code == 0
    book = openpyxl.load_workbook("a.xlsx")
    assert book.sheetnames == ["题目", "答案"]
    asked = list(book["题目"].iter_rows(min_row=4, values_only=True))
    answers = list(book["答案"].iter_rows(min_row=4, values_only=True))
    assert [row[0] for row in asked] == [row[0] for row in answers] == list(range(1, 41))
    assert not any("√" in str(cell) or "×" in str(cell) for row in asked for cell in row)
    page = Path("a.html").read_text(encoding="utf-8")
    document = docx.Document("a.docx")
    word = "\n".join(paragraph.text for paragraph in document.paragraphs)
    for row in asked:
        stem = str(row[2])
        assert f"{row[0]}. {stem}" in word
        assert stem.replace('"', "&#34;").replace("<", "&lt;") in page
    for table in document.tables:
        assert [cell.text for cell in table.columns[1].cells][1:] == [str(row[1]) for row in answers]
    assert "<script" not in page
    assert not re.search(r"""(?:src|href)=|url\(|@import""", page)
    for row in answers:
        if row[2] and row[2] != "城市社区“五星”支部创建":
            assert re.match(r"[A-Z]+(?:-\d+|\d)", str(row[2]))
        assert str(row[4]).startswith(("依据:", "本包默认值"))


@pytest.mark.parametrize("ending", ["docx", "html", "xlsx"])
def test_same_paper_same_bytes(ending: str) -> None:
    for name in ("a", "b"):
        run("pack", "quiz", URBAN, "-n", 30, "-o", f"{name}.{ending}")
    assert Path(f"a.{ending}").read_bytes() == Path(f"b.{ending}").read_bytes()


def test_internal_packs_make_internal_papers() -> None:
    result = run("pack", "quiz", "soft-and-lax", URBAN, "-n", 20, "-o", "-")
    assert result.output.startswith("内部资料")
    assert "【" in result.output  # says which pack each question is about
    assert "内部资料" not in run("pack", "quiz", URBAN, "-n", 20, "-o", "-").output


def test_texts_of_a_pack_stay_text(tmp_path: Path) -> None:
    path = write_pack(tmp_path, title=HOSTILE, text=f"=1+1 {HOSTILE}")
    for name in ("a.docx", "a.html", "a.xlsx"):
        assert run("pack", "quiz", path, "-n", 60, "--at-most", "-o", name).exit_code == 0
    page = Path("a.html").read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "&lt;60%" in page
    assert HOSTILE in "\n".join(paragraph.text for paragraph in docx.Document("a.docx").paragraphs)
    cells = [cell for sheet in openpyxl.load_workbook("a.xlsx") for row in sheet.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" for cell in cells)
    assert any(HOSTILE in str(cell.value) for cell in cells)


def test_help_in_both_languages() -> None:
    assert "口袋书" in run("pack", "handbook", "--help").output
    assert "应知应会" in run("pack", "quiz", "--help").output
    english = run("--lang", "en", "pack", "quiz", "--help").output
    assert "single choice" in english
    assert not re.search("[一-鿿]", english)


def test_shipped_templates_are_what_their_script_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(data_dir("templates")))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    import kit  # type: ignore[import-not-found]

    kit.main(tmp_path)
    for name in kit.TEMPLATES:
        made = (tmp_path / name / f"{name}.docx").read_bytes()
        assert made == (data_dir("templates") / name / f"{name}.docx").read_bytes()
        with zipfile.ZipFile(tmp_path / name / f"{name}.docx") as archive:
            assert archive.testzip() is None
    for name in ("kit", "build", "shapes"):
        del sys.modules[name]
