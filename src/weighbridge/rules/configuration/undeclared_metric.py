"""An alert, an analysis or an objective reads a metric that the release does not publish.

## What it checks

Every PromQL expression of the manifest (`query` of analyses, `expr` of alerts, indicators of
objectives): that it can be read, and that every metric it selects is declared in
`spec.observability.metrics.expected`. `signal` of a failure mode is a declared metric, an alert or
an analysis.

A histogram declares `_bucket`, `_sum` and `_count`, a summary `_sum` and `_count`, and a counter
without the suffix also its `_total`. What others publish need not be declared: `up`, `ALERTS`,
recording rules (`job:errors:ratio5m`) and names that begin with `scrape_`, `kube_`, `kubelet_`,
`container_`, `machine_`, `node_`, `process_`, `go_`, `python_`, `DCGM_`, `istio_`, `envoy_`,
`haproxy_`, `nginx_` or `traefik_`. An expression that does not name its metric is inconclusive.

`$release` may stand in the value of a label, for the release that is rolled out; nothing else that
begins with `$` may.

## Why it matters

An alert over a metric nobody publishes is silent for ever, and silence looks like health. The
spelling mistake is found on the day the alert should have fired.

## How to fix

Correct the name, or declare the metric:
`expected: [{name: requests_errors_total, type: counter}]`. Publish counters at zero before the
first error, or the expression has no answer either.

## Example

    metrics: {expected: [{name: unknown_ratio, type: gauge}]}
    alerts: [{alert: UnknownLabels, expr: "unknow_ratio > 0.2"}]

fails: did you mean `unknown_ratio`?

## References

- Prometheus, querying: https://prometheus.io/docs/prometheus/latest/querying/basics/
- Prometheus, histograms and summaries: https://prometheus.io/docs/practices/histograms/
- OpenMetrics 1.0, "Counter": https://prometheus.io/docs/specs/om/open_metrics_spec/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.codec.promql import RELEASE, QueryError, find, read_query, renamed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.rules import items, placed, sample
from weighbridge.rules.configuration import queries
from weighbridge.rules.configuration.queries import Written
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.codec.promql import Query
    from weighbridge.model.fact import Facts
    from weighbridge.model.release.observability import ExpectedMetric

EXPECTED = "/spec/observability/metrics/expected"

_CREATED = "_created"  # OpenMetrics: when the counting began
_SUFFIXES = {
    "counter": (_CREATED,),
    "gauge": (),
    "histogram": ("_bucket", "_sum", "_count", _CREATED),
    "summary": ("_sum", "_count", _CREATED),
}
_OTHERS_NAMES = frozenset({"up", "ALERTS", "ALERTS_FOR_STATE"})
_OTHERS_PREFIXES = (
    *("scrape_", "kube_", "kubelet_", "container_", "machine_", "node_", "DCGM_"),
    *("process_", "go_", "python_"),
    *("istio_", "envoy_", "haproxy_", "nginx_", "traefik_"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An expression, or the name a failure mode is shown by.

    Attributes:
        written: It, as it is written.
        known: The names it may speak of.
        is_name: Whether it is a name alone.
    """

    written: Written
    known: frozenset[str]
    is_name: bool = False


def each(facts: Facts) -> Iterator[Item[Asked]]:
    """Yield every expression, and every signal of a failure mode."""
    names = frozenset(_names(facts))
    for item in queries.queries(facts):
        value = Asked(written=item.value, known=names)
        yield Item(subject=item.subject, location=item.location, value=value)
    signals = names | _other_signals(facts)
    modes = facts.release.spec.failure_modes or () if facts.release else ()
    for index, mode in enumerate(modes):
        if mode.signal is not None:
            at = f"/spec/failureModes/{index}/signal"
            written = Written(pointer=at, text=mode.signal, what=f"failure mode {mode.id}")
            value = Asked(written=written, known=signals, is_name=True)
            yield Item(subject=placed.path(facts, at), location=items.place(facts, at), value=value)


def judge(asked: Asked, facts: Facts) -> Iterator[Judgement]:
    """Read an expression, and look for what it selects."""
    if asked.is_name:
        yield from _signal(asked, facts)
        return
    written = asked.written
    try:
        query = read_query(written.text)
    except QueryError as error:
        yield _unreadable(written, error, facts)
        return
    yield from _variables(written, query, facts)
    unknown = {selector.name for selector in query.selectors} - asked.known
    for name in sorted(unknown - {""}):
        if not _of_others(name):
            yield _not_declared(asked, name, facts)
    if "" in unknown:
        yield placed.against(
            facts,
            written.pointer,
            f"{written.what} does not name the metric it reads",
            seen=" ".join(written.text.split()),
            wanted="the name of a metric",
            remediation=("write the name before the braces: `requests_total{…}`",),
            verdict=Verdict.INCONCLUSIVE,
        )


def _unreadable(written: Written, error: QueryError, facts: Facts) -> Judgement:
    place = items.place_within(facts, written.pointer, error.line, error.column)
    return placed.against(
        facts,
        written.pointer,
        f"the expression of {written.what} {error.message}",
        location=place,
        seen=" ".join(written.text.split()),
        wanted="an expression in PromQL",
        remediation=((error.hint,) if error.hint else ())
        + (placed.setting(facts, written.pointer),),
    )


