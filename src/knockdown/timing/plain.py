"""The line recursion once more, told as a story in plain Python: the referee of the compiled one.

It moves vehicles one event at a time over places and buffers, and knows nothing of the recursion's
indices, so that the two can only agree when both are right.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class _Post:
    """A station while the story is told: who is on it, in order of entry, and who waits after it."""

    places: int
    buffer: int
    on: deque[int] = field(default_factory=deque)
    after: deque[int] = field(default_factory=deque)


class _Story:
    def __init__(
        self,
        ready: Sequence[int],
        work: Sequence[Sequence[int]],
        places: Sequence[int],
        buffers: Sequence[int],
    ) -> None:
        self.ready, self.work = ready, work
        self.posts = [_Post(p, b) for p, b in zip(places, buffers, strict=True)]
        self.start = [[-1] * len(places) for _ in ready]
        self.done = [[-1] * len(places) for _ in ready]
        self.leave = [[-1] * len(places) for _ in ready]
        self.next_in = 0

    def moments(self) -> set[int]:
        """Every moment at which something may be due."""
        entering = set() if self.next_in >= len(self.ready) else {self.ready[self.next_in]}
        return entering | {self.done[n][j] for j, post in enumerate(self.posts) for n in post.on}

    def enter(self, n: int, j: int, now: int) -> None:
        self.posts[j].on.append(n)
        self.start[n][j] = now
        self.done[n][j] = now + self.work[n][j]

    def step(self, now: int, wip_max: int) -> bool:
        """Make one move that is possible now, downstream first; False when there is none."""
        for j in reversed(range(len(self.posts))):
            if self._move_off(j, now) or self._move_on(j, now):
                return True
        inside = sum(len(post.on) + len(post.after) for post in self.posts)
        first = self.posts[0]
        if (
            self.next_in < len(self.ready)
            and self.ready[self.next_in] <= now
            and len(first.on) < first.places
        ):
            if wip_max and inside >= wip_max:
                return False
            self.enter(self.next_in, 0, now)
            self.next_in += 1
            return True
        return False

    def _move_off(self, j: int, now: int) -> bool:
        """The vehicle longest on station j goes into the buffer, straight on, or out of the line."""
        post = self.posts[j]
        if not post.on or self.done[post.on[0]][j] > now:
            return False
        last = j + 1 == len(self.posts)
        room = last or len(post.after) < post.buffer
        straight = not last and not post.after and len(self.posts[j + 1].on) < self.posts[j + 1].places
        if not room and not straight:
            return False
        n = post.on.popleft()
        self.leave[n][j] = now
        if straight:
            self.enter(n, j + 1, now)
        elif not last:
            post.after.append(n)
        return True

    def _move_on(self, j: int, now: int) -> bool:
        """The vehicle first in the buffer after station j enters the next station."""
        post = self.posts[j]
        if not post.after or len(self.posts[j + 1].on) >= self.posts[j + 1].places:
            return False
        self.enter(post.after.popleft(), j + 1, now)
        return True


def line_times(
    ready: Sequence[int],
    work: Sequence[Sequence[int]],
    places: Sequence[int],
    buffers: Sequence[int],
    wip_max: int = 0,
) -> tuple[list[list[int]], list[list[int]], list[list[int]]]:
    """Entry, end of work and departure of every vehicle at every station, played event by event.

    Parameters
    ----------
    ready, work, places, buffers, wip_max
        As of `knockdown.timing.recursion.line_times`, in any integer unit.

    Returns
    -------
    start, done, leave : list of list of int
        One row a vehicle, one column a station, in the unit given.

    Examples
    --------
    >>> line_times([0, 0], [[10, 30], [10, 30]], [1, 1], [0, 0])[2]
    [[10, 40], [40, 70]]
    """
    story = _Story(ready, work, places, buffers)
    now = min(story.moments(), default=0)
    while True:
        while story.step(now, wip_max):
            pass
        later = [moment for moment in story.moments() if moment > now]
        if not later:
            return story.start, story.done, story.leave
        now = min(later)


def paced_times(
    ready: Sequence[int],
    work: Sequence[Sequence[int]],
    places: Sequence[int],
    buffers: Sequence[int],
    wip_max: int = 0,
) -> tuple[list[list[int]], list[list[int]], list[list[int]]]:
    """Entry, end of work and departure on a paced line, played move by move on a belt of cells.

    A station is a run of `places` cells, and `buffers` empty ones follow it, but for the last. The belt moves
    by one cell when every vehicle on the last cell of its station is done; the next vehicle is put on the
    first cell if it is ready at that moment, and an empty belt waits for it.

    Parameters
    ----------
    ready, work, places, buffers, wip_max
        As of `line_times`.

    Returns
    -------
    start, done, leave : list of list of int
        As of `line_times`.

    Examples
    --------
    >>> paced_times([0, 0, 50], [[10, 30], [20, 5], [1, 1]], [1, 1], [0, 0])[2]
    [[10, 40], [40, 45], [51, 52]]
    """
    start, done, leave = ([[-1] * len(places) for _ in ready] for _ in range(3))
    stations: list[int | None] = []
    for j, cells in enumerate(places):
        stations += [j] * cells + [None] * (buffers[j] if j + 1 < len(places) else 0)
    belt: list[int | None] = [None] * len(stations)
    coming, now = deque(range(len(ready))), 0
    while coming or any(n is not None for n in belt):
        for place, n in enumerate(belt):
            at = stations[place]
            if n is not None and at is not None and stations[place + 1 : place + 2] != [at]:
                now = max(now, done[n][at])
        if all(n is None for n in belt):
            now = max(now, ready[coming[0]])
        before = [None, *belt]
        belt = before[:-1]
        inside = sum(n is not None for n in belt)
        if coming and ready[coming[0]] <= now and not (wip_max and inside >= wip_max):
            belt[0] = coming.popleft()
        for place, n in enumerate([*belt, before[-1]]):
            new = stations[place] if place < len(stations) else None
            old = stations[place - 1] if place else None
            if n is not None and old is not None and new != old:
                leave[n][old] = now
            if n is not None and new is not None and new != old:
                start[n][new] = now
                done[n][new] = now + work[n][new]
    return start, done, leave
