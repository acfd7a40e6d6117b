"""An overlay laid over the pack that it ``extends``: what it adds, says otherwise and switches off, and where each line stands.

Mappings are merged key by key and lists of items by ``id`` (levels of the rating by ``level``); any other list is replaced. ``replace:
true`` in a mapping takes it whole, ``null`` takes a key out, ``switch_off`` switches items off, one by one: no ``null`` does that.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from evaluator.diagnostics import Diagnostic, Place
from evaluator.packs import models as m
from evaluator.packs.source import DataPath, Spans, Spot

__all__ = ["DEEPEST", "LISTED", "OWN", "TABLES", "LaidSpans", "lay"]

DEEPEST = 8  # packs in one chain of ``extends``
OWN = ("pack", "version", "status", "title", "effective")  # what an overlay says for itself
NOT_INHERITED = (*OWN, "adopted", "authority")
LISTED: dict[str, type[m.Model]] = {
    "groups": m.Group,
    "criteria": m.Criterion,
    "vetoes": m.Veto,
    "triggers": m.Trigger,
    "gates": m.Gate,
    "rating": m.RatingLine,
    "slips": m.Rung,
}
TABLES: dict[str, type[m.Model]] = {
    "sources": m.Source,
    "settings": m.Setting,
    "indicators": m.Indicator,
    "derived": m.Derived,
    "deadlines": m.Deadline,
}
FORMS = {  # ways of saying one thing, of which an item has one: who chooses another leaves the one beneath
    "settings": (("value",), ("by_date",), ("by", "values", "otherwise")),
    "deadlines": (("days", "unit"), ("date",), ("at",), ("review_days",)),
}
WHOLE = ("groups", "criteria", "vetoes", "triggers", "gates", *TABLES)  # what goes item by item, each by its name under ``switch_off``
NAMED = ("rating", "total", "applies_to", "ledger")  # sections that ``authority.for`` may name whole
Item = tuple[str, str]  # section and id
Origin = tuple[Spans, DataPath]


@dataclass(frozen=True)
class LaidSpans(Spans):
    """Where each value of a resolved overlay stands: in its own file where it says it, else in that of the pack beneath."""

    origins: Mapping[DataPath, Origin] = field(default_factory=dict)
    beneath: Mapping[DataPath, Origin] = field(default_factory=dict)  # of what both files say, where the lower one says it

    def origin(self, path: DataPath) -> Origin:
        """Return the file's spans and the path in that file; of something that is not there, by what is around it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.origins:
                spans, own = self.origins[path[:length]]
                return spans, (*own, *path[length:])
        raise KeyError(path)

    def place(self, path: DataPath, *, key: bool = False) -> Place:
        spans, own = self.origin(path)
        return spans.place(own, key=key)

    def inside(self, path: DataPath, value: str, start: int, end: int) -> Place:
        spans, own = self.origin(path)
        return spans.inside(own, value, start, end)

    def shared(self, path: DataPath) -> Origin | None:
        """Return of what several files say together where the lowest of them says it, None of what one file says alone."""
        spans, own = self.beneath[path] if path in self.beneath else self.origin(path)
        lower = spans.shared(own) if isinstance(spans, LaidSpans) else None
        return lower or ((spans, own) if path in self.beneath else None)


class _Spots(Mapping[DataPath, Spot]):
    """The values of a resolved overlay: spots of the file in which each stands."""

    def __init__(self) -> None:
        self.spans: LaidSpans | None = None

    def __getitem__(self, path: DataPath) -> Spot:
        assert self.spans is not None
        spans, own = self.spans.origin(path)
        return spans.values[own]

    def __iter__(self) -> Iterator[DataPath]:
        assert self.spans is not None
        return iter(self.spans.origins)

    def __len__(self) -> int:
        assert self.spans is not None
        return len(self.spans.origins)


def lay(
    base: Mapping[str, Any], beneath: Spans, overlay: Mapping[str, Any], spans: Spans
) -> tuple[dict[str, Any], LaidSpans, list[Diagnostic]]:
    """Return the data of the resolved pack, where each value stands, and what is wrong with the overlay as an overlay."""
    laying = _Laying(base, beneath, overlay, spans)
    data = laying.pack()
    spots = _Spots()
    laid = LaidSpans(spans.file, spans.text, spots, spans.keys, laying.origins, laying.beneath)
    spots.spans = laid
    return data, laid, laying.findings


