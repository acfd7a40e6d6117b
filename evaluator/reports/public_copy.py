"""The public copy (公示): what is published for objections before issues are closed. Names stay inside, personal numbers are masked,
and the copy says what was left out."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from evaluator.ledger.book import Book
from evaluator.ledger.entries import Issue
from evaluator.ledger.events import TOOL
from evaluator.masking import mask
from evaluator.messages import language
from evaluator.reports.ledger_terminal import word
from evaluator.reports.render import WordTemplate, find_template
from evaluator.reports.slips import banner

__all__ = ["write_public_copy"]


def write_public_copy(issues: Sequence[Issue], as_of: date, path: Path, book: Book, templates: Path | None) -> None:
    """Write a Word file of issues that are published, without the names of people.

    Raises:
        Failure: a template of the user that cannot be used, or a file that cannot be written.
    """
    template = WordTemplate(find_template(templates, "public/public.docx"), language(), {"list", "rows"})
    rows = [
        {
            "number": issue.called,
            "branch": issue.branch_name or issue.township,
            "problem": _without_names(issue.now.problem, issue),
            "measures": ";".join(_without_names(one.text, issue) for one in issue.now.measures),
            "unit": issue.now.unit,
            "notice": f"{issue.now.notice.first} – {issue.now.notice.last}" if issue.now.notice else "—",
        }
        for issue in issues
    ]
    told = {"day": str(as_of), "count": len(issues), "foot": TOOL, "banner": banner(book, {issue.pack for issue in issues})}
    template.render({"list": told, "rows": rows}, path)


def _without_names(text: str, issue: Issue) -> str:
    """Return a text in which everybody whom the cycle names is only a role, and personal numbers are hidden."""
    now = issue.now
    names = {now.person, now.leader, *(one.person for one in now.measures), *(one.by for one in now.submissions)} - {""}
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, word("somebody"))
    return mask(text)
