"""What the report for the leader says: the conclusion first, then what it rests on, and what comes next."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from evaluator.messages import Language, say
from evaluator.reports.standing_sheet import acting_lines
from evaluator.reports.words import Branch, Category, Context, Cost, Finding, Holder, Ranked, Share

__all__ = ["Concern", "Owing", "Report", "Section", "report", "report_internal"]

WHOLE = 40  # branches ranked one by one; of more, the first and the last
ENDS = 10
BAR = 24
COMMON = 15
CONCERNS = 15
NAMED = 60  # names in one list
OWED = 10  # indicators named for one holder
CELLS = 20
SCOPES = 40  # sentences about jurisdictions


@dataclass(frozen=True)
class Bar:
    share: Share
    bar: str


@dataclass(frozen=True)
class Section:
    """One pack: how its branches stand, what they have in common."""

    category: Category
    summary: str
    bars: tuple[Bar, ...]
    common: tuple[Cost, ...]
    common_more: str  # "" when all are shown
    ranking: tuple[Ranked, ...]
    last: tuple[Ranked, ...]  # the end of a long ranking
    ranking_note: str
    scope_lines: tuple[str, ...] = ()  # what the rules of jurisdictions did
    scope_notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Concern:
    """A veto, trigger or gate of one branch."""

    branch: Branch
    finding: Finding
    rests_on: str


@dataclass(frozen=True)
class Owing:
    holder: Holder
    labels: str


@dataclass(frozen=True)
class Report:
    conclusion: str
    sections: tuple[Section, ...]
    vetoes: tuple[Concern, ...]
    vetoes_more: str
    open: tuple[Concern, ...]
    open_more: str
    owing: tuple[Owing, ...]
    unvisited: str  # names, "" when all were visited
    unrouted: str
    bad_cells: tuple[str, ...]
    steps: tuple[str, ...]


class _Words:
    def __init__(self, lang: Language) -> None:
        self.lang = lang

    def __call__(self, name: str, **values: Any) -> str:
        return say(f"documents.{name}", self.lang, **values)

    def names(self, names: Iterable[str], most: int = NAMED) -> str:
        """Return the names in one line, the count instead of those beyond ``most``."""
        listed = list(dict.fromkeys(names))
        shown = self("comma").join(listed[:most])
        return shown if len(listed) <= most else self("and_more", names=shown, count=len(listed))

    def more(self, count: int, most: int) -> str:
        return self("listed_first", count=count, most=most) if count > most else ""


def report(ctx: Context) -> Report:
    """Return what the report of the public packs says."""
    word = _Words(ctx.lang)
    concerns = _concerns(ctx.branches, word)
    acting = [one for one in concerns if one.finding.state == "true"]
    waiting = [one for one in concerns if one.finding.state != "true"]
    owing = tuple(Owing(holder, word.names((one.label for one in holder.indicators), OWED)) for holder in ctx.holders)
    totals = ctx.totals
    others = [one.holder for one in owing if not one.holder.own]
    common = [cost for category in ctx.categories for cost in category.common]
    told = [
        ("conclusion_totals", True),
        ("conclusion_issues", True),
        ("conclusion_vetoes", totals.vetoes),
        ("conclusion_pending", totals.pending),
        ("conclusion_owed", others),
    ]
    values = {
        "expected": totals.expected,
        "visited": totals.visited,
        "unvisited": totals.unvisited,
        "provisional": totals.provisional,
        "issues": totals.issues,
        "vetoes": totals.vetoes,
        "pending": totals.pending,
        "holders": word.names((holder.title for holder in others), 5),
        "owed": sum(holder.count for holder in others),
        "common": len(common),
    }
    sections = tuple(_section(category, word) for category in ctx.categories)
    first, *more = (word(name, **values) for name, on in told if on)
    steps = [
        ("step_deliver", True),
        ("step_evidence", others),
        ("step_pending", waiting),
        ("step_unvisited", totals.unvisited),
        ("step_common", common),
        ("step_decide", True),
    ]
    return Report(
        conclusion="".join((first, *(section.summary for section in sections), *more)),
        sections=sections,
        vetoes=tuple(acting[:CONCERNS]),
        vetoes_more=word.more(len(acting), CONCERNS),
        open=tuple(waiting[:CONCERNS]),
        open_more=word.more(len(waiting), CONCERNS),
        owing=owing,
        unvisited=word.names(branch.name for branch in ctx.branches if not branch.visited),
        unrouted=word.names(ctx.unrouted),
        bad_cells=ctx.header.bad_cells[:CELLS],
        steps=tuple(word(name, **values) for name, on in steps if on),
    )


def report_internal(ctx: Context) -> Report:
    """Return what the internal report says: recommendations, never decisions, each with what it rests on."""
    word = _Words(ctx.lang)
    concerns = sorted(_concerns(ctx.branches, word), key=lambda one: -(one.branch.level or 0))
    listed = [branch for branch in ctx.branches if branch.visited and branch.level]
    levels = Counter(branch.rating for branch in sorted(listed, key=lambda one: -(one.level or 0)))
    told = word("comma").join(word("internal_level", rating=rating, count=count) for rating, count in levels.items())
    totals = ctx.totals
    return Report(
        conclusion=word("internal_conclusion", visited=totals.visited, unvisited=totals.unvisited, levels=told or word("internal_none")),
        sections=tuple(_section(category, word) for category in ctx.categories),
        vetoes=tuple(one for one in concerns if one.finding.state == "true"),
        vetoes_more="",
        open=tuple(one for one in concerns if one.finding.state != "true"),
        open_more="",
        owing=tuple(Owing(holder, word.names((one.label for one in holder.indicators), OWED)) for holder in ctx.holders),
        unvisited=word.names(branch.name for branch in ctx.branches if not branch.visited),
        unrouted="",
        bad_cells=ctx.header.bad_cells[:CELLS],
        steps=tuple(word(name) for name in ("internal_step_check", "internal_step_decide", "internal_step_record")),
    )


def _concerns(branches: Sequence[Branch], word: _Words) -> list[Concern]:
    def rests_on(finding: Finding) -> str:
        return word("rests_on_document" if finding.documented else "rests_on_evidence" if finding.state == "true" else "rests_on_nothing")

    return [Concern(branch, finding, rests_on(finding)) for branch in branches for finding in branch.findings]


def _section(category: Category, word: _Words) -> Section:
    most = max((share.count for share in category.distribution), default=0) or 1
    ranking = category.ranking
    whole = len(ranking) <= WHOLE
    shares = word("comma").join(word("share_of", label=share.label, count=share.count) for share in category.distribution if share.count)
    worst = category.dearest[0] if category.dearest else None
    summary = word("section_summary", title=category.title, shares=shares)
    if worst:
        summary += word("section_worst", text=worst.text, failing=worst.failing, visited=worst.visited, percent=worst.percent)
    return Section(
        category=category,
        summary=summary,
        bars=tuple(Bar(share, "█" * -(-share.count * BAR // most)) for share in category.distribution),
        common=category.common[:COMMON],
        common_more=word.more(len(category.common), COMMON),
        ranking=ranking if whole else ranking[:ENDS],
        last=() if whole else ranking[-ENDS:],
        ranking_note=word("ranking_whole") if whole else word("ranking_ends", ends=ENDS, count=len(ranking)),
        scope_lines=acting_lines(category, SCOPES, word.lang),
        scope_notes=category.scope_notes,
    )
