"""What running cases prints."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from evaluator.authoring.cases.coverage import uncovered
from evaluator.authoring.cases.mutants import Mutant
from evaluator.authoring.cases.mutate import mutation_score
from evaluator.authoring.cases.run import Subject, subject_of, try_cases
from evaluator.authoring.cases.writing import write_cases
from evaluator.bilingual import show_findings
from evaluator.diagnostics import Failure
from evaluator.messages import language, say
from evaluator.packs.load import find_packs

__all__ = ["print_tests", "print_written"]

SHOWN = 10


def print_tests(packs: Sequence[str], *, mutate: bool, at_least: int, everything: bool) -> int:
    """Run the cases of packs and print what is not as expected; return the exit code: 1 for any finding, 2 for a pack that is wrong."""
    code = 0
    for name in packs or find_packs():
        try:
            subject = subject_of(name)
            code = max(code, _tested(subject, everything))
            if mutate:
                code = max(code, _mutated(subject, at_least, everything))
        except Failure as failure:
            show_findings(failure.findings)
            code = max(code, failure.exit_code)
    return code


def _tested(subject: Subject, everything: bool) -> int:
    trial = try_cases(subject)
    for one in trial.missed:
        why = say(one.key, **one.values)
        click.echo(say("cases.missed", place=one.case.place, case=one.case.id, why=why, reason=one.case.reason.text(language())))
    lacking = list(uncovered(trial))
    for gap in lacking if everything else lacking[:SHOWN]:
        place = subject.loaded.spans.place(gap.path)
        click.echo(say("cases.uncovered", place=place, id=gap.id, word=say(f"cases.word_{gap.lacking}")))
    _more(lacking, everything)
    filled = sum(case.filled_in for _, case, _ in trial.outcomes)
    counts: dict[str, Any] = {"cases": len(trial.outcomes), "missed": len(trial.missed), "filled": filled, "uncovered": len(lacking)}
    click.echo(say("cases.tested", pack=subject.pack.pack, **counts))
    if not trial.second:
        click.echo(say("cases.one_engine"))
    return 1 if trial.missed else 0


def _mutated(subject: Subject, at_least: int, everything: bool) -> int:
    with _counting() as progress:
        score = mutation_score(subject, progress)
    for one in score.survived if everything else score.survived[:SHOWN]:
        click.echo(say("cases.survived", place=one.place(subject.loaded.spans), id=one.item, what=change(one)))
    _more(score.survived, everything)
    click.echo(say("cases.mutated", pack=subject.pack.pack, all=score.count, killed=score.killed, score=score.percent))
    return 1 if score.percent < at_least else 0


@contextmanager
def _counting() -> Iterator[Callable[[int], None]]:
    """Yield what is told how many changes were tried: one line on standard error, gone at the end, where somebody looks."""
    columns = (TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(say("cases.trying", count=0))
        yield lambda count: progress.update(task, description=say("cases.trying", count=count))


def change(mutant: Mutant) -> str:
    """Return in words what a mutant changes."""
    return say(f"cases.mutant_{mutant.kind}", was=mutant.was, now=mutant.now)


def _more(listed: Sequence[object], everything: bool) -> None:
    if len(listed) > SHOWN and not everything:
        click.echo(say("cases.more_survived", count=len(listed) - SHOWN))


def print_written(pack: str, out: Path | None, *, as_of: date | None, force: bool) -> None:
    subject = subject_of(pack)
    path = out or subject.loaded.path.parent / "cases" / "boundaries.yaml"
    count, unshown = write_cases(subject, path, as_of=as_of, force=force)
    for id_, left in unshown.items():
        click.echo(say("cases.unshown", id=id_, count=left))
    click.echo(say("cases.written", count=count, path=path))
