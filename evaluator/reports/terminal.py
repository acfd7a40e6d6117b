"""What the commands print: trees of reasons, evidence findings. Tables fit 80 columns, Chinese text included."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text
from rich.tree import Tree

from evaluator.bilingual import show_findings
from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.messages import language, say
from evaluator.reports.console import console, nearest
from evaluator.reports.standings import with_standings
from evaluator.scoring.explain import Line, Reading, explain_branch, explain_item
from evaluator.scoring.folder import read_run

if TYPE_CHECKING:
    from evaluator.assess import Wanted

__all__ = ["explanation", "holder_name", "print_evidence", "print_tree"]

# --- explain ------------------------------------------------------------------


def explanation(folder: Path, branch: str, item: str | None) -> Sequence[Line]:
    """Return the reasons of a branch (by id, name or order number), or of one item of it.

    Raises:
        Failure: no such run, branch or item.
    """
    run = read_run(folder)
    found = [one for one in run.register.branches if branch in (one.id, one.name, str(one.order))]
    place = Place(str(folder))
    if len(found) != 1:
        near = nearest(branch, [name for one in run.register.branches for name in (one.id, one.name)])
        raise Failure([Diagnostic("scoring.E721" if found else "scoring.E720", place, {"branch": branch, "near": near})])
    if item is None:
        return with_standings(explain_branch(run, found[0].id, language()), run, found[0].id, language())
    if not any(row.visited for row in run.branches if row.branch_id == found[0].id):
        return explain_branch(run, found[0].id, language())
    line = explain_item(run, found[0].id, item, language())
    if line is None:
        ids = [row.criterion for row in run.criteria if row.branch_id == found[0].id] + [row.id for row in run.findings]
        raise Failure([Diagnostic("scoring.E722", place, {"branch": found[0].name, "item": item, "near": nearest(item, ids)})])
    return [line]


def print_tree(lines: Iterable[Line]) -> None:
    """Print reasons as a tree."""
    out = console()
    for line in lines:
        tree = Tree(_headline(line), guide_style="dim")
        _grow(tree, line)
        out.print(tree)


def _grow(tree: Tree, line: Line) -> None:
    for reading in line.readings:
        tree.add(_reading(reading))
    for below in line.lines:
        _grow(tree.add(_headline(below)), below)


def _headline(line: Line) -> Text:
    text = Text()
    if line.id:
        text.append(f"{line.id} ", style="bold")
    text.append(f"{line.text}  " if line.text else "")
    text.append(line.verdict, style={"✓": "green", "✗": "red", "?": "yellow", "★": "yellow"}.get(line.verdict[:1], "cyan"))
    return text


def _reading(reading: Reading) -> Text:
    text = Text("· ", style="dim")
    text.append(f"{reading.label} = ")
    text.append(reading.text, style="" if reading.known else "yellow")
    if reading.place:
        text.append(f"  [{reading.place}]", style="dim")
    if reading.note:
        text.append(f"  {reading.note}")
    return text


# --- evidence -----------------------------------------------------------------


def print_evidence(wanted: "Wanted") -> int:
    """Check evidence without scoring; print findings and what was read. Returns 1 when cells are bad, else 0."""
    from evaluator.assess import indicators_of, read_evidence
    from evaluator.packs.load import load_packs
    from evaluator.scoring.compile import compile_plan

    loaded = load_packs(wanted.packs)
    evidence = read_evidence(wanted, loaded, compile_plan([one.pack for one in loaded], wanted.period))
    show_findings((*evidence.bad, *evidence.warnings))
    branches = {record.branch for record in evidence.records}
    out = console()
    read: dict[str, Any] = {"branches": len(branches), "expected": len(evidence.register.branches), "records": len(evidence.records)}
    out.print(say("terminal.read", **read, bad=len(evidence.bad), warnings=len(evidence.warnings)), markup=False)
    indicators = {id_: found for id_, found in indicators_of(loaded).items() if not found.attribute}
    filled = Counter(record.indicator for record in evidence.records)
    empty: Counter[str] = Counter()
    for id_, indicator in indicators.items():
        if not filled[id_]:
            empty[indicator.holder] += 1
    for holder, count in empty.most_common():
        out.print(say("terminal.empty", holder=holder_name(holder), count=count), markup=False)
    return 1 if evidence.bad else 0


def holder_name(holder: str) -> str:
    """Return a holder's name in the language in force; a department keeps its own."""
    return say(f"terminal.holder_{holder}") if holder in ("branch", "township", "team") else holder
