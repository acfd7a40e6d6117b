"""The handbook: every item stands in it with its points, on A6, on paper and on screen, and no text of a pack becomes markup."""

import re
import zipfile
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm
from kit_packs import HOSTILE, TINY, write_pack

from evaluator.authoring.kit.files import write_handbook
from evaluator.authoring.kit.handbook import Entry, Handbook, make_handbook
from evaluator.messages import set_language
from evaluator.packs.load import load_pack

PACKS = ("five-star-urban", "five-star-rural", "soft-and-lax", "soft-and-lax-acceptance")


@pytest.fixture(autouse=True)
def _chinese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    set_language("zh")  # a command of another test may have left English behind


def book_of(name: str) -> Handbook:
    return make_handbook(load_pack(name).pack)


def entries(book: Handbook) -> dict[str, Entry]:
    return {entry.id: entry for section in book.sections for entry in section.entries}


def rows(entry: Entry) -> dict[str, tuple[str, ...]]:
    return dict(entry.rows)


def text_of(path: Path) -> str:
    document = docx.Document(str(path))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


# --- what it says ---------------------------------------------------------------


@pytest.mark.parametrize("name", PACKS)
def test_every_item_stands_in_the_book_with_its_points_and_what_to_do(name: str) -> None:
    pack = load_pack(name).pack
    found = entries(make_handbook(pack))
    for group in pack.groups:
        for one in group.criteria:
            entry = found[one.id]
            assert re.fullmatch(r"([0-9.]+) 分", entry.worth)
            assert entry.worth == f"{one.points.normalize():f} 分"
            told = rows(entry)
            assert {"查什么", "怎么算分", "拿什么证明", "谁来改", "怎么改"} <= set(told)
            assert one.owner in told["谁来改"][0]
            assert pack.deadlines[one.deadline].label.zh in told["谁来改"][0]
            assert told["怎么改"] == (one.measure.zh,)
            assert ("不补过去" in told) == one.irreversible
            assert ("关键项" in entry.marks) == one.key
    for item in (*pack.vetoes, *pack.triggers, *pack.gates):
        assert found[item.id].worth == ""
        assert rows(found[item.id])["怎样认定"]
        assert rows(found[item.id])["后果"][0]


def test_an_item_in_plain_words() -> None:
    entry = entries(book_of("five-star-urban"))["UZB-04"]
    assert entry.text == "主题党日按月开展"
    assert entry.rows == (
        ("查什么", ("每月开展主题党日",)),
        ("怎么算分", ("每月开展主题党日: 满分 8;开展主题党日的月份数应达到本期已满月数,每少 1 月,扣 1 分",)),
        ("拿什么证明", ("支部提供:开展主题党日的月份数(活动记录、签到表)",)),
        ("谁来改", ("社区党组织负责,支部自己能改;时限:立行立改(3天内)。",)),
        ("怎么改", ("固定每月一天开展,把下次日期和议题提前告诉党员",)),
        ("不补过去", ("过去错过的不补、不倒填日期。今后按时做到、当天记录,再申请销号。",)),
    )
    assert entry.basis == "支部工作条例:三会一课、主题党日[R3]。本包默认的数:1、8"


def test_a_standard_is_told_once_without_its_full_stop_and_counts_say_what_there_should_be() -> None:
    text = TINY.replace("parts: [{count_down: {full: 8, less: 2, per: 12 - meetings}}]", "parts: [{text: 按期开会。, count_down: PLAIN}]")
    text = text.replace("PLAIN", "{full: 8, less: 2, per: 12 - meetings}")
    text = text.replace("- bands: [{award: 10", "- text: 三档。\n            bands: [{award: 10").replace("title: TITLE", "title: 小包")
    path = Path("tiny.yaml")
    path.write_text(text, encoding="utf-8")
    found = entries(book_of(str(path)))
    assert rows(found["T-02"])["怎么算分"][0] == "按期开会: 满分 8;会议次数应有 12 次,每少 1 次,扣 2 分"
    bands = rows(found["T-01"])["怎么算分"]
    assert [line.partition("得 ")[0] for line in bands[:3]] == ["三档: ", "", ""]
    set_language("en")
    assert ("按期开会: 8 points; 会议次数 should be 12: 2 off for every 1 short",) in rows(entries(book_of(str(path)))["T-02"]).values()
    set_language("zh")


