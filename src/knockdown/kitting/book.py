"""The kit book: where every piece of every lot is, folded from what happened.

Pieces of a part belong to a kit lot, or are loose (lot None). A cell holds one part of one lot;
every event moves pieces from one place of a cell to another, or brings them in, so what came in
is always what is somewhere: the law of conservation that the tests hold the room to.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

Key = tuple[str | None, str]  # kit lot, or None for loose parts; part
CAME_IN = ("packed", "surplus", "came", "borrowed", "paid_in", "counted")
IS_AT = (
    "closed", "on_hand", "at_line", "fitted", "missing", "bad", "scrapped", "returned", "lent", "paid_out",
)  # fmt: skip


@dataclass(slots=True)
class Cell:
    """Pieces of one part of one lot.

    Parameters
    ----------
    packed, surplus, came, borrowed, paid_in, counted : int
        How they came: by the packing list, beyond it, as replacement or purchase, from another lot,
        given back by another lot, and what counting the store put right (may be negative).
    closed, on_hand, at_line, fitted, missing, bad, scrapped, returned, lent, paid_out : int
        Where they are: in closed cases, in store and good, issued to the line, in units, never there
        (claimed), bad and waiting, thrown away, sent back, lent to another lot, given back to one.
    """

    packed: int = 0
    surplus: int = 0
    came: int = 0
    borrowed: int = 0
    paid_in: int = 0
    counted: int = 0
    closed: int = 0
    on_hand: int = 0
    at_line: int = 0
    fitted: int = 0
    missing: int = 0
    bad: int = 0
    scrapped: int = 0
    returned: int = 0
    lent: int = 0
    paid_out: int = 0

    @property
    def n_in(self) -> int:
        """Pieces that came in."""
        return sum(getattr(self, name) for name in CAME_IN)

    @property
    def n_somewhere(self) -> int:
        """Pieces that are somewhere; always as many as came in."""
        return sum(getattr(self, name) for name in IS_AT)


@dataclass(slots=True)
class CaseBook:
    """A case: what its packing list says now, and what it held.

    `held` is what it brought as far as is known: packed, less what was found missing or bad in it, and
    what was found beyond the list. Pieces that were issued since stay counted.
    """

    case_id: str
    kit_lot_id: str
    container_id: str | None = None
    shipment_id: str | None = None
    packaging: str = "crate"
    mass_g: int | None = None
    revision: int = 0
    paper_id: str | None = None
    launch_no: str | None = None
    lines: list[tuple[str, str | None, int]] = field(default_factory=list)
    opened_at: int | None = None
    held: Counter[str] = field(default_factory=Counter)
    counted: dict[str, int] = field(default_factory=dict)
    is_blind: bool = False


@dataclass(slots=True)
class Found:
    """A discrepancy."""

    discrepancy_id: str
    kit_lot_id: str
    part_id: str
    code: str
    n_parts: int
    found_at: int
    case_id: str | None
    in_assembly: bool
    unit_id: str | None
    photo: str | None
    person_id: str | None
    claim_id: str | None = None
    n_disposed: int = 0


@dataclass(slots=True)
class ClaimBook:
    """A claim. `state` is draft, sent, accepted, replaced, credited or rejected.

    `replaced` are pieces that came under it, `paid` those that a credit paid for while the rest stayed open.
    `asked` says how many pieces of each discrepancy it is for: all, less what could be used after all before
    it was sent.
    """

    claim_id: str
    kit_lot_id: str
    discrepancy_ids: tuple[str, ...]
    state: str
    drafted_at: int
    due_at: int | None
    value_cents: int | None
    currency: str | None
    sent_at: int | None = None
    answered_at: int | None = None
    expected_at: int | None = None
    reason: str | None = None
    credited_cents: int = 0
    asked: dict[str, int] = field(default_factory=dict)
    replaced: Counter[str] = field(default_factory=Counter)
    paid: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class BorrowBook:
    """Pieces that a lot owes another; it balances to zero when they are paid back."""

    borrow_id: str
    from_kit_lot_id: str
    to_kit_lot_id: str
    to_unit_id: str | None
    part_id: str
    n_parts: int
    borrowed_at: int
    n_paid: int = 0
    paid_at: int | None = None

    @property
    def n_owed(self) -> int:
        """Pieces still owed."""
        return self.n_parts - self.n_paid


REST = ""  # all of a lot that is not known by the name of its container


@dataclass(slots=True)
class LotBook:
    """A kit lot on its way. `arrived`, `bonded`, `cleared`: containers, or True for the whole lot.

    `taken_at` says when a step was taken by a container, `bonds` until when what is in bond may stay;
    in both an empty name is the rest of the lot. `promised_at` is when the day expected was last said.
    """

    kit_lot_id: str
    contract_id: str | None = None
    variant_id: str | None = None
    n_kits: int = 0
    n_used: int = 0
    cost_cents: int = 0
    currency: str | None = None
    ordered_at: int | None = None
    shipped_at: int | None = None
    arrived_at: int | None = None
    cleared_at: int | None = None
    expected_at: int | None = None
    promised_at: int | None = None
    declaration: str | None = None
    bond_until: str | None = None
    bonds: dict[str, str] = field(default_factory=dict)
    taken_at: dict[tuple[str, str], int] = field(default_factory=dict)
    arrived: set[str] | bool = False
    bonded: set[str] | bool = False
    cleared: set[str] | bool = False

    def status_of(self, container_id: str | None) -> str:
        """Where a container of the lot is: ordered, transit, customs, bonded or cleared."""
        for name in ("cleared", "bonded", "arrived"):
            extent = getattr(self, name)
            if extent is True or (extent and container_id in extent):
                return "customs" if name == "arrived" else name
        return "transit" if self.shipped_at is not None else "ordered"

    def take(self, step: str, containers: Iterable[str], at_ms: int) -> set[str]:
        """Note that containers arrived, were bonded or cleared: those named, else all that is here."""
        done, names = getattr(self, step), set(containers)
        if step != "arrived" and isinstance(self.arrived, set):
            names = names or self.arrived
        setattr(self, step, True if done is True or not names else (done or set()) | names)
        names = names or {REST}
        for name in names:
            self.taken_at.setdefault((step, name), at_ms)
        return names

    def bond(self, containers: Iterable[str], until: str, at_ms: int) -> None:
        """Note what went into bond; when nothing new did, all that is in bond has another day."""
        named = set(containers)
        names = self.take("bonded", named, at_ms)
        fresh = {name for name in names - self.bonds.keys() if self.since("cleared", name) is None}
        self.bonds.update(dict.fromkeys(named or fresh or self.bonds, until))
        self.bond_until = min(self.bonds.values(), default=until)

    def clear(self, containers: Iterable[str], at_ms: int) -> None:
        """Note what customs let go; the day of the bond that ended last is kept."""
        names = self.take("cleared", containers, at_ms)
        self.bonds = {} if REST in names else {k: day for k, day in self.bonds.items() if k not in names}
        self.bond_until = min(self.bonds.values(), default=self.bond_until)

    def since(self, step: str, container_id: str | None) -> int | None:
        """When a container took a step, by its name or with the rest of the lot."""
        own = self.taken_at.get((step, container_id or REST))
        return self.taken_at.get((step, REST)) if own is None else own

    @property
    def status(self) -> str:
        """Where the lot is: the furthest step that any of it took."""
        if self.cleared:
            return "cleared"
        if self.bonded:
            return "bonded"
        if self.arrived:
            return "customs"
        return "transit" if self.shipped_at is not None else "ordered"

    @property
    def is_in_bond(self) -> bool:
        """Whether any of it went into bond and was not cleared since."""
        if isinstance(self.bonded, set) and isinstance(self.cleared, set):
            return bool(self.bonded - self.cleared)
        return bool(self.bonded) and self.cleared is not True


@dataclass(slots=True)
class UnitBook:
    """A unit. `stage` is planned, released, in_work, off_line or gone."""

    unit_id: str
    variant_id: str | None = None
    line_id: str | None = None
    kit_lot_id: str | None = None
    kit_no: int | None = None
    stage: str = "planned"
    station_id: str | None = None
    starts_at: int | None = None
    due_at: int | None = None
    released_at: int | None = None
    left_line_at: int | None = None
    open_part_ids: tuple[str, ...] = ()
    issued: Counter[Key] = field(default_factory=Counter)
    fitted: Counter[Key] = field(default_factory=Counter)
    from_cases: set[tuple[str, str]] = field(
        default_factory=set
    )  # case and part, where a fitter scanned both

    def got(self) -> Counter[str]:
        """Pieces it has, issued or fitted, by part."""
        pieces: Counter[str] = Counter()
        for cells in (self.issued, self.fitted):
            for (_, part_id), n_parts in cells.items():
                pieces[part_id] += n_parts
        return pieces


@dataclass(slots=True)
class KitBook:
    """All of it, after some events; `last_at` is when the last of them happened."""

    cells: defaultdict[Key, Cell] = field(default_factory=lambda: defaultdict(Cell))
    lots: dict[str, LotBook] = field(default_factory=dict)
    cases: dict[str, CaseBook] = field(default_factory=dict)
    units: dict[str, UnitBook] = field(default_factory=dict)
    found: dict[str, Found] = field(default_factory=dict)
    claims: dict[str, ClaimBook] = field(default_factory=dict)
    borrows: dict[str, BorrowBook] = field(default_factory=dict)
    usable: Counter[str] = field(default_factory=Counter)
    unasked: Counter[tuple[str, str]] = field(default_factory=Counter)
    packaging_back: Counter[tuple[str, str]] = field(default_factory=Counter)
    store_counts: dict[tuple[Key, str], int] = field(default_factory=dict)
    differences: defaultdict[tuple[str, str], dict[str, int]] = field(
        default_factory=lambda: defaultdict(dict)
    )  # of (case, part): entry -> pieces beyond the list, or short of it (negative), that a recount may undo
    last_at: int = 0
    n_events: int = 0

    def lot(self, kit_lot_id: str) -> LotBook:
        """A lot, made when it is first heard of."""
        return self.lots.setdefault(kit_lot_id, LotBook(kit_lot_id))

    def unit(self, unit_id: str) -> UnitBook:
        """A unit, made when it is first heard of."""
        return self.units.setdefault(unit_id, UnitBook(unit_id))

    def units_of(self) -> dict[str, list[UnitBook]]:
        """Units by the kit lot they are built from."""
        found: dict[str, list[UnitBook]] = defaultdict(list)
        for unit in self.units.values():
            if unit.kit_lot_id is not None:
                found[unit.kit_lot_id].append(unit)
        return found

    def cases_of(self, kit_lot_id: str) -> list[CaseBook]:
        """Cases of a lot, by id."""
        return sorted(
            (case for case in self.cases.values() if case.kit_lot_id == kit_lot_id), key=lambda c: c.case_id
        )

    def n_asked(self, claim: ClaimBook) -> Counter[str]:
        """Pieces that a claim is for, by part."""
        asked: Counter[str] = Counter()
        for discrepancy_id, n_parts in claim.asked.items():
            asked[self.found[discrepancy_id].part_id] += n_parts
        return asked

    def open_of(self, claim: ClaimBook) -> Counter[str]:
        """Pieces of a claim, by part, for which neither parts nor money came yet."""
        if claim.state == "credited":
            return Counter()
        return self.n_asked(claim) - claim.replaced - claim.paid

    def n_open(self, found: Found) -> int:
        """Pieces of a discrepancy for which neither parts nor money have come yet under its claim."""
        claim = self.claims.get(found.claim_id or "")
        return found.n_parts if claim is None else self.open_rows(claim)[found.discrepancy_id]

    def open_rows(self, claim: ClaimBook) -> dict[str, int]:
        """What is open of a claim, by discrepancy: what came settled the first of a part first."""
        left, rows = self.open_of(claim), {}
        for discrepancy_id in reversed(claim.discrepancy_ids):
            part_id = self.found[discrepancy_id].part_id
            rows[discrepancy_id] = min(left[part_id], claim.asked[discrepancy_id])
            left[part_id] -= rows[discrepancy_id]
        return rows

    def n_wanted(self, found: Found) -> int:
        """Pieces of a discrepancy that the partner still owes: not usable after all, not sent unasked.

        Pieces that came without a claim settle the oldest discrepancies of their part first.
        """
        usable = self.usable[found.discrepancy_id]
        left = self.unasked[found.kit_lot_id, found.part_id]
        for other in self.found.values():
            if (other.kit_lot_id, other.part_id) != (found.kit_lot_id, found.part_id) or other.claim_id:
                continue
            open_parts = other.n_parts - self.usable[other.discrepancy_id]
            taken = min(left, open_parts)
            if other is found:
                return open_parts - taken
            left -= taken
        claim = self.claims[found.claim_id] if found.claim_id else None
        n_more = usable if claim is None else usable - (found.n_parts - claim.asked[found.discrepancy_id])
        return max(0, self.n_open(found) - n_more)
