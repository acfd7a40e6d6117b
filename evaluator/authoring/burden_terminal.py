"""The burden of packs as people read it (80 columns) and as JSON: the same numbers in both."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evaluator.authoring.burden import Alike, Asked, Burden, PackBurden, Stake
from evaluator.bilingual import wrap
from evaluator.messages import language, say
from evaluator.packs.budget import USUAL
from evaluator.reports.console import WIDTH, console
from evaluator.reports.terminal import holder_name
from evaluator.scoring.explain import points

__all__ = ["burden_data", "paragraph", "print_burden"]

COLUMNS = ("fields", "manual", "by_exception", "with_proof", "documents")
DEFINITIONS = ("fields", "manual", "documents", "paper", "beyond", "alike")


def print_burden(found: Burden) -> None:
    """Print what packs ask, each and (where there are several) together, what is asked twice, and what the words mean."""
    out = console()
    for one in found.packs:
        out.print(Text(f"{one.pack.pack} {one.pack.version}  {one.pack.title.text(language())}", style="bold"))
        out.print(_table(one.asked))
        for line in _lines(one):
            paragraph(out, line)
        out.print()
    if len(found.packs) > 1:
        out.print(Text(say("burden.together", packs=len(found.packs)), style="bold"))
        out.print(_table(found.together))
        for line in _shared(found):
            paragraph(out, line)
        out.print()
    out.print(Text(say("burden.alike", count=len(found.alike)), style="bold"))
    for pair in found.alike:
        paragraph(out, _pair(pair))
    out.print()
    out.print(Text(say("burden.meaning"), style="bold"))
    for name in DEFINITIONS:
        paragraph(out, say(f"burden.meaning_{name}"))


def paragraph(out: Console, text: str) -> None:
    """Print a text in lines that begin two columns in; Chinese breaks anywhere, so that no line ends early."""
    for line in wrap(text, min(out.width, WIDTH) - 2):
        out.print(f"  {line}", markup=False)


def _table(asked: Asked) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(say("burden.holder"))
    for name in COLUMNS:
        table.add_column(say(f"burden.{name}"), justify="right")
    for one in asked.holders:
        table.add_row(holder_name(one.holder), *(str(getattr(one, name)) for name in COLUMNS))
    table.add_row(say("burden.sum"), *(str(_sum(asked, name)) for name in COLUMNS), style="bold")
    return table


def _sum(asked: Asked, name: str) -> int:
    """Return the figure of the bottom line: a document that two holders are asked for is one."""
    return len(asked.documents) if name == "documents" else int(getattr(asked, name))


def _lines(one: PackBurden) -> list[str]:
    lines = [say("burden.over" if one.over else "burden.within", asked=one.branch_fields, most=one.most, over=one.over)]
    if one.most > USUAL:
        lines.append(say("burden.raised", most=one.most, usual=USUAL))
    if one.pack.burden.why:
        lines.append(say("burden.why", why=one.pack.burden.why.text(language())))
    if one.asked.attributes:
        lines.append(say("burden.attributes", count=one.asked.attributes))
    if one.total:
        lines.append(say("burden.total", points=points(one.total)))
        lines.append(say("burden.paper" if one.paper.criteria else "burden.paper_none", **_stake(one.paper)))
        if one.unproved:
            lines.append(say("burden.unproved", count=len(one.unproved), ids=_ids(one.unproved)))
        by: dict[str, Any] = {who: points(worth) for who, worth in one.mending.items()}
        lines.append(say("burden.beyond" if one.beyond.criteria else "burden.beyond_none", **_stake(one.beyond), **by))
    if one.rules:
        lines.append(say("burden.rules", count=one.rules, beyond=len(one.rules_beyond), ids=_ids(one.rules_beyond)))
    return lines


def _stake(stake: Stake) -> dict[str, Any]:
    return {"points": points(stake.points), "count": len(stake.criteria), "ids": _ids(stake.criteria)}


def _ids(ids: Sequence[str]) -> str:
    return " ".join(ids) or "—"


def _shared(found: Burden) -> list[str]:
    """Return how many fields several packs ask, which are filled in once, by the packs that ask them."""
    lines = [say("burden.shared", count=len(found.shared), saved=sum(len(packs) - 1 for packs in found.shared.values()))]
    by_packs = Counter(found.shared.values()).most_common()
    lines += [say("burden.shared_by", count=count, packs="、".join(packs)) for packs, count in by_packs if len(found.packs) > 2]
    if any(one.pack.applies_to for one in found.packs):
        lines.append(say("burden.routed"))
    return lines


def _pair(pair: Alike) -> str:
    sides = [
        say(
            "burden.side",
            label=label.text(language()),
            id=id_,
            packs="、".join(packs),
            holder=holder_name(holder) if holder else say("burden.derived"),
        )
        for label, id_, packs, holder in zip(pair.labels, (pair.first, pair.second), pair.packs, pair.holders, strict=True)
    ]
    return say(f"burden.{pair.kind}", first=sides[0], second=sides[1])


# --- JSON -----------------------------------------------------------------------


def burden_data(found: Burden) -> dict[str, Any]:
    """Return all of it as plain data; points as they are written (``7.5``)."""
    return {
        "packs": [_pack_data(one) for one in found.packs],
        "together": asdict(found.together),
        "shared": {id_: list(packs) for id_, packs in found.shared.items()},
        "alike": [_pair_data(pair) for pair in found.alike],
        "findings": [{"code": one.code, "place": str(one.place), "message": one.message(), "hint": one.hint()} for one in found.findings],
        "meaning": {name: say(f"burden.meaning_{name}") for name in DEFINITIONS},
    }


def _pair_data(pair: Alike) -> dict[str, Any]:
    return {
        "kind": pair.kind,
        "first": pair.first,
        "second": pair.second,
        "labels": [label.text(language()) for label in pair.labels],
        "packs": [list(packs) for packs in pair.packs],
        "holders": list(pair.holders),
    }


def _pack_data(one: PackBurden) -> dict[str, Any]:
    why = one.pack.burden.why
    return {
        "pack": one.pack.pack,
        "version": one.pack.version,
        "title": one.pack.title.text(language()),
        "asked": asdict(one.asked),
        "budget": {
            "branch_fields": one.branch_fields,
            "most": one.most,
            "usual": USUAL,
            "over": one.over,
            "why": why.text(language()) if why else "",
        },
        "points": points(one.total),
        "paper": _stake_data(one.paper) | {"unproved": list(one.unproved)},
        "beyond_branch": _stake_data(one.beyond) | {"by": {who: points(worth) for who, worth in one.mending.items()}},
        "rules": {"count": one.rules, "beyond_branch": list(one.rules_beyond)},
    }


def _stake_data(stake: Stake) -> dict[str, Any]:
    return {"points": points(stake.points), "criteria": list(stake.criteria)}
