from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.rules.asking import ask, messages
from weighbridge.model.fact import Unavailable
from weighbridge.model.finding import Severity
from weighbridge.model.lock import Edge, Pin
from weighbridge.rules import sample

if TYPE_CHECKING:
    from weighbridge.model.finding import Finding


def pin(name: str, *needs: str, **changes: Any) -> Pin:  # noqa: ANN401
    edges = tuple(Edge(name=one) for one in needs)
    return Pin(name=name, version="1.0", edges=edges, **changes)


def asked(*pins: Pin, **of_lock: Any) -> tuple[Finding, ...]:  # noqa: ANN401
    return ask("DEP012", replace(sample.release(), locks=sample.lock(*pins, **of_lock)))


@pytest.mark.parametrize(
    ("name", "count"), [("pytest", 1), ("ipython", 1), ("numpy", 0), ("pytest-benchmark", 0)]
)
def test_tools_are_known_by_name(name: str, count: int) -> None:
    found = asked(pin(name, line=3))
    assert len(found) == count
    assert all(str(one.location) == "requirements.lock:3:1" for one in found)


def test_the_way_in_is_told() -> None:
    told: dict[str, Any] = {"roots": ("feast", "black"), "records_edges": True}
    found = asked(pin("feast", "pytest"), pin("pytest"), pin("black"), **told)
    assert {one.cause for one in found} == {
        "pytest comes by feast → pytest",
        "black was asked for itself",
    }


@pytest.mark.parametrize(
    ("kind", "group", "severity"),
    [
        ("uv", "dev", Severity.WARNING),
        ("uv", "docs", Severity.NOTE),
        ("uv", "Test", Severity.NOTE),
        ("pylock", "dev", Severity.NOTE),
        ("conda", "dev", Severity.WARNING),
        ("uv", "gpu", None),
    ],
)
def test_groups(kind: str, group: str, severity: Severity | None) -> None:
    found = asked(pin("pytest", groups=(group,)), pin("numpy"), kind=kind)
    assert [one.severity for one in found] == ([severity] if severity else [])


def test_a_group_is_told_as_one() -> None:
    names = ("pytest", "ruff", "mypy")
    (found,) = asked(*(pin(name, groups=("dev",)) for name in names), kind="uv")
    assert found.message == "requirements.lock brings for dev alone: pytest, ruff, mypy"
    assert asked(pin("rich", groups=("dev", "gpu")), kind="uv") == ()


def test_what_only_another_lock_asks_for() -> None:
    release = sample.release({"/spec/dependencies/test": {"lock": "test.lock", "format": "uv"}})
    told: dict[str, Any] = {"roots": ("numpy",), "records_edges": True}
    (runtime,) = sample.lock(pin("numpy", "six"), pin("six"), pin("moto"), **told).values()
    (other,) = sample.lock(pin("moto"), pin("six"), roots=("moto", "six")).values()
    locks = {sample.LOCK: runtime, "test.lock": other}

    assert messages(ask("DEP012", replace(release, locks=locks))) == [
        "moto is in requirements.lock, and only test.lock asks for it"
    ]
    unread = {sample.LOCK: runtime, "test.lock": Unavailable("it is not UTF-8")}
    assert ask("DEP012", replace(release, locks=unread)) == ()
