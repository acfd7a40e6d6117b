"""Townships given to inspection teams: exactly, so that an assignment is found whenever the rules leave one.

Townships come in one by one; each looks for the cheapest way to a team with room, along which others may change teams (augmenting
paths of least cost). The result has the fewest repeated pairs that any assignment has, and of those the most even shares.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

__all__ = ["Blocked", "Pairing", "pair"]

Cost = Callable[[str, str], int | None]


@dataclass(frozen=True)
class Blocked:
    """A township without a team. ``teams`` are those that it could reach, all of them full with ``townships``."""

    township: str
    townships: tuple[str, ...]
    teams: tuple[str, ...]


@dataclass(frozen=True)
class Pairing:
    teams: dict[str, str]  # by township
    blocked: tuple[Blocked, ...] = ()


def pair(townships: Sequence[str], teams: Sequence[str], cost: Cost, most: int) -> Pairing:
    """Return a team for each township, at most ``most`` townships for each team.

    ``cost`` of township and team is None where a rule forbids the pair, else what is to be kept low. Ties go by the order given.
    """
    weight = len(townships) ** 2 + 1  # more than all that uneven shares can cost
    costs = {t: {g: weight * c for g in teams if (c := cost(t, g)) is not None} for t in townships}
    given: dict[str, str] = {}
    blocked = []
    for township in townships:
        reached, through = _reach(township, teams, costs, given)
        loads = {team: sum(one == team for one in given.values()) for team in reached}
        free = [team for team in teams if team in reached and loads[team] < most]
        if not free:
            full = tuple(t for t in townships if given.get(t) in reached)
            blocked.append(Blocked(township, full, tuple(team for team in teams if team in reached)))
            continue
        # The n-th township of a team costs 2n - 1, so that all together cost the sum of squares.
        team = min(free, key=lambda one: reached[one] + 2 * loads[one] + 1)
        while True:
            moved = through[team]
            before = given.get(moved)
            given[moved] = team
            if before is None:
                break
            team = before
    return Pairing({township: given[township] for township in townships if township in given}, tuple(blocked))


def _reach(
    start: str, teams: Sequence[str], costs: dict[str, dict[str, int]], given: dict[str, str]
) -> tuple[dict[str, int], dict[str, str]]:
    """Return what it costs to bring one more township to each team that can be reached, and which township would move there."""
    reached = dict(costs[start])
    through = dict.fromkeys(reached, start)
    changed = True
    while changed:
        changed = False
        for township, team in given.items():
            if team not in reached:
                continue
            left = reached[team] - costs[township][team]
            for other in teams:
                price = costs[township].get(other)
                if price is None or other == team or reached.get(other, left + price + 1) <= left + price:
                    continue
                reached[other], through[other] = left + price, township
                changed = True
    return reached, through
