"""What the floor's records say about a plant's numbers, and which cells would change."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from knockdown.documents.paper import Document, Paper

Sort = Literal[
    "work_time",
    "scatter",
    "learning_rate",
    "up_time",
    "repair",
    "down_share",
    "transit",
    "clearing",
    "lead_time",
    "replacement",
    "absence",
]


class FittedValue(Paper):
    """One number of a model, as the records give it."""

    name: str
    value: float
    ci95: tuple[float, float]
    present: float | None = Field(description="as the plant's description has it; null when it has no such")


class Goodness(Paper):
    """Whether the records look as the model says."""

    test: Literal["Anderson-Darling", "Kolmogorov-Smirnov", "dispersion"]
    statistic: float
    p: float = Field(description="by parametric bootstrap, the parameters estimated in every sample")
    samples: int = Field(description="of the bootstrap")


class Drift(Paper):
    """First half of the records against the second, in order of time: Mann-Whitney."""

    p: float
    drifts: bool
    ratio: float = Field(description="median of the second half over that of the first")


class Coverage(Paper):
    """Share of the observations kept out of the fit that lie at or below a fitted quantile."""

    quantile: float
    share: float
    ci95: tuple[float, float] = Field(description="binomial, Wilson")
    fits: bool = Field(description="false when so few or so many have a chance below 2.5 %")


class Calibrated(Paper):
    """A quantity that was fitted."""

    sort: Sort
    subject: str = Field(description="such as a station, a station and a family, a contract, a crew")
    unit: str
    model: Literal["lognormal", "exponential", "triangular", "power law", "binomial"]
    n: int
    n_held_out: int
    values: tuple[FittedValue, ...]
    goodness: Goodness | None
    drift: Drift | None
    coverage: tuple[Coverage, ...]
    notes: tuple[str, ...]


class NotFitted(Paper):
    """A quantity that the records do not settle."""

    sort: Sort
    subject: str
    n: int
    why: str


class CellChange(Paper):
    """A cell of the plant's tables that the records contradict."""

    file: str
    row: int = Field(description="as a spreadsheet counts, the heading is 1")
    key: str = Field(description="id of the row")
    column: str
    old: str
    new: str
    why: str
    n: int


class Calibration(Document):
    """`knockdown.simulate.calibrate/1`: fitted values, how well they fit, and the change they ask for."""

    schema_: Literal["knockdown.simulate.calibrate/1"] = Field(
        "knockdown.simulate.calibrate/1", alias="schema"
    )
    plant: str
    ledger: str
    position: int = Field(description="of the ledger's floor when it was read")
    since: str
    until: str
    held_out_from: str | None = Field(description="first day kept out of the fit")
    fitted: tuple[Calibrated, ...]
    not_fitted: tuple[NotFitted, ...]
    changes: tuple[CellChange, ...]
    written_to: str | None