def test_any_other_count_keeps_its_formula() -> None:
    text = TINY.replace("12 - meetings", "12 - meetings - 1").replace("title: TITLE", "title: 小包")
    Path("tiny.yaml").write_text(text, encoding="utf-8")
    assert rows(entries(book_of("tiny.yaml"))["T-02"])["怎么算分"][0] == "满分 8;12 − 会议次数 − 1,每 1 扣 2 分"


def test_the_reason_beside_points_is_no_proof() -> None:
    text = TINY.replace("parts: [{count_down: {full: 8, less: 2, per: 12 - meetings}}]", "parts: [{manual: {range: [0, 8]}}]")
    Path("tiny.yaml").write_text(text.replace("title: TITLE", "title: 小包"), encoding="utf-8")
    (told,) = rows(entries(book_of("tiny.yaml"))["T-02"])["拿什么证明"]
    assert "评分" in told
    assert "理由" not in told


def test_rates_and_times_are_explained() -> None:
    found = entries(book_of("five-star-urban"))
    scoring = rows(found["UZB-05"])["怎么算分"]
    assert "查摆问题整改率 = 查摆问题整改到位数 ÷ 组织生活会查摆问题数" in scoring
    assert "年度组织生活会:12 月底前完成即可,此前不评" in scoring
    assert "没有应办的(算“查摆问题整改率”的除数为零),这一小项不计" in scoring
    assert "本条:12 月底前完成即可,此前不评" in rows(found["UZB-06"])["怎么算分"]
    assert "安全感测评有效份数不到 30 份的,不作判定" in rows(found["UPA-09"])["怎么算分"]


def test_vetoes_say_what_they_do() -> None:
    book = book_of("five-star-urban")
    assert ("V1", "本年发生负有责任的重大及以上事故", "等级不高于“二星支部”") in book.glance
    assert ("V2", "佐证或销号弄虚作假查实", "取消本期评定资格") in book.glance
    assert rows(entries(book)["V2"])["怎样认定"][1] == (
        "须有有权机关的认定(弄虚作假认定文号、弄虚作假认定日期);没有认定的,列为待认定,两种结果都列出"
    )
    assert book.levels[0] == ("五星支部", "得星数 等于 5 颗")
    assert book.levels[-1][1] == "以上都不符合的"
    assert book.numbers == (("授星分数线", "80 分(2023-01-01 起)(依据:B4)"),)
    assert dict(book.deadlines)["按季"] == "本季最后一天"


def test_numbers_of_the_index_lead_to_the_entries() -> None:
    for name in PACKS:
        book = book_of(name)
        found = entries(book)
        assert [entry.number for entry in found.values()] == list(range(1, len(found) + 1))
        assert {id_: number for id_, number, _, _ in book.index} == {id_: entry.number for id_, entry in found.items()}
        ids = [id_ for id_, *_ in book.index]
        assert ids == sorted(ids, key=lambda id_: [(int(p), "") if p.isdigit() else (-1, p) for p in re.split(r"(\d+)", id_)])


def test_reference_and_internal_packs_say_so_on_every_page(tmp_path: Path) -> None:
    assert book_of("five-star-urban").banners == ("参考试算,不作为考核依据",)
    internal = book_of("soft-and-lax")
    assert internal.banners[0].startswith("内部资料")
    write_handbook(internal, tmp_path / "a.docx")
    document = docx.Document(str(tmp_path / "a.docx"))
    for footer in (document.sections[0].footer, document.sections[0].even_page_footer):
        assert "内部资料" in "".join(paragraph.text for paragraph in footer.paragraphs)
    write_handbook(internal, tmp_path / "a.html")
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert page.count("内部资料") == 3  # at the top, at the foot of left and of right pages


