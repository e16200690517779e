"""The sections of a manifest that need no other, of every shape."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.codec.scalar_strategies import (
    ANY_TEXT,
    DECIMAL,
    DIGEST,
    DURATION,
    INTEGER,
    KEY,
    NAME,
    OPEN,
    OPEN_TEXTS,
    TEXT,
    VERSION,
    named,
    section,
)

Sections = st.SearchStrategy[dict[str, Any]]
OPEN_VALUES = st.dictionaries(KEY, OPEN, max_size=2)
AMOUNT = st.builds("{}e{}".format, st.integers(0, 10**9), st.integers(-9, 9))
FRACTION = st.integers(0, 1000).map(lambda part: f"{part / 1000:.3f}")
POSITIVE = st.integers(1, 10**9)
MEMORY = st.integers(0, 2**40) | st.builds(
    "{}{}".format, st.integers(0, 1023), st.sampled_from(["", "Ki", "Mi", "Gi", "M", "G", "e3"])
)
CPU = st.integers(0, 1000) | st.builds("{}m".format, st.integers(0, 10**6))
TOLERANCE = section({}, absolute=AMOUNT, relative=AMOUNT)
ACCELERATOR = section({"type": TEXT, "count": POSITIVE}, memory=MEMORY)


def _by(key: str, members: Sections) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(members, max_size=3, unique_by=lambda member: member[key])


def _signature() -> Sections:
    shape = st.lists(st.integers(-1, 4096), max_size=3)
    tensor = section({"name": TEXT, "dtype": st.sampled_from(["int32", "float32"])}, shape=shape)
    return section({}, inputs=named(tensor), outputs=named(tensor))


def _compatibility() -> Sections:
    target = section(
        {"name": NAME, "os": st.just("linux"), "arch": st.sampled_from(["x86_64", "aarch64"])},
        osVersion=VERSION,
        libc=st.sampled_from(["glibc", "musl"]),
        python=st.sampled_from(["3.11", "3.13t"]),
        cuda=section({}, toolkit=VERSION, computeCapability=st.just(["8.0"])),
    )
    return section({}, targets=named(target))


def _build() -> Sections:
    resource = section({"path": ANY_TEXT.filter(bool)}, name=TEXT, uri=TEXT, digest=DIGEST)
    return section(
        {},
        command=st.lists(ANY_TEXT, max_size=3),
        environment=_by("name", section({"name": KEY}, value=ANY_TEXT)),
        inputs=st.lists(resource, max_size=2),
        seeds=named(section({"name": NAME, "value": INTEGER})),
        hardware=section({}, cpu=TEXT, memory=MEMORY, accelerators=_by("type", ACCELERATOR)),
        tolerance=TOLERANCE,
    )


def _evaluation() -> Sections:
    golden = section({"input": ANY_TEXT.filter(bool)}, expected=OPEN_VALUES, tolerance=TOLERANCE)
    metric = section({"name": TEXT}, value=DECIMAL, floor=DECIMAL, confidence=FRACTION)
    load = section({}, concurrency=POSITIVE, rate=AMOUNT, duration=DURATION)
    promise = section({}, latency=DURATION, throughput=AMOUNT, memory=MEMORY, load=load)
    return section(
        {},
        golden=st.lists(golden, max_size=2),
        metrics=st.lists(metric, max_size=2),
        performance=st.lists(promise, max_size=2),
    )


def _observability() -> Sections:
    metric = section(
        {
            "name": st.from_regex(r"[a-z_:][a-z0-9_:]{0,8}", fullmatch=True),
            "type": st.sampled_from(["counter", "gauge"]),
        },
        unit=TEXT,
        labels=OPEN_TEXTS,
    )
    alert = section({"alert": TEXT, "expr": TEXT}, labels=OPEN_TEXTS)
    held = st.fixed_dictionaries({"alert": TEXT, "expr": TEXT, "for": DURATION})
    objective = section({"target": FRACTION}, value=TEXT)
    slo = section(
        {
            "name": NAME,
            "indicator": section({"thresholdMetric": TEXT}),
            "objectives": st.lists(objective, min_size=1, max_size=2),
        },
        budgetingMethod=st.just("Occurrences"),
    )
    return section(
        {},
        metrics=section({}, endpoint=TEXT, expected=named(metric)),
        alerts=_by("alert", alert | held),
        slos=named(slo),
        logs=section({}, format=st.just("json"), schema=TEXT),
        traces=section({}, sampler=st.just("always_on"), ratio=FRACTION),
    )


def _services() -> st.SearchStrategy[list[dict[str, Any]]]:
    secret = section({"provider": st.sampled_from(["env", "vault"]), "name": TEXT}, version=TEXT)
    auth = section({"scheme": st.sampled_from(["none", "bearer"])}, secretRef=secret)
    service = section({"name": NAME, "endpoint": TEXT}, auth=auth, timeout=DURATION, fallback=TEXT)
    return _by("name", service)


def _flag() -> Sections:
    return st.dictionaries(KEY, ANY_TEXT, min_size=1, max_size=3).flatmap(
        lambda variants: st.fixed_dictionaries(
            {
                "state": st.sampled_from(["ENABLED", "DISABLED"]),
                "variants": st.just(variants),
                "defaultVariant": st.sampled_from(sorted(variants)),
            }
        )
    )


_ORIGIN = section({"ref": TEXT}, digest=DIGEST, license=TEXT)
_STEP = section({"name": TEXT}, entrypoint=st.just("a.b:c"), digest=DIGEST, parameters=OPEN_VALUES)
_FAILURE = section({"id": NAME, "symptom": TEXT, "action": st.just("page")}, signal=TEXT)

OTHERS: dict[str, st.SearchStrategy[Any]] = {
    "signature": _signature(),
    "processing": section({}, pre=named(_STEP), post=named(_STEP)),
    "compatibility": _compatibility(),
    "flags": st.dictionaries(KEY, _flag(), max_size=2),
    "build": _build(),
    "evaluation": _evaluation(),
    "failureModes": _by("id", _FAILURE),
    "rollback": section({"to": st.just("previous")}, automaticOn=st.lists(NAME), window=DURATION),
    "observability": _observability(),
    "externalServices": _services(),
    "lineage": section({}, baseModel=_ORIGIN, datasets=_by("ref", _ORIGIN)),
    "card": section({"path": ANY_TEXT.filter(bool)}, digest=DIGEST),
}
"""Optional sections by name."""

RESOURCES = section({}, cpu=CPU, memory=MEMORY, accelerators=_by("type", ACCELERATOR))
ENVIRONMENT: dict[str, st.SearchStrategy[Any]] = {
    "resources": section({}, requests=RESOURCES, limits=RESOURCES),
    "system": section({}, env=OPEN_TEXTS, args=st.lists(ANY_TEXT, max_size=2), threads=POSITIVE),
    "placement": section({}, nodeSelector=OPEN_TEXTS),
}
"""Optional parts of the environment by name."""
