"""When each open unit would be built: a simple order of work, one unit a takt on each line.

Units on the line come first, then those with a start of their own, then by due day, lot and kit. A
unit starts when the line is free and its lot is expected on site. Detailed sequences come from the
sequencing room; this is what a foreman would write on a board, and is shown as such.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knockdown.kitting.book import KitBook
from knockdown.kitting.moments import day_of
from knockdown.kitting.question import OpenUnit
from knockdown.kitting.terms import KitPlant

FAR = 10**7


@dataclass(frozen=True, slots=True)
class Slot:
    """A unit's place on its line. `start_h` counts working hours from the day asked about."""

    unit_id: str
    line_id: str
    start_h: float
    takt_h: float
    start_day: int
    finish_day: int


class Board:
    """The order of work on every line.

    Parameters
    ----------
    plant : KitPlant
    book : KitBook
    units : sequence of OpenUnit
    lot_days : mapping of kit lot to day
        First day on which a unit of the lot can start; lots not named are on site.
    at_day : int
    """

    def __init__(
        self,
        plant: KitPlant,
        book: KitBook,
        units: Sequence[OpenUnit],
        lot_days: Mapping[str, int],
        at_day: int,
    ) -> None:
        self.plant, self.book, self.at_day = plant, book, at_day
        self.lot_days = lot_days
        self._first = bisect_left(plant.workdays, at_day)
        self._n_stations = _longest(plant)
        self.slots: dict[str, Slot] = {}
        self.order: dict[str, list[str]] = {}
        for line_id in sorted({unit.line_id for unit in units}):
            self._fill(line_id, sorted((u for u in units if u.line_id == line_id), key=self._turn))

    def _turn(self, unit: OpenUnit) -> tuple[int, int, int, int, str, int, str]:
        stage = ("off_line", "in_work", "released", "planned").index(unit.stage)
        named = self.book.units.get(unit.unit_id)
        starts = FAR if named is None or named.starts_at is None else day_of(named.starts_at)
        arrives = self.lot_days.get(unit.kit_lot_id or "", 0)
        due = FAR if unit.due_day is None else unit.due_day
        return stage, starts, due, arrives, unit.kit_lot_id or "", unit.kit_no or 0, unit.unit_id

    def _fill(self, line_id: str, units: Sequence[OpenUnit]) -> None:
        free_h = 0.0
        self.order[line_id] = []
        for unit in units:
            takt_h = max(self.plant.variants[unit.variant_id].takt_h, 0.05)
            named = self.book.units.get(unit.unit_id)
            begin = 0.0
            if unit.stage == "planned":
                arrives = self.lot_days.get(unit.kit_lot_id or "", 0)
                starts = 0 if named is None or named.starts_at is None else day_of(named.starts_at)
                begin = max(free_h, self.hours_to(max(arrives, starts)))
                free_h = begin + takt_h
            length_h = takt_h * self._n_stations.get(line_id, 1)
            finish_h = begin + (0.0 if unit.stage == "off_line" else length_h)
            self.slots[unit.unit_id] = Slot(
                unit.unit_id, line_id, begin, takt_h, self.day_at(begin), self.day_at(finish_h)
            )
            self.order[line_id].append(unit.unit_id)

    def hours_to(self, day: int) -> float:
        """Working hours from the day asked about to the beginning of another."""
        return max(0, bisect_left(self.plant.workdays, day) - self._first) * self.plant.day_h

    def day_at(self, hours: float) -> int:
        """The day on which working hours from the day asked about are over; the last known day at most."""
        index = self._first + int(hours / self.plant.day_h + 1e-9)
        return self.plant.workdays[min(index, len(self.plant.workdays) - 1)]

    def reach_h(self, unit_id: str, station_id: str) -> float:
        """Working hours until a unit reaches a station; it moves on a station a takt."""
        slot = self.slots[unit_id]
        return slot.start_h + max(0, self._ahead(unit_id, station_id)) * slot.takt_h

    def is_behind(self, unit_id: str, station_id: str) -> bool:
        """Whether a unit in work has left a station of its line behind."""
        return self._ahead(unit_id, station_id) < 0

    def _ahead(self, unit_id: str, station_id: str) -> int:
        """Stations of the line between a unit and a station; negative when the unit is beyond it."""
        station, named = self.plant.stations[station_id], self.book.units.get(unit_id)
        at = None if named is None else self.plant.stations.get(named.station_id or "")
        return station.position - (at.position if at is not None and at.line_id == station.line_id else 1)


def _longest(plant: KitPlant) -> dict[str, int]:
    """Number of stations of each line."""
    found: dict[str, int] = {}
    for station in plant.stations.values():
        found[station.line_id] = max(found.get(station.line_id, 0), station.position)
    return found
