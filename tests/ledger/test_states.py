"""Random lives of several issues in one ledger, legal moves and illegal ones: whatever people do, the ledger stays true to its events."""

import json
import shutil
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from ledgers import BRANCHES, FOUND, OWNER, TOWNSHIP, WHO, begin_in, held, new_ledger

from evaluator.diagnostics import Failure
from evaluator.ledger.acts import act
from evaluator.ledger.balance import balance
from evaluator.ledger.branches import Heir, dissolve, merge, rename, split
from evaluator.ledger.calendar import published
from evaluator.ledger.dates import redate, redated, suspend
from evaluator.ledger.entries import ISSUE, Issue
from evaluator.ledger.events import Actor
from evaluator.ledger.handover import hand_over
from evaluator.ledger.lifecycle import MOVES, target_of
from evaluator.ledger.slips import due_slips, make_out
from evaluator.ledger.standing import issues_on
from evaluator.ledger.store import Change, Store

PEOPLE = (
    *WHO.values(),
    Actor("钱立", "东亭街道", "township"),
    Actor("孙慧", "县委组织部", "county"),
    Actor(OWNER.name, TOWNSHIP.unit, "township"),
)
TEXTS = st.sampled_from(["", "已改", "等材料"])
FREE = ("text", "unit", "person", "where", "opinion", "document", "to", "receipt", "facts", "value", "code")
SLIPS = [{"id": "urge", "label": {"zh": "催办"}, "days": 0}, {"id": "press", "label": {"zh": "督办"}, "days": 5, "after": "urge"}]
NEXT = {"candidate": "register", "registered": "assign", "rectifying": "submit", "submitted": "accept", "held": "resume", "closed": "recur"}


