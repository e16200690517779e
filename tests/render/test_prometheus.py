"""The target `prometheus`, held against promtool and against the schemas of the operators."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.render.orders import files_of, refused, rendered
from tests.render.strict import complaints, schemas
from tests.render.watched import (
    ALERTS,
    EXPECTED,
    FAILURES,
    NAME,
    OBJECTIVES,
    OPTIONS,
    WATCHED,
    alert,
    changed,
    digest,
    documents,
    judged,
    promtool,
    rules,
    watching,
    written,
)
from weighbridge.render.observability.options import PROMETHEUS_VERSIONS
from weighbridge.render.rendering import SUMS
from weighbridge.render.targets import TARGETS

if TYPE_CHECKING:
    from pathlib import Path

    from _pytest.mark import ParameterSet


def slowly(version: str) -> ParameterSet:
    return pytest.param(version, marks=pytest.mark.slow)


def test_everything_that_watches_a_release_is_there() -> None:
    assert sorted(documents(options=OPTIONS)) == [
        f"grafana/{NAME}.json",
        "opentelemetrycollector.yaml",
        "prometheus/prometheus.yml",
        "prometheusrule.yaml",
        f"rules/{NAME}.rules.yaml",
        "service-metrics.yaml",
        "servicemonitor.yaml",
        f"tests/{NAME}-long.test.yaml",
        f"tests/{NAME}.test.yaml",
    ]


@pytest.mark.parametrize(
    "version",
    [*PROMETHEUS_VERSIONS[-1:], *(slowly(one) for one in PROMETHEUS_VERSIONS[:-1])],
)
def test_promtool_takes_the_rules_and_the_configuration(version: str, tmp_path: Path) -> None:
    done = rendered("prometheus", change=WATCHED, version=version, options=OPTIONS)
    folder = written(done, tmp_path / "out")
    checked = promtool("check", "rules", *(folder / "rules").iterdir())
    assert checked.returncode == 0, checked.stdout + checked.stderr
    configured = promtool("check", "config", folder / "prometheus" / "prometheus.yml")
    assert configured.returncode == 0, configured.stdout + configured.stderr
    assert "1 rule files found" in configured.stdout + configured.stderr


def test_every_failure_mode_and_every_alert_fires_in_its_test(tmp_path: Path) -> None:
    found = documents()
    done = judged(written(rendered("prometheus", change=WATCHED), tmp_path / "out"))
    assert done.returncode == 0, done.stdout + done.stderr
    names = [
        one["name"]
        for path, document in found.items()
        if path.startswith("tests/")
        for one in document["tests"]
    ]
    for mode in FAILURES:
        assert any(f"({mode['id']})" in one and "fires" in one for one in names)
        assert any(f"({mode['id']})" in one and "is quiet" in one for one in names)
    for one in rules(found[f"rules/{NAME}.rules.yaml"]):
        if "alert" in one:
            assert any(name.startswith(one["alert"]) and "fires" in name for name in names)


@pytest.fixture(scope="module")
def alerting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a release that has alerts, whose words are known, and no objectives."""
    seen: dict[str, Any] = {
        **WATCHED["spec"]["observability"],
        "slos": None,
        "alerts": [{**one, "annotations": None} for one in ALERTS],
    }
    change = {"spec": {**WATCHED["spec"], "observability": seen}}
    folder = tmp_path_factory.mktemp("alerting") / "out"
    written(rendered("prometheus", change=change), folder)
    assert judged(folder).returncode == 0
    return folder


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("> 0.2", "> 0.225"),
        ("> 0.2", "> 0.175"),
        ("> 0.2", "< 0.2"),
        ("> 0.05", "> 0.0575"),
        ("> 0.05", "> 0.0425"),
        ("> 0.5", "> 0.6"),
        ("> 0.5", "> 0.45"),
        ("> 3600", "> 4000"),
        ("> 3600", "> 3200"),
        (" == 0 or absent", " == 1 or absent"),
        ('for: "5m"', 'for: "15m"'),
        ('for: "10m"', 'for: "1m"'),
        ("severity: page", "severity: none"),
        ("symptom: callers wait", "symptom: nobody waits"),
        ('release=~\\"|sha256', 'release!~\\"|sha256'),
        ("action: rollback", "action: page"),
        ("release=~", "job!~"),
    ],
)
def test_a_rule_that_was_changed_fails_its_test(
    old: str, new: str, alerting: Path, tmp_path: Path
) -> None:
    done = judged(changed(alerting, old, new, tmp_path / "out"))
    assert done.returncode != 0
    assert "FAILED" in done.stdout + done.stderr


