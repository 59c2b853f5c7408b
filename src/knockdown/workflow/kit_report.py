"""What the report says of kits: papers of each plant on the day on which its plan opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knockdown import __version__
from knockdown.documents.paper import Provenance
from knockdown.kitting.moments import iso

if TYPE_CHECKING:
    from knockdown.reports.subject import KitPapers
    from knockdown.workflow.kit_supply import Standing, Standings

MOST_LISTED = 4


def kit_papers(standings: Standings) -> dict[str, KitPapers]:
    """Papers by plant, from what the plan's supply was computed with; nothing is solved again."""
    return {name: _papers(standing) for name, standing in standings.items()}


def _papers(standing: Standing) -> KitPapers:
    from knockdown.kitting.tell.claims import ClaimTeller
    from knockdown.kitting.tell.lists import ListTeller
    from knockdown.kitting.tell.ready import ReadyTeller, board_of
    from knockdown.reports.subject import KitPapers

    kits, book, look, answer = standing.kits, standing.book, standing.look, standing.answer
    day = kits.opening.day
    made = Provenance(version=__version__, input_digest=kits.digest, options={"at": iso(day), "position": 0})
    board = board_of(kits, book, look)
    teller = ReadyTeller(kits, book, look, answer, board, 0, most_listed=MOST_LISTED, most_changes=0)
    ready = teller.document(made)
    return KitPapers(
        ready,
        ClaimTeller(kits, book, day, 0).claims(made),
        ListTeller(kits, book, day, 0).park(made, {unit.unit: unit for unit in ready.units}),
    )
