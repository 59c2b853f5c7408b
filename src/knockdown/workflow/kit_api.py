"""Kits from Python, with the words of the command line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from knockdown.workflow.kit_claims import Claimer
from knockdown.workflow.kit_desk import Desk
from knockdown.workflow.kit_stock import Reader

if TYPE_CHECKING:
    from knockdown.documents.kit_import import KitCompare, KitImport
    from knockdown.workflow.kit_acts import When


class Kit(Claimer, Reader):
    """A plant's kits: what can be finished, what is missing, and what happened to them.

    Questions work without a ledger, from the plant's opening; acts are stored in it.

    Parameters
    ----------
    plant : str or Path
        A built-in plant's name, or a folder.
    ledger : str, optional
        Another ledger than the plant's own: a file, or `postgresql://user@host/database`.
    start : date, optional
        The opening day, for a plant described on several.

    Raises
    ------
    BadInput
        When the plant has faults, or is a network.

    Examples
    --------
    >>> kits = Kit("ganja")
    >>> kits.ready().schema_, kits.claims().claims[0].is_open
    ('knockdown.kit.ready/1', True)
    """

    def __init__(self, plant: str | Path, ledger: str | None = None, start: date | None = None) -> None:
        super().__init__(Desk(str(plant), ledger, start))

    def import_lists(
        self,
        files: Sequence[str | Path],
        partner: str | None = None,
        options: Sequence[str] = (),
        aliases: Sequence[str] = (),
        new_parts: bool = False,
        trial: bool = False,
        on: When = None,
    ) -> KitImport:
        """Take in a partner's packing lists; see `kit_import.import_lists`."""
        from knockdown.workflow.kit_import import import_lists

        paths = [Path(file) for file in files]
        return import_lists(self.desk, paths, partner, options, aliases, new_parts, trial, on)

    def compare(self, lots: Sequence[str] = ()) -> KitCompare:
        """Compare recorded packing lists with supply lists; see `kit_import.compare`."""
        from knockdown.workflow.kit_import import compare

        return compare(self.desk, lots)


def kit(plant: str | Path, ledger: str | None = None, start: date | None = None) -> Kit:
    """A plant's kits.

    Examples
    --------
    >>> import knockdown as kd
    >>> kd.kit("ganja").stock(lot="202601-01-b821c", part="BT-8412010").parts[0].states[-1].state
    'missing'
    """
    return Kit(plant, ledger, start)
