"""The wheel leaves nothing behind: every package and every folder of data is named in pyproject.toml."""

import tomllib
from pathlib import Path

import pytest

from evaluator import data_dir

ROOT = Path(__file__).resolve().parent.parent
SETUPTOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]


def test_every_package_is_listed() -> None:
    found = {".".join(p.parent.relative_to(ROOT).parts) for p in (ROOT / "evaluator").rglob("__init__.py")}
    assert found == set(SETUPTOOLS["packages"]) - set(SETUPTOOLS["package-dir"])


def test_every_data_file_beside_the_code_is_carried() -> None:
    carried = {
        path
        for package, patterns in SETUPTOOLS["package-data"].items()
        for pattern in patterns
        for path in (ROOT / SETUPTOOLS["package-dir"].get(package, package.replace(".", "/"))).glob(pattern)
    }
    beside = {p for p in (ROOT / "evaluator").rglob("*") if p.is_file() and p.suffix not in {".py", ".pyc"}}
    assert beside <= carried


@pytest.mark.parametrize("kind", ["examples", "rules", "templates"])
def test_data_is_found_in_a_checkout(kind: str) -> None:
    assert data_dir(kind) == ROOT / kind
    assert any(p.is_file() for p in data_dir(kind).rglob("*"))


def test_data_of_no_kind_is_said_to_be_missing() -> None:
    with pytest.raises(FileNotFoundError):
        data_dir("nothing")
