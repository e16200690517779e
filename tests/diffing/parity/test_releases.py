from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args, get_origin

import pytest
from hypothesis import given

from tests.codec.strategies import RELEASES
from tests.diffing.parity.samples import KEYS, LOCK, changed, manifest
from weighbridge.codec.describing import fields
from weighbridge.diffing.parity import allow, compare_releases, silent_of
from weighbridge.diffing.parity.releases import TABLE
from weighbridge.diffing.patterns import Patterns
from weighbridge.model.fact import Unavailable
from weighbridge.model.location import pointer_parts
from weighbridge.model.lock import Lock, Pin
from weighbridge.model.parity import ROOTS, Entry
from weighbridge.model.release import ModelRelease

if TYPE_CHECKING:
    from collections.abc import Mapping

WHOLE = manifest()
OTHER = f"sha256:{'1' * 64}"
PIN = LOCK.pins[0]


def compare(
    left: Mapping[str, Any],
    right: Mapping[str, Any],
    *,
    locks: tuple[Lock | Unavailable, Lock | Unavailable] = (LOCK, LOCK),
) -> tuple[Entry, ...]:
    return allow(compare_releases(left, right, keys=KEYS, locks=locks), ())


def departures(entries: tuple[Entry, ...]) -> dict[str, str]:
    """Name what is no match, and what came of it."""
    return {entry.name: entry.outcome for entry in entries if entry.outcome != "match"}


def locked(*pins: Pin) -> dict[str, str]:
    """Compare the sample with the same release under another lock."""
    return departures(compare(WHOLE, WHOLE, locks=(LOCK, replace(LOCK, pins=pins))))


