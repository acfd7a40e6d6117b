"""What ``evidence check`` prints: what is wrong with the files, what is doubtful in them, what was read and what is still empty."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluator.bilingual import show_findings
from evaluator.diagnostics import Diagnostic
from evaluator.messages import language, say
from evaluator.reports.console import console
from evaluator.reports.terminal import holder_name

if TYPE_CHECKING:
    from evaluator.assess import Wanted
    from evaluator.evidence.records import Evidence
    from evaluator.packs.load import LoadedPack
    from evaluator.scoring.plan import Plan

__all__ = ["print_evidence"]

UNREASONED = "E314"


def print_evidence(wanted: "Wanted") -> int:
    """Check evidence without publishing a score; print findings and what was read. Returns 1 when cells are bad, else 0."""
    from evaluator.assess import indicators_of, read_evidence
    from evaluator.packs.load import load_packs
    from evaluator.scoring.compile import compile_plan

    loaded = load_packs(wanted.packs)
    plan = compile_plan([one.pack for one in loaded], wanted.period)
    evidence = read_evidence(wanted, loaded, plan)
    warnings = (*evidence.warnings, *_doubtful(wanted, loaded, plan, evidence))
    show_findings((*evidence.bad, *warnings))
    branches = {record.branch for record in evidence.records}
    out = console()
    unreasoned = sum(one.code == UNREASONED for one in evidence.bad)
    read: dict[str, Any] = {"branches": len(branches), "expected": len(evidence.register.branches), "records": len(evidence.records)}
    read |= {"bad": len(evidence.bad) - unreasoned, "warnings": len(warnings)}
    read["unreasoned"] = say("terminal.unreasoned", count=unreasoned) if unreasoned else ""
    out.print(say("terminal.read", **read), markup=False)
    indicators = {id_: found for id_, found in indicators_of(loaded).items() if not found.attribute}
    filled = Counter(record.indicator for record in evidence.records)
    empty: Counter[str] = Counter()
    for id_, indicator in indicators.items():
        if not filled[id_]:
            empty[indicator.holder] += 1
    for holder, count in empty.most_common():
        out.print(say("terminal.empty", holder=holder_name(holder), count=count), markup=False)
    return 1 if evidence.bad else 0


def _doubtful(wanted: "Wanted", loaded: Sequence["LoadedPack"], plan: "Plan", evidence: "Evidence") -> Iterator[Diagnostic]:
    """Yield a warning for each branch and item where an approximate figure stands exactly at a line, in the order of the register."""
    from evaluator.assess import indicators_of
    from evaluator.scoring import rows
    from evaluator.scoring.columnar import score
    from evaluator.scoring.compile import compile_names
    from evaluator.scoring.doubts import doubts
    from evaluator.scoring.feed import approximate, feed

    register = evidence.register
    about = approximate(register, evidence.records, plan)
    if not about:
        return
    tables = score(plan, feed(evidence, plan, indicators_of(loaded)), len(register.branches))
    values = rows.slot_values(tables.values, register)
    names = compile_names([one.pack for one in loaded], wanted.period)
    items = plan.items()
    typed = {Path(name).name: name for name in evidence.digests}  # records keep a file's name only
    for branch in register.branches:
        if branch.id not in about:
            continue
        for one in loaded:
            found = doubts(one.pack, names[one.pack.pack], plan, values[branch.id], about[branch.id], language())
            for item, texts in found.items():
                told = {"branch": branch.name, "item": item, "told": "".join(texts)}
                read = {plan.inputs[number].id for number in items[one.pack.pack, item].inputs}
                places = (r.place for r in evidence.records if r.approx and r.branch == branch.id and r.indicator in read)
                place = next((replace(place, file=typed[place.file]) for place in places), branch.place)  # an attribute has no record
                yield Diagnostic("evidence.W420", place, told)