def test_no_make_up_says_how_often_on_time(tmp_path: Path) -> None:
    entry = entries(make_handbook(load_pack(str(write_pack(tmp_path))).pack))["T-02"]
    assert "今后连续 3 次按时做到" in rows(entry)["不补过去"][0]
    for name in PACKS:
        for one in entries(book_of(name)).values():
            if "不补过去" in rows(one):
                assert not re.search("补开|补记录|补写", "".join(rows(one)["怎么改"]))


def test_rules_for_branches_taken_together(tmp_path: Path) -> None:
    more = """
scope:
  within: township
  caps: [{level: 1, at_most: 30%, then: 0, basis: [s1], numbers: {"30%": default}}]
  rise: {at_most: 1, basis: [s1], numbers: {"1": default}}
  hints: [{id: H1, text: 达标占比, level_at_least: 1, compare: {at_most: 50%}, basis: [s1], numbers: {"50%": default}}]
  streaks: [{id: S1, text: 未达标, level_below: 1, periods: 2, basis: [s1], numbers: {"2": default}}]
"""
    pack = load_pack(str(write_pack(tmp_path, more=more))).pack
    assert make_handbook(pack).together == (
        "同一乡镇(街道)的支部放在一起看。",
        "评为“达标”及以上的,不超过已检查支部的 30%;超出的按名次改为“未达标”,与末位并列的一并改。",
        "一次最多比上一期升 1 级。",
        "达标占比:只拿来对照,不改变结果,也不用来凑数。",
        "未达标:连续 2 期的,单独指出。",
    )
    assert book_of("five-star-urban").together == ()


def test_english() -> None:
    set_language("en")
    entry = entries(book_of("five-star-urban"))["UZB-04"]
    assert entry.worth == "8 points"
    assert rows(entry)["Mended by"] == ("社区党组织; the branch can do it itself; time limit: At once, within 3 days.",)


# --- on paper and on screen -----------------------------------------------------


def test_word_file_is_a6_with_mirrored_margins_and_page_numbers(tmp_path: Path) -> None:
    write_handbook(book_of("five-star-urban"), tmp_path / "a.docx")
    document = docx.Document(str(tmp_path / "a.docx"))
    section = document.sections[0]
    assert (round(section.page_width / Mm(1)), round(section.page_height / Mm(1))) == (105, 148)  # type: ignore[operator]
    assert document.settings.element.find(qn("w:mirrorMargins")) is not None
    assert section.left_margin > section.right_margin  # type: ignore[operator]  # the inner one is for binding
    for footer in (section.footer, section.even_page_footer):
        assert 'w:instr="PAGE"' in footer._element.xml
    text = text_of(tmp_path / "a.docx")
    for id_, _, item, worth in book_of("five-star-urban").index:
        assert id_ in text
        assert item in text
        assert worth in text


def test_page_needs_no_script_and_no_network(tmp_path: Path) -> None:
    write_handbook(book_of("five-star-urban"), tmp_path / "a.html")
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert not re.search(r"""(?:src|href)=["'](?!#)|url\(|@import""", page)
    assert "default-src 'none'" in page
    assert "size: 105mm 148mm" in page
    for id_, *_ in book_of("five-star-urban").index:
        assert page.count(f'id="{id_}"') == 1
        assert f'href="#{id_}"' in page


@pytest.mark.parametrize("ending", ["docx", "html"])
def test_same_pack_same_bytes(tmp_path: Path, ending: str) -> None:
    for name in ("a", "b"):
        write_handbook(book_of("five-star-rural"), tmp_path / f"{name}.{ending}")
    assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()
    if ending == "docx":
        with zipfile.ZipFile(tmp_path / "a.docx") as archive:
            assert {one.date_time[0] for one in archive.infolist()} == {1980}


def test_texts_of_a_pack_stay_text(tmp_path: Path) -> None:
    book = make_handbook(load_pack(str(write_pack(tmp_path, title=HOSTILE, text=f"=1+1 {HOSTILE}"))).pack)
    write_handbook(book, tmp_path / "a.docx")
    write_handbook(book, tmp_path / "a.html")
    assert text_of(tmp_path / "a.docx").count(HOSTILE) >= 3
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "<script>" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }} {% raw %} &amp; &lt;/w:t&gt; &lt;60%") >= 3
