"""``advise`` on the terminal: for each pack the next goal, what to do for it, what others must do, what would settle the level."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.messages import language, say
from evaluator.reports.advice_told import Item, Told, ToldAim, tell
from evaluator.reports.console import console, nearest
from evaluator.reports.named import find_branch
from evaluator.scoring.advice.advise import advise
from evaluator.scoring.advice.needs import names_of
from evaluator.scoring.folder import read_run
from evaluator.scoring.results import Run

CLOSING = ",。;:、!?)”’〕》…%"
OPENING = "(“‘〔《"

__all__ = ["branch_advice", "chosen_packs", "print_advice"]


def branch_advice(folder: Path, branch: str, packs: tuple[str, ...], *, internal: bool) -> list[Told]:
    """Return the advice for one branch (by id, name or order number).

    Raises:
        Failure: no such run, branch or pack; the branch was not visited.
    """
    run = read_run(folder)
    place = Place(str(folder))
    found = find_branch(run, branch, place)
    wanted = chosen_packs(run, packs, place, internal=internal)
    made = list(advise(run, found.id, wanted, internal=internal))
    if not made:
        raise Failure([Diagnostic("advise.E101", place, {"branch": found.name, "packs": "、".join(wanted)})])
    names = names_of(run)
    return [tell(run, one, names, language()) for one in made]


def chosen_packs(run: Run, packs: tuple[str, ...], place: Place, *, internal: bool) -> tuple[str, ...]:
    """Return the packs of a run that are asked for: those named, or all; ``internal``: the internal ones and no others.

    Raises:
        Failure: one is not in the run or on the other side of that line, or there is none.
    """
    known = {pack.pack: pack.internal for pack in run.packs}
    findings = []
    for id_ in packs:
        if id_ not in known:
            findings.append(Diagnostic("advise.E102", place, {"pack": id_, "near": nearest(id_, known)}))
        elif known[id_] is not internal:
            findings.append(Diagnostic("advise.E103" if known[id_] else "advise.E104", place, {"pack": id_}))
    chosen = tuple(id_ for id_, apart in known.items() if apart is internal and (not packs or id_ in packs))
    if not findings and not chosen:
        findings.append(Diagnostic("advise.E106" if internal else "advise.E105", place))
    if findings:
        raise Failure(findings)
    return chosen


def print_advice(listed: Iterable[Told]) -> None:
    out = console()
    for place, told in enumerate(listed):
        if place:
            out.print()
        _pack(told, out)


def word(name: str, **values: Any) -> str:
    return say(f"advise.{name}", **values)


def _pack(told: Told, out: Console) -> None:
    rating = told.rating + (word("provisional") if told.provisional else "")
    _print(Text(word("head", id=told.branch_id, branch=told.branch, title=told.title), style="bold"), out)
    _print(Text(word("stands", rating=rating)), out)
    if not told.aims:
        _print(Text(word("best"), style="green"), out)
    for aim in told.aims:
        _aim(aim, out)
    if told.others:
        _print(Text(word("others"), style="bold"), out)
        for owner, items in told.others:
            _line(word("by", owner=owner, items=word("semicolon").join(items)), out)
    if told.lasting:
        _print(Text(word("lasting"), style="bold"), out)
        _line(word("semicolon").join(told.lasting), out)
    _print(Text(told.settling, style="" if told.settled else "yellow"), out)
    for owed in told.owed:
        _line(word("by", owner=owed.holder, items=word("and").join(owed.evidence)), out)


def _aim(aim: ToldAim, out: Console) -> None:
    _print(Text(aim.verdict, style="bold green" if aim.own else "bold yellow"), out)
    for number, step in enumerate(aim.steps, 1):
        _step(number, step, out)


def _step(number: int, step: Item, out: Console) -> None:
    head = Text(f"{number}. ")
    head.append(f"{step.id} ", style="bold")
    head.append(step.text)
    if step.gain:
        head.append(word("gain", gain=step.gain), style="cyan")
    if step.who != "branch":
        head.append(word(f"not_own_{step.who}"), style="yellow")
    _print(head, out, 2)
    lines = [word("to_do", needs=word("semicolon").join(step.needs))] if step.needs else []
    lines += [word("measure", measure=step.measure)] if step.measure else []
    lines += [word("note", note=step.note)] if step.note else []
    lines.append(word("who", owner=step.owner, limit=step.limit, basis=word("and").join(step.basis)))
    for line in lines:
        _line(line, out, 5)


def _line(text: str, out: Console, indent: int = 2) -> None:
    _print(Text(text), out, indent)


def _print(text: Text, out: Console, indent: int = 0) -> None:
    """Print a text below an indent, broken between any two Chinese characters but not before what closes."""
    plain, at, lines = text.plain, 0, []
    while at < len(plain):
        used, end = 0, at
        while end < len(plain) and used + cell_len(plain[end]) <= out.width - indent:
            used, end = used + cell_len(plain[end]), end + 1
        if end < len(plain):
            cut = next((one for one in range(end, at, -1) if _breaks(plain, one)), end)
            end = cut
        lines.append(text[at:end])
        at = end
        while at < len(plain) and plain[at] == " ":
            at += 1
    for line in lines:
        line.rstrip()
        out.print(Text(" " * indent).append_text(line), soft_wrap=True)


def _breaks(text: str, at: int) -> bool:
    """Return whether a line may end before this character."""
    if text[at] == " " or text[at - 1] == " ":
        return True
    return (cell_len(text[at]) == 2 or cell_len(text[at - 1]) == 2) and text[at] not in CLOSING and text[at - 1] not in OPENING
