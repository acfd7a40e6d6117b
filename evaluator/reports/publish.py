"""One run, from evidence to a folder of results: the afternoon in one command. Everything appears, or nothing does."""

import json
import sys
from collections.abc import Collection, Sequence
from contextlib import contextmanager
from collections.abc import Iterator
from pathlib import Path

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from evaluator.assess import Assessment, Wanted, assess
from evaluator.bilingual import show_findings
from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.messages import language, say
from evaluator.reports.context import Context, context
from evaluator.reports.summary import print_summary
from evaluator.reports.terminal import console
from evaluator.scoring.folder import new_folder, write_run
from evaluator.scoring.results import Run
from evaluator.scoring.second import Difference

__all__ = ["score_and_publish", "write_reports"]

INTERNAL = "internal"


def score_and_publish(wanted: Wanted, out: Path, *, formats: Collection[str], notices: Sequence[str], templates: Path | None = None) -> None:
    """Score, write the run folder with all reports, print the summary.

    Raises:
        Failure: input that cannot be used, an unknown branch among ``notices``, or a folder that cannot be written; nothing is written then.
        SystemExit: code 3 when the two engines disagree; only a file that reproduces the branch is written then, beside ``out``.
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
    run: Run, ctx: Context, folder: Path, *, formats: Collection[str], notices: Sequence[str], templates: Path | None, step: "Step"
) -> None:
    """Write the reports of ``formats`` into the run folder; soft-and-lax output goes to ``internal/`` only."""
    from evaluator.reports.documents import write_feedback, write_notices, write_report
    from evaluator.reports.ledger_book import write_ledger, write_township_lists
    from evaluator.reports.page import write_dashboard
    from evaluator.reports.results_book import write_results

    if "results" in formats:
        step("results")
        write_results(run, ctx, folder / "results.xlsx")
    if "ledger" in formats:
        step("ledger")
        write_ledger(run, ctx, folder / "ledger.xlsx")
    if "townships" in formats:
        step("townships")
        write_township_lists(run, ctx, folder / "townships")
    if "feedback" in formats:
        step("feedback")
        write_feedback(ctx, folder / "feedback", templates)
    if "report" in formats:
        step("report")
        write_report(ctx, folder / "report.docx", templates)
    if notices:
        write_notices(ctx, folder / "notices", notices, templates)
    if "dashboard" in formats:
        step("dashboard")
        write_dashboard(run, ctx, folder / "dashboard.html", templates)


def _known(run: Run, notices: Sequence[str]) -> None:
    names = {key for branch in run.register.branches for key in (branch.id, branch.name)}
    unknown = [name for name in notices if name not in names]
    if unknown:
        raise Failure([Diagnostic("publish.E801", Place("--notice"), {"found": name}) for name in unknown])
