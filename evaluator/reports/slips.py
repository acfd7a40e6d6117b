"""Slips of the ladder (催办单, 督办单) and handover lists, as people sign them, and what the terminal says of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from evaluator.filenames import safe_name
from evaluator.ledger.book import Book
from evaluator.ledger.events import TOOL
from evaluator.ledger.milestones import Milestone
from evaluator.ledger.rows import Row
from evaluator.ledger.slips import DueSlip
from evaluator.masking import mask
from evaluator.messages import language, say
from evaluator.reports.console import clip, console
from evaluator.reports.ledger_terminal import told_light, word
from evaluator.reports.render import WordTemplate, find_template

__all__ = ["Paper", "banner", "print_late_cases", "print_milestones", "print_slips", "write_handover", "write_slips"]


@dataclass(frozen=True)
class Paper:
    """What one slip prints: texts only."""

    title: str
    banner: str  # of a reference pack, "" of an adopted one
    number: str
    to: str
    person: str
    unit: str  # that is responsible, with its person
    issue: str
    branch: str
    problem: str
    measures: tuple[str, ...]
    due: str
    stands: str  # how late it is
    earlier: tuple[str, ...]  # slips before this one
    day: str
    foot: str


def banner(book: Book, packs: Iterable[str]) -> str:
    """Return what every page says while any of these packs is only a reference proposal."""
    return say("reports.x_banner_reference") if book.proposed(packs) else ""


def paper(slip: DueSlip, as_of: date, book: Book) -> Paper:
    """Return what a slip prints."""
    issue, now = slip.issue, slip.issue.now
    due = now.due
    late = (as_of - due).days if due else 0
    stands = word("slip_late", days=late) if late > 0 else word("slip_left", days=-late)
    return Paper(
        title=slip.rung.label.text(language()),
        banner=banner(book, [issue.pack]),
        number=slip.number,
        to=slip.to,
        person=now.person if slip.to == now.unit else "",
        unit=" ".join(filter(None, (now.unit, now.person))),
        issue=issue.called,
        branch=issue.branch_name or issue.township,
        problem=mask(now.problem),
        measures=tuple(f"{number}. {mask(one.text)}" for number, one in enumerate(now.measures, 1)),
        due=str(due),
        stands=stands,
        earlier=tuple(f"{one.number} {one.on}" for one in now.slips if one.number != slip.number),
        day=str(as_of),
        foot=f"{TOOL} · {slip.head[:16]}",
    )


def write_slips(slips: Sequence[DueSlip], as_of: date, folder: Path, book: Book, templates: Path | None) -> None:
    """Write ``<number>.docx`` for each slip.

    Raises:
        Failure: a template of the user that cannot be used, or a folder that cannot be written.
    """
    template = WordTemplate(find_template(templates, "slip/slip.docx"), language(), {"slip"})
    for slip in slips:
        template.render({"slip": paper(slip, as_of, book)}, folder / f"{safe_name(slip.number)}.docx")


def print_slips(slips: Sequence[DueSlip], as_of: date, fresh: int, *, done: bool) -> None:
    """Print the slips of a day, those of earlier hours of the same day included."""
    out = console()
    for slip in slips:
        due = slip.issue.now.due
        late = (as_of - due).days if due else 0
        told = f"{slip.number}  {slip.rung.label.text(language())}  {slip.to}  {clip(slip.issue.title, 24)}  {word('slip_days', days=late)}"
        out.print(clip(told, 80), markup=False)
    out.print(word("slips" if done else "slips_dry", count=len(slips), fresh=fresh), markup=False)


def print_milestones(near: Sequence[Milestone]) -> None:
    """Print the measures whose own day has passed or is near."""
    out = console()
    for one in near:
        told = f"{one.issue.called}  {one.number}. {clip(one.measure.text, 30)}  {one.measure.person}  {one.due}"
        out.print(clip(f"{told} {word('milestone_late' if one.late else 'milestone_near')}", 80), markup=False)


def print_late_cases(rows: Sequence[Row]) -> None:
    """Print the cases of other kinds whose limit has passed: they have no ladder of slips, and are not to be forgotten."""
    out = console()
    if rows:
        out.print(word("due_cases", count=len(rows)), markup=False)
    for row in rows:
        out.print(clip(f"  {row.called}  {row.unit}  {clip(row.title, 30)}  {row.due}", 80), markup=False)


def write_handover(rows: Sequence[Row], unit: str, old: str, new: str, document: str, as_of: date, path: Path, book: Book) -> None:
    """Write the list of what is open at a change of post-holder, for both to sign.

    Raises:
        Failure: the file cannot be written.
    """
    template = WordTemplate(find_template(None, "handover/handover.docx"), language(), {"list", "rows"})
    told = {"unit": unit, "old": old, "new": new, "document": document, "day": str(as_of), "count": len(rows), "foot": TOOL}
    told["banner"] = banner(book, {row.pack for row in rows})
    lines = [
        {"number": row.called, "branch": row.branch_name or row.township, "title": row.title, "due": row.due or "—",
         "stands": told_light(row, as_of)}
        for row in rows
    ]  # fmt: skip
    template.render({"list": told, "rows": lines}, path)
