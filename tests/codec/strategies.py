"""Releases of every shape, and every way to write them down."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import strategies as st

from tests.codec.scalar_strategies import (
    ANY_TEXT,
    COMMIT,
    COUNT,
    DIGEST,
    DURATION,
    KEY,
    LARGEST,
    NAME,
    OF_TYPE,
    OPEN_TEXTS,
    SHARE,
    TEXT,
    TIME,
    VERSION,
    named,
    section,
    with_some,
)
from tests.codec.section_strategies import ENVIRONMENT, OTHERS


@st.composite
def parameters(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(sorted(OF_TYPE)))
    value = OF_TYPE[kind]
    effect = section({"direction": st.sampled_from(["up", "down", "none", "either"])}, note=TEXT)
    return draw(
        section(
            {"type": st.just(kind)},
            kind=TEXT,
            value=value,
            default=value,
            fallback=value,
            minimum=value,
            maximum=value,
            enum=st.lists(value, max_size=3),
            unit=TEXT,
            description=TEXT,
            effects=section({}, latency=effect, throughput=effect, memory=effect, quality=effect),
            adjustWhen=TEXT,
            validations=st.lists(TEXT, max_size=2),
            mapsTo=OPEN_TEXTS,
        )
    )


def _lock() -> st.SearchStrategy[dict[str, Any]]:
    formats = st.sampled_from(["pylock", "requirements", "uv", "conda"])
    return section({"lock": ANY_TEXT.filter(bool), "format": formats}, digest=DIGEST)


def _artifact() -> st.SearchStrategy[dict[str, Any]]:
    roles = st.sampled_from(["weights", "tokenizer", "schema", "code", "dataset", "card"])
    return section(
        {"name": NAME, "role": roles, "path": ANY_TEXT.filter(bool)},
        uri=TEXT,
        mediaType=st.sampled_from(["text/plain", "application/json; charset=utf-8"]),
        format=TEXT,
        size=st.integers(0, LARGEST),
        digest=DIGEST,
        version=TEXT,
    )


def _rollout() -> st.SearchStrategy[dict[str, Any]]:
    step = section({"weight": st.integers(0, 100)}, hold=DURATION, analysis=NAME)
    analysis = section(
        {"name": NAME, "query": TEXT},
        success=TEXT,
        failure=TEXT,
        interval=DURATION,
        count=COUNT,
        minSamples=COUNT,
        onNoData=st.sampled_from(["pause", "fail", "pass"]),
        failureLimit=COUNT,
        inconclusiveLimit=COUNT,
    )
    return section(
        {"strategy": st.sampled_from(["canary", "blueGreen", "rolling", "recreate"])},
        steps=st.lists(step, max_size=3),
        maxSurge=SHARE,
        maxUnavailable=SHARE,
        analysis=named(analysis),
    )


def _governance() -> st.SearchStrategy[dict[str, Any]]:
    demand = st.sampled_from(["required", "optional", "none"])
    return section(
        {},
        creators=st.lists(TEXT, max_size=2),
        approvers=section({}, min=st.integers(0, 1000), roles=st.lists(TEXT, max_size=2)),
        deployers=st.lists(TEXT, max_size=2),
        encryption=section({}, atRest=demand, inTransit=demand),
        secrets=section({}, rotation=DURATION),
        retention=DURATION,
        audit=TEXT,
    )


def _metadata() -> st.SearchStrategy[dict[str, Any]]:
    return section(
        {
            "name": NAME,
            "version": VERSION,
            "owner": section({"team": TEXT}, contact=TEXT, escalation=TEXT),
        },
        releasedAt=TIME,
        supportedUntil=st.dates().map(str),
        risk=st.sampled_from(["low", "medium", "high"]),
        labels=OPEN_TEXTS,
        annotations=OPEN_TEXTS,
    )


def _spec() -> st.SearchStrategy[dict[str, Any]]:
    runtime = section({"implementation": st.sampled_from(["cpython", "pypy"]), "version": VERSION})
    kinds = st.sampled_from(["index", "directory", "git", "url"])
    source = section({"name": NAME, "kind": kinds, "ref": TEXT}, allow=st.lists(TEXT, max_size=2))
    whole = section(
        {
            # A sealed source is never empty: `seal` asks git for the commit.
            "source": section({"commit": COMMIT}, repo=TEXT, ref=TEXT, dirty=st.booleans()),
            "model": section(
                {"name": TEXT},
                version=TEXT,
                family=TEXT,
                task=TEXT,
                format=TEXT,
                formatVersion=TEXT,
                framework=TEXT,
                frameworkVersion=VERSION,
                license=TEXT,
            ),
            "environment": with_some(section({"runtime": runtime}), ENVIRONMENT),
            "dependencies": section(
                {"runtime": _lock()}, dev=_lock(), test=_lock(), sources=named(source)
            ),
            "artifacts": named(_artifact(), low=1),
        },
        parameters=st.dictionaries(KEY, parameters(), max_size=2),
        rollout=_rollout(),
        governance=_governance(),
    )
    return with_some(whole, OTHERS)


RELEASES = section(
    {
        "apiVersion": st.just("weighbridge.dev/v1"),
        "kind": st.just("ModelRelease"),
        "metadata": _metadata(),
        "spec": _spec(),
    }
)


@st.composite
def written(draw: st.DrawFn, data: dict[str, Any]) -> str:
    """Write data as YAML in any order, quotes, layout and with any comments."""
    return "".join(_block(draw, data, 0))


def _block(draw: st.DrawFn, data: dict[str, Any], indent: int) -> list[str]:
    lines = []
    for key in draw(st.permutations(list(data))):
        if draw(st.integers(0, 5)) == 0:
            lines.append(draw(st.sampled_from(["\n", " " * indent + "# a: 'comment {\n"])))
        start = " " * indent + _scalar(draw, key) + ":"
        value = data[key]
        if isinstance(value, dict) and value and draw(st.booleans()):
            lines.append(start + draw(st.sampled_from(["\n", " # why\n"])))
            lines.extend(_block(draw, value, indent + draw(st.integers(1, 4))))
        elif isinstance(value, list) and value and draw(st.booleans()):
            lines.append(start + "\n")
            dash = " " * (indent + draw(st.integers(0, 2))) + "-"
            lines.extend(f"{dash} {_flow(draw, member)}\n" for member in value)
        else:
            lines.append(f"{start} {_flow(draw, value)}{draw(st.sampled_from(['', '  # {']))}\n")
    return lines


def _flow(draw: st.DrawFn, value: object) -> str:
    gap = draw(st.sampled_from(["", " "]))
    if isinstance(value, dict):
        keys = draw(st.permutations(list(value)))
        members = [f"{_scalar(draw, key)}: {_flow(draw, value[key])}" for key in keys]
        return "{" + gap + ", ".join(members) + gap + "}"
    if isinstance(value, list):
        return "[" + gap + f"{gap}, ".join(_flow(draw, member) for member in value) + "]"
    return _scalar(draw, value)


def _scalar(draw: st.DrawFn, value: object) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    styles = [json.dumps(value), json.dumps(value, ensure_ascii=False)]
    if value.isprintable() and "\ufeff" not in value:
        styles.append("'" + value.replace("'", "''") + "'")
    if re.fullmatch("[b-z][a-z-]*[.][a-z]+", value):
        styles.append(value)
    return draw(st.sampled_from(styles))
