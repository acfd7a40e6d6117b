"""Closed issues drawn by lot for a look-back (回头看, 台账销号反向核查): the same for everybody, and no draw goes unrecorded.

The lot is the SHA-256 of seed and id, not a generator of random numbers, so that anybody can draw again, with any tool, in any year.
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil
from typing import Any, Literal

from evaluator.ledger.entries import Issue
from evaluator.ledger.events import Draft
from evaluator.ledger.find import Filter, find_rows
from evaluator.ledger.rows import Row
from evaluator.ledger.store import Change, Store
from evaluator.ledger.visits.fieldbook import Field, FieldBook
from evaluator.masking import mask
from evaluator.messages import say

__all__ = ["Draw", "Per", "Share", "draw", "facts", "lot", "population", "rate_of", "record", "sheet", "times_drawn"]

Per = Literal["township", "unit", "branch"]


@dataclass(frozen=True)
class Share:
    """How many there were in a group, and how many of them were drawn."""

    name: str
    population: int
    drawn: int


@dataclass(frozen=True)
class Draw:
    """What was drawn from what. ``head`` is the hash of the ledger that it was drawn from."""

    seed: str
    rate: Fraction
    per: Per | None
    all_key: bool
    rows: tuple[Row, ...]
    shares: tuple[Share, ...]
    head: str = ""

    @property
    def population(self) -> int:
        return sum(share.population for share in self.shares)


def rate_of(text: str) -> Fraction:
    """Return the rate that ``10%`` or ``12.5%`` means.

    Raises:
        ValueError: no percent sign, so that 10 and 0.1 are not mistaken for each other; or not above 0 and up to 100.
    """
    number, sign, rest = unicodedata.normalize("NFKC", text).strip().partition("%")
    if not sign or rest or not number.strip().replace(".", "", 1).isdecimal():
        raise ValueError(text)
    rate = Fraction(number.strip()) / 100
    if not 0 < rate <= 1:
        raise ValueError(text)
    return rate


def lot(seed: str, id_: str) -> str:
    """Return the place of an id in the draw of a seed: lowest first."""
    return hashlib.sha256(f"{seed}|{id_}".encode()).hexdigest()


def population(store: Store, wanted: Filter, as_of: date, first: date | None = None, last: date | None = None) -> list[Row]:
    """Return the closed issues that may be drawn, of those that a filter means; closed from ``first`` to ``last`` where these are given."""
    rows = find_rows(store, wanted, as_of, ("closed",))
    issues = [row for row in rows if row.kind in ("issue", "common") and row.closed]
    days = (str(first or date.min), str(min(last or as_of, as_of)))
    return [row for row in issues if days[0] <= row.closed <= days[1]]


def draw(rows: Iterable[Row], rate: Fraction, seed: str, *, per: Per | None = None, all_key: bool = False, head: str = "") -> Draw:
    """Return ``rate`` of each group of ``rows``, rounded up, by lot; with ``all_key`` all key ones and ``rate`` of the others."""
    groups: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda one: (one.number, one.id)):
        groups.setdefault(getattr(row, per) if per else "", []).append(row)
    drawn: list[Row] = []
    shares = []
    for name in sorted(groups):
        group = groups[name]
        sure = {row.id for row in group if all_key and row.importance == "key"}
        others = sorted((row.id for row in group if row.id not in sure), key=lambda id_: lot(seed, id_))
        taken = sure | set(others[: ceil(rate * len(others))])
        drawn += [row for row in group if row.id in taken]
        shares.append(Share(group[0].branch_name if per == "branch" else name, len(group), len(taken)))
    return Draw(seed, rate, per, all_key, tuple(drawn), tuple(shares), head)


def times_drawn(store: Store, year: int) -> int:
    """Return how many draws the ledger keeps of a year: many draws with few look-backs show that somebody chose among them."""
    return sum(event.action == "sample" and event.as_of.year == year for event in store.events(""))


def record(change: Change, made: Draw, filters: dict[str, Any]) -> None:
    """Keep a draw in the ledger: seed, rate, population, what was drawn, and from which state."""
    told = {
        "seed": made.seed,
        "rate": percent(made.rate),
        "per": made.per or "",
        "all_key": made.all_key,
        "population": made.population,
        "drawn": [row.id for row in made.rows],
        "groups": [[share.name, share.population, share.drawn] for share in made.shares],
        "head": made.head,
        "filters": filters,
    }
    change.add(Draft("", "sample", told))


def percent(rate: Fraction) -> str:
    """Return a rate as people write it."""
    return f"{float(rate * 100):.10g}%"


# --- the sheet to carry -----------------------------------------------------------


def facts(made: Draw, as_of: date, number: int) -> list[tuple[str, str | int]]:
    """Return what a draw is known by, as pairs of name and value: for the sheet and for the screen."""
    return [
        (say("sampling.fact_day"), str(as_of)),
        (say("sampling.fact_population"), made.population),
        (say("sampling.fact_drawn"), len(made.rows)),
        (say("sampling.fact_rate"), percent(made.rate) + (say("sampling.fact_all_key") if made.all_key else "")),
        (say("sampling.fact_per"), say(f"sampling.per_{made.per or 'none'}")),
        (say("sampling.fact_seed"), made.seed),
        (say("sampling.fact_head"), made.head),
        (say("sampling.fact_number"), number),
    ]


def sheet(made: Draw, issues: Sequence[Issue], as_of: date, number: int) -> bytes:
    """Return the workbook to carry: one line for each drawn issue with what was done and what shows it, and columns to fill in."""
    book = FieldBook(say("sampling.sheet_title"), as_of)
    results = (say("sampling.result_kept"), say("sampling.result_relapsed"))
    widths = {"number": 17, "branch": 16, "problem": 30, "done": 30, "evidence": 24, "closed": 11, "by": 14}
    fields = [Field(say(f"sampling.column_{name}"), width) for name, width in widths.items()]
    fields += [
        Field(say("sampling.column_result"), 9, results, write=True),
        Field(say("sampling.column_remark"), 24, write=True),
        Field(say("sampling.column_signature"), 10, write=True),
    ]
    head = say("sampling.sheet_note", day=as_of, seed=made.seed, head=made.head[:12], drawn=len(made.rows), population=made.population)
    rows = [(*_told(issue), None, None, None) for issue in issues]
    book.table(say("sampling.sheet_name"), say("sampling.sheet_title"), (head, say("sampling.sheet_how")), fields, rows)
    shares = [(say("sampling.fact_share", name=share.name or "—"), f"{share.drawn}/{share.population}") for share in made.shares]
    book.facts(say("sampling.record_name"), say("sampling.record_name"), [*facts(made, as_of, number), *(shares if made.per else ())])
    return book.data()


def _told(issue: Issue) -> tuple[str, ...]:
    """Return what a line says of an issue, personal numbers hidden."""
    now = issue.now
    last = now.submissions[-1] if now.submissions else None
    done = last.text if last else now.ended_text
    names = [f"{one.name} {one.taken_on}" for one in issue.proofs()]
    names += [f"{paper.name} {paper.dated}" for paper in (last.papers if last else ())]
    check = now.checks[-1] if now.checks else None
    who = f"{check.by}\n{check.unit}" if check else ""
    texts = (issue.called, f"{issue.branch_name}\n{issue.township}", now.problem, done, "\n".join(names), str(now.closed or ""), who)
    return tuple(map(mask, texts))
