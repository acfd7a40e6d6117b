"""What the rules of a jurisdiction came to, in words: sentences for each jurisdiction, and for each branch what changed and why.

Computed is not decided: every sentence proposes, and the computed level stands beside.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from evaluator.messages import Language, say
from evaluator.packs import models as m
from evaluator.packs.scope_rules import Cap
from evaluator.reports.words import Jurisdiction, ScopeLine, Standing
from evaluator.scoring.explain import Line, points
from evaluator.scoring.results import Run, ScopeRow, StandingRow

__all__ = ["Standings", "with_standings"]

NAMED = 30  # names in one sentence

Key = tuple[str, str]  # a branch's id under a pack


def with_standings(trees: Sequence[Line], run: Run, branch: str, lang: Language) -> list[Line]:
    """Return the reasons of a branch, a tree for each pack, with what the rules of its jurisdiction say below each."""
    if not run.standings:
        return list(trees)
    names = {one.id: one.name for one in run.register.branches}
    told = Standings(run, {pack.pack: pack for pack in run.packs}, lang, names, {})
    packs = [row.pack for row in run.branches if row.branch_id == branch]
    below = [tuple(Line("scope", "", text, "") for text in told.explained((branch, pack))) for pack in packs]
    return [replace(tree, lines=(*tree.lines, *lines)) for tree, lines in zip(trees, below, strict=True)]


class Standings:
    """The standings of some packs of a run; empty for packs without rules of a jurisdiction."""

    def __init__(self, run: Run, packs: Mapping[str, m.Pack], lang: Language, names: Mapping[str, str], numbers: Mapping[str, str]) -> None:
        self.lang = lang
        self.packs = packs
        self.names = names
        self.numbers = numbers
        self.place = {id_: place for place, id_ in enumerate(names)}  # in register order
        self.previous = sorted(run.info.previous.values())
        self.rows: dict[Key, StandingRow] = {(row.branch_id, row.pack): row for row in run.standings if row.pack in packs}
        self.counts: dict[Key, list[ScopeRow]] = defaultdict(list)  # by jurisdiction and pack
        for row in run.scopes:
            if row.pack in packs:
                self.counts[row.scope, row.pack].append(row)

    def word(self, name: str, /, **values: Any) -> str:
        return say(f"ranks.{name}", self.lang, **values)

    # --- one branch -----------------------------------------------------------

    def proposed(self, key: Key) -> str:
        """Return the level that the rules propose, "" where it is the computed one."""
        row = self.rows.get(key)
        return "" if row is None or row.level_after == row.level_before else self.label(key[1], row.level_after)

    def notes(self, key: Key) -> tuple[str, ...]:
        """Return whole sentences about a branch: what is proposed and why, and streaks that it is told of."""
        row = self.rows.get(key)
        if row is None:
            return ()
        rules = self.packs[key[1]].scope
        flagged = {one.id: one for one in rules.streaks if one.kind == "flag"} if rules else {}
        streaks = {count.id: count.allowed for count in self.counts[row.scope, row.pack] if count.rule == "streak"}
        told = [self.reason(row)] if row.level_after != row.level_before else []
        told += [self.word("flag", text=flagged[id_].text.text(self.lang), periods=streaks[id_]) for id_ in row.streaks if id_ in flagged]
        return tuple(told)

    def reason(self, row: StandingRow) -> str:
        """Return the sentence that says why another level is proposed than was computed."""
        reasons = []
        for count in self.counts[row.scope, row.pack]:
            if count.rule == "rise" and row.limited:
                reasons.append(self.word("why_limited", previous=self.label(row.pack, row.previous), steps=count.allowed))
            elif count.rule == "cap" and int(count.id) in row.caps:
                tied = self.word("why_tied", count=count.tied) if int(count.id) in row.tied else ""
                where = {"scope": self.scope_name(row.scope, row.pack), "level": self.above(row.pack, int(count.id)), "rank": row.rank}
                told = {"base": count.base, "of": self.base_of(count), "high": count.high, "allowed": count.allowed}
                reasons.append(self.word("why_cap", **where, **told) + tied)
        before, after = (self.label(row.pack, level) for level in (row.level_before, row.level_after))
        return self.word("proposal", before=before, after=after, reasons=self.word("and").join(reasons))

    def explained(self, key: Key) -> tuple[str, ...]:
        """Return the rank of a branch, then its notes."""
        row = self.rows.get(key)
        if row is None or row.rank is None:
            return self.notes(key)
        return (self.word("ranked", scope=self.scope_name(row.scope, row.pack), of=row.of, rank=row.rank), *self.notes(key))

    # --- jurisdictions --------------------------------------------------------

    def jurisdictions(self, pack: str) -> tuple[Jurisdiction, ...]:
        """Return the jurisdictions of a pack in register order, each with its sentences and its branches in rank order."""
        members: dict[str, list[StandingRow]] = defaultdict(list)
        for (_, id_), row in self.rows.items():
            if id_ == pack:
                members[row.scope].append(row)
        made = []
        for (scope, id_), counts in self.counts.items():
            if id_ == pack:
                own = sorted(members[scope], key=lambda row: (row.rank is None, row.rank or 0, self.place[row.branch_id]))
                lines = [line for count in counts for line in self.lines(count, own)]
                made.append(Jurisdiction(self.scope_name(scope, pack), tuple(lines), tuple(self.standing(row) for row in own)))
        return tuple(made)

    def notes_of(self, pack: str) -> tuple[str, ...]:
        """Return what holds for all jurisdictions of a pack: how they are ranked, and what was not judged for want of earlier runs."""
        rules = self.packs[pack].scope
        if rules is None:
            return ()
        counts = [count for (_, id_), own in self.counts.items() if id_ == pack for count in own]
        by = self.word("comma").join(self.word(f"by_{one}") for one in rules.rank.by)
        told = [self.word("order_internal") if self.packs[pack].internal else self.word("order", by=by)]
        told += [self.word("previous_runs", periods=self.word("comma").join(self.previous))] if self.previous else []
        told += [self.word("rise_no_previous")] if any(count.verdict == "no_previous" for count in counts) else []
        for streak in rules.streaks:
            found = next((count for count in counts if count.rule == "streak" and count.id == streak.id), None)
            if found and found.verdict:
                told.append(self.word(f"streak_{found.verdict}", text=streak.text.text(self.lang), periods=found.allowed))
        told += [self.word("unplaced")] if rules.within != "all" and any(count.scope == "" for count in counts) else []
        return tuple(told)

    def standing(self, row: StandingRow) -> Standing:
        key = (row.branch_id, row.pack)
        return Standing(
            number=self.numbers[row.branch_id],
            branch=self.names[row.branch_id],
            rank="—" if row.rank is None else str(row.rank),
            computed=self.word("unvisited") if row.level_before is None else self.label(row.pack, row.level_before),
            proposed=self.proposed(key),
            mark=self.word("unsettled") if row.unsettled else "",
            notes=self.notes(key),
            visited=row.level_before is not None,
        )

    # --- sentences of one rule --------------------------------------------------

    def lines(self, count: ScopeRow, own: Sequence[StandingRow]) -> list[ScopeLine]:
        match count.rule:
            case "rank":
                return [ScopeLine(self.word("members", expected=count.base, visited=count.reached), acts=False)]
            case "cap":
                return [self.cap(count, own)]
            case "hint":
                return [self.hint(count)]
            case "rise" if not count.verdict:
                return [self.rise(count, own)]
            case "streak" if not count.verdict:
                return [self.streak(count, own)]
        return []

    def cap(self, count: ScopeRow, own: Sequence[StandingRow]) -> ScopeLine:
        level = int(count.id)
        told: dict[str, Any] = {"level": self.above(count.pack, level), "of": self.base_of(count), "base": count.base, "high": count.high}
        text = self.word("cap", **told, allowed=count.allowed, reached=count.reached)
        if not count.refused:
            return ScopeLine(text + self.word("cap_within"), acts=False)
        tied = [row for row in own if level in row.tied]
        beyond = [row for row in own if level in row.caps and level not in row.tied]
        if tied:
            left = (count.allowed or 0) - (count.reached - count.refused)
            text += self.word("cap_tied", rank=tied[0].rank, count=count.tied, left=left, names=self.named(tied))
        if beyond:
            text += self.word("cap_beyond", names=self.named(beyond))
        then = self._cap(count).then
        return ScopeLine(text + self.word("cap_then", then=self.label(count.pack, then)), acts=True)

    def hint(self, count: ScopeRow) -> ScopeLine:
        rules = self.packs[count.pack].scope
        hint = next(one for one in rules.hints if one.id == count.id) if rules else None
        low, high = count.low, count.high
        ratio = self.word("ratio_between" if low and high else "ratio_least" if low else "ratio_most", low=low, high=high)
        share = "—" if not count.base else f"{points(10_000 * count.reached // count.base)}%"
        told = {"text": hint.text.text(self.lang) if hint else "", "of": self.base_of(count), "base": count.base, "reached": count.reached}
        text = self.word("hint", **told, share=share, verdict=self.word(f"hint_{count.verdict}", ratio=ratio))
        return ScopeLine(text, acts=count.verdict in ("below", "above"))

    def rise(self, count: ScopeRow, own: Sequence[StandingRow]) -> ScopeLine:
        limited = [row for row in own if row.limited]
        new = sum(row.rank is not None and row.previous is None for row in own)
        text = self.word("rise_limited" if limited else "rise_none", steps=count.allowed, names=self.named(limited))
        return ScopeLine(text + (self.word("rise_new", count=new) if new else ""), acts=bool(limited))

    def streak(self, count: ScopeRow, own: Sequence[StandingRow]) -> ScopeLine:
        rules = self.packs[count.pack].scope
        streak = next(one for one in rules.streaks if one.id == count.id) if rules else None
        found = [row for row in own if count.id in row.streaks]
        told = {"text": streak.text.text(self.lang) if streak else "", "periods": count.allowed, "names": self.named(found)}
        return ScopeLine(self.word("streak_reached" if found else "streak_none", **told), acts=bool(found))

    # --- words ----------------------------------------------------------------

    def _cap(self, count: ScopeRow) -> Cap:
        rules = self.packs[count.pack].scope
        return next(cap for cap in (rules.caps if rules else ()) if cap.level == int(count.id))

    def base_of(self, count: ScopeRow) -> str:
        rules = self.packs[count.pack].scope
        of = self._cap(count).of if count.rule == "cap" else next(one.of for one in (rules.hints if rules else ()) if one.id == count.id)
        return self.word(of)

    def label(self, pack: str, level: int | None) -> str:
        lines = self.packs[pack].rating
        return next((line.label.text(self.lang) for line in lines if line.level == level), "—" if level is None else str(level))

    def above(self, pack: str, level: int) -> str:
        """Return a level's name, with "and above" where there is one above it."""
        name = self.label(pack, level)
        return name if level == max(line.level for line in self.packs[pack].rating) else self.word("above", level=name)

    def scope_name(self, scope: str, pack: str) -> str:
        """Return a jurisdiction's own name, its whole path where another bears the same name."""
        if not scope:
            rules = self.packs[pack].scope
            return self.word("everywhere" if rules and rules.within == "all" else "nowhere")
        name = scope.rpartition("/")[2]
        same = sum(other.rpartition("/")[2] == name for other, id_ in self.counts if id_ == pack)
        return name if same == 1 else scope

    def named(self, rows: Iterable[StandingRow]) -> str:
        names = [self.names[row.branch_id] for row in rows]
        shown = self.word("comma").join(names[:NAMED])
        return shown if len(names) <= NAMED else self.word("and_more", names=shown, count=len(names))
