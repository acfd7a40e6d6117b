"""``advise --all``: one row for each branch and proposed change, and for each piece of evidence that would settle a level."""

import csv
import io
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.ledger.whole import write_whole
from evaluator.messages import Language, language, say
from evaluator.reports.advice_terminal import chosen_packs
from evaluator.reports.advice_told import Item, Told, ToldAim, tell
from evaluator.reports.context import context
from evaluator.reports.sheets import Book, Column, Value
from evaluator.reports.words import Context
from evaluator.scoring.advice.advise import advise
from evaluator.scoring.advice.needs import names_of
from evaluator.scoring.folder import read_run
from evaluator.scoring.results import Run

__all__ = ["Counts", "write_advice"]

# name of a column: the widths between which it is measured, and its alignment
COLUMNS = {
    "order": (5, 6, "center"),
    "branch_id": (8, 14, "left"),
    "branch": (10, 24, "left"),
    "township": (8, 16, "left"),
    "pack": (10, 20, "left"),
    "rating": (8, 14, "center"),
    "goal": (8, 14, "center"),
    "plan": (8, 16, "left"),
    "set": (5, 6, "center"),
    "clause": (8, 12, "center"),
    "text": (14, 28, "left"),
    "todo": (18, 44, "left"),
    "gain": (6, 8, "center"),
    "owner": (8, 18, "left"),
    "limit": (8, 18, "left"),
    "exact": (6, 10, "center"),
}
ENDINGS = (".xlsx", ".csv")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for a formula


@dataclass(frozen=True)
class Counts:
    """What the table holds: branches advised, those whose own changes are enough, those that need others, those that nothing helps this
    period, those at the best level; rows; branches that were not visited."""

    branches: int
    own: int
    wide: int
    never: int
    best: int
    unsettled: int
    rows: int
    unvisited: int


def write_advice(folder: Path, out: Path, packs: tuple[str, ...], *, internal: bool) -> Counts:
    """Write the table of all branches of a run as a workbook or CSV, whole or not at all; return what it holds.

    Raises:
        Failure: no such run or pack; the file's ending is neither; it cannot be written.
    """
    if out.suffix.lower() not in ENDINGS:
        raise Failure([Diagnostic("advise.E107", Place(str(out)), {"endings": "、".join(ENDINGS)})])
    run = read_run(folder)
    wanted = chosen_packs(run, packs, Place(str(folder)), internal=internal)
    lang = language()
    names = names_of(run)
    order = {branch.id: place for place, branch in enumerate(run.register.branches)}
    listed = [
        tell(run, one, names, lang)
        for branch in sorted(run.register.branches, key=lambda one: (one.order, order[one.id]))
        for one in advise(run, branch.id, wanted, internal=internal)
    ]
    rows = [row for told in listed for row in _rows(told, lang)]
    made = _csv(rows, lang) if out.suffix.lower() == ".csv" else _book(run, rows, lang, internal=internal)
    write_whole({out: made})
    return _counts(run, wanted, listed, len(rows))


def _counts(run: Run, packs: tuple[str, ...], listed: list[Told], rows: int) -> Counts:
    nearest = [told.aims[0] for told in listed if told.aims]
    visited = {row.branch_id for row in run.branches if row.visited and row.pack in packs}
    return Counts(
        branches=len({told.branch_id for told in listed}),
        own=sum(aim.own for aim in nearest),
        wide=sum(aim.reached and not aim.own for aim in nearest),
        never=sum(not aim.reached for aim in nearest),
        best=sum(not told.aims for told in listed),
        unsettled=sum(not told.settled for told in listed),
        rows=rows,
        unvisited=len({row.branch_id for row in run.branches if row.pack in packs} - visited),
    )


def _rows(told: Told, lang: Language) -> Iterator[list[Value]]:
    head: list[Value] = [told.order, told.branch_id, told.branch, told.township, told.title, told.rating]
    for number, aim in enumerate(told.aims, 1):
        plan = say("advise.plan_own" if aim.own else "advise.plan_wide" if aim.reached else "advise.plan_none", lang)
        for step in aim.steps:
            yield [*head, aim.goal, plan, number, *_step(step, lang), _exact(aim, lang)]
        if not aim.steps:
            yield [*head, aim.goal, plan, number, None, None, aim.verdict, None, None, None, _exact(aim, lang)]
    plan = say("advise.plan_evidence", lang)
    exact = say("advise.exact" if told.settling_exact else "advise.bound", lang)
    for owed in told.owed:
        for label in owed.evidence:
            text = say("advise.none_shown", lang, what=label)
            yield [*head, say("advise.goal_settled", lang), plan, None, None, label, text, None, owed.holder, None, exact]
    if not told.settled and not told.owed:
        yield [*head, say("advise.goal_settled", lang), plan, None, None, None, told.settling, None, None, None, exact]


def _step(step: Item, lang: Language) -> list[Value]:
    todo = say("advise.semicolon", lang).join(step.needs) or step.measure
    if step.note:
        todo += say("advise.note_in", lang, note=step.note)
    owner = step.owner if step.who == "branch" else step.owner + say(f"advise.not_own_{step.who}", lang)
    return [step.id, step.text, todo, float(step.gain) if step.gain else None, owner, step.limit]


def _exact(aim: ToldAim, lang: Language) -> str:
    return say("advise.exact" if aim.exact else "advise.bound", lang)


def _title(name: str, lang: Language) -> str:
    return say(f"advise.column_{name}", lang)


def _book(run: Run, rows: list[list[Value]], lang: Language, *, internal: bool) -> bytes:
    found = context(run, lang)
    ctx: Context = found.internal if internal and found.internal is not None else found
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "advice.xlsx"
        with Book(path, ctx, say("advise.sheet", lang)) as book:
            sheet = book.sheet(say("advise.sheet", lang))
            top = book.title(sheet, say("advise.sheet_title", lang, title=ctx.header.title))
            columns = [Column(_title(name, lang), least, most, align) for name, (least, most, align) in COLUMNS.items()]
            end = book.table(sheet, top, columns, rows)
            sheet.freeze_panes(top + 1, 3)
            sheet.repeat_rows(top)
            sheet.fit_to_pages(1, 0)
            if rows:
                sheet.autofilter(top, 0, end - 1, len(columns) - 1)
        return path.read_bytes()


def _csv(rows: list[list[Value]], lang: Language) -> bytes:
    made = io.StringIO(newline="")
    writer = csv.writer(made)
    writer.writerow([_title(name, lang) for name in COLUMNS])
    for row in rows:
        writer.writerow([_plain(cell) for cell in row])
    return made.getvalue().encode("utf-8-sig")


def _plain(cell: Value) -> str:
    """Return a cell as text that no spreadsheet runs."""
    text = "" if cell is None else f"{cell:.10g}" if isinstance(cell, float) else str(cell)
    return "'" + text if isinstance(cell, str) and text.startswith(FORMULA) else text
