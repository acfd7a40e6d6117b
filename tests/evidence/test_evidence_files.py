"""Every kind of file an inspection team might hand in: read with addresses, or refused with a sentence."""

import datetime
import io
import json
import random
import subprocess
import sys
import zipfile
from pathlib import Path
from shutil import which

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from evidence_workbooks import NS, book, errors, write
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.evidence import cells
from evaluator.evidence.cells import Refused
from evaluator.evidence.files import Flaw, Sheet, read_file
from evaluator.evidence.sheets import read_xls
from evaluator.evidence.texts import read_csv
from evaluator.messages import catalogue

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
DAY = datetime.date(2023, 4, 13)


def read(folder: Path, data: bytes | str, name: str = "表.csv", encoding: str | None = None) -> Sheet:
    return read_file(write(folder, name, data.encode() if isinstance(data, str) else data), encoding=encoding)[0]


def in_zip(**members: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "/"), text)
    return buffer.getvalue()


def parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


REFUSED: dict[str, tuple[str, bytes]] = {
    "E103": ("~$表.xlsx", b"x"),
    "E104": ("空.xlsx", b""),
    "E111": ("网页.xls", b"<html><table><tr><td>1</td></tr></table></html>"),
    "E112": ("文档.xlsx", in_zip(**{"[Content_Types].xml": "<Types/>", "word__document.xml": "<w/>"})),
    "E113": ("演示.xlsx", in_zip(**{"[Content_Types].xml": "<Types/>", "ppt__presentation.xml": "<p/>"})),
    "E114": ("表.csv", b"%PDF-1.7\n"),
    "E115": ("表.xlsx", in_zip(**{"[Content_Types].xml": "<Types/>", "xl__workbook.bin": ""})),
    "E116": ("表.json", b'[{"a": 1}]'),
    "E117": ("表.csv", b"\x89PNG\r\n\x1a\n" + bytes(50)),
    "E118": ("表.xlsx", in_zip(**{"佐证.xlsx": "x"})),
    "E120": ("表.xlsx", OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)),
    "E121": ("表.xlsx", book("")[:-30]),
    "E125": ("表.xlsx", book("", leave_out="xl/workbook.xml")),
    "E127": ("表.xlsx", book("", replace={"xl/workbook.xml": f'<workbook xmlns="{NS}"/>'})),
    "E140": ("表.csv", b"\xd6\xd0\xce\xc4,1\n\xd6\xd0\xff\xff,2\n"),
    "E141": ("表.csv", b"a,b\n1,2\n3,\x004\n" + b"1,2\n" * 9),
    "E142": ("表.csv", b'a,b\n1,2\n"3,4\n5,6\n'),
    "E150": ("表.jsonl", b'{"a": 1}\n{"a": }\n'),
    "E151": ("表.jsonl", b'{"a": 1}\n[1]\n'),
    "E152": ("表.jsonl", b'{"a": [1]}\n'),
    "E153": ("表.jsonl", b'{"a": 1, "a": 2}\n'),
    "E154": ("表.jsonl", b'{"a": NaN}\n'),
    "E161": ("表.parquet", parquet(pa.table({"a": [[1]]}))),
}


@pytest.mark.parametrize("code", REFUSED)
def test_refused(tmp_path: Path, code: str) -> None:
    name, data = REFUSED[code]
    assert errors(write(tmp_path, name, data)) == [f"files.{code}"]


def test_missing_folder_unreadable_and_unknown_encoding(tmp_path: Path) -> None:
    assert errors(tmp_path / "没有.xlsx") == ["files.E101"]
    assert errors(tmp_path) == ["files.E102"]
    assert errors(tmp_path / ("长" * 300)) == ["files.E105"]
    assert errors(write(tmp_path, "a.csv", b"a,b\n"), encoding="gbk2312") == ["files.E144"]
    assert errors(write(tmp_path, "a.csv", b"a,b\n"), encoding="base64") == ["files.E144"]