class _Laying:
    def __init__(self, base: Mapping[str, Any], beneath: Spans, overlay: Mapping[str, Any], spans: Spans) -> None:
        self.base = {key: value for key, value in base.items() if key not in NOT_INHERITED}
        self.overlay = overlay
        self.lower, self.upper = beneath, spans
        self.origins: dict[DataPath, Origin] = {}
        self.beneath: dict[DataPath, Origin] = {}
        self.findings: list[Diagnostic] = []
        self.homes = _homes(self.base)  # item to the group in which it stands, "" for others
        self.off: set[Item] = set()

    def report(self, code: str, path: DataPath, *, key: bool = False, **values: object) -> None:
        self.findings.append(Diagnostic(f"compare.{code}", self.upper.place(path, key=key), values))

    def pack(self) -> dict[str, Any]:
        self.switch_off()
        for key in OWN:
            if key not in self.overlay:
                self.report("E354", (), lacking=key)
        said = {key: value for key, value in self.overlay.items() if key not in ("extends", "switch_off")}
        self.origins[()] = (self.upper, ())
        data = self.mapping(self.base, said, (), (), ())
        self.authority(data)
        order = [one.alias or name for name, one in m.Pack.model_fields.items()]
        return dict(sorted(data.items(), key=lambda one: order.index(one[0]) if one[0] in order else len(order)))

    # --- switched off ---------------------------------------------------------

    def switch_off(self) -> None:
        given = self.overlay.get("switch_off", [])
        entries: list[tuple[object, DataPath, bool]] = []
        if isinstance(given, dict):
            entries = [(id_, ("switch_off", id_), True) for id_ in given]
            for id_, why in given.items():
                if not isinstance(why, str):
                    self.report("E347", ("switch_off", id_))
        elif isinstance(given, list):
            entries = [(id_, ("switch_off", place), False) for place, id_ in enumerate(given)]
        else:
            self.report("E347", ("switch_off",))
        for id_, path, key in entries:
            if not isinstance(id_, str):
                self.report("E347", path)
                continue
            found = [item for item in self.homes if id_ in (item[1], f"{item[0]}.{item[1]}")]
            if len(found) > 1:
                self.report("E353", path, key=key, found=id_, ways=", ".join(f"{section}.{one}" for section, one in found))
            elif not found:
                self.report("E346", path, key=key, found=id_, near=_near(id_, (one for _, one in self.homes)))
            elif found[0] in self.off:
                self.report("E358", path, key=key, found=id_)
            self.off |= set(found)

    # --- laid over ------------------------------------------------------------

    def node(self, base: Any, over: Any, path: DataPath, lower: DataPath, upper: DataPath) -> Any:
        """Return what a value of the base becomes under one of the overlay."""
        self.origins[path] = (self.upper, upper)
        if isinstance(base, dict) and isinstance(over, dict) and not set(base) | set(over) <= {"zh", "en"}:
            if over.get("replace") is not True:
                self.beneath[path] = (self.lower, lower)
                return self.mapping(_left(base, over, path), over, path, lower, upper)
            return {key: value for key, value in over.items() if key != "replace"}
        if isinstance(base, list) and isinstance(over, list) and path[-1] in LISTED:
            return self.items(str(path[-1]), base, over, path, lower, upper)
        return over

    def mapping(self, base: Mapping[str, Any], over: Mapping[str, Any], path: DataPath, lower: DataPath, upper: DataPath) -> dict[str, Any]:
        made: dict[str, Any] = {}
        section = str(path[-1]) if len(path) == 1 else ""
        for key, value in base.items():
            if (section, key) in self.off:
                if key in over:
                    self.report("E348", (*upper, key), key=True, found=key)
            elif key not in over:
                self.origins[*path, key] = (self.lower, (*lower, key))
                made[key] = self.without(key, value, (*path, key), (*lower, key))
            elif over[key] is not None:
                made[key] = self.node(value, over[key], (*path, key), (*lower, key), (*upper, key))
            elif key in WHOLE and (len(path) == 0 or key == "criteria") and value:
                self.report("E359", (*upper, key), key=True, found=key, ids=_some(value))
        for key, value in over.items():
            if key in base:
                continue
            if value is None:
                self.report("E357", (*upper, key), key=True, found=key)
                continue
            if section in TABLES and not self.whole(TABLES[section], value, section, key, (*upper, key), True):
                continue
            self.origins[*path, key] = (self.upper, (*upper, key))
            made[key] = value
            if key in LISTED and isinstance(value, list):
                made[key] = self.items(key, [], value, (*path, key), (*lower, key), (*upper, key))
        return made

    def without(self, key: str, value: Any, path: DataPath, lower: DataPath) -> Any:
        """Return a part of the base of which the overlay says nothing, without what is switched off in it."""
        if key in LISTED and isinstance(value, list):
            return self.items(key, value, [], path, lower, ())
        if len(path) == 1 and key in TABLES:
            return self.mapping(value, {}, path, lower, ())
        if isinstance(value, dict) and key == "ledger":
            return self.mapping(value, {}, path, lower, ())
        return value

    def items(self, section: str, base: list[Any], over: list[Any], path: DataPath, lower: DataPath, upper: DataPath) -> list[Any]:
        """Return a list of items: those of the base in their order, then those that the overlay adds."""
        key = "level" if section == "rating" else "id"
        said: dict[object, int] = {}
        for place, item in enumerate(over):
            id_ = item.get(key) if isinstance(item, dict) else None
            if id_ is not None and id_ in said:
                self.report("E352", (*upper, place, key), found=id_, line=self.upper.place((*upper, said[id_], key)).line)
            said.setdefault(id_ if id_ is not None else ("", place), place)
        order: list[tuple[int | None, int | None]] = []
        for place, item in enumerate(base):
            if (section, str(item[key])) in self.off:
                if item[key] in said:
                    self.report("E348", (*upper, said[item[key]], key), found=item[key])
                continue
            order.append((place, said.get(item[key])))
        known = {item[key] for item in base}
        for id_, place in said.items():
            if id_ not in known and self.addable(section, over[place], key, (*upper, place), path):
                order.insert(_where(section, over[place], order, base, over), (None, place))
        made: list[Any] = []
        for old, new in order:
            here = (*path, len(made))
            if old is None:
                assert new is not None
                self.origins[here] = (self.upper, (*upper, new))
                made.append(over[new])
            elif new is None:
                self.origins[here] = (self.lower, (*lower, old))
                made.append(self.item(section, base[old], here, (*lower, old)))
            else:
                made.append(self.node(base[old], over[new], here, (*lower, old), (*upper, new)))
        return made

    def item(self, section: str, item: Any, path: DataPath, lower: DataPath) -> Any:
        if section != "groups":
            return item
        return {**item, "criteria": self.items("criteria", item["criteria"], [], (*path, "criteria"), (*lower, "criteria"), ())}

    # --- what may be added ----------------------------------------------------

    def addable(self, section: str, item: Any, key: str, upper: DataPath, path: DataPath) -> bool:
        """Return whether an item that its list does not have yet may stand there; one without an id is for the check of shapes."""
        if not isinstance(item, dict) or not isinstance(item.get(key), str | int):
            return True
        id_ = str(item[key])
        home = self.homes.get((section, id_), "")
        if section == "criteria" and home:
            self.report("E349", (*upper, key), found=id_, group=home)
            return False
        return self.whole(LISTED[section], item, section, id_, (*upper, key), False)

    def whole(self, model: type[m.Model], item: Any, section: str, id_: str, upper: DataPath, is_key: bool) -> bool:
        """Return whether a new item says all that one must; one that does not is meant for an item that the base does not have."""
        if not isinstance(item, dict):
            return True
        needed = [one.alias or name for name, one in model.model_fields.items() if one.is_required()]
        lacking = [name for name in needed if name not in item]
        if not lacking:
            return True
        near = _near(id_, (one for kind, one in self.homes if kind == section))
        self.report("E345", upper, key=is_key, found=id_, section=section, near=near, lacking=", ".join(lacking))
        return False

    def authority(self, data: Mapping[str, Any]) -> None:
        """Report ids of ``authority`` that name nothing."""
        known = {id_ for _, id_ in (*_homes(data), *self.homes)} | set(NAMED)
        given = data.get("authority")
        for place, one in enumerate(given if isinstance(given, list) else ()):
            ids = one.get("for", []) if isinstance(one, dict) else []
            for index, id_ in enumerate(ids if isinstance(ids, list) else ()):
                if str(id_) not in known:
                    self.report("E351", ("authority", place, "for", index), found=id_, near=_near(str(id_), sorted(known)))


