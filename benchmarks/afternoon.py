"""How long a whole run takes, stage by stage, as a ratio to reading the same workbook alone.

Usage: python benchmarks/afternoon.py [BRANCHES]   (35 by default, 600 for a county)
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from itertools import pairwise
from pathlib import Path

from evaluator import data_dir
from evaluator.assess import Wanted
from evaluator.evidence.files import read_file
from evaluator.evidence.register import Branch
from evaluator.evidence.template import fill_template
from evaluator.reports import publish
from evaluator.scoring.period import parse_period

PACKS = ("five-star-urban", "soft-and-lax")


def county(path: Path, branches: int) -> None:
    """Write a workbook of so many branches in 28 townships: the example's communities again and again."""
    sys.path.insert(0, str(data_dir("examples")))
    from make_communities import branches as example
    from make_communities import cells

    known, notes = cells(example())
    rows = example()
    register = []
    told: dict[tuple[str, str], object] = {}
    facts: dict[tuple[str, str], str] = {}
    for number in range(branches):
        origin = rows[number % len(rows)]
        id_ = f"C{number:05d}"
        path_ = ("云山市", "河东区", f"第{number % 28 + 1}街道", f"{origin.name}{number}")
        register.append(Branch(id_, f"{origin.name}{number}", number + 1, path_, {"area_type": "社区"}))
        told |= {(id_, indicator): value for (branch, indicator), value in known.items() if branch == origin.id}
        facts |= {(id_, indicator): value for (branch, indicator), value in notes.items() if branch == origin.id}
    fill_template(PACKS, path, register, told, facts)


def main(branches: int) -> None:
    with tempfile.TemporaryDirectory() as home:
        book = Path(home) / "county.xlsx"
        county(book, branches)
        began = time.perf_counter()
        read_file(book)
        baseline = time.perf_counter() - began
        stages: list[tuple[str, float]] = []

        @contextmanager
        def timed() -> Iterator[publish.Step]:
            yield lambda name: stages.append((name, time.perf_counter()))

        publish._steps = timed
        wanted = Wanted((book,), PACKS, parse_period("2023", date(2023, 12, 31)))
        publish.score_and_publish(wanted, Path(home) / "out", formats=publish.FORMATS, notices=())
        stages.append(("", time.perf_counter()))
        print(f"\n{branches} branches; reading the workbook alone: {baseline:.2f} s (the baseline)")
        for (name, start), (_, end) in pairwise(stages):
            print(f"  {name:<10} {end - start:7.2f} s  {(end - start) / baseline:6.1f} x")
        whole = stages[-1][1] - stages[0][1]
        print(f"  {'whole run':<10} {whole:7.2f} s  {whole / baseline:6.1f} x")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 35)
