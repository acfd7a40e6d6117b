"""What ledger commands print: lists, one issue whole, its log, a reconciliation with its balance. Tables fit 80 columns."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from evaluator.bilingual import show_findings, wrap
from evaluator.diagnostics import Diagnostic
from evaluator.ledger.balance import Balance, Sums
from evaluator.ledger.clock import light
from evaluator.ledger.deadlines import days_left
from evaluator.ledger.entries import STATES, Cycle, Issue
from evaluator.ledger.events import Event
from evaluator.ledger.rows import FLOWS, Row, row_of
from evaluator.messages import catalogue, language, say
from evaluator.reports.console import clip, console, narrowed

if TYPE_CHECKING:  # runs and packs are heavy, and lists do without
    from evaluator.ledger.book import Book
    from evaluator.ledger.opening import Opened

__all__ = ["hanging", "print_balance", "print_events", "print_issue", "print_moved", "print_opened", "print_rows", "told_light"]

SHOWN = 20  # lines of a bulk move
WIDTH = 80
BY_TURNS = (1, 2, 3)  # columns of a list that may be cut: branch, title, unit
LEAST = 8
LIGHTS = {"overdue": "bold red", "soon": "yellow", "waiting": "dim", "ended": "dim", "open": ""}


def word(name: str, /, **values: Any) -> str:
    return say(f"ledgercli.{name}", **values)


def told_light(row: Row, as_of: date) -> str:
    """Return how an entry stands on a day, in words: 逾期12天, 3天内, …"""
    left = days_left(row.due_day, as_of)
    name = _light(row, as_of)
    if name == "overdue" and left is not None:
        return word("late", days=-left)
    if name == "soon" and left is not None:
        return word("left", days=left)
    return say(f"moves.light_{name}")


def _light(row: Row, as_of: date) -> str:
    name = light(row, as_of)
    # a case without a day waits for nothing that was to be delivered
    return "open" if name == "waiting" and row.kind not in ("issue", "common") else name


def _standing(row: Row, as_of: date) -> str:
    """Return the message that says how an entry stands: its light where a clock runs, else its state. Rows and totals both ask here."""
    clock = row.state in ("rectifying", "held") or row.kind not in ("issue", "common")
    return f"light_{_light(row, as_of)}" if clock else f"state_{row.state}"


STANDINGS = (*(f"light_{name}" for name in LIGHTS), *(f"state_{name}" for name in STATES))  # in the order of a total


def _table(*columns: tuple[str, int]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), collapse_padding=True, header_style="bold")
    for title, width in columns:
        table.add_column(title, width=width or None, no_wrap=True, overflow="ellipsis")
    return table


def print_rows(rows: Sequence[Row], as_of: date, limit: int) -> None:
    """Print the first of a list of entries, and how all of them stand."""
    out = console()
    heads = [word(f"col_{name}") for name in ("no", "branch", "title", "unit", "due", "light")]
    listed: list[tuple[str, ...]] = []
    for row in rows[:limit]:
        state = told_light(row, as_of) if _standing(row, as_of).startswith("light_") else _state(row)
        where = row.branch_name or row.township or word("everywhere")
        mark = ("◎" if row.observed else "") + ("★" if row.importance == "key" else "")
        listed.append((row.called, where, mark + " ".join(row.title.split()), row.unit, row.due or "—", clip(state, 10)))
    widths = _widths(heads, listed)
    table = _table(*zip(heads, widths, strict=True))
    for row, told in zip(rows, listed, strict=False):
        *cells, state = (clip(text, width) for text, width in zip(told, widths, strict=True))
        table.add_row(*map(Text, cells), Text(state, style=LIGHTS[light(row, as_of)]))
    if rows:
        out.print(table)
    stand = Counter(_standing(row, as_of) for row in rows)
    counts = word("comma").join(f"{say(f'moves.{name}')} {stand[name]}" for name in STANDINGS if stand[name])
    hanging("", word("total", total=len(rows), counts=counts) if rows else word("total_none"))
    if limit < len(rows):
        out.print(word("more", shown=limit), markup=False)


def _widths(heads: Sequence[str], listed: Iterable[Sequence[str]]) -> list[int]:
    """Return how wide each column of a list is: as its content asks, branch, title and unit narrowed by turns until all fit."""
    widths = [max(map(cell_len, column)) for column in zip(heads, *listed, strict=True)]
    return narrowed(widths, WIDTH - len(widths) + 1, dict.fromkeys(BY_TURNS, LEAST))


def _state(row: Row) -> str:
    return say(f"moves.state_{row.state}")


def print_moved(issues: Sequence[Issue], refused: Sequence[Diagnostic], action: str, *, done: bool) -> None:
    """Print what a move did, or (``done`` False) what it would do, to each issue."""
    out = console()
    show_findings(refused)
    for issue in issues[:SHOWN]:
        now = issue.now
        due = f" {now.due}" if now.due and now.open else ""
        state = say(f"moves.state_{now.state}")
        where = issue.branch_name or issue.township
        out.print(clip(f"{issue.called} {where} {clip(issue.title, 32)} → {state}{due}", 80), markup=False)
    if len(issues) > SHOWN:
        out.print(word("and_more", count=len(issues) - SHOWN), markup=False)
    out.print(word("made" if done else "preview", action=say(f"moves.do_{action}"), count=len(issues)), markup=False)


def print_opened(opened: "Opened", *, done: bool) -> None:
    """Print what opening a run did, and for whom the directory names nobody."""
    out = console()
    out.print(
        word("opened", new=opened.new, observed=opened.observed, common=opened.common, known=opened.known)
        + ("" if done else word("not_written")),
        markup=False,
    )
    for (township, owner), count in sorted(opened.gaps.items(), key=lambda pair: -pair[1])[:SHOWN]:
        where, role = township or word("everywhere"), owner.strip() or word("no_owner")
        out.print("  " + say("directory.gap", township=where, role=role, count=count), markup=False)
    if len(opened.gaps) > SHOWN:
        out.print("  " + word("and_more", count=len(opened.gaps) - SHOWN), markup=False)


# --- one issue ------------------------------------------------------------------


def print_issue(issue: Issue, as_of: date, book: "Book", signs: Iterable[str] = (), handover: Event | None = None) -> None:
    """Print everything that is known of an issue, cycle by cycle, the latest first; ``handover``: by which it was inherited."""
    out = console()
    row = row_of(issue)
    out.print(Text(f"{issue.called}  {issue.branch_name or issue.township}  {issue.title}", style="bold"))
    where = word("comma").join(filter(None, (issue.township, issue.pack, issue.item, say(f"moves.importance_{issue.importance}"))))
    out.print(f"{_state(row)} · {told_light(row, as_of)} · {where}", markup=False)
    branches = "、".join(book.branches[id_].name if id_ in book.branches else id_ for id_ in issue.branches)
    for name, text in (("basis", issue.basis), ("branches", branches), ("old_number", issue.old_number)):
        if text:
            _line(name, text)
    if handover:
        _line("inherited", word("inherited", name=handover.data["from"], day=handover.as_of, document=handover.data["document"]))
    labels = {rung.id: rung.label.text(language()) for rung in book.rules(issue.pack).slips}
    for cycle in reversed(issue.cycles):
        _cycle(out, cycle, issue, labels)
    for look in issue.look_backs:
        told = word("by_run") if look.run else f"{look.unit} {look.by} {look.text}"
        _line("look_back", f"{look.on} {word(f'look_{look.result}')} {told}")
    for note in issue.notes:
        _line("note", f"{note.on} {note.by} {note.text}")
    for text in signs:
        _line("sign", text)


def hanging(head: str, text: str) -> None:
    """Print ``text`` behind ``head``, its further lines below its first."""
    out = console()
    first, *rest = wrap(text, WIDTH - cell_len(head)) or [""]
    for line in (head + first, *(" " * cell_len(head) + one for one in rest)):
        out.print(line, markup=False, no_wrap=True)


def _line(name: str, text: str) -> None:
    label = word(f"of_{name}")
    hanging(f"  {label}{' ' * max(1, 10 - cell_len(label))}", text)


def _cycle(out: Any, cycle: Cycle, issue: Issue, labels: Mapping[str, str]) -> None:
    out.print(word("cycle", no=cycle.no, found=cycle.found), markup=False, style="bold")
    who = " ".join(filter(None, (cycle.unit, cycle.person)))
    dates = [(name, day) for name, day in (("assigned", cycle.assigned), ("delivered", cycle.delivered), ("due", cycle.due)) if day]
    told = [
        ("problem", cycle.problem),
        ("who", " · ".join(filter(None, (who, cycle.leader, "、".join(cycle.helpers))))),
        ("dates", word("comma").join(f"{word(f'of_{name}')} {day}" for name, day in dates) or cycle.due_text),
    ]
    for name, text in told:
        if text:
            _line(name, text)
    for number, one in enumerate(cycle.measures, 1):
        count = f" {one.done}/{one.target}{one.unit}" if one.target > 1 else " ✓" if one.finished else ""
        whose = word("comma").join(filter(None, (one.person, str(one.due or ""))))
        _line("measure", f"{number}. {one.text}{f' ({whose})' if whose else ''}{count}")
    for extension in cycle.extensions:
        decision = say(f"moves.decision_{extension.decision}") if extension.decision else word("undecided")
        _line("extension", f"{extension.requested_on} → {extension.due} {extension.reason} {decision} {extension.document}")
    for shift in cycle.shifts:
        _line("shift", word("shifted", days=shift.days, document=shift.document))
    for line in cycle.progress:
        _line("progress", f"{line.on} {line.by} {line.text}{f' {line.percent}%' if line.percent is not None else ''}")
    for made in cycle.submissions:
        papers = "、".join(f"{paper.name}({paper.dated})" for paper in made.papers)
        _line("submission", f"{made.on} {made.by} {word('done_on', day=made.done_on)} {made.text} {papers}")
    for one_file in issue.attachments:
        if cycle.found <= one_file.on and (cycle.closed is None or one_file.on <= cycle.closed):
            _line("file", f"{one_file.name} {one_file.taken_on} {one_file.sha256[:12]}")
    returns = 0
    for check in cycle.checks:
        outcome = f"{say(f'moves.outcome_{check.outcome}')} {say(f'moves.method_{check.method}')}"
        if check.outcome != "full":
            returns += 1
            outcome += word("returned", no=returns)
        _line("check", f"{check.on} {outcome} {check.unit} {check.by} {check.opinion}{check.exception and f' [{check.exception}]'}")
    if cycle.notice:
        _line("notice", f"{cycle.notice.first}–{cycle.notice.last} {cycle.notice.where} {cycle.notice.objections}")
    if cycle.hold:
        _line("hold", f"{cycle.hold.reason} {cycle.hold.document} {word('review', day=cycle.hold.review)}")
    for slip in cycle.slips:
        _line("slip", f"{slip.number} {labels.get(slip.rung, slip.rung)} {slip.on} {slip.to}")
    if cycle.closed:
        time = {None: "", True: word("on_time"), False: word("not_on_time")}[cycle.on_time]
        _line("closed", f"{cycle.closed} {time} {cycle.ended_text}")


def print_events(events: Iterable[Event]) -> None:
    """Print the log: a paragraph for each event, what it set behind it."""
    for event in events:
        set_ = {name: value for name, value in event.data.items() if name not in ("issue", "series", "serial", "for")}
        texts = {name: clip(text, 40) for name, value in set_.items() if (text := _choice(name, value))}
        told = word("comma").join(word("log_pair", name=_field(name), value=text) for name, text in texts.items())
        named = f"do_{event.action}" in catalogue("moves")
        what = say(f"moves.do_{event.action}") if event.entry and named else event.action
        who = f"{event.doer.unit} {event.doer.name}"
        if event.doer != event.actor:
            who += word("brought_in", name=event.actor.name)
        hanging(f"{event.seq:>6} {event.as_of} ", f"{what} · {who} · {told} {event.reason}")


def _labelled(*names: str) -> str | None:
    """Return the first message of that name, None where no room has one."""
    return next((say(f"{room}.{name}") for name in names for room in ("ledgercli", "moves", "attach") if name in catalogue(room)), None)


def _field(name: str) -> str:
    return _labelled(f"log_{name}", f"field_{name}", f"of_{name}") or name


def _choice(name: str, value: Any) -> str:
    """Return a value of an event as people read it: by its label where it is one of a few words."""
    if name == "field":  # of an amendment: the name of another field
        return _field(str(value))
    prefix = {"result": "look"}.get(name, name)
    return (_labelled(f"{prefix}_{value}") if isinstance(value, str) else None) or _plain(value)


def _plain(value: Any) -> str:
    """Return a value of an event as people read it: the texts of a list, nothing for what is empty."""
    if isinstance(value, Mapping):
        return str(value.get("text") or value.get("name") or value.get("document") or " ".join(map(_plain, value.values())))
    if isinstance(value, list | tuple):
        return ";".join(filter(None, map(_plain, value)))
    return "" if value in (None, "") else str(value)


# --- balance --------------------------------------------------------------------


def print_balance(balance: Balance, names: Mapping[str, str], *, whole: bool) -> None:
    """Print the balance of each branch that moved (``whole``: of all), and in total, as the equation that has to hold."""
    out = console()
    heads = ("opening", *FLOWS, "closing")
    table = _table((word("col_branch"), 16), *((word(f"head_{name}"), 6) for name in heads))
    for column in table.columns[1:]:
        column.justify = "right"
    still = 0
    for branch, sums in balance.branches.items():
        if not whole and not any(sums.flows.values()):
            still += 1
            continue
        table.add_row(Text(clip(names.get(branch) or branch or word("common"), 16)), *_sums(sums))
    table.add_row(word("sum"), *_sums(balance.total), style="bold")
    out.print(table)
    if still:
        out.print(word("still", count=still), markup=False)
    flows: Counter[str] = Counter(balance.total.flows)
    told = "".join(f" {'+' if sign > 0 else '−'} {word(f'flow_{flow}')} {flows[flow]}" for flow, sign in FLOWS.items())
    out.print(f"{word('opening')} {balance.total.opening}{told} = {word('closing')} {balance.total.closing}", markup=False)


def _sums(sums: Sums) -> list[str]:
    return [str(sums.opening), *(str(sums.flows.get(flow, 0) or "") for flow in FLOWS), str(sums.closing)]
