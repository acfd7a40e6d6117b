"""Rooms import only rooms to their left; the engines share nothing but the plan and its tables; modules stay short."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("packs", "evidence", "scoring", "ledger", "reports", "authoring")
COMMON = {"messages", "diagnostics", "bilingual", "masking", "filenames", "memory"}
MODULES = sorted((ROOT / "evaluator").rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Return the modules of the project that a module imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("evaluator"):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.startswith("evaluator")}
    return {name.removeprefix("evaluator.") for name in found}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_rooms_to_its_left(path: Path) -> None:
    room = path.relative_to(ROOT / "evaluator").parts[0]
    if room not in ROOMS:
        return
    allowed = set(ROOMS[: ROOMS.index(room) + 1]) | COMMON
    for name in imports(path):
        top = name.split(".")[0]
        if room in ("reports", "authoring") and top == "assess":  # publishing and comparing run the whole assessment
            continue
        assert top in allowed or top in ("data_dir", "__version__"), f"{path.name} imports {name}"


def test_the_engines_share_only_the_plan_and_its_tables() -> None:
    scoring = ROOT / "evaluator" / "scoring"
    forward = {*scoring.glob("forward*.py"), scoring / "rulesets.py"}
    columnar = {scoring / "columnar.py", *scoring.glob("sql_*.py")}
    for own in (forward, columnar):
        stems = {path.stem for path in own}
        for path in own:
            outside = {name.split(".")[1] for name in imports(path) if name.startswith("scoring.")} - stems
            assert outside <= {"plan", "tables"}, f"{path.name} imports {outside}"


@pytest.mark.parametrize("path", [*MODULES, ROOT / "cli.py"], ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_stay_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
