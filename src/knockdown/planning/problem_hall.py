"""Product and hall: variants, families, lines and crews as the planner sees them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property

from knockdown.planning.problem_supply import Supply
from knockdown.planning.problem_view import View
from knockdown.planning.question import CrewSpec, Facility, FamilySpec, LineSpec, VariantSpec
from knockdown.plant.line import Crew
from knockdown.plant.product import Family
from knockdown.plant.sources import rests_on_assumption
from knockdown.plant.supply import Stock


def relearn_factor(family: Family) -> float:
    """Hours lost to learning again at a campaign's start, in units of one experienced vehicle.

    After a month without building, a share of the gain is forgotten. With hours of unit n equal to
    (n / N) ** log2(rate) until N units restore full experience (log-linear learning, Wright 1936), the
    loss is that share of the sum of the first N excesses.
    """
    if family.learning_rate >= 1 or family.forgetting_share_month <= 0:
        return 0.0
    slope = math.log2(family.learning_rate)
    units = family.experienced_units
    return family.forgetting_share_month * sum((n / units) ** slope - 1 for n in range(1, units + 1))


class Hall:
    """What a plant builds, where, and who does it."""

    def __init__(self, view: View, supply: Supply) -> None:
        self.view = view
        self.plant = view.plant
        self.supply = supply

    @cached_property
    def _skill_min(self) -> Mapping[str, Mapping[str, float]]:
        """Labour minutes of one unit by family and skill."""
        minutes: dict[str, dict[str, float]] = {}
        for element in self.plant.work_elements.values():
            by_skill = minutes.setdefault(element.family, {})
            by_skill[element.skill] = by_skill.get(element.skill, 0.0) + element.minutes * element.people
        return minutes

    @cached_property
    def _cycles_h(self) -> Mapping[tuple[str, str], float]:
        """Hours between two units leaving a line's slowest station, by family and line."""
        stations = self.plant.stations
        minutes: dict[tuple[str, str], dict[str, float]] = {}
        for e in self.plant.work_elements.values():
            at = minutes.setdefault((e.family, stations[e.station].line), {})
            at[e.station] = at.get(e.station, 0.0) + e.minutes * e.people
        return {
            key: max(m / stations[s].people / stations[s].places for s, m in at.items()) / 60
            for key, at in minutes.items()
        }

    @cached_property
    def _stock(self) -> Mapping[str, list[Stock]]:
        """Stock at the start by variant."""
        rows: dict[str, list[Stock]] = {}
        for row in self.plant.stock:
            if self.view.opens(row.as_of):
                rows.setdefault(row.variant, []).append(row)
        return rows

    def variants(self) -> dict[str, VariantSpec]:
        """Every variant of the plant."""
        return {v: self._variant(v) for v in self.plant.variants}

    def families(self) -> dict[str, FamilySpec]:
        """Every family of the plant."""
        return {f.id: self._family(f) for f in self.plant.families.values()}

    def lines(self) -> dict[str, LineSpec]:
        """Every line, shop and bay of the plant."""
        return {line: self._line(line) for line in self.plant.lines}

    def crews(self) -> dict[str, CrewSpec]:
        """Every crew of the plant."""
        return {c.id: self._crew(c) for c in self.plant.crews.values()}

    def _variant(self, variant_id: str) -> VariantSpec:
        variant, family = self.plant.variants[variant_id], self.plant.family_of(variant_id)
        model, line = self.plant.models[variant.model], self.plant.lines[family.line]
        labour, rows = variant.labour_factor, self._stock.get(variant_id, [])
        return VariantSpec(
            id=variant_id,
            family=family.id,
            line=family.line,
            line_h=self._cycles_h.get((family.id, family.line), 0.0) * labour,
            bay=line.then,
            bay_h=self._cycles_h.get((family.id, line.then), 0.0) * labour if line.then else 0.0,
            skill_h={k: m / 60 * labour for k, m in self._skill_min.get(family.id, {}).items()},
            needs=variant.needs,
            needs_kit=not (line.kind == "shop" and variant_id not in self.supply.covered),
            buildable=tuple(any(a <= p.first.year <= b for a, b in model.built) for p in self.view.periods),
            local_cost=self.view.in_reporting(variant.local_cost, variant.currency),
            local_assumed=rests_on_assumption(variant.source, "local_cost"),
            kit_places=family.kit_places,
            finished_places=family.finished_places,
            kit_value=self.supply.kit_value(variant_id),
            unit_value=self._unit_value(variant_id),
            opening_finished=sum(s.units for s in rows if s.place == "finished"),
            opening_in_work=sum(s.units for s in rows if s.place == "in_work"),
            opening_assumed=any(rests_on_assumption(s.source, "units") for s in rows),
        )

    def _unit_value(self, variant_id: str) -> float:
        variant = self.plant.variants[variant_id]
        local = variant.local_cost * self.view.rates(variant.currency)[0]
        parts = sum(n * self._unit_value(v) for v, n in variant.needs)
        return self.supply.kit_value(variant_id) + local + parts

    def _family(self, family: Family) -> FamilySpec:
        variants = self.plant.variants_of(family.id)
        shortest = min((self.plant.variants[v].labour_factor for v in variants), default=1.0)
        cycle = max(self._cycles_h.get((family.id, family.line), 0.0) * shortest, 1e-3)
        hours = 1.5 * max(self.view.workdays) * self.view.day_h
        begun = (s for v in variants for s in self._stock.get(v, ()) if s.place == "in_work")
        minutes = self._skill_min.get(family.id, {})
        return FamilySpec(
            id=family.id,
            name=family.name,
            line=family.line,
            changeover_h=family.changeover_h,
            relearn_h={k: m / 60 * relearn_factor(family) for k, m in minutes.items()},
            campaign_min_units=family.campaign_min_units,
            most_units=math.ceil(hours / cycle),
            open_at_start=any(s.units > 0 for s in begun),
        )

    def _line(self, line_id: str) -> LineSpec:
        line = self.plant.lines[line_id]
        return LineSpec(
            line_id,
            line.name,
            line.kind,
            tuple(days * self.view.day_h for days in self.view.workdays),
            sum(s.people * s.places for s in self.plant.stations_of(line_id)),
            tuple(f.id for f in self.plant.families.values() if f.line == line_id),
        )

    def _crew(self, crew: Crew) -> CrewSpec:
        days, day_h = self.view.workdays, self.view.day_h
        wage = self.view.a_month(crew.wage_month, crew.currency)
        return CrewSpec(
            id=crew.id,
            name=crew.name,
            skills=crew.skills,
            people_open=crew.people_open,
            people_min=crew.people_min,
            people_max=crew.people_max,
            hire_max=tuple(math.ceil(crew.hire_max_month * share) for share in self.view.month_share),
            hours=tuple(d * day_h * (1 - crew.absence_share) * crew.useful_share for d in days),
            wage=wage,
            overtime_max_share=crew.overtime_max_share,
            overtime_cost_h=tuple(
                w / (max(d, 1) * day_h) * (1 + crew.overtime_premium_share) / crew.useful_share
                for w, d in zip(wage, days, strict=True)
            ),
            hire_cost=self.view.in_reporting(crew.hire_cost, crew.currency),
            leave_cost=self.view.in_reporting(crew.leave_cost, crew.currency),
            wage_assumed=rests_on_assumption(crew.source, "wage_month"),
        )

    def facility(self) -> Facility:
        """What is published of the plant as a whole."""
        facility = self.plant.file.facility
        owners = (f"{o.name} {100 * o.share:g} %" if o.share is not None else o.name for o in facility.owners)
        return Facility(
            facility.capacity_year, facility.jobs, facility.indirect_jobs_per_direct, ", ".join(owners)
        )
