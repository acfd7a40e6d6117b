"""How long advice for all branches of a county takes, as a ratio to reading its run folder alone.

Usage: python benchmarks/advise.py [BRANCHES]   (35 by default, 600 for a county)
"""

import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from afternoon import PACKS, county

from evaluator.assess import Wanted, assess
from evaluator.reports.advice_table import write_advice
from evaluator.scoring.folder import new_folder, read_run, write_run
from evaluator.scoring.period import parse_period


def main(branches: int) -> None:
    with tempfile.TemporaryDirectory() as home:
        book, folder = Path(home) / "county.xlsx", Path(home) / "run"
        county(book, branches)
        made = assess(Wanted((book,), PACKS, parse_period("2023", date(2023, 12, 31)), second_count=0))
        with new_folder(folder) as where:
            write_run(made.run, where, made.pack_texts)
        began = time.perf_counter()
        read_run(folder)
        baseline = time.perf_counter() - began
        print(f"{branches} branches; reading the run alone: {baseline:.2f} s (the baseline)")
        for name, internal in (("stars", False), ("soft and lax", True)):
            began = time.perf_counter()
            counts = write_advice(folder, Path(home) / "advice.xlsx", (), internal=internal)
            spent = time.perf_counter() - began
            print(f"  {name:<14}{spent:7.2f} s  {spent / baseline:6.1f} x  {counts.rows} rows")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 35)
