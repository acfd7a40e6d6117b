"""Whether a kind makes sense: what it names is there, every state can be reached and left, its conditions can be judged, and it has
a clock and a refusal of its own. A kind that differs from another in name only is none.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches

from evaluator.diagnostics import Diagnostic
from evaluator.ledger.kinds.facts import BUILT_IN, COUNTED, Type, types_of
from evaluator.ledger.kinds.models import STAYS, WAYS, Answer, KindFile, Move
from evaluator.packs import tree
from evaluator.packs.conditions import ConditionError, parse_condition, parse_formula
from evaluator.packs.source import DataPath

__all__ = ["check_kind", "check_together"]

AGENDA = ("number", "title", "why", "owner")  # columns that the ledger fills in


def check_kind(file: KindFile) -> list[Diagnostic]:
    """Return what is wrong with one kind taken by itself."""
    check = _Check(file)
    check.run()
    return check.findings


def check_together(files: Sequence[KindFile]) -> Iterator[Diagnostic]:
    """Yield what is wrong between kinds: an id or a mark used twice, links that do not lead both ways, and kinds that are the same."""
    ids, marks, clocks, refusals = (dict[object, KindFile]() for _ in range(4))
    by_id = {file.kind.kind: file for file in reversed(files)}
    for file in files:
        kind = file.kind
        for seen, value, code, key in ((ids, kind.kind, "E830", "kind"), (marks, kind.mark, "E831", "mark")):
            first = seen.setdefault(value, file)
            if first is not file:
                yield Diagnostic(f"kinds.{code}", file.spans.place((key,)), {"found": value, "other": first.path.name})
        if ids[kind.kind] is not file:
            continue
        for same, what, code, key in ((clocks, _clocks(file), "E832", "clocks"), (refusals, _refusals(file), "E833", "moves")):
            first = same.setdefault(what, file)
            if first is not file and what:
                yield Diagnostic(f"kinds.{code}", file.spans.place((key,), key=True), {"other": first.kind.kind})
        for id_, field in kind.fields.items():
            if field.type != "links":
                continue
            other = by_id.get(field.of or "")
            back = other.kind.fields.get(other.kind.links) if other else None
            if back is None or back.of != kind.kind:
                place = file.spans.place(("fields", id_, "of"))
                yield Diagnostic("kinds.E834", place, {"found": field.of, "kind": kind.kind, "known": "、".join(by_id)})


def _clocks(file: KindFile) -> frozenset[str]:
    return frozenset(repr(clock.span) for clock in file.kind.clocks.values())


def _refusals(file: KindFile) -> frozenset[str]:
    return frozenset(refusal.when for move in file.kind.moves.values() for refusal in move.refuse)


class _Check:
    def __init__(self, file: KindFile) -> None:
        self.kind, self.spans = file.kind, file.spans
        self.types = types_of(file.kind)
        self.findings: list[Diagnostic] = []

    def find(self, code: str, path: DataPath, *, key: bool = False, **values: object) -> None:
        self.findings.append(Diagnostic(f"kinds.{code}", self.spans.place(path, key=key), values))

    def known(self, code: str, id_: str, among: Iterable[str], path: DataPath, *, key: bool = False) -> bool:
        ids = list(among)
        if id_ not in ids:
            self.find(code, path, key=key, found=id_, known="、".join(get_close_matches(id_, ids, n=3) or ids) or "—")
        return id_ in ids

    def run(self) -> None:
        kind = self.kind
        for id_, field in kind.fields.items():
            self.field(id_, field)
        for id_, move in kind.moves.items():
            self.move(id_, move)
        for name, told in (("begin", kind.begin), ("succeeds", kind.succeeds)):
            if told is not None:
                self.known("E812", told, kind.moves, (name,))
        if not {found.code for found in self.findings} & {"E810", "E812", "E813", "E821", "E822"}:  # else the ways are not yet known
            self.ways()
        self.clocks()
        if not any(move.refuse for move in kind.moves.values()):
            self.find("E817", ("moves",), key=True, kind=kind.kind)
        titles = [id_ for id_, field in kind.fields.items() if field.fills == "title"]
        if len(titles) > 1:
            self.find("E828", ("fields", titles[1]), key=True, found=titles[1])

    # --- fields -----------------------------------------------------------------

    def field(self, id_: str, field: Answer) -> None:
        path = ("fields", id_)
        if id_ in (*(set(BUILT_IN) - {"unit", "person"}), *COUNTED, "township"):
            self.find("E829", path, key=True, found=id_)
        needs = {"choice": "options", "rows": "columns", "links": "of"}.get(field.type, "")
        if needs and not getattr(field, needs):
            self.find("E820", path, key=True, found=id_, type=field.type, lacking=needs)
        if field.fills and field.type != "text":
            self.find("E838", path, key=True, found=id_)
        if field.type == "links" and id_ != self.kind.links:
            self.find("E839", path, key=True, found=id_)
        if field.key is not None:
            self.known("E811", field.key, field.columns, (*path, "key"))
        for name, column in field.columns.items():
            if column.names is None:
                continue
            rows = [one for one, told in self.kind.fields.items() if told.key]
            self.known("E811", column.names, rows, (*path, "columns", name, "names"))
        if field.fill == "agenda":
            for name in AGENDA:
                if name not in field.columns or field.key != "number":
                    self.find("E827", (*path, "fill"), columns="、".join(AGENDA))
                    break

    # --- moves ------------------------------------------------------------------

    def move(self, id_: str, move: Move) -> None:
        kind, path = self.kind, ("moves", id_)
        for number, state in enumerate(move.from_):
            self.known("E810", state, kind.states, (*path, "from", number))
        if move.to is None:
            self.find("E813", path, key=True, found=id_)
        elif move.to != STAYS:
            self.known("E810", move.to, kind.states, (*path, "to"))
        if id_ == kind.begin and (move.from_ or move.to == STAYS):
            self.find("E821", path, key=True, found=id_)
        elif id_ != kind.begin and not move.from_:
            self.find("E822", path, key=True, found=id_)
        for name in ("needs", "takes"):
            for number, told in enumerate(getattr(move, name)):
                self.known("E811", told, (*kind.fields, "reason"), (*path, name, number))
        for number, refusal in enumerate(move.refuse):
            where = (*path, "refuse", number, "when")
            try:
                condition = parse_condition(refusal.when)
            except ConditionError as error:
                self.unreadable(error, refusal.when, where)
                continue
            self.sense(condition, refusal.when, where)
            if _numbers(condition) and not refusal.basis:
                self.find("E826", (*path, "refuse", number), found="、".join(sorted(_numbers(condition))))
            self.basis(refusal.basis, (*path, "refuse", number, "basis"))
        self.basis(move.basis, (*path, "basis"))
        for name in move.sets:
            self.setting(name, (*path, "sets", name), move)

    def setting(self, name: str, path: DataPath, move: Move) -> None:
        one = move.sets[name]
        if not self.known("E811", name, self.kind.fields, path, key=True):
            return
        type_ = self.kind.fields[name].type
        spans = (one.days is not None) + (one.months is not None)
        ways = (one.text is not None, one.formula is not None, one.from_ is not None and spans == 0, one.from_ is not None and spans == 1)
        right = (type_ in ("text", "choice", "date"), type_ == "integer", type_ == "text", type_ == "date")
        if [way for way, fits in zip(ways, right, strict=True) if way] != [True] or not all(
            fits for way, fits in zip(ways, right, strict=True) if way
        ):
            self.find("E823", path, key=True, found=name)
        if one.from_ is not None:
            same = [id_ for id_, told in self.types.items() if told == type_]
            self.known("E814", one.from_, same, (*path, "from"))
        numbers = set[str]()
        for key, text in (("formula", one.formula), ("days", one.days), ("months", one.months)):
            if text is None:
                continue
            try:
                formula = parse_formula(text)
            except ConditionError as error:
                self.unreadable(error, text, (*path, key))
                continue
            self.sense(formula, text, (*path, key))
            numbers |= _numbers(formula)
        if numbers and not move.basis:
            self.find("E826", path, key=True, found="、".join(sorted(numbers)))

    def unreadable(self, error: ConditionError, text: str, path: DataPath) -> None:
        for problem in error.problems:
            place = self.spans.inside(path, text, problem.span.start, problem.span.end)
            self.findings.append(Diagnostic(problem.key, place, problem.values))

    def sense(self, node: tree.Node, text: str, path: DataPath) -> None:
        """Report names that are not there, values that cannot be compared, and options that a choice does not have."""

        def find(code: str, at: tree.Node, **values: object) -> None:
            place = self.spans.inside(path, text, at.span.start, at.span.end)
            self.findings.append(Diagnostic(f"kinds.{code}", place, values))

        for one in _walk(node):
            match one:
                case tree.Name(id=id_) if id_ not in self.types:
                    near = get_close_matches(id_, self.types, n=3) or sorted(self.types)
                    find("E814", one, found=id_, known="、".join(near))
                case tree.Compare(left=left, right=right):
                    self.compared((left, right), one.op not in ("=", "!="), find)
                case tree.In(of=of, values=listed):
                    self.compared((of, *listed), False, find)
                case tree.Between(of=of, low=low, high=high):
                    self.compared((of, low, high), True, find)
                case tree.Is(of=name) if name.id in self.types and not _counts(node, one):
                    find("E824", one, found=name.id)

    def compared(self, parts: Sequence[tree.Formula], ordered: bool, find: Callable[..., None]) -> None:
        types = {self.type_of(part) for part in parts}
        plain = {"text" if one == "texts" else one for one in types if one}
        if len(plain) > 1 or (ordered and plain & {"text"}):
            find("E825", parts[-1], found="、".join(sorted(plain)))
        for name in parts:
            field = self.kind.fields.get(name.id.removesuffix("_before")) if isinstance(name, tree.Name) else None
            if field is None or not field.options:
                continue
            for other in parts:
                if isinstance(other, tree.Text) and other.value not in field.options:
                    find("E815", other, found=other.value, known="、".join(field.options))

    def type_of(self, formula: tree.Formula) -> Type | None:
        match formula:
            case tree.Text():
                return "text"
            case tree.DateValue():
                return "date"
            case tree.Name(id=id_):
                return self.types.get(id_)
            case tree.Aggregate(of=parts):
                return self.type_of(parts[0])
            case _:
                return "number"

    def basis(self, basis: Sequence[str], path: DataPath) -> None:
        for number, told in enumerate(basis):
            where = (*path, number)
            self.known("E816", told, (*self.kind.sources, "default"), where)

    # --- states and clocks --------------------------------------------------------

    def ways(self) -> None:
        """Every state can be reached from where a case begins, and every one that is no end can be left."""
        kind = self.kind
        begun = kind.moves.get(kind.begin)
        reached, waiting = set[str](), [begun.to or ""] if begun else []
        while waiting:
            state = waiting.pop()
            if state in reached:
                continue
            reached.add(state)
            waiting += [move.to for move in kind.allowed(state).values() if move.to not in (None, STAYS)]
        for id_, told in kind.states.items():
            if id_ not in reached:
                self.find("E818", ("states", id_), key=True, found=id_)
            elif not told.ends and not any(move.to not in (STAYS, id_) for move in kind.allowed(id_).values()):
                self.find("E819", ("states", id_), key=True, found=id_)

    def clocks(self) -> None:
        kind = self.kind
        if not kind.clocks:
            self.find("E835", (), kind=kind.kind)
        for id_, clock in kind.clocks.items():
            path = ("clocks", id_)
            for name in ("starts", "meets"):
                for number, move in enumerate(getattr(clock, name)):
                    self.known("E812", move, kind.moves, (*path, name, number))
            self.basis(clock.basis, (*path, "basis"))
            span = clock.span
            ways = [way for way in WAYS if getattr(span, way) is not None]
            if len(ways) != 1:
                self.find("E836", (*path, "span"), known="、".join(WAYS))
                continue
            told = getattr(span, ways[0])
            if span.field is not None:
                days = [one for one, field in kind.fields.items() if field.type == "date"]
                self.known("E811", span.field, days, (*path, "span", "field"))
            if isinstance(told, dict) != (span.by is not None):
                self.find("E837", (*path, "span"))
            elif span.by is not None and self.known("E811", span.by, kind.fields, (*path, "span", "by")):
                for option in told if kind.fields[span.by].options else ():
                    self.known("E815", option, kind.fields[span.by].options, (*path, "span", ways[0], option), key=True)


def _walk(node: tree.Node) -> Iterator[tree.Node]:
    yield node
    for child in tree.children(node):
        yield from _walk(child)


def _counts(root: tree.Node, one: tree.Is) -> bool:
    """Whether a name stands alone within ``count(…)``, where a list may."""
    return any(isinstance(node, tree.Count) and node.of == (one,) for node in _walk(root))


def _numbers(node: tree.Node) -> set[str]:
    """Return the numbers that a rule rests on: nought and one are counting words."""
    found = {str(one.value) for one in _walk(node) if isinstance(one, tree.Number) and one.value not in (0, 1)}
    return found | {str(one.amount) for one in _walk(node) if isinstance(one, tree.Within)}
