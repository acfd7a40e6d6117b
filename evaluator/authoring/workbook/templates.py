"""Rule templates: which columns each shape of a part fills, and a part as one row and back."""

from collections.abc import Mapping
from typing import Any

from evaluator.authoring.workbook.forms import Path

__all__ = ["TEMPLATES", "flat", "part_paths"]

# Template: column to where its value stands in the part, and whether it must be filled in.
TEMPLATES: Mapping[str, Mapping[str, tuple[Path, bool]]] = {
    "count_down": {
        "full": (("count_down", "full"), True),
        "each": (("count_down", "less"), True),
        "every": (("count_down", "every"), False),
        "formula": (("count_down", "per"), True),
    },
    "count_up": {
        "full": (("count_up", "up_to"), True),
        "each": (("count_up", "each"), True),
        "every": (("count_up", "every"), False),
        "formula": (("count_up", "per"), True),
    },
    "bands": {},  # see part_paths: as many conditions as there are
    "prorate": {"full": (("prorate", "points"), True), "formula": (("prorate", "of"), True)},
    "award": {"full": (("award",), True), "when_1": (("when",), True)},
    "choices": {
        "full": (("choices", "up_to"), False),
        "each": (("choices", "each"), True),
        "of": (("choices", "of"), True),
        "values": (("choices", "values"), False),
    },
    "manual": {
        "full": (("manual", "range", 1), True),
        "low": (("manual", "range", 0), True),
        "column": (("manual", "id"), False),
    },
}


def part_paths(template: str, bands: int) -> dict[str, tuple[Path, bool]]:
    """Return the columns of a template, given the number of bands that a row uses."""
    if template != "bands":
        return dict(TEMPLATES[template])
    found: dict[str, tuple[Path, bool]] = {}
    for n in range(bands):
        found |= {f"when_{n + 1}": (("bands", n, "when"), True), f"award_{n + 1}": (("bands", n, "award"), True)}
    return found


def flat(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return a part's data as the row that ``forms.parts_form`` lays out."""
    template = next(name for name in TEMPLATES if name in part)
    row = {key: part[key] for key in ("text", "when_zero", "due") if key in part} | {"@template": template}
    for name, (path, _) in part_paths(template, len(part.get("bands", ()))).items():
        value: Any = part
        for step in path:
            value = value.get(step) if isinstance(value, Mapping) else value[step]
            if value is None:
                break
        base, _, n = name.rpartition("_")
        if n.isdecimal():
            row.setdefault("@bands", {}).setdefault(int(n) - 1, {})[base] = value
        else:
            row[f"@{name}"] = value
    return row
