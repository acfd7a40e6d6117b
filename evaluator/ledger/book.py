"""What a ledger knows besides its entries: packs and their limits, who answers for what, branches and their history, runs, serials."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from evaluator.ledger.events import Event
from evaluator.packs.ledger_rules import LedgerRules
from evaluator.packs.models import Deadline

__all__ = ["Book", "Lineage", "Post", "RunNote", "Suspension", "Terms", "replay_book"]


@dataclass(frozen=True, slots=True)
class Terms:
    """What the ledger keeps of a pack that issues rest on: its time limits by class, as YAML has them, and its limits for the ledger."""

    id: str
    version: str
    title: str
    status: str  # reference or adopted
    deadlines: dict[str, dict[str, Any]]
    rules: dict[str, Any]

    def deadline(self, class_: str) -> Deadline | None:
        return Deadline.model_validate(self.deadlines[class_]) if class_ in self.deadlines else None

    def ledger_rules(self) -> LedgerRules:
        return LedgerRules.model_validate(self.rules)


@dataclass(frozen=True, slots=True)
class Post:
    """One line of the directory: who answers for a role (an owner named in packs, or the lead of a star). ``branch`` and ``township`` say
    where; "" is everywhere. A blank ``unit`` is the branch itself."""

    township: str
    role: str
    unit: str
    branch: str = ""
    post: str = ""
    person: str = ""
    contact: str = ""
    leader: str = ""
    force: str = ""  # task force (专班)


@dataclass(frozen=True, slots=True)
class Suspension:
    """Days that do not count in a scope, by a document (flood season): from ``first`` to ``last``, both included."""

    document: str
    first: date
    last: date
    scope: dict[str, str]  # column of an entry to value; {} is everywhere
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Lineage:
    """A branch as the ledger knows it. ``from_`` are those whose issues and history it took over, ``into`` those that took its own."""

    id: str
    name: str
    township: str
    since: date
    ended: date | None = None
    from_: tuple[str, ...] = ()
    into: tuple[str, ...] = ()
    names: tuple[str, ...] = ()  # earlier ones
    document: str = ""


@dataclass(frozen=True, slots=True)
class RunNote:
    """A run that was opened or reconciled. ``seq``: the event after which its balance begins the next one."""

    digest: str
    as_of: date
    action: str  # opened, reconciled
    seq: int


@dataclass(frozen=True, slots=True)
class Book:
    id: str = ""
    prefix: str = ""
    internal: bool = False  # holds issues of internal packs (soft-and-lax) and no others
    packs: dict[str, Terms] = field(default_factory=dict)  # by digest of the pack
    current: dict[str, str] = field(default_factory=dict)  # pack id to the digest used last
    serials: dict[str, int] = field(default_factory=dict)  # last serial by series, as ``云山-2024``
    posts: tuple[Post, ...] = ()
    suspensions: tuple[Suspension, ...] = ()
    branches: dict[str, Lineage] = field(default_factory=dict)
    runs: tuple[RunNote, ...] = ()
    aliases: dict[str, str] = field(default_factory=dict)  # keys that people said to be those of an issue, to its id
    exports: dict[str, str] = field(default_factory=dict)  # id of a workbook to whom it went
    mappings: dict[str, dict[str, str]] = field(default_factory=dict)  # columns of an office's own workbook, by name
    imports: dict[str, str] = field(default_factory=dict)  # SHA-256 of a file that was taken over whole, to the day

    def terms(self, pack: str) -> Terms | None:
        """Return what the ledger keeps of a pack's latest version, by pack id."""
        digest = self.current.get(pack)
        return self.packs[digest] if digest else None

    def rules(self, pack: str) -> LedgerRules:
        """Return the limits that hold for issues of a pack; defaults for what no pack speaks of."""
        terms = self.terms(pack)
        return terms.ledger_rules() if terms else LedgerRules()

    def proposed(self, packs: Iterable[str]) -> bool:
        """Whether any of these packs is only a reference proposal: what rests on it says so on every page."""
        return any(terms.status == "reference" for pack in packs if (terms := self.terms(pack)))

    def present(self, branch: str) -> str:
        """Return the branch that goes on for one that ended, itself where it lives or several share what was its own."""
        while (found := self.branches.get(branch)) and found.ended and len(found.into) == 1:
            branch = found.into[0]
        return branch

    def origins(self, branch: str) -> tuple[str, ...]:
        """Return a branch and all those that it came from, itself first."""
        found, waiting = [], [branch]
        while waiting:
            one = waiting.pop(0)
            if one not in found:
                found.append(one)
                waiting += self.branches[one].from_ if one in self.branches else ()
        return tuple(found)


def replay_book(book: Book, event: Event) -> Book:
    """Return the book after an event; those that concern entries only leave it as it is."""
    data = event.data
    if "number" in data and "series" in data:
        return replace(book, serials=book.serials | {data["series"]: max(data["serial"], book.serials.get(data["series"], 0))})
    if event.action == "alias":
        return replace(book, aliases=book.aliases | {data["key"]: event.entry})
    if event.entry:
        return book
    match event.action:
        case "init":
            return replace(book, id=data["id"], prefix=data["prefix"], internal=data["internal"])
        case "pack":
            terms = Terms(data["id"], data["version"], data["title"], data["status"], dict(data["deadlines"]), dict(data["rules"]))
            return replace(book, packs=book.packs | {event.pack: terms}, current=book.current | {terms.id: event.pack})
        case "directory":
            return replace(book, posts=tuple(Post(**one) for one in data["posts"]))
        case "suspend":
            made = Suspension(data["document"], _day(data["first"]), _day(data["last"]), dict(data["scope"]), event.reason)
            return replace(book, suspensions=(*book.suspensions, made))
        case "run":
            return replace(book, runs=(*book.runs, RunNote(data["digest"], _day(data["as_of"]), data["action"], event.seq)))
        case "export":
            return replace(book, exports=book.exports | {data["id"]: data["to"]})
        case "import":
            return replace(book, imports=book.imports | {data["sha256"]: str(event.as_of)}) if data["whole"] else book
        case "mapping":
            return replace(book, mappings=book.mappings | {data["name"]: dict(data["columns"])})
        case "branches":
            return replace(book, branches=book.branches | {one["id"]: _lineage(one) for one in data["branches"]})
        case _:
            return book


def _lineage(told: Mapping[str, Any]) -> Lineage:
    days = {"since": _day(told["since"]), "ended": _day(told["ended"]) if told.get("ended") else None}
    return Lineage(**{**told, **days, **{name: tuple(told.get(name, ())) for name in ("from_", "into", "names")}})


def _day(text: str) -> date:
    return date.fromisoformat(text)
