"""Advice in the words that the terminal, the table and JSON share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evaluator.messages import Language, say
from evaluator.packs import models as m
from evaluator.packs.scope import all_indicators
from evaluator.scoring.advice.advise import Advice, Aim
from evaluator.scoring.advice.changes import Change
from evaluator.scoring.advice.needs import Needs
from evaluator.scoring.explain import points
from evaluator.scoring.names import Names
from evaluator.scoring.results import Run

__all__ = ["Item", "Owed", "Told", "ToldAim", "tell"]


@dataclass(frozen=True)
class Item:
    """One change in words. ``who``: branch, others, or evidence (there may have been no lapse; it is to be shown). ``gain``: points; ""
    for what earns none. ``supply``: the evidence that must come first."""

    pack: str
    id: str
    text: str
    who: str
    gain: str
    needs: tuple[str, ...]
    supply: tuple[str, ...]
    measure: str
    owner: str
    limit: str
    days: int
    basis: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class ToldAim:
    """One goal. ``steps``: the branch's own set or, where that is not enough, the set with others; empty where there is none."""

    goal: str
    level: int
    verdict: str
    reached: bool
    own: bool  # the branch can do it by itself
    exact: bool
    steps: tuple[Item, ...]


@dataclass(frozen=True)
class Owed:
    """Evidence that one holder has to supply."""

    holder: str
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Told:
    """Advice of one pack for one branch. ``others``: what the branch cannot mend, by who can; ``lasting``: what nobody can this period."""

    branch_id: str
    branch: str
    township: str
    order: int
    pack: str
    title: str
    rating: str
    level: int
    provisional: bool
    aims: tuple[ToldAim, ...]
    others: tuple[tuple[str, tuple[str, ...]], ...]
    lasting: tuple[str, ...]
    settled: bool
    settling: str
    settling_exact: bool
    owed: tuple[Owed, ...]


def tell(run: Run, advice: Advice, names: Mapping[str, Names], lang: Language) -> Told:
    """Return advice in words; ``names``: those of each pack, see ``needs.names_of``."""
    return _Teller(run, advice, names, lang).told()


