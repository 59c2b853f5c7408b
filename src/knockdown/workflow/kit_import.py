"""Packing lists into the ledger: read whole, compared with what was recorded, stored all or not at all."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

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
from knockdown.events.commands import Command
from knockdown.kitting.acts import pack_case
from knockdown.kitting.book import CaseBook
from knockdown.kitting.packaging import read_packaging
from knockdown.kitting.paper.layout import Mapping as Layout
from knockdown.kitting.paper.packing_import import Imported, import_list, no_collecting
from knockdown.kitting.paper.packing_list import Known, KnownLot, KnownPart, PackedCase, PackingList
from knockdown.kitting.paper.revise import compare as compared
from knockdown.workflow.kit_acts import When, moment_of
from knockdown.workflow.kit_desk import Desk, Done
from knockdown.workflow.kit_refusals import in_words
from knockdown.workflow.kit_variations import add, needed, packed_otherwise, variations_of
from knockdown.workflow.ledger_place import missing

LAYOUT, ALIASES = "kit_layout", "kit_aliases"
MOST_LISTED = 200
MOST_FAULTS = 200
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Read:
    """A file that was read, with its cases under the names that they have here."""

    imported: Imported
    cases: tuple[PackedCase, ...]

    @property
    def paper(self) -> PackingList:
        return self.imported.packing_list


@no_collecting()
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
        With every fault of every file, or when there is no ledger to record in.
    """
    who = _partner(desk, partner)
    if not trial and not desk.has_ledger:
        raise missing(desk.named, desk.address)
    at_ms = moment_of(on)
    layout, known_as = desk.noted(LAYOUT, who), json.loads(desk.noted(ALIASES, who) or "{}")
    known_as |= dict(_each(aliases, lambda text: _alias(desk, text)))
    remembered = None if layout is None else Layout.from_json(layout, f"layout of {who}")
    found = _read_all(desk, files, _known(desk, who, known_as), remembered, options, new_parts)
    remembered = found[-1].imported.mapping if found else remembered
    lists = tuple(_told(desk, read) for read in found)
    commands = [c for read in found for c in _commands(desk, read, at_ms)]
    variations = tuple(packed_otherwise(desk, [case for read in found for case in read.cases]))
    n_new, position = 0, desk.position
    if not trial:
        notes = {(LAYOUT, who): remembered.to_json()} if remembered else {}
        notes[ALIASES, who] = json.dumps(known_as, sort_keys=True)
        done = _stored(desk, commands, notes)
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


def _stored(desk: Desk, commands: list[Command], notes: dict[tuple[str, str], str]) -> Done:
    try:
        return desk.do(commands, notes)
    except BadInput as refused:
        raise BadInput(in_words(desk.kits, refused.faults)) from refused


def _read_all(
    desk: Desk,
    files: Sequence[Path],
    known: Known,
    layout: Layout | None,
    options: Sequence[str],
    new_parts: bool,
) -> list[_Read]:
    """Every file; each is read with the layout of the one before it, as lists of one partner look alike."""
    layouts = [layout]

    def read(path: Path) -> _Read:
        imported = import_list(path, known, mapping=layouts[-1], options=options, new_parts=new_parts)
        layouts.append(imported.mapping)
        return _Read(imported, tuple(_named(desk, imported.packing_list)))

    found = _each(files, read)
    _refuse_twice(found)
    return found


def _each(things: Sequence[Path] | Sequence[str], make: Callable[..., T]) -> list[T]:
    """What is made of each; with the faults of all of them when any has faults."""
    made: list[T] = []
    faults: list[Fault] = []
    for thing in things:
        try:
            made.append(make(thing))
        except BadInput as refused:
            faults += refused.faults
    if faults:
        raise BadInput(_once(faults))
    return made


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
    return Known(
        partner,
        parts,
        lots,
        frozenset(desk.kits.variants),
        dict(aliases),
        needed=lambda lot_id: needed(desk, desk.book.lots[lot_id]),
    )


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
        known = desk.book.cases.get(name)
        if known is not None and known.kit_lot_id != case.kit_lot_id:
            problem, step = f"is a case of lot {known.kit_lot_id}", "rename the case in cases.csv, or the lot"
            faults.append(Fault(paper.file, None, "case", name, problem, step))
        yield replace(case, case_id=name)
    for lot in paper.lots:
        faults += _described(desk, paper, lot.kit_lot_id)
    if faults:
        raise BadInput(_once(faults))


