"""An entry of another kind than an issue: a project, a whistle, a plan. Its kind is described in YAML (``kinds``); this is its state."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from evaluator.ledger.events import Event

__all__ = ["Case", "Clock", "Step", "replay_case"]


@dataclass(frozen=True, slots=True)
class Clock:
    """One limit of a case. ``due`` and ``met`` are ISO texts, days or, for clocks in hours, minutes; ``met`` is "" while it runs."""

    name: str
    due: str
    met: str = ""
    unknown_years: tuple[int, ...] = ()

    @property
    def late(self) -> bool:
        """Whether it was met too late: a day and a minute compare by what both tell."""
        length = min(len(self.due), len(self.met))
        return bool(self.met) and self.met[:length] > self.due[:length]


@dataclass(frozen=True, slots=True)
class Step:
    """A move that was made. ``at`` is an ISO day or minute."""

    move: str
    at: str
    on: date
    by: str
    unit: str
    text: str = ""
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    id: str
    kind: str
    number: str
    title: str
    state: str
    ended: bool
    found: date
    branch: str = ""
    branch_name: str = ""
    township: str = ""
    unit: str = ""
    person: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    clocks: tuple[Clock, ...] = ()
    steps: tuple[Step, ...] = ()
    links: tuple[str, ...] = ()  # ids of other entries
    version: int = 0

    @property
    def called(self) -> str:
        return self.number

    @property
    def due(self) -> date | None:
        """The day of the next limit that still runs."""
        running = sorted(clock.due for clock in self.clocks if not clock.met)
        return date.fromisoformat(running[0][:10]) if running else None


def replay_case(case: Case | None, event: Event) -> Case:
    """Return the case after an event: ``begin``, ``step``, ``place`` when its branch was renamed or replaced, ``handover``."""
    data = event.data
    if event.action in ("place", "handover") and case is not None:
        told = {name: data[name] for name in ("branch", "branch_name", "township", "person") if name in data}
        return replace(case, **told, version=case.version + 1)
    clocks = tuple(Clock(**one | {"unknown_years": tuple(one.get("unknown_years", ()))}) for one in data.get("clocks", ()))
    step = Step(data["move"], data["at"], event.as_of, event.actor.name, event.actor.unit, event.reason, dict(data.get("fields", {})))
    names = ("state", "ended", "title", "branch", "branch_name", "township", "unit", "person")
    told = {name: data[name] for name in names if name in data}
    if case is None:
        fields = dict(data.get("fields", {}))
        return Case(
            event.entry, data["kind"], data["number"], found=event.as_of, fields=fields, clocks=clocks, steps=(step,),
            links=tuple(data.get("links", ())), version=1, **told,
        )  # fmt: skip
    return replace(
        case,
        fields=case.fields | dict(data.get("fields", {})),
        clocks=clocks,
        steps=(*case.steps, step),
        links=tuple(data.get("links", case.links)),
        version=case.version + 1,
        **told,
    )
