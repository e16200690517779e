"""CFG006 and CFG008: which metrics, and which release, the expressions of a manifest speak of."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.asking import ask, messages, verdict
from weighbridge.model.finding import Verdict
from weighbridge.rules import sample

EXPECTED = "/spec/observability/metrics/expected"
ALERTS = "/spec/observability/alerts"
ENV = "/spec/environment/system/env"
METRICS = [
    {"name": "errors_total", "type": "counter"},
    {"name": "requests", "type": "counter"},
    {"name": "ratio", "type": "gauge"},
    {"name": "seconds", "type": "histogram"},
    {"name": "bytes", "type": "summary"},
]


def reading(expr: str, **changes: Any) -> list[str]:  # noqa: ANN401 - changes of any kind
    alerts = [{"alert": "A", "expr": expr, **changes}]
    facts = sample.release({EXPECTED: list[Any](METRICS), ALERTS: alerts})
    return messages(ask("CFG006", facts) + ask("CFG008", facts))


@pytest.mark.parametrize(
    "expr",
    [
        "rate(errors_total[5m]) > 1",
        "errors_created > 0",
        "requests_total + requests > 0",
        "ratio > 0.5",
        "seconds_bucket + seconds_sum + seconds_count + seconds > 0",
        'bytes{quantile="0.9"} + bytes_sum / bytes_count > 0',
        "up == 0 or ALERTS > 1",
        "scrape_duration_seconds + kube_pod_info + container_cpu_usage_seconds_total > 0",
        "process_resident_memory_bytes + python_gc_objects_collected_total + go_goroutines > 0",
        "job:errors:ratio5m > 0.1",
        '{__name__="ratio"} > 1',
        'ratio{release="$release", a="$"} > 1',
        "TODO",
        "1 > bool 2",
    ],
)
def test_metrics_that_are_published(expr: str) -> None:
    assert reading(expr) == []


@pytest.mark.parametrize(
    ("expr", "message"),
    [
        ("error_total > 1", "alert A reads the metric error_total, which is not declared"),
        ("ratio_total > 1", "alert A reads the metric ratio_total, which is not declared"),
        ("ratio_sum > 1", "alert A reads the metric ratio_sum, which is not declared"),
        ("bytes_bucket > 1", "alert A reads the metric bytes_bucket, which is not declared"),
        ("uptime > 1", "alert A reads the metric uptime, which is not declared"),
        (
            'ratio{a="$relase"} > 1',
            "alert A matches a label with `$relase`, which stands for nothing",
        ),
        ("ratio > ", "the expression of alert A is no PromQL"),
        (
            "ratio{release=$release} > 1",
            "the expression of alert A holds `$release` outside of quotes",
        ),
        ('{a="b"} > 1', "alert A does not name the metric it reads"),
    ],
)
def test_metrics_that_are_not(expr: str, message: str) -> None:
    assert reading(expr) == [message]


def test_a_metric_is_pointed_at_where_it_is_read_and_the_command_mends_it() -> None:
    expr = "sum(ratio) / sum(rati)"
    facts = sample.release({EXPECTED: list[Any](METRICS), ALERTS: [{"alert": "A", "expr": expr}]})

    (finding,) = ask("CFG006", facts)
    assert facts.document is not None
    begins = facts.document.location(f"{ALERTS}/0/expr")
    assert (finding.location.line, finding.location.column) == (begins.line, begins.column + 18)
    assert finding.cause == "rati looks like a misspelling of ratio"
    assert finding.remediation[0] == (
        "run `weighbridge set spec.observability.alerts.A.expr 'sum(ratio) / sum(ratio)'`"
    )


def test_every_kind_of_expression_is_read() -> None:
    slos = [
        {
            "name": "ready",
            "indicator": {"ratioMetric": {"good": "g", "bad": "b", "total": "t"}},
            "objectives": [{"target": "0.9"}],
        },
        {"name": "fast", "indicator": {"thresholdMetric": "m"}, "objectives": [{"target": "0.9"}]},
        {"name": "empty", "indicator": {}, "objectives": [{"target": "0.9"}]},
    ]
    rollout = {"strategy": "recreate", "analysis": [{"name": "errors", "query": "q"}]}
    facts = sample.release({"/spec/observability/slos": slos, "/spec/rollout": rollout})

    findings = ask("CFG006", facts)
    assert sorted(found.seen for found in findings) == ["b", "g", "m", "q", "t"]
    assert {found.wanted for found in findings} == {"a declared metric: there is none"}


def test_an_alert_where_nothing_is_declared_fails() -> None:
    facts = sample.release({ALERTS: [{"alert": "A", "expr": "ratio > 1"}]})

    assert verdict(ask("CFG006", facts)) is Verdict.FAIL


@pytest.mark.parametrize("signal", ["ratio", "Down now", "errors", "kube_pod_info", "TODO"])
def test_signals_that_are_declared(signal: str) -> None:
    assert shown_by(signal) == []


@pytest.mark.parametrize("signal", ["rato", "Down", "seconds > 1"])
def test_signals_that_are_not(signal: str) -> None:
    assert shown_by(signal) == [
        f"failure mode m is shown by {signal}, no metric, alert or analysis declared"
    ]


def shown_by(signal: str) -> list[str]:
    mode = {"id": "m", "symptom": "s", "signal": signal, "action": "page"}
    rollout = {"strategy": "recreate", "analysis": [{"name": "errors", "query": "up"}]}
    facts = sample.release(
        {
            EXPECTED: list[Any](METRICS),
            ALERTS: [{"alert": "Down now", "expr": "up == 0"}],
            "/spec/rollout": rollout,
            "/spec/failureModes": [mode],
        }
    )
    return messages(ask("CFG006", facts))


def test_a_long_list_of_what_is_declared_is_cut() -> None:
    metrics = [{"name": f"metric_{letter}", "type": "gauge"} for letter in "abcdefgh"]
    facts = sample.release(
        {EXPECTED: list[Any](metrics), ALERTS: [{"alert": "A", "expr": "other > 1"}]}
    )

    (finding,) = ask("CFG006", facts)
    assert finding.wanted == "one of metric_a, metric_b, metric_c, metric_d, metric_e, …"


def contaminated(changes: dict[str, Any]) -> list[str]:
    return messages(ask("CFG008", sample.release(changes)))


@pytest.mark.parametrize(
    "changes",
    [
        {ENV: {"A": "file-type-detector@1.4.0", "B": "other@1.3.0", "C": "1.3.0"}},
        {ENV: {"A": "mail file-type-detector@example.com"}},
        {ENV: {"A": "the-file-type-detector@1.3.0", "B": "See file-type-detector@v1.4.0."}},
        {"/metadata/annotations": {"before": "file-type-detector@1.3.0"}},
        {"/metadata/version": "TODO", ENV: {"A": "file-type-detector@1.3.0"}},
        {ALERTS: [{"alert": "A", "expr": 'up{release="file-type-detector@1.4.0"} == 0'}]},
        {ALERTS: [{"alert": "A", "expr": 'up{release=""} == 0 or up{release!="x"} == 0'}]},
        {ALERTS: [{"alert": "A", "expr": 'up{release="other" == 0'}]},
        {ALERTS: [{"alert": "A", "expr": 'up{release="$relase"} == 0'}]},
        {ALERTS: [{"alert": "A", "expr": "up", "labels": {"version": "1.4.0", "team": "x"}}]},
        {ALERTS: [{"alert": "A", "expr": "up", "labels": {"release": "{{ $labels.release }}"}}]},
        {
            "/spec/model/version": "3.3",
            ALERTS: [{"alert": "A", "expr": "up", "labels": {"version": "3.3"}}],
        },
    ],
)
def test_configuration_of_this_release(changes: dict[str, Any]) -> None:
    assert contaminated(changes) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {ENV: {"MODEL": "file-type-detector@1.3.0"}},
            "MODEL names another release: file-type-detector@1.3.0",
        ),
        (
            {"/spec/environment/system/args": ["--load=file-type-detector@v1.3,x"]},
            "spec.environment.system.args.0 names another release: file-type-detector@v1.3",
        ),
        (
            {"/spec/parameters/p": {"type": "array", "value": ["file-type-detector@1.3.0"]}},
            "spec.parameters.p.value.0 names another release: file-type-detector@1.3.0",
        ),
        (
            {
                "/spec/parameters/p": {
                    "type": "string",
                    "mapsTo": {"env": "file-type-detector@1.5.0"},
                }
            },
            "spec.parameters.p.mapsTo.env names another release: file-type-detector@1.5.0",
        ),
        (
            {
                "/spec/flags/shadow": {
                    "state": "ENABLED",
                    "variants": {"on": "file-type-detector@1.3.0"},
                    "defaultVariant": "on",
                }
            },
            "spec.flags.shadow.variants.on names another release: file-type-detector@1.3.0",
        ),
        (
            {
                "/spec/externalServices": [
                    {"name": "s", "endpoint": "https://x/file-type-detector@1.3.0"}
                ]
            },
            "spec.externalServices.s.endpoint names another release: file-type-detector@1.3.0",
        ),
        (
            {"/spec/observability/metrics/endpoint": "/file-type-detector@2/metrics"},
            "spec.observability.metrics.endpoint names another release: file-type-detector@2",
        ),
        (
            {ALERTS: [{"alert": "A", "expr": 'up{release="other"} == 0'}]},
            'the expression of alert A names another release: release="other"',
        ),
        (
            {ALERTS: [{"alert": "A", "expr": "up", "labels": {"release": "other"}}]},
            "a label of alert A names another release: release: other",
        ),
        (
            {EXPECTED: [{"name": "m", "type": "gauge", "labels": {"version": "1.3.0"}}]},
            "a label of metric m names another release: version: 1.3.0",
        ),
    ],
)
def test_configuration_of_another_release(changes: dict[str, Any], message: str) -> None:
    assert contaminated(changes) == [message]


def test_the_command_mends_the_whole_value() -> None:
    args = ["--load=file-type-detector@1.3.0"]
    expr = 'up{release="other"} == 0'
    facts = sample.release(
        {
            "/spec/environment/system/args": list[Any](args),
            ENV: {"MODEL": "m:file-type-detector@1.3.0"},
            ALERTS: [{"alert": "A", "expr": expr}],
        }
    )

    assert [found.remediation for found in ask("CFG008", facts)] == [
        ("run `weighbridge set spec.environment.system.args.0 VALUE`",),
        ("run `weighbridge set spec.environment.system.env.MODEL m:file-type-detector@1.4.0`",),
        ("run `weighbridge set spec.observability.alerts.A.expr 'up{release=\"$release\"} == 0'`",),
    ]