def test_file_too_large_is_not_even_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("wb") as out:
        out.truncate(300 * 2**20)
    assert errors(path) == ["files.E126"]


def test_every_sentence_has_a_test() -> None:
    elsewhere = {"E101", "E102", "E105", "E122", "E123", "E124", "E126", "E144", "W130", "W131", "W143"}
    assert set(catalogue("files")) == set(REFUSED) | elsewhere


# Workbooks


def excel(tmp_path: Path, name: str = "表.xlsx", **options: object) -> Path:
    path = tmp_path / "工作簿.xlsx"
    with xlsxwriter.Workbook(path, options) as workbook:
        sheet = workbook.add_worksheet("明细")
        date, clock = workbook.add_format({"num_format": "yyyy-mm-dd"}), workbook.add_format({"num_format": "hh:mm"})
        sheet.merge_range("A1:D1", "标题")
        sheet.write_row("A3", ["编码", "次数", "比例", "日期"])
        sheet.merge_range("A4:A5", "000000000012")
        sheet.write_number("B4", 3)
        sheet.write_number("C4", 0.85, workbook.add_format({"num_format": "0.0%"}))
        sheet.write_datetime("D4", DAY, date)
        sheet.write_boolean("B5", True)
        sheet.write_datetime("C5", datetime.time(14, 30), clock)
        sheet.write_formula("D5", "=1/0", None, "#DIV/0!")
        sheet.write_number("E5", 110101199001011234)
        sheet.write_number("F5", 1.25, workbook.add_format({"num_format": "[h]:mm"}))
        workbook.add_worksheet("空")
        workbook.add_worksheet("藏").hide()
        chart = workbook.add_chart({"type": "bar"})
        chart.add_series({"values": "=明细!$B$4:$B$5"})
        workbook.add_chartsheet("图").set_chart(chart)
    return path.rename(tmp_path / name)


def check(sheet: Sheet) -> None:
    assert sheet.rows[0][:4] == ["标题"] * 4
    assert sheet.rows[1] == [None] * len(sheet.rows[1])
    assert sheet.rows[3][:4] == ["000000000012", 3.0, 0.85, DAY]
    assert sheet.rows[4][:3] == ["000000000012", True, datetime.time(14, 30)]
    assert sheet.rows[4][1] is True
    assert sheet.rows[4][5] == "30:00:00"
    assert sheet.percents == {(3, 2)}
    assert sheet.flaws == {(4, 3): Flaw("error_value", "#DIV/0!"), (4, 4): sheet.flaws[4, 4]}
    assert sheet.flaws[4, 4].kind == "rounded_code"
    assert sheet.flaws[4, 4].text.startswith("110101199001011")
    assert str(sheet.place(4, 3)).endswith(" [明细] D5")


@pytest.mark.parametrize("name", ["表.xlsx", "表.xls", "表.et", "表.csv", "表"])
def test_xlsx_under_any_name(tmp_path: Path, name: str) -> None:
    sheets = read_file(excel(tmp_path, name))
    check(sheets[0])
    assert [(sheet.name, sheet.hidden) for sheet in sheets] == [("明细", False), ("空", False), ("藏", True)]
    assert [note.key for note in sheets[1].notes] == ["files.W130"]
    assert not sheets[0].notes


def test_xlsx_1904(tmp_path: Path) -> None:
    assert read_file(excel(tmp_path, date_1904=True))[0].rows[3][3] == DAY


