"""One run, from evidence to a folder of results: the afternoon in one command. Everything appears, or nothing does."""

import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from evaluator.assess import Wanted, assess
from evaluator.bilingual import show_findings
from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.messages import language, say
from evaluator.reports.console import console
from evaluator.reports.context import context
from evaluator.reports.summary import print_summary
from evaluator.reports.words import Context
from evaluator.scoring.folder import new_folder, write_run
from evaluator.scoring.results import Run
from evaluator.scoring.second import Difference

__all__ = ["FORMATS", "score_and_publish", "write_reports"]

FORMATS = ("results", "ledger", "townships", "feedback", "report", "dashboard")
STEPS = ("packs", "evidence", "score", "second", "issues", "tables", *FORMATS)
INTERNAL = "internal"

Step = Callable[[str], None]


def score_and_publish(
    wanted: Wanted, out: Path, *, formats: Collection[str], notices: Sequence[str], templates: Path | None = None
) -> None:
    """Score, write the run folder with all reports, print the summary.

    Raises:
        Failure: input that cannot be used, an unknown branch among ``notices``, or a folder that cannot be written; nothing is written
        then. SystemExit: code 3 when the two engines disagree; only a file that reproduces the branch is written then, beside ``out``.
    """
    with _steps() as step:
        try:
            made = assess(wanted, step)
        except Difference as difference:
            report = out.absolute().with_name(out.name + "-difference.json")
            report.parent.mkdir(parents=True, exist_ok=True)
            report.write_text(difference.to_json(), encoding="utf-8")
            print(say("publish.difference", branch=difference.branch, file=report), file=sys.stderr)
            raise SystemExit(3) from None
        _known(made.run, notices)
        ctx = context(made.run, language())
        with new_folder(out) as folder:
            step("tables")
            write_run(made.run, folder, made.pack_texts)
            write_reports(made.run, ctx, folder, formats=formats, notices=notices, templates=templates, step=step)
    show_findings((*made.evidence.bad, *made.evidence.warnings))
    print_summary(ctx, out, console())


def write_reports(
    run: Run, ctx: Context, folder: Path, *, formats: Collection[str], notices: Sequence[str], templates: Path | None, step: Step
) -> None:
    """Write the reports of ``formats`` into the run folder; soft-and-lax output goes to ``internal/`` only."""
    from evaluator.reports.documents import write_feedback, write_internal_report, write_notices, write_report
    from evaluator.reports.ledger_book import write_ledger, write_township_lists
    from evaluator.reports.page import write_dashboard
    from evaluator.reports.results_book import write_results

    writers: dict[str, Callable[[], None]] = {
        "results": lambda: write_results(run, ctx, folder / "results.xlsx"),
        "ledger": lambda: write_ledger(run, ctx, folder / "ledger.xlsx"),
        "townships": lambda: write_township_lists(run, ctx, folder / "townships"),
        "feedback": lambda: write_feedback(ctx, folder / "feedback", templates),
        "report": lambda: write_report(ctx, folder / "report.docx", templates),
        "dashboard": lambda: write_dashboard(run, ctx, folder / "dashboard.html", templates),
    }
    for name in FORMATS:
        if name in formats and ctx.categories:
            step(name)
            writers[name]()
    if notices:
        write_notices(ctx, folder / "notices", notices, templates)
    if ctx.internal is not None:
        apart = folder / INTERNAL
        apart.mkdir(exist_ok=True)
        if "results" in formats:
            write_results(run, ctx.internal, apart / "results.xlsx")
        if "ledger" in formats:
            write_ledger(run, ctx.internal, apart / "ledger.xlsx")
        if "report" in formats:
            write_internal_report(ctx.internal, apart / "report.docx", templates)


@contextmanager
def _steps() -> Iterator[Step]:
    """Yield a function that says which step begins; a bar shows it on a terminal and is gone at the end."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("", total=len(STEPS))

        def step(name: str) -> None:
            progress.update(task, description=say(f"publish.step_{name}"), completed=STEPS.index(name))

        yield step


def _known(run: Run, notices: Sequence[str]) -> None:
    names = {key for branch in run.register.branches for key in (branch.id, branch.name)}
    unknown = [name for name in notices if name not in names]
    if unknown:
        raise Failure([Diagnostic("publish.E801", Place("--notice"), {"found": name}) for name in unknown])
