"""A pack as one text that needs no other: an overlay laid over what it extends, with a comment where each item comes from."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from evaluator.messages import say
from evaluator.packs.load import LoadedPack, find_packs, load_pack
from evaluator.packs.overlay import LISTED, TABLES, LaidSpans
from evaluator.packs.source import DataPath
from evaluator.packs.yaml_text import to_yaml

__all__ = ["resolved"]


def resolved(name: str, as_of: date | None) -> str:
    """Return the YAML of a pack, which loads as it is; with ``as_of``, dated values say which of them is in force on that day.

    Raises:
        Failure: no such pack, or one that is not sound.
    """
    loaded = load_pack(name)
    names = {one.spans.file: id_ for one in _chain(loaded) if (id_ := _installed(one))}
    head = [say("compare.resolved_of", file=names.get(loaded.spans.file, loaded.spans.file))]
    below = loaded.base
    while below:
        told: dict[str, Any] = {"file": below.spans.file, "pack": below.pack.pack, "version": below.pack.version}
        head.append(say("compare.resolved_over_id" if below.spans.file in names else "compare.resolved_over", **told))
        below = below.base
    if as_of:
        head.append(_in_force(loaded, as_of))
    notes = _Notes(loaded, as_of, names)
    return "".join(f"# {line}\n" for line in head) + to_yaml(loaded.data, notes.note)


def _chain(loaded: LoadedPack) -> Iterator[LoadedPack]:
    """Yield a pack and those beneath it."""
    one: LoadedPack | None = loaded
    while one:
        yield one
        one = one.base


def _installed(loaded: LoadedPack) -> str:
    """Return by which id a pack is installed, "" for one that stands elsewhere."""
    return next((id_ for id_, path in find_packs().items() if path == loaded.path), "")


def _in_force(loaded: LoadedPack, as_of: date) -> str:
    span = loaded.pack.effective
    held = span.from_ <= as_of and (span.to is None or as_of <= span.to)
    return say("compare.resolved_day" if held else "compare.resolved_not_held", day=as_of, start=span.from_, end=span.to or "…")


class _Notes:
    def __init__(self, loaded: LoadedPack, as_of: date | None, names: Mapping[str, str]) -> None:
        self.loaded = loaded
        self.as_of = as_of
        self.names = names  # of installed packs, by their files

    def note(self, path: DataPath) -> str:
        """Return the comment of the line on which the value at ``path`` begins, "" for none."""
        return " · ".join(filter(None, (self.origin(path), self.value(path))))

    def origin(self, path: DataPath) -> str:
        spans = self.loaded.spans
        if not isinstance(spans, LaidSpans):
            return ""
        section = str(path[-2]) if len(path) > 1 else ""
        if (len(path) == 2 and section in TABLES) or section in LISTED:
            return say("compare.from_file", place=self.shown(path))
        named = path[-1] in ("id", "level") and len(path) > 1 and spans.shared(path[:-1])  # by what they were brought together
        if named or spans.shared(path) or (len(path) == 1 and path[0] in (*TABLES, *LISTED)) or path[-1] in LISTED:
            return ""
        here = self.shown(path)
        same = len(path) > 1 and here.rpartition(":")[0] == self.shown(path[:-1]).rpartition(":")[0]
        return "" if same else say("compare.changed_by" if len(path) > 1 else "compare.from_file", place=here)

    def shown(self, path: DataPath) -> str:
        """Return the pack or file and the line of a value: of the file that said it last; of what several say together, of the lowest."""
        spans = self.loaded.spans
        assert isinstance(spans, LaidSpans)
        lower = spans.shared(path) if path else None
        place = lower[0].place(lower[1]) if lower else spans.place(path)
        return f"{self.names.get(place.file, place.file)}:{place.line}"

    def value(self, path: DataPath) -> str:
        """Return which of a setting's dated values is in force."""
        if self.as_of is None or len(path) != 2 or path[0] != "settings":
            return ""
        setting = self.loaded.pack.settings[str(path[1])]
        if not setting.by_date:
            return ""
        days = [day for day in setting.by_date if day <= self.as_of]
        if not days:
            return say("compare.none_in_force", day=self.as_of)
        return say("compare.in_force", day=self.as_of, value=setting.by_date[max(days)], since=max(days))
