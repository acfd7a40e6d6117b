"""Whether the rules that a pack has for a whole jurisdiction make sense."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from evaluator.packs.bench import Bench, Figure
from evaluator.packs.criteria import figures_in
from evaluator.packs.models import Setting
from evaluator.packs.scope_rules import MOST, Cap, Compare, Counted, Hint, Rise, ScopeRules, Streak
from evaluator.packs.source import DataPath
from evaluator.packs.writing import plain

__all__ = ["check_scope"]

HUNDRED = 100


def check_scope(bench: Bench) -> None:
    """Report everything in the section ``scope`` that has the right shape and makes no sense."""
    rules = bench.pack.scope
    if rules is None:
        return
    if bench.pack.internal:  # a share of who needs help would be a quota
        for key in sorted({"rank", "caps", "rise"} & rules.model_fields_set):
            bench.report("E600", ("scope", key), key=True, found=key)
    for number, by in enumerate(rules.rank.by):
        if by == "stars" and not bench.pack.stars:
            bench.report("E601", ("scope", "rank", "by", number))
    _caps(bench, rules.caps)
    if rules.rise:
        _rise(bench, rules.rise)
    _counted(bench, rules)


def _caps(bench: Bench, caps: Sequence[Cap]) -> None:
    levels = {line.level for line in bench.pack.rating}
    first: dict[int, int] = {}
    for number, cap in enumerate(caps):
        path: DataPath = ("scope", "caps", number)
        for key, level in (("level", cap.level), ("then", cap.then)):
            if level not in levels:
                bench.report("E602", (*path, key), found=level, known=", ".join(map(str, sorted(levels))))
        if cap.then >= cap.level:
            bench.report("E603", (*path, "then"), found=cap.then, level=cap.level)
        between = sorted(level for level in levels if cap.then < level < cap.level)
        if between and {cap.level, cap.then} <= levels:  # whoever ranks behind those lowered and has such a level keeps it
            passed = ", ".join(map(str, between))
            bench.report("W650", (*path, "then"), found=cap.then, level=cap.level, between=passed, next=between[-1])
        if cap.level in first:
            bench.report("E604", (*path, "level"), found=cap.level, line=bench.spans.place(("scope", "caps", first[cap.level])).line)
        first.setdefault(cap.level, number)
        _sourced(bench, cap, path, list(_share(bench, cap.at_most, (*path, "at_most"))))


def _rise(bench: Bench, rise: Rise) -> None:
    _whole(bench, rise.at_most, ("scope", "rise", "at_most"))
    _sourced(bench, rise, ("scope", "rise"), [])


def _counted(bench: Bench, rules: ScopeRules) -> None:
    lines: dict[str, int] = {}
    listed: list[tuple[Hint | Streak, DataPath]] = [(one, ("scope", "hints", n)) for n, one in enumerate(rules.hints)]
    listed += [(one, ("scope", "streaks", n)) for n, one in enumerate(rules.streaks)]
    for one, path in listed:
        if one.id in lines:
            bench.report("E605", (*path, "id"), found=one.id, line=lines[one.id])
        lines.setdefault(one.id, bench.spans.place((*path, "id")).line)
        _which(bench, one, path)
        if isinstance(one, Hint):
            _sourced(bench, one, path, list(_compare(bench, one.compare, (*path, "compare"))))
        else:
            _whole(bench, one.periods, (*path, "periods"))
            _sourced(bench, one, path, [])


def _which(bench: Bench, one: Counted, path: DataPath) -> None:
    """Check that what is counted is said in one way, and that some branches can be counted and some not."""
    pack = bench.pack
    given = [key for key in ("level_at_least", "level_below", "finding") if getattr(one, key) is not None]
    if len(given) != 1:
        bench.report("E606", path, id=one.id, found=", ".join(given) or "—")
        return
    if one.finding is not None:
        bench.known(one.finding, [item.id for item in (*pack.triggers, *pack.vetoes, *pack.gates)], "E607", (*path, "finding"))
        return
    levels = [line.level for line in pack.rating] + [veto.cap for veto in pack.vetoes if veto.cap is not None]
    line = one.level_at_least if one.level_at_least is not None else one.level_below
    if line is not None and not min(levels) < line <= max(levels):
        bench.report("E608", (*path, given[0]), given=given[0], found=line, low=min(levels), high=max(levels))


def _compare(bench: Bench, compare: Compare, path: DataPath) -> Iterator[Figure]:
    low, high = compare.at_least, compare.at_most
    if low is None and high is None:
        bench.report("E609", path)
    for key, text in (("at_least", low), ("at_most", high)):
        if text is not None:
            yield from _share(bench, text, (*path, key))
    if low and high and low.endswith("%") and high.endswith("%") and _percent(low) > _percent(high):
        bench.report("E610", (*path, "at_most"), low=low, high=high)


def _percent(text: str) -> Fraction:
    return Fraction(text.removesuffix("%"))


def _share(bench: Bench, text: str, path: DataPath) -> Iterator[Figure]:
    """Check a share; yield it as a number of its rule unless it is a setting's, which says itself where it comes from."""
    if text.endswith("%"):
        if _percent(text) > HUNDRED:
            bench.report("E611", path, found=text)
        yield plain(_percent(text)) + "%", bench.spans.place(path)
        return
    for value in _values(bench, text, path):
        if not 0 <= value <= HUNDRED:
            bench.report("E611", path, found=f"{text} = {value}")


def _whole(bench: Bench, value: int | str, path: DataPath) -> None:
    for one in _values(bench, value, path) if isinstance(value, str) else ():
        if one != one.to_integral_value() or not 1 <= one <= MOST:
            bench.report("E612", path, found=value, value=one, most=MOST)


def _values(bench: Bench, id_: str, path: DataPath) -> list[Decimal]:
    """Return the values that a setting named here can have; report one that is not there, or that differs from branch to branch."""
    bench.used.add(id_)
    if not bench.known(id_, bench.pack.settings, "E613", path):
        return []
    setting: Setting = bench.pack.settings[id_]
    if setting.by:
        bench.report("E614", path, found=id_, by=setting.by)
        return []
    return [*([setting.value] if setting.value is not None else []), *setting.by_date.values()]


def _sourced(bench: Bench, rule: Cap | Hint | Rise | Streak, path: DataPath, shares: list[Figure]) -> None:
    bench.sources(rule.basis, (*path, "basis"))
    bench.numbers(rule.numbers, path, [*figures_in(bench, rule, path), *shares])
