"""Short codes that events carry, each with its meaning in plain English."""

from __future__ import annotations

from enum import StrEnum
from typing import Self, cast


class Code(StrEnum):
    """A code and what it means; it compares and prints as its text.

    >>> ClaimCode.RUST.value, ClaimCode("A").meaning
    ('A', 'the part is rusty')
    """

    meaning: str

    def __new__(cls, value: str, meaning: str) -> Code:
        code = str.__new__(cls, value)
        code._value_ = value
        code.meaning = meaning
        return code

    @classmethod
    def read(cls, text: str) -> Self:
        """The code that is written so; KeyError when there is none."""
        return cast("Self", cls._value2member_map_[text])


class ClaimCode(Code):
    """Why kit material is claimed from the partner. Source: iveco.com/ckd, claim form."""

    TOTAL_MISS = "M", "every piece of the part is missing"
    PARTIAL_MISS = "S", "some pieces of the part are missing"
    DAMAGED = "D", "the part is damaged"
    WRONG = "W", "another part was supplied"
    NOT_WORKING = "F", "the part does not work"
    PACKING_DAMAGE = "DP", "the part was damaged by its packing"
    TRANSPORT_DAMAGE = "DT", "the part was damaged in transport"
    RUST = "A", "the part is rusty"

    @property
    def is_here(self) -> bool:
        """Whether the bad piece itself is here, and waits for a disposition.

        >>> ClaimCode.RUST.is_here, ClaimCode.TOTAL_MISS.is_here
        (True, False)
        """
        return self not in (ClaimCode.TOTAL_MISS, ClaimCode.PARTIAL_MISS, ClaimCode.WRONG)


class Disposition(Code):
    """What becomes of a bad piece. Source: glossary, NCR disposition (I95)."""

    USE_AS_IS = "use_as_is", "it is used as it is"
    REWORK = "rework", "it was put right here"
    SCRAP = "scrap", "it is thrown away"
    RETURN = "return", "it goes back to the partner"

    @property
    def is_usable(self) -> bool:
        """Whether the piece is stock again."""
        return self in (Disposition.USE_AS_IS, Disposition.REWORK)


class Packaging(Code):
    """What a case is; crates and frames go back to some partners."""

    CRATE = "crate", "a wooden crate"
    STEEL_FRAME = "steel_frame", "a steel frame or rack"
    PALLET = "pallet", "a pallet"
    CARTON = "carton", "a carton"
    LOOSE = "loose", "not packed"


class StopReason(Code):
    """Why a station stands still."""

    NO_KIT = "no_kit", "the next kit is not at the line"
    PART_MISSING = "part_missing", "a part of the unit in work is missing"
    STARVED = "starved", "the station before has not handed a unit on"
    BLOCKED = "blocked", "the next place is full"
    BREAKDOWN = "breakdown", "a machine or tool has failed"
    NO_PEOPLE = "no_people", "too few people, or nobody with the skill"
    QUALITY = "quality", "a defect must be settled first"
    CHANGEOVER = "changeover", "the station is being set up for another variant"
    MAINTENANCE = "maintenance", "planned maintenance"
    NO_POWER = "no_power", "electricity, air or gas is off"
    SAFETY = "safety", "work is unsafe"
    OTHER = "other", "see the note"


class HoldReason(Code):
    """Why a unit may not go on."""

    QUALITY = "quality", "a defect or a suspicion of one"
    RECALL = "recall", "it may carry a part or batch under investigation"
    PART_MISSING = "part_missing", "it waits for a part"
    APPROVAL = "approval", "type approval or certificate is not in order"
    CUSTOMS = "customs", "duty or origin is not settled"
    PAYMENT = "payment", "it is not paid for"
    OTHER = "other", "see the note"


class AndonReason(Code):
    """What somebody at a station calls for."""

    HELP = "help", "a second pair of hands or a team leader"
    MATERIAL = "material", "a part is missing or runs out"
    QUALITY = "quality", "a defect or a doubt"
    MACHINE = "machine", "a machine or tool does not work"
    SAFETY = "safety", "something is unsafe"


class DefectOrigin(Code):
    """Where a defect came from; a claim without it is rejected."""

    KIT = "kit", "the part came so from the partner"
    TRANSIT = "transit", "it happened on the way"
    ASSEMBLY = "assembly", "it happened here"
    UNKNOWN = "unknown", "not yet known"
