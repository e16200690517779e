from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.rules.asking import ask, messages, verdict
from weighbridge.model.finding import Verdict
from weighbridge.model.image import InstalledPackage
from weighbridge.rules import sample

if TYPE_CHECKING:
    from weighbridge.model.finding import Finding

AT = "/spec/environment/os"
GOMP = InstalledPackage(manager="dpkg", name="libgomp1", version="12.2-14", architecture="amd64")


def declared(
    *packages: tuple[str, str], snapshot: str | None = "2026-11-01"
) -> dict[str, dict[str, Any]]:
    listed = [{"name": name, "version": version} for name, version in packages]
    system: dict[str, Any] = {"distribution": "debian", "packages": listed}
    return {AT: system | ({"snapshot": snapshot} if snapshot else {})}


def asked(*packages: tuple[str, str], snapshot: str | None = "2026-11-01") -> tuple[Finding, ...]:
    return ask("DEP014", sample.release({**declared(*packages, snapshot=snapshot)}))


def in_image(
    *packages: tuple[str, str],
    installed: tuple[InstalledPackage, ...] = (GOMP,),
    **image: Any,  # noqa: ANN401
) -> tuple[Finding, ...]:
    release = sample.with_image({**declared(*packages)})
    return ask("DEP014", replace(release, images=sample.image(packages=installed, **image)))


@pytest.mark.parametrize(("version", "count"), [("12.2-14", 0), ("stable", 1), ("TODO", 0)])
def test_a_channel_is_no_version(version: str, count: int) -> None:
    assert len(asked(("libgomp1", version))) == count


def test_a_snapshot_is_named() -> None:
    (found,) = asked(("libgomp1", "12.2-14"), ("curl", "8.0"), snapshot=None)
    assert found.message == "no state of the archive is named that libgomp1, curl come from"
    assert asked(("libgomp1", "12.2-14"), snapshot="TODO") == ()


def test_a_system_without_packages_passes() -> None:
    release = sample.release({AT: {"distribution": "debian"}})
    assert ask("DEP014", release) == ()
    assert ask("DEP014", sample.release()) == ()


@pytest.mark.parametrize(
    ("name", "version", "wanted"),
    [
        ("libgomp1", "12.2-14", Verdict.PASS),
        ("libgomp1:amd64", "12.2-14", Verdict.PASS),
        ("libgomp1:arm64", "12.2-14", Verdict.FAIL),
        ("libgomp1", "12.2-15", Verdict.FAIL),
        ("curl", "8.0", Verdict.FAIL),
        ("curl", "TODO", Verdict.PASS),
    ],
)
def test_the_image_has_what_is_declared(name: str, version: str, wanted: Verdict) -> None:
    assert verdict(in_image((name, version))) is wanted


def test_an_inventory_that_is_not_whole_decides_nothing() -> None:
    (found,) = in_image(("curl", "8.0"), unread=("var/lib/dpkg/status: cut off",))
    assert (found.verdict, found.cause) == (
        Verdict.INCONCLUSIVE,
        "var/lib/dpkg/status: cut off",
    )
    (found,) = in_image(("curl", "8.0"), installed=())
    assert found.verdict is Verdict.INCONCLUSIVE
    assert messages(in_image(("libgomp1", "1"), unread=("x",))) == [
        "libgomp1 of the image is not 1: 12.2-14"
    ]


def test_an_image_nobody_saw_leaves_the_question_open() -> None:
    release = sample.with_image({**declared(("curl", "8.0"))})
    (found,) = ask("DEP014", release)
    assert found.verdict is Verdict.INCONCLUSIVE
