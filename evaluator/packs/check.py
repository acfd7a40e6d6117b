"""Whether a pack that has the right shape makes sense: everything that can be said of it without evidence, in one pass."""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from typing import Literal

from evaluator.diagnostics import Diagnostic
from evaluator.packs import models as m
from evaluator.packs import tree
from evaluator.packs.bench import Bench, cycle
from evaluator.packs.budget import check_budget
from evaluator.packs.conditions import KEYWORDS
from evaluator.packs.criteria import check_criterion, check_measure, figures_in
from evaluator.packs.loaded import LoadedPack
from evaluator.packs.scope import BUILT_INS, RESULTS, manual_columns
from evaluator.packs.scope_checks import check_scope
from evaluator.packs.source import DataPath
from evaluator.packs.writing import names, negate

__all__ = ["check_pack"]

FUNCTIONS = ("min", "max", "abs", "count", "days_between", "within", "given")
TAKEN = {*BUILT_INS, *RESULTS, *FUNCTIONS}
MOST_OPTIONS = 40
BLANKS = {"none": ("text",), "0": ("integer", "decimal", "percent"), "false": ("boolean",)}


def check_pack(loaded: LoadedPack) -> list[Diagnostic]:
    """Return everything that makes no sense in a pack, warnings (``W…``) included, sorted by place."""
    bench = Bench(loaded.pack, loaded.spans)
    for check in (_head, _names, _indicators, _derived, _settings, _deadlines, _groups, _vetoes, _triggers, _gates, _rating, _ledger, _ids):
        check(bench)
    check_scope(bench)
    check_budget(bench)
    # A slip in a name leaves the right one unread, so what nothing reads is told of sound packs only.
    if not any(finding.is_error for finding in bench.findings):
        _unused(bench)
    return sorted(bench.findings, key=lambda one: (one.place, one.key))


def _head(bench: Bench) -> None:
    pack = bench.pack
    if pack.effective.to and pack.effective.to < pack.effective.from_:
        bench.report("E450", ("effective", "to"), first=pack.effective.from_, last=pack.effective.to)
    if pack.status == "adopted" and pack.adopted is None:
        bench.report("E451", ("status",))
    if pack.status == "reference" and pack.adopted is not None:
        bench.report("E452", ("adopted",), key=True)
    if not pack.triggers and not any(group.criteria for group in pack.groups):
        bench.report("E453", ("pack",))
    bench.condition(pack.applies_to, ("applies_to",), "value")


def _ledger(bench: Bench) -> None:
    rules = bench.pack.ledger
    bench.sources(rules.basis, ("ledger", "basis"))
    before: dict[str, int] = {}
    for index, rung in enumerate(rules.slips):
        path: DataPath = ("ledger", "slips", index)
        if rung.id in before:
            bench.report("E485", (*path, "id"), found=rung.id)
        if rung.after is not None and bench.known(rung.after, before, "E486", (*path, "after")) and before[rung.after] >= rung.days:
            bench.report("E487", (*path, "days"), found=rung.days, after=rung.after, days=before[rung.after])
        before[rung.id] = rung.days
    bench.numbers(rules.numbers, ("ledger",), list(figures_in(bench, rules, ("ledger",))))


def _names(bench: Bench) -> None:
    """Report names that conditions could not tell apart."""
    first: dict[str, str] = {needed.replace("-", "_"): "needs" for needed in bench.pack.needs}
    for section, ids in (("indicators", bench.pack.indicators), ("derived", bench.pack.derived), ("settings", bench.pack.settings)):
        for id_ in ids:
            attribute = section == "indicators" and bench.pack.indicators[id_].attribute
            if id_.lower() in KEYWORDS or (id_ in TAKEN and not (attribute and id_ in BUILT_INS)):
                bench.report("E455", (section, id_), key=True, found=id_)
            elif id_ in first:
                bench.report("E456", (section, id_), key=True, found=id_, section=first[id_])
            first.setdefault(id_, section)
    for _, criterion, path in _criteria(bench.pack):
        for index, columns in manual_columns(criterion).items():
            for id_ in columns:
                if id_ in first:
                    bench.report("E456", (*path, "parts", index), found=id_, section=first[id_])
                first[id_] = "manual"


