"""`spec.evaluation`: what the release must do on known inputs, how well and how fast."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from weighbridge.model.authoring.base import Section
from weighbridge.model.authoring.fields import (
    Amount,
    Count,
    DecimalText,
    Duration,
    Fraction,
    Key,
    Path,
    Percentile,
    Text,
)
from weighbridge.model.authoring.opens import FORMED
from weighbridge.model.release.build import Tolerance
from weighbridge.model.release.quantities import Memory


class Golden(Section):
    """A known input and the answer it must give."""

    input: Path = Field(description="Path of the input, relative to the manifest's folder.")
    expected: Annotated[dict[Key, Any] | None, FORMED] = Field(
        None, description="The answer, by output."
    )
    tolerance: Tolerance | None = Field(None, description="How far numbers of it may be off.")


class Metric(Section):
    """A measure of quality."""

    name: Text = Field(description="Name, such as `accuracy`.")
    value: DecimalText | None = Field(None, description="What was measured when it was made.")
    floor: DecimalText | None = Field(None, description="What must be reached.")
    confidence: Fraction | None = Field(
        None, description="Confidence at which the floor must be reached, such as `0.95`."
    )
    dataset: Text | None = Field(None, description="What it is measured on.")


class Load(Section):
    """The load a promise of performance holds under."""

    concurrency: Annotated[Count, Field(ge=1)] | None = Field(
        None, description="Requests that are open at once."
    )
    rate: Amount | None = Field(None, description="Requests a second.")
    duration: Duration | None = Field(None, description="How long it lasts.")


class Performance(Section):
    """A promise of performance."""

    percentile: Percentile | None = Field(
        None, description="Share of requests that keep the latency, in percent."
    )
    latency: Duration | None = Field(None, description="Longest time a request may take.")
    throughput: Amount | None = Field(None, description="Requests a second that must be served.")
    memory: Memory | None = Field(None, description="Memory that must suffice.")
    load: Load | None = Field(None, description="The load it holds under.")
    hardware: Text | None = Field(None, description="The machine it holds on.")
    per_replica: bool | None = Field(
        None, description="Whether it is promised of each replica and not of all together."
    )


class Evaluation(Section):
    """What the release must do on known inputs, how well and how fast."""

    golden: list[Golden] | None = Field(None, description="Known inputs and their answers.")
    metrics: list[Metric] | None = Field(None, description="Measures of quality and their floors.")
    performance: list[Performance] | None = Field(None, description="Promises of performance.")
