"""Files of cases: ``cases/*.yaml`` beside a pack. What is wrong with one is told with its line and column."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from evaluator.authoring.cases.models import WORDS, Case, CaseFile, Expect, Span
from evaluator.diagnostics import Diagnostic, Place, reason
from evaluator.packs.models import Labels, Pack
from evaluator.packs.source import LARGEST, DataPath, Spans, parse_yaml
from evaluator.scoring.period import Period, parse_period

__all__ = ["case_files", "read_cases"]

TOP = ("period", "as_of", "base", "cases")
CASE = ("id", "reason", "given", "expect", "filled_in")
EXPECT = ("level", "stars", "points", "of", "groups", "vetoes", "triggers", "gates", "provisional")
LAST_STAGE = 8  # 9 is the register's own
EVENT = ("day", "value", "ref", "stage")


def case_files(pack: Path) -> list[Path]:
    """Return the files of cases of the pack whose ``pack.yaml`` is at a path, sorted; none where a pack is a single file."""
    return sorted((pack.parent / "cases").glob("*.yaml")) if pack.name == "pack.yaml" else []


def read_cases(path: Path, pack: Pack, fields: Iterable[str]) -> tuple[CaseFile | None, list[Diagnostic]]:
    """Return the cases of a file, None where it cannot be read as cases, and everything that is wrong with them.

    ``fields``: ids of all indicators of the run, those of needed packs included.
    """
    try:
        raw = path.read_bytes()
        text = raw[: LARGEST + 1].decode("utf-8-sig")
    except OSError as error:
        return None, [Diagnostic("cases.E901", Place(str(path)), {"why": reason(error)})]
    except UnicodeDecodeError as error:
        return None, [Diagnostic("cases.E902", Place(str(path), error.object.count(b"\n", 0, error.start) + 1))]
    if len(raw) > LARGEST:
        return None, [Diagnostic("cases.E903", Place(str(path)), {"most": LARGEST // 1_000_000})]
    source = parse_yaml(text, str(path))
    if source.data is None or source.findings:
        return None, list(source.findings)
    reader = _Reader(path, source.spans, pack, fields)
    made = reader.file(source.data)
    return (None if reader.findings else made), reader.findings


class _Reader:
    """Reads one file; what is wrong is gathered, and reading goes on with the next thing."""

    def __init__(self, path: Path, spans: Spans, pack: Pack, fields: Iterable[str]) -> None:
        self.path = path
        self.spans = spans
        self.findings: list[Diagnostic] = []
        self.last: date | None = None  # the reference date
        self.fields = ("area_type", *fields)
        self.items: dict[str, list[str]] = {
            "points": [criterion.id for group in pack.groups for criterion in group.criteria],
            "groups": [group.id for group in pack.groups],
            "vetoes": [one.id for one in pack.vetoes],
            "triggers": [one.id for one in pack.triggers],
            "gates": [one.id for one in pack.gates],
        }

    def report(self, code: str, path: DataPath, *, key: bool = False, **values: object) -> None:
        self.findings.append(Diagnostic(f"cases.{code}", self.spans.place(path, key=key), values))

    def keys(self, data: dict[str, Any], allowed: tuple[str, ...], path: DataPath, needed: tuple[str, ...] = ()) -> None:
        for key in data:
            if key not in allowed:
                near = get_close_matches(key, allowed, n=1, cutoff=0.5)
                self.report("E905", (*path, key), key=True, found=key, allowed=", ".join(near or allowed))
        for key in needed:
            if key not in data:
                self.report("E906", path, wanted=key)

    def of(self, kind: type | tuple[type, ...], value: Any, path: DataPath, wanted: str) -> bool:
        """Return whether a value is of a kind (a number is never true or false), reported when it is not."""
        if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
            return True
        self.report("E907", path, found=_shown(value), wanted=wanted)
        return False

    # --- the file ---------------------------------------------------------------

    def file(self, data: dict[str, Any]) -> CaseFile | None:
        self.keys(data, TOP, (), ("as_of", "cases"))
        period = self.period(data)
        self.last = period.reference if period else None
        base = self.given(data.get("base", {}), ("base",))
        listed = data.get("cases", [])
        if not self.of(list, listed, ("cases",), "cases: [{id, reason, given, expect}]"):
            return None
        if not listed and "cases" in data:
            self.report("E904", ("cases",), key=True)
        made, first = [], dict[str, DataPath]()
        for number, one in enumerate(listed):
            path: DataPath = ("cases", number)
            if self.of(dict, one, path, "{id, reason, given, expect}"):
                case = self.case(one, path, base)
                if case.id in first:
                    self.report("E908", (*path, "id"), found=case.id, line=self.spans.place(first[case.id]).line)
                first.setdefault(case.id, (*path, "id"))
                made.append(case)
        return CaseFile(self.path, self.spans, period, tuple(made)) if period else None

    def period(self, data: dict[str, Any]) -> Period | None:
        as_of: Any = data.get("as_of")
        if "as_of" not in data or not self.of(date, as_of, ("as_of",), "2023-12-31"):
            return None
        text = data.get("period")
        try:
            return parse_period(None if text is None else str(text), as_of)
        except ValueError:
            self.report("E909", ("period",), found=_shown(text), as_of=as_of)
            return None

    def case(self, data: dict[str, Any], path: DataPath, base: dict[str, Any]) -> Case:
        self.keys(data, CASE, path, ("id", "reason", "expect"))
        id_ = data.get("id", "")
        if "id" in data:
            self.of(str, id_, (*path, "id"), "text")
        given = self.given(data.get("given", {}), (*path, "given"))
        laid = {name: value for name, value in {**base, **given}.items() if value is not None}
        told = data.get("reason", "")
        labels = Labels.model_validate(told) if isinstance(told, str) and told.strip() else self.labels(told, (*path, "reason"))
        filled = data.get("filled_in", False)
        self.of(bool, filled, (*path, "filled_in"), "true / false")
        expect = self.expect(data.get("expect", {}), (*path, "expect"), "expect" in data)
        return Case(str(id_), labels, laid, expect, self.spans.place((*path, "id")), bool(filled), path)

    def labels(self, told: Any, path: DataPath) -> Labels:
        if isinstance(told, dict) and set(told) <= {"zh", "en"} and isinstance(told.get("zh"), str) and told["zh"].strip():
            return Labels(zh=told["zh"], en=str(told.get("en", "")))
        if path in self.spans.values:
            self.report("E910", path)
        return Labels(zh="-")

    # --- what is given ----------------------------------------------------------

    def given(self, data: Any, path: DataPath) -> dict[str, Any]:
        if not self.of(dict, data, path, "{indicator: value}"):
            return {}
        named: dict[str, Any] = data
        for name, value in named.items():
            if name not in self.fields:
                near = get_close_matches(name, self.fields, n=3, cutoff=0.5)
                self.report("E911", (*path, name), key=True, found=name, near=", ".join(near) or "—")
            elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
                for number, event in enumerate(value):
                    if self.of(dict, event, (*path, name, number), "{day: 2023-03-01, value: 1}"):
                        self.event(event, (*path, name, number))
            elif isinstance(value, list):
                for number, one in enumerate(value):
                    self.of((str, int, Decimal), one, (*path, name, number), "text")
            elif isinstance(value, dict):
                self.keys(value, ("na",), (*path, name), ("na",))
        return named

    def event(self, data: dict[str, Any], path: DataPath) -> None:
        self.keys(data, EVENT, path, ("day", "value"))
        if "day" in data and self.of(date, data["day"], (*path, "day"), "2023-03-01") and self.last and data["day"] > self.last:
            self.report("E918", (*path, "day"), found=data["day"], last=self.last)
        if "value" in data and isinstance(data["value"], list | dict):
            self.of((str, int, Decimal), data["value"], (*path, "value"), "1, true, text")
        if "stage" in data and self.of(int, data["stage"], (*path, "stage"), "1, 2, 3") and not 1 <= data["stage"] <= LAST_STAGE:
            self.report("E907", (*path, "stage"), found=data["stage"], wanted="1, 2, 3")

    # --- what is expected -------------------------------------------------------

    def expect(self, data: Any, path: DataPath, there: bool) -> Expect:
        if not there or not self.of(dict, data, path, "{" + ", ".join(EXPECT) + "}"):
            return Expect()
        self.keys(data, EXPECT, path)
        if not data:
            self.report("E912", path, wanted=", ".join(EXPECT))
        for name in ("level", "stars"):
            if name in data:
                self.of(int, data[name], (*path, name), "0, 1, 2 …")
        if "provisional" in data:
            self.of(bool, data["provisional"], (*path, "provisional"), "true / false")
        return Expect(
            level=data.get("level"),
            stars=data.get("stars"),
            points=dict(self.points(data.get("points", {}), (*path, "points"))),
            of={id_: low for id_, (low, high) in self.points(data.get("of", {}), (*path, "of")) if low == high},
            groups=dict(self.awards(data.get("groups", {}), (*path, "groups"))),
            vetoes=self.listed("vetoes", data, path),
            triggers=self.listed("triggers", data, path),
            gates=self.listed("gates", data, path),
            provisional=data.get("provisional"),
        )

    def known(self, kind: str, id_: object, path: DataPath, *, key: bool) -> bool:
        if id_ in self.items[kind]:
            return True
        near = get_close_matches(str(id_), self.items[kind], n=3, cutoff=0.5) or self.items[kind][:8]
        self.report("E913", path, key=key, found=id_, near=", ".join(near) or "—")
        return False

    def points(self, data: Any, path: DataPath) -> Iterator[tuple[str, Span]]:
        for id_, worth in data.items() if self.of(dict, data, path, "{criterion: points}") else ():
            where = (*path, id_)
            if isinstance(worth, str) and worth in WORDS and self.known("points", id_, where, key=True):
                yield id_, WORDS[worth]
                continue
            ends = worth if isinstance(worth, list) and len(worth) == 2 else [worth, worth]
            if self.known("points", id_, where, key=True) and all(self.of((int, Decimal), one, where, "10, [0, 10], na") for one in ends):
                low, high = (int(Decimal(one) * 100) for one in ends)
                if Decimal(low) / 100 != ends[0] or Decimal(high) / 100 != ends[1] or low > high:
                    self.report("E907", where, found=worth, wanted="10, 7.25, [0, 10], na, not_due")
                yield id_, (low, high)

    def awards(self, data: Any, path: DataPath) -> Iterator[tuple[str, bool]]:
        for id_, awarded in data.items() if self.of(dict, data, path, "{group: true}") else ():
            if self.known("groups", id_, (*path, id_), key=True) and self.of(bool, awarded, (*path, id_), "true / false"):
                yield id_, awarded

    def listed(self, kind: str, data: dict[str, Any], path: DataPath) -> tuple[str, ...] | None:
        if kind not in data or not self.of(list, data[kind], (*path, kind), "[…]"):
            return None
        return tuple(id_ for number, id_ in enumerate(data[kind]) if self.known(kind, id_, (*path, kind, number), key=False))


def _shown(value: Any) -> str:
    """Return a value as it may stand in YAML."""
    if isinstance(value, dict | list):
        return "{…}" if isinstance(value, dict) else "[…]"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
