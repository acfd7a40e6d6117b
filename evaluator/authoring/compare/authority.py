"""On which document an overlay asks for more than the pack beneath: what ``authority`` names, or a source that only the overlay has."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evaluator.authoring.compare.edits import Edit, edits_between
from evaluator.authoring.compare.outcomes import item_of, readers
from evaluator.authoring.compare.strict import Judged, judge
from evaluator.authoring.compare.things import Key
from evaluator.diagnostics import Diagnostic
from evaluator.packs.load import LoadedPack, find_packs, load_pack
from evaluator.packs.models import Pack
from evaluator.packs.source import DataPath
from evaluator.scoring.period import Period, parse_period

__all__ = ["document_of", "is_laid_over", "needed", "unfounded", "usual_period"]

STRICTER = ("stricter", "mixed")


def document_of(edit: Edit, a: Pack, b: Pack) -> str:
    """Return the title and number of the document on which an edit of the overlay ``b`` rests, "" where it names none."""
    names = {edit.id, edit.section, *edit.fields} - {""}
    if told := _named(b, names):
        return told
    own = [source for id_, source in b.sources.items() if id_ not in a.sources]
    for change in edit.changes:
        cited = (change.new or {}).get("basis") or _basis(b, change.key)
        for id_ in (cited,) if isinstance(cited, str) else cited:
            if id_ in b.sources and b.sources[id_] in own:
                return b.sources[id_].title
    if edit.section in ("indicators", "derived"):  # what an authorised rule reads needs no document of its own
        items = [item_of(b, key) for key in readers(b, edit.id)]
        documents = [_named(b, {item.id}) or _cited(b, item.basis, a) for item in items if item]
        return documents[0] if documents and all(documents) else ""
    return ""


def _named(pack: Pack, names: set[str]) -> str:
    for one in pack.authority:
        if not one.for_ or names & set(one.for_):
            return f"{one.title}({one.document})"
    return ""


def _cited(b: Pack, basis: Sequence[str], a: Pack) -> str:
    return next((b.sources[id_].title for id_ in basis if id_ in b.sources and id_ not in a.sources), "")


def _basis(pack: Pack, key: Key) -> Sequence[str] | str:
    section, id_ = key
    item = item_of(pack, key)
    if item is not None:
        return item.basis
    if section == "settings" and id_ in pack.settings:
        return pack.settings[id_].basis
    if section == "deadlines" and id_ in pack.deadlines:
        return pack.deadlines[id_].basis
    return pack.ledger.basis if section == "ledger" else ()


# --- the finding of ``pack check`` --------------------------------------------


def is_laid_over(overlay: LoadedPack, base: LoadedPack) -> bool:
    """Whether one pack extends the other, directly or through others."""
    below = overlay.base
    while below is not None:
        if below.path.resolve() == base.path.resolve():
            return True
        below = below.base
    return False


def usual_period(a: Pack, b: Pack) -> Period:
    """Return the calendar year in which both packs are first in force, over: everything that a year asks for is then owed."""
    year = max(a.effective.from_, b.effective.from_).year
    start = parse_period(str(year), max(a.effective.from_, b.effective.from_))
    return Period(start.start, start.end, start.end)


def needed(*packs: Pack) -> tuple[Pack, ...]:
    """Return the installed packs whose results some packs read."""
    found: dict[str, Pack] = {}
    left = [id_ for pack in packs for id_ in pack.needs]
    installed = find_packs()
    while left:
        id_ = left.pop()
        if id_ in installed and id_ not in found:
            found[id_] = load_pack(id_).pack
            left += found[id_].needs
    return tuple(found.values())


def unfounded(overlay: LoadedPack) -> list[Diagnostic]:
    """Return a warning for each thing that an overlay makes stricter without naming a document, and a softer one for each rule that it
    changes without one and of which nobody can say whether it is stricter; none for other packs.
    """
    if overlay.base is None:
        return []
    a, b = overlay.base.pack, overlay.pack
    found: dict[str, Diagnostic] = {}
    for one in judge(a, b, edits_between(a, b), usual_period(a, b), needed(a, b)):
        code = "W510" if one.verdict in STRICTER else "W511" if _to_be_looked_at(one) else ""
        if code and not document_of(one.edit, a, b):
            place = overlay.spans.place(_path(overlay.data, one))
            told = found.get(str(place))
            if told is None or told.code > code:
                found[str(place)] = Diagnostic(f"compare.{code}", place, {"id": _citable(one.edit)})
    return list(found.values())


def _to_be_looked_at(one: Judged) -> bool:
    return one.verdict == "undecided" and one.edit.scores


def _citable(edit: Edit) -> str:
    """Return the name by which ``authority`` may cover an edit."""
    return edit.section if edit.section in ("rating", "ledger") else edit.id or ", ".join(edit.fields)


def _path(data: Mapping[str, Any], one: Judged) -> DataPath:
    """Return where in the resolved pack an edit stands."""
    section, id_ = one.edit.section, one.edit.id
    path: DataPath = ()
    for candidate, item in _items(data):
        if (candidate[0] == section and item == id_) or (section == "criteria" and "criteria" in candidate and item == id_):
            path = candidate
            break
    else:
        path = (section,) if section in data else ()
    field = one.edit.fields[0].rstrip("_") if one.edit.fields else ""
    here: Any = data
    for step in path:
        here = here[step]
    return (*path, field) if isinstance(here, dict) and field in here else path


def _items(data: Mapping[str, Any]) -> Iterator[tuple[DataPath, str]]:
    for section in ("settings", "indicators", "derived", "deadlines"):
        for id_ in data.get(section, {}):
            yield (section, id_), id_
    for section, key in (("groups", "id"), ("vetoes", "id"), ("triggers", "id"), ("gates", "id"), ("rating", "level")):
        for place, item in enumerate(data.get(section, ())):
            yield (section, place), str(item[key])
            for index, criterion in enumerate(item.get("criteria", ())):
                yield (section, place, "criteria", index), str(criterion["id"])
