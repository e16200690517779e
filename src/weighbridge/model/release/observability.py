"""`spec.observability`: metrics, alerts, objectives, logs and traces."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from weighbridge.model.authoring.base import Section, SetBy
from weighbridge.model.authoring.fields import Duration, Fraction, Key, Name, Text
from weighbridge.model.release.forms import MetricName

Level = Literal["trace", "debug", "info", "warning", "error", "critical"]


class ExpectedMetric(Section):
    """A metric the release publishes."""

    name: MetricName = Field(description="Its name.")
    type: Literal["counter", "gauge", "histogram", "summary"] = Field(description="Its type.")
    unit: Text | None = Field(None, description="Its unit, such as `seconds`.")
    labels: dict[Key, str] | None = Field(None, description="Labels it always has.")


class Metrics(Section):
    """Where metrics are published, and which."""

    endpoint: Text | None = Field(None, description="Where they are read, such as `:9100/metrics`.")
    expected: Annotated[list[ExpectedMetric] | None, SetBy("name")] = Field(
        None, description="Metrics the release publishes, by name."
    )


class AlertAnnotations(Section):
    """What whoever is alerted is told."""

    summary: Text | None = Field(None, description="What happens, in a line.")
    description: Text | None = Field(None, description="What it means and what to do.")
    runbook_url: Text | None = Field(None, alias="runbook_url", description="Address of a runbook.")
    dashboard_url: Text | None = Field(
        None, alias="dashboard_url", description="Address of a dashboard."
    )


class Alert(Section):
    """An alert, in the words of a PrometheusRule."""

    alert: Text = Field(description="Its name.")
    expr: Text = Field(description="PromQL expression that is true when it fires.")
    hold: Duration | None = Field(
        None, alias="for", description="How long the expression must be true before."
    )
    keep_firing_for: Duration | None = Field(
        None, alias="keep_firing_for", description="How long it goes on firing behind that."
    )
    labels: dict[Key, str] | None = Field(None, description="Labels of the alert.")
    annotations: AlertAnnotations | None = Field(None, description="What is told with it.")


class RatioMetric(Section):
    """Good events out of all events."""

    good: Text | None = Field(None, description="PromQL expression that counts good events.")
    bad: Text | None = Field(None, description="PromQL expression that counts bad events.")
    total: Text = Field(description="PromQL expression that counts all events.")


class Indicator(Section):
    """What an objective is measured by."""

    ratio_metric: RatioMetric | None = Field(None, description="Good events out of all events.")
    threshold_metric: Text | None = Field(
        None, description="PromQL expression that is compared with an objective's value."
    )


class TimeWindow(Section):
    """The time an objective is measured over."""

    duration: Duration = Field(description="Its length.")
    is_rolling: bool | None = Field(None, description="Whether it moves with the clock.")


class Objective(Section):
    """A target of an indicator."""

    display_name: Text | None = Field(None, description="Name, for people.")
    op: Literal["lt", "lte", "gt", "gte"] | None = Field(
        None, description="How the indicator is compared with `value`."
    )
    value: Text | None = Field(None, description="Threshold of the indicator, quoted.")
    target: Fraction = Field(description="Share that must be good, such as `0.999`.")


class ServiceLevelObjective(Section):
    """An objective, in the words of OpenSLO."""

    name: Name = Field(description="Its name.")
    description: Text | None = Field(None, description="What it promises.")
    indicator: Indicator = Field(description="What it is measured by.")
    time_window: TimeWindow | None = Field(None, description="The time it is measured over.")
    budgeting_method: Literal["Occurrences", "Timeslices", "RatioTimeslices"] | None = Field(
        None, description="How its error budget is counted."
    )
    objectives: Annotated[list[Objective], Field(min_length=1)] = Field(description="Its targets.")


class Logs(Section):
    """How the release logs."""

    format: Literal["json", "logfmt", "text"] | None = Field(None, description="Form of a line.")
    schema_: Text | None = Field(
        None, alias="schema", description="Schema of a line: a path or an address."
    )
    level: Level | None = Field(None, description="Least weighty level that is written.")


class Traces(Section):
    """How the release traces, in the words of OpenTelemetry's SDK configuration."""

    propagators: (
        list[
            Literal["tracecontext", "baggage", "b3", "b3multi", "jaeger", "xray", "ottrace", "none"]
        ]
        | None
    ) = Field(None, description="How a trace's context travels (`OTEL_PROPAGATORS`).")
    sampler: (
        Literal[
            "always_on",
            "always_off",
            "traceidratio",
            "parentbased_always_on",
            "parentbased_always_off",
            "parentbased_traceidratio",
            "parentbased_jaeger_remote",
            "jaeger_remote",
            "xray",
        ]
        | None
    ) = Field(None, description="What decides which traces are kept (`OTEL_TRACES_SAMPLER`).")
    ratio: Fraction | None = Field(None, description="Share of traces that is kept.")


class Observability(Section):
    """Metrics, alerts, objectives, logs and traces."""

    metrics: Metrics | None = Field(None, description="Metrics, and where they are published.")
    alerts: Annotated[list[Alert] | None, SetBy("alert")] = Field(
        None, description="Alerts, by name."
    )
    slos: Annotated[list[ServiceLevelObjective] | None, SetBy("name")] = Field(
        None, description="Objectives, by name."
    )
    logs: Logs | None = Field(None, description="How it logs.")
    traces: Traces | None = Field(None, description="How it traces.")
