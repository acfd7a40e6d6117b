"""What ``score`` prints when it is done: branches, stars, what cost most, what others owe, where the files are."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from evaluator.messages import say
from evaluator.reports.console import clip
from evaluator.reports.standing_sheet import print_jurisdictions
from evaluator.reports.words import Branch, Category, Context, Holder

__all__ = ["print_summary"]

WHOLE = 60  # branches listed one by one; of more, the first and the last of the ranking
ENDS = 15
BAR = 30
STARS = 6  # columns of the labels beside the bars
HOLDERS = 8


def print_summary(ctx: Context, out: Path, console: Console) -> None:
    """Print the result of a run, readable in 80 columns."""
    header = ctx.header if ctx.categories or ctx.internal is None else ctx.internal.header
    console.print(Text(header.title, style="bold"))
    console.print(f"{header.period} · R {header.reference} · {header.round}", markup=False)
    for banner in header.banners:
        console.print(Text(banner, style="yellow"))
    for category in ctx.categories:
        console.print()
        _category(category, ctx.of(category.pack.id), console)
    if ctx.internal is not None:
        console.print()
        console.print(say("publish.internal"), markup=False)
    _holders(ctx.holders, console)
    console.print()
    for note in header.notes:
        console.print(Text(note, style="dim"))
    console.print()
    console.print(Text(say("publish.files", out=out), style="bold"))
    for name in sorted(path.name + ("/" if path.is_dir() else "") for path in out.iterdir()):
        console.print(f"  {name:<18}{_what(name)}", markup=False)


def _category(category: Category, branches: Sequence[Branch], console: Console) -> None:
    totals = category.totals
    values: dict[str, Any] = {
        "title": category.title,
        "expected": totals.expected,
        "visited": totals.visited,
        "unvisited": totals.unvisited,
    }
    console.print(Text(say("publish.category", **values, provisional=totals.provisional), style="bold"))
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold")
    table.add_column(say("publish.no"), justify="right", no_wrap=True)
    table.add_column(say("publish.branch"), no_wrap=True)
    table.add_column(say("publish.stars" if category.has_stars else "publish.rating"), no_wrap=True)
    for id_, _ in category.groups:
        table.add_column(id_, justify="right", no_wrap=True)
    for name in ("possible", "issues", "coverage"):
        table.add_column(say(f"publish.{name}"), justify="right", no_wrap=True)
    shown = list(branches)
    ranked = [one.branch for one in category.ranking]
    if len(shown) > WHOLE:
        shown = [*ranked[:ENDS], *ranked[-ENDS:]]
    for place, branch in enumerate(shown):
        if len(branches) > WHOLE and place == ENDS:
            table.add_row("…", say("publish.between", count=len(branches) - 2 * ENDS))
        table.add_row(*_cells(branch, category))
    console.print(table)
    console.print(Text(say("publish.legend"), style="dim"))
    console.print()
    most = max((share.count for share in category.distribution), default=0) or 1
    labels = [
        "★" * share.stars + "☆" * (category.stars_of - share.stars) if share.stars is not None else clip(share.label, 12)
        for share in category.distribution
    ]
    for label, share in zip(labels, category.distribution, strict=True):
        bar = "█" * (share.count * BAR // most)
        console.print(Text.assemble(label + " " * (STARS - cell_len(label)), " ", (bar, "yellow"), f" {share.count} ({share.percent}%)"))
    print_jurisdictions(category, console)
    if category.dearest:
        console.print()
        console.print(Text(say("publish.dearest"), style="bold"))
        costs = Table(box=None, pad_edge=False, padding=(0, 1), show_header=False)
        for cost in category.dearest:
            share_ = say("publish.share", failing=cost.failing, visited=cost.visited, percent=cost.percent)
            costs.add_row(cost.criterion, clip(cost.text, 36), f"-{cost.lost}", share_)
        console.print(costs)


def _cells(branch: Branch, category: Category) -> list[str | Text]:
    stars = Text(branch.stars_text, style="yellow" if branch.visited else "dim")
    if branch.visited and branch.provisional:
        stars.append("?", style="yellow")
    if category.has_stars and branch.level != branch.stars:
        stars.append(f"→{branch.level}", style="red")
    by_id = {group.id: group for group in branch.groups}
    scores: list[str | Text] = []
    for id_, _ in category.groups:
        group = by_id.get(id_)
        text = "—" if group is None or group.score is None else str(group.score // 100)
        scores.append(Text(text, style="green" if group and group.awarded else ""))
    possible = branch.stars_possible if branch.visited else "—"
    coverage = branch.coverage if branch.visited else "—"
    number = branch.number.lstrip("0") or "0"
    return [
        number,
        clip(branch.name, 18),
        stars,
        *scores,
        possible,
        str(len(branch.issues)),
        coverage.split(".")[0].rstrip("%") + "%" if branch.visited else "—",
    ]


def _holders(holders: Sequence[Holder], console: Console) -> None:
    """Print what others owe, then what the branches themselves have not shown: only that becomes their issue."""
    for title, found in (
        ("publish.owed", [one for one in holders if not one.own]),
        ("publish.owed_own", [one for one in holders if one.own]),
    ):
        if not found:
            continue
        console.print()
        console.print(Text(say(title), style="bold"))
        for holder in found[:HOLDERS]:
            labels = say("publish.comma").join(indicator.label for indicator in holder.indicators)
            line = say("publish.holder", title=holder.title, count=holder.count, branches=holder.branches)
            console.print(Text(clip(f"  {line}: {labels}", 80)))


def _what(name: str) -> str:
    known = {
        "results.xlsx": "results",
        "ledger.xlsx": "ledger",
        "townships/": "townships",
        "feedback/": "feedback",
        "report.docx": "report",
        "dashboard.html": "dashboard",
        "notices/": "notices",
        "internal/": "internal",
        "run.json": "run",
        "data/": "data",
    } | dict.fromkeys((f"{table}.parquet" for table in ("branches", "groups", "criteria", "issues", "standings")), "table")
    return say(f"publish.file_{known[name]}") if name in known else ""
