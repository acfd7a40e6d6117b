"""The same packs give the same bytes, in whatever order Python's sets happen to give their names."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
BASE = ROOT / "tests" / "bad" / "overlays" / "base.yaml"
SEEDS = ("1", "2", "3")


def printed(seed: str, *commands: list[str]) -> bytes:
    """Return what commands print, run behind each other in one process with this seed of hashes."""
    code = f"import cli\nfor words in {commands!r}:\n    cli.main(words, standalone_mode=False)"
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "COLUMNS": "80"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, check=True)
    return done.stdout + done.stderr


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    """Return two packs of which every criterion, derived value and level differs, and reads several names."""
    text = BASE.read_text(encoding="utf-8")
    text = text.replace("done_rate >= 90%, award: 6", "done_rate >= 90% AND meetings >= 3 OR fraud, award: 6")
    more = "".join(f"  rate_{n}: {{label: 率{n}, type: percent, formula: held / (due_count + {n}), when_zero: na}}\n" for n in range(1, 5))
    text = text.replace("derived:\n", f"derived:\n{more}")
    text = text.replace("    when: fraud\n", f"    when: {' OR '.join(f'rate_{n} >= 99%' for n in range(1, 5))}\n")
    other = text.replace("held / due_count", "held / (due_count + 1)").replace(">= 90%", ">= 91%").replace("less: 1", "less: 2")
    paths = tmp_path / "a.yaml", tmp_path / "b.yaml"
    for path, one in zip(paths, (text, other), strict=True):
        path.write_text(one, encoding="utf-8")
    return str(paths[0]), str(paths[1])


def test_a_comparison_is_the_same_with_any_seed(pair: tuple[str, str]) -> None:
    found = {printed(seed, ["pack", "diff", *pair], ["pack", "diff", *pair, "--json"]) for seed in SEEDS}
    assert len(found) == 1
    assert "临界取值".encode() in found.pop()


def test_a_handbook_a_quiz_proofs_and_burden_are_the_same_with_any_seed(pair: tuple[str, str], tmp_path: Path) -> None:
    made = []
    for seed in SEEDS:
        book = tmp_path / f"{seed}.html"
        told = printed(
            seed,
            ["pack", "handbook", pair[0], "-o", str(book)],
            ["pack", "quiz", pair[0], "-n", "60", "--at-most", "-o", "-"],
            ["pack", "check", pair[0], "--all"],
            ["pack", "burden", pair[0], "--json"],
        )
        made.append((book.read_bytes(), told.replace(str(book).encode(), b"")))
    assert made[1:] == made[:-1]
