"""A comparison as people read it, 80 columns wide, and as JSON."""

from collections import Counter
from typing import Any

from rich.table import Table
from rich.text import Text

from evaluator.authoring.compare.authority import STRICTER
from evaluator.authoring.compare.edits import Edit
from evaluator.authoring.compare.flow import Flow, Move
from evaluator.authoring.compare.side_by_side import Comparison
from evaluator.authoring.compare.strict import Judged, Verdict
from evaluator.authoring.compare.words import called, example, level_name, sides, tallied, titled
from evaluator.messages import say
from evaluator.reports.console import console
from evaluator.reports.ledger_terminal import hanging

__all__ = ["comparison_data", "print_comparison"]

LISTS: tuple[Verdict, ...] = ("stricter", "mixed", "undecided", "milder", "different")
MOST_LINES = 6  # of what stood there, and of what stands there


def print_comparison(found: Comparison) -> None:
    """Print the edits, stricter ones first, then the flow."""
    out = console()
    a, b = found.a.pack, found.b.pack
    head = say("compare.between", a=a.pack, a_version=a.version, b=b.pack, b_version=b.version)
    if not found.judged:
        out.print(head + say("compare.same"), markup=False)
        return
    counts = Counter(one.verdict for one in found.judged)
    out.print(Text(head + say("compare.count", count=len(found.judged)), style="bold"))
    for verdict in LISTS:
        if not counts[verdict]:
            continue
        out.print()
        lacking = found.unfounded if verdict == "stricter" and found.overlay else 0
        text = say(f"compare.list_{verdict}", count=counts[verdict])
        out.print(Text(text + (say("compare.lacking", count=lacking) if lacking else ""), style="bold"))
        for one, document in zip(found.judged, found.documents, strict=True):
            if one.verdict == verdict:
                _edit(found, one, document)
    if counts["text"]:
        out.print()
        hanging("", say("compare.list_text", count=counts["text"], items=_texts(found)))
    out.print()
    hanging("", say("compare.how", start=found.period.start, end=found.period.end))
    if found.flow:
        _flow(found, found.flow)


def _edit(found: Comparison, one: Judged, document: str) -> None:
    a, b, edit = found.a.pack, found.b.pack, one.edit
    hanging("  ", f"{called(edit, a, b)} · {titled(edit)}")
    for name, lines in zip(("was", "now"), sides(edit, a, b), strict=True):
        for line in lines[:MOST_LINES]:
            hanging(f"    {say(f'compare.{name}')} ", line)
        if len(lines) > MOST_LINES:
            hanging(f"    {say(f'compare.{name}')} ", say("compare.more", count=len(lines) - MOST_LINES))
    if one.tally:
        hanging("    ", tallied(one.tally) + example(one.tally, b, edit.id))
    if one.undecided:
        hanging("    ", say("compare.undecided" if one.verdict == "undecided" else "compare.undecided_in_part"))
    if found.lacks(one, document):
        hanging("    ", say("compare.no_document"))
    elif document and found.overlay and one.verdict in STRICTER:
        hanging("    ", say("compare.document", document=document))


def _texts(found: Comparison) -> str:
    names = [one.edit.id or say("compare.head") for one in found.judged if one.verdict == "text"]
    return say("compare.comma").join(dict.fromkeys(names))


# --- the flow -----------------------------------------------------------------