class Lives(RuleBasedStateMachine):
    """Issues are drawn by a number, taken modulo how many there are; days only go on, though a move may be told of another day."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = new_ledger(self.folder / "台账.db", extensions=2, slips=SLIPS)
        self.day = FOUND
        self.ids: list[str] = []
        self.numbers: dict[str, str] = {}  # that were ever issued, with the id of their issue
        self.closed: dict[tuple[str, int], str] = {}  # closed cycles as they were closed
        self.heirs = 0

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    # --- doing ------------------------------------------------------------------

    def attempt(self, by: Actor, work: Callable[[Change], object], on: int = 0) -> bool:
        """Do something as one change; when it is refused, nothing at all has changed."""
        before = held(self.store.path)
        try:
            with self.store.change(by, self.day + timedelta(days=on), "test") as change:
                work(change)
        except Failure as failure:
            findings = failure.findings
        else:
            return True
        assert findings
        assert all(finding.message("zh") and finding.message("en") for finding in findings)
        assert held(self.store.path) == before
        return False

    def issue(self, drawn: int) -> Issue:
        found = self.store.entry(self.ids[drawn % len(self.ids)])
        assert isinstance(found, Issue)
        return found

    def move(self, drawn: int, action: str, by: Actor, data: dict[str, Any], on: int = 0) -> bool:
        before = self.issue(drawn)
        if not self.attempt(by, lambda change: act(change, change.issue(before.id), action, data), on):
            return False
        after = self.issue(drawn)
        assert before.state in MOVES[action].sources
        back = action == "recur" or (action == "lookback" and data["result"] == "relapsed")  # the next cycle begins with it
        target = ("registered" if before.number else "candidate") if back else target_of(action, data) or before.state
        assert after.state == target
        assert after.version == before.version + (2 if back and action == "lookback" else 1)
        if action == "amend":
            self.closed[after.id, after.now.no] = cycle_text(after, after.now.no)
        return True

    @initialize(importance=st.sampled_from(["key", "minor"]))
    def first(self, importance: str) -> None:
        self.begin(0, importance, False, False, False)

    @precondition(lambda self: len(self.ids) < 6)
    @rule(
        branch=st.integers(0, 2),
        importance=st.sampled_from(["key", "minor"]),
        observed=st.booleans(),
        irreversible=st.booleans(),
        spot=st.booleans(),
    )
    def begin(self, branch: int, importance: str, observed: bool, irreversible: bool, spot: bool) -> None:
        id_, name, township = BRANCHES[branch]
        told: dict[str, Any] = {"importance": importance, "observed": observed, "irreversible": irreversible, "found": str(self.day)}
        cycle: dict[str, Any] = {"found": str(self.day), "measures": [{"text": "开会"}, {"text": "走访", "target": 2, "unit": "户"}]}
        if spot:
            told["observed"] = False
            cycle |= {"state": "closed", "closed": str(self.day), "on_time": True, "spot": True}
        key = f"{id_}|C{len(self.ids)}|"

        def work(change: Change) -> None:
            self.ids.append(begin_in(change, cycle, branch=id_, branch_name=name, township=township, key=key, **told).id)

        assert self.attempt(WHO["county"], work)

    @rule(
        moves=st.lists(st.tuples(st.sampled_from(sorted(MOVES)), st.sampled_from(PEOPLE), st.integers(0, 5)), min_size=1, max_size=5),
        data=st.data(),
    )
    def any_moves(self, moves: list[tuple[str, Actor, int]], data: st.DataObject) -> None:
        for action, by, sound in moves:
            self.any_move(action, by, bool(sound), data)

    def any_move(self, action: str, by: Actor, sound: bool, data: st.DataObject) -> None:
        """A move that may be the wrong one, by the wrong person, on the wrong day, with anything missing; more often it is sound."""
        drawn, on = data.draw(st.integers(0, 50)), 0 if sound else data.draw(st.sampled_from([0, -3, 2]))
        if sound:
            ready = [n for n in range(len(self.ids)) if self.issue(n).state in MOVES[action].sources]
            drawn = ready[drawn % len(ready)] if ready else drawn
            by = by if by.role in MOVES[action].roles else WHO[MOVES[action].roles[-1]]
        draw, told = data.draw, dict[str, Any]()
        past = st.integers(-9, 1 - sound).map(lambda n: str(self.day + timedelta(days=n)))
        ahead = st.integers(1 - 2 * (not sound), 60).map(lambda n: str(self.day + timedelta(days=n)))
        pools: dict[str, Any] = dict.fromkeys(("on", "done_on", "first", "taken_on"), past) | dict.fromkeys(
            ("last", "due", "review"), ahead
        )
        pools |= dict.fromkeys(FREE, st.sampled_from(["已改", "等材料"]) if sound else TEXTS)
        pools |= {
            "importance": st.sampled_from(["key", "minor"]),
            "measures": st.sampled_from([[], [{"text": "开会"}], [{"text": "走访", "target": 3, "done": 1, "due": str(self.day)}]]),
            "outcome": st.sampled_from(["full", "part", "none", *([] if sound else ["好"])]),
            "method": st.sampled_from(["site", "papers"]),
            "decision": st.sampled_from(["granted", "refused"]),
            "into": st.sampled_from([*self.ids, "e999"]),
            "result": st.sampled_from(["kept", "relapsed"]),
            "field": st.sampled_from(["problem", "person"] if sound else ["problem", "due"]),
            "sha256": st.sampled_from(["a" * 64, "b" * 64]),
            "name": st.just("照片.jpg"),
            "stage": st.sampled_from(["before", "after"]),
            "size": st.just(9),
            "papers": st.lists(past.map(lambda one: {"name": "记录", "dated": one}), max_size=2),
            "records": st.lists(past, max_size=2),
            "done": st.sampled_from([{}, {"2": 2}, {"1": 1, "2": 1}]),
            "failed": st.lists(st.integers(0, 2), max_size=2),
            "second": st.sampled_from(["郑洁", "孙慧"] if sound else ["", "孙慧"]),
            "exception": TEXTS,
            "percent": st.integers(0, 100),
        }
        extras = {
            "attach": ("size",),
            "submit": ("papers", "records", "done"),
            "accept": ("failed", "exception"),
            "dismiss": ("second",),
            "amend": ("second",),
            "progress": ("on", "done", "percent"),
        }
        for name in (*MOVES[action].needs, *extras.get(action, ())):
            if name == "size" or sound or draw(st.integers(0, 3)):
                told[name] = draw(pools[name])
        self.move(drawn, action, by, told, on)

    @rule(drawn=st.integers(0, 50), steps=st.integers(1, 4), full=st.booleans(), wait=st.integers(0, 40))
    def march(self, drawn: int, steps: int, full: bool, wait: int) -> None:
        """An issue goes on as it should, so that lives get far: every one of these moves is legal."""
        for _ in range(steps):
            issue = self.issue(drawn)
            now, action, by = issue.now, NEXT.get(issue.state), WHO["county"]
            day = str(self.day)
            if issue.observed:
                action, data = "promote", {}
            elif action is None:
                return
            elif action == "submit" and now.delivered is None:
                action, data = "deliver", {"on": str(max(self.day, now.assigned or self.day))}
            elif action == "submit":
                self.day += timedelta(days=wait)
                by, day = Actor(OWNER.name, now.unit, "owner"), str(self.day)
                done = {str(number): one.target for number, one in enumerate(now.measures, 1)}
                if (self.day.year, self.day.month) == (now.found.year, now.found.month) or self.day == now.found:
                    self.day += timedelta(days=31)
                    day = str(self.day)
                data = {"done_on": day, "text": "已改", "papers": [{"name": "记录", "dated": day}], "records": [day], "done": done}
            elif action == "accept":
                by = Actor("吴清", "县委督查室", "county")
                data = {"outcome": "full" if full else "part", "method": "site", "opinion": "属实", "failed": [] if full else [1]}
            else:
                data = {"recur": {"facts": "又缺"}, "resume": {"text": "已批"}}.get(action, {})
            if action in ("assign",):
                data = {"measures": [{"text": "开会"}, {"text": "走访", "target": 2, "unit": "户"}]}
            assert self.move(drawn, action, by, data), (issue, action)

    @rule(drawn=st.integers(0, 50), ahead=st.integers(1, 60), decision=st.sampled_from(["granted", "refused"]))
    def extension(self, drawn: int, ahead: int, decision: str) -> None:
        ready = [n for n in range(len(self.ids)) if self.issue(n).state == "rectifying"]
        drawn = ready[drawn % len(ready)] if ready else drawn
        if self.issue(drawn).state == "rectifying" and self.issue(drawn).now.delivered is None:
            self.march(drawn, 1, True, 0)
        due = self.issue(drawn).now.due
        if self.move(drawn, "extend", OWNER, {"due": str((due or self.day) + timedelta(days=ahead)), "text": "等材料"}):
            decided = {"decision": decision, "document": "1号"}
            assert self.move(drawn, "decide", WHO["county"], decided)
            later = self.issue(drawn).now.due
            assert due is not None
            assert later is not None
            assert later > due if decision == "granted" else later == due

    @rule(days=st.integers(1, 60))
    def time_goes_on(self, days: int) -> None:
        self.day += timedelta(days=days)

    @rule(
        drawn=st.integers(0, 50),
        kind=st.sampled_from(["rename", "merge", "split", "dissolve"]),
        other=st.integers(0, 50),
        own=st.booleans(),
    )
    def branches_change(self, drawn: int, kind: str, other: int, own: bool) -> None:
        living = [one.id for one in self.store.book().branches.values() if one.ended is None]
        if not living or (len(living) < 2 and kind != "split"):
            return
        self.heirs += 1
        one, two = living[drawn % len(living)], living[other % len(living)]
        names = [f"双塘{self.heirs}社区党支部", f"清河{self.heirs}社区党支部"]
        heirs = [Heir(one if own else f"N{self.heirs}", names[0]), Heir(f"M{self.heirs}", names[1], "东亭街道")]
        places = {row.id: heirs[1].id for row in self.store.rows("branch = ? AND open", (one,))[other % 2 :]}
        document = "云组〔2024〕9号" if other % 7 else ""
        work: dict[str, Callable[[Change], object]] = {
            "rename": lambda change: rename(change, one, names[0], document),
            "merge": lambda change: merge(change, [one, two] if one != two else [one], heirs[0], document),
            "split": lambda change: split(change, one, heirs, document, places),
            "dissolve": lambda change: dissolve(change, one, document),
        }
        assert self.attempt(WHO["county"], work[kind]) == bool(document)

    @rule(first=st.integers(-10, 30), length=st.integers(-1, 30), township=st.sampled_from(["云台街道", "东亭街道", ""]))
    def suspension(self, first: int, length: int, township: str) -> None:
        start = self.day + timedelta(days=first)
        end, scope = start + timedelta(days=length), {"township": township} if township else {}
        document = f"云汛〔2024〕{self.store.head()[0]}号"
        made = self.attempt(WHO["county"], lambda change: suspend(change, document, start, end, scope, "防汛", published()))
        assert made == (length >= 0)

    @rule(old=st.sampled_from([OWNER.name, "陈立"]))
    def somebody_hands_over(self, old: str) -> None:
        new = "陈立" if old == OWNER.name else OWNER.name
        mine = {row.id for row in self.store.rows("open AND unit = ? AND person = ?", (OWNER.unit, old))}
        made = self.attempt(WHO["county"], lambda change: hand_over(change, OWNER.unit, old, new, "交接1号"))
        assert made == bool(mine)
        for id_ in mine:
            issue = self.store.entry(id_)
            assert isinstance(issue, Issue)
            assert (issue.now.person, issue.inherited) == (new, True)

    @rule()
    def slips_are_made_out(self) -> None:
        made: list[int] = []
        for _ in range(2):
            assert self.attempt(WHO["county"], lambda change: made.append(make_out(change, list(due_slips(change)))))
        assert made[1] == 0  # once for a rung, and one rung a day

    @rule()
    def deadlines_are_computed_anew(self) -> None:
        before = {id_: self.issue(n).now.due for n, id_ in enumerate(self.ids)}
        moved: list[str] = []
        decided = {id_ for id_ in self.ids if self.decided(id_)}

        def work(change: Change) -> None:
            found = redated(change, published())
            redate(change, found, "日历变了")
            moved.extend(one.issue.id for one in found if not one.kept)

        assert self.attempt(WHO["county"], work)
        for n, id_ in enumerate(self.ids):
            assert id_ in moved or self.issue(n).now.due == before[id_]
        assert decided.isdisjoint(moved)  # a day that people decided on stays
        again: list[object] = []
        self.attempt(WHO["county"], lambda change: again.extend(one for one in redated(change, published()) if not one.kept))
        assert again == []

    def decided(self, id_: str) -> bool:
        """Whether people decided on the due day of an issue: by an extension, a hold, or at delivery."""
        now = self.store.entry(id_)
        assert isinstance(now, Issue)
        suspended = {one.document for one in self.store.book().suspensions}
        held_ = now.state == "held" or any(one.document not in suspended for one in now.now.shifts)
        return held_ or now.now.named or any(one.decision == "granted" for one in now.now.extensions)

    @invariant()
    def any_day_can_be_looked_back_on(self) -> None:
        for day in (self.day, self.day - timedelta(days=20)):
            assert {issue.id for issue in issues_on(self.store, day)} <= set(self.ids)

    @rule(drawn=st.integers(0, 50), action=st.sampled_from(["register", "note", "dismiss"]))
    def a_trial_leaves_nothing(self, drawn: int, action: str) -> None:
        before, issue = held(self.store.path), self.issue(drawn)
        data = {"text": "试", "code": "other", "second": "孙慧"}
        try:
            with self.store.change(WHO["county"], self.day, "test", dry=True) as change:
                act(change, change.issue(issue.id), action, data)
        except Failure:
            pass
        assert held(self.store.path) == before

    @rule()
    def somebody_opens_it_anew(self) -> None:
        self.store.close()
        self.store = Store.open(self.store.path)

    # --- what always holds --------------------------------------------------------

    @invariant()
    def the_tables_are_what_the_events_make_of_them(self) -> None:
        before = held(self.store.path)
        assert self.store.rebuild() == []
        assert held(self.store.path) == before

    @invariant()
    def the_chain_is_whole(self) -> None:
        assert self.store.verify() is None

    @invariant()
    def every_balance_holds(self) -> None:
        last = self.store.head()[0]
        for since in range(last + 1):
            made = balance(self.store, since)
            assert made.broken == [], since
        assert made.total.opening == made.total.closing == len(self.store.rows("open AND NOT observed"))

    @invariant()
    def numbers_are_issued_once_and_in_order(self) -> None:
        rows = [row for row in self.store.rows() if row.number]
        assert len({row.number for row in rows}) == len(rows)
        for row in rows:
            assert self.numbers.setdefault(row.number, row.id) == row.id  # it never moves to another issue
        assert {row.number for row in rows} == set(self.numbers)  # and is never taken away
        for series in {number[:-5] for number in self.numbers}:
            mine = sorted(number for number in self.numbers if number.startswith(series))
            assert mine == [f"{series}-{n:04d}" for n in range(1, len(mine) + 1)]

    @invariant()
    def closed_cycles_never_change(self) -> None:
        for issue in self.store.entries():
            assert isinstance(issue, Issue)
            for cycle in issue.cycles:
                if cycle.state == "closed":
                    text = cycle_text(issue, cycle.no)
                    assert self.closed.setdefault((issue.id, cycle.no), text) == text
                    assert cycle.closed is not None
            assert all(cycle.state == "closed" for cycle in issue.cycles[:-1])
            assert [cycle.no for cycle in issue.cycles] == list(range(1, len(issue.cycles) + 1))

    @invariant()
    def a_version_counts_the_events_of_its_entry(self) -> None:
        counted: dict[str, int] = {}
        for event in self.store.events():
            counted[event.entry] = counted.get(event.entry, 0) + 1
        counted.pop("")
        assert {row.id: row.version for row in self.store.rows()} == counted

    @invariant()
    def nothing_of_whoever_held_it_is_left(self) -> None:
        assert [path.name for path in self.folder.iterdir()] == [self.store.path.name]


def cycle_text(issue: Issue, number: int) -> str:
    return json.dumps(ISSUE.dump_python(issue, mode="json")["cycles"][number - 1], sort_keys=True, ensure_ascii=False)


Lives.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
test_lives = Lives.TestCase