def case_name(kit_lot_id: str, case_id: str) -> str:
    """The plant's own name of a case.

    >>> case_name("l-204", "17"), case_name("l-204", "L-204-17"), case_name("l-204", "l-204.17")
    ('l-204-17', 'l-204-17', 'l-204-17')
    """
    lot, case = kit_lot_id.upper(), case_id.upper()  # what a partner wrote is in capitals by now
    number = case_id[len(lot) + 1 :] if case.startswith((f"{lot}-", f"{lot}.")) else ""
    return f"{kit_lot_id}-{number or case_id}"


def _described(desk: Desk, paper: PackingList, lot_id: str) -> Iterator[Fault]:
    """Lots whose content is told already, by the plant's own table of cases or by opening them."""
    others = [case for case in desk.book.cases_of(lot_id) if case.paper_id is None]
    if others:
        problem = f"has its cases already ({others[0].case_id}, ...), described without a packing list"
        step = "take the lot out of cases.csv to import its list"
        if any(case.opened_at is not None for case in others):
            step = "count its cases instead: knockdown kit PLANT count"
        yield Fault(paper.file, None, "lot", lot_id, problem, step)


def _once(faults: Sequence[Fault]) -> list[Fault]:
    return list(dict.fromkeys(faults))


def _same_files(found: Sequence[_Read]) -> list[Fault]:
    """The same bytes twice, under whatever name."""
    first: dict[str, _Read] = {}
    faults = []
    for read in found:
        other = first.setdefault(read.paper.digest, read)
        if other is not read:
            problem = f"is the same file as {other.paper.file}, given before"
            faults.append(Fault(read.paper.file, None, None, None, problem, "give it once"))
    return faults


def _refuse_twice(found: Sequence[_Read]) -> None:
    """One import may not tell of a case twice, under whatever numbers, nor take a file twice."""
    seen: dict[str, tuple[_Read, str]] = {}
    faults = _same_files(found)
    for read in found if not faults else ():
        for case, written in zip(read.cases, read.paper.cases, strict=True):
            other, number = seen.setdefault(case.case_id, (read, written.case_id))
            if other is not read:
                problem = f"is in {other.paper.file} too"
                step = "import the corrected list alone"
                faults.append(Fault(read.paper.file, None, "case", case.case_id, problem, step))
            elif number != written.case_id:
                problem = f"would have the same name as case {number}: {case.case_id}"
                step = "number one of them otherwise"
                faults.append(Fault(read.paper.file, None, "case", written.case_id, problem, step))
    if faults:
        more = len(faults) - MOST_FAULTS
        last = [
            Fault(faults[0].file, None, "case", None, f"and {more:,} more such cases", faults[0].next_step)
        ]
        raise BadInput([*faults[:MOST_FAULTS], *(last if more > 0 else [])])


# What is recorded


def _commands(desk: Desk, read: _Read, at_ms: int) -> Iterator[Command]:
    """Cases that are new or changed; what stands as it was is not told again."""
    launches = _launches(read)
    for case in read.cases:
        before = desk.book.cases.get(case.case_id)
        label = _label(case, launches)
        if before is not None:
            if _content(before) == _packed(case) and not _is_corrected(before, label):
                continue
            label = {**_label_of(before), **label}
        revision = 1 if before is None else before.revision + 1
        head = {
            "command_id": digest_id("kit", "import", case.case_id, revision, read.paper.digest),
            "subject_id": case.case_id,
            "at_ms": at_ms,
        }
        yield from pack_case(
            head,
            kit_lot_id=case.kit_lot_id or "",
            revision=revision,
            lines=[(line.part_id, line.box_id, line.n_parts) for line in case.lines],
            shipment_id=read.paper.shipment_id,
            paper_id=f"sha256-{read.paper.digest[:48]}",
            **label,
        )


def _launches(read: _Read) -> dict[str | None, str | None]:
    return {lot.kit_lot_id: lot.launch_no for lot in read.paper.lots}


def _label(case: PackedCase, launches: Mapping[str | None, str | None]) -> dict[str, Any]:
    """What the list says of a case beside its parts; what it does not say is left out."""
    said = {
        "container_id": case.container_id,
        "packaging": read_packaging(case.packaging),
        "mass_g": case.gross_mass_g,
        "launch_no": launches.get(case.kit_lot_id),
    }
    return {name: value for name, value in said.items() if value is not None}


def _label_of(case: CaseBook) -> dict[str, Any]:
    packaging = read_packaging(case.packaging)
    known = {"packaging": packaging} if packaging else {}
    return {**{name: getattr(case, name) for name in ("container_id", "mass_g", "launch_no")}, **known}


