"""Workbooks made part by part, so that a test can break any of them."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

from evaluator.diagnostics import Failure, render
from evaluator.evidence.files import read_file

__all__ = ["NS", "book", "errors", "write"]

NS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def book(
    cells: str = "",
    *,
    sheets: Sequence[tuple[str, str]] = (),
    after: str = "",
    workbook: str = "",
    replace: dict[str, str] | None = None,
    leave_out: str = "",
) -> bytes:
    """Return the bytes of an xlsx workbook: one sheet S with the given rows, or ``sheets`` by name with their whole XML.

    Styles: 0 general, 1 percent (format 9), 2 ``0.0%``, 3 ``0"%"``, 4 date.
    """
    sheets = sheets or [("S", f'<worksheet xmlns="{NS}"><sheetData>{cells}</sheetData>{after}</worksheet>')]
    numbers = range(1, len(sheets) + 1)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{NS}" xmlns:r="{_OFFICE}">{workbook}<sheets>'
        + "".join(f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, (name, _) in zip(numbers, sheets, strict=True))
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        + "".join(f'<Relationship Id="r{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers)
        + f'<Relationship Id="s" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{NS}"><numFmts count="2"><numFmt numFmtId="164" formatCode="0.0%"/>'
        '<numFmt numFmtId="165" formatCode="0&quot;%&quot;"/></numFmts><cellXfs count="5"><xf numFmtId="0"/><xf numFmtId="9"/>'
        '<xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="14"/></cellXfs></styleSheet>',
    } | {f"xl/worksheets/sheet{n}.xml": xml for n, (_, xml) in zip(numbers, sheets, strict=True)}
    parts |= replace or {}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            if name != leave_out:
                archive.writestr(name, text)
    return buffer.getvalue()


def write(folder: Path, name: str, data: bytes) -> Path:
    """Put ``data`` into a file of the folder and return its path."""
    path = folder / name
    path.write_bytes(data)
    return path


def errors(path: Path, encoding: str | None = None) -> list[str]:
    """Return the keys of what is wrong with the file, having said each in both languages; empty when it can be read."""
    try:
        read_file(path, encoding=encoding)
    except Failure as failure:
        for finding in failure.findings:
            assert finding.place.file == str(path)
            assert render(finding, lang="zh")
            assert render(finding, lang="en")
            assert finding.hint("zh")
            assert finding.hint("en")
        return [finding.key for finding in failure.findings]
    return []
