"""Which branch of a run somebody means: by id, name or order number, else the only one whose name holds what was typed."""

import click

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.evidence.register import Branch
from evaluator.messages import say
from evaluator.reports.console import nearest
from evaluator.scoring.results import Run

__all__ = ["find_branch"]

LISTED = 10


def find_branch(run: Run, typed: str, place: Place) -> Branch:
    """Return the branch that is meant; where only its name holds what was typed, that is said on standard error.

    Raises:
        Failure: none is, or several are.
    """
    known = run.register.branches
    found = [one for one in known if typed in (one.id, one.name, str(one.order))]
    holding = [one for one in known if typed.strip() and typed.strip() in one.name]
    if len(found) == 1:
        return found[0]
    if not found and len(holding) == 1:
        click.echo(say("terminal.taken", typed=typed, name=holding[0].name, id=holding[0].id), err=True)
        return holding[0]
    if found or holding:
        several = found or holding
        near = "、".join(f"{one.id} {one.name}" for one in several[:LISTED]) + ("…" if len(several) > LISTED else "")
        raise Failure([Diagnostic("scoring.E721" if found else "scoring.E723", place, {"branch": typed, "near": near})])
    near = nearest(typed, [name for one in known for name in (one.id, one.name)])
    raise Failure([Diagnostic("scoring.E720", place, {"branch": typed, "near": near})])
