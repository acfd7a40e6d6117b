"""The workbook to fill in: what it asks, and that it reads back, also after LibreOffice saved it."""

import shutil
import subprocess
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from evaluator.assess import Wanted, indicators_of, read_evidence
from evaluator.diagnostics import Failure
from evaluator.evidence.records import Evidence
from evaluator.evidence.register import Branch
from evaluator.evidence.template import fill_template, make_template
from evaluator.messages import set_language
from evaluator.packs.load import load_packs
from evaluator.scoring.compile import compile_plan
from evaluator.scoring.period import Period

PACKS = ("five-star-urban", "soft-and-lax")
BRANCHES = [Branch(f"B{n}", f"社区{n}", n, ("云山市", "河东区", "东街", f"社区{n}"), {"area_type": "社区"}) for n in (1, 2)]
PERIOD = Period(date(2023, 1, 1), date(2023, 12, 31), date(2023, 12, 31))


def values() -> dict[str, object]:
    """Return one good value for every field of both packs."""
    good = {"boolean": "是", "date": date(2023, 4, 13), "text": "文〔2023〕1号", "percent": "85%", "integer": 1, "decimal": 1.5}
    found = {}
    for id_, indicator in indicators_of(load_packs(PACKS)).items():
        if not indicator.attribute:
            found[id_] = (
                "、".join(indicator.options[:2])
                if indicator.type == "choices"
                else indicator.options[0]
                if indicator.options
                else good[indicator.type]
            )
    return found


def read(path: Path) -> Evidence:
    loaded = load_packs(PACKS)
    return read_evidence(Wanted((path,), PACKS, PERIOD), loaded, compile_plan([one.pack for one in loaded], PERIOD))


@pytest.mark.parametrize("by", ["holder", "star"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_field_is_asked_once_and_reads_back(tmp_path: Path, by: str, lang: str) -> None:
    set_language(lang)  # type: ignore[arg-type]
    try:
        known = values()
        cells = {("B1", id_): value for id_, value in known.items()}
        counts = fill_template(PACKS, tmp_path / "a.xlsx", BRANCHES, cells, by="star" if by == "star" else "holder")
        evidence = read(tmp_path / "a.xlsx")
    finally:
        set_language("zh")
    assert sum(counts.values()) == len(known)
    assert not evidence.bad
    assert not evidence.warnings
    assert {record.indicator for record in evidence.records} == set(known)
    assert {record.branch for record in evidence.records} == {"B1"}
    assert [(branch.name, branch.township) for branch in evidence.register.branches] == [("社区1", "东街"), ("社区2", "东街")]


def test_saved_by_libreoffice_it_reads_back_without_a_warning(tmp_path: Path) -> None:
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice is not installed, so the workbook was not saved by it")
    known = values()
    cells = {(branch.id, id_): value for branch in BRANCHES for id_, value in known.items()}
    fill_template(PACKS, tmp_path / "a.xlsx", BRANCHES, cells, {("B1", "theme_day_months"): "缺7月"})
    home = f"-env:UserInstallation=file://{tmp_path}/office"
    command = [
        "soffice",
        home,
        "--headless",
        "--convert-to",
        "xlsx:Calc MS Excel 2007 XML",
        "--outdir",
        str(tmp_path / "saved"),
        str(tmp_path / "a.xlsx"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    first, second = read(tmp_path / "a.xlsx"), read(tmp_path / "saved" / "a.xlsx")
    assert not second.bad
    assert not second.warnings
    told = [[(r.branch, r.indicator, r.value, r.note) for r in evidence.records] for evidence in (first, second)]
    assert told[0] == told[1]
    assert len(told[0]) == 2 * len(known)


def test_headers_carry_notes_lists_and_frozen_panes(tmp_path: Path) -> None:
    make_template(PACKS, tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book["_starbranch"].sheet_state == "hidden"
    assert [cell.value for cell in book["_starbranch"]["A"]] == ["pack", *PACKS]
    sheet = book["支部"]
    assert sheet.freeze_panes == "C2"
    assert all(cell.comment for cell in sheet[1][2:-1])
    kinds = {rule.type for rule in sheet.data_validations.dataValidation}
    assert {"list", "whole"} <= kinds
    assert "证" in str(sheet["C1"].comment.text)


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "no").write_text("a file", encoding="utf-8")
    with pytest.raises(Failure) as caught:
        make_template(PACKS, tmp_path / "no" / "a.xlsx")
    assert [finding.code for finding in caught.value.findings] == ["E210"]


def test_folders_are_made_and_a_file_is_written_over_only_when_somebody_says_so(tmp_path: Path) -> None:
    out = tmp_path / "new" / "a.xlsx"
    make_template(PACKS, out)
    first = out.read_bytes()
    out.write_bytes(b"filled in")
    with pytest.raises(Failure) as caught:
        make_template(PACKS, out)
    assert [finding.code for finding in caught.value.findings] == ["E214"]
    assert out.read_bytes() == b"filled in"
    make_template(PACKS, out, force=True)
    assert out.read_bytes() == first
    assert [path.name for path in out.parent.iterdir()] == ["a.xlsx"]
