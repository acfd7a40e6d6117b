"""An issue and its cycles, as replayed events leave them. Nothing here is stored that can be derived: overdue, due soon, returned.

An *issue* lasts; a *cycle* is one episode from found to closed and never changes after it is closed. A relapse opens the next cycle.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import TypeAdapter

__all__ = [
    "ENDED",
    "ISSUE",
    "OPEN",
    "STATES",
    "Attachment",
    "Cycle",
    "Extension",
    "Hold",
    "Issue",
    "Line",
    "LookBack",
    "Measure",
    "Notice",
    "Paper",
    "Shift",
    "Sighting",
    "Slip",
    "State",
    "Submission",
    "Verification",
]

State = Literal["candidate", "registered", "rectifying", "submitted", "held", "closed", "dismissed", "transferred", "merged"]
OPEN: tuple[State, ...] = ("candidate", "registered", "rectifying", "submitted", "held")
ENDED: tuple[State, ...] = ("closed", "dismissed", "transferred", "merged")
STATES: tuple[State, ...] = (*OPEN, *ENDED)


@dataclass(frozen=True, slots=True)
class Measure:
    """What is to be done, in parts that can be counted: ``done`` of ``target`` ``unit``; a milestone where it has a ``due``."""

    text: str
    person: str = ""
    due: date | None = None
    unit: str = ""
    target: int = 1
    done: int = 0

    @property
    def finished(self) -> bool:
        return self.done >= self.target


@dataclass(frozen=True, slots=True)
class Extension:
    """A request for a later day and what became of it: ``decision`` is "" (waiting), ``granted`` or ``refused``."""

    requested_on: date
    requested_by: str
    unit: str
    reason: str
    due: date
    decision: str = ""
    decided_on: date | None = None
    decided_by: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """An obstacle that time alone lifts, approved, with the day on which it is looked at again."""

    since: date
    review: date
    reason: str
    by: str
    document: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A document that is named as proof but not kept here, and its own date."""

    name: str
    dated: date


@dataclass(frozen=True, slots=True)
class Submission:
    """The owner says it is done. ``done_on`` decides whether it was in time; ``records`` are later records kept on time."""

    on: date
    done_on: date
    by: str
    unit: str
    text: str
    papers: tuple[Paper, ...] = ()
    records: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Verification:
    """One look at what was claimed. ``outcome`` is full, part or none (已整改, 部分整改, 未整改)."""

    on: date
    outcome: str
    by: str
    unit: str
    role: str
    method: str
    opinion: str
    failed: tuple[int, ...] = ()  # numbers of measures from 1
    exception: str = ""  # why an office too small to separate duties checked its own unit


@dataclass(frozen=True, slots=True)
class Notice:
    """Published for objections, from day to day with both included (公示)."""

    first: date
    last: date
    where: str
    objections: str = ""


@dataclass(frozen=True, slots=True)
class Shift:
    """Days by which a suspension moved the due day, and its document."""

    document: str
    days: int


@dataclass(frozen=True, slots=True)
class Slip:
    """A slip of the ladder that was made out (催办, 督办): once for a rung, numbered."""

    rung: str
    number: str
    on: date
    to: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a run said of the same item: ``failed``, ``passed``, ``not_applicable``."""

    run: str  # table digest
    on: date
    result: str
    facts: str = ""


@dataclass(frozen=True, slots=True)
class LookBack:
    """A closed cycle looked at again (回头看): ``kept`` or ``relapsed``."""

    on: date
    result: str
    by: str
    unit: str
    text: str = ""
    run: str = ""  # that compared it, "" where a person went to look


@dataclass(frozen=True, slots=True)
class Line:
    """A line of progress, or a note."""

    on: date
    by: str
    text: str
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file kept under its SHA-256. ``stage``: before, during or after (整改前, 中, 后); ``taken_on``: the day that it shows."""

    sha256: str
    name: str
    size: int
    stage: str
    taken_on: date
    by: str
    on: date
    text: str = ""
    supersedes: str = ""

    def proves(self, found: date) -> bool:
        """Whether it can speak for a fix: what is dated before the finding and handed in after it never does."""
        return self.stage != "before" and self.taken_on >= found