@pytest.fixture(scope="module")
def burning(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a release that has objectives alone."""
    change = watching(metrics={"expected": EXPECTED}, slos=OBJECTIVES)
    folder = tmp_path_factory.mktemp("burning") / "out"
    return written(rendered("prometheus", change=change), folder)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("> 0.0144", "> 0.0165"),
        ("> 0.006", "> 0.0052"),
        ("> 0.003 and", "> 1 and"),
        ("> 0.001", "> 0.0012"),
        (">= bool 0.25", ">= bool 0.3"),
        ("requests_total[6h]", "requests_errors_total[6h]"),
        # The short window is no longer asked, so the alert goes on when all is well again.
        (re.compile(r' and slo:sli_error:ratio_rate5m\{slo=\\"avail[^}]*\} > 0.0144'), ""),
    ],
)
def test_an_objective_that_was_changed_fails_its_test(
    old: str | re.Pattern[str], new: str, burning: Path, tmp_path: Path
) -> None:
    done = judged(changed(burning, old, new, tmp_path / "out"))
    assert done.returncode != 0
    assert "FAILED" in done.stdout + done.stderr


def test_every_alert_says_the_whole_digest_of_its_release() -> None:
    found = documents()
    groups = found["prometheusrule.yaml"]["spec"]
    assert groups == found[f"rules/{NAME}.rules.yaml"]
    made = list(rules(groups))
    assert len(made) == len(ALERTS) + 1 + 2 * 4 + 7 + 8
    for one in made:
        assert one["labels"]["release"] == digest(found)
        assert "$release" not in json.dumps(one)


def test_a_failure_mode_is_said_by_the_alerts_that_show_it() -> None:
    made = {
        one["alert"]: one
        for one in rules(documents()["prometheusrule.yaml"]["spec"])
        if "alert" in one
    }
    said = {
        one["labels"]["failure_mode"]: one
        for one in made.values()
        if "failure_mode" in one["labels"]
    }
    assert set(said) == {"wrong-labels", "slow", "failing-requests", "gone"}
    assert said["wrong-labels"]["annotations"]["runbook"] == "docs/runbooks/labels.md"
    assert said["wrong-labels"]["labels"]["severity"] == "page"  # the alert's own word
    failing = said["failing-requests"]
    assert failing["alert"] == "FailingRequests"
    assert failing["annotations"]["runbook_url"] == "https://r.example/errors"
    assert failing["labels"]["action"] == "rollback"
    assert failing["labels"]["severity"] == "critical"
    assert failing["for"] == "30s"


def test_metrics_are_labelled_with_the_release_of_the_replica_they_come_from() -> None:
    found = documents(options=OPTIONS)
    monitor = found["servicemonitor.yaml"]
    assert monitor["metadata"]["labels"]["release"] == "kube-prometheus-stack"
    read = found["service-metrics.yaml"]
    assert monitor["spec"]["selector"]["matchLabels"].items() <= read["metadata"]["labels"].items()
    assert read["spec"]["selector"] == {"app.kubernetes.io/instance": NAME}
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint["port"] in {one["name"] for one in read["spec"]["ports"]}
    assert (endpoint["port"], endpoint["path"]) == ("metrics", "/metrics")
    assert endpoint["relabelings"] == [
        {
            "sourceLabels": ["__meta_kubernetes_pod_annotation_weighbridge_dev_release"],
            "targetLabel": "release",
            "action": "replace",
        }
    ]
    (job,) = found["prometheus/prometheus.yml"]["scrape_configs"]
    assert job["static_configs"] == [
        {"targets": ["127.0.0.1:9100", "[::1]:9100"], "labels": {"release": digest(found)}}
    ]


def test_telemetry_that_does_not_say_its_release_is_told_it() -> None:
    found = documents(options=OPTIONS)
    config: dict[str, Any] = found["opentelemetrycollector.yaml"]["spec"]["config"]
    attributes = {one["key"]: one for one in config["processors"]["resource"]["attributes"]}
    assert attributes["weighbridge.release"]["value"] == digest(found)
    assert {one["action"] for one in attributes.values()} == {"insert"}
    assert config["exporters"] == {"otlphttp": {"endpoint": "https://otlp.example.com/v1"}}
    used = [config["service"]["pipelines"][signal] for signal in ("traces", "logs", "metrics")]
    for one in used:
        for part, known in (
            ("receivers", "receivers"),
            ("processors", "processors"),
            ("exporters", "exporters"),
        ):
            assert set(one[part]) <= set(config[known])
        assert one["processors"][-1] == "batch"


@pytest.mark.parametrize(
    ("endpoint", "exporter"),
    [
        ("http://otel:4317", {"otlp": {"endpoint": "otel:4317", "tls": {"insecure": True}}}),
        ("https://otel:4317", {"otlp": {"endpoint": "otel:4317", "tls": {"insecure": False}}}),
    ],
)
def test_telemetry_is_sent_on_by_grpc_where_no_path_is_named(
    endpoint: str, exporter: dict[str, Any]
) -> None:
    found = documents(options={"otlpEndpoint": endpoint})
    assert found["opentelemetrycollector.yaml"]["spec"]["config"]["exporters"] == exporter


def test_custom_kinds_are_as_the_strict_schemas_of_their_operators_say() -> None:
    found = documents(options=OPTIONS)
    known = schemas()
    for path, document in found.items():
        if "/" not in path and path != "service-metrics.yaml":  # a kind of Kubernetes itself
            schema = known.get((document["apiVersion"], document["kind"].lower()))
            assert schema is not None or not known
            assert list(complaints(document, schema or {})) == []
            about = document["metadata"]
            assert about["annotations"]["weighbridge.dev/release"] == digest(found)
            assert about["labels"]["weighbridge.dev/release"] == digest(found)[7:70]


def test_the_rules_of_another_release_are_another_object() -> None:
    names = {
        yaml.safe_load(files_of(rendered("prometheus", change=change))["prometheusrule.yaml"])[
            "metadata"
        ]["name"]
        for change in ({}, {"metadata": {"version": "1.4.1"}})
    }
    assert len(names) == 2


def test_a_release_that_says_nothing_of_it_is_refused() -> None:
    change = {"spec": {"observability": None, "failureModes": None}}
    assert list(refused(rendered("prometheus", change=change))) == ["/spec"]


def test_what_is_not_said_is_not_written() -> None:
    traces = rendered("prometheus", change=watching(traces={"sampler": "always_on"}))
    assert sorted(files_of(traces)) == [SUMS, f"grafana/{NAME}.json", "opentelemetrycollector.yaml"]
    metrics = rendered(
        "prometheus", change=watching(metrics={"endpoint": None, "expected": EXPECTED[:1]})
    )
    assert sorted(files_of(metrics)) == [SUMS, f"grafana/{NAME}.json"]
    assert any("no ServiceMonitor" in one for one in metrics.notices)


def test_a_place_of_metrics_without_a_port_is_refused() -> None:
    done = rendered("prometheus", change=watching(metrics={"endpoint": "https://x/metrics"}))
    assert list(refused(done)) == ["/spec/observability/metrics/endpoint"]


def test_metrics_without_a_type_are_read_as_the_option_says_by_prometheus_3_alone() -> None:
    options = {**OPTIONS, "fallbackScrapeProtocol": "PrometheusText0.0.4"}
    for version, there in (("2.53", False), ("3.5", True)):
        found = documents(version=version, options=options)
        (job,) = found["prometheus/prometheus.yml"]["scrape_configs"]
        assert ("fallback_scrape_protocol" in job) is there
        assert ("fallbackScrapeProtocol" in found["servicemonitor.yaml"]["spec"]) is there


@pytest.mark.parametrize(
    ("change", "refusing"),
    [
        (alert('x_bucket{le="1"} > 5'), {"3.5"}),
        (alert('rate(x_bucket{le="0.5"}[20s]) > 5'), {"3.5"}),
        (alert("rate(x[10s]) > 5"), {"2.53", "3.5"}),
        (alert("double_exponential_smoothing(x[5m], 0.1, 0.2) > 5"), {"2.53"}),
        (alert("x > 5", labels={"my.team": "a"}), {"2.53"}),
        (alert("x > 5", labels={"__team": "a"}), {"2.53", "3.5"}),
        (alert("rate(x[1m]) > 5"), set()),
    ],
)
def test_what_a_version_of_prometheus_cannot_do_is_refused_with_what_would(
    change: dict[str, Any], refusing: set[str]
) -> None:
    for version in ("2.53", "3.5"):
        done = rendered("prometheus", version=version, change=change)
        assert bool(done.refusals) is (version in refusing), done.refusals
        assert all(one.pointer.startswith("/spec/observability/alerts/0") for one in done.refusals)


def test_the_target_is_there_with_its_versions() -> None:
    (target,) = (one for one in TARGETS if one.kind == "prometheus")
    assert target.versions == PROMETHEUS_VERSIONS
    assert "prometheus" not in {one.name for one in target.options}
