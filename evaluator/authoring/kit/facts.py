"""What packs say, as claims that can be checked: every option of every question is decided here, from the data and nothing else."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from evaluator.authoring.kit.rules import Ask, level_of_stars, threshold_values, worth_values
from evaluator.authoring.kit.values import Claim, akin, deadline_sense, overlap, pieces
from evaluator.messages import LANGUAGES
from evaluator.packs import models as m
from evaluator.packs.scope import all_indicators, scope_of

__all__ = ["Facts", "items_of", "kind_of", "ref"]

Truth = bool | None


def items_of(pack: m.Pack) -> list[m.Item]:
    """Return criteria, vetoes, triggers and gates in the pack's order."""
    criteria = [criterion for group in pack.groups for criterion in group.criteria]
    return [*criteria, *pack.vetoes, *pack.triggers, *pack.gates]


def kind_of(item: m.Item) -> str:
    """Return ``criterion``, ``veto``, ``hard``, ``soft`` or ``gate``."""
    if isinstance(item, m.Trigger):
        return item.kind
    return "criterion" if isinstance(item, m.Criterion) else "veto" if isinstance(item, m.Veto) else "gate"


def ref(pack: m.Pack, item: m.Item) -> str:
    """Return by what claims know an item: packs of one paper may use the same id, such as V1."""
    return f"{pack.pack}:{item.id}"


