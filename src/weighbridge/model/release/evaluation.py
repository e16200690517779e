"""`spec.evaluation`: what the release must do on known inputs, how well and how fast."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from weighbridge.model.authoring.base import Section
from weighbridge.model.authoring.fields import (
    Amount,
    Count,
    DecimalText,
    Duration,
    Fraction,
    Key,
    Name,
    Path,
    Percentile,
    Text,
)
from weighbridge.model.authoring.opens import FORMED
from weighbridge.model.release.build import Tolerance
from weighbridge.model.release.forms import EntryPoint
from weighbridge.model.release.quantities import Memory


class Runner(Section):
    """Who runs the model when it is tried."""

    name: Literal[
        "onnxruntime",
        "scikit-learn",
        "xgboost",
        "lightgbm",
        "entrypoint",
        "command",
        "open-inference",
    ] = Field(description="A framework, code of its own, a command, or a server.")
    artifact: Name | None = Field(
        None, description="The artifact that is loaded; the only one with weights if left out."
    )
    entrypoint: EntryPoint | None = Field(
        None, description="Code that loads it and answers: `module:function`."
    )
    command: list[str] | None = Field(
        None, description="A command that answers in JSON lines, with its arguments."
    )


class GoldenTolerance(Tolerance):
    """How far an answer may be off; numbers are compared unless only the others are given."""

    rank: Annotated[Count, Field(ge=1)] | None = Field(
        None, description="How many of the highest scores must keep their order."
    )
    label_flips: Fraction | None = Field(
        None, description="Share of rows whose label (the highest score) may be another."
    )


class Golden(Section):
    """A known input and the answer it must give."""

    input: Path = Field(description="Path of the input, relative to the manifest's folder.")
    expected: Annotated[dict[Key, Any] | None, FORMED] = Field(
        None, description="The answer, by output."
    )
    tolerance: GoldenTolerance | None = Field(None, description="How far it may be off.")


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
    cold_start: Duration | None = Field(
        None, description="Longest time from its start to the first answer."
    )
    regression: Fraction | None = Field(
        None, description="Share by which it may be worse than a baseline beside it."
    )
    load: Load | None = Field(None, description="The load it holds under.")
    hardware: Text | None = Field(None, description="The machine it holds on.")
    per_replica: bool | None = Field(
        None, description="Whether it is promised of each replica and not of all together."
    )


class Evaluation(Section):
    """What the release must do on known inputs, how well and how fast."""

    runner: Runner | None = Field(None, description="Who runs it when it is tried.")
    golden: list[Golden] | None = Field(None, description="Known inputs and their answers.")
    metrics: list[Metric] | None = Field(None, description="Measures of quality and their floors.")
    performance: list[Performance] | None = Field(None, description="Promises of performance.")
