"""From a run to what its reports print: the one place that decides, ranks, counts and finds the words."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from evaluator.ledger.deadlines import DueDate, days_left, is_due_soon, is_overdue
from evaluator.messages import Language, language, say
from evaluator.packs import models as m
from evaluator.packs.scope import BUILT_INS, all_indicators
from evaluator.reports import words as w
from evaluator.reports.filenames import safe_name, unique_name
from evaluator.scoring.explain import facts_of, points
from evaluator.scoring.results import BranchRow, CriterionRow, FindingRow, GroupRow, IssueRow, MissingRow, Run

__all__ = ["context", "percent"]

COMMON = 30  # percent of the branches inspected
DEAREST = 5
FIRST = 3
NONE = "—"
UNPUBLISHED = ("draft", "reviewed")

Item = m.Criterion | m.Trigger | m.Veto


def context(run: Run, lang: Language | None = None) -> w.Context:
    """Return what the reports of a run print, internal packs strictly apart in ``internal`` (None when there are none)."""
    chosen = lang or language()
    internal = [pack for pack in run.packs if pack.internal]
    apart = _Audience(run, internal, chosen, internal_only=True).context(None) if internal else None
    return _Audience(run, [pack for pack in run.packs if not pack.internal], chosen, internal_only=False).context(apart)


def percent(hundredths: int | None) -> str:
    """Return hundredths of a percent as ``84.61%``, None as a dash."""
    return NONE if hundredths is None else f"{points(hundredths)}%"


class _Audience:
    """Makes the context of some packs of a run."""

    def __init__(self, run: Run, packs: Sequence[m.Pack], lang: Language, *, internal_only: bool) -> None:
        self.run = run
        self.packs = {pack.pack: pack for pack in packs}
        self.lang = lang
        self.internal_only = internal_only
        self.items: dict[tuple[str, str], Item] = {}
        self.group_of: dict[tuple[str, str], m.Group] = {}
        self.indicators: dict[str, m.Indicator] = {}
        for id_, pack in self.packs.items():
            self.indicators |= all_indicators(pack)
            self.items |= {(id_, item.id): item for item in (*pack.vetoes, *pack.triggers)}
            for group in pack.groups:
                self.items |= {(id_, criterion.id): criterion for criterion in group.criteria}
                self.group_of |= {(id_, criterion.id): group for criterion in group.criteria}
        steps = (*run.plan.criteria, *run.plan.vetoes, *run.plan.triggers, *run.plan.gates)
        self.inputs = {(run.plan.packs[step.pack].id, step.id): step.inputs for step in steps}
        self.registered = sorted(run.register.branches, key=lambda branch: (branch.order, branch.id))
        self.rank_of = {branch.id: place for place, branch in enumerate(self.registered)}
        self.rows = sorted((row for row in run.branches if row.pack in self.packs), key=lambda row: (self.rank_of[row.branch_id], list(self.packs).index(row.pack)))
        self.numbers = self._numbers()
        self.names = {branch.id: branch.name for branch in self.registered}
        self.notes = {(r.branch, r.indicator): " ".join(filter(None, (r.note, r.photos))) for r in run.records if r.note or r.photos}
        self.criteria: dict[tuple[str, str], list[CriterionRow]] = defaultdict(list)
        self.groups: dict[tuple[str, str], list[GroupRow]] = defaultdict(list)
        self.findings: dict[tuple[str, str], list[FindingRow]] = defaultdict(list)
        self.issues: dict[tuple[str, str], list[IssueRow]] = defaultdict(list)
        self.missing: dict[str, list[MissingRow]] = defaultdict(list)
        for found, rows in ((self.criteria, run.criteria), (self.groups, run.groups), (self.findings, run.findings), (self.issues, run.issues)):
            for row in rows:
                if row.pack in self.packs:
                    found[row.branch_id, row.pack].append(row)  # type: ignore[attr-defined]
        for row in run.missing:
            self.missing[row.branch_id].append(row)

    def word(self, name: str, **values: Any) -> str:
        return say(f"reports.x_{name}", self.lang, **values)

    def _numbers(self) -> dict[str, str]:
        """Return the register numbers, as wide as the widest; places in the register where the numbers are not one to each branch."""
        orders = [branch.order for branch in self.registered]
        if len(set(orders)) < len(orders) or min(orders, default=1) < 1:
            orders = list(range(1, len(orders) + 1))
        width = max(2, len(str(max(orders, default=1))))
        return {branch.id: f"{order:0{width}d}" for branch, order in zip(self.registered, orders, strict=True)}

    # --- the whole ------------------------------------------------------------

    def context(self, internal: w.Context | None) -> w.Context:
        ranks = {(row.branch_id, row.pack): str(rank) for pack in self.packs for rank, row in self._ranks(pack)}
        taken: set[str] = set()
        branches = []
        for row in self.rows:
            several = sum(other.branch_id == row.branch_id for other in self.rows) > 1
            stem = unique_name(f"{self.numbers[row.branch_id]}-{safe_name(row.name)}{f'-{row.pack}' if several else ''}", taken)
            taken.add(stem.casefold())
            branches.append(self._branch(row, stem, ranks.get((row.branch_id, row.pack), "")))
        made = tuple(branches)
        routed = {row.branch_id for row in self.rows}
        return w.Context(
            lang=self.lang,
            internal_only=self.internal_only,
            header=self._header(made),
            totals=self._totals(made),
            categories=tuple(self._category(pack, [b for b in made if b.pack == id_]) for id_, pack in self.packs.items()),
            branches=made,
            holders=self._holders(),
            townships=self._townships(made),
            unrouted=() if self.internal_only else tuple(branch.name for branch in self.registered if branch.id not in routed),
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
        ]
        provisional = len({b.id for b in branches if b.provisional})
        told = [
            ("note_proposal", True),
            ("note_unfinished", info.reference < info.end),
            ("note_provisional", provisional > 0),
            ("note_bad_cells", bool(info.bad_cells)),
            ("note_register", not self.run.register.given),
        ]
        values = {"day": info.reference, "end": info.end, "provisional": provisional, "cells": len(info.bad_cells)}
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
        adopted = pack.adopted
        status = self.word("adopted", authority=adopted.authority, document=adopted.document) if adopted else self.word(f"status_{pack.status}")
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
        levels = self._shares([(line.label.text(self.lang), line.level, None) for line in pack.rating], [b.level if b.visited else None for b in branches])
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
            common=tuple(cost for cost in costs if cost.failing * 100 > COMMON * cost.visited),
        )

    def _shares(self, labels: Sequence[tuple[str, int, int | None]], found: Sequence[int | None]) -> tuple[w.Share, ...]:
        """Return the count of each value, those without one as 未检 at the end."""
        total = max(1, len(found))
        shares = [w.Share(label, found.count(value), 100 * found.count(value) // total, stars) for label, value, stars in labels]
        return (*shares, w.Share(self.word("unvisited"), found.count(None), 100 * found.count(None) // total))

    def _ranks(self, pack: str) -> list[tuple[int, BranchRow]]:
        """Return the visited branches of a pack by level, stars, score; equals share a rank and stand in register order."""
        def result(row: BranchRow) -> tuple[int, int, int]:
            return tuple(-1 if value is None else value for value in (row.level, row.stars, row.score))  # type: ignore[return-value]

        if self.internal_only:
            return []
        rows = sorted((row for row in self.rows if row.pack == pack and row.visited), key=result, reverse=True)
        ranked = []
        for _, equal in groupby(rows, key=result):
            place = len(ranked) + 1
            ranked += [(place, row) for row in sorted(equal, key=lambda row: self.rank_of[row.branch_id])]
        return ranked

    def _costs(self, pack: m.Pack, visited: int) -> tuple[w.Cost, ...]:
        lost: dict[str, list[int]] = defaultdict(list)
        for row in self.run.criteria:
            if row.pack == pack.pack and row.points > row.earned_possible:
                lost[row.criterion].append(row.points - row.earned_possible)
        made = []
        for group in pack.groups:
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

    # --- one branch -----------------------------------------------------------

    def _branch(self, row: BranchRow, stem: str, rank: str) -> w.Branch:
        pack = self.packs[row.pack]
        key = (row.branch_id, row.pack)
        issues = tuple(self._issue(issue, row) for issue in self.issues[key])
        place = {issue.key: number for number, issue in enumerate(issues)}
        own = sorted(
            (issue for issue in issues if issue.fixable_by == "branch"),
            key=lambda issue: (not (issue.is_key or issue.kind == "veto"), -issue.lost_points, place[issue.key]),
        )
        owed = self._owed(row)
        rating = self._level(pack, row.level) if row.visited else self.word("unvisited")
        possible, confirmed = (self._level(pack, level) if row.visited else "" for level in (row.level_possible, row.level_confirmed))
        findings = tuple(self._finding(finding, row) for finding in self.findings[key])
        return w.Branch(
            order=row.order,
            number=self.numbers[row.branch_id],
            stem=stem,
            id=row.branch_id,
            name=row.name,
            township=row.township or self.word("no_township"),
            path=row.path,
            pack=row.pack,
            category=(pack.category or pack.title).text(self.lang),
            visited=row.visited,
            stars=row.stars if row.visited else None,
            stars_text=self._stars(pack, row.stars, rating) if row.visited else rating,
            stars_possible=self._stars(pack, row.stars_possible, possible) if row.visited else NONE,
            rating=rating,
            rating_possible="" if possible == rating else possible,
            rating_confirmed="" if confirmed == rating else confirmed,
            level=row.level,
            provisional=row.provisional,
            provisional_text=self.word("provisional") if row.provisional else "",
            score=percent(row.score),
            score_value=row.score,
            coverage=percent(row.coverage),
            hard=row.hard,
            soft=row.soft,
            rank=rank,
            groups=tuple(self._star(group, pack) for group in self.groups[key]),
            findings=findings,
            issues=issues,
            own=tuple(own),
            others=tuple(issue for issue in issues if issue.fixable_by != "branch"),
            first=tuple(own[:FIRST]),
            owed=tuple(one for one in owed if not one.own),
            owed_own=tuple(one for one in owed if one.own),
            notes=self._branch_notes(row, rating, confirmed),
            objection=self.word("objection"),
        )

    def _branch_notes(self, row: BranchRow, rating: str, confirmed: str) -> tuple[str, ...]:
        if not row.visited:
            return (self.word("branch_unvisited"),)
        waiting = sum(one.status == "not_due" for one in self.criteria[row.branch_id, row.pack])
        capped = row.vetoes and row.stars is not None and row.level != row.stars
        told = [
            ("branch_capped", capped),
            ("branch_pending", row.pending_vetoes and confirmed != rating),
            ("branch_provisional", row.provisional),
            ("branch_not_due", waiting),
        ]
        values = {"stars": row.stars, "vetoes": "、".join(row.vetoes), "pending": "、".join(row.pending_vetoes), "rating": rating, "confirmed": confirmed, "count": waiting}
        return tuple(self.word(name, **values) for name, on in told if on)

    def _level(self, pack: m.Pack, level: int | None) -> str:
        return next((line.label.text(self.lang) for line in pack.rating if line.level == level), NONE if level is None else str(level))

    def _stars(self, pack: m.Pack, stars: int | None, otherwise: str) -> str:
        return "★" * stars + "☆" * (len(pack.groups) - stars) if pack.stars and stars is not None else otherwise

    def _star(self, row: GroupRow, pack: m.Pack) -> w.Star:
        group = next(group for group in pack.groups if group.id == row.group)
        none = row.why in ("not_applicable", "no_line")
        mark = NONE if none else "★" if row.awarded else "◇" if row.awarded_possible else "☆"
        why = self.word(f"why_{row.why}") + (self.word("why_possible") if mark == "◇" else "")
        return w.Star(
            row.group, group.title.text(self.lang), group.lead, mark, row.awarded, row.awarded_possible, percent(row.score), row.score,
            points(row.earned), points(row.earned_possible), points(row.applicable), why,
        )  # fmt: skip

    def _facts(self, pack: str, item: str, branch: str) -> str:
        """Return the values that an item read and the notes beside them, word for word."""
        inputs = self.inputs[pack, item]
        facts = facts_of(self.run.plan, self.packs[pack], inputs, self.run.values.get(branch, {}), self.lang)
        told = [text for number in inputs if (text := self.notes.get((branch, self.run.plan.inputs[number].id)))]
        return self.word("and").join([*facts, *told]) or say("common.unknown", self.lang)

    def _finding(self, row: FindingRow, branch: BranchRow) -> w.Finding:
        pack = self.packs[row.pack]
        item = next(one for one in (*pack.vetoes, *pack.triggers, *pack.gates) if one.id == row.id)
        words = say(f"scoring.finding_{row.state}", self.lang)
        effect = self.word("effect_gate")
        if isinstance(item, m.Trigger):
            effect = self.word(f"effect_{item.kind}")
        elif isinstance(item, m.Veto):
            stripped = [group.title.text(self.lang) for group in pack.groups if group.id in item.strip]
            effects = [self.word("effect_strip", groups=self.word("comma").join(stripped))] if stripped else []
            effects += [self.word("effect_cap", level=self._level(pack, item.cap))] if item.cap is not None else []
            effects += [self.word("effect_void")] if item.void else []
            effect = self.word("and").join(effects)
        hard = isinstance(item, m.Trigger) and item.kind == "hard"
        return w.Finding(row.kind, row.id, item.text.text(self.lang), row.state, words, effect, self._facts(row.pack, row.id, branch.branch_id), hard)

    def _owed(self, row: BranchRow) -> list[w.Owed]:
        found = []
        for one in self.missing[row.branch_id]:
            items = tuple(item for item in one.criteria if (row.pack, item) in self.inputs)
            if items:
                holder = self._holder_text(one.holder)
                found.append(w.Owed(one.indicator, self._label(one.indicator), one.holder, holder, items, one.holder == "branch"))
        return found

    def _label(self, indicator: str) -> str:
        known = self.indicators.get(indicator) or BUILT_INS.get(indicator)
        return known.label.text(self.lang) if known else indicator

    def _holder_text(self, holder: str) -> str:
        return self.word(f"holder_{holder}") if holder in ("branch", "township", "team") else holder

    def _issue(self, row: IssueRow, branch: BranchRow) -> w.Issue:
        item = self.items[row.pack, row.criterion]
        group = self.group_of.get((row.pack, row.criterion))
        text = item.text.text(self.lang)
        facts = self._facts(row.pack, row.criterion, row.branch_id)
        rule = self.packs[row.pack].deadlines[row.deadline]
        light, told = self._light(row.due)
        return w.Issue(
            key=row.issue_key,
            serial=f"{self.numbers[row.branch_id]}-{row.criterion}",
            kind=row.kind,
            kind_text=self.word(f"kind_{row.kind}"),
            pack=row.pack,
            branch_id=row.branch_id,
            number=self.numbers[row.branch_id],
            branch=branch.name,
            township=branch.township or self.word("no_township"),
            item=row.criterion,
            group=group.title.text(self.lang) if group else "",
            text=text,
            facts=facts,
            problem=say(f"ledger.problem_{row.kind}", self.lang, text=text.rstrip("。."), facts=facts),
            earned=points(row.earned),
            points=points(row.points),
            lost=points(row.points - row.earned),
            lost_points=row.points - row.earned,
            status=self._status(row),
            is_key=isinstance(item, m.Criterion) and item.key,
            measure=self._measure(row, item),
            owner=row.owner,
            fixable_by=row.fixable_by,
            fixable_text=self.word(f"fixable_{row.fixable_by}"),
            deadline=rule.label.text(self.lang),
            due=row.due,
            due_text=row.due_text if self.lang == "zh" else self._due_text(rule, row),
            days_left=days_left(row.due, self.run.info.as_of),
            light=light,
            light_text=told,
            basis=row.basis,
            provisional=row.provisional,
        )

    def _due_text(self, rule: m.Deadline, row: IssueRow) -> str:
        return DueDate(rule, row.due, (row.due.year,) if row.due and row.provisional else ()).text(self.lang)

    def _status(self, row: IssueRow) -> str:
        for one in self.criteria[row.branch_id, row.pack]:
            if one.criterion == row.criterion:
                return say(f"scoring.status_{one.status}", self.lang, earned=points(one.earned), possible=points(one.earned_possible), points=points(one.points))
        return say("scoring.finding_true", self.lang)

    def _measure(self, row: IssueRow, item: Item) -> str:
        """Return what to do: what was not proved is shown first, from records that exist."""
        if row.kind != "unproven":
            return item.measure.text(self.lang)
        wanted = [self._label(one.indicator) for one in self.missing[row.branch_id] if one.holder == "branch" and row.criterion in one.criteria]
        return self.word("measure_unproven", wanted=self.word("comma").join(wanted))

    def _light(self, due: date | None) -> tuple[str, str]:
        left = days_left(due, self.run.info.as_of)
        if left is None:
            return "waiting", self.word("light_waiting")
        light = "overdue" if is_overdue(due, self.run.info.as_of) else "soon" if is_due_soon(due, self.run.info.as_of) else "open"
        return light, self.word(f"light_{light}", days=abs(left))

    # --- who owes what, and where ---------------------------------------------

    def _holders(self) -> tuple[w.Holder, ...]:
        owed: dict[str, dict[str, tuple[list[str], set[str]]]] = defaultdict(dict)
        for rows in (self.missing[branch.id] for branch in self.registered):
            for row in rows:
                items = [item for item in row.criteria if any((pack, item) in self.inputs for pack in self.packs)]
                if items:
                    names, waiting = owed[row.holder].setdefault(row.indicator, ([], set()))
                    names.append(self.names[row.branch_id])
                    waiting.update(items)
        made = []
        for id_, indicators in owed.items():
            listed = [w.OwedIndicator(one, self._label(one), tuple(names), tuple(sorted(items))) for one, (names, items) in indicators.items()]
            listed.sort(key=lambda one: (-len(one.branches), one.indicator))
            branches = {name for one in listed for name in one.branches}
            made.append(w.Holder(id_, self._holder_text(id_), id_ == "branch", sum(len(one.branches) for one in listed), len(branches), tuple(listed)))
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
