"""The tables between evidence, engines and publishing: columns and codes. Rows are whole numbers; names and texts join later."""

from enum import IntEnum

__all__ = ["BRANCHES", "CRITERIA", "FINDINGS", "GROUPS", "RECORDS", "VALUES", "FindingKind", "FindingState", "Status", "Why"]


class Status(IntEnum):
    """What became of a criterion (MEANING section 7)."""

    NOT_APPLICABLE = 0
    NOT_DUE = 1
    UNPROVEN = 2
    MET = 3
    UNMET = 4
    PARTIAL = 5


class Why(IntEnum):
    """Why a group was not awarded, in its reading as it stands; the first that holds, in this order."""

    AWARDED = 0
    NOT_APPLICABLE = 1  # no applicable points
    TOO_LITTLE = 2  # surely applicable points below min_applicable
    KEY = 3  # a key criterion that may apply may be zero
    LINE = 4  # ``earned_when`` not reached
    REQUIRES = 5  # a required group is not awarded
    STRIPPED = 6  # by a veto
    NO_LINE = 7  # the group only adds to the total


class FindingKind(IntEnum):
    VETO = 0
    TRIGGER = 1
    GATE = 2


class FindingState(IntEnum):
    """A veto, trigger or gate that is not plainly false. What is false has no row."""

    TRUE = 1
    OPEN = 2  # unknown
    PENDING = 3  # true, but the finding that it demands is not there


# What an engine is given, one row per record (any order). ``branch`` and ``input`` are numbers; ``value`` is NULL only with ``na``;
# ``day``: days since 1970-01-01, NULL for an undated record; ``stage``: 1 upwards, higher counts more; ``ref``: '' for none; ``row``:
# number of the source record.
RECORDS = ("branch", "input", "value", "na", "day", "stage", "ref", "row")

# What an engine gives back, each sorted by its keys (the first two or three columns). All columns are whole numbers (booleans 0/1).
# criteria: one row per scored branch and criterion; low = earned, high = earned_possible; points = applicable points in play for this
# branch
CRITERIA = ("branch", "criterion", "status", "earned", "earned_possible", "points")
GROUPS = ("branch", "group", "earned", "earned_possible", "applicable", "awarded", "awarded_possible", "why")
# findings: vetoes, triggers and gates that are true, open or pending
FINDINGS = ("branch", "kind", "number", "state")
# branches: one row per branch and pack that applies. ``visited`` 0: no evidence of this pack at all (未检): then every later column is
# NULL. ``num``/``den``: the pack's score as it stands, ``num_possible`` at its highest; ``decided`` points of decided criteria,
# ``applicable`` points in play
# ``level_confirmed``: level as it stands if every pending veto were confirmed
BRANCHES = (
    "branch",
    "pack",
    "visited",
    "stars",
    "stars_possible",
    "num",
    "num_possible",
    "den",
    "level",
    "level_possible",
    "level_confirmed",
    "provisional",
    "hard",
    "soft",
    "decided",
    "applicable",
)
# values: every slot that is not NULL, inputs and derived, for explanation
VALUES = ("branch", "slot", "value")
