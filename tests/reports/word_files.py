"""Read Word files back, and show them as people see them."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import docx
import pytest
from docx.table import Table

__all__ = ["page_counts", "text_of"]


def text_of(path: Path) -> str:
    """Return the text of a document and its footer, a line for each paragraph and each row."""
    doc = docx.Document(str(path))
    return "\n".join([*_lines(doc), *(paragraph.text for section in doc.sections for paragraph in section.footer.paragraphs)]) + "\n"


def _lines(doc: docx.document.Document) -> Iterator[str]:
    for block in doc.iter_inner_content():
        if isinstance(block, Table):
            yield from (" | ".join(cell.text.replace("\n", " / ") for cell in row.cells) for row in block.rows)
        else:
            yield block.text


def page_counts(files: Sequence[Path], folder: Path) -> dict[str, int]:
    """Return how many pages each document takes, by stem."""
    if not (shutil.which("soffice") and shutil.which("pdfinfo")):
        pytest.skip("LibreOffice Writer and poppler-utils are needed to count pages")
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    pdfs = folder / "pdf"
    convert = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(pdfs), *map(str, files)]
    subprocess.run(convert, check=True, capture_output=True, timeout=180)
    counts = {}
    for pdf in sorted(pdfs.glob("*.pdf")):
        told = subprocess.run(["pdfinfo", str(pdf)], check=True, capture_output=True, text=True).stdout
        counts[pdf.stem] = int(next(line.split()[1] for line in told.splitlines() if line.startswith("Pages")))
    return counts
