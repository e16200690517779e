"""`spec.rollout`, `failureModes`, `rollback`: how the release reaches its users, and comes back."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from weighbridge.model.authoring.base import Section, SetBy
from weighbridge.model.authoring.fields import Count, Duration, Name, Share, Text
from weighbridge.model.release.forms import RollbackTarget


class Step(Section):
    """One step of a rollout."""

    weight: Annotated[int, Field(ge=0, le=100)] = Field(
        description="Share of requests, in percent."
    )
    hold: Duration | None = Field(None, description="How long the step lasts at least.")
    analysis: Name | None = Field(None, description="The analysis that judges the step.")


class Analysis(Section):
    """A question put to the metrics, with three answers: success, failure, inconclusive."""

    name: Name = Field(description="Name, unique within the rollout.")
    query: Text = Field(description="PromQL expression; `$release` stands for the release.")
    success: Text | None = Field(None, description="Condition on `value` that passes.")
    failure: Text | None = Field(None, description="Condition on `value` that fails.")
    interval: Duration | None = Field(None, description="Time between two measurements.")
    count: Count | None = Field(None, description="How many measurements are taken.")
    min_samples: Count | None = Field(None, description="Samples a measurement needs to count.")
    on_no_data: Literal["pause", "fail", "pass"] | None = Field(
        None, description="What an empty answer means."
    )
    failure_limit: Count | None = Field(None, description="Failures that are tolerated.")
    inconclusive_limit: Count | None = Field(None, description="Inconclusive answers tolerated.")


class Rollout(Section):
    """How the release reaches its users."""

    strategy: Literal["canary", "blueGreen", "rolling", "recreate"] = Field(
        description="The strategy."
    )
    steps: list[Step] | None = Field(None, description="Steps, in order.")
    max_surge: Share | None = Field(None, description="Replicas above the wanted number.")
    max_unavailable: Share | None = Field(None, description="Replicas that may be missing.")
    analysis: Annotated[list[Analysis] | None, SetBy("name")] = Field(
        None, description="What is measured, by name."
    )


class FailureMode(Section):
    """A way to fail that was thought of beforehand."""

    id: Name = Field(description="Its name, unique within the release.")
    symptom: Text = Field(description="What people see.")
    signal: Text | None = Field(None, description="Metric or alert that shows it.")
    severity: Literal["low", "medium", "high", "critical"] | None = Field(
        None, description="How bad it is."
    )
    action: Literal["rollback", "pause", "page"] = Field(description="What is done about it.")
    runbook: Text | None = Field(None, description="Path or address of what to do.")


class Rollback(Section):
    """How the release is undone: artifacts, configuration, flags and alerts together."""

    to: RollbackTarget = Field(description="Where to: `previous`, or the digest of a release.")
    automatic_on: list[Name] | None = Field(
        None, description="Analyses and failure modes that start it by themselves."
    )
    window: Duration | None = Field(
        None, description="How long behind the rollout it starts by itself."
    )
    max_duration: Duration | None = Field(None, description="How long it may take at most.")
    verify: list[Name] | None = Field(
        None, description="Analyses that must succeed before it counts as done."
    )