def _left(base: Mapping[str, Any], over: Mapping[str, Any], path: DataPath) -> Mapping[str, Any]:
    """Return what an item of the base keeps when the overlay says it in another form."""
    forms = FORMS.get(str(path[0]), ()) if len(path) == 2 else ()
    chosen = [form for form in forms if over.keys() & set(form)]
    if not chosen or any(base.keys() & set(form) for form in chosen):
        return base
    dropped = {key for form in forms for key in form}
    return {key: value for key, value in base.items() if key not in dropped}


def _homes(data: Mapping[str, Any]) -> dict[Item, str]:
    """Return every item of a pack: section and id to the group in which it stands."""
    found: dict[Item, str] = {}
    for section in ("groups", "vetoes", "triggers", "gates"):
        for item in data.get(section, ()):
            if isinstance(item, dict):
                found[section, str(item.get("id"))] = ""
    for group in data.get("groups", ()):
        for item in group.get("criteria", ()) if isinstance(group, dict) else ():
            if isinstance(item, dict):
                found["criteria", str(item.get("id"))] = str(group.get("id"))
    for section in TABLES:
        found |= {(section, str(id_)): "" for id_ in data.get(section, ())}
    return found


def _where(section: str, item: Any, order: list[tuple[int | None, int | None]], base: list[Any], over: list[Any]) -> int:
    """Return where a new item goes: to the end, a new level before the first lower one."""
    if section != "rating" or not isinstance(item, dict) or not isinstance(item.get("level"), int):
        return len(order)
    levels = [base[old]["level"] if old is not None else over[new or 0]["level"] for old, new in order]
    return next((place for place, level in enumerate(levels) if level < item["level"]), len(order))


def _some(value: Any) -> str:
    """Return the first names of a list or table, as ``switch_off`` would say them."""
    ids = [str(one.get("id")) for one in value if isinstance(one, dict)] if isinstance(value, list) else [str(id_) for id_ in value]
    return ", ".join(ids[:3]) + (", …" if len(ids) > 3 else "")


def _near(id_: str, ids: Any) -> str:
    listed = list(dict.fromkeys(ids))
    return ", ".join(get_close_matches(id_, listed, n=3, cutoff=0.5) or listed[:8]) or "—"