def _indicators(bench: Bench) -> None:
    for id_, one in bench.pack.indicators.items():
        path: DataPath = ("indicators", id_)
        if one.aggregate not in m.AGGREGATES[one.type]:
            bench.report("E457", (*path, "aggregate"), type=one.type, found=one.aggregate, allowed=", ".join(m.AGGREGATES[one.type]))
        if one.type in ("choice", "choices"):
            if not one.options and not one.attribute:
                bench.report("E458", path, key=True, found=id_)
            if len(one.options) > MOST_OPTIONS:
                bench.report("E460", (*path, "options"), count=len(one.options), most=MOST_OPTIONS)
        elif one.options:
            bench.report("E459", (*path, "options"), key=True, type=one.type)
        for index, option in enumerate(one.options):
            if option in one.options[:index]:
                bench.report("E461", (*path, "options", index), found=option)
        if one.range and one.type not in BLANKS["0"]:
            bench.report("E462", (*path, "range"), key=True, type=one.type)
        elif one.range and one.range[0] >= one.range[1]:
            bench.report("E440", (*path, "range"), low=one.range[0], high=one.range[1])
        if one.blank and one.type not in BLANKS[one.blank]:
            bench.report("E463", (*path, "blank"), found=one.blank, type=one.type)


def _derived(bench: Bench) -> None:
    read: dict[str, set[str]] = {}
    for id_, one in bench.pack.derived.items():
        path: DataPath = ("derived", id_)
        before, bench.used = bench.used, set()
        node, kind = bench.formula(one.formula, (*path, "formula"), "value")
        read[id_], bench.used = bench.used, before
        if kind and kind.ratio and one.when_zero is None:
            bench.report("E446", (*path, "formula"), found=one.formula)
        if kind and not kind.ratio and one.when_zero is not None:
            bench.report("E464", (*path, "when_zero"), key=True)
        if kind and kind.type not in BLANKS["0"]:
            bench.report("E465", (*path, "formula"), found=one.formula)
        if one.type == "percent" and isinstance(node, tree.Divide) and _times_100(node.left):
            bench.report("E481", (*path, "formula"), found=one.formula)
        if one.min_sample:
            size = one.min_sample.of
            read[id_].add(size)
            if bench.known(size, bench.pack.indicators, "E405", (*path, "min_sample", "of")):
                kind = bench.scopes["value"][size]
                if kind.ratio or kind.type not in BLANKS["0"]:
                    bench.report("E482", (*path, "min_sample", "of"), found=size)
    circle = cycle({id_: found & read.keys() for id_, found in read.items()})
    if circle:
        bench.report("E466", ("derived", circle[0]), key=True, circle=" → ".join(circle))
    bench.reads = read


def _times_100(node: tree.Formula) -> bool:
    """Return whether a share is made a percent by hand, which the type does already."""
    return isinstance(node, tree.Multiply) and any(isinstance(one, tree.Number) and one.value == 100 for one in (node.left, node.right))


def _settings(bench: Bench) -> None:
    attributes = [id_ for id_, kind in bench.scopes["evidence"].items() if kind.source == "attribute"]
    for id_, one in bench.pack.settings.items():
        path: DataPath = ("settings", id_)
        forms = [key for key, given in (("value", one.value is not None), ("by_date", one.by_date), ("by", one.by or one.values)) if given]
        if len(forms) != 1 or bool(one.by) != bool(one.values):
            bench.report("E467", path, key=True, found=", ".join(forms) or "—")
        if one.by:
            bench.used.add(one.by)
            bench.known(one.by, attributes, "E406", (*path, "by"))
        if one.by_date and min(one.by_date) > bench.pack.effective.from_:
            bench.report("E468", (*path, "by_date"), key=True, first=min(one.by_date), start=bench.pack.effective.from_)
        if one.basis != "default":
            bench.cited.add(one.basis)
            bench.known(one.basis, (*bench.pack.sources, "default"), "E402", (*path, "basis"))


