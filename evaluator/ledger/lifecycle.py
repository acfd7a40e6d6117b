"""The life of an issue as one table: what may be done in which state, by whom, with what, and when it is refused.

``MOVES`` is all of it: commands, workbook import and the state-machine test read it, and :func:`diagram` draws it for the guide.
A closing checklist follows the practice of Huangshan and Yixing: application, look on site, signature, notice, and whoever accepts
answers for it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from evaluator.diagnostics import Diagnostic, Place
from evaluator.ledger.entries import Issue, State
from evaluator.ledger.events import Actor, Role
from evaluator.messages import Language, say
from evaluator.packs.ledger_rules import LedgerRules

__all__ = ["MOVES", "OUTCOMES", "Ask", "Move", "diagram", "refusals", "target_of"]

OUTCOMES = ("full", "part", "none")  # 已整改, 部分整改, 未整改
METHODS = ("papers", "talk", "site", "test")  # 查阅, 访谈, 现场, 复测
CLERICAL = ("problem", "unit", "person", "leader")  # what an amendment of a closed cycle may correct
OFFICES: tuple[Role, ...] = ("township", "county", "team")
ALL: tuple[Role, ...] = ("owner", *OFFICES)
COMMANDS = {"decide": "extend --decide", "recur": "", "reappear": ""}  # of moves that are no commands of their own
SPOKEN = ("note", "object", "attach")
WORKED: tuple[State, ...] = ("candidate", "registered", "rectifying", "submitted", "held")


@dataclass(frozen=True)
class Ask:
    """Somebody wants to do something to an issue on a day. ``data`` is that of the event, days as ISO text."""

    issue: Issue
    actor: Actor
    as_of: date
    data: Mapping[str, Any]
    rules: LedgerRules

    def day(self, name: str) -> date | None:
        text = self.data.get(name)
        return date.fromisoformat(text) if text else None


Guard = Callable[[Ask], Iterator[tuple[str, dict[str, Any]]]]


@dataclass(frozen=True)
class Move:
    """``target`` is "" where the state stays, ``otherwise`` where else it may lead; ``needs`` are keys of ``data`` that are required."""

    action: str
    sources: tuple[State, ...]
    target: State | str
    roles: tuple[Role, ...]
    needs: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()
    otherwise: State | str = ""


# --- guards: each yields the code of a refusal and its values ------------------


def _in_order(ask: Ask) -> Iterator[tuple[str, dict[str, Any]]]:
    """No step lies after the day on which it is told, none before the issue was found; no document is of a day to come."""
    found = ask.issue.now.found
    days = [day for name in ("on", "done_on") if (day := ask.day(name))]
    dated = [date.fromisoformat(paper["dated"]) for paper in ask.data.get("papers", ())]
    for day in (*days, *dated):
        if day > ask.as_of:
            yield "E210", {"day": day, "as_of": ask.as_of}
    for day in days:
        if day <= ask.as_of and day < found:
            yield "E211", {"day": day, "found": found}


def _not_observed(ask: Ask) -> Iterator[tuple[str, dict[str, Any]]]:
    if ask.issue.observed:
        yield "E212", {}


def _weight(ask: Ask) -> Iterator[tuple[str, dict[str, Any]]]:
    """What weighs is not made light by one person, nor below the county."""
    lighter = ask.issue.importance == "key" and ask.data.get("importance") == "minor"
    if lighter and (ask.actor.role != "county" or ask.data.get("second", "").strip() in ("", ask.actor.name)):
        yield "E252", {}


def _elsewhere(ask: Ask) -> Iterator[tuple[str, dict[str, Any]]]:
    """Handing it to who is responsible already would only make it vanish."""
    if ask.data.get("to", "").strip() in (ask.issue.now.unit, ask.issue.branch_name):
        yield "E256", {"unit": ask.data["to"]}


def _observed(ask: Ask) -> Iterator[tuple[str, dict[str, Any]]]:
    if not ask.issue.observed:
        yield "E213", {}


def _second_person(ask: Ask) -> Iterator[tuple[str, dict[str, Any]]]:
    """What weighs is not struck off by one person alone."""
    weighs = ask.issue.importance == "key" or ask.issue.state == "closed"
    if weighs and ask.data.get("second", "").strip() in ("", ask.actor.name):
        yield "E214", {}


def _first_delivery(ask: Ask) -> Iterator[tuple[str, dict[str, Any]]]:
    now = ask.issue.now
    day = ask.day("on")
    if now.delivered:
        yield "E215", {"day": now.delivered}
    elif day and now.assigned and day < now.assigned:
        yield "E216", {"day": day, "assigned": now.assigned}
    due = ask.day("due")
    if day and due and due < day:
        yield "E248", {"day": due, "on": day}


def _measures(ask: Ask) -> Iterator[tuple[str, dict[str, Any]]]:
    """A new limit of a measure lies ahead; what stands already may have passed when the issue is handed to somebody else."""
    known = {(one.text, str(one.due)) for one in ask.issue.now.measures}
    for number, measure in enumerate(ask.data.get("measures", ()), 1):
        due = measure.get("due")
        if due and date.fromisoformat(due) < ask.as_of and (measure["text"], due) not in known:
            yield "E217", {"number": number, "day": due, "as_of": ask.as_of}


def _done_after_assignment(ask: Ask) -> Iterator[tuple[str, dict[str, Any]]]:
    done, assigned = ask.day("done_on"), ask.issue.now.assigned
    if done and assigned and assigned > done >= ask.issue.now.found:
        yield "E218", {"day": done, "assigned": assigned}


def _known_measures(ask: Ask) -> Iterator[tuple[str, dict[str, Any]]]:
    there = len(ask.issue.now.measures)
    for number in ask.data.get("done", {}):
        if not 1 <= int(number) <= there:
            yield "E259", {"number": number, "count": there}


def _measures_finished(ask: Ask) -> Iterator[tuple[str, dict[str, Any]]]:
    done = {int(number): count for number, count in ask.data.get("done", {}).items()}
    for number, measure in enumerate(ask.issue.now.measures, 1):
        count = done.get(number, measure.done)
        if measure.target > 1 and count < measure.target:
            yield "E219", {"number": number, "done": count, "target": measure.target, "unit": measure.unit}


def _evidence(ask: Ask) -> Iterator[tuple[str, dict[str, Any]]]:
    """Something shows the fix, and it is of the time after the finding: a paper of before, handed in later, closes nothing."""
    found = ask.issue.now.found
    papers = ask.data.get("papers", ())
    if any(date.fromisoformat(paper["dated"]) >= found for paper in papers) or ask.issue.proofs():
        return
    early = [paper["name"] for paper in papers] + [one.name for one in ask.issue.attachments if one.stage != "before"]
    yield ("E221", {"names": "、".join(early), "found": found}) if early else ("E220", {})


def _later_records(ask: Ask) -> Iterator[tuple[str, dict[str, Any]]]:
    """A lapse that cannot be made good closes only on records kept on time afterwards (MEANING section 9)."""
    if not ask.issue.irreversible:
        return
    days = {date.fromisoformat(text) for text in ask.data.get("records", ())}
    later = {(day.year, day.month) for day in days if ask.issue.now.found < day <= ask.as_of}
    if len(later) < ask.issue.closes_on:
        yield "E222", {"least": ask.issue.closes_on, "count": len(later), "found": ask.issue.now.found}


def _outcome(ask: Ask) -> Iterator[tuple[str, dict[str, Any]]]:
    outcome, method = ask.data.get("outcome"), ask.data.get("method")
    if outcome and outcome not in OUTCOMES:
        yield "E223", {"found": outcome}
    if method and method not in METHODS:
        yield "E224", {"found": method}
    if outcome == "part" and ask.issue.now.measures and not ask.data.get("failed"):
        yield "E255", {}
    wrong = [number for number in ask.data.get("failed", ()) if not 1 <= number <= len(ask.issue.now.measures)]
    if wrong:
        yield "E225", {"found": wrong[0], "count": len(ask.issue.now.measures)}


def _separate(ask: Ask) -> Iterator[tuple[str, dict[str, Any]]]:
    """Who did it does not check it: never the same person, and the same unit only as a recorded exception, never for what weighs."""
    now = ask.issue.now
    last = now.submissions[-1]
    if ask.actor.name in (last.by, now.person):
        yield "E226", {"name": ask.actor.name}
    elif ask.actor.unit in (last.unit, now.unit):
        if ask.issue.importance == "key":
            yield "E253", {"unit": ask.actor.unit}
        elif not _filled(ask.data.get("exception")):
            yield "E227", {"unit": ask.actor.unit}


def _level(ask: Ask) -> Iterator[tuple[str, dict[str, Any]]]:
    """What weighs is closed by the county, on site."""
    if ask.issue.importance != "key" or ask.data.get("outcome") != "full":
        return
    if ask.actor.role != "county":
        yield "E228", {}
    if ask.data.get("method") not in ("site", None):
        yield "E229", {}


def _noticed(ask: Ask) -> Iterator[tuple[str, dict[str, Any]]]:
    if ask.data.get("outcome") != "full":
        return
    notice = ask.issue.now.notice
    if notice is None:
        if ask.rules.notice_days:
            yield "E230", {"days": ask.rules.notice_days}
        return
    if notice.last >= ask.as_of:
        yield "E231", {"last": notice.last}
    if notice.objections:
        yield "E232", {"text": notice.objections}


def _notice(ask: Ask) -> Iterator[tuple[str, dict[str, Any]]]:
    first, last = ask.day("first"), ask.day("last")
    submitted = ask.issue.now.submissions[-1].on
    if first and first < submitted:
        yield "E254", {"day": first, "on": submitted}
    if first and last and (last - first).days + 1 < max(1, ask.rules.notice_days):
        yield "E233", {"first": first, "last": last, "days": max(1, ask.rules.notice_days)}


def _extension(ask: Ask) -> Iterator[tuple[str, dict[str, Any]]]:
    """Asked for before the day has passed, for a later day, and not too often."""
    now, due = ask.issue.now, ask.day("due")
    granted = sum(one.decision == "granted" for one in now.extensions)
    if now.due is None:
        yield "E234", {}
    elif ask.as_of > now.due:
        yield "E235", {"due": now.due}
    elif due and due <= now.due:
        yield "E236", {"day": due, "due": now.due}
    if now.waiting_extension:
        yield "E237", {"day": now.waiting_extension.due}
    if granted >= ask.rules.extensions:
        yield "E238", {"count": granted, "most": ask.rules.extensions}


def _decision(ask: Ask) -> Iterator[tuple[str, dict[str, Any]]]:
    request = ask.issue.now.waiting_extension
    decision = ask.data.get("decision")
    if decision and decision not in ("granted", "refused"):
        yield "E239", {"found": decision}
    if request is None:
        yield "E240", {}
        return
    if ask.actor.name == request.requested_by or ask.actor.unit in (request.unit, ask.issue.now.unit):
        yield "E241", {"name": request.requested_by, "unit": request.unit}
    earlier = sum(one.decision == "granted" for one in ask.issue.now.extensions)
    if earlier and ask.actor.role != "county":
        yield "E242", {}


def _review_later(ask: Ask) -> Iterator[tuple[str, dict[str, Any]]]:
    review = ask.day("review")
    if review and review <= ask.as_of:
        yield "E243", {"day": review, "as_of": ask.as_of}


def _not_itself(ask: Ask) -> Iterator[tuple[str, dict[str, Any]]]:
    if ask.data.get("into") == ask.issue.id:
        yield "E244", {}


def _look_back(ask: Ask) -> Iterator[tuple[str, dict[str, Any]]]:
    """A look-back is another pair of eyes than the one that closed it."""
    result = ask.data.get("result")
    if result and result not in ("kept", "relapsed"):
        yield "E245", {"found": result}
    checks = ask.issue.now.checks
    if ask.actor.name in (ask.issue.now.person, checks[-1].by if checks else ""):
        yield "E246", {"name": ask.actor.name}


def _clerical(ask: Ask) -> Iterator[tuple[str, dict[str, Any]]]:
    name = ask.data.get("field")
    if name and name not in CLERICAL:
        yield "E247", {"found": name, "known": "、".join(CLERICAL)}


MOVES: dict[str, Move] = {
    move.action: move
    for move in (
        Move("register", ("candidate",), "registered", OFFICES, ("importance",), (_not_observed, _weight)),
        Move("promote", ("candidate",), "", OFFICES, (), (_observed,)),
        Move("dismiss", WORKED, "dismissed", ("county", "team"), ("code", "text"), (_second_person,)),
        Move("assign", ("registered", "rectifying"), "rectifying", ("township", "county"), ("unit", "person", "measures"), (_measures,)),
        Move("deliver", ("rectifying",), "", ("owner", "township", "county"), ("on",), (_in_order, _first_delivery)),
        Move("progress", ("rectifying", "held"), "", ALL, ("text",), (_in_order, _known_measures)),
        Move(
            "submit",
            ("rectifying",),
            "submitted",
            ("owner", "township"),
            ("done_on", "text"),
            (_in_order, _done_after_assignment, _known_measures, _measures_finished, _evidence, _later_records),
        ),
        Move("publish", ("submitted",), "", ("township", "county"), ("first", "last", "where"), (_notice,)),
        Move("object", ("submitted",), "", ALL, ("text",)),
        Move(
            "accept",
            ("submitted",),
            "closed",
            ("township", "county"),
            ("outcome", "method", "opinion"),
            (_outcome, _separate, _level, _noticed),
            otherwise="rectifying",
        ),
        Move("extend", ("rectifying",), "", ("owner", "township"), ("due", "text"), (_extension,)),
        Move("decide", ("rectifying",), "", ("township", "county"), ("decision", "document"), (_decision,)),
        Move("hold", ("rectifying",), "held", ("county",), ("text", "review", "document"), (_review_later,)),
        Move("resume", ("held",), "rectifying", ("township", "county"), ("text",)),
        Move("transfer", WORKED, "transferred", ("township", "county"), ("to", "receipt"), (_elsewhere,)),
        Move("merge", WORKED, "merged", ("county", "team"), ("into",), (_not_itself,)),
        Move("recur", ("closed",), "registered", OFFICES, ("facts",), otherwise="candidate"),
        Move("reappear", ("dismissed",), "candidate", OFFICES, ("facts",), (_observed,)),
        Move("lookback", ("closed",), "", OFFICES, ("result", "text"), (_look_back,)),
        Move("amend", ("closed",), "", ("county",), ("field", "value"), (_clerical, _second_person)),
        Move("attach", (*WORKED, "closed"), "", ALL, ("sha256", "name", "taken_on", "stage")),
        Move("note", (*WORKED, "closed", "dismissed", "transferred", "merged"), "", ALL, ("text",)),
    )
}


def target_of(action: str, data: Mapping[str, Any]) -> State | str:
    """Return the state to which a move leads, "" where it stays: what was not wholly put right goes back to work."""
    move = MOVES[action]
    return move.otherwise if action == "accept" and data.get("outcome") != "full" else move.target


def refusals(action: str, ask: Ask) -> list[Diagnostic]:
    """Return why a move is refused, every reason in one pass; empty when it may be made."""
    move, issue = MOVES[action], ask.issue
    place = Place(issue.called)

    def told(code: str, **values: Any) -> Diagnostic:
        return Diagnostic(f"moves.{code}", place, values)

    if issue.state not in move.sources:
        allowed = [COMMANDS.get(other.action, other.action) for other in MOVES.values() if issue.state in other.sources]
        allowed = [name for name in dict.fromkeys(allowed) if name]
        return [told("E201", action=say(f"moves.do_{action}"), state=say(f"moves.state_{issue.state}"), allowed="、".join(allowed))]
    found = []
    if ask.actor.role not in move.roles:
        roles = "、".join(say(f"moves.role_{role}") for role in move.roles)
        found.append(told("E202", action=say(f"moves.do_{action}"), role=say(f"moves.role_{ask.actor.role}"), roles=roles))
    if ask.as_of < issue.now.found:
        found.append(told("E211", day=ask.as_of, found=issue.now.found))
    elif ask.as_of < issue.told:
        found.append(told("E249", as_of=ask.as_of, on=issue.told))
    if ask.actor.role in move.roles:
        found += [told(code, **values) for code, values in _their_own(action, ask)]
    empty = [name for name in move.needs if not _filled(ask.data.get(name))]
    found += [told("E203", action=say(f"moves.do_{action}"), name=say(f"moves.field_{name}")) for name in empty]
    for guard in move.guards:
        found += [told(code, **values) for code, values in guard(ask)]
    return found


def _their_own(action: str, ask: Ask) -> Iterator[tuple[str, dict[str, Any]]]:
    """A unit moves its own issues, a township those of its own branches; anybody may speak of any."""
    unit, now, township = ask.actor.unit, ask.issue.now, ask.issue.township
    own = {now.unit, ask.issue.branch_name, *now.helpers} - {""}
    if action in SPOKEN or unit in own:
        return
    if ask.actor.role == "owner" and own:
        yield "E250", {"unit": unit, "own": now.unit or ask.issue.branch_name}
    elif ask.actor.role == "township" and township and township not in unit:
        yield "E251", {"unit": unit, "township": township}


def _filled(value: Any) -> bool:
    return bool(value.strip() if isinstance(value, str) else value)


def diagram(lang: Language) -> str:
    """Return the state diagram in Mermaid's words, states and actions in ``lang``."""
    names = {state for move in MOVES.values() for state in (*move.sources, move.target) if state}
    lines = ["stateDiagram-v2", *(f"    {name}: {say(f'moves.state_{name}', lang)}" for name in sorted(names))]
    arrows: dict[tuple[str, str], list[str]] = {("[*]", "candidate"): ["open"]}
    for move in MOVES.values():
        for source in move.sources:
            for target in dict.fromkeys((move.target, move.otherwise)):
                if target and target != source:
                    arrows.setdefault((source, target), []).append(move.action)
    lines += [f"    {a} --> {b}: {' / '.join(say(f'moves.do_{one}', lang) for one in found)}" for (a, b), found in sorted(arrows.items())]
    return "\n".join(lines)