def _variables(written: Written, query: Query, facts: Facts) -> Iterator[Judgement]:
    """Find what looks like a variable and is none: as a text it matches nothing."""
    values = {matcher.value for each in query.selectors for matcher in each.matchers}
    for value in sorted(values - {RELEASE}):
        if value.startswith("$") and len(value) > 1:
            place = items.place_within(facts, written.pointer, *find(written.text, value))
            corrected = renamed(written.text, value, RELEASE)
            yield placed.against(
                facts,
                written.pointer,
                f"{written.what} matches a label with `{value}`, which stands for nothing",
                location=place,
                seen=value,
                wanted=RELEASE,
                remediation=(placed.setting(facts, written.pointer, corrected),),
            )


def _not_declared(asked: Asked, name: str, facts: Facts) -> Judgement:
    written = asked.written
    place = items.place_within(facts, written.pointer, *find(written.text, name))
    meant = placed.nearest(name, asked.known)
    declared = {known for known in asked.known if not known.endswith(_CREATED)}
    corrected = renamed(written.text, name, meant)
    return placed.against(
        facts,
        written.pointer,
        f"{written.what} reads the metric {name}, which is not declared",
        location=place,
        seen=name,
        wanted=meant or placed.listed(declared, "a declared metric"),
        cause=placed.misspelling(name, meant),
        remediation=(
            placed.setting(facts, written.pointer, corrected if meant else "VALUE"),
            f"or declare it: `{{name: {name}, type: …}}` in {placed.path(facts, EXPECTED)}",
        ),
    )


def _of_others(name: str) -> bool:
    """Tell whether something else than the release publishes a metric."""
    return name in _OTHERS_NAMES or ":" in name or name.startswith(_OTHERS_PREFIXES)


def _names(facts: Facts) -> set[str]:
    metrics = queries.declared(facts)
    expected = metrics.expected or () if metrics else ()
    return {name for metric in expected for name in _published(metric)}


def _published(metric: ExpectedMetric) -> Iterator[str]:
    """List the names a declared metric is read under."""
    yield metric.name
    for suffix in _SUFFIXES.get(metric.type, ()):
        yield metric.name.removesuffix("_total") + suffix
    if metric.type == "counter" and not metric.name.endswith("_total"):
        yield f"{metric.name}_total"


def _other_signals(facts: Facts) -> set[str]:
    """List the alerts and the analyses: what beside a metric can show a failure mode."""
    spec = facts.release.spec if facts.release else None
    seen, rollout = (spec.observability, spec.rollout) if spec else (None, None)
    alerts = {alert.alert for alert in seen.alerts or ()} if seen else set()
    return alerts | ({each.name for each in rollout.analysis or ()} if rollout else set())


def _signal(asked: Asked, facts: Facts) -> Iterator[Judgement]:
    written = asked.written
    if written.text in asked.known or _of_others(written.text):
        return
    yield placed.one_of(
        facts,
        written.pointer,
        f"{written.what} is shown by {written.text}, no metric, alert or analysis declared",
        seen=written.text,
        names=asked.known,
        what="a metric, an alert or an analysis",
    )


def examples() -> list[Example]:
    """Show an alert over a declared metric, an undeclared one, and expressions that are none."""
    expected: list[Any] = [
        {"name": "unknown_ratio", "type": "gauge"},
        {"name": "request_seconds", "type": "histogram"},
    ]

    def alert(verdict: Verdict, title: str, expr: str, seen: str = "") -> Example:
        alerts: list[Any] = [{"alert": "UnknownLabels", "expr": expr}]
        facts = sample.release({EXPECTED: expected, "/spec/observability/alerts": alerts})
        return Example(title=title, facts=facts, verdict=verdict, seen=seen)

    quantile = 'histogram_quantile(0.99, rate(request_seconds_bucket{release="$release"}[5m])) > 1'
    return [
        alert(Verdict.PASS, "a declared metric", "unknown_ratio > 0.2"),
        alert(Verdict.PASS, "the buckets of a declared histogram", quantile),
        alert(Verdict.FAIL, "a misspelt metric", "unknow_ratio > 0.2", "misspelling of"),
        alert(Verdict.FAIL, "a parenthesis too few", "rate(unknown_ratio[5m] > 0", "opens `(`"),
        alert(Verdict.INCONCLUSIVE, "a metric that is not named", '{job="model"} > 0', "name"),
        Example(
            title="a signal nobody declares",
            facts=sample.release(
                {
                    "/spec/failureModes": [
                        {
                            "id": "wrong-labels",
                            "symptom": "unknown labels rise",
                            "signal": "unknown_ratio",
                            "action": "page",
                        }
                    ]
                }
            ),
            verdict=Verdict.FAIL,
            seen="no metric, alert or analysis",
        ),
    ]


RULE = Rule(
    code="CFG006",
    name="undeclared-metric",
    severity=Severity.ERROR,
    each=each,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