def _flow(found: Comparison, flow: Flow) -> None:
    out = console()
    a, b = found.a.pack, found.b.pack
    out.print()
    out.print(Text(say("compare.flow", branches=flow.branches, moved=len(flow.moves)), style="bold"))
    if not all(pack.effective.from_ <= found.period.reference for pack in (a, b)):
        hanging("", say("compare.flow_as_if", day=flow.day))
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(say("compare.flow_corner"), no_wrap=True)
    for level in flow.levels:
        table.add_column(level_name(b, level), justify="right", overflow="fold")
    for row in flow.levels:
        cells = [str(flow.counts.get((row, level), 0) or "·") for level in flow.levels]
        table.add_row(level_name(a, row), *cells)
    out.print(table)
    if not flow.moves:
        return
    out.print()
    out.print(Text(say("compare.moves"), style="bold"))
    for move in flow.moves:
        route = say("compare.move", name=move.branch.name, old=level_name(a, move.old), new=level_name(b, move.new))
        hanging(f"  {route}", say("compare.colon") + _causes(found, move))
    out.print()
    counts = Counter(edit for move in flow.moves for edit in dict.fromkeys(edit for some in move.causes for edit in some))
    alone = Counter(edit for move in flow.moves for some in move.causes if len(some) == 1 for edit in some)
    reverted = Counter(edit for move in flow.moves for edit in move.reverts or ())
    out.print(Text(say("compare.by_edit"), style="bold"))
    for edit, count in counts.most_common():
        told = say("compare.by_edit_line", count=count, alone=alone[edit])
        if all(move.reverts is not None for move in flow.moves):
            told += say("compare.by_edit_reverts", reverts=reverted[edit])
        hanging("  ", f"{called(edit, a, b)} · {titled(edit)}{say('compare.colon')}{told}")


def _causes(found: Comparison, move: Move) -> str:
    if not move.causes:
        return say("compare.no_cause")
    told = say("compare.or").join(say("compare.together").join(_short(found, edit) for edit in some) for some in move.causes)
    alone = all(len(some) == 1 for some in move.causes)
    text = told if alone else say("compare.jointly", causes=told)
    return text + (say("compare.bound") if move.bound else "")


def _short(found: Comparison, edit: Edit) -> str:
    """Return the id of an edit, with its keys where the item has several edits."""
    twice = sum(one.edit.section == edit.section and one.edit.id == edit.id and one.edit.scores for one in found.judged) > 1
    name = edit.id or say("compare.head")
    return f"{name}({', '.join(edit.fields)})" if twice else name


# --- JSON ---------------------------------------------------------------------


def comparison_data(found: Comparison) -> dict[str, Any]:
    """Return the comparison as plain data."""
    a, b = found.a.pack, found.b.pack
    edits = []
    for one, document in zip(found.judged, found.documents, strict=True):
        was, now = sides(one.edit, a, b)
        edits.append(
            {
                **_name(one.edit),
                "title": called(one.edit, a, b),
                "verdict": one.verdict,
                "undecided": one.undecided,
                "was": was,
                "now": now,
                "document": document,
                "finding": found.lacks(one, document),
                "compared": None
                if one.tally is None
                else {
                    "cases": one.tally.cases,
                    "complete": one.tally.complete,
                    "worse": one.tally.worse,
                    "better": one.tally.better,
                    "example": example(one.tally, b, one.edit.id),
                },
            }
        )
    packs = {"a": {"pack": a.pack, "version": a.version, "digest": found.a.digest}}
    packs["b"] = {"pack": b.pack, "version": b.version, "digest": found.b.digest}
    return {
        **packs,
        "same": not edits,
        "overlay": found.overlay,
        "unfounded": found.unfounded,
        "edits": edits,
        "flow": None if found.flow is None else _flow_data(found.flow),
    }


def _name(edit: Edit) -> dict[str, Any]:
    return {"section": edit.section, "id": edit.id, "kind": edit.kind, "fields": list(edit.fields)}


def _flow_data(flow: Flow) -> dict[str, Any]:
    return {
        "branches": flow.branches,
        "day": str(flow.day),
        "levels": list(flow.levels),
        "counts": [{"a": old, "b": new, "branches": count} for (old, new), count in sorted(flow.counts.items(), reverse=True)],
        "moves": [
            {
                "branch": move.branch.id,
                "name": move.branch.name,
                "a": move.old,
                "b": move.new,
                "causes": [[_name(edit) for edit in some] for some in move.causes],
                "reverts": None if move.reverts is None else [_name(edit) for edit in move.reverts],
                "bound": move.bound,
            }
            for move in flow.moves
        ],
    }
