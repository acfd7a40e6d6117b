"""Word documents: what they say, that they stay one page, and that no name, note or template breaks them."""

import random
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from sample_packs import INTERNAL_MARK
from sample_run import approved, sample_run
from word_files import page_counts, text_of

from evaluator import data_dir
from evaluator.diagnostics import Failure
from evaluator.messages import Language
from evaluator.reports.context import context
from evaluator.reports.documents import write_feedback, write_internal_report, write_notices, write_report
from evaluator.reports.words import Branch, Context, Issue

Golden = Callable[[str, str], None]
HOSTILE = "<script>alert(1)</script> {{ 7*7 }} {% raw %} & </w:t> <60%\x0b\x00"


@pytest.fixture
def ctx() -> Context:
    return context(sample_run(), "zh")


def heavy(branch: Branch, own: int, others: int, draw: random.Random) -> Branch:
    """Return the branch with many issues and long texts."""
    signs = "组织生活会开展情况不够规范,记录(缺)2023年4月、5月;abc <60% & “引号”——"

    def text(*lengths: int) -> str:
        return "".join(draw.choice(signs) for _ in range(draw.choice(lengths)))

    def issues(item: str, count: int, source: int) -> list[Issue]:
        one = branch.issues[source]
        texts = [
            {"text": text(8, 30, 60), "facts": text(5, 80, 300), "measure": text(20, 120), "basis": text(10, 40)} for _ in range(count)
        ]
        return [replace(one, item=f"{item}-{number:02d}", **texts[number]) for number in range(count)]

    mine, theirs = tuple(issues("UZB", own, 0)), tuple(issues("UPA", others, 2))
    groups = (branch.groups * 2)[:5]
    return replace(
        branch, own=mine, others=theirs, issues=mine + theirs, first=mine[:3], groups=groups, owed=branch.owed * 5, name=text(8, 30)
    )


# --- what they say ------------------------------------------------------------


def test_feedback_sheet(ctx: Context, tmp_path: Path, golden: Golden) -> None:
    write_feedback(ctx, tmp_path, None)
    assert {path.stem for path in tmp_path.iterdir()} == {branch.stem for branch in ctx.branches}
    golden("feedback.txt", text_of(tmp_path / "02-=1+1.docx"))


def test_feedback_sheet_in_english(tmp_path: Path, golden: Golden) -> None:
    write_feedback(context(sample_run(), "en"), tmp_path, None)
    golden("feedback.en.txt", text_of(tmp_path / "05-@南湖 _60%.docx"))


def test_report(ctx: Context, tmp_path: Path, golden: Golden) -> None:
    write_report(ctx, tmp_path / "report.docx", None)
    golden("report.txt", text_of(tmp_path / "report.docx"))


def test_internal_report(ctx: Context, tmp_path: Path, golden: Golden) -> None:
    assert ctx.internal is not None
    write_internal_report(ctx.internal, tmp_path / "report.docx", None)
    text = text_of(tmp_path / "report.docx")
    assert text.startswith("内部资料")
    golden("internal-report.txt", text)


def test_notice(ctx: Context, tmp_path: Path, golden: Golden) -> None:
    write_notices(ctx, tmp_path, ["B-02"], None)
    assert [path.name for path in tmp_path.iterdir()] == ["02-=1+1.docx"]
    golden("notice.txt", text_of(tmp_path / "02-=1+1.docx"))


def test_every_document_speaks_english(tmp_path: Path) -> None:
    ctx = context(sample_run(), "en")
    assert ctx.internal is not None
    write_report(ctx, tmp_path / "report.docx", None)
    write_internal_report(ctx.internal, tmp_path / "internal.docx", None)
    write_notices(ctx, tmp_path, ["B-02"], None)
    told = {"report": "Conclusion", "internal": "Recommendations and what they rest on", "02-=1+1": "Rectification notice"}
    for stem, words in told.items():
        assert words in text_of(tmp_path / f"{stem}.docx")


def test_notices_ask_only_for_what_the_branch_can_do(ctx: Context, tmp_path: Path) -> None:
    write_notices(ctx, tmp_path, ["=1+1"], None)
    text = text_of(tmp_path / "02-=1+1.docx")
    assert "DZB-01" in text
    assert "DPA-01" not in text


def test_branches_with_nothing_to_put_right_get_no_notice(ctx: Context, tmp_path: Path) -> None:
    with pytest.raises(Failure) as caught:
        write_notices(ctx, tmp_path, ["B-02", "B-01", "北苑社区党支部"], None)
    assert [(one.key, one.values["found"]) for one in caught.value.findings] == [
        ("documents.E910", "B-01"),
        ("documents.E910", "北苑社区党支部"),
    ]
    assert list(tmp_path.iterdir()) == []


