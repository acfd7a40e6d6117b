"""Evidence as the engines take it: numbers for branches and indicators, one Arrow row per record."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.evidence.figures import is_approximate
from evaluator.evidence.records import Evidence, Record
from evaluator.evidence.register import Branch, Register
from evaluator.evidence.values import BadCell, plain, read_value
from evaluator.packs.models import Indicator, Pack
from evaluator.packs.scope import all_indicators
from evaluator.scoring.names import EVENTS_PER_BRANCH
from evaluator.scoring.period import day_number
from evaluator.scoring.plan import Input, Plan
from evaluator.scoring.tables import RECORDS
from evaluator.scoring.truth import truth

__all__ = ["SCHEMA", "approximate", "counted", "evidence_digest", "feed", "notes_of", "unrouted"]

SHOWN = 5  # names of branches in one warning
SCHEMA = pa.schema(
    zip(RECORDS, (pa.int32(), pa.int32(), pa.int64(), pa.bool_(), pa.int32(), pa.int32(), pa.string(), pa.int32()), strict=True)
)


def feed(evidence: Evidence, plan: Plan, indicators: Mapping[str, Indicator]) -> pa.Table:
    """Return the records of ``tables.RECORDS``; branches are numbered in the order of the register, ``row`` counts the evidence's records.

    Attributes of the register come as undated records of the highest stage, so that they stand above anything else.

    Raises:
        Failure: a branch has more records of one indicator than the plan's proof of 64 bits allows for.
    """
    counts = Counter((record.branch, record.indicator) for record in evidence.records)
    if too_many := [(*key, count) for key, count in counts.items() if count > EVENTS_PER_BRANCH]:
        place = Place("、".join(sorted(evidence.digests)))
        told = [{"branch": branch, "indicator": id_, "count": count, "most": EVENTS_PER_BRANCH} for branch, id_, count in too_many]
        raise Failure([Diagnostic("scoring.E708", place, values) for values in told])
    branches = {branch.id: number for number, branch in enumerate(evidence.register.branches)}
    inputs = {found.id: found for found in plan.inputs}
    rows = [
        (branches[r.branch], inputs[r.indicator].number, r.value, r.na, r.day, r.stage, r.ref, number)
        for number, r in enumerate(evidence.records)
        if r.indicator in inputs and r.branch in branches
    ]
    for branch in evidence.register.branches:
        for id_, text in branch.attributes.items():
            if id_ in inputs:
                rows += [
                    (branches[branch.id], inputs[id_].number, value, False, None, 9, "", -1)
                    for value in _attribute(text, inputs[id_], plan, indicators)
                ]
    columns = zip(*rows, strict=True) if rows else ([] for _ in RECORDS)
    return pa.Table.from_arrays([pa.array(list(column), field.type) for column, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)


def _attribute(text: str, found: Input, plan: Plan, indicators: Mapping[str, Indicator]) -> Iterator[int]:
    """Yield the number of an attribute's text, nothing when it cannot be read; an open choice takes any text (0: none that a rule
    names)."""
    if found.type == "choice":
        yield found.options.index(text) + 1 if text in found.options else 0
        return
    try:
        read = read_value(text, indicators[found.id], plan.reference)
    except BadCell:
        return
    if read is not None and read.value is not None:
        yield read.value


def unrouted(register: Register, plan: Plan, packs: Mapping[str, Pack]) -> list[Diagnostic]:
    """Return a warning for each area type whose branches no pack of the run applies to: they would be missing from every total.

    Packs whose results stay internal do not count where others are scored beside them.
    """
    indicators = {id_: indicator for pack in packs.values() for id_, indicator in all_indicators(pack).items()}
    steps = [step for step in plan.packs if not packs[step.id].internal] or plan.packs
    inputs = {found.id: found for found in plan.inputs}
    left: dict[str, list[Branch]] = {}
    for branch in register.branches:
        slots = {
            inputs[id_].slot: value
            for id_, text in branch.attributes.items()
            if id_ in inputs
            for value in _attribute(text, inputs[id_], plan, indicators)
        }
        if not any(step.applies is None or truth(step.applies, slots) for step in steps):
            left.setdefault(branch.attributes.get("area_type", ""), []).append(branch)
    found = []
    for area, branches in left.items():
        names = "、".join(branch.name for branch in branches[:SHOWN]) + (" …" if len(branches) > SHOWN else "")
        found.append(Diagnostic("evidence.W417", branches[0].place, {"count": len(branches), "area": area or "—", "names": names}))
    return found


def counted(records: Iterable[Record], plan: Plan) -> list[Record]:
    """Return the records that stand behind the values (MEANING section 6), by branch and indicator, oldest first.

    Those are of the period, and of each event or state those of the highest stage; of a state those of its latest day.
    """
    states = {one.id: one.aggregate == "latest" for one in plan.inputs}
    first, last = day_number(plan.start), day_number(plan.reference)
    found: dict[tuple[str, str, int, str], list[Record]] = defaultdict(list)
    for one in records:
        if one.indicator in states and (one.day is None or first <= one.day <= last):
            event = (first, "") if states[one.indicator] else (first - 1 if one.day is None else one.day, one.ref)
            found[one.branch, one.indicator, *event].append(one)
    kept = []
    for _, several in sorted(found.items()):
        highest = max(_rank(one) for one in several)
        kept += sorted((one for one in several if _rank(one) == highest), key=lambda one: (one.ref, one.text, one.note, one.photos))
    return kept


def _rank(one: Record) -> tuple[int, int, int]:
    return (one.stage, one.day is not None, one.day or 0)


def notes_of(records: Iterable[Record], plan: Plan) -> dict[tuple[str, str], str]:
    """Return the fact notes and photo numbers of the records that count, by branch and indicator, word for word and each once."""
    found: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for one in counted(records, plan):
        if note := " ".join(filter(None, (one.note, one.photos))):
            found[one.branch, one.indicator][note] = None
    return {key: ";".join(notes) for key, notes in found.items()}


def approximate(register: Register, records: Iterable[Record], plan: Plan) -> dict[str, dict[str, str]]:
    """Return, by branch and indicator, what stood in the cells of values that are approximate; how many events there were is not.

    A value made of several records is approximate when one of them is.
    """
    kept = list(records)
    doubtful = {(one.branch, one.indicator) for one in kept if one.approx}
    numeric = {one.id: one for one in plan.inputs if one.type in ("integer", "decimal", "percent")}
    found: dict[str, dict[str, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
    for one in counted((one for one in kept if (one.branch, one.indicator) in doubtful), plan):
        if one.approx and numeric[one.indicator].aggregate not in ("count", "distinct_months"):
            found[one.branch][one.indicator][one.text] = None
    for branch in register.branches:
        for id_, text in branch.attributes.items():
            if id_ in numeric and is_approximate(plain(text)):
                found[branch.id][id_] = {plain(text): None}
    return {branch: {id_: "、".join(texts) for id_, texts in told.items()} for branch, told in found.items()}


def evidence_digest(evidence: Evidence) -> str:
    """Return the SHA-256 of what was read, whatever the order of files and rows."""
    digest = hashlib.sha256()
    for branch in evidence.register.branches:
        digest.update(repr((branch.id, sorted(branch.attributes.items()))).encode())
    read = [(r.branch, r.indicator, r.value, r.na, r.day, r.stage, r.ref, *filter(None, [r.approx])) for r in evidence.records]
    for line in sorted(map(repr, read)):
        digest.update(line.encode())
    return digest.hexdigest()
