"""How many fields a pack may ask of a branch: its budget (``burden``), and what stands over it."""

from evaluator.diagnostics import Diagnostic
from evaluator.packs.bench import Bench
from evaluator.packs.loaded import LoadedPack
from evaluator.packs.models import BurdenRules, Pack

__all__ = ["USUAL", "branch_fields", "burden_findings", "check_budget"]

USUAL = BurdenRules().branch_fields


def branch_fields(pack: Pack) -> list[str]:
    """Return the indicators that the branch itself has to supply, those reported by exception included; the register is not asked."""
    return [id_ for id_, one in pack.indicators.items() if one.holder == "branch" and not one.attribute]


def burden_findings(loaded: LoadedPack) -> list[Diagnostic]:
    """Return what the budget of a pack says against it, as warnings."""
    bench = Bench(loaded.pack, loaded.spans)
    check_budget(bench)
    return bench.findings


def check_budget(bench: Bench) -> None:
    """Report a pack that asks more of the branch than its budget, and a budget that is raised without a reason."""
    rules = bench.pack.burden
    asked = len(branch_fields(bench.pack))
    said = ("burden", "branch_fields") in bench.spans.values
    if asked > rules.branch_fields:
        values = {"asked": asked, "most": rules.branch_fields, "over": asked - rules.branch_fields}
        bench.report("W505", ("burden", "branch_fields") if said else ("indicators",), key=not said, **values)
    if rules.branch_fields > USUAL and rules.why is None:
        bench.report("W506", ("burden", "branch_fields"), found=rules.branch_fields, usual=USUAL)
