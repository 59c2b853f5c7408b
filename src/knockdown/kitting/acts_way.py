"""What people do with a lot on its way, as commands: it comes, goes in bond, is cleared, empties go back."""

from __future__ import annotations

from collections.abc import Sequence

from knockdown.basics.faults import BadInput, Fault
from knockdown.events.codes import Packaging
from knockdown.events.commands import (
    BondKitLot,
    ClearKitLot,
    Command,
    ReceiveKitLot,
    ReturnPackaging,
    ShipKitLot,
)
from knockdown.kitting.acts_checks import Checks
from knockdown.kitting.moments import day_of, iso
from knockdown.kitting.opening import ALL


class WayActs(Checks):
    """Acts on lots between the partner and the store; fields as in `acts.Acts`."""

    def ship(
        self, lot_id: str, containers: Sequence[str] = (), expected_ms: int | None = None
    ) -> list[Command]:
        """The partner sent a lot; said again with another day expected, that is the day from now on."""
        self._lot(lot_id)
        said: list[object] = [*containers]
        if expected_ms is not None:
            self._refuse_past("--expected", iso(day_of(expected_ms)) or "", "when it was sent or said")
            said.append(f"expected:{expected_ms}")
        head = self._head("ship", lot_id, *said)
        return [ShipKitLot(**head, container_ids=tuple(containers), expected_at=expected_ms)]

    def receive(self, lot_id: str, containers: Sequence[str] = ()) -> list[Command]:
        """A lot, or some of its containers, came."""
        self._lot(lot_id)
        self._containers(lot_id, containers)
        head = self._head("receive", lot_id, *containers)
        return [ReceiveKitLot(**head, container_ids=tuple(containers))]

    def bond(
        self, lot_id: str, declaration: str, bond_until: str, containers: Sequence[str] = ()
    ) -> list[Command]:
        """What came went into bond until the end of a day; of what is in bond, another day may be said."""
        self._lot(lot_id)
        self._containers(lot_id, containers)
        self._refuse_past("--until", bond_until, "when it began")
        head = self._head("bond", lot_id, declaration, *containers, f"until:{bond_until}")
        return [
            BondKitLot(
                **head, declaration=declaration, bond_until=bond_until, container_ids=tuple(containers)
            )
        ]

    def clear(
        self,
        lot_id: str,
        declaration: str | None = None,
        cost_cents: int | None = None,
        containers: Sequence[str] = (),
    ) -> list[Command]:
        """Customs let go what came."""
        self._lot(lot_id)
        self._containers(lot_id, containers)
        said = [] if cost_cents is None else [f"cost:{cost_cents}"]
        return [
            ClearKitLot(
                **self._head("clear", lot_id, declaration or "", *containers, *said),
                declaration=declaration,
                container_ids=tuple(containers),
                value_cents=cost_cents,
                currency=None if cost_cents is None else self.plant.currency,
            )
        ]

    def _containers(self, lot_id: str, containers: Sequence[str]) -> None:
        known = {case.container_id for case in self.book.cases_of(lot_id)} - {None}
        step = f"its packing list has {', '.join(sorted(map(str, known)))}"
        odd = [name for name in containers if known and name not in known]
        if odd:
            raise BadInput(
                Fault("CONTAINER", None, None, name, f"is not of lot {lot_id}", step) for name in odd
            )

    # Packaging

    def return_packaging(self, partner_id: str, packaging: str, n_pieces: int) -> list[Command]:
        """Empty crates or frames went back to a partner."""
        if partner_id not in self.plant.partners:
            raise self.unknown("PARTNER", partner_id, self.plant.partners)
        choices = [each.value for each in Packaging]
        if packaging not in choices:
            step = f"write one of {', '.join(choices)}"
            raise BadInput([Fault("PACKAGING", None, None, packaging, "is no packaging", step)])
        head = self._head("return", partner_id, packaging, n_pieces)
        head["subject_id"] = self.plant.plant_id
        if not self._told(head):
            self._empty(partner_id, packaging, n_pieces)
        return [
            ReturnPackaging(
                **head, partner_id=partner_id, packaging=Packaging.read(packaging), n_pieces=n_pieces
            )
        ]

    def _empty(self, partner_id: str, packaging: str, n_pieces: int) -> None:
        """Refuse more than were emptied here and did not go back yet."""
        n_empty = -self.book.packaging_back[partner_id, packaging]
        for case in self.book.cases.values():
            lot = self.book.lots.get(case.kit_lot_id)
            contract = self.plant.contracts.get((lot.contract_id if lot else None) or "")
            whose = None if contract is None or case.case_id.endswith(ALL) else contract.partner_id
            is_empty = case.opened_at is not None
            n_empty += is_empty and (whose, case.packaging) == (partner_id, packaging)
        if n_pieces > n_empty:
            what = packaging.replace("_", " ")
            problem = f"is more than the {max(0, n_empty)} empty pieces ({what}) here of {partner_id}"
            step = f"`{self.plant.command('packaging')}` counts them; a case is empty once it is opened"
            raise BadInput([Fault("PIECES", None, None, str(n_pieces), problem, step)])