def _deadlines(bench: Bench) -> None:
    for id_, one in bench.pack.deadlines.items():
        path: DataPath = ("deadlines", id_)
        forms = [key for key in ("days", "date", "at", "review_days") if getattr(one, key) is not None]
        if len(forms) != 1:
            bench.report("E469", path, key=True, found=", ".join(forms) or "—")
        if one.unit != "day" and one.days is None:
            bench.report("E470", (*path, "unit"), key=True)
        if one.date:
            month, day = int(one.date[:2]), int(one.date[3:])
            if day > monthrange(2023, month)[1]:  # a year without 29 February: the date must come every year
                bench.report("E471", (*path, "date"), found=one.date)
        bench.sources(one.basis, (*path, "basis"))


# --- rules --------------------------------------------------------------------


def _criteria(pack: m.Pack) -> Iterator[tuple[m.Group, m.Criterion, DataPath]]:
    for number, group in enumerate(pack.groups):
        for index, criterion in enumerate(group.criteria):
            yield group, criterion, ("groups", number, "criteria", index)


def _groups(bench: Bench) -> None:
    ids = [group.id for group in bench.pack.groups]
    for number, group in enumerate(bench.pack.groups):
        path: DataPath = ("groups", number)
        if bench.pack.stars and group.earned_when is None:
            bench.report("E472", path, id=group.id)
        _line(bench, group.earned_when, (*path, "earned_when"), "group")
        for index, id_ in enumerate(group.requires):
            bench.known(id_, ids, "E404", (*path, "requires", index))
    for group, criterion, where in _criteria(bench.pack):
        check_criterion(bench, criterion, group, where)
    circle = cycle({group.id: set(group.requires) & set(ids) for group in bench.pack.groups})
    if circle:
        bench.report("E473", ("groups", ids.index(circle[0]), "requires"), circle=" → ".join(circle))
    if bench.pack.total:
        for id_ in bench.pack.total.weights:
            bench.known(id_, ids, "E404", ("total", "weights", id_), key=True)


def _vetoes(bench: Bench) -> None:
    for number, veto in enumerate(bench.pack.vetoes):
        path: DataPath = ("vetoes", number)
        if not veto.strip and veto.cap is None and not veto.void:
            bench.report("E474", path, id=veto.id)
        for index, id_ in enumerate(veto.strip):
            bench.known(id_, [group.id for group in bench.pack.groups], "E404", (*path, "strip", index))
        if veto.finding:
            bench.typed(veto.finding.document, ("text",), "E475", (*path, "finding", "document"))
            bench.typed(veto.finding.date, ("date",), "E475", (*path, "finding", "date"))
        _rule(bench, veto, path, "when")


def _triggers(bench: Bench) -> None:
    for number, trigger in enumerate(bench.pack.triggers):
        _rule(bench, trigger, ("triggers", number), "when", "applies_when")


def _rule(bench: Bench, rule: m.Veto | m.Trigger, path: DataPath, *keys: str) -> None:
    """Check what vetoes and triggers share."""
    figures = list(figures_in(bench, rule, path))
    for key in keys:
        text = getattr(rule, key)
        node = bench.condition(text, (*path, key))
        figures += bench.figures(node, text, (*path, key)) if node else []
    bench.numbers(rule.numbers, path, figures)
    bench.sources(rule.basis, (*path, "basis"))
    bench.deadline(rule.deadline, path)
    check_measure(bench, rule.measure, (*path, "measure"))


