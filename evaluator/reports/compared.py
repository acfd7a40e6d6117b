"""What a reconciliation prints: what came back, what was fixed on paper, what to decide, and the balance."""

from collections.abc import Mapping

from evaluator.ledger.reconcile import Compared, Line
from evaluator.reports.console import clip, console
from evaluator.reports.ledger_terminal import hanging, print_balance, word

__all__ = ["print_compared"]

SHOWN = 20
LISTED = ("suspected", "rebound", "reject", "closed", "propose", "dismiss", "match", "withdrawn")  # people decide on these
COUNTED = ("seen", "kept", "stays", "gone", "unchecked")


def print_compared(compared: Compared, names: Mapping[str, str], *, done: bool, whole: bool) -> None:
    """Print a reconciliation; ``whole``: every line of every list."""
    out = console()
    if compared.again:
        out.print(word("again"), markup=False)
    opened = compared.opened
    out.print(word("compared", new=opened.new, observed=opened.observed, common=opened.common), markup=False)
    for name in LISTED:
        lines = compared.of(name)
        if not lines:
            continue
        out.print(word(f"follows_{name}", count=len(lines)), markup=False, style="bold")
        for line in lines if whole else lines[:SHOWN]:
            _line(line)
        if len(lines) > SHOWN and not whole:
            out.print("  " + word("and_more", count=len(lines) - SHOWN), markup=False)
    counted = [word(f"follows_{name}", count=count) for name in COUNTED if (count := compared.counts.get(name, 0))]
    if counted:
        out.print(word("comma").join(counted), markup=False)
    print_balance(compared.balance, names, whole=whole)
    out.print(word("balanced" if done else "balanced_dry"), markup=False)


def _line(line: Line) -> None:
    out = console()
    row = line.row
    out.print(clip(f"  {row.called} {row.branch_name or row.township} {row.title}", 80), markup=False)
    for sign in line.signs:
        hanging("    · ", sign.text())
    if line.other:
        hanging("    · ", word("may_be", problem=line.other))
