"""One pack as one query: a row for every branch that it applies to and that was visited, from its slots to its rating."""

from collections.abc import Sequence

from sqlglot import exp

from evaluator.scoring import plan as p
from evaluator.scoring.sql_parts import Worth
from evaluator.scoring.sql_pieces import (
    Tree,
    all_true,
    any_true,
    big,
    case,
    column,
    is_null,
    name,
    named,
    negation,
    number,
    over,
    plus,
    query,
    same,
    stacked,
    table,
    truth,
)
from evaluator.scoring.sql_tests import condition, results_in, settled, slots_in
from evaluator.scoring.tables import FindingKind, FindingState, Why

__all__ = ["FINDINGS", "PackQuery"]

FINDINGS = {FindingKind.VETO: "y", FindingKind.TRIGGER: "h", FindingKind.GATE: "q"}


def finding(kind: FindingKind, number_: int) -> Tree:
    """Return the state of a veto, trigger or gate: a FindingState, or 0 where it is plainly false."""
    return column(f"{FINDINGS[kind]}{number_}")


def count(tests: Sequence[Tree]) -> Tree:
    return plus([case([(one, number(1))], number(0)) for one in tests])


class PackQuery:
    """Writes the query of one pack, layer upon layer; each layer adds columns to those of the layer below.

    Columns of a row: ``branch``; ``c<n>_low/high/points`` of criteria; ``g<n>_earned/possible/applicable/why/awarded_possible`` of groups;
    ``y<n>``, ``h<n>``, ``q<n>``, the states of vetoes, triggers and gates (0: false); then the columns of tables.BRANCHES from ``stars``
    on, with ``hard_possible`` and ``soft_possible`` for the packs that need this one.
    """

    def __init__(self, plan: p.Plan, pack: p.PackStep) -> None:
        self.plan = plan
        self.pack = pack
        self.criteria = [one for one in plan.criteria if one.pack == pack.number]
        self.groups = [one for one in plan.groups if one.pack == pack.number]
        self.vetoes = [one for one in plan.vetoes if one.pack == pack.number]
        self.triggers = [one for one in plan.triggers if one.pack == pack.number]
        self.gates = [one for one in plan.gates if one.pack == pack.number]
        self.by_number = {one.number: one for one in self.criteria}
        steps = (*self.criteria, *self.groups, *self.vetoes, *self.triggers, *self.gates, pack)
        read = sorted({(one.pack, one.name) for one in results_in(steps) if one.pack is not None})
        self.needed = {f"r{of}_{label}{reading}": (of, f"{label}{reading}") for of, label in read for reading in ("", "_possible")}
        self.readings = (self.lowest, self.highest) if self.needed else None
        self.worth = Worth(self.criteria, self.readings)

    def applies(self) -> Tree:
        return truth(True) if self.pack.applies is None else condition(self.pack.applies)

    def visited(self) -> Tree:
        read = [one for one in self.plan.inputs if one.number in self.pack.inputs]
        found = [column(f"s{slot}") for one in read for slot in (one.slot, one.na_slot) if slot is not None]
        return negation(is_null(exp.Coalesce(this=found[0], expressions=found[1:]))) if found else truth(False)

    def build(self) -> exp.Query:
        layers = [
            ("tests", self.worth.tests),
            ("parts", self.worth.parts),
            ("criteria", [*self.worth.criteria, *self.vetoes_and_triggers()]),
            ("sums", [one for group in self.groups for one in self.sums(group)]),
            ("lines", [one for group in self.groups for one in self.lines(group)]),
            ("earned", [one for group in self.groups for one in self.earned(group)]),
            ("totals", self.totals()),
            ("gates", [named(self.state([], settled(gate.when, (self.lowest, self.highest))), f"q{gate.number}") for gate in self.gates]),
            ("levels", self.levels()),
        ]
        stages: list[tuple[str, exp.Query]] = [("base", self.base())]
        # Layers above the criteria read few slots and no part; carrying all along would make DuckDB bind each of them in every layer.
        late = [column(f"s{slot}") for slot in sorted(slots_in((*self.groups, *self.gates, self.pack)))]
        kept = [column("branch"), *late, *(column(label) for label in self.needed)]
        for label, columns in layers:
            if columns:
                below: list[Tree] = kept if label == "criteria" else [exp.Star()]
                stages.append((label, query(stages[-1][0], [*below, *columns])))
        stages.append(("row", query(stages[-1][0], self.row())))
        return stacked(stages)

    # --- what the pack reads --------------------------------------------------

    def base(self) -> exp.Select:
        """Return the slots of the branches in scope, with the results of needed packs as ``r<pack>_<result>``."""
        columns: list[Tree] = [exp.Column(this=exp.Star(), table=name("slots"))]
        for label, (pack, result) in self.needed.items():
            columns.append(named(exp.Column(this=name(result), table=name(f"pack{pack}")), label))
        select = query("slots", columns, all_true([self.applies(), self.visited()]))
        for pack in sorted({pack for pack, _ in self.needed.values()}):
            sides = [exp.Column(this=name("branch"), table=name(label)) for label in ("slots", f"pack{pack}")]
            select = select.join(table(f"pack{pack}"), on=exp.EQ(this=sides[0], expression=sides[1]), join_type="left", copy=False)
        return select

    def lowest(self, result: p.Result) -> Tree:
        """Return a result as it stands."""
        if result.pack is not None:
            return column(f"r{result.pack}_{result.name}")
        return self.gates_failed() if result.name == "gates_failed" else column(result.name)

    def highest(self, result: p.Result) -> Tree:
        """Return a result at its highest."""
        if result.pack is not None:
            return column(f"r{result.pack}_{result.name}_possible")
        if result.name == "gates_failed":
            return self.gates_failed()
        return column("den" if result.name == "den" else f"{result.name}_possible")

    def gates_failed(self) -> Tree:
        return count([same(finding(FindingKind.GATE, gate.number), FindingState.TRUE) for gate in self.gates])

    # --- groups ---------------------------------------------------------------

    def of(self, group: p.GroupStep, what: str, bonus: bool = False) -> Tree:
        """Return the sum of one column of a group's criteria, with or without bonus."""
        return plus([self.figure(number_, what) for number_ in group.criteria if self.by_number[number_].bonus == bonus])

    def figure(self, number_: int, what: str) -> Tree:
        return column(f"c{number_}_{self.worth.sure(self.by_number[number_]) if what == 'sure' else what}")

    def sums(self, group: p.GroupStep) -> list[Tree]:
        found = []
        for what, label in (("low", "earned"), ("high", "possible"), ("points", "applicable"), ("sure", "sure")):
            total = self.of(group, what)
            if group.bonus_up_to and what in ("low", "high"):
                bonus = exp.Least(this=self.of(group, what, bonus=True), expressions=[number(group.bonus_up_to)], ignore_nulls=True)
                total = plus([total, bonus])
            found.append(named(big(total), f"g{group.number}_{label}"))
        return found

    def lines(self, group: p.GroupStep) -> list[Tree]:
        """Return ``own``: why the group is not awarded by itself (0: it is), and ``may``: 1 where it possibly is."""
        label = f"g{group.number}"
        least = max(group.min_applicable * group.points, 1)  # never awarded while all its points may still be not applicable

        def enough(what: str) -> Tree:
            return exp.GTE(this=exp.Mul(this=number(10_000), expression=column(f"{label}_{what}")), expression=number(least))

        keys = [number_ for number_ in group.criteria if self.by_number[number_].key]
        failed = [all_true([exp.GT(this=column(f"c{n}_points"), expression=number(0)), same(column(f"c{n}_low"), 0)]) for n in keys]
        surely = [all_true([exp.GT(this=self.figure(n, "sure"), expression=number(0)), same(column(f"c{n}_high"), 0)]) for n in keys]
        whens = [(same(column(f"{label}_applicable"), 0), number(Why.NOT_APPLICABLE)), (negation(enough("sure")), number(Why.TOO_LITTLE))]
        if keys:
            whens.append((any_true(failed), number(Why.KEY)))
        if group.line is None:
            return [named(case(whens, number(Why.NO_LINE)), f"{label}_own"), named(number(0), f"{label}_may")]

        def of_group(reading: str) -> Tree:
            def read(result: p.Result) -> Tree:
                if result.pack is not None:
                    return self.lowest(result) if reading == "earned" else self.highest(result)
                return column(f"{label}_{reading if result.name == 'num' else 'applicable'}")

            assert group.line is not None
            return condition(group.line, read)

        whens.append((of_group("earned"), number(Why.AWARDED)))
        possible = [
            exp.GT(this=column(f"{label}_applicable"), expression=number(0)),
            enough("applicable"),
            exp.Coalesce(this=of_group("possible"), expressions=[truth(True)]),
        ]
        if keys:
            possible.append(negation(any_true(surely)))
        may = case([(all_true(possible), number(1))], number(0))
        return [named(case(whens, number(Why.LINE)), f"{label}_own"), named(may, f"{label}_may")]

    def required(self) -> dict[int, set[int]]:
        """Return all groups that each group requires, directly or by way of others."""
        found: dict[int, set[int]] = {}
        by_number = {group.number: group for group in self.groups}
        for number_ in self.pack.order:
            direct = by_number[number_].requires
            found[number_] = set(direct).union(*(found[one] for one in direct))
        return found

    def earned(self, group: p.GroupStep) -> list[Tree]:
        """Return ``why`` and ``awarded_possible`` of a group, after requirements and vetoes that strip it."""
        label = f"g{group.number}"
        needs = sorted(self.required()[group.number])
        strips = [same(finding(FindingKind.VETO, one.number), FindingState.TRUE) for one in self.vetoes if group.number in one.strip]
        whens: list[tuple[Tree, Tree]] = [(negation(same(column(f"{label}_own"), 0)), column(f"{label}_own"))]
        if needs:
            whens.append((any_true([negation(same(column(f"g{one}_own"), 0)) for one in needs]), number(Why.REQUIRES)))
        if strips:
            whens.append((any_true(strips), number(Why.STRIPPED)))
        may = [same(column(f"g{one}_may"), 1) for one in (group.number, *needs)] + [negation(one.copy()) for one in strips]
        return [
            named(big(case(whens, number(Why.AWARDED))), f"{label}_why"),
            named(big(case([(all_true(may), number(1))], number(0))), f"{label}_awarded_possible"),
        ]

    def confirmed(self, group: p.GroupStep) -> Tree:
        """Return whether a group stays awarded if every pending veto is found to hold."""
        strips = [same(finding(FindingKind.VETO, one.number), FindingState.PENDING) for one in self.vetoes if group.number in one.strip]
        return all_true([same(column(f"g{group.number}_why"), Why.AWARDED), *(negation(one) for one in strips)])

    # --- findings -------------------------------------------------------------

    def findings(self) -> dict[FindingKind, list[int]]:
        """Return the numbers of the pack's vetoes, triggers and gates."""
        return {
            FindingKind.VETO: [one.number for one in self.vetoes],
            FindingKind.TRIGGER: [one.number for one in self.triggers],
            FindingKind.GATE: [one.number for one in self.gates],
        }

    def state(self, whens: list[tuple[Tree, Tree]], test: Tree) -> Tree:
        whens = [*whens, (test, number(FindingState.TRUE)), (is_null(test.copy()), number(FindingState.OPEN))]
        return case(whens, number(0))

    def vetoes_and_triggers(self) -> list[Tree]:
        found = []
        for veto in self.vetoes:
            pending: list[tuple[Tree, Tree]] = []
            if veto.finding is not None:
                when, there = (settled(test, self.readings) for test in (veto.when, veto.finding))
                unfounded = negation(exp.Is(this=exp.Paren(this=there), expression=truth(True)))
                pending = [(all_true([when, unfounded]), number(FindingState.PENDING))]
            found.append(named(self.state(pending, settled(veto.when, self.readings)), f"y{veto.number}"))
        for trigger in self.triggers:
            tests = [trigger.when] if trigger.applies is None else [trigger.applies, trigger.when]
            both = all_true([settled(test, self.readings) for test in tests])
            found.append(named(self.state([], both), f"h{trigger.number}"))
        return found

    def triggers_at(self, hard: bool, *states: FindingState) -> Tree:
        chosen = [one.number for one in self.triggers if one.hard == hard]
        return count([any_true([same(finding(FindingKind.TRIGGER, n), state) for state in states]) for n in chosen])

    # --- the pack -------------------------------------------------------------

    def score(self, reading: str) -> Tree:
        """Return the numerator of the pack's score: ``earned`` or ``possible`` points, weighted where the pack says so."""
        if not self.pack.weights:
            return plus([column(f"g{group.number}_{reading}") for group in self.groups])
        terms = []
        for number_, weight in self.pack.weights:
            applicable = column(f"g{number_}_applicable")
            share = over(exp.Mul(this=number(10_000), expression=column(f"g{number_}_{reading}")), applicable)
            some = exp.GT(this=applicable.copy(), expression=number(0))
            terms.append(case([(some, exp.Mul(this=number(weight), expression=exp.Paren(this=share)))], number(0)))
        return plus(terms)

    def whole(self) -> Tree:
        """Return the denominator of the pack's score."""
        if not self.pack.weights:
            return plus([column(f"g{group.number}_applicable") for group in self.groups])
        whens = [
            (exp.GT(this=column(f"g{n}_applicable"), expression=number(0)), number(10_000 * weight)) for n, weight in self.pack.weights
        ]
        return plus([case([when], number(0)) for when in whens])

    def totals(self) -> list[Tree]:
        groups = self.groups if self.pack.stars else []
        plain = [one.number for one in self.criteria if not one.bonus]
        keys = [one.number for one in self.criteria if one.key]
        decided = [
            case([(exp.EQ(this=column(f"c{n}_low"), expression=column(f"c{n}_high")), column(f"c{n}_points"))], number(0)) for n in plain
        ]
        failed = [all_true([exp.GT(this=column(f"c{n}_points"), expression=number(0)), same(column(f"c{n}_low"), 0)]) for n in keys]
        surely = [all_true([exp.GT(this=self.figure(n, "sure"), expression=number(0)), same(column(f"c{n}_high"), 0)]) for n in keys]
        true, unknown = FindingState.TRUE, FindingState.OPEN
        found = {
            "stars": count([same(column(f"g{group.number}_why"), Why.AWARDED) for group in groups]),
            "stars_possible": count([same(column(f"g{group.number}_awarded_possible"), 1) for group in groups]),
            "stars_confirmed": count([self.confirmed(group) for group in groups]),
            "points": plus([column(f"g{group.number}_earned") for group in self.groups]),
            "points_possible": plus([column(f"g{group.number}_possible") for group in self.groups]),
            "num": self.score("earned"),
            "num_possible": self.score("possible"),
            "den": self.whole(),
            "keys_failed": count(failed),
            "keys_failed_possible": count(surely),
            "hard": self.triggers_at(True, true),
            "hard_possible": self.triggers_at(True, true, unknown),
            "soft": self.triggers_at(False, true),
            "soft_possible": self.triggers_at(False, true, unknown),
            "decided": plus(decided),
            "applicable": plus([column(f"c{n}_points") for n in plain]),
        }
        return [named(big(tree), label) for label, tree in found.items()]

    def levels(self) -> list[Tree]:
        """Return level in its three readings, and whether anything is left open."""

        def confirmed(result: p.Result) -> Tree:
            return column("stars_confirmed") if result == p.Result("stars") else self.lowest(result)

        readings = {"level": self.lowest, "level_possible": self.highest, "level_confirmed": confirmed}
        found = []
        for label, read in readings.items():
            lines = [(truth(True) if test is None else condition(test, read), number(worth)) for worth, test in self.pack.rating]
            level = case(lines, number(0))
            states = (FindingState.TRUE, FindingState.PENDING) if label == "level_confirmed" else (FindingState.TRUE,)
            for veto in self.vetoes:
                cap = 0 if veto.void else veto.cap
                if cap is None:
                    continue
                acts = any_true([same(finding(FindingKind.VETO, veto.number), state) for state in states])
                limit = case([(acts, number(cap))], number(max((line[0] for line in self.pack.rating), default=0)))
                level = exp.Least(this=level, expressions=[limit], ignore_nulls=True)
            found.append(named(big(level), label))
        unproven: list[Tree] = [
            exp.NEQ(this=column(f"c{one.number}_low"), expression=column(f"c{one.number}_high")) for one in self.criteria
        ]
        left = [
            exp.GT(this=finding(kind, n), expression=number(FindingState.TRUE))
            for kind, numbers in self.findings().items()
            for n in numbers
        ]
        return [*found, named(big(case([(any_true([*unproven, *left]), number(1))], number(0))), "provisional")]

    def row(self) -> list[Tree]:
        labels = ["branch"]
        labels += [f"c{one.number}_{what}" for one in self.criteria for what in ("low", "high", "points")]
        labels += [
            f"g{one.number}_{what}" for one in self.groups for what in ("earned", "possible", "applicable", "why", "awarded_possible")
        ]
        labels += (
            [f"y{one.number}" for one in self.vetoes]
            + [f"h{one.number}" for one in self.triggers]
            + [f"q{one.number}" for one in self.gates]
        )
        labels += ["stars", "stars_possible", "num", "num_possible", "den", "level", "level_possible", "level_confirmed", "provisional"]
        labels += ["hard", "hard_possible", "soft", "soft_possible", "decided", "applicable"]
        return [column(label) for label in labels]
