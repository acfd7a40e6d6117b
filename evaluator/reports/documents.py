"""Word documents: one page back for each branch, one report for the leader, notices, and what only the organisation office reads."""

from collections.abc import Sequence
from pathlib import Path

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.reports.leader import report, report_internal
from evaluator.reports.render import WordTemplate, find_template
from evaluator.reports.sheet import sheet
from evaluator.reports.words import Context

__all__ = ["write_feedback", "write_internal_report", "write_notices", "write_report"]


def write_feedback(ctx: Context, folder: Path, templates: Path | None) -> None:
    """Write one page for each branch and pack, ``<stem>.docx``.

    Raises:
        Failure: a template of the user that cannot be used.
    """
    template = WordTemplate(find_template(templates, "feedback/feedback.docx"), ctx.lang, {"sheet"})
    packs = {category.pack.id: category.pack for category in ctx.categories}
    for branch in ctx.branches:
        template.render({"sheet": sheet(branch, ctx.header, packs[branch.pack], ctx.lang)}, folder / f"{branch.stem}.docx")


def write_report(ctx: Context, path: Path, templates: Path | None) -> None:
    """Write the report for the leader.

    Raises:
        Failure: a template of the user that cannot be used.
    """
    template = WordTemplate(find_template(templates, "report/report.docx"), ctx.lang, {"header", "report"})
    template.render({"header": ctx.header, "report": report(ctx)}, path)


def write_internal_report(ctx: Context, path: Path, templates: Path | None) -> None:
    """Write what the internal packs recommend, for the organisation office only; ``ctx`` is the internal context.

    Raises:
        Failure: a template of the user that cannot be used.
    """
    template = WordTemplate(find_template(templates, "internal/internal.docx"), ctx.lang, {"header", "report"})
    template.render({"header": ctx.header, "report": report_internal(ctx)}, path)


def write_notices(ctx: Context, folder: Path, names: Sequence[str], templates: Path | None) -> None:
    """Write a notice, ``<stem>.docx``, for each branch that ``names`` gives by id or name; it asks for nothing that others have to do.

    Raises:
        Failure: a branch that has nothing to put right itself, or a template of the user that cannot be used; nothing is written then.
    """
    template = WordTemplate(find_template(templates, "notice/notice.docx"), ctx.lang, {"branch", "header", "issues"})
    addressed = [branch for branch in ctx.branches if branch.own and {branch.id, branch.name} & set(names)]
    reached = {key for branch in addressed for key in (branch.id, branch.name)}
    idle = [name for name in names if name not in reached]
    if idle:
        raise Failure([Diagnostic("documents.E910", Place("--notice"), {"found": name}) for name in idle])
    for branch in addressed:
        values = {"branch": branch, "header": ctx.header, "issues": branch.own}
        template.render(values, folder / f"{branch.stem}.docx")
