"""What fits on the one page that goes back to a branch: the most important first, the rest by number, nothing cut off silently.

Lines of the shipped template are set to exact heights, so that a page can be counted without a word processor.
"""

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from evaluator.messages import Language, say
from evaluator.reports.words import Branch, Header, Issue, PackNote

__all__ = ["CELL", "LINE", "OTHERS", "OWN", "SIZE", "STARS", "Row", "Sheet", "lines", "sheet"]

SIZE = 9.0  # points, of the small print; nothing on the sheet is smaller
LINE = 12.0
ROW = LINE + 1.5  # a row of one line
OWN = (28.0, 222.0, 160.0, 90.0)  # widths of columns in points
OTHERS = (308.0, 102.0, 90.0)
STARS = (150.0, 100.0, 90.0, 160.0)
WIDTH = sum(OWN)
PAGE = 768.0  # A4 without its margins
CELL = 6.0  # margins left and right
FIXED = 226.0  # title, result, headings, lists of the rest, signature and receipt lines
LONGEST = 110  # characters of one text; the ledger holds the whole
SHARE = 0.4  # of the room for issues that others' issues may take while the branch's own wait
NAMED = 24  # issues that do not fit are named by id
FIRST = "①②③"
OBJECTION_DAYS = 7  # our default; the sheet says that local rules come first


@dataclass(frozen=True)
class Row:
    """One issue on the sheet. ``mark`` counts what to do first (①) and then numbers."""

    mark: str
    title: str
    facts: str
    basis: str
    measure: str
    helper: str
    deadline: str


@dataclass(frozen=True)
class Sheet:
    branch: Branch
    header: Header
    pack: PackNote
    result: str
    findings: tuple[str, ...]
    own: tuple[Row, ...]  # the branch's to fix
    own_rest: str  # "" when all are shown
    others: tuple[Row, ...]
    others_rest: str
    owed: tuple[str, ...]  # whole sentences, one for each holder
    objection_days: int


def sheet(branch: Branch, header: Header, pack: PackNote, lang: Language) -> Sheet:
    """Return what the feedback sheet of one branch prints."""
    page = _Page(branch, lang)
    own = [page.row(place, issue) for place, issue in enumerate(branch.own)]
    others = [page.row(place, issue) for place, issue in enumerate(branch.others)]
    findings, owed = page.findings(), page.owed()
    told = (*branch.notes, *findings, *owed, branch.objection)
    room = PAGE - FIXED - (len(branch.groups) + 1) * ROW - sum(lines(text, WIDTH) * LINE for text in told)
    heights, others_heights = [_own_height(row) for row in own], [_others_height(row) for row in others]
    shown = _fitting(heights, room - (min(sum(others_heights), room * SHARE) if own else 0))
    shown_others = _fitting(others_heights, room - sum(heights[:shown]))
    return Sheet(
        branch=branch,
        header=header,
        pack=pack,
        result=page.result(),
        findings=findings,
        own=tuple(own[:shown]),
        own_rest=page.rest(branch.own[shown:]),
        others=tuple(others[:shown_others]),
        others_rest=page.rest(branch.others[shown_others:]),
        owed=owed,
        objection_days=OBJECTION_DAYS,
    )


def lines(text: str, width: float) -> int:
    """Return how many lines of the small print ``text`` takes in a column ``width`` points wide: rather one too many."""
    ems = sum(1.0 if unicodedata.east_asian_width(c) in "WFA" else 0.55 for c in text)
    return max(1, math.ceil(ems / ((width - CELL) / SIZE - 0.7)))


def _own_height(row: Row) -> float:
    problem = lines(row.title, OWN[1]) + lines(row.facts, OWN[1]) + lines(row.basis, OWN[1])
    return max(problem, lines(row.measure, OWN[2]) + lines(row.helper, OWN[2]), lines(row.deadline, OWN[3])) * LINE + ROW - LINE


def _others_height(row: Row) -> float:
    problem = lines(row.title, OTHERS[0]) + lines(row.facts, OTHERS[0])
    return max(problem, lines(row.helper, OTHERS[1]), lines(row.deadline, OTHERS[2])) * LINE + ROW - LINE


def _fitting(heights: Sequence[float], room: float) -> int:
    """Return how many of the first fit into the room."""
    shown = 0
    for height in heights:
        room -= height
        if room < 0:
            break
        shown += 1
    return shown


class _Page:
    """Puts the pieces of one branch's sheet into words."""

    def __init__(self, branch: Branch, lang: Language) -> None:
        self.branch = branch
        self.lang = lang
        self.leads = {star.title: star.lead for star in branch.groups}

    def word(self, name: str, **values: object) -> str:
        return say(f"documents.{name}", self.lang, **values)

    def clip(self, text: str) -> str:
        return text if len(text) <= LONGEST else text[: LONGEST - 1] + self.word("clipped")

    def row(self, place: int, issue: Issue) -> Row:
        own = issue.fixable_by == "branch"
        waiting = issue.kind == "unproven"
        lost = self.word("waiting_of" if waiting else "lost_of", lost=issue.lost, points=issue.points) if issue.lost_points else ""
        status = issue.kind_text if issue.kind in ("veto", "trigger") else self.word("key") if issue.is_key else ""
        return Row(
            mark=FIRST[place] if place < len(self.branch.first) else str(place + 1),
            title=" ".join(filter(None, (issue.item, self.clip(issue.text), lost, f"[{status}]" if status else ""))),
            facts=self.word("found", facts=self.clip(issue.facts)),
            basis=self.word("basis", basis=self.clip(issue.basis)),
            measure=self.clip(issue.measure),
            helper=self.word("helper", helper=self.leads.get(issue.group) or self.word("township")) if own else issue.owner,
            deadline=issue.due_text,
        )

    def rest(self, issues: Sequence[Issue]) -> str:
        if not issues:
            return ""
        names = self.word("comma").join(f"{one.item}(-{one.lost})" if one.lost_points else one.item for one in issues[:NAMED])
        return self.word("rest", count=len(issues), names=names + ("…" if len(issues) > NAMED else ""))

    def result(self) -> str:
        branch = self.branch
        if not branch.visited:
            return branch.rating
        possible = self.word("possible", rating=branch.rating_possible) if branch.rating_possible else ""
        score = self.word("score", score=branch.score) if branch.score_value is not None else ""
        return " ".join(filter(None, (branch.rating, branch.provisional_text, possible, score, self.word("coverage", coverage=branch.coverage))))

    def findings(self) -> tuple[str, ...]:
        return tuple(
            self.word("finding", kind=self.word(f"kind_{one.kind}"), id=one.id, text=self.clip(one.text), words=one.words, effect=one.effect)
            for one in self.branch.findings
        )

    def owed(self) -> tuple[str, ...]:
        """Return a sentence for each holder that owes evidence, the branch itself last."""
        labels: dict[str, list[str]] = {}
        for one in self.branch.owed:
            labels.setdefault(self.word("owed_by", holder=one.holder_text), []).append(one.label)
        for one in self.branch.owed_own:
            labels.setdefault(self.word("owed_own"), []).append(one.label)
        return tuple(who + self.clip(self.word("comma").join(dict.fromkeys(what))) for who, what in labels.items())