def _gates(bench: Bench) -> None:
    for number, gate in enumerate(bench.pack.gates):
        path: DataPath = ("gates", number)
        node = bench.condition(gate.when, (*path, "when"), "gate")
        bench.numbers(gate.numbers, path, bench.figures(node, gate.when, (*path, "when")) if node else ())
        bench.sources(gate.basis, (*path, "basis"))


def _rating(bench: Bench) -> None:
    levels: set[int] = set()
    last = len(bench.pack.rating) - 1
    for number, line in enumerate(bench.pack.rating):
        path: DataPath = ("rating", number)
        if line.level in levels:
            bench.report("E476", (*path, "level"), found=line.level)
        levels.add(line.level)
        if line.when is None and number < last:
            bench.report("E477", path)
        if line.when is not None and number == last:
            bench.report("E478", (*path, "when"), key=True)
        _line(bench, line.when, (*path, "when"), "rating")


def _line(bench: Bench, text: str | None, path: DataPath, where: Literal["group", "rating"]) -> None:
    """Check a condition that reads results only: evidence may be missing, and only criteria, vetoes, triggers and gates can stay open."""
    node = bench.condition(text, path, where)
    for name in sorted(names(node)) if node else ():
        kind = bench.scopes[where].get(name)
        if kind and kind.source in ("indicator", "derived"):
            bench.report("E483", path, found=name)
    if node and where == "group" and not _rises(negate(negate(node))):
        bench.report("E484", path, found=text)


def _rises(node: tree.Condition) -> bool:
    """Whether a condition with its negations pushed down holds on as the score rises: the highest score is then an upper bound."""
    match node:
        case tree.And(of=of) | tree.Or(of=of):
            return all(_rises(one) for one in of)
        case tree.Compare(op=op, left=left, right=right):
            on_left, on_right = "score" in names(left), "score" in names(right)
            return not (on_left or on_right) or (on_left != on_right and op in ((">", ">=") if on_left else ("<", "<=")))
        case _:
            return "score" not in names(node)


# --- ids, and what nothing reads ----------------------------------------------


def _ids(bench: Bench) -> None:
    pack = bench.pack
    items: list[tuple[str, DataPath]] = [(criterion.id, (*path, "id")) for _, criterion, path in _criteria(pack)]
    items += [(veto.id, ("vetoes", number, "id")) for number, veto in enumerate(pack.vetoes)]
    items += [(trigger.id, ("triggers", number, "id")) for number, trigger in enumerate(pack.triggers)]
    items += [(gate.id, ("gates", number, "id")) for number, gate in enumerate(pack.gates)]
    groups: list[tuple[str, DataPath]] = [(group.id, ("groups", number, "id")) for number, group in enumerate(pack.groups)]
    for listed in (items, groups):
        first: dict[str, DataPath] = {}
        for id_, path in listed:
            if id_ in pack.reserved:
                bench.report("E479", path, found=id_)
            elif id_ in first:
                bench.report("E480", path, found=id_, line=bench.spans.place(first[id_]).line)
            first.setdefault(id_, path)


def _unused(bench: Bench) -> None:
    """Warn of what nothing reads. What only an unread derived value reads is unread too, but is told once that one is gone."""
    pack = bench.pack
    read = bench.used.union(*bench.reads.values())
    attributes = {id_ for id_, one in pack.indicators.items() if one.attribute}
    listed: Iterable[tuple[str, str, Iterable[str], set[str]]] = (
        ("W501", "indicators", pack.indicators, read | attributes),
        ("W501", "derived", pack.derived, read),
        ("W501", "settings", pack.settings, read),
        ("W503", "deadlines", pack.deadlines, bench.classes),
        ("W504", "sources", pack.sources, bench.cited),
    )
    for code, section, ids, used in listed:
        for id_ in ids:
            if id_ not in used:
                bench.report(code, (section, id_), key=True, found=id_)
