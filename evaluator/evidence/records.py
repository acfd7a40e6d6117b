"""What was seen, as the engines want it: one record for each value of one branch."""

from dataclasses import dataclass, field

from evaluator.diagnostics import Diagnostic, Place
from evaluator.evidence.register import Branch, Register

__all__ = ["Branch", "Evidence", "Record", "Register"]


@dataclass(frozen=True, slots=True)
class Record:
    """One value of one indicator for one branch, in the units of the plan (``values.Read``).

    ``day``: days since 1970-01-01, None when undated; ``stage``: 1 self-reported, 2 checked by the township, 3 by the county, higher
    counts more;
    ``ref``: number of the event's document; ``text``: what stood in the cell; ``note``, ``photos``: the fact, printed word for word;
    ``approx``: the words in the cell that make it approximate.
    """

    branch: str
    indicator: str
    value: int | None
    na: bool
    day: int | None
    stage: int
    ref: str
    text: str
    note: str
    photos: str
    place: Place
    approx: str = ""


@dataclass(frozen=True)
class Evidence:
    """Everything read from the files of one run.

    ``bad`` are cells that could not be read (their values are missing here); ``warnings`` do not stop a run; ``digests``: file name to
    SHA-256.
    """

    register: Register
    records: tuple[Record, ...]
    bad: tuple[Diagnostic, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    digests: dict[str, str] = field(default_factory=dict)
