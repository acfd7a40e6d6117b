"""The health of a run's rules as people read it (80 columns) and as JSON: the same numbers in both."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from fractions import Fraction
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evaluator.authoring.burden_terminal import paragraph
from evaluator.authoring.health import Apart, CriterionHealth, Health, MissingShare, PackHealth, TriggerHealth
from evaluator.messages import language, say
from evaluator.reports.console import clip, console
from evaluator.reports.terminal import holder_name
from evaluator.scoring.explain import points

__all__ = ["health_data", "percent", "print_health"]

NAMED = (("mostly_failed", "failed"), ("mostly_met", "met"), ("mostly_unproven", "unproven"))  # which list, by which count
TEXT = 44  # columns of a criterion's text


def percent(share: Fraction) -> str:
    """Return a share of 0 to 1 as ``91.66``, cut like every percent here: no line is shown reached that was not."""
    return points(int(share * 10_000))


def print_health(found: Health, top: int) -> None:
    """Print what a run says about its rules; of what is missing the ``top`` indicators of each holder."""
    out = console()
    limits = found.limits
    for one in found.packs:
        out.print(Text(f"{one.pack.pack} {one.pack.version}  {one.pack.title.text(language())}", style="bold"))
        paragraph(out, say("burden.visited", visited=one.visited, unvisited=one.unvisited))
        if one.visited < limits.least:
            paragraph(out, say("burden.too_few", least=limits.least))
        for name, count in NAMED if one.criteria else ():
            _listed(out, name, _criteria(getattr(one, name), count), share=limits.share)
        if one.criteria:
            _listed(out, "never_applicable", _plain(one.never_applicable))
        if one.triggers:
            _listed(out, "never_true", _triggers(one.never_true), triggers=one.triggers)
        if one.criteria:
            _print_apart(out, found, one)
        out.print()
    out.print(Text(say("burden.missing"), style="bold"))
    if found.missing:
        out.print(_missing(found.missing, top))
    else:
        paragraph(out, say("burden.nothing"))
    if found.hidden:
        out.print()
        paragraph(out, say("burden.hidden", count=found.hidden))
    out.print()
    out.print(Text(say("burden.meaning"), style="bold"))
    for name in ("share", "hint"):
        paragraph(out, say(f"burden.meaning_{name}", least=limits.least))


def _listed(out: Console, name: str, table: Table, **values: Any) -> None:
    out.print(Text("· " + say(f"burden.{name}", count=table.row_count, **values)))
    if table.row_count:
        out.print(table)


def _table(*columns: str) -> Table:
    """Return a table set in two columns; a name that begins with ``#`` is a number's."""
    table = Table(box=None, header_style="dim", padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("", width=1)
    for name in columns:
        number = name.startswith("#")
        table.add_column(say(f"burden.{name.lstrip('#')}"), justify="right" if number else "left", no_wrap=number)
    return table


def _criteria(listed: Iterable[CriterionHealth], count: str) -> Table:
    zero = count == "failed"  # no points at all is worse than some
    table = _table("item", "text", f"#{count}", *(["#unmet"] if zero else []), "#asked", "#percent")
    for one in listed:
        counted = getattr(one, count)
        share = percent(Fraction(counted, one.asked))
        table.add_row(
            "", one.id, clip(one.text.text(language()), TEXT), str(counted), *([str(one.unmet)] if zero else []), str(one.asked), share
        )
    return table


def _plain(listed: Iterable[CriterionHealth]) -> Table:
    table = _table("item", "text")
    for one in listed:
        table.add_row("", one.id, one.text.text(language()))
    return table


def _triggers(listed: Iterable[TriggerHealth]) -> Table:
    table = _table("item", "text", "#open")
    for one in listed:
        table.add_row("", one.id, clip(one.text.text(language()), TEXT), str(one.open))
    return table


def _print_apart(out: Console, found: Health, one: PackHealth) -> None:
    if not found.by:
        out.print(Text("· " + say("burden.no_groups")))
        return
    values = {"by": say(f"burden.by_{found.by}"), "apart": found.limits.apart, "compared": len(one.compared)}
    _listed(out, "differ", _apart(one.apart), **values)


def _apart(listed: Iterable[Apart]) -> Table:
    table = _table("item", "how", "lowest", "highest", "#difference")
    for one in listed:
        ends = [
            say("burden.mean", name=clip(end.name, 16), mean=percent(end.mean), count=end.branches)
            for end in (one.groups[0], one.groups[-1])
        ]
        how = say("burden.by_manual" if one.manual else "burden.by_sight")
        table.add_row("", one.id, how, *ends, points(int(one.difference * 100)))
    return table


def _missing(listed: Sequence[MissingShare], top: int) -> Table:
    table = _table("holder", "indicator", "#lacking", "#among", "#percent")
    shown: Counter[str] = Counter()
    total = Counter(one.holder for one in listed)
    for one in listed:
        shown[one.holder] += 1
        if shown[one.holder] <= top:
            holder = holder_name(one.holder) if shown[one.holder] == 1 else ""
            label = clip(one.label.text(language()), 36)
            table.add_row("", holder, label, str(one.missing), str(one.asked), percent(one.share))
        elif shown[one.holder] == total[one.holder]:
            table.add_row("", "", say("burden.more", count=total[one.holder] - top))
    return table


# --- JSON -----------------------------------------------------------------------


def health_data(found: Health) -> dict[str, Any]:
    """Return all of it as plain data, shares in percent as texts, cut; every criterion and every indicator, over a limit or not."""
    return {
        "limits": asdict(found.limits),
        "by": found.by,
        "hidden_packs": found.hidden,
        "packs": [_pack_data(one) for one in found.packs],
        "missing": [
            {
                "indicator": one.id,
                "label": one.label.text(language()),
                "holder": one.holder,
                "missing": one.missing,
                "asked": one.asked,
                "percent": percent(one.share),
            }
            for one in found.missing
        ],
    }


def _pack_data(one: PackHealth) -> dict[str, Any]:
    return {
        "pack": one.pack.pack,
        "version": one.pack.version,
        "internal": one.pack.internal,
        "visited": one.visited,
        "unvisited": one.unvisited,
        **{name: [criterion.id for criterion in getattr(one, name)] for name in (*(pair[0] for pair in NAMED), "never_applicable")},
        "never_true": [{"id": trigger.id, "open": trigger.open} for trigger in one.never_true],
        "differ": [criterion.id for criterion in one.apart],
        "compared": [_apart_data(criterion) for criterion in one.compared],
        "criteria": [_criterion_data(criterion) for criterion in one.criteria],
    }


def _criterion_data(one: CriterionHealth) -> dict[str, Any]:
    shares = {name: percent(Fraction(getattr(one, name), one.asked)) if one.asked else None for _, name in NAMED}
    return {**asdict(one), "text": one.text.text(language()), "failed": one.failed, "percent": shares}


def _apart_data(one: Apart) -> dict[str, Any]:
    return {
        "id": one.id,
        "manual": one.manual,
        "difference": points(int(one.difference * 100)),
        "groups": [{"name": group.name, "branches": group.branches, "mean": percent(group.mean)} for group in one.groups],
    }
