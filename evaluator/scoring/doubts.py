"""What is doubtful in a branch's results because a figure at a line is only approximate; feedback and ``evidence check`` say it."""

from collections.abc import Iterator, Mapping

from evaluator.messages import Language
from evaluator.packs import models as m
from evaluator.packs import tree
from evaluator.packs.conditions import parse_condition
from evaluator.packs.scope import all_indicators
from evaluator.scoring.at_the_line import Written, remark
from evaluator.scoring.explain import show
from evaluator.scoring.names import Names
from evaluator.scoring.plan import Plan
from evaluator.scoring.truth import truth

__all__ = ["doubts"]

Item = m.Criterion | m.Veto | m.Trigger | m.Gate


def doubts(pack: m.Pack, names_of: Names, plan: Plan, slots: Mapping[int, int], written: Written, lang: Language) -> dict[str, list[str]]:
    """Return, by item of a pack, what is doubtful in it for a branch with these values, each once."""
    if not written:
        return {}
    known = all_indicators(pack)
    inputs = {one.id: one for one in plan.inputs}
    items = plan.items()
    found: dict[str, list[str]] = {}

    def shown(id_: str) -> str:
        return show(inputs[id_], known[id_], slots, lang) or ""

    for item in _items(pack):
        if not any(plan.inputs[number].id in written for number in items[pack.pack, item.id].inputs):
            continue
        for text in _conditions(item):
            for piece in _comparisons(parse_condition(text)):
                said = remark(piece, names_of, lambda test: truth(test, slots), written, shown, lang)
                if said and said.open and said.text not in found.get(item.id, ()):
                    found.setdefault(item.id, []).append(said.text)
    return found


def _items(pack: m.Pack) -> Iterator[Item]:
    for group in pack.groups:
        yield from group.criteria
    yield from pack.vetoes
    yield from pack.triggers
    yield from pack.gates


def _conditions(item: Item) -> Iterator[str]:
    if not isinstance(item, m.Criterion):
        yield item.when
    else:
        for part in item.parts:
            if isinstance(part, m.Award):
                yield part.when
            elif isinstance(part, m.Bands):
                yield from (band.when for band in part.bands)
        yield from filter(None, (item.zero_when, *(deduct.when for deduct in item.deduct)))
    if isinstance(item, m.Criterion | m.Trigger) and item.applies_when:
        yield item.applies_when


def _comparisons(node: tree.Condition) -> Iterator[tree.Condition]:
    if isinstance(node, tree.And | tree.Or):
        for one in node.of:
            yield from _comparisons(one)
    elif isinstance(node, tree.Not):
        yield from _comparisons(node.of)
    else:
        yield node
