"""Packing lists into the ledger: read whole, compared with what was recorded, stored all or not at all."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from knockdown.basics.faults import BadInput, Fault
from knockdown.basics.ids import digest_id, id_problem
from knockdown.documents.kit_import import (
    ChangedLine,
    ImportedList,
    KitCompare,
    KitImport,
    ListedLot,
    LotVariations,
    MappedColumn,
    RevisedList,
    VariationLine,
)
from knockdown.events.codes import Packaging
from knockdown.events.commands import Command
from knockdown.kitting.acts import pack_case
from knockdown.kitting.book import CaseBook, LotBook
from knockdown.kitting.layout import Mapping as Layout
from knockdown.kitting.outlook import needs_of
from knockdown.kitting.packing_import import Imported, import_list
from knockdown.kitting.packing_list import Known, KnownLot, KnownPart, PackedCase, PackingList
from knockdown.kitting.revise import compare as compared
from knockdown.workflow.kit_acts import When, moment_of
from knockdown.workflow.kit_desk import Desk
from knockdown.workflow.ledger_place import missing

LAYOUT, ALIASES = "kit_layout", "kit_aliases"
MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class _Read:
    """A file that was read, with its cases under the names that they have here."""

    imported: Imported
    cases: tuple[PackedCase, ...]

    @property
    def paper(self) -> PackingList:
        return self.imported.packing_list


def import_lists(
    desk: Desk,
    files: Sequence[Path],
    partner: str | None = None,
    options: Sequence[str] = (),
    aliases: Sequence[str] = (),
    new_parts: bool = False,
    trial: bool = False,
    on: When = None,
) -> KitImport:
    """Take in a partner's packing lists.

    Parameters
    ----------
    desk : Desk
    files : sequence of Path
        XLSX or CSV; all of them are taken in, or none.
    partner : str, optional
        Whose they are; needed when the plant has more than one.
    options : sequence of str
        How they are laid out, where that cannot be seen: see `kitting.layout.parse_map_options`. What was
        found is remembered for the partner.
    aliases : sequence of str
        `THEIRS=OURS`: the partner's number of a part, and the plant's; remembered too.
    new_parts : bool
        Accept part numbers that the plant does not have.
    trial : bool
        Read and compare only; works without a ledger.
    on : optional
        When it happened; now by default.

    Raises
    ------
    BadInput
        With every fault of the first faulty file, or when there is no ledger to record in.
    """
    who = _partner(desk, partner)
    if not trial and not desk.has_ledger:
        raise missing(desk.named, desk.address)
    layout, known_as = desk.noted(LAYOUT, who), json.loads(desk.noted(ALIASES, who) or "{}")
    known_as |= dict(_alias(desk, text) for text in aliases)
    remembered = None if layout is None else Layout.from_json(layout, f"layout of {who}")
    found: list[_Read] = []
    for path in files:
        known = _known(desk, who, known_as)
        read = import_list(path, known, mapping=remembered, options=options, new_parts=new_parts)
        remembered = read.mapping
        found.append(_Read(read, tuple(_named(desk, read.packing_list))))
    _refuse_twice(found)
    lists = tuple(_told(desk, read) for read in found)
    commands = [c for read in found for c in _commands(desk, read, moment_of(on))]
    variations = tuple(_variations_of(desk, found))
    n_new, position = 0, desk.position
    if not trial:
        notes = {(LAYOUT, who): remembered.to_json()} if remembered else {}
        done = desk.do(commands, {**notes, (ALIASES, who): json.dumps(known_as, sort_keys=True)})
        n_new, position = len(done.events), done.position
    return KitImport(
        plant=desk.kits.plant_id,
        partner=who,
        is_recorded=not trial,
        files=lists,
        new=n_new,
        position=position,
        variations=variations[:MOST_LISTED],
        n_variations=len(variations),
    )


def _partner(desk: Desk, partner: str | None) -> str:
    partners = desk.kits.partners
    if partner is None and len(partners) == 1:
        return next(iter(partners))
    if partner not in partners:
        names = ", ".join(f"{name} ({full})" for name, full in list(partners.items())[:12])
        problem = "is not a partner of the plant" if partner else "is not said"
        raise BadInput([Fault("--partner", None, None, partner, problem, f"write one of {names}")])
    return str(partner)


def _alias(desk: Desk, text: str) -> tuple[str, str]:
    theirs, equals, ours = (word.strip() for word in text.rpartition("="))
    if not equals or not theirs or ours not in desk.kits.parts:
        problem = "names no part of the plant" if equals else "is no alias"
        raise BadInput([Fault("--alias", None, None, text, problem, "write THEIRS=OURS, ours a part id")])
    return theirs, ours


def _known(desk: Desk, partner: str, aliases: Mapping[str, str]) -> Known:
    contracts = {name for name, each in desk.kits.contracts.items() if each.partner_id == partner}
    lots = {
        lot.kit_lot_id: KnownLot(lot.contract_id or "", lot.variant_id or "", lot.n_kits)
        for lot in desk.book.lots.values()
        if lot.contract_id in contracts
    }
    parts = {part.part_id: KnownPart(part.name, part.unit) for part in desk.kits.parts.values()}
    return Known(partner, parts, lots, frozenset(desk.kits.variants), dict(aliases))


# Cases under names of their own


def _named(desk: Desk, paper: PackingList) -> Iterator[PackedCase]:
    """Cases as LOT-CASE, since partners number them anew in every lot."""
    faults = []
    for case in paper.cases:
        if case.kit_lot_id is None:
            problem, step = "belongs to no kit lot", "say it: --map lot=:LOT"
            faults.append(Fault(paper.file, None, "case", case.case_id, problem, step))
            continue
        name = case_name(case.kit_lot_id, case.case_id)
        if (problem_of_name := id_problem(name)) is not None:
            faults.append(Fault(paper.file, None, "case", name, problem_of_name, "shorten the lot's name"))
            continue
        faults += _described(desk, paper, case.kit_lot_id, name)
        yield replace(case, case_id=name)
    if faults:
        raise BadInput(_once(faults))


def case_name(kit_lot_id: str, case_id: str) -> str:
    """The plant's own name of a case.

    >>> case_name("L-204", "17"), case_name("L-204", "L-204-17")
    ('L-204-17', 'L-204-17')
    """
    return case_id if case_id.startswith(f"{kit_lot_id}-") else f"{kit_lot_id}-{case_id}"


def _described(desk: Desk, paper: PackingList, lot_id: str, name: str) -> Iterator[Fault]:
    """Lots whose content is told already, by the plant's own table of cases or by opening them."""
    if name in desk.book.cases:
        return
    others = [case for case in desk.book.cases_of(lot_id) if case.paper_id is None]
    if others:
        problem = f"has its cases already ({others[0].case_id}, ...), described without a packing list"
        step = "take the lot out of cases.csv to import its list"
        if others[0].opened_at is not None:
            step = "count its cases instead: knockdown kit PLANT count"
        yield Fault(paper.file, None, "lot", lot_id, problem, step)


