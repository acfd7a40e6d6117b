"""The plan: packs for one period as an ordered list of typed integer steps, the only thing that both engines read.

Everything is a whole number. A slot holds one value of one branch: numbers and percents in ten-thousandths, dates as days since
1970-01-01, booleans as 1 and 0, a choice as the number of its option from 1 (0: none of them), or NULL where nothing is known. Points
are hundredths. Tests are three-valued (Kleene): a comparison with NULL is unknown; ``All``, ``Any`` and ``Not`` follow SQL's AND, OR
and NOT.

Names are the packs' own only for people; engines use numbers.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from evaluator.packs.tree import Comparator

__all__ = [
    "Abs",
    "All",
    "Any",
    "AwardStep",
    "BandsStep",
    "ChoicesStep",
    "Compare",
    "Const",
    "CountStep",
    "CriterionStep",
    "DeductStep",
    "DerivedStep",
    "Expr",
    "Fixed",
    "GateStep",
    "Greatest",
    "GroupStep",
    "Holds",
    "Input",
    "Item",
    "Least",
    "ManualStep",
    "Not",
    "PackStep",
    "PartStep",
    "Pick",
    "Plan",
    "Plus",
    "ProrateStep",
    "Result",
    "Slot",
    "Test",
    "Times",
    "TriggerStep",
    "VetoStep",
    "When",
]


# --- whole-number expressions -------------------------------------------------


@dataclass(frozen=True)
class Slot:
    index: int


@dataclass(frozen=True)
class Const:
    value: int


@dataclass(frozen=True)
class Times:
    factor: int
    of: "Expr"


@dataclass(frozen=True)
class Plus:
    of: tuple["Expr", ...]


@dataclass(frozen=True)
class Least:
    """The smallest; NULL when any is."""

    of: tuple["Expr", ...]


@dataclass(frozen=True)
class Greatest:
    """The largest; NULL when any is."""

    of: tuple["Expr", ...]


@dataclass(frozen=True)
class Abs:
    of: "Expr"


@dataclass(frozen=True)
class Holds:
    """1 where the test is true, 0 where false, NULL where unknown."""

    of: "Test"


@dataclass(frozen=True)
class When:
    """The value where the test is true, else NULL (a sample that is too small says nothing)."""

    test: "Test"
    of: "Expr"


@dataclass(frozen=True)
class Pick:
    """A constant chosen by the value of a slot; ``otherwise`` for a value not listed; NULL when the slot is."""

    slot: int
    cases: tuple[tuple[int, int], ...]  # slot value, result
    otherwise: int | None


@dataclass(frozen=True)
class Result:
    """A figure of the score itself; engines evaluate a test that reads one twice: as it stands, and at its highest.

    ``num`` and ``den``: score is ``100 x num / den`` of the group (in ``GroupStep.line``) or of the pack (elsewhere).
    ``points``: hundredths earned, whatever they are over. ``stars``, ``hard``, ``soft``, ``keys_failed``, ``gates_failed``: of this
    pack, or, with ``pack``, ``hard``, ``soft``, ``level`` of a needed one. See :class:`PackStep` for the two readings of each.
    """

    name: Literal["num", "den", "points", "stars", "hard", "soft", "keys_failed", "gates_failed", "level"]
    pack: int | None = None


Expr = Slot | Const | Times | Plus | Least | Greatest | Abs | Holds | When | Pick | Result


# --- tests --------------------------------------------------------------------


@dataclass(frozen=True)
class Compare:
    op: Comparator
    left: Expr
    right: Expr


@dataclass(frozen=True)
class All:
    of: tuple["Test", ...]


@dataclass(frozen=True)
class Any:
    of: tuple["Test", ...]


@dataclass(frozen=True)
class Not:
    of: "Test"


@dataclass(frozen=True)
class Fixed:
    value: bool


Test = Compare | All | Any | Not | Fixed
NEVER = Fixed(False)


# --- what goes in -------------------------------------------------------------


@dataclass(frozen=True)
class Input:
    """One indicator or branch attribute: its number in the records, its rule of aggregation, the slots that it fills.

    ``slot`` gets the aggregate (for ``mean`` the sum, with the number of values in ``count_slot``); for ``choices`` it gets the set of
    options as a bit mask (bit 0 is the first option) and ``option_slots`` one 1/0 for each option. ``na_slot`` (only where N/A is
    allowed) gets 1 where the value is not applicable, 0 where there is a value, NULL where there is nothing; where it is 1 the other
    slots are NULL.
    """

    number: int
    id: str
    type: Literal["integer", "decimal", "percent", "boolean", "date", "choice", "choices", "text"]
    aggregate: Literal["latest", "sum", "count", "min", "max", "mean", "any", "all", "distinct_months"]
    scale: int  # 10_000 for integer, decimal and percent; 1 for the others
    slot: int
    na_slot: int | None = None
    count_slot: int | None = None
    option_slots: tuple[int, ...] = ()
    options: tuple[str, ...] = ()  # of a choice: the texts numbered from 1; of choices: the bits in order


@dataclass(frozen=True)
class DerivedStep:
    """A derived value: ``num / scale``, or the exact ratio ``num / den`` when ``den`` is given (a share, so a percent is 100 times it)."""

    id: str
    num_slot: int
    num: Expr
    den_slot: int | None = None
    den: Expr | None = None
    scale: int = 1


# --- parts --------------------------------------------------------------------


@dataclass(frozen=True)
class PartStep:
    """What all parts share. ``na`` true: the part's full marks leave the criterion. ``fixed``: the first test that is true gives the
    worth outright (a division by zero). ``source`` is the part's place in the pack's list, from 0."""

    full: int
    source: int
    na: Test
    fixed: tuple[tuple[Test, int], ...]


@dataclass(frozen=True)
class AwardStep(PartStep):
    when: Test


@dataclass(frozen=True)
class BandsStep(PartStep):
    bands: tuple[tuple[Test, int], ...]


@dataclass(frozen=True)
class CountStep(PartStep):
    """``start + step x floor(max(per, 0) / every)``, held to 0..full: count_up starts at 0 with a positive step, count_down at full
    with a negative one."""

    start: int
    step: int
    per: Expr
    every: int


@dataclass(frozen=True)
class ProrateStep(PartStep):
    """``floor(full x num / den)``, the share held to 0..1; den is positive wherever no ``fixed`` and no ``na`` holds."""

    num: Expr
    den: Expr


@dataclass(frozen=True)
class ChoicesStep(PartStep):
    each: int
    slots: tuple[int, ...]


@dataclass(frozen=True)
class ManualStep(PartStep):
    """Points as given (a slot in ten-thousandths of a point), held to low..full and cut to a hundredth."""

    slot: int
    low: int


@dataclass(frozen=True)
class DeductStep:
    """Points off: ``points`` once, or ``points x floor(max(per, 0) / every)``; nothing where ``when`` is false or ``na`` true; at most
    ``up_to``."""

    points: int
    when: Test | None
    per: Expr | None
    every: int
    up_to: int | None
    na: Test
    source: int


@dataclass(frozen=True)
class CriterionStep:
    number: int
    id: str
    pack: int
    group: int
    points: int  # as the pack says
    owed: int  # points of what is due by R; 0: not yet due
    parts: tuple[PartStep, ...]
    deducts: tuple[DeductStep, ...]
    zero: Test | None
    applies: Test | None
    key: bool
    bonus: bool
    inputs: tuple[int, ...]  # numbers of the inputs read, in order


@dataclass(frozen=True)
class GroupStep:
    number: int
    id: str
    pack: int
    points: int  # of its criteria without bonus, as the pack says
    criteria: tuple[int, ...]
    line: Test | None  # reads Result num and den; None: never earned, it only adds to the total
    min_applicable: int  # hundredths of a percent of ``points``
    requires: tuple[int, ...]  # numbers of groups of the same pack, all earlier in ``PackStep.order``
    bonus_up_to: int


@dataclass(frozen=True)
class VetoStep:
    number: int
    id: str
    pack: int
    when: Test
    strip: tuple[int, ...]
    cap: int | None
    void: bool
    finding: Test | None  # true: the competent body's finding is there; None: none is demanded
    inputs: tuple[int, ...]


@dataclass(frozen=True)
class TriggerStep:
    number: int
    id: str
    pack: int
    hard: bool
    when: Test
    applies: Test | None
    inputs: tuple[int, ...]


@dataclass(frozen=True)
class GateStep:
    number: int
    id: str
    pack: int
    when: Test  # true: failed
    inputs: tuple[int, ...]


Item = CriterionStep | VetoStep | TriggerStep | GateStep


@dataclass(frozen=True)
class PackStep:
    """One pack and the order of its groups.

    Results have two readings, ``as it stands`` and ``at its highest``: num, den: earned over applicable points, lowest and highest (or
    the weighted total); points: earned, lowest and highest; stars: groups awarded, and possibly awarded; hard, soft: triggers that are
    true, and those plus the unknown; keys_failed: key criteria that may apply and whose lowest is 0, and those that surely
    apply and whose highest is 0; gates_failed: gates that are true, in both readings; a needed pack's hard, soft, level: its two
    readings.
    """

    number: int
    id: str
    applies: Test | None
    stars: bool
    order: tuple[int, ...]  # group numbers, each after those that it requires
    weights: tuple[tuple[int, int], ...]  # group number, weight; empty: plain total
    rating: tuple[tuple[int, Test | None], ...]  # level and its test, first true wins
    inputs: tuple[int, ...]  # evidence (not attributes) that the pack reads: a branch with none of it was not inspected


@dataclass(frozen=True)
class Plan:
    """Packs in the order of their needs, flattened for one period and reference date. ``digest`` names it: same digest, same scores."""

    start: date
    end: date
    reference: date  # R
    slots: int
    inputs: tuple[Input, ...]
    derived: tuple[DerivedStep, ...]
    packs: tuple[PackStep, ...]
    groups: tuple[GroupStep, ...]
    criteria: tuple[CriterionStep, ...]
    vetoes: tuple[VetoStep, ...]
    triggers: tuple[TriggerStep, ...]
    gates: tuple[GateStep, ...]
    digest: str = field(default="", compare=False)

    def items(self) -> dict[tuple[str, str], Item]:
        """Return criteria, vetoes, triggers and gates by pack id and own id."""
        found: tuple[Item, ...] = (*self.criteria, *self.vetoes, *self.triggers, *self.gates)
        return {(self.packs[step.pack].id, step.id): step for step in found}