DRIFTS = {
    "interpreter": ("environment.runtime.version", "3.11.9", "environment/runtime/version"),
    "implementation": (
        "environment.runtime.implementation", "pypy", "environment/runtime/implementation",
    ),
    "distribution": ("environment.os.distribution", "ubuntu", "environment/os/distribution"),
    "os release": ("environment.os.release", "13", "environment/os/release"),
    "archive": ("environment.os.snapshot", "2026-12-01", "environment/os/snapshot"),
    "os package": (
        "environment.os.packages.0.version", "13.1.0", "environment/os/packages/libgomp1/version",
    ),
    "image": ("environment.image.digest", OTHER, "environment/image/digest"),
    "base image": ("environment.image.base.digest", OTHER, "environment/image/base/digest"),
    "memory": (
        "environment.resources.limits.memory", "1Gi", "environment/resources/limits/memory",
    ),
    "processor time": (
        "environment.resources.requests.cpu", "2", "environment/resources/requests/cpu",
    ),
    "accelerators": (
        "environment.resources.requests.accelerators.0.count", 2,
        "environment/resources/requests/accelerators/nvidia.com~1gpu/count",
    ),
    "architecture": ("compatibility.targets.0.arch", "aarch64", "compatibility/targets/prod/arch"),
    "processor level": (
        "compatibility.targets.0.cpu", "x86-64-v4", "compatibility/targets/prod/cpu",
    ),
    "libc": (
        "compatibility.targets.0.libcVersion", "2.40", "compatibility/targets/prod/libcVersion",
    ),
    "driver": (
        "compatibility.targets.0.cuda.driver", "560.1", "compatibility/targets/prod/cuda/driver",
    ),
    "toolkit": (
        "compatibility.targets.0.cuda.toolkit", "12.6", "compatibility/targets/prod/cuda/toolkit",
    ),
    "variable": (
        "environment.system.env.OMP_NUM_THREADS", "2", "environment/system/env/OMP_NUM_THREADS",
    ),
    "locale": ("environment.system.env.LANG", "tr_TR.UTF-8", "environment/system/env/LANG"),
    "time zone": ("environment.system.env.TZ", "Asia/Tokyo", "environment/system/env/TZ"),
    "arguments": ("environment.system.args", ["", "--log"], "environment/system/args"),
    "kernel setting": (
        "environment.system.sysctls.0.value", "512",
        "environment/system/sysctls/net.core.somaxconn/value",
    ),
    "limit": ("environment.system.ulimits.0.soft", 2048, "environment/system/ulimits/nofile/soft"),
    "threads": ("environment.system.threads", 2, "environment/system/threads"),
    "node": (
        "environment.placement.nodeSelector.disk", "hdd", "environment/placement/nodeSelector/disk",
    ),
    "tolerations": ("environment.placement.tolerations", [], "environment/placement/tolerations"),
    "parameter": ("parameters.max_batch_size.value", 64, "parameters/max_batch_size/value"),
    "flag": ("flags.strict_labels.defaultVariant", "off", "flags/strict_labels/defaultVariant"),
    "lock": ("dependencies.runtime.digest", OTHER, "dependencies/runtime/digest"),
    "source": (
        "dependencies.sources.0.ref", "https://other.example.com",
        "dependencies/sources/internal/ref",
    ),
    "endpoint": (
        "externalServices.0.endpoint", "https://other.example.com",
        "externalServices/blocklist/endpoint",
    ),
    "secret": (
        "externalServices.0.auth.secretRef.version", "8",
        "externalServices/blocklist/auth/secretRef/version",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", DRIFTS)
def test_each_kind_of_drift_is_found_and_nothing_else(kind: str) -> None:
    path, value, name = DRIFTS[kind]
    other = changed(path, value)
    assert departures(compare(WHOLE, other)) == {name: "drift"}
    assert departures(compare(other, WHOLE)) == {name: "drift"}


@given(data=RELEASES)
def test_any_manifest_is_at_parity_with_itself(data: dict[str, Any]) -> None:
    found = manifest(data)
    assert departures(compare(found, found)) == {}
    bytes_alone = Unavailable("it is not at hand")
    if "digest" in found["spec"]["dependencies"]["runtime"]:
        assert departures(compare(found, found, locks=(bytes_alone, bytes_alone))) == {}


@given(left=RELEASES, right=RELEASES)
def test_the_order_of_the_sides_changes_no_outcome(
    left: dict[str, Any], right: dict[str, Any]
) -> None:
    one, other = manifest(left), manifest(right)
    forth, back = compare(one, other), compare(other, one)
    assert [(e.name, e.outcome, e.left, e.right) for e in forth] == [
        (e.name, e.outcome, e.right, e.left) for e in back
    ]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("environment.image.ref", "mirror.example.com/serving"),
        ("environment.replicate", "another way"),
        ("dependencies.dev.digest", OTHER),
        ("parameters.max_batch_size.description", "Other words."),
        ("rollout.maxUnavailable", 1),
        ("artifacts.0.digest", OTHER),
    ],
)
def test_what_it_does_not_run_in_or_with_is_not_compared(path: str, value: object) -> None:
    assert departures(compare(WHOLE, changed(path, value))) == {}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("environment.os.release", "environment/os/release"),
        ("environment.image.base", "environment/image/base/digest"),
        ("compatibility.targets.0.libcVersion", "compatibility/targets/prod/libcVersion"),
        ("dependencies.runtime.digest", "dependencies/runtime/digest"),
    ],
)
def test_what_one_side_does_not_say_is_unknown(path: str, name: str) -> None:
    (entry,) = (e for e in compare(WHOLE, changed(path, None)) if e.outcome != "match")
    assert (entry.name, entry.outcome, entry.why) == (name, "unknown", "the second does not say")
    assert entry.left is not None
    assert entry.right is None
    (entry,) = (e for e in compare(changed(path, None), WHOLE) if e.outcome != "match")
    assert (entry.outcome, entry.why) == ("unknown", "the first does not say")


def test_what_one_side_does_not_set_is_drift() -> None:
    without = changed("environment.system.env.OMP_NUM_THREADS", None)
    (entry,) = (e for e in compare(WHOLE, without) if e.outcome != "match")
    assert (entry.outcome, entry.left, entry.why) == ("drift", "1", "the second has none")
    assert set(departures(compare(changed("externalServices", []), WHOLE)).values()) == {"drift"}