class _Teller:
    def __init__(self, run: Run, advice: Advice, names: Mapping[str, Names], lang: Language) -> None:
        self.run, self.advice, self.lang = run, advice, lang
        self.names = names
        self._needs: dict[str, Needs] = {}
        row = advice.branch
        awarded = {one.group for one in run.groups if one.awarded and (one.branch_id, one.pack) == (row.branch_id, row.pack)}
        self.awarded = [group for group in advice.pack.groups if group.id in awarded]
        self.indicators = {id_: one for pack in run.packs for id_, one in all_indicators(pack).items()}

    def word(self, name: str, **values: object) -> str:
        return say(f"advise.{name}", self.lang, **{key: str(value) for key, value in values.items()})

    def told(self) -> Told:
        advice, row = self.advice, self.advice.branch
        found = advice.settling
        return Told(
            branch_id=row.branch_id,
            branch=row.name,
            township=row.township,
            order=row.order,
            pack=row.pack,
            title=advice.pack.title.text(self.lang),
            rating=self.label(row.level or 0),
            level=row.level or 0,
            provisional=row.provisional,
            aims=tuple(map(self.aim, advice.aims)),
            others=self.by_owner(change for change in advice.choices.others if self.matters(change)),
            lasting=tuple(f"{one.id} {self.item(one).text.text(self.lang)}" for one in advice.choices.lasting if self.matters(one)),
            settled=found.settled,
            settling=self.settling(),
            settling_exact=found.exact,
            owed=self.owed(found.needed or ()),
        )

    # --- changes --------------------------------------------------------------

    def aim(self, aim: Aim) -> ToldAim:
        found = aim.own if aim.wide is None else aim.wide
        steps = tuple(map(self.step, found.changes or ()))
        goal = self.label(aim.level)
        values = {"goal": goal, "count": len(steps), "own": sum(step.who == "branch" for step in steps)}
        if aim.wide is None:
            verdict = self.word("own" if found.exact else "own_bound", **values)
        elif found.changes is not None:
            verdict = self.word("wide" if aim.own.exact else "wide_unsure", **values) + self.word(
                "least" if found.exact else "most", **values
            )
        else:
            verdict = self.word("never" if found.exact else "never_found", **values)
        if steps and aim.reaches != aim.level:
            verdict += self.word("reaches", level=self.label(aim.reaches))
        own = aim.own.changes is not None
        return ToldAim(goal, aim.level, verdict, found.changes is not None, own, found.exact, steps)

    def step(self, change: Change) -> Item:
        pack = self.run.pack(change.pack)
        item = self.item(change)
        mended = item if isinstance(item, m.Remedied) else self.remedied(change)
        shown = self.shown(change)
        needs = self.needs(pack).of(change)
        return Item(
            pack=change.pack,
            id=change.id,
            text=item.text.text(self.lang),
            who="evidence" if shown else change.who,
            gain=points(change.gain) if change.gain else "",
            needs=tuple(self.word("none_shown", what=self.label_of(id_)) for id_ in change.evidence) if shown else needs,
            supply=tuple(self.label_of(id_) for id_ in change.evidence),
            measure=mended.measure.text(self.lang) if mended and not shown else "",
            owner=self.owner(change),
            limit=pack.deadlines[mended.deadline].label.text(self.lang) if mended else self.word("unknown_limit"),
            days=change.days,
            basis=tuple(pack.sources[id_].title for id_ in item.basis if id_ in pack.sources),
            note=self.word("show") if shown else self.note(change),
        )

    def needs(self, pack: m.Pack) -> Needs:
        if pack.pack not in self._needs:
            self._needs[pack.pack] = Needs(self.run, self.advice.branch.branch_id, pack, self.names[pack.pack], self.lang)
        return self._needs[pack.pack]

    def shown(self, change: Change) -> bool:
        """Return whether only evidence is wanted, because a lapse that cannot be repaired is not yet proved."""
        item = self.item(change)
        return isinstance(item, m.Criterion) and item.irreversible

    def owner(self, change: Change) -> str:
        """Return who mends it: the owner, or the holders of the evidence that is owed by others."""
        item = self.item(change)
        others = [one for one in change.holders if one != "branch" or self.shown(change)]
        if others:
            return self.holders(others)
        mended = item if isinstance(item, m.Remedied) else self.remedied(change)
        return mended.owner if mended else self.word("unknown_owner")

    def note(self, change: Change) -> str:
        notes = []
        if change.with_:
            notes.append(self.word("with", item=change.with_))
        if change.pack != self.advice.pack.pack:
            notes.append(self.word("of_pack", pack=self.run.pack(change.pack).title.text(self.lang)))
        if change.evidence:
            told = self.word("and").join(self.label_of(id_) for id_ in change.evidence)
            notes.append(self.word("supply", holder=self.holders(change.holders), evidence=told))
        return self.word("stop").join(notes)

    def item(self, change: Change) -> m.Item:
        pack = self.run.pack(change.pack)
        criteria = (one for group in pack.groups for one in group.criteria)
        return next(one for one in (*criteria, *pack.vetoes, *pack.triggers, *pack.gates) if one.id == change.id)

    def remedied(self, gate: Change) -> m.Remedied | None:
        """Return the item with which a gate goes."""
        pack = self.run.pack(gate.pack)
        criteria = (one for group in pack.groups for one in group.criteria)
        return next((one for one in (*criteria, *pack.vetoes, *pack.triggers) if one.id == gate.with_), None)

    def matters(self, change: Change) -> bool:
        """Return whether a loss stands in the way of a level: not one in a group that is awarded all the same."""
        if not self.advice.aims or change.kind != "criterion":
            return bool(self.advice.aims)
        return not any(item.id == change.id for group in self.awarded for item in group.criteria)

    def by_owner(self, listed: Iterable[Change]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return what others must mend by who does: the owner, or the holders of the evidence that is owed."""
        found: dict[str, list[str]] = {}
        for change in listed:
            owner = self.owner(change) + (self.word("by_showing") if self.shown(change) else "")
            found.setdefault(owner, []).append(f"{change.id} {self.item(change).text.text(self.lang)}")
        return tuple((owner, tuple(items)) for owner, items in found.items())

    # --- evidence -------------------------------------------------------------

    def settling(self) -> str:
        found = self.advice.settling
        if found.settled:
            return self.word("settled")
        if found.needed is None:
            return self.word("stuck", items=self.word("and").join(found.stuck))
        return self.word("supplied" if found.exact else "supplied_bound", count=len(found.needed), least=found.at_least)

    def owed(self, needed: Sequence[str]) -> tuple[Owed, ...]:
        listed: dict[str, list[str]] = {}
        for id_, holder in zip(needed, self.advice.settling.holders, strict=True):
            listed.setdefault(holder, []).append(self.label_of(id_))
        return tuple(Owed(self.holders([holder]), tuple(labels)) for holder, labels in listed.items())

    # --- words ----------------------------------------------------------------

    def label(self, level: int) -> str:
        return next((line.label.text(self.lang) for line in self.advice.pack.rating if line.level == level), str(level))

    def label_of(self, id_: str) -> str:
        return self.indicators[id_].label.text(self.lang) if id_ in self.indicators else id_

    def holders(self, listed: Iterable[str]) -> str:
        told = (say(f"reports.x_holder_{one}", self.lang) if one in ("branch", "township", "team") else one for one in listed)
        return self.word("and").join(told)
