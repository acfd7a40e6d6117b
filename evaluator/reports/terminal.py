"""What the commands print: trees of reasons. Lines fit 80 columns, Chinese text included."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.text import Text
from rich.tree import Tree

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.messages import language, say
from evaluator.reports.console import console, nearest
from evaluator.reports.named import find_branch
from evaluator.reports.standings import with_standings
from evaluator.scoring.explain import Line, Reading, explain_branch, explain_item
from evaluator.scoring.folder import read_run

__all__ = ["explanation", "holder_name", "print_tree"]


def explanation(folder: Path, branch: str, item: str | None) -> Sequence[Line]:
    """Return the reasons of a branch (by id, name or order number), or of one item of it.

    Raises:
        Failure: no such run, branch or item.
    """
    run = read_run(folder)
    place = Place(str(folder))
    found = find_branch(run, branch, place)
    if item is None:
        return with_standings(explain_branch(run, found.id, language()), run, found.id, language())
    if not any(row.visited for row in run.branches if row.branch_id == found.id):
        return explain_branch(run, found.id, language())
    line = explain_item(run, found.id, item, language())
    if line is None:
        ids = [row.criterion for row in run.criteria if row.branch_id == found.id] + [row.id for row in run.findings]
        raise Failure([Diagnostic("scoring.E722", place, {"branch": found.name, "item": item, "near": nearest(item, ids)})])
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


def holder_name(holder: str) -> str:
    """Return a holder's name in the language in force; a department keeps its own."""
    return say(f"terminal.holder_{holder}") if holder in ("branch", "township", "team") else holder
