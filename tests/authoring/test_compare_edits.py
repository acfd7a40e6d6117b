"""What differs by meaning: writing does not count, every meaning does, and the edits make the second pack of the first."""

from collections.abc import Callable
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from compared_packs import BASE, base, pack_of
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.authoring.compare.edits import applied, edits_between
from evaluator.authoring.compare.things import canonical, things_of
from evaluator.packs import models as m
from evaluator.packs.load import load_pack


def told(a: m.Pack, b: m.Pack) -> list[tuple[str, str, str, tuple[str, ...]]]:
    return [(edit.section, edit.id, edit.kind, edit.fields) for edit in edits_between(a, b)]


@pytest.mark.parametrize(
    "change",
    [
        ("done_rate >= 90%", "done_rate>=90%"),
        ("done_rate >= 90%", "90% <= done_rate"),
        ("done_rate >= 90%", "(done_rate >= 90.0%)"),
        ("per: months - meetings", "per: 'months-meetings'"),
        ("points: 4", "points: 4.0"),
        ("title: 第一星", 'title: {zh: "第一星"}  # 注'),
        ('numbers: {"1": default, "4": default, months: doc}', 'numbers: {months: doc, "4": default, "1": default}'),
    ],
)
def test_another_way_of_writing_is_no_difference(change: tuple[str, str]) -> None:
    assert told(base(), base(change)) == []


def test_the_order_of_items_and_of_joined_conditions_is_no_difference() -> None:
    pack = base(("when: fraud", "when: fraud AND meetings = 0 AND (held > 3 OR due_count > 3)"))
    other = base(("when: fraud", "when: meetings = 0 AND (due_count > 3 OR held > 3) AND fraud"))
    turned = other.model_copy(
        update={
            "groups": tuple(group.model_copy(update={"criteria": group.criteria[::-1]}) for group in other.groups[::-1]),
            "indicators": dict(reversed(other.indicators.items())),
        }
    )
    assert told(pack, turned) == []


def test_the_order_of_bands_and_levels_is_a_difference() -> None:
    bands = base()
    part = bands.groups[0].criteria[1].parts[0]
    assert isinstance(part, m.Bands)
    turned = part.model_copy(update={"bands": part.bands[::-1]})
    criterion = bands.groups[0].criteria[1].model_copy(update={"parts": (turned,)})
    group = bands.groups[0].model_copy(update={"criteria": (bands.groups[0].criteria[0], criterion)})
    assert told(bands, bands.model_copy(update={"groups": (group, bands.groups[1])})) == [("criteria", "C-02", "threshold", ("parts",))]
    levels = bands.model_copy(update={"rating": (bands.rating[1], bands.rating[0], bands.rating[2])})
    assert told(bands, levels) == [("rating", "order", "rule", ("levels",))]


@pytest.mark.parametrize(
    ("change", "edit"),
    [
        (("text: {zh: 按月开会, en: A meeting a month}", "text: 每月开会"), ("criteria", "C-01", "text", ("text",))),
        (("full: 4, less: 1", "full: 4, less: 2"), ("criteria", "C-01", "threshold", ("parts",))),
        (("months - meetings", "quarters - meetings"), ("criteria", "C-01", "rule", ("parts",))),
        (("deadline: later", "deadline: soon"), ("criteria", "C-03", "deadline", ("deadline",))),
        (("owner: 乡镇党委", "owner: 县委"), ("vetoes", "V1", "owner", ("owner",))),
        (("cap: 1", "cap: 0"), ("vetoes", "V1", "threshold", ("cap",))),
        (("{2023-01-01: 80}", "{2023-01-01: 85}"), ("settings", "pass_line", "threshold", ("by_date",))),
        (("days: 60", "days: 45"), ("deadlines", "later", "deadline", ("days",))),
        (("range: [0, 366]", "range: [0, 365]"), ("indicators", "meetings", "threshold", ("range",))),
        (("type: boolean, holder: team", "type: boolean"), ("indicators", "fraud", "owner", ("holder",))),
        (("held / due_count", "held / meetings"), ("derived", "done_rate", "rule", ("formula",))),
        (("stars = 2", "stars >= 2"), ("rating", "2", "rule", ("when",))),
        (("version: \"1\"", 'version: "2"'), ("pack", "", "text", ("version",))),
        (("{title: 一份文件}", "{title: 两份文件}"), ("sources", "doc", "text", ("title",))),
        (("earned_when: score >= pass_line\n    criteria:\n      - id: C-03", "earned_when: score >= 70\n    criteria:\n      - id: C-03"),
         ("groups", "G2", "rule", ("earned_when",))),
        (("rating:", "ledger: {extensions: 1}\nrating:"), ("ledger", "", "ledger", ("extensions",))),
    ],
)  # fmt: skip
def test_each_difference_is_one_edit_of_its_kind(change: tuple[str, str], edit: tuple[str, str, str, tuple[str, ...]]) -> None:
    assert told(base(), base(change)) == [edit]


def test_points_and_parts_change_together_and_texts_of_parts_apart() -> None:
    assert told(base(), base(("points: 4", "points: 5"), ("full: 4", "full: 5"))) == [("criteria", "C-01", "points", ("points", "parts"))]
    worded = base(("- count_down:", "- text: 开会\n            count_down:"))
    assert told(base(), worded) == [("criteria", "C-01", "text", ("parts",))]


def test_a_new_group_brings_its_criteria_and_a_lost_one_takes_them() -> None:
    whole, less = base(), base().model_copy(update={"groups": base().groups[:1]})
    assert told(less, whole) == [("groups", "G2", "added", ())]
    assert told(whole, less) == [("groups", "G2", "removed", ())]