@dataclass(frozen=True, slots=True)
class Cycle:
    """One episode. ``due`` is the day in force, ``due_first`` the one before any extension or suspension; both None until delivery."""

    no: int
    state: State
    found: date
    source: str  # digest of a run, manual, legacy
    problem: str
    facts: str
    earned: int = 0
    points: int = 0
    unit: str = ""
    person: str = ""
    leader: str = ""
    helpers: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()
    owner: str = ""  # in the pack's words, by which the directory names unit and person
    deadline: str = ""  # class of the pack
    assigned: date | None = None
    assign_document: str = ""
    delivered: date | None = None
    due: date | None = None
    due_first: date | None = None
    due_text: str = ""  # where there is no day yet, what will be
    named: bool = False  # the day was named at delivery, not computed
    unknown_years: tuple[int, ...] = ()
    extensions: tuple[Extension, ...] = ()
    shifts: tuple[Shift, ...] = ()
    progress: tuple[Line, ...] = ()
    submissions: tuple[Submission, ...] = ()
    checks: tuple[Verification, ...] = ()
    hold: Hold | None = None
    notice: Notice | None = None
    slips: tuple[Slip, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    closed: date | None = None
    on_time: bool | None = None  # frozen when it is closed
    ended_code: str = ""  # why it was dismissed
    ended_text: str = ""  # receipt of a transfer, number of the surviving issue, reason of a dismissal
    spot: bool = False  # fixed on the spot (立查立改)

    @property
    def open(self) -> bool:
        return self.state in OPEN

    @property
    def returns(self) -> int:
        """How often it was sent back."""
        return sum(check.outcome != "full" for check in self.checks)

    @property
    def waiting_extension(self) -> Extension | None:
        """The request that waits for a decision."""
        return self.extensions[-1] if self.extensions and not self.extensions[-1].decision else None


@dataclass(frozen=True, slots=True)
class Issue:
    """A lasting weakness: one branch, one item, one locus. ``key`` is computed once, when it is first found, and never again."""

    id: str
    key: str
    number: str  # 台账编号, "" until registered
    kind: Literal["issue", "common"]
    origin: str  # lost, unproven, trigger, veto, common, manual, legacy
    branch: str
    branch_name: str
    township: str
    pack: str
    item: str
    title: str
    basis: str
    fixable_by: str  # branch, township, department
    importance: str  # key, minor
    found: date  # first of all
    cycles: tuple[Cycle, ...]
    irreversible: bool = False
    closes_on: int = 1  # later records that an irreversible lapse needs
    observed: bool = False  # beyond what a branch is given at once: visible, no obligation
    branches: tuple[str, ...] = ()  # of a common problem (共性问题)
    inherited: bool = False  # from an earlier post-holder
    attachments: tuple[Attachment, ...] = ()
    notes: tuple[Line, ...] = ()
    look_backs: tuple[LookBack, ...] = ()
    merged_into: str = ""
    old_number: str = ""  # of an office's own ledger
    told: date = date.min  # as-of day of the last step, before which no other is told
    version: int = 0  # events so far

    @property
    def now(self) -> Cycle:
        return self.cycles[-1]

    @property
    def state(self) -> State:
        return self.now.state

    @property
    def called(self) -> str:
        """What people call it: its number, else its id."""
        return self.number or self.id

    def proofs(self) -> Sequence[Attachment]:
        """Return the attachments that can speak for the fix of the present cycle, without those that others took the place of."""
        replaced = {one.supersedes for one in self.attachments}
        found = self.now.found
        return [one for one in self.attachments if one.on >= found and one.proves(found) and one.sha256 not in replaced]


ISSUE = TypeAdapter(Issue)  # to and from JSON