def test_openpyxl_formulas_have_no_results(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active["B7"] = "=SUM(A1:A6)"
    workbook.save(tmp_path / "a.xlsx")
    sheet = read_file(tmp_path / "a.xlsx")[0]
    assert sheet.flaws == {(6, 1): Flaw("uncached_formula", "=SUM(A1:A6)")}
    assert len(sheet.rows) == 7
    assert len(sheet.rows[6]) == 2


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbook saved as xls and ods by LibreOffice, which the tests of this project need as the reports do."""
    folder = tmp_path_factory.mktemp("office")
    source = excel(folder)
    office = which("soffice") or which("libreoffice")
    assert office, "LibreOffice (calc) is needed"
    for kind in ("xls", "ods"):
        command = [office, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", kind, "--outdir"]
        subprocess.run([*command, str(folder), str(source)], check=True, capture_output=True, timeout=100)
    return folder


@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_other_workbooks(converted: Path, kind: str) -> None:
    sheets = read_file(converted / f"表.{kind}")
    check(sheets[0])
    assert [(sheet.name, sheet.hidden) for sheet in sheets][:3] == [("明细", False), ("空", False), ("藏", True)]
    assert sheets[1].notes


def test_mutated_workbooks_never_end_in_a_traceback(converted: Path, tmp_path: Path) -> None:
    draw = random.Random(7)
    for kind in ("xls", "ods", "xlsx"):
        honest = (converted / f"表.{kind}").read_bytes()
        for _ in range(60):
            data = bytearray(honest)
            for _ in range(draw.choice((1, 20, 300))):
                data[draw.randrange(len(data))] = draw.randrange(256)
            errors(write(tmp_path, f"坏.{kind}", bytes(data)))
        for length in range(9, len(honest), len(honest) // 12):
            errors(write(tmp_path, f"断.{kind}", honest[:length]))


def test_damaged_xml_never_ends_in_a_traceback(converted: Path, tmp_path: Path) -> None:
    draw = random.Random(11)
    for kind in ("ods", "xlsx"):
        with zipfile.ZipFile(converted / f"表.{kind}") as archive:
            parts = {name: archive.read(name) for name in archive.namelist() if "theme" not in name and "Thumb" not in name}
        for _ in range(80):
            broken = dict(parts)
            name = draw.choice([name for name in parts if name.endswith((".xml", ".rels"))])
            tags = broken[name].split(b"<")
            for _ in range(draw.randrange(1, 4)):
                place = draw.randrange(len(tags))
                tags[place : place + 1] = draw.choice([[], [tags[place]] * 2, [tags[place].replace(b"1", b"x")], [draw.choice(tags)]])
            broken[name] = b"<".join(tags)
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w") as archive:
                for part, data in broken.items():
                    archive.writestr(part, data)
            errors(write(tmp_path, f"坏.{kind}", buffer.getvalue()))


@pytest.mark.parametrize(
    "content",
    ["<table:table-row/>", '<table:table-row><table:table-cell office:value-type="float" office:value="x"/></table:table-row>'],
)
def test_ods_that_is_no_sheet(tmp_path: Path, content: str) -> None:
    assert errors(write(tmp_path, "a.ods", ods("", body=content))) == ["files.E121"]


def test_old_workbook_with_a_password() -> None:
    start = bytes.fromhex("0908 1000 0006 0500 bb0d cc07 00000000 06000000".replace(" ", ""))
    with pytest.raises(Refused) as caught:
        read_xls("a.xls", start + bytes.fromhex("2f000600 000001000200".replace(" ", "")) + bytes(64))
    assert caught.value.key == "files.E120"


def ods(rows: str, manifest: str = "<manifest/>", body: str = "") -> bytes:
    table = f'<table:table table:name="S">{rows}</table:table>'
    content = f"<office:document-content><office:spreadsheet>{body or table}</office:spreadsheet></office:document-content>"
    return in_zip(mimetype="application/vnd.oasis.opendocument.spreadsheet", **{"content.xml": content, "META-INF__manifest.xml": manifest})


def cell(repeat: int) -> str:
    return f'<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="{repeat}"/>'


def test_ods_repeats(tmp_path: Path) -> None:
    rows = (
        '<table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
        f"<table:table-row><table:table-cell/>{cell(2)}"
        '<table:table-cell table:formula="of:=[.A1]"/><table:table-cell table:number-columns-repeated="16380"/></table:table-row>'
        '<table:table-row table:number-rows-repeated="1048573"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    sheet = read(tmp_path, ods(rows))
    assert sheet.rows == [[None] * 4, [None] * 4, [None, 1.0, 1.0, None]]
    assert sheet.flaws == {(2, 3): Flaw("uncached_formula", "=[.A1]")}


@pytest.mark.parametrize(
    "rows",
    [
        f"<table:table-row>{cell(99999999999)}</table:table-row>",
        f'<table:table-row table:number-rows-repeated="1000000000">{cell(1)}</table:table-row>',
        '<table:table-row table:number-rows-repeated="1048575"/><table:table-row><table:table-cell table:number-columns-repeated="999"/>'
        f"{cell(1)}</table:table-row>",
    ],
)
def test_ods_bombs(tmp_path: Path, rows: str) -> None:
    assert errors(write(tmp_path, "a.ods", ods(rows))) == ["files.E123"]


def test_ods_password_and_entities(tmp_path: Path) -> None:
    assert errors(write(tmp_path, "a.ods", ods("", "<manifest:encryption-data/>"))) == ["files.E120"]
    data = in_zip(mimetype="application/vnd.oasis.opendocument.spreadsheet", **{"content.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'})
    assert errors(write(tmp_path, "b.ods", data)) == ["files.E124"]


def test_merged_areas_stay_within_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    merges = "<mergeCells>" + '<mergeCell ref="A1:XFD1048576"/>' * 9 + "</mergeCells>"
    data = book('<row r="1"><c r="A1"><v>1</v></c></row><row r="9"><c r="I9"><v>1</v></c></row>', after=merges)
    assert read(tmp_path, data).rows == [[1.0] * 9] * 9
    monkeypatch.setattr(cells, "MAX_CELLS", 500)
    assert errors(write(tmp_path, "a.xlsx", data)) == ["files.E123"]


def test_addresses() -> None:
    assert [cells.address(0, c) for c in (0, 25, 26, 701, 702, 16383)] == ["A1", "Z1", "AA1", "ZZ1", "AAA1", "XFD1"]


# CSV


def test_csv_keeps_text_and_lines(tmp_path: Path) -> None:
    sheet = read(tmp_path, 'id,说明,n\r\n001,"第一行\r\n第二行",\r\n\r\n002,"引""号",=1+1\r\n')
    assert sheet.rows == [["id", "说明", "n"], ["001", "第一行\r\n第二行", None], [None] * 3, ["002", '引"号', "=1+1"]]
    assert list(sheet.lines) == [1, 2, 4, 5]
    assert (sheet.place(3, 1).line, sheet.place(3, 1).column, sheet.name) == (5, 2, "")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_encodings(tmp_path: Path, encoding: str) -> None:
    sheet = read(tmp_path, "支部,次数\n𠮷祥社区,12\n".encode(encoding))
    assert sheet.rows == [["支部", "次数"], ["𠮷祥社区", "12"]]
    assert not sheet.notes


def test_csv_utf8_with_one_bad_byte_is_not_read_as_gb18030(tmp_path: Path) -> None:
    text = "支部,次数\n城东社区,12\n城西社区,11\n".encode()
    path = write(tmp_path, "a.csv", text[:-4] + b"\xff" + text[-4:])
    assert errors(path) == ["files.E140"]
    with pytest.raises(Exception, match=r"a\.csv:3: E140 .*UTF-8.*\(FF\)"):
        read_file(path)


def test_csv_big5(tmp_path: Path) -> None:
    data = "里別,次數\n碁南里,恒裏\n".encode("big5-hkscs") + "銹\n".encode("cp950")
    data += b"\xaa\xa1\n"  # a pair that GB18030 leaves to private use
    sheet = read(tmp_path, data)
    assert [note.key for note in sheet.notes] == ["files.W143"]
    assert sheet.notes[0].hint("zh").count("--encoding big5") == 1
    assert read(tmp_path, "里別,次數\n".encode("big5"), encoding="big5").rows == [["里別", "次數"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_delimiter(tmp_path: Path, delimiter: str) -> None:
    text = delimiter.join(["名称", "选项", "n"]) + "\n" + delimiter.join(['"甲,乙;丙"', '"1,2;3,4"', "5"]) + "\n"
    assert read(tmp_path, text).rows[1] == ["甲,乙;丙", "1,2;3,4", "5"]


def test_csv_separator_line_and_single_column(tmp_path: Path) -> None:
    assert read(tmp_path, "sep=;\na;b,c\n").rows == [[None, None], ["a", "b,c"]]
    assert read(tmp_path, "名称\n甲\n").rows == [["名称"], ["甲"]]
    assert [note.key for note in read(tmp_path, ",,\n,,\n").notes] == ["files.W131"]


ANY = st.characters(exclude_characters="\0\r\n", exclude_categories=["Cs"])


@settings(deadline=None)
@given(st.lists(st.lists(st.text(ANY, max_size=5), min_size=2, max_size=2), min_size=1))
def test_csv_round_trip(rows: list[list[str]]) -> None:
    text = "".join(",".join('"' + value.replace('"', '""') + '"' for value in row) + "\n" for row in rows)
    assert read_csv("a.csv", text).rows == [[value or None for value in row] for row in rows]


# JSON Lines and Parquet


def test_json_lines(tmp_path: Path) -> None:
    sheet = read(tmp_path, '{"id": "001", "n": 12}\n\n{"n": 0.5, "ok": true, "id": ""}\n{"n": 1.1010119900101123e17}\n', "a.csv")
    assert sheet.rows[:3] == [["id", "n", "ok"], ["001", 12, None], [None, 0.5, True]]
    assert [sheet.place(row, 0).line for row in (1, 2, 3)] == [1, 3, 4]
    assert sheet.flaws == {(3, 1): Flaw("rounded_code", "110101199001011232")}
    assert type(sheet.rows[1][1]) is int


def test_json_lines_report_every_bad_line(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jsonl", b'{"a": 1}\n{"a" 1}\n{"a": {}}\n{"a": Infinity}\n7\n')
    assert errors(path) == ["files.E150", "files.E152", "files.E154", "files.E151"]
    with pytest.raises(Exception, match=r"a\.jsonl:2:6: E150"):
        read_file(path)
    deep = json.dumps("x") + ": " + "[" * 100_000
    assert errors(write(tmp_path, "b.jsonl", ("{" + deep).encode())) == ["files.E150"]


def test_parquet(tmp_path: Path) -> None:
    moment = datetime.datetime.fromisoformat("2023-04-13T09:30")
    columns = {"编码": ["001", ""], "n": [1, None], "x": [0.5, float("nan")], "d": [DAY, None]}
    columns["t"] = pa.array([moment, None], pa.timestamp("ns"))
    sheet = read(tmp_path, parquet(pa.table(columns)))
    assert sheet.rows == [["编码", "n", "x", "d", "t"], ["001", 1, 0.5, DAY, moment], [None] * 5]
    assert sheet.place(2, 0).line == 2
    assert errors(write(tmp_path, "b.parquet", parquet(pa.table(columns))[:-20])) == ["files.E121"]


def test_hostile_workbook_in_a_small_process(tmp_path: Path) -> None:
    """The whole path under an address limit, as the reader alone would end the process with no message."""
    cells_far_apart = '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1048576"><f>A1</f></c></row>'
    path = write(tmp_path, "a.xlsx", book(cells_far_apart))
    code = f"from evidence_workbooks import errors; from pathlib import Path; print(errors(Path({str(path)!r})))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": ":".join(sys.path)}, timeout=60)
    assert run.stdout.strip() == "['files.E123']", run.stderr
