"""What a reconciliation prints: what came back, what was fixed on paper, what to decide, and the balance."""

from collections.abc import Mapping

from evaluator.ledger.reconcile import Compared, Line
from evaluator.reports.console import clip, console
from evaluator.reports.ledger_terminal import hanging, print_balance, word

__all__ = ["print_compared"]

SHOWN = 20
LISTED = ("suspected", "rebound", "reject", "closed", "propose", "dismiss", "match", "withdrawn")  # people decide on these
COUNTED = ("seen", "kept", "gone")


def print_compared(compared: Compared, names: Mapping[str, str], *, done: bool, whole: bool) -> None:
    """Print a reconciliation; ``whole``: every line of every list."""
    out = console()
    opened = compared.opened
    if compared.again and not opened.new:
        out.print(word("again"), markup=False)
        if not whole:
            print_balance(compared.balance, names, whole=False)
            return
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
    for name in ("unchecked", "stays"):
        _named(name, compared, whole)
    counted = [word(f"follows_{name}", count=count) for name in COUNTED if (count := compared.counts.get(name, 0))]
    if counted:
        out.print(word("comma").join(counted), markup=False)
    print_balance(compared.balance, names, whole=whole)
    out.print(word("balanced" if done else "balanced_dry"), markup=False)


def _named(name: str, compared: Compared, whole: bool) -> None:
    """Print the numbers of what nothing follows for: nobody should have to guess who was not looked at."""
    numbers = [f"{line.row.called} {line.row.branch_name or line.row.township}" for line in compared.of(name)]
    if numbers:
        shown = numbers if whole else numbers[:SHOWN]
        rest = "…" if len(shown) < len(numbers) else ""
        hanging("", word(f"follows_{name}", count=len(numbers)) + " " + word("comma").join(shown) + rest)


def _line(line: Line) -> None:
    out = console()
    row = line.row
    out.print(clip(f"  {row.called} {row.branch_name or row.township} {row.title}", 80), markup=False)
    for sign in line.signs:
        hanging("    · ", sign.text())
    if line.other:
        hanging("    · ", word("may_be", problem=line.other))