def _is_corrected(before: CaseBook, label: Mapping[str, Any]) -> bool:
    was = _label_of(before)
    return any(was.get(name) != value for name, value in label.items())


def _content(case: CaseBook) -> dict[tuple[str, str | None], int]:
    return _sum(case.lines)


def _packed(case: PackedCase) -> dict[tuple[str, str | None], int]:
    return _sum([(line.part_id, line.box_id, line.n_parts) for line in case.lines])


def _sum(lines: Sequence[tuple[str, str | None, int]]) -> dict[tuple[str, str | None], int]:
    found: Counter[tuple[str, str | None]] = Counter()
    for part_id, box_id, n_parts in lines:
        found[part_id, None if box_id == "-" else box_id] += n_parts
    return dict(found)


# What is told


def _told(desk: Desk, read: _Read) -> ImportedList:
    revision = _revised(desk, read)
    return ImportedList(
        file=read.paper.file,
        digest=read.paper.digest,
        shipment=read.paper.shipment_id,
        state=_state(revision, len(read.cases)),
        columns=tuple(
            MappedColumn(field=column.field, column=column.column, heading=column.heading)
            for column in read.imported.mapping.columns
        ),
        lots=tuple(_listed(read, lot.kit_lot_id, lot.launch_no) for lot in read.paper.lots),
        revision=revision,
        new_parts=tuple(f"{part.part_id} ({part.name})" for part in read.paper.new_parts),
        warnings=(*(str(fault) for fault in read.imported.warnings), *_on_top(read, revision)),
    )


def _revised(desk: Desk, read: _Read) -> RevisedList | None:
    """What the list changes of what was recorded of its lots; None when that is nothing."""
    lots = {case.kit_lot_id for case in read.cases}
    old = {case.case_id: case for case in desk.book.cases.values() if case.kit_lot_id in lots}
    if not old:
        return None
    new, launches = {case.case_id: _packed(case) for case in read.cases}, _launches(read)
    change = compared({name: _content(case) for name, case in old.items() if name in new}, new)
    changed = set(change.cases_changed)
    corrected = tuple(
        case.case_id
        for case in read.cases
        if case.case_id in old
        and case.case_id not in changed
        and _is_corrected(old[case.case_id], _label(case, launches))
    )
    return RevisedList(
        cases_added=change.cases_added,
        cases_changed=change.cases_changed,
        cases_corrected=corrected,
        cases_not_in_it=tuple(sorted(old.keys() - new.keys())),
        cases_opened=tuple(name for name in change.cases_changed if old[name].opened_at is not None),
        lines=tuple(
            ChangedLine(case=x.case_id, box=x.box_id, part=x.part_id, before=x.n_before, after=x.n_after)
            for x in change.lines[:MOST_LISTED]
        ),
        n_lines=len(change.lines),
    )


def _state(change: RevisedList | None, n_cases: int) -> Literal["new", "revised", "unchanged"]:
    if change is None or len(change.cases_added) == n_cases:
        return "new"
    return "revised" if change.cases_added or change.cases_changed or change.cases_corrected else "unchanged"


def _on_top(read: _Read, change: RevisedList | None) -> Iterator[str]:
    """A list whose cases are all new, of lots that have others: is it more, or the same renumbered?"""
    if change is not None and _state(change, len(read.cases)) == "new":
        n_cases = len(change.cases_not_in_it)
        others = f"{n_cases} case{'s' * (n_cases != 1)} of earlier lists"
        yield f"{read.paper.file}: its lots have {others}, which stand; these come on top of them"


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
        step = f"`{desk.kits.command('lots')}` lists them"
        raise BadInput([Fault("LOT", None, None, name, "is not known", step) for name in unknown])
    listed = {case.kit_lot_id for case in book.cases.values() if case.paper_id is not None}
    told: list[LotVariations] = []
    variations: list[VariationLine] = []
    for name in lots or sorted(listed):
        lot, packed, cases = book.lots[name], Counter[str](), dict[str, list[str]]()
        for case in book.cases_of(name):
            add(packed, cases, case.case_id, [(part, n) for part, _, n in case.lines])
        told.append(
            LotVariations(
                lot=name,
                variant=lot.variant_id or "",
                kits=lot.n_kits,
                cases=len(book.cases_of(name)),
                needed_parts=len(needed(desk, lot)),
                packed_parts=len(packed),
                is_listed=name in listed,
            )
        )
        if name in listed:
            variations += variations_of(desk, lot, packed, cases)
    return KitCompare(plant=desk.kits.plant_id, lots=tuple(told), variations=tuple(variations))
