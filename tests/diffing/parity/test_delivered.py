from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from weighbridge.diffing.parity import allow, compare_deliveries
from weighbridge.model.parity import Allowance, Delivered

if TYPE_CHECKING:
    from collections.abc import Callable

A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64
RENDERING: dict[str, Any] = {
    "target": {"kind": "argo", "version": "1.9", "namespace": "ml", "options": {"port": "80"}},
    "files": [{"name": "rollout.yaml", "digest": A}, {"name": "config.yaml", "digest": B}],
    "parameters": {"batch": 32, "a/b": "x"},
    "flags": {"fast": {"state": "ENABLED", "variant": "on", "value": True}},
}
OBSERVED: dict[str, Any] = {
    "python": {"implementation": "cpython", "version": "3.11.7"},
    "packages": {"numpy": "2.1.0"},
    "variables": {"TZ": "UTC", "API_TOKEN": "set"},
    "settings": {"net.core.somaxconn": "1024"},
    "limits": {"nofile": {"soft": 1024, "hard": -1}},
    "arguments": ["python", "serve.py"],
    "unknown": {},
}
SIDE = Delivered(rendering=RENDERING, images={"environment/image/digest": A}, observed=OBSERVED)


def changed(part: str, *path: str | int, to: object) -> Delivered:
    """Put another value at a place of what was delivered."""
    found = copy.deepcopy(getattr(SIDE, part))
    at: Any = found
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = to
    return replace(SIDE, **{part: found})


def outcomes(left: Delivered, right: Delivered, **how: bool) -> dict[str, str]:
    return {one.name: one.outcome for one in compare_deliveries(left, right, **how)}


def test_what_was_delivered_alike_matches_in_everything() -> None:
    found = outcomes(SIDE, copy.deepcopy(SIDE))
    assert set(found.values()) == {"match"}
    assert [*found] == sorted(
        [
            "delivery/files/config.yaml",
            "delivery/files/rollout.yaml",
            "delivery/target/kind",
            "delivery/target/namespace",
            "delivery/target/options/port",
            "delivery/target/version",
            "dependencies/runtime/packages/numpy",
            "environment/image/digest",
            "environment/runtime/implementation",
            "environment/runtime/version",
            "environment/system/args",
            "environment/system/env/API_TOKEN",
            "environment/system/env/TZ",
            "environment/system/sysctls/net.core.somaxconn",
            "environment/system/ulimits/nofile/hard",
            "environment/system/ulimits/nofile/soft",
            "flags/fast/state",
            "flags/fast/value",
            "flags/fast/variant",
            "parameters/a~1b/value",
            "parameters/batch/value",
        ]
    )


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: changed("rendering", "parameters", "batch", to=64), "parameters/batch/value"),
        (lambda: changed("rendering", "parameters", "batch", to="32"), "parameters/batch/value"),
        (lambda: changed("rendering", "parameters", "new", to=1), "parameters/new/value"),
        (lambda: changed("rendering", "flags", "fast", "value", to=False), "flags/fast/value"),
        (
            lambda: changed("rendering", "files", 0, "digest", to=B),
            "delivery/files/rollout.yaml",
        ),
        (lambda: changed("rendering", "target", "version", to="1.8"), "delivery/target/version"),
        (
            lambda: changed("rendering", "target", "options", "port", to="81"),
            "delivery/target/options/port",
        ),
        (
            lambda: changed("images", "environment/image/digest", to=B),
            "environment/image/digest",
        ),
        (
            lambda: changed("observed", "packages", "numpy", to="2.1.1"),
            "dependencies/runtime/packages/numpy",
        ),
        (
            lambda: changed("observed", "packages", "spy", to="1"),
            "dependencies/runtime/packages/spy",
        ),
        (lambda: changed("observed", "variables", "TZ", to="CET"), "environment/system/env/TZ"),
        (
            lambda: changed("observed", "settings", "net.core.somaxconn", to="1"),
            "environment/system/sysctls/net.core.somaxconn",
        ),
        (
            lambda: changed("observed", "limits", "nofile", "soft", to=1),
            "environment/system/ulimits/nofile/soft",
        ),
        (
            lambda: changed("observed", "python", "version", to="3.11.8"),
            "environment/runtime/version",
        ),
        (lambda: changed("observed", "arguments", to=["python"]), "environment/system/args"),
    ],
)
def test_what_differs_drifts_and_nothing_else(make: Callable[[], Delivered], name: str) -> None:
    for sides in ((SIDE, make()), (make(), SIDE)):
        found = outcomes(*sides)
        assert {one for one, outcome in found.items() if outcome != "match"} == {name}
        assert found[name] == "drift"


def test_what_one_side_was_never_delivered_as_is_unknown() -> None:
    gone = Delivered(why="production: nothing was delivered")
    for sides in ((SIDE, gone), (gone, SIDE)):
        found = compare_deliveries(*sides)
        assert {one.outcome for one in found} == {"unknown"}
        assert {one.why for one in found} == {gone.why}
        assert {one.name for one in found} == {one.name for one in compare_deliveries(SIDE, SIDE)}
    neither = compare_deliveries(gone, gone)
    assert {one.name: one.outcome for one in neither} == {
        "delivery/observed": "unknown",
        "delivery/target": "unknown",
    }


def test_what_nobody_looked_at_is_unknown_and_the_rest_is_compared() -> None:
    found = outcomes(SIDE, replace(SIDE, observed=None))
    assert found["environment/system/env/TZ"] == "unknown"
    assert found["delivery/target/kind"] == "match"
    assert "unknown" not in outcomes(SIDE, replace(SIDE, observed=None), observed=False).values()
    neither = outcomes(replace(SIDE, observed=None), replace(SIDE, observed=None))
    assert neither["delivery/observed"] == "unknown"


def test_what_could_not_be_asked_is_unknown_though_both_could_not() -> None:
    def lacking(group: str) -> Delivered:
        observed = {name: value for name, value in OBSERVED.items() if name != group}
        return replace(SIDE, observed={**observed, "unknown": {group: "no /proc"}})

    one = outcomes(SIDE, lacking("packages"))
    assert one["dependencies/runtime/packages/numpy"] == "unknown"
    both = compare_deliveries(lacking("limits"), lacking("limits"))
    (found,) = (entry for entry in both if entry.name == "environment/system/ulimits")
    assert (found.outcome, found.why) == ("unknown", "no /proc")
    member = changed("observed", "unknown", to={"settings/net.core.somaxconn": "hidden"})
    for sides in ((member, member), (SIDE, member), (member, SIDE)):
        assert outcomes(*sides)["environment/system/sysctls/net.core.somaxconn"] == "unknown"


def test_what_owners_allow_may_differ() -> None:
    other = changed("rendering", "target", "namespace", to="prod")
    allowance = Allowance(entries=("delivery/target",), reason="its own", by="production")
    found = {one.name: one for one in allow(compare_deliveries(SIDE, other), [allowance])}
    assert found["delivery/target/namespace"].outcome == "allowed"
    assert found["delivery/target/namespace"].allowed_by == "production"
