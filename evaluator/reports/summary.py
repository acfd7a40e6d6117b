"""What ``score`` prints when it is done: branches, stars, what cost most, what others owe, where the files are."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from evaluator.messages import say
from evaluator.reports.console import WIDTH, clip, narrowed
from evaluator.reports.standing_sheet import print_jurisdictions
from evaluator.reports.words import Branch, Category, Context, Holder

__all__ = ["print_summary"]

WHOLE = 60  # branches listed one by one; of more, the first and the last of the ranking
ENDS = 15
BAR = 30
LABELS = (6, 28)  # columns of the labels beside the bars, at least and at most
LEAST = 8  # columns that a level has in the table, however little room is left
GAP = 2  # columns between two of the table
NAMED = (10, 18)  # columns of a branch's name, at least and at most
NAME, GOT, POSSIBLE = 1, 2, -3  # places of the columns that may be cut
NATURAL = (NAMED[1], WIDTH, WIDTH)
Groups = Sequence[tuple[str, str]]  # id, title
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
    shown = list(branches)
    ranked = [one.branch for one in category.ranking]
    if len(shown) > WHOLE:
        shown = [*ranked[:ENDS], *ranked[-ENDS:]]
    groups = [*category.groups]
    made = _rows(shown, category, groups, console.width)
    if made is None and not category.has_stars:  # what led to the level goes before what led to the total
        groups = []
        made = _rows(shown, category, groups, console.width)
    heads = _heads(category, groups)
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold")
    for place, head in enumerate(heads):
        table.add_column(head, justify="left" if place in (NAME, GOT) else "right", no_wrap=True)
    for place, row in enumerate(made or [_cells(branch, category, groups) for branch in shown]):
        if len(branches) > WHOLE and place == ENDS:
            table.add_row("…", say("publish.between", count=len(branches) - 2 * ENDS))
        table.add_row(*row)
    console.print(table)
    if groups:
        console.print(Text("  ".join(f"{id_} {title}" for id_, title in groups), style="dim"))
    legend = "legend" if category.has_stars else "legend_groups" if groups else "legend_total" if category.groups else "legend_plain"
    console.print(Text(say(f"publish.{legend}"), style="dim"))
    console.print()
    most = max((share.count for share in category.distribution), default=0) or 1
    labels = [
        "★" * share.stars + "☆" * (category.stars_of - share.stars) if share.stars is not None else clip(share.label, LABELS[1])
        for share in category.distribution
    ]
    wide = max([LABELS[0], *map(cell_len, labels)])
    for label, share in zip(labels, category.distribution, strict=True):
        bar = "█" * (share.count * BAR // most)
        console.print(Text.assemble(label + " " * (wide - cell_len(label)), " ", (bar, "yellow"), f" {share.count} ({share.percent}%)"))
    print_jurisdictions(category, console)
    if category.dearest:
        console.print()
        console.print(Text(say("publish.dearest"), style="bold"))
        costs = Table(box=None, pad_edge=False, padding=(0, 1), show_header=False)
        for cost in category.dearest:
            share_ = say("publish.share", failing=cost.failing, visited=cost.visited, percent=cost.percent)
            costs.add_row(cost.criterion, clip(cost.text, 36), f"-{cost.lost}", share_)
        console.print(costs)


def _totals(category: Category) -> tuple[str, ...]:
    """Return the columns that say why a branch has its level, where that follows from all groups together and not from its stars."""
    return ("total", "line") if category.groups and not category.has_stars else ()


def _heads(category: Category, groups: Groups) -> list[str]:
    words = ("no", "branch", "stars" if category.has_stars else "rating")
    rest = (*_totals(category), "possible", "issues", "coverage")
    return [*(say(f"publish.{name}") for name in words), *(id_ for id_, _ in groups), *(say(f"publish.{name}") for name in rest)]


def _rows(branches: Sequence[Branch], category: Category, groups: Groups, width: int) -> list[list[str | Text]] | None:
    """Return the cells of the branches; names and levels, got and possible, are cut to what the other columns leave of ``width``. None
    where even that is too wide."""
    heads = _heads(category, groups)
    rows = [_cells(branch, category, groups) for branch in branches]
    wide = [max(map(cell_len, column)) for column in zip(heads, *(map(str, row) for row in rows), strict=True)]
    room = width - GAP * (len(heads) - 1)
    possible = len(heads) + POSSIBLE
    kept = narrowed(wide, room, {NAME: NAMED[0], GOT: LEAST, possible: LEAST})
    if sum(kept) > room:
        return None
    return [_cells(branch, category, groups, (kept[NAME], kept[GOT], kept[possible])) for branch in branches]


def _cells(branch: Branch, category: Category, groups: Groups, most: tuple[int, int, int] = NATURAL) -> list[str | Text]:
    """Return the cells of a branch; ``most``: columns that its name and its levels, got and possible, may take."""
    name, got, could = most
    doubt = "?" if branch.visited and branch.provisional else ""
    fallen = f"→{branch.level}" if category.has_stars and branch.level != branch.stars else ""
    shown = clip(branch.stars_text, got - cell_len(doubt + fallen))
    stars = Text.assemble((shown, "yellow" if branch.visited else "dim"), (doubt, "yellow"), (fallen, "red"))
    by_id = {group.id: group for group in branch.groups}
    scores: list[str | Text] = []
    for id_, _ in groups:
        group = by_id.get(id_)
        text = "—" if group is None or group.score is None else str(group.score // 100)
        scores.append(Text(text, style="green" if group and group.awarded else ""))
    possible = clip(branch.stars_possible, could) if branch.visited else "—"
    coverage = branch.coverage if branch.visited else "—"
    number = branch.number.lstrip("0") or "0"
    return [
        number,
        clip(branch.name, name),
        stars,
        *scores,
        *(getattr(branch, total) if branch.visited else "—" for total in _totals(category)),
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
