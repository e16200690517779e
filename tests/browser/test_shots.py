"""The pictures of the documentation are there, small, and the same whoever takes them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.browser.shots import FOLDER, LARGEST, SCHEMES, SHOTS, Shot, take

if TYPE_CHECKING:
    from tests.browser.site import Site
    from tests.browser.visiting import Visitor

pytestmark = pytest.mark.slow


def test_pictures_are_taken_if_somebody_asks(site: Site, visitor: Visitor) -> None:
    if os.environ.get("SCREENSHOTS") == "take":
        FOLDER.mkdir(exist_ok=True)
        for shot in SHOTS:
            for scheme in SCHEMES:
                (FOLDER / shot.file(scheme)).write_bytes(take(visitor, site, shot, scheme))
    wanted = {shot.file(scheme) for shot in SHOTS for scheme in SCHEMES}
    assert {path.name for path in FOLDER.glob("*.png")} == wanted
    assert [path.name for path in FOLDER.glob("*.png") if path.stat().st_size > LARGEST] == []


def test_a_picture_is_the_same_each_time(site: Site, visitor: Visitor) -> None:
    _, login = site.accounts.commands.begin(source="127.0.0.1", now=site.clock())
    shot = Shot(name="command", path=f"/login/device?code={login.code}")
    first, second = (take(visitor, site, shot, "dark") for _ in range(2))
    assert first == second
    assert len(first) <= LARGEST