def test_an_edit_alone_leaves_the_rest_as_it_is() -> None:
    a, b = base(), base(("less: 1", "less: 2"), ("days: 60", "days: 45"), ("stars = 2", "stars >= 2"))
    edits = edits_between(a, b)
    assert len(edits) == 3
    for edit in edits:
        assert [(one.section, one.id) for one in edits_between(a, applied(a, [edit]))] == [(edit.section, edit.id)]
        rest = [one for one in edits if one is not edit]
        assert [(one.section, one.id) for one in edits_between(applied(a, rest), b)] == [(edit.section, edit.id)]


# --- all edits of a difference make the second of the first -------------------

SHIPPED = [load_pack(name).pack for name in ("five-star-urban", "five-star-rural", "soft-and-lax")]


@pytest.mark.parametrize(("a", "b"), list(permutations(SHIPPED, 2)), ids=lambda pack: pack.pack)
def test_all_edits_make_one_shipped_pack_of_another(a: m.Pack, b: m.Pack) -> None:
    made = applied(a, edits_between(a, b))
    assert things_of(made) == things_of(canonical(b))
    assert edits_between(made, b) == ()
    assert edits_between(a, a) == ()


def replaced(pack: m.Pack, place: int, **update: Any) -> m.Pack:
    groups = list(pack.groups)
    group = groups[place % len(groups)]
    index = place % len(group.criteria) if group.criteria else 0
    listed = list(group.criteria)
    listed[index] = listed[index].model_copy(update=update)
    groups[place % len(groups)] = group.model_copy(update={"criteria": tuple(listed)})
    return pack.model_copy(update={"groups": tuple(groups)})


def dropped(pack: m.Pack, place: int) -> m.Pack:
    groups = list(pack.groups)
    group = groups[place % len(groups)]
    if len(group.criteria) > 1:
        groups[place % len(groups)] = group.model_copy(update={"criteria": group.criteria[1:]})
    elif len(groups) > 1:
        del groups[place % len(groups)]
    return pack.model_copy(update={"groups": tuple(groups)})


def renamed(pack: m.Pack, place: int) -> m.Pack:
    return replaced(pack, place, id=f"N-{place}")


Change = Callable[[m.Pack, int], m.Pack]
CHANGES: list[Change] = [
    dropped,
    renamed,
    lambda pack, n: replaced(pack, n, points=Decimal(n + 1)),
    lambda pack, n: replaced(pack, n, owner=f"某单位{n}"),
    lambda pack, n: replaced(pack, n, zero_when=f"meetings = {n}"),
    lambda pack, n: replaced(pack, n, key=True, applies_when="fraud OR meetings > 1"),
    lambda pack, n: replaced(pack, n, parts=(m.Award(award=Decimal(n), when="fraud", text=m.Labels(zh="一句")),)),
    lambda pack, n: replaced(
        pack, n, deduct=(m.Deduct(points=Decimal(1), when=f"meetings < {n}"), m.Deduct(points=Decimal(2), when="fraud"))
    ),
    lambda pack, n: pack.model_copy(update={"vetoes": pack.vetoes[: n % 2]}),
    lambda pack, n: pack.model_copy(update={"rating": pack.rating[n % 2 :]}),
    lambda pack, n: pack.model_copy(update={"groups": pack.groups[::-1]}),
    lambda pack, n: pack.model_copy(update={"settings": {} if n % 2 else pack.settings, "stars": bool(n % 3)}),
    lambda pack, n: pack.model_copy(update={"total": m.Total(weights={group.id: n + 1 for group in pack.groups})}),
    lambda pack, n: pack.model_copy(update={"ledger": m.LedgerRules(extensions=n)}),
    lambda pack, n: pack.model_copy(update={"deadlines": {**pack.deadlines, f"d{n}": m.Deadline(label=m.Labels(zh="限期"), days=n)}}),
    lambda pack, n: pack.model_copy(
        update={"groups": (pack.groups[0].model_copy(update={"requires": tuple(g.id for g in pack.groups[1:])}), *pack.groups[1:])}
    ),
    lambda pack, n: pack.model_copy(
        update={"indicators": {key: one.model_copy(update={"holder": f"部门{n}"}) for key, one in pack.indicators.items()}}
    ),
]
recipes = st.lists(st.tuples(st.sampled_from(CHANGES), st.integers(0, 6)), max_size=6)


def made(recipe: list[tuple[Change, int]]) -> m.Pack:
    pack = pack_of(BASE)
    for change, place in recipe:
        pack = change(pack, place)
    ids = {group.id for group in pack.groups}  # a sound pack names only groups that it has
    groups = tuple(group.model_copy(update={"requires": tuple(id_ for id_ in group.requires if id_ in ids)}) for group in pack.groups)
    weights = {id_: weight for id_, weight in pack.total.weights.items() if id_ in ids} if pack.total else {}
    return pack.model_copy(update={"groups": groups, "total": m.Total(weights=weights) if weights else None})


@settings(max_examples=150)
@given(recipes, recipes)
def test_all_edits_of_a_difference_make_the_second_pack_of_the_first(
    first: list[tuple[Change, int]], second: list[tuple[Change, int]]
) -> None:
    a, b = made(first), made(second)
    edits = edits_between(a, b)
    assert things_of(applied(a, edits)) == things_of(canonical(b))
    assert (edits == ()) == (things_of(canonical(a)) == things_of(canonical(b)))


def test_one_file_and_its_resolved_text_are_the_same(tmp_path: Path) -> None:
    loaded = load_pack(str(Path(__file__).parent.parent / "bad" / "overlays" / "good.yaml"))
    (tmp_path / "pack.yaml").write_text(loaded.text, encoding="utf-8")
    assert told(loaded.pack, load_pack(str(tmp_path)).pack) == []
