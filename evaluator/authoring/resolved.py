"""A pack as one text that needs no other: an overlay laid over what it extends, with a comment where each item comes from."""

from datetime import date

from evaluator.messages import say
from evaluator.packs.load import LoadedPack, load_pack
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
    head = [say("compare.resolved_of", file=loaded.spans.file)]
    below = loaded.base
    while below:
        head.append(say("compare.resolved_over", file=below.spans.file, pack=below.pack.pack, version=below.pack.version))
        below = below.base
    if as_of:
        head.append(_in_force(loaded, as_of))
    notes = _Notes(loaded, as_of)
    return "".join(f"# {line}\n" for line in head) + to_yaml(loaded.data, notes.note)


def _in_force(loaded: LoadedPack, as_of: date) -> str:
    span = loaded.pack.effective
    held = span.from_ <= as_of and (span.to is None or as_of <= span.to)
    return say("compare.resolved_day" if held else "compare.resolved_not_held", day=as_of, start=span.from_, end=span.to or "…")


class _Notes:
    def __init__(self, loaded: LoadedPack, as_of: date | None) -> None:
        self.loaded = loaded
        self.as_of = as_of

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
        named = path[-1] in ("id", "level") and path[:-1] in spans.beneath  # by what the two were brought together
        if named or path in spans.beneath or (len(path) == 1 and path[0] in (*TABLES, *LISTED)) or path[-1] in LISTED:
            return ""
        here = self.shown(path)
        same = len(path) > 1 and here.rpartition(":")[0] == self.shown(path[:-1]).rpartition(":")[0]
        return "" if same else say("compare.changed_by" if len(path) > 1 else "compare.from_file", place=here)

    def shown(self, path: DataPath) -> str:
        """Return the file and line of a value; of what two files say together, those of the lower one."""
        spans = self.loaded.spans
        assert isinstance(spans, LaidSpans)
        lower = spans.beneath.get(path) if path else None
        place = lower[0].place(lower[1]) if lower else spans.place(path)
        return f"{place.file}:{place.line}"

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
