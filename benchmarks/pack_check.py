"""How long `pack check` takes: all installed packs, and a made pack of 200 criteria, beside what only loading them takes.

Usage: python benchmarks/pack_check.py [CRITERIA]
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from evaluator.authoring.proofs.prove import prove, sound
from evaluator.packs.load import find_packs, read_packs

GROUPS = 5
COMMON = {"deadline": "soon", "owner": "支部", "fixable_by": "branch", "measure": "按期办理", "basis": ["doc"]}


def criterion(number: int) -> dict[str, Any]:
    """Return a criterion with an award, bands over a ratio, a count and a deduction, as shipped packs have them."""
    done, due, late = f"done_{number}", f"due_{number}", f"late_{number}"
    bands = [{"when": f"rate_{number} >= {line}%", "award": award} for line, award in ((95, 4), (80, 2), (60, 1))]
    return COMMON | {
        "id": f"C-{number}",
        "text": f"第{number}条",
        "points": 10,
        "applies_when": f"{due} > 0",
        "parts": [
            {"award": 3, "when": f"{late} <= 2 AND {done} >= 1 OR max({done}, {late}) >= 10"},
            {"bands": bands},
            {"count_down": {"full": 3, "less": 1, "per": f"months - {done}"}},
        ],
        "deduct": [{"points": 1, "per": late, "every": 5}],
        "zero_when": f"{late} > 50",
        "numbers": dict.fromkeys(("0", "1", "2", "3", "4", "5", "10", "50", "60%", "80%", "95%", "months"), "default"),
    }


def pack_of(count: int) -> dict[str, Any]:
    """Return a pack of so many criteria as data."""
    numbers = range(count)
    field = {"type": "integer", "range": [0, 1000]}
    return {
        "pack": "large",
        "version": "1",
        "status": "reference",
        "title": "大包",
        "effective": {"from": "2023"},
        "stars": True,
        "sources": {"doc": {"title": "文件"}},
        "indicators": {f"{name}_{n}": {"label": f"{name}{n}"} | field for n in numbers for name in ("done", "due", "late")},
        "derived": {
            f"rate_{n}": {"label": f"率{n}", "type": "percent", "formula": f"done_{n} / due_{n}", "when_zero": "zero"} for n in numbers
        },
        "groups": [
            {"id": f"G{g}", "title": "星", "earned_when": "score >= 80", "criteria": [criterion(n) for n in numbers[g::GROUPS]]}
            for g in range(GROUPS)
        ],
        "rating": [*({"level": n, "label": f"{n}星", "when": f"stars = {n}"} for n in range(GROUPS, 0, -1)), {"level": 0, "label": "无"}],
        "deadlines": {"soon": {"label": "三十天", "days": 30}},
    }


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()  # one thread, nothing waits: the time of the processor, whatever else runs beside it
    found = work()
    return time.process_time() - start, found


def measure(name: str, packs: Sequence[str]) -> None:
    """Print what loading the packs takes, what loading and proving takes, and the ratio."""
    loading, (loaded, findings) = timed(lambda: read_packs(packs))
    proving, proofs = timed(lambda: prove(sound(loaded, findings)))
    whole = loading + proving
    print(f"{name}: loading {loading:.2f} s, checking {whole:.2f} s ({whole / loading:.1f} times), {proofs.asked} questions, ", end="")
    print(f"{len(proofs.open)} undecided, {len(proofs.findings)} findings")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    installed = list(find_packs())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.yaml"
        text = json.dumps(pack_of(count), ensure_ascii=False, indent=1).replace('"from": "2023"', '"from": 2023-01-01')
        path.write_text(text, encoding="utf-8")
        measure(f"{count} criteria", [str(path)])
    measure(f"{len(installed)} packs", installed)


if __name__ == "__main__":
    main()
