"""What fits on the one page that goes back to a branch: the most important first, the rest by number, nothing cut off silently.

Lines of the shipped template are set to exact heights, so that a page can be counted without a word processor.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate
from typing import Any

from evaluator.messages import Language, say
from evaluator.reports.words import Branch, Header, Issue, PackNote

__all__ = ["CELL", "LINE", "OTHERS", "OWN", "SIZE", "STARS", "Row", "Sheet", "lines", "sheet"]

SIZE = 9.0  # points, of the small print; nothing on the sheet is smaller
LINE = 12.0
ROW = 1.5  # what a row of a table takes besides its lines
OWN = (24.0, 262.0, 124.0, 90.0)  # widths of columns in points
OTHERS = (308.0, 102.0, 90.0)
STARS = (150.0, 100.0, 90.0, 160.0)
WIDTH = sum(OWN)
PAGE = 766.0  # A4 without its margins
CELL = 6.0  # margins left and right
HEADING = 20.0
SIGNATURE = 41.0  # with the line of the receipt
WHOLE, LONGEST = 1000.0, 110.0  # ems of one text, on a page with room and on a crowded one
BASIS = 0.2  # of that for the basis
SHARE = 0.4  # of the rows' room that others' issues may take while the branch's own wait
NAMED = 24  # issues that do not fit are named by id
FIRST = "①②③"
WORDS = re.compile(r"[\x21-\u02ff]+ ?|.", re.DOTALL)
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
    """Return what the feedback sheet of one branch prints: texts whole if all issues fit, else cut at ``LONGEST``."""
    whole = _Page(branch, header, pack, lang, WHOLE).sheet()
    return _Page(branch, header, pack, lang, LONGEST).sheet() if whole.own_rest or whole.others_rest else whole


@lru_cache(50_000)  # the same measures stand on many sheets
def lines(text: str, width: float, size: float = SIZE) -> int:
    """Return how many lines ``text`` takes in a column ``width`` points wide: rather one too many."""
    # Half an em is left for punctuation that may not begin a line.
    room = (width - CELL) / size - 0.5
    count, used = 1, 0.0
    for word in WORDS.findall(text):
        ems = sum(map(_em, word))
        if used and used + ems > room:
            count, used = count + 1, 0.0
        used += ems
        count, used = count + int(used // room), used % room
    return count


@cache
def _em(sign: str) -> float:
    return 1.0 if unicodedata.east_asian_width(sign) in "WFA" else 0.6


def _row(*cells: tuple[str, ...], widths: Sequence[float]) -> float:
    """Return the height of a row, of which each cell holds some paragraphs."""
    return max(sum(lines(text, width) for text in cell) for cell, width in zip(cells, widths, strict=True)) * LINE + ROW


class _Page:
    """Puts the pieces of one branch's sheet into words."""

    def __init__(self, branch: Branch, header: Header, pack: PackNote, lang: Language, longest: float) -> None:
        self.branch = branch
        self.header = header
        self.pack = pack
        self.lang = lang
        self.longest = longest
        self.leads = {star.title: star.lead for star in branch.groups}

    def word(self, name: str, **values: Any) -> str:
        return say(f"documents.{name}", self.lang, **values)

    def sheet(self) -> Sheet:
        """Return the sheet with as many issues as fit, the branch's first ones before all others."""
        branch = self.branch
        own = [self.row(place, issue) for place, issue in enumerate(branch.own)]
        others = [self.row(place, issue) for place, issue in enumerate(branch.others)]
        heights = [_row((row.title, row.facts, row.basis), (row.measure, row.helper), (row.deadline,), widths=OWN[1:]) for row in own]
        others_heights = [_row((row.title, row.facts), (row.helper,), (row.deadline,), widths=OTHERS) for row in others]
        around = self.around()
        shown, shown_others = len(own), len(others)
        while shown or shown_others:
            rows, others_rows = sum(heights[:shown]), sum(others_heights[:shown_others])
            rests = (self.rest(branch.own[shown:]), self.rest(branch.others[shown_others:]))
            if around + rows + others_rows + sum(lines(rest, WIDTH) for rest in rests) * LINE <= PAGE:
                break
            if shown_others and (shown <= len(branch.first) or others_rows > SHARE * (rows + others_rows)):
                shown_others -= 1
            else:
                shown -= 1
        return Sheet(
            branch=branch,
            header=self.header,
            pack=self.pack,
            result=self.result(),
            findings=self.findings(),
            own=tuple(own[:shown]),
            own_rest=self.rest(branch.own[shown:]),
            others=tuple(others[:shown_others]),
            others_rest=self.rest(branch.others[shown_others:]),
            owed=self.owed(),
            objection_days=OBJECTION_DAYS,
        )

    def around(self) -> float:
        """Return the height of all that stands around the rows of issues."""
        branch, header = self.branch, self.header
        title = self.word("feedback_title", title=self.pack.title)
        place = self.word("period", period=f"{branch.number} {branch.name} · {branch.township} · {header.period} · {header.round}")
        small = (" · ".join(header.banners), *branch.notes, *self.findings(), *self.owed(), branch.objection)
        stars = [_row((f"{star.mark} {star.title}",), (star.why,), widths=(STARS[0], STARS[-1])) for star in branch.groups]
        heads = 3 * (LINE + ROW)
        return (
            lines(title, WIDTH, 16) * 24
            + lines(place, WIDTH, 10) * 14
            + lines(branch.stars_text * 2 + self.result(), WIDTH, 10.5) * 20
            + sum(lines(text, WIDTH) for text in small) * LINE
            + sum(stars)
            + heads
            + 3 * HEADING
            + lines(self.word("objection_to", days=OBJECTION_DAYS), WIDTH) * 15
            + SIGNATURE
        )

    def clip(self, text: str, share: float = 1.0) -> str:
        text = " ".join(text.splitlines())
        if len(text) <= self.longest * share:
            return text
        kept = sum(1 for end in accumulate(map(_em, text)) if end <= self.longest * share)
        return text if kept == len(text) else text[:kept] + (self.word("clipped") if share == 1 else "…")

    def row(self, place: int, issue: Issue) -> Row:
        own = issue.fixable_by == "branch"
        waiting = issue.kind == "unproven"
        lost = self.word("waiting_of" if waiting else "lost_of", lost=issue.lost, points=issue.points) if issue.lost_points else ""
        status = issue.kind_text if issue.kind in ("veto", "trigger") else self.word("key") if issue.is_key else ""
        return Row(
            mark=FIRST[place] if place < len(self.branch.first) else str(place + 1),
            title=" ".join(filter(None, (issue.item, self.clip(issue.text), lost, f"[{status}]" if status else ""))),
            facts=self.word("found", facts=self.clip(issue.facts)),
            basis=self.word("basis", basis=self.clip(issue.basis, BASIS)),
            measure=self.clip(issue.measure),
            helper=self.word("helper", helper=self.leads.get(issue.group) or self.word("township")) if own else issue.owner,
            deadline=issue.due_text,
        )

    def rest(self, issues: Sequence[Issue]) -> str:
        if not issues:
            return ""
        names = self.word("comma").join(f"{one.item}(\u2212{one.lost})" if one.lost_points else one.item for one in issues[:NAMED])
        return self.word("rest", count=len(issues), names=names + ("…" if len(issues) > NAMED else ""))

    def result(self) -> str:
        branch = self.branch
        if not branch.visited:
            return branch.rating
        possible = self.word("possible", rating=branch.rating_possible) if branch.rating_possible else ""
        score = self.word("score", score=branch.score) if branch.score_value is not None else ""
        coverage = self.word("coverage", coverage=branch.coverage)
        return " ".join(filter(None, (branch.rating, branch.provisional_text, possible, score, coverage)))

    def findings(self) -> tuple[str, ...]:
        kinds = {kind: self.word(f"kind_{kind}") for kind in ("veto", "trigger", "gate")}
        return tuple(
            self.word("finding", kind=kinds[one.kind], id=one.id, text=self.clip(one.text), words=one.words, effect=one.effect)
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