def _once(faults: Sequence[Fault]) -> list[Fault]:
    return list(dict.fromkeys(faults))


def _refuse_twice(found: Sequence[_Read]) -> None:
    """Two files of one import may not tell of the same case."""
    seen: dict[str, str] = {}
    faults = []
    for read in found:
        for case in read.cases:
            other = seen.setdefault(case.case_id, read.paper.file)
            if other != read.paper.file:
                problem = f"is in {other} too"
                step = "import the corrected list alone"
                faults.append(Fault(read.paper.file, None, "case", case.case_id, problem, step))
    if faults:
        raise BadInput(faults)


# What is recorded


def _commands(desk: Desk, read: _Read, at_ms: int) -> Iterator[Command]:
    """Cases that are new or changed; what stands as it was is not told again."""
    launches = {lot.kit_lot_id: lot.launch_no for lot in read.paper.lots}
    for case in read.cases:
        before = desk.book.cases.get(case.case_id)
        lines = [(line.part_id, line.box_id, line.n_parts) for line in case.lines]
        if before is not None and _content(before) == _sum(lines):
            continue
        revision = 1 if before is None else before.revision + 1
        head = {
            "command_id": digest_id("kit", "import", case.case_id, revision, read.paper.digest),
            "subject_id": case.case_id,
            "at_ms": at_ms,
        }
        known = {each.value for each in Packaging}
        yield from pack_case(
            head,
            kit_lot_id=case.kit_lot_id or "",
            revision=revision,
            lines=lines,
            container_id=case.container_id,
            shipment_id=read.paper.shipment_id,
            packaging=Packaging.read(case.packaging if case.packaging in known else "crate"),
            mass_g=case.gross_mass_g,
            paper_id=f"sha256-{read.paper.digest[:48]}",
            launch_no=launches.get(case.kit_lot_id or ""),
        )


def _content(case: CaseBook) -> dict[tuple[str, str | None], int]:
    return _sum(case.lines)


def _sum(lines: Sequence[tuple[str, str | None, int]]) -> dict[tuple[str, str | None], int]:
    found: Counter[tuple[str, str | None]] = Counter()
    for part_id, box_id, n_parts in lines:
        found[part_id, None if box_id == "-" else box_id] += n_parts
    return dict(found)


# What is told


def _told(desk: Desk, read: _Read) -> ImportedList:
    lots = {case.kit_lot_id for case in read.cases}
    old = {c.case_id: _content(c) for c in desk.book.cases.values() if c.kit_lot_id in lots}
    new = {c.case_id: _sum([(x.part_id, x.box_id, x.n_parts) for x in c.lines]) for c in read.cases}
    listed_before = {name: content for name, content in old.items() if name in new}
    change = compared(listed_before, new)
    revision = None
    if old:
        opened = [n for n in change.cases_changed if desk.book.cases[n].opened_at is not None]
        revision = RevisedList(
            cases_added=change.cases_added,
            cases_changed=change.cases_changed,
            cases_not_in_it=tuple(sorted(old.keys() - new.keys())),
            cases_opened=tuple(opened),
            lines=tuple(
                ChangedLine(case=x.case_id, box=x.box_id, part=x.part_id, before=x.n_before, after=x.n_after)
                for x in change.lines[:MOST_LISTED]
            ),
            n_lines=len(change.lines),
        )
    return ImportedList(
        file=read.paper.file,
        digest=read.paper.digest,
        shipment=read.paper.shipment_id,
        state="new" if not old else "unchanged" if change.is_unchanged else "revised",
        columns=tuple(
            MappedColumn(field=column.field, column=column.column, heading=column.heading)
            for column in read.imported.mapping.columns
        ),
        lots=tuple(_listed(read, lot.kit_lot_id, lot.launch_no) for lot in read.paper.lots),
        revision=revision,
        new_parts=tuple(f"{part.part_id} ({part.name})" for part in read.paper.new_parts),
        warnings=tuple(str(fault) for fault in read.imported.warnings),
    )


