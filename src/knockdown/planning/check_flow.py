"""Whether crews can do the work: hours of people handed out to skills, by augmenting paths."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, MutableMapping

Given = MutableMapping[tuple[str, str], float]
"""Hours handed out so far, by crew and skill."""
Skills = Mapping[str, tuple[str, ...]]
"""Skills of each crew."""
LEAST_H = 0.01
"""Hours too few to count."""


def unserved(need: Mapping[str, float], give: Mapping[str, float], skills: Skills) -> tuple[str, ...]:
    """Skills that together need more hours than the crews who have them give; empty when all are served.

    Hours are handed out along shortest augmenting paths (Edmonds, Karp 1972). Where no path is left, the
    skills reached are those for which Hall's condition fails.

    Parameters
    ----------
    need : mapping of str to float
        Hours of each skill.
    give : mapping of str to float
        Hours each crew gives, over all its skills.
    skills : mapping of str to tuple of str
        Skills of each crew.

    Returns
    -------
    tuple of str
        Names of the skills, in order.

    Examples
    --------
    >>> crews = {"a": ("paint", "weld"), "b": ("paint",)}
    >>> unserved({"paint": 4, "weld": 5}, {"a": 5, "b": 5}, crews)
    ()
    >>> unserved({"paint": 4, "weld": 6}, {"a": 5, "b": 5}, crews)
    ('weld',)
    >>> unserved({"paint": 6, "weld": 5}, {"a": 5, "b": 5}, crews)
    ('paint', 'weld')
    """
    left = dict(give)
    given: Given = defaultdict(float)
    for skill, hours in need.items():
        while hours > LEAST_H:
            free, came = _reach(skill, left, given, skills)
            if free is None:
                return tuple(sorted({skill, *came}))
            hours -= _hand_out(free, hours, came, left, given)
    return ()


def _reach(
    skill: str, left: Mapping[str, float], given: Given, skills: Skills
) -> tuple[tuple[str, str] | None, dict[str, tuple[str, str]]]:
    """Search for a crew with time left, from a skill and over the skills whose crews could take it over.

    Returns the crew found and the skill it would do, or None; and for each skill passed on the way, the crew
    that would leave it and the skill this makes room for.
    """
    came: dict[str, tuple[str, str]] = {}
    wanted, seen = [skill], set()
    for each in wanted:  # grows while it is read
        for crew in [c for c in skills if each in skills[c] and c not in seen]:
            if left[crew] > 1e-9:
                return (crew, each), came
            seen.add(crew)
            more = [other for other in skills[crew] if other not in wanted and given[crew, other] > 1e-9]
            wanted += more
            came |= dict.fromkeys(more, (crew, each))
    return None, came


def _hand_out(
    free: tuple[str, str],
    hours: float,
    came: Mapping[str, tuple[str, str]],
    left: MutableMapping[str, float],
    given: Given,
) -> float:
    """Give a crew's free hours to a skill and pass on the hours this sets free; returns hours gained."""
    crew, skill = free
    moves = []
    while skill in came:
        leaver, room = came[skill]
        moves.append((leaver, skill, room))
        skill = room
    hours = min(hours, left[crew], *(given[c, old] for c, old, _ in moves))
    left[crew] -= hours
    given[free] += hours
    for c, old, new in moves:
        given[c, old] -= hours
        given[c, new] += hours
    return hours
