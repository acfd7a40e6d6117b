"""A pack that says everything a pack can say, workbooks as authors spoil them, and LibreOffice."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from evaluator.authoring.workbook.importing import pack_of
from evaluator.authoring.workbook.writing import workbook_bytes
from evaluator.evidence.files import read_file
from evaluator.packs.models import Pack
from evaluator.packs.shape import shape
from evaluator.packs.source import parse_yaml

__all__ = ["EVERYTHING", "again", "book_of", "digest", "pack_from", "save_by_office", "spoil"]

EVERYTHING = Path(__file__).parent.parent / "bad" / "packbooks" / "everything.yaml"


@cache
def pack_from(path: Path = EVERYTHING) -> Pack:
    """Return the pack of a file, its shape checked and not its sense."""
    source = parse_yaml(path.read_text(encoding="utf-8"), path.name)
    assert source.data is not None
    pack, findings = shape(source.data, source.spans)
    assert pack is not None, findings
    return pack


def data_of(pack: Pack) -> dict[str, Any]:
    return pack.model_dump(by_alias=True, exclude_unset=True)


def digest(pack: Pack) -> str:
    """Return the SHA-256 of what a pack says, the order of its mappings included; 8.0 and 8 are one number."""
    data = _canonical(pack.model_dump(by_alias=True))
    if data["total"]:
        data["total"]["weights"] = sorted(data["total"]["weights"].items())  # a workbook has them beside the groups
    return hashlib.sha256(json.dumps(data, ensure_ascii=False).encode()).hexdigest()


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _canonical(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [_canonical(one) for one in value]
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value if isinstance(value, bool | int | None) else str(value)


def book_of(pack: Pack, path: Path) -> Path:
    """Write the workbook of a pack."""
    path.write_bytes(workbook_bytes(data_of(pack), pack.title.zh))
    return path


def again(path: Path) -> Pack:
    """Return the pack that a workbook says."""
    return pack_of(read_file(path), str(path)).pack


def spoil(path: Path, change: Callable[[Any], None]) -> Path:
    """Change a workbook as an author would, with another program than ours."""
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)
    return path


def save_by_office(files: Iterable[Path], folder: Path) -> Path:
    """Return the folder with the files as LibreOffice saves them again."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed, so the workbooks were not saved by it")
    saved = folder / "saved"
    home = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [office, home, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(saved), *map(str, files)]
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    return saved
