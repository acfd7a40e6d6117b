"""From a run to what its reports print: the one place that decides, ranks, counts and finds the words."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from evaluator.filenames import safe_name, unique_name
from evaluator.ledger.opening import common_problems
from evaluator.messages import Language, language, say
from evaluator.packs import models as m
from evaluator.reports import words as w
from evaluator.reports.branches import Branches, percent
from evaluator.reports.words import Context
from evaluator.scoring.explain import points
from evaluator.scoring.results import BranchRow, Run

__all__ = ["Context", "context", "percent", "safe_name"]

DEAREST = 5
UNPUBLISHED = ("draft", "reviewed")


def context(run: Run, lang: Language | None = None) -> Context:
    """Return what the reports of a run print, internal packs strictly apart in ``internal`` (None when there are none)."""
    chosen = lang or language()
    internal = [pack for pack in run.packs if pack.internal]
    apart = _Audience(run, internal, chosen, internal_only=True).context(None) if internal else None
    return _Audience(run, [pack for pack in run.packs if not pack.internal], chosen, internal_only=False).context(apart)


class _Audience:
    """Makes the context of some packs of a run."""

    def __init__(self, run: Run, packs: Sequence[m.Pack], lang: Language, *, internal_only: bool) -> None:
        self.run = run
        self.packs = {pack.pack: pack for pack in packs}
        self.lang = lang
        self.internal_only = internal_only
        self.found = Branches(run, packs, lang)

    def word(self, name: str, /, **values: Any) -> str:
        return say(f"reports.x_{name}", self.lang, **values)

    # --- the whole ------------------------------------------------------------

    def context(self, internal: Context | None) -> Context:
        ranks = {(row.branch_id, row.pack): str(rank) for pack in self.packs for rank, row in self._ranks(pack)}
        taken: set[str] = set()
        branches = []
        packs_of = Counter(row.branch_id for row in self.found.rows)
        for row in self.found.rows:
            pieces = (self.found.numbers[row.branch_id], row.name, *([row.pack] if packs_of[row.branch_id] > 1 else []))
            stem = unique_name("-".join(pieces), taken)
            taken.add(stem.casefold())
            branches.append(self.found.branch(row, stem, ranks.get((row.branch_id, row.pack), "")))
        made = tuple(branches)
        routed = {row.branch_id for row in self.found.rows}
        return Context(
            lang=self.lang,
            internal_only=self.internal_only,
            header=self._header(made),
            totals=self._totals(made),
            categories=tuple(self._category(pack, [b for b in made if b.pack == id_]) for id_, pack in self.packs.items()),
            branches=made,
            holders=self._holders(),
            townships=self._townships(made),
            unrouted=() if self.internal_only else tuple(branch.name for branch in self.found.registered if branch.id not in routed),
            as_of=self.run.info.as_of,
            internal=internal,
        )

    def _header(self, branches: Sequence[w.Branch]) -> w.Header:
        info = self.run.info
        draft = info.state in UNPUBLISHED
        reference = any(pack.status == "reference" for pack in self.packs.values())
        shown = [
            ("banner_internal", self.internal_only),
            ("banner_draft", draft),
            ("banner_reference", reference),
            ("banner_illustrative", info.illustrative),
            ("banner_one_count", not info.second_count["ran"]),
        ]
        provisional = len({b.id for b in branches if b.provisional})
        asked = {id_ for pack in self.packs.values() for id_ in pack.indicators}
        blanks = sum(not record.text and not record.na and record.indicator in asked for record in self.run.records)
        about = sum(id_ in asked for written in self.run.about.values() for id_ in written)
        told = [
            ("note_proposal", True),
            ("note_unfinished", info.reference < info.end),
            ("note_provisional", provisional > 0),
            ("note_bad_cells", bool(info.bad_cells)),
            ("note_blanks", blanks > 0),
            ("note_about", about > 0),
            ("note_register", not self.run.register.given),
        ]
        counts = {"provisional": provisional, "cells": len(info.bad_cells), "blanks": blanks, "about": about}
        values = {"day": info.reference, "end": info.end, **counts}
        return w.Header(
            title=" · ".join(pack.title.text(self.lang) for pack in self.packs.values()),
            period=self.word("period", start=info.start, end=info.end),
            as_of=str(info.as_of),
            reference=str(info.reference),
            round=self.word(f"round_{info.round}"),
            state=self.word(f"state_{info.state}"),
            packs=tuple(self._pack_note(pack) for pack in self.packs.values()),
            banners=tuple(self.word(name) for name, on in shown if on),
            notes=(*(self.word(name, **values) for name, on in told if on), self._second_count()),
            second_count=self._second_count(),
            bad_cells=info.bad_cells,
            warnings=info.warnings,
            tool=info.tool,
            digest=info.table_digest[:12],
        )

    def _pack_note(self, pack: m.Pack) -> w.PackNote:
        by = pack.adopted
        status = self.word("adopted", authority=by.authority, document=by.document) if by else self.word(f"status_{pack.status}")
        return w.PackNote(pack.pack, pack.title.text(self.lang), pack.version, status, pack.note.text(self.lang) if pack.note else "")

    def _second_count(self) -> str:
        second = self.run.info.second_count
        if second.get("ran"):
            return self.word("second_ran", count=len(second["sample"]))
        return self.word("second_no_engine" if second.get("reason") == "no_engine" else "second_off")

    def _totals(self, branches: Sequence[w.Branch]) -> w.Totals:
        seen = {b.id for b in branches if b.visited}
        expected = {b.id for b in branches}
        return w.Totals(
            expected=len(expected),
            visited=len(seen),
            unvisited=len(expected - seen),
            provisional=len({b.id for b in branches if b.provisional}),
            issues=sum(len(b.issues) for b in branches),
            vetoes=len({b.id for b in branches if any(f.kind == "veto" and f.state == "true" for f in b.findings)}),
            pending=len({b.id for b in branches if any(f.state != "true" for f in b.findings)}),
        )

    # --- one category ---------------------------------------------------------

    def _category(self, pack: m.Pack, branches: Sequence[w.Branch]) -> w.Category:
        totals = self._totals(branches)
        by_id = {b.id: b for b in branches}
        costs = self._costs(pack, totals.visited)
        shared = {one.criterion for one in common_problems(self.run, [pack]) if not one.township}
        lines = [(line.label.text(self.lang), line.level, None) for line in pack.rating]
        levels = self._shares(lines, [b.level if b.visited else None for b in branches])
        stars = [(self.word("stars_n", count=n), n, n) for n in range(len(pack.groups), -1, -1)]
        return w.Category(
            pack=self._pack_note(pack),
            title=(pack.category or pack.title).text(self.lang),
            has_stars=pack.stars,
            stars_of=len(pack.groups) if pack.stars else 0,
            groups=tuple((group.id, group.title.text(self.lang)) for group in pack.groups),
            criteria=tuple((c.id, c.text.text(self.lang), group.id, int(c.points * 100)) for group in pack.groups for c in group.criteria),
            totals=totals,
            distribution=self._shares(stars, [b.stars if b.visited else None for b in branches]) if pack.stars else levels,
            levels=levels,
            ranking=tuple(w.Ranked(rank, by_id[row.branch_id]) for rank, row in self._ranks(pack.pack)),
            costs=costs,
            dearest=costs[:DEAREST],
            common=tuple(cost for cost in costs if cost.criterion in shared),
            common_over=pack.ledger.common_over,
            common_least=pack.ledger.common_least,
            jurisdictions=self.found.standings.jurisdictions(pack.pack),
            scope_notes=self.found.standings.notes_of(pack.pack),
        )

    def _shares(self, labels: Sequence[tuple[str, int, int | None]], found: Sequence[int | None]) -> tuple[w.Share, ...]:
        """Return the count of each value, those without one as 未检 at the end."""
        total = max(1, len(found))
        shares = [w.Share(label, found.count(value), 100 * found.count(value) // total, stars) for label, value, stars in labels]
        return (*shares, w.Share(self.word("unvisited"), found.count(None), 100 * found.count(None) // total))

    def _ranks(self, pack: str) -> list[tuple[int, BranchRow]]:
        """Return the visited branches of a pack by level, stars, score; equals share a rank and stand in register order."""

        def result(row: BranchRow) -> tuple[int, int, int]:
            return tuple(-1 if value is None else value for value in (row.level, row.stars, row.score))  # type: ignore[return-value]  # three of them

        if self.internal_only:
            return []
        rows = sorted((row for row in self.found.rows if row.pack == pack and row.visited), key=result, reverse=True)
        ranked: list[tuple[int, BranchRow]] = []
        for _, equal in groupby(rows, key=result):
            place = len(ranked) + 1
            ranked += [(place, row) for row in sorted(equal, key=lambda row: self.found.rank_of[row.branch_id])]
        return ranked

    def _costs(self, pack: m.Pack, visited: int) -> tuple[w.Cost, ...]:
        lost: dict[str, list[int]] = defaultdict(list)
        for row in self.run.criteria:
            if row.pack == pack.pack and row.points > row.earned_possible:
                lost[row.criterion].append(row.points - row.earned_possible)
        made = []
        for group in (group for group in pack.groups if not group.accumulates):
            for criterion in group.criteria:
                gone = lost[criterion.id]
                if gone and not criterion.bonus:
                    made.append(
                        w.Cost(
                            criterion=criterion.id,
                            group=group.title.text(self.lang),
                            text=criterion.text.text(self.lang),
                            lost=points(sum(gone)),
                            lost_points=sum(gone),
                            failing=len(gone),
                            visited=visited,
                            percent=100 * len(gone) // max(1, visited),
                            measure=criterion.measure.text(self.lang),
                            owner=criterion.owner,
                        )
                    )
        return tuple(sorted(made, key=lambda cost: (-cost.lost_points, -cost.failing)))

    # --- who owes what, and where ---------------------------------------------

    def _holders(self) -> tuple[w.Holder, ...]:
        owed: dict[str, dict[str, tuple[list[str], set[str]]]] = defaultdict(dict)
        for rows in (self.found.missing[branch.id] for branch in self.found.registered):
            for row in rows:
                items = [item for item in row.criteria if any((pack, item) in self.found.inputs for pack in self.packs)]
                if items:
                    branches, waiting = owed[row.holder].setdefault(row.indicator, ([], set()))
                    branches.append(row.branch_id)
                    waiting.update(items)
        made = []
        for id_, indicators in owed.items():
            listed = [
                w.OwedIndicator(one, self.found.label(one), tuple(self.found.names[branch] for branch in branches), tuple(sorted(items)))
                for one, (branches, items) in sorted(indicators.items(), key=lambda pair: (-len(pair[1][0]), pair[0]))
            ]
            count = sum(len(one.branches) for one in listed)
            waiting_branches = len({branch for branches, _ in indicators.values() for branch in branches})
            made.append(w.Holder(id_, self.found.holder_text(id_), id_ == "branch", count, waiting_branches, tuple(listed)))
        return tuple(sorted(made, key=lambda holder: (holder.own, -holder.count, holder.id)))

    def _townships(self, branches: Iterable[w.Branch]) -> tuple[w.Township, ...]:
        by_name: dict[str, list[w.Branch]] = defaultdict(list)
        for branch in branches:
            by_name[branch.township].append(branch)
        taken: set[str] = set()
        made = []
        for name, own in by_name.items():
            stem = unique_name(name, taken)
            taken.add(stem.casefold())
            made.append(w.Township(name, stem, self._totals(own), tuple(own), tuple(issue for branch in own for issue in branch.issues)))
        return tuple(made)