def _listed(read: _Read, lot_id: str, launch: str | None) -> ListedLot:
    cases = [case for case in read.cases if case.kit_lot_id == lot_id]
    lot = next(each for each in read.paper.lots if each.kit_lot_id == lot_id)
    return ListedLot(
        lot=lot_id,
        contract=lot.contract_id,
        variant=lot.variant_id,
        launch=launch,
        containers=len({case.container_id for case in cases} - {None}),
        cases=len(cases),
        lines=sum(len(case.lines) for case in cases),
        parts=len({line.part_id for case in cases for line in case.lines}),
    )


# Against the supply list


def _variations_of(desk: Desk, found: Sequence[_Read]) -> Iterator[VariationLine]:
    """What the lots of these lists are packed, with what was recorded of them before, against their needs."""
    now = {case.case_id: case for read in found for case in read.cases}
    for lot_id in dict.fromkeys(case.kit_lot_id or "" for case in now.values()):
        packed: Counter[str] = Counter()
        cases: dict[str, list[str]] = {}
        for case in desk.book.cases_of(lot_id):
            if case.case_id not in now:
                _add(packed, cases, case.case_id, [(part, n) for part, _, n in case.lines])
        for case_id, listed in now.items():
            if listed.kit_lot_id == lot_id:
                _add(packed, cases, case_id, [(line.part_id, line.n_parts) for line in listed.lines])
        yield from _variations(desk, desk.book.lots[lot_id], packed, cases)


def _add(
    packed: Counter[str], cases: dict[str, list[str]], case_id: str, lines: Sequence[tuple[str, int]]
) -> None:
    for part_id, n_parts in lines:
        packed[part_id] += n_parts
        if case_id not in cases.setdefault(part_id, []):
            cases[part_id].append(case_id)


def _needed(desk: Desk, lot: LotBook) -> dict[str, int]:
    """The lot's supply list: what its kits need, after change notes, of parts that come packed."""
    if lot.variant_id not in desk.kits.variants:
        return {}
    needs = needs_of(desk.kits, desk.book)
    return needs.lot_content(lot.kit_lot_id, lot.variant_id or "", range(1, lot.n_kits + 1), desk.today)


def _variations(
    desk: Desk, lot: LotBook, packed: Mapping[str, int], cases: Mapping[str, Sequence[str]]
) -> Iterator[VariationLine]:
    needed = _needed(desk, lot)
    for part_id in sorted({*needed, *packed}):
        difference = packed.get(part_id, 0) - needed.get(part_id, 0)
        if difference:
            part = desk.kits.parts.get(part_id)
            yield VariationLine(
                lot=lot.kit_lot_id,
                part=part_id,
                name=part.name if part else "",
                unit=part.unit if part else "pcs",
                needed=needed.get(part_id, 0),
                packed=packed.get(part_id, 0),
                difference=difference,
                cases=tuple(cases.get(part_id, ())),
            )


def compare(desk: Desk, lots: Sequence[str] = ()) -> KitCompare:
    """Compare recorded packing lists with the lots' supply lists.

    Parameters
    ----------
    desk : Desk
    lots : sequence of str
        By default every lot of which a packing list was imported.

    Raises
    ------
    BadInput
        When a lot is not known.
    """
    book = desk.book
    unknown = [name for name in lots if name not in book.lots]
    if unknown:
        step = f"`knockdown kit {desk.kits.plant_id} lots` lists them"
        raise BadInput([Fault("LOT", None, None, name, "is not known", step) for name in unknown])
    listed = {case.kit_lot_id for case in book.cases.values() if case.paper_id is not None}
    told: list[LotVariations] = []
    variations: list[VariationLine] = []
    for name in lots or sorted(listed):
        lot, packed, cases = book.lots[name], Counter[str](), dict[str, list[str]]()
        for case in book.cases_of(name):
            _add(packed, cases, case.case_id, [(part, n) for part, _, n in case.lines])
        told.append(
            LotVariations(
                lot=name,
                variant=lot.variant_id or "",
                kits=lot.n_kits,
                cases=len(book.cases_of(name)),
                needed_parts=len(_needed(desk, lot)),
                packed_parts=len(packed),
                is_listed=name in listed,
            )
        )
        if name in listed:
            variations += _variations(desk, lot, packed, cases)
    return KitCompare(plant=desk.kits.plant_id, lots=tuple(told), variations=tuple(variations))
