"""The guard in front of the workbook reader: what it refuses, what it restores, and that its two scans agree."""

import io
import time
import zipfile
from pathlib import Path

import pytest
from evidence_workbooks import NS, book, errors, write
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.evidence import prescan
from evaluator.evidence.files import Flaw, read_file


def refused(tmp_path: Path, data: bytes) -> list[str]:
    return errors(write(tmp_path, "表.xlsx", data))


def test_two_cells_far_apart_are_refused_at_once(tmp_path: Path) -> None:
    bomb = book('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    assert len(bomb) < 6000
    started = time.perf_counter()
    assert refused(tmp_path, bomb) == ["files.E123"]
    assert time.perf_counter() - started < 0.5


@pytest.mark.parametrize(
    "cells",
    [
        '<x:row r="1"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>',
        '<row r="1"><c\nr="XFD1048576"><v>1</v></c></row>',
        "<row r='1'><c r='XFD1048576'><v>1</v></c></row>",
        '<row r="1"><c s="0" r="XFD1048576"><v>1</v></c></row>',
        '<row r="1"><c t=">" r="XFD1048576"><v>1</v></c></row>',
        '<row r="1048576"><c r="XFC1048576"><v>1</v></c><c><v>1</v></c></row>',
        '<!-- --><row r="1"><c r="XFD&#49;048576"><v>1</v></c></row>',
        '<row r="1"><x:c\tr="XFD1048576"><x:v>1</x:v></x:c></row>',
    ],
)
def test_no_spelling_of_a_far_cell_gets_past(tmp_path: Path, cells: str) -> None:
    root = f'<worksheet xmlns="{NS}" xmlns:x="{NS}"><sheetData>{cells}</sheetData></worksheet>'
    assert refused(tmp_path, book(sheets=[("S", root)])) == ["files.E123"]


def test_sheets_together_are_held_to_the_limit(tmp_path: Path) -> None:
    far = f'<worksheet xmlns="{NS}"><sheetData><row r="1"><c r="A1"><v>1</v></c><c r="T1000000"><v>1</v></c></row></sheetData></worksheet>'
    assert refused(tmp_path, book(sheets=[("一", far), ("二", far)])) == ["files.E123"]


def test_styled_blanks_far_away_are_harmless(tmp_path: Path) -> None:
    data = book('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576" s="1"/></row>')
    assert read_file(write(tmp_path, "a.xlsx", data))[0].rows == [[1.0]]


def test_zip_bomb(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/worksheets/sheet1.xml", "w") as member:
        for _ in range(prescan.MAX_UNPACKED // 2**24 + 1):
            member.write(bytes(2**24))
    started = time.perf_counter()
    assert refused(tmp_path, buffer.getvalue()) == ["files.E122"]
    assert time.perf_counter() - started < 0.5


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"])
def test_entity_bomb(tmp_path: Path, part: str) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
    assert refused(tmp_path, book("", replace={part: bomb})) == ["files.E124"]


def test_member_that_lies_about_its_size(tmp_path: Path) -> None:
    data = bytearray(book("<row r='1'/>" * 1000))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    honest = size.to_bytes(4, "little")
    assert honest in data
    assert refused(tmp_path, bytes(data).replace(honest, (10).to_bytes(4, "little"))) == ["files.E121"]


def test_missing_part(tmp_path: Path) -> None:
    assert refused(tmp_path, book("", leave_out="xl/worksheets/sheet1.xml")) == ["files.E125"]


def test_flaws_and_percents(tmp_path: Path) -> None:
    data = book(
        '<row r="1"><c r="A1" t="e"><v>#N/A</v></c><c r="B1"><f>B2+C2</f></c><c r="C1" s="1"><v>0.85</v></c>'
        '<c r="D1" s="2"><v>0.5</v></c></row>'
        '<row r="2"><c r="A2" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="B2"><f>IF(A1&lt;3,1)</f><v></v></c><c r="C2" s="3"><v>1</v></c>'
        '<c r="D2"><v>1.23456789012346E+17</v></c></row>'
        '<row r="4"><c r="B4" t="str"><f>""</f><v></v></c><c r="C4"><f>1+1</f><v>2</v></c><c r="F4"><f t="shared" si="0"/></c></row>'
    )
    sheet = read_file(write(tmp_path, "a.xlsx", data))[0]
    assert sheet.flaws == {
        (0, 0): Flaw("error_value", "#N/A"),
        (1, 0): Flaw("error_value", "#DIV/0!"),
        (0, 1): Flaw("uncached_formula", "=B2+C2"),
        (1, 1): Flaw("uncached_formula", "=IF(A1<3,1)"),
        (3, 5): Flaw("uncached_formula", "="),
        (1, 3): Flaw("rounded_code", "123456789012346000"),
    }
    # Style 3 is the format 0"%", which prints a sign and makes no percentage.
    assert sheet.percents == {(0, 2), (0, 3)}
    assert len(sheet.rows) == 4
    assert {len(row) for row in sheet.rows} == {6}
    assert sheet.rows[3][2] == 2.0
    assert sheet.rows[2] == [None] * 6
    assert sheet.place(3, 5).cell == "F4"
    assert sheet.place(3, 5).sheet == "S"


CELLS = st.sampled_from(
    [
        '<c r="{}"><v>1</v></c>',
        '<c r="{}" s="1"><v>0.5</v></c>',
        '<c r="{}" t="e"><v>#REF!</v></c>',
        '<c r="{}" s="2" t="e"><f>A1</f><v>#N/A</v></c>',
        '<c r="{}"><f>A1&amp;"x"</f></c>',
        '<c r="{}" t="str"><f>A1</f><v></v></c>',
        '<c r="{}" s="1"><f>A1</f><v/></c>',
        '<c r="{}" t="inlineStr"><is><t>甲</t></is></c>',
    ]
)


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.tuples(st.integers(1, 9), st.sampled_from("ABCDZ")), CELLS, min_size=1))
def test_the_two_scans_agree(cells: dict[tuple[int, str], str]) -> None:
    rows: dict[int, str] = {}
    for (row, column), form in sorted(cells.items()):
        rows[row] = rows.get(row, "") + form.format(f"{column}{row}")
    xml = "".join(f'<row r="{row}">{text}</row>' for row, text in rows.items())
    archive = prescan.open_zip(book(xml))
    part = "xl/worksheets/sheet1.xml"
    fast = prescan._scan_fast(archive, part, {1, 2}, 0)
    exact = prescan._scan_exact(archive, part, {1, 2}, 0)
    assert fast is not None
    assert (fast.rows, fast.columns, fast.flaws) == (exact.rows, exact.columns, exact.flaws)
    # Errors and missing results have no value that a percent format could change.
    assert fast.percents - set(fast.flaws) == exact.percents - set(exact.flaws)


def test_blocks_never_cut_a_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    archive = prescan.open_zip(book("".join(f'<row r="{r}"><c r="B{r}" t="e"><v>#N/A</v></c></row>' for r in range(1, 200))))
    for size in (64, 501):
        monkeypatch.setattr(prescan, "_BLOCK", size)
        scan = prescan._scan_fast(archive, "xl/worksheets/sheet1.xml", set(), 0)
        assert scan is not None
        assert len(scan.flaws) == 199
        assert (scan.rows, scan.columns) == (199, 2)