def test_unvisited_branch_gets_a_short_sheet(ctx: Context, tmp_path: Path) -> None:
    write_feedback(ctx, tmp_path, None)
    text = text_of(tmp_path / "06-北苑社区党支部.docx")
    assert "本期未检" in text
    assert "支部要改的" not in text
    assert "得分率" not in text


def test_approved_run_is_no_draft(tmp_path: Path) -> None:
    write_feedback(context(approved(sample_run()), "zh"), tmp_path, None)
    for path in tmp_path.iterdir():
        assert "征求意见稿" not in text_of(path)
        assert "参考试算,不作为考核依据" in text_of(path)


def test_long_ranking_shows_first_and_last(ctx: Context, tmp_path: Path) -> None:
    category = ctx.categories[0]
    ranking = tuple(replace(category.ranking[0], rank=n, branch=replace(ctx.branches[0], name=f"支部{n:03d}")) for n in range(1, 601))
    write_report(replace(ctx, categories=(replace(category, ranking=ranking),)), tmp_path / "report.docx", None)
    text = text_of(tmp_path / "report.docx")
    assert [number in text for number in ("支部001", "支部010", "支部011", "支部590", "支部591", "支部600")] == [
        True,
        True,
        False,
        False,
        True,
        True,
    ]


def test_internal_results_are_in_no_public_document(ctx: Context, tmp_path: Path) -> None:
    write_feedback(ctx, tmp_path, None)
    write_report(ctx, tmp_path / "report.docx", None)
    write_notices(ctx, tmp_path / "notices", ["B-02", "B-05"], None)
    for path in tmp_path.rglob("*.docx"):
        assert INTERNAL_MARK not in text_of(path)
        assert "建议列入" not in text_of(path)


# --- how they look ------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_feedback_is_one_page_and_the_report_two_to_four(lang: Language, tmp_path: Path) -> None:
    ctx = context(sample_run(), lang)
    draw = random.Random(7)
    sizes = [(0, 0), (1, 0), (3, 1), (25, 0), (17, 8), (0, 25), (12, 13)]
    made = [replace(heavy(ctx.branches[1], own, others, draw), stem=f"sheet-{n}") for n, (own, others) in enumerate(sizes)]
    write_feedback(replace(ctx, branches=(*ctx.branches[4:6], *made)), tmp_path / "feedback", None)
    write_report(ctx, tmp_path / "report.docx", None)
    counts = page_counts([*(tmp_path / "feedback").iterdir(), tmp_path / "report.docx"], tmp_path)
    assert 1 <= counts.pop("report") <= 4
    assert counts == dict.fromkeys((*(branch.stem for branch in ctx.branches[4:6]), *(f"sheet-{n}" for n in range(len(sizes)))), 1)


def test_what_does_not_fit_is_named(ctx: Context, tmp_path: Path) -> None:
    crowded = replace(heavy(ctx.branches[1], 17, 8, random.Random(1)), stem="crowded")
    write_feedback(replace(ctx, branches=(crowded,)), tmp_path, None)
    text = text_of(tmp_path / "crowded.docx")
    assert all(issue.item in text for issue in crowded.issues)
    assert "①" in text
    assert "③" in text
    assert "项见台账" in text


def test_lines_of_a_note_do_not_stretch_the_page(ctx: Context, tmp_path: Path) -> None:
    branch = ctx.branches[1]
    own = tuple(replace(issue, facts="\n".join("甲乙丙")) for issue in branch.own)
    write_feedback(replace(ctx, branches=(replace(branch, own=own),)), tmp_path, None)
    assert "查到:甲 乙 丙" in text_of(tmp_path / f"{branch.stem}.docx")


def test_type_is_readable_and_fonts_are_named_for_chinese() -> None:
    for path in data_dir("templates").glob("*/*.docx"):
        document = zipfile.ZipFile(path).read("word/document.xml").decode()
        assert min(int(size) for size in _attributes(document, "w:sz")) >= 16
        assert {"宋体", "黑体"} <= set(_attributes(document, "w:rFonts", "w:eastAsia"))
    feedback = zipfile.ZipFile(data_dir("templates") / "feedback/feedback.docx").read("word/document.xml").decode()
    assert min(int(size) for size in _attributes(feedback, "w:sz")) == 18


def _attributes(xml: str, tag: str, name: str = "w:val") -> list[str]:
    return [piece.split(f'{name}="')[1].split('"')[0] for piece in xml.split(f"<{tag} ")[1:] if f'{name}="' in piece.split(">")[0]]


