"""Who inspects: teams of people, each with a unit and with townships that they keep away from (回避)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from evaluator.diagnostics import Diagnostic, Failure, Place
from evaluator.evidence.register import Branch
from evaluator.ledger.visits.headed import Line, read_lines, title

__all__ = ["SEPARATORS", "Inspector", "Team", "bar", "places_of", "read_teams"]

WORDS = {
    "name": ("姓名", "name"),
    "unit": ("单位", "工作单位", "unit"),
    "team": ("组别", "分组", "team"),
    "avoid": ("回避乡镇", "回避乡镇街道", "回避", "avoid", "avoided townships"),
}
NEEDED = ("name", "unit", "team")
SEPARATORS = re.compile(r"[、,;/\s]+")
SHORTEST = 2  # characters of a place's name that is looked for in a unit's


@dataclass(frozen=True)
class Inspector:
    name: str
    unit: str
    avoid: tuple[str, ...] = ()


@dataclass(frozen=True)
class Team:
    name: str
    members: tuple[Inspector, ...]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(one.name for one in self.members)


def places_of(branches: Iterable[Branch]) -> dict[str, frozenset[str]]:
    """Return the names by which each township may stand in the name of a unit: its own, its villages', its branches'."""
    found: dict[str, set[str]] = {}
    for branch in branches:
        villages = branch.path[branch.path.index(branch.township) + 1 :] if branch.township in branch.path else ()
        found.setdefault(branch.township, {branch.township}).update({branch.name, *villages})
    return {township: frozenset(name for name in names if len(name) >= SHORTEST) for township, names in found.items()}


def bar(inspector: Inspector, township: str, places: Mapping[str, frozenset[str]]) -> Literal["home", "unit"] | None:
    """Return why an inspector may not go to a township: they keep away from it, or their unit lies in it; None when they may."""
    if township in inspector.avoid:
        return "home"
    unit = inspector.unit
    if any(name in unit or unit in name for name in places.get(township, ())):
        return "unit"
    return None


def read_teams(path: Path, townships: Sequence[str], warnings: list[Diagnostic]) -> tuple[Team, ...]:
    """Return the teams of a sheet of inspectors (姓名, 单位, 组别, 回避乡镇), in its order. ``townships`` are those of the register,
    none when it could not be read.

    Raises:
        Failure: the file cannot be read or used; every bad cell in one pass.
    """
    wrong: list[Diagnostic] = []
    teams: dict[str, list[Inspector]] = {}
    seen: dict[tuple[str, str], Place] = {}
    for line in read_lines(path, WORDS, NEEDED, wrong):
        blank = [name for name in NEEDED if not line[name]]
        wrong += [Diagnostic("inspection.E843", line.place(name), {"column": title(WORDS[name])}) for name in blank]
        avoid = _avoided(line, townships, wrong)
        if blank:
            continue
        who = (line["name"], line["unit"])
        if who in seen:
            wrong.append(Diagnostic("inspection.E844", line.place("name"), {"name": who[0], "first": str(seen[who])}))
            continue
        seen[who] = line.place("name")
        teams.setdefault(line["team"], []).append(Inspector(*who, avoid))
    if not teams and not wrong:
        wrong.append(Diagnostic("inspection.E846", Place(str(path))))
    if wrong:
        raise Failure(wrong)
    warnings += [Diagnostic("inspection.W851", Place(str(path)), {"team": name}) for name, members in teams.items() if len(members) == 1]
    return tuple(Team(name, tuple(members)) for name, members in teams.items())


def _avoided(line: Line, townships: Sequence[str], wrong: list[Diagnostic]) -> tuple[str, ...]:
    """Return the townships that a cell names; one that the register does not know would silently bar nobody."""
    named = tuple(filter(None, SEPARATORS.split(line["avoid"])))
    for name in named if townships else ():
        if name not in townships:
            near = "、".join(get_close_matches(name, townships, n=3, cutoff=0.3)) or "—"
            wrong.append(Diagnostic("inspection.E845", line.place("avoid"), {"found": name, "near": near}))
    return named
