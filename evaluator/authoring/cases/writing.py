"""Cases as YAML, one to a few lines each, so that a person can read down them."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from evaluator.authoring.cases.boundaries import Made, Written, boundary_cases
from evaluator.authoring.cases.models import WORDS, Expect
from evaluator.authoring.cases.run import Subject, told
from evaluator.authoring.cases.worlds import World
from evaluator.diagnostics import Diagnostic, Failure, Place, reason
from evaluator.messages import LANGUAGES, Language, say
from evaluator.packs.yaml_text import flow_text
from evaluator.scoring.period import Period

__all__ = ["case_text", "write_cases"]


def write_cases(subject: Subject, path: Path, *, as_of: date | None, force: bool) -> tuple[int, dict[str, int]]:
    """Write boundary cases of a pack; return how many, and by item how many mutants nothing tells apart.

    Raises:
        Failure: the file is there already, cannot be written, or the pack gives nothing to write cases of.
    """
    if path.exists() and not force:
        raise Failure([Diagnostic("cases.E914", Place(str(path)))])
    if not subject.indicators:
        raise Failure([Diagnostic("cases.E915", Place(str(subject.loaded.path)))])
    day = as_of or _year_end(subject)
    period = Period(date(day.year, 1, 1), date(day.year, 12, 31), day)
    made = boundary_cases(World(subject, period))
    if not made.cases:
        raise Failure([Diagnostic("cases.E916", Place(str(subject.loaded.path)))])
    text = case_text(made, day, subject.pack.pack)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        try:
            part.write_text(text, encoding="utf-8", newline="\n")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise Failure([Diagnostic("cases.E917", Place(str(path)), {"why": reason(error)})]) from None
    return len(made.cases), made.unshown


def _year_end(subject: Subject) -> date:
    span = subject.pack.effective
    end = date(span.from_.year, 12, 31)
    return min(end, span.to) if span.to else end


def case_text(made: Made, as_of: date, pack: str) -> str:
    """Return the file of cases."""
    lines = [f"# {pack}: starbranch pack cases {pack} --boundaries", f"as_of: {as_of}", "base:"]
    lines += [f"  {name}: {flow_text(value)}" for name, value in made.base.items()]
    lines.append("cases:")
    for one in made.cases:
        lines.append(f"  - id: {flow_text(one.id)}")
        lines.append(f"    reason: {{zh: {flow_text(_reason(one, 'zh'))}, en: {flow_text(_reason(one, 'en'))}}}")
        if one.change:
            lines.append(f"    given: {flow_text(one.change)}")
        lines.append(f"    expect: {_expect(one.expect)}")
        lines.append("    filled_in: true")
    return "\n".join(lines) + "\n"


def _reason(one: Written, lang: Language) -> str:
    assert lang in LANGUAGES
    if not one.change:
        return say("cases.faultless_reason", lang)
    given = ", ".join(f"{name} = {_shown(value)}" for name, value in one.change.items())
    item = say("cases.level_word", lang) if one.item == "level" else one.item
    if one.mutant is not None:
        what = say(f"cases.mutant_{one.mutant.kind}", lang, was=one.mutant.was, now=one.mutant.now)
        return say("cases.told_reason", lang, given=given, item=item, what=what)
    return say("cases.found_reason", lang, given=given, item=item)


def _shown(value: Any) -> str:
    return "、".join(map(str, value)) or "—" if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)


def _expect(expect: Expect) -> str:
    points = {id_: _worth(low, high) for id_, (low, high) in expect.points.items()}
    told_ = {
        "level": expect.level,
        "stars": expect.stars,
        "points": points or None,
        "of": {id_: _worth(full, full) for id_, full in expect.of.items()} or None,
        "groups": dict(expect.groups) or None,
        "vetoes": expect.vetoes,
        "triggers": expect.triggers,
        "gates": expect.gates,
        "provisional": expect.provisional,
    }
    return flow_text({name: value for name, value in told_.items() if value is not None})


def _worth(low: int, high: int) -> Any:
    if (low, high) in WORDS.values():
        return told((low, high))
    ends = [Decimal(told((one, one))) for one in (low, high)]
    return ends[0] if low == high else ends