def test_same_run_gives_same_bytes(ctx: Context, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        write_feedback(ctx, tmp_path / folder, None)
        write_report(ctx, tmp_path / folder / "report.docx", None)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_shipped_templates_are_what_their_script_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(data_dir("templates")))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    import build  # type: ignore[import-not-found]

    build.main(tmp_path)
    for name in build.TEMPLATES:
        assert (tmp_path / name / f"{name}.docx").read_bytes() == (data_dir("templates") / name / f"{name}.docx").read_bytes()
    del sys.modules["build"], sys.modules["shapes"]


# --- hostile data and broken templates ------------------------------------------


def test_names_and_notes_stay_text(ctx: Context, tmp_path: Path) -> None:
    branch = ctx.branches[1]
    own = tuple(replace(issue, facts=HOSTILE, problem=HOSTILE) for issue in branch.own)
    hostile = replace(branch, name=HOSTILE, own=own, stem="hostile")
    write_feedback(replace(ctx, branches=(hostile,)), tmp_path, None)
    write_notices(replace(ctx, branches=(hostile,)), tmp_path / "notices", ["B-02"], None)
    for path in (tmp_path / "hostile.docx", tmp_path / "notices" / "hostile.docx"):
        text = text_of(path)
        assert text.count("<script>alert(1)</script> {{ 7*7 }} {% raw %} & </w:t> <60%") >= 2


def _template(folder: Path, *paragraphs: str) -> Path:
    path = folder / "feedback" / "feedback.docx"
    path.parent.mkdir()
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    document.save(str(path))
    return folder


def test_users_template_goes_before_the_shipped_one(ctx: Context, tmp_path: Path) -> None:
    own = _template(tmp_path, "本县反馈:{{ sheet.branch.name }}", "{%p for row in sheet.own %}", "{{ row.title }}", "{%p endfor %}")
    write_feedback(ctx, tmp_path / "out", own)
    write_report(ctx, tmp_path / "report.docx", own)
    assert text_of(tmp_path / "out" / "02-=1+1.docx").splitlines()[:2] == [
        "本县反馈:=1+1",
        "DZB-01 主题党日按月开展 失 8 分(满分 8) [关键项]",
    ]


def test_users_template_may_loop_over_columns(ctx: Context, tmp_path: Path) -> None:
    own = _template(tmp_path)
    document = docx.Document(str(own / "feedback" / "feedback.docx"))
    cells = document.add_table(rows=1, cols=3).rows[0].cells
    for cell, text in zip(cells, ("{%tc for one in sheet.branch.groups %}", "{{ one.title }}", "{%tc endfor %}"), strict=True):
        cell.text = text
    document.save(str(own / "feedback" / "feedback.docx"))
    write_feedback(ctx, tmp_path / "out", own)
    assert text_of(tmp_path / "out" / "02-=1+1.docx").splitlines()[0] == "支部过硬星 | 共建共享星 | 平安法治星"


@pytest.mark.parametrize(
    ("paragraph", "key", "told"),
    [
        ("{{ shete.branch }} {{ pack }}", "E904", ("pack", "shete")),
        ("{{ sheet.branch.nam }}", "E906", ("nam",)),
        ("{{ sheet.branch", "E903", ()),
        ("{%p if sheet.own %}", "E903", ("endif",)),
        ("{{ ''.__class__.__mro__ }}", "E905", ("__class__",)),
        ("{{ range(10 ** 9) | list }}", "E907", ("OverflowError",)),
        ("{{ word('nothing') }}", "E907", ("KeyError",)),
        ("{{ 1 // 0 }}", "E907", ("ZeroDivisionError",)),
        ("{{ '<w:p>' | safe }}", "E908", ()),
    ],
)
def test_broken_template_is_one_sentence(ctx: Context, tmp_path: Path, paragraph: str, key: str, told: tuple[str, ...]) -> None:
    with pytest.raises(Failure) as caught:
        write_feedback(ctx, tmp_path / "out", _template(tmp_path, paragraph))
    findings = caught.value.findings
    assert {one.key for one in findings} == {f"documents.{key}"}
    assert all(one.place.file.endswith("feedback.docx") for one in findings)
    said = " ".join(one.message("zh") + one.message("en") for one in findings)
    assert all(word in said for word in told)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x05\x06" + bytes(18)])
def test_template_that_is_no_word_document(ctx: Context, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "feedback").mkdir()
    (tmp_path / "feedback" / "feedback.docx").write_bytes(content)
    with pytest.raises(Failure) as caught:
        write_feedback(ctx, tmp_path / "out", tmp_path)
    assert [one.key for one in caught.value.findings] == ["documents.E902"]


def test_folder_of_templates_that_does_not_exist(ctx: Context, tmp_path: Path) -> None:
    with pytest.raises(Failure) as caught:
        write_report(ctx, tmp_path / "report.docx", tmp_path / "nowhere")
    assert [one.key for one in caught.value.findings] == ["documents.E901"]
