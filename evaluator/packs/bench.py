"""What checking a pack gathers: findings with their places, and which names, sources and classes were used."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter
from typing import Any, Literal

from evaluator.diagnostics import Diagnostic, Place, among
from evaluator.packs import tree
from evaluator.packs.builder import ConditionError, Problem
from evaluator.packs.conditions import parse_condition, parse_formula
from evaluator.packs.kinds import check_condition, check_formula, lines_below_one
from evaluator.packs.models import Indicator, Pack
from evaluator.packs.scope import Kind, scope_of
from evaluator.packs.source import DataPath, Spans
from evaluator.packs.writing import names, plain, write

__all__ = ["Bench", "Figure", "as_written", "cycle"]

Where = Literal["value", "evidence", "group", "gate", "rating"]
PERIOD_NAMES = ("months", "quarters")

Figure = tuple[str, Place]  # a number of a rule as ``numbers`` names it, and where it stands


class Bench:
    """Collects what is found in one pack. Conditions and formulas are parsed and typed here, in the scope of where they stand."""

    def __init__(self, pack: Pack, spans: Spans) -> None:
        self.pack = pack
        self.spans = spans
        self.findings: list[Diagnostic] = []
        self.used: set[str] = set()  # names that something reads
        self.cited: set[str] = set()  # ids of sources
        self.classes: set[str] = set()  # ids of deadlines
        self.reads: dict[str, set[str]] = {}  # names that each derived value reads
        self.scopes = {where: scope_of(pack, place=where) for where in ("value", "evidence", "group", "gate", "rating")}

    def report(self, code: str, path: DataPath, *, key: bool = False, **values: object) -> None:
        self.found(code, self.spans.place(path, key=key), **values)

    def found(self, code: str, place: Place, **values: object) -> None:
        self.findings.append(Diagnostic(f"packs.{code}", place, values))

    # --- expressions ----------------------------------------------------------

    def condition(self, text: str | None, path: DataPath, where: Where = "evidence") -> tree.Condition | None:
        """Return the tree of a condition, None where there is none or it is wrong, which is reported."""
        if text is None:
            return None
        try:
            node = parse_condition(text)
        except ConditionError as error:
            self.problems(error.problems, text, path)
            return None
        self.used |= names(node)
        self.judged(node, check_condition(node, self.scopes[where]), text, path, where)
        return node

    def formula(self, text: str, path: DataPath, where: Where = "evidence") -> tuple[tree.Formula | None, Kind | None]:
        """Return the tree of a formula and its kind, None where they are not known; what is wrong is reported."""
        try:
            node = parse_formula(text)
        except ConditionError as error:
            self.problems(error.problems, text, path)
            return None, None
        self.used |= names(node)
        kind, problems = check_formula(node, self.scopes[where])
        self.judged(node, problems, text, path, where)
        return node, kind

    def judged(self, node: tree.Node, problems: Sequence[Problem], text: str, path: DataPath, where: Where) -> None:
        """Report what is wrong with an expression, or, where nothing is, what may be meant otherwise."""
        self.problems(problems, text, path)
        for percent, line in () if problems else lines_below_one(node, self.scopes[where]):
            place = self.spans.inside(path, text, line.span.start, line.span.end)
            self.found("W507", place, name=write(percent), found=plain(line.value), instead=plain(100 * line.value))

    def problems(self, problems: Iterable[Problem], text: str, path: DataPath) -> None:
        for problem in problems:
            place = self.spans.inside(path, text, problem.span.start, problem.span.end)
            self.findings.append(Diagnostic(problem.key, place, problem.values))

    def figures(self, node: tree.Node, text: str, path: DataPath) -> list[Figure]:
        """Return the numbers that a condition or formula names, and the names of the period's lengths."""
        match node:
            case tree.Number(value=value, percent=percent):
                found = plain(value) + ("%" if percent else "")
            case tree.Within(amount=amount):
                found = str(amount)
            case tree.Name(id=id_) if id_ in PERIOD_NAMES:
                found = id_
            case _:
                found = ""
        below = [one for child in tree.children(node) for one in self.figures(child, text, path)]
        return [(found, self.spans.inside(path, text, node.span.start, node.span.end)), *below] if found else below

    # --- references -----------------------------------------------------------

    def known(self, id_: str, ids: Iterable[str], code: str, path: DataPath, *, key: bool = False) -> bool:
        """Return whether an id is one of those that may stand here; report it under ``code``, with the nearest, if it is not."""
        ids = list(ids)
        if id_ in ids:
            return True
        self.report(code, path, key=key, found=id_, known=among(id_, ids, ", "))
        return False

    def typed(self, id_: str, types: tuple[str, ...], code: str, path: DataPath) -> Indicator | None:
        """Return the indicator that is read here; None, reported, when there is none or (under ``code``) its type does not fit."""
        self.used.add(id_)
        if not self.known(id_, self.pack.indicators, "E405", path):
            return None
        indicator = self.pack.indicators[id_]
        if indicator.type not in types:
            self.report(code, path, found=id_, type=indicator.type, wanted=" / ".join(types))
            return None
        return indicator

    def sources(self, basis: tuple[str, ...], path: DataPath) -> None:
        for index, id_ in enumerate(basis):
            self.cited.add(id_)
            self.known(id_, self.pack.sources, "E402", (*path, index))

    def numbers(self, given: dict[str, str], path: DataPath, figures: Iterable[Figure]) -> None:
        """Check that every number of a rule says where it comes from, and that what it says is known."""
        for number, id_ in given.items():
            if id_ != "default":
                self.cited.add(id_)
                self.known(id_, (*self.pack.sources, "default"), "E402", (*path, "numbers", number))
        given_as_written = {as_written(number) for number in given}
        for figure, place in figures:
            if figure not in given_as_written:
                self.found("W502", place, number=figure, section="criteria" if path[0] == "groups" else str(path[0]), id=self.id_at(path))

    def id_at(self, path: DataPath) -> str:
        """Return the id of what is at a path, "" for what has none."""
        here: Any = self.pack
        for step in path:
            here = getattr(here, step) if isinstance(step, str) else here[step]
        return str(getattr(here, "id", ""))

    def deadline(self, id_: str, path: DataPath) -> None:
        self.classes.add(id_)
        self.known(id_, self.pack.deadlines, "E403", (*path, "deadline"))


def as_written(number: str) -> str:
    """Return a number of ``numbers`` as a condition would write it: 90.0% as 90%."""
    try:
        return plain(Fraction(number.removesuffix("%"))) + ("%" if number.endswith("%") else "")
    except ValueError:
        return number


def cycle(arrows: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the ids along one circle of a graph, the first again at its end; empty when there is none."""
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []
