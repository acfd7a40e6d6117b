"""One branch in words: its stars, what it lost and why, what to do, what others owe."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

from evaluator.ledger.deadlines import DueDate, days_left, is_due_soon, is_overdue
from evaluator.masking import mask
from evaluator.messages import Language, say
from evaluator.packs import models as m
from evaluator.packs.scope import BUILT_INS, all_indicators
from evaluator.reports import words as w
from evaluator.reports.standings import Standings
from evaluator.scoring.compile import compile_names
from evaluator.scoring.doubts import doubts
from evaluator.scoring.explain import facts_of, points
from evaluator.scoring.feed import notes_of
from evaluator.scoring.names import Names
from evaluator.scoring.period import Period
from evaluator.scoring.plan import CriterionStep, GateStep, TriggerStep, VetoStep
from evaluator.scoring.reached import line_of, short_line, total_of
from evaluator.scoring.results import BranchRow, CriterionRow, FindingRow, GroupRow, IssueRow, MissingRow, Run

__all__ = ["Branches", "percent"]

FIRST = 3
WHOLE = 100_00  # hundredths: a total of 100 points is its own percentage
NONE = "—"

Row = TypeVar("Row", CriterionRow, GroupRow, FindingRow, IssueRow)
Item = m.Criterion | m.Trigger | m.Veto
Step = CriterionStep | VetoStep | TriggerStep | GateStep


def percent(hundredths: int | None) -> str:
    """Return hundredths of a percent as ``84.61%``, None as a dash."""
    return NONE if hundredths is None else f"{points(hundredths)}%"


class Branches:
    """The branches of a run under some of its packs, in register order; finds rows and words for one at a time."""

    def __init__(self, run: Run, packs: Sequence[m.Pack], lang: Language) -> None:
        self.run = run
        self.packs = {pack.pack: pack for pack in packs}
        self.lang = lang
        self.items: dict[tuple[str, str], Item] = {}
        self.group_of: dict[tuple[str, str], m.Group] = {}
        self.indicators: dict[str, m.Indicator] = {}
        for id_, pack in self.packs.items():
            self.indicators |= all_indicators(pack)
            self.items |= {(id_, veto.id): veto for veto in pack.vetoes}
            self.items |= {(id_, trigger.id): trigger for trigger in pack.triggers}
            for group in pack.groups:
                self.items |= {(id_, criterion.id): criterion for criterion in group.criteria}
                self.group_of |= {(id_, criterion.id): group for criterion in group.criteria}
        steps: tuple[Step, ...] = (*run.plan.criteria, *run.plan.vetoes, *run.plan.triggers, *run.plan.gates)
        self.inputs = {(run.plan.packs[step.pack].id, step.id): step.inputs for step in steps}
        self.registered = sorted(run.register.branches, key=lambda branch: (branch.order, branch.id))
        self.rank_of = {branch.id: place for place, branch in enumerate(self.registered)}
        place = {id_: number for number, id_ in enumerate(self.packs)}
        own = (row for row in run.branches if row.pack in place)
        self.rows = sorted(own, key=lambda row: (self.rank_of[row.branch_id], place[row.pack]))
        self.numbers = self._numbers()
        self.names = {branch.id: branch.name for branch in self.registered}
        self.notes = notes_of(run.records, run.plan)
        self.standings = Standings(run, self.packs, lang, self.names, self.numbers)
        self.criteria = self._by_branch(run.criteria)
        self.groups = self._by_branch(run.groups)
        self.findings = self._by_branch(run.findings)
        self.issues = self._by_branch(run.issues)
        self.missing: dict[str, list[MissingRow]] = defaultdict(list)
        for row in run.missing:
            self.missing[row.branch_id].append(row)

    def word(self, name: str, /, **values: Any) -> str:
        return say(f"reports.x_{name}", self.lang, **values)

    def _by_branch(self, rows: Iterable[Row]) -> dict[tuple[str, str], list[Row]]:
        found: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in rows:
            if row.pack in self.packs:
                found[row.branch_id, row.pack].append(row)
        return found

    def _numbers(self) -> dict[str, str]:
        """Return the register numbers, as wide as the widest; places in the register where the numbers are not one to each branch."""
        orders = [branch.order for branch in self.registered]
        if len(set(orders)) < len(orders) or min(orders, default=1) < 1:
            orders = list(range(1, len(orders) + 1))
        width = max(2, len(str(max(orders, default=1))))
        return {branch.id: f"{order:0{width}d}" for branch, order in zip(self.registered, orders, strict=True)}

    def branch(self, row: BranchRow, stem: str, rank: str) -> w.Branch:
        pack = self.packs[row.pack]
        key = (row.branch_id, row.pack)
        issues = tuple(self._issue(issue, row) for issue in self.issues[key])
        place = {issue.key: number for number, issue in enumerate(issues)}
        own = sorted(
            (issue for issue in issues if issue.fixable_by == "branch"),
            key=lambda issue: (not (issue.is_key or issue.kind == "veto"), -issue.lost_points, place[issue.key]),
        )
        owed = self._owed(row)
        rating = self.level(pack, row.level) if row.visited else self.word("unvisited")
        possible, confirmed = (self.level(pack, level) if row.visited else "" for level in (row.level_possible, row.level_confirmed))
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
            notes=(*self._branch_notes(row, rating, confirmed), *self._doubts(row), *self.standings.notes(key)),
            objection=self.word("objection"),
            proposed=self.standings.proposed(key),
            total=self._total(row),
            line=short_line(line_of(row, pack), pack, self.run.info.reference) if row.visited else "",
        )

    def _total(self, row: BranchRow) -> str:
        """Return the total in short; its share is cut to whole percents, so that no line seems reached that was not."""
        share = "" if row.score is None else f"{row.score // 100}%"
        whole = None if self.packs[row.pack].total else total_of(row, self.groups[row.branch_id, row.pack])
        if whole is None:
            return share
        shown = f"{points(whole[0])}/{points(whole[1])}"
        return shown if whole[1] == WHOLE else f"{shown} {share}"

    def _branch_notes(self, row: BranchRow, rating: str, confirmed: str) -> tuple[str, ...]:
        if not row.visited:
            return (self.word("branch_unvisited_internal" if self.packs[row.pack].internal else "branch_unvisited"),)
        waiting = sum(one.status == "not_due" for one in self.criteria[row.branch_id, row.pack])
        capped = row.vetoes and row.stars is not None and row.level != row.stars
        told = [
            ("branch_capped", capped),
            ("branch_pending", row.pending_vetoes and confirmed != rating),
            ("branch_provisional", row.provisional),
            ("branch_not_due", waiting),
        ]
        values = {"stars": row.stars, "rating": rating, "confirmed": confirmed, "count": waiting}
        values |= {"vetoes": "、".join(row.vetoes), "pending": "、".join(row.pending_vetoes)}
        return tuple(self.word(name, **values) for name, on in told if on)

    @cached_property
    def meanings(self) -> dict[str, Names]:
        """What names mean in each pack of the run."""
        info = self.run.info
        return compile_names(self.run.packs, Period(info.start, info.end, info.as_of))

    def _doubts(self, row: BranchRow) -> tuple[str, ...]:
        """Return a note on what an approximate figure at a line leaves open, none where nothing is."""
        about = self.run.about.get(row.branch_id)
        if not about or not row.visited:
            return ()
        slots = self.run.values.get(row.branch_id, {})
        found = doubts(self.packs[row.pack], self.meanings[row.pack], self.run.plan, slots, about, self.lang)
        told = self.word("and").join(f"{item}{text}" for item, texts in found.items() for text in texts)
        return (mask(self.word("branch_doubts", told=told)),) if told else ()

    def level(self, pack: m.Pack, level: int | None) -> str:
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
        slots, about = self.run.values.get(branch, {}), self.run.about.get(branch, {})
        facts = facts_of(self.run.plan, self.indicators, inputs, slots, self.lang, about)
        told = [text for number in inputs if (text := self.notes.get((branch, self.run.plan.inputs[number].id)))]
        return mask(self.word("and").join([*facts, *told])) or say("common.unknown", self.lang)

    def _finding(self, row: FindingRow, branch: BranchRow) -> w.Finding:
        pack = self.packs[row.pack]
        items: tuple[m.Veto | m.Trigger | m.Gate, ...] = (*pack.vetoes, *pack.triggers, *pack.gates)
        item = next(one for one in items if one.id == row.id)
        words = say(f"scoring.finding_{row.state}", self.lang)
        effect = self.word("effect_gate")
        if isinstance(item, m.Trigger):
            effect = self.word(f"effect_{item.kind}")
        elif isinstance(item, m.Veto):
            stripped = [group.title.text(self.lang) for group in pack.groups if group.id in item.strip]
            effects = [self.word("effect_strip", groups=self.word("comma").join(stripped))] if stripped else []
            effects += [self.word("effect_cap", level=self.level(pack, item.cap))] if item.cap is not None else []
            effects += [self.word("effect_void")] if item.void else []
            effect = self.word("and").join(effects)
        hard = isinstance(item, m.Trigger) and item.kind == "hard"
        facts = self._facts(row.pack, row.id, branch.branch_id)
        basis = self.word("and").join(pack.sources[one].title if one in pack.sources else one for one in item.basis)
        read = [self.run.plan.inputs[number] for number in self.inputs[row.pack, row.id]]
        values = self.run.values.get(branch.branch_id, {})
        documented = any(one.type == "text" and values.get(one.slot) == 1 for one in read)
        return w.Finding(row.kind, row.id, item.text.text(self.lang), row.state, words, effect, facts, hard, basis, documented)

    def _owed(self, row: BranchRow) -> list[w.Owed]:
        found = []
        for one in self.missing[row.branch_id]:
            items = tuple(item for item in one.criteria if (row.pack, item) in self.inputs)
            if items:
                holder = self.holder_text(one.holder)
                found.append(w.Owed(one.indicator, self.label(one.indicator), one.holder, holder, items, one.holder == "branch"))
        return found

    def label(self, indicator: str) -> str:
        known = self.indicators.get(indicator) or BUILT_INS.get(indicator)
        return known.label.text(self.lang) if known else indicator

    def holder_text(self, holder: str) -> str:
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
            problem=say(f"ledger.problem_{row.kind}", self.lang, text=text.rstrip("。."), facts=facts, missing=self._lacking(row)),
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
                figures = {"earned": points(one.earned), "possible": points(one.earned_possible), "points": points(one.points)}
                return say(f"scoring.status_{one.status}", self.lang, **figures)
        return say("scoring.finding_true", self.lang)

    def _measure(self, row: IssueRow, item: Item) -> str:
        """Return what to do: what was not proved is shown first, from records that exist."""
        if row.kind != "unproven":
            return item.measure.text(self.lang)
        return self.word("measure_unproven", wanted=self._lacking(row))

    def _lacking(self, row: IssueRow) -> str:
        """Return what the branch has not shown of a criterion."""
        own = (one for one in self.missing[row.branch_id] if one.holder == "branch" and row.criterion in one.criteria)
        return self.word("comma").join(self.label(one.indicator) for one in own)

    def _light(self, due: date | None) -> tuple[str, str]:
        left = days_left(due, self.run.info.as_of)
        if left is None:
            return "waiting", self.word("light_waiting")
        light = "overdue" if is_overdue(due, self.run.info.as_of) else "soon" if is_due_soon(due, self.run.info.as_of) else "open"
        return light, self.word("light_today" if left == 0 else f"light_{light}", days=abs(left))