class Facts:
    """All that the packs of a paper say. An item is known by its :func:`ref`, a field of evidence by its Chinese label."""

    def __init__(self, packs: Sequence[m.Pack]) -> None:
        self.packs = packs
        self.scopes = {pack.pack: scope_of(pack, place="rating") for pack in packs}
        self.items = {ref(pack, item): item for pack in packs for item in items_of(pack)}
        self.pack_of = {ref(pack, item): pack for pack in packs for item in items_of(pack)}
        self.group_of = {ref(pack, criterion): group for pack in packs for group in pack.groups for criterion in group.criteria}
        self._mends: dict[str, set[str]] = {}  # what kind of things each owner puts right
        self._asks: dict[tuple[str, str], dict[str, Ask]] = {}
        self.indicators: dict[str, list[m.Indicator]] = defaultdict(list)
        for pack in packs:
            for indicator in all_indicators(pack).values():
                if indicator not in self.indicators[indicator.label.zh]:
                    self.indicators[indicator.label.zh].append(indicator)
        self.alike: dict[str, list[str]] = defaultdict(list)  # items that read the same, in either language
        for lang in LANGUAGES:
            texts: dict[str, list[str]] = defaultdict(list)
            for key, item in self.items.items():
                texts[item.text.text(lang)].append(key)
            for ids in texts.values():
                for id_ in ids:
                    self.alike[id_] += [other for other in ids if other != id_]
        self.judges: dict[str, Callable[[Claim], Truth]] = {
            "holder": self._holder, "proof": self._proof, "missing": self._missing, "setting": self._setting,
            "level": self._level, "threshold": self._number, "worth": self._number, "line": self._number,
        }  # fmt: skip

    def is_true(self, claim: Claim) -> Truth:
        """Return whether the packs say so; None where it can be argued, so that it is neither a right answer nor a wrong one.

        An item that reads like another one is argued about where the two differ.
        """
        if claim.relation in self.judges:
            return self.judges[claim.relation](claim)
        own = self._of_item(claim)
        others = [self._of_item(Claim(claim.relation, other, claim.value)) for other in self.alike[claim.subject]]
        return own if all(other == own for other in others) else None

    # --- items ----------------------------------------------------------------

    def _of_item(self, claim: Claim) -> Truth:
        item = self.items[claim.subject]
        value = claim.value
        match claim.relation:
            case "points":
                return isinstance(item, m.Criterion) and item.points == value
            case "group":
                group = self.group_of.get(claim.subject)
                return group is not None and group.title.zh == value
            case "kind":
                return kind_of(item) == value
            case "key":
                return (isinstance(item, m.Criterion) and item.key) == value
            case "irreversible":
                return (isinstance(item, m.Criterion) and item.irreversible) == value
            case "repair":
                return value == "resume" if isinstance(item, m.Criterion) and item.irreversible else None
            case "effect":
                return self._effect(item, value)
            case "highest":
                return isinstance(item, m.Veto) and (None if item.void else item.cap == value)
        if not isinstance(item, m.Remedied):
            return None
        match claim.relation:
            case "fixable":
                return item.fixable_by == value
            case "owner":
                return self._owner(item, str(value))
            case "deadline":
                return self._deadline(item, self.pack_of[claim.subject], value)
        raise AssertionError(claim.relation)

    def _effect(self, item: m.Item, value: object) -> Truth:
        if not isinstance(item, m.Veto):
            return None
        if value == "void":
            return item.void
        if value == "cap":
            return True if item.cap is not None and not item.void else None if item.void else False
        if value == "strip":
            return True if item.strip else None if item.void else False
        return False  # only a reminder, only points off

    def _owner(self, item: m.Remedied, value: str) -> Truth:
        """Owners are texts: another is wrong only if it is one body, and neither it nor one like it ever mends what is mended here."""
        if item.owner == value:
            return True
        if len(pieces(value)) > 1:
            return None
        if value not in self._mends:
            remedied = [one for one in self.items.values() if isinstance(one, m.Remedied)]
            self._mends[value] = {one.fixable_by for one in remedied if overlap(one.owner, value)}
        return None if item.fixable_by in self._mends[value] else False

    def _deadline(self, item: m.Remedied, pack: m.Pack, value: object) -> Truth:
        """A time limit is its name and what it comes to; where only one of the two is the same, it can be argued."""
        own = pack.deadlines[item.deadline]
        found = (own.label.zh, deadline_sense(own))
        if found == value:
            return True
        return None if set(found) & set(value if isinstance(value, tuple) else ()) else False

    # --- fields of evidence ---------------------------------------------------

    def _holder(self, claim: Claim) -> Truth:
        holders = {indicator.holder for indicator in self.indicators[claim.subject]}
        if claim.value in holders:
            return True if len(holders) == 1 else None
        return None if any(overlap(holder, str(claim.value)) for holder in holders) else False

    def _proof(self, claim: Claim) -> Truth:
        proofs = {indicator.proof.zh for indicator in self.indicators[claim.subject] if indicator.proof}
        if claim.value in proofs:
            return True if len(proofs) == 1 else None
        return None if not proofs or any(akin(proof, str(claim.value)) for proof in proofs) else False

    def _missing(self, claim: Claim) -> Truth:
        found = {self._absent(indicator) for indicator in self.indicators[claim.subject]}
        if claim.value in found:
            return True if len(found) == 1 else None
        # None of something may come to full marks or to none: for a field reported by exception these are no wrong answers.
        return None if "blank" in found and claim.value in ("zero", "full") else False

    def _absent(self, indicator: m.Indicator) -> str:
        """Return what an empty cell means (MEANING section 3)."""
        return "blank" if indicator.blank is not None else "branch" if indicator.holder == "branch" else "others"

    # --- numbers of rules -----------------------------------------------------

    def _setting(self, claim: Claim) -> Truth:
        pack, _, id_ = claim.subject.partition("/")
        setting = next(one for one in self.packs if one.pack == pack).settings[id_]
        values = {setting.value, *setting.by_date.values(), *setting.values.values(), setting.otherwise} - {None}
        if claim.value in values:
            return True if len(values) == 1 else None
        return False

    def _level(self, claim: Claim) -> Truth:
        pack, _, stars = claim.subject.partition("/")
        level = level_of_stars(next(one for one in self.packs if one.pack == pack), int(stars))
        return None if level is None else level == claim.value

    def _number(self, claim: Claim) -> Truth:
        """``pack:UZB-07#0`` and so on: the number that the rule of this part or condition gives."""
        id_, _, place = claim.subject.partition("#")
        found = self.asks(claim.relation, id_).get(place)
        return None if found is None else found.value == claim.value

    def asks(self, relation: str, id_: str) -> dict[str, Ask]:
        """Return what can be asked about the numbers of an item: ``worth``, or ``threshold`` and ``line``."""
        key = ("worth" if relation == "worth" else "threshold", id_)
        if key not in self._asks:
            made = worth_values if relation == "worth" else threshold_values
            self._asks[key] = made(self.pack_of[id_], self.scopes[self.pack_of[id_].pack], self.items[id_])
        return self._asks[key]