def test_what_is_still_to_be_written_is_unknown_even_to_itself() -> None:
    todo = changed("environment.os.distribution", "TODO")
    assert departures(compare(todo, todo)) == {"environment/os/distribution": "unknown"}
    assert departures(compare(todo, WHOLE)) == {"environment/os/distribution": "unknown"}


def test_values_of_different_types_are_not_the_same() -> None:
    flags = [changed("flags.strict_labels.variants.on", value) for value in (True, False)]
    assert departures(compare(*flags)) == {"flags/strict_labels/variants/on": "drift"}
    texts = {"strict_labels": {"state": "ENABLED", "variants": {"on": "1"}, "defaultVariant": "on"}}
    numbers = {"strict_labels": {**texts["strict_labels"], "variants": {"on": 1}}}
    found = compare(changed("flags", texts), changed("flags", numbers))
    assert departures(found) == {"flags/strict_labels/variants/on": "drift"}


def test_packages_are_compared_by_version_files_and_origin() -> None:
    name = "dependencies/runtime/packages/numpy"
    rest = LOCK.pins[1:]
    assert locked(*reversed(LOCK.pins)) == {}
    assert locked(replace(PIN, line=9), *rest) == {}
    for other in (
        replace(PIN, version="2.1.1"),
        replace(PIN, hashes=("sha256:cc",)),
        replace(PIN, source="url", reference="https://example.com/numpy.whl"),
        replace(PIN, index="https://other.example.com/simple"),
        replace(PIN, marker='python_version < "3.12"'),
    ):
        assert locked(other, *rest) == {name: "drift"}
    assert locked(*rest) == {name: "drift"}
    extra = Pin(name="six", version="1.17.0")
    assert locked(*LOCK.pins, extra) == {"dependencies/runtime/packages/six": "drift"}
    beside = Pin(name="more.txt", version=None, source="include", reference="more.txt")
    both = replace(LOCK, pins=(*LOCK.pins, beside))
    found = departures(compare(WHOLE, WHOLE, locks=(both, both)))
    assert found == {"dependencies/runtime/packages/more.txt": "unknown"}


def test_a_lock_that_cannot_be_read_leaves_the_packages_unknown() -> None:
    other = changed("dependencies.runtime.digest", OTHER)
    unread = Unavailable("it is damaged")
    found = compare(WHOLE, other, locks=(LOCK, unread))
    assert departures(found) == {
        "dependencies/runtime/digest": "drift",
        "dependencies/runtime/packages": "unknown",
    }
    (entry,) = (one for one in found if one.outcome == "unknown")
    assert entry.why == "the lock of the second cannot be read: it is damaged"


def test_what_neither_says_is_named() -> None:
    assert silent_of(WHOLE, WHOLE) == ()
    data = changed("environment.os", None)
    assert silent_of(data, WHOLE) == ()
    assert silent_of(data, data) == ("environment/os",)


def test_every_pattern_of_the_table_is_one_of_the_model() -> None:
    known = set(_places(ModelRelease, ()))
    for pattern in TABLE:
        parts = ("spec", *pointer_parts(pattern))
        assert any(len(place) >= len(parts) and _fits(parts, place) for place in known), pattern


def test_every_field_below_the_sections_that_are_compared_counts_somehow() -> None:
    kinds = Patterns(TABLE)
    for place in _places(ModelRelease, ()):
        if len(place) > 2 and place[1] in ROOTS:
            assert kinds.longest(place[1:]) is not None, place


def _fits(parts: tuple[str, ...], place: tuple[str, ...]) -> bool:
    return all(
        one in {"*", other} or other == "*" for one, other in zip(parts, place, strict=False)
    )


def _places(annotation: Any, at: tuple[str, ...]) -> list[tuple[str, ...]]:  # noqa: ANN401
    """List the places of a model; members of lists and open mappings go by `*`."""
    if isinstance(annotation, type) and hasattr(annotation, "model_fields"):
        return [
            place
            for name, field in fields(annotation).items()
            for place in _places(field.annotation, (*at, name))
        ]
    inside = (*at, "*") if get_origin(annotation) in (list, dict) else at
    found = [place for part in get_args(annotation) for place in _places(part, inside)]
    return found or [at]
