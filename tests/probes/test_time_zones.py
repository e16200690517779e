from __future__ import annotations

import zoneinfo
from importlib import resources
from typing import TYPE_CHECKING

import pytest

from weighbridge.model.errors import UnavailableError
from weighbridge.probes.time_zones import SystemTimeZones

if TYPE_CHECKING:
    from pathlib import Path

SINCE, UNTIL = "2026-01-01T00:00:00Z", "2028-01-01T00:00:00Z"


def test_offsets_are_those_from_each_change_on() -> None:
    found = SystemTimeZones().offsets("Europe/Berlin", SINCE, UNTIL)
    assert found == {
        "2026-01-01T00:00:00Z": 3600,
        "2026-03-29T01:00:00Z": 7200,
        "2026-10-25T01:00:00Z": 3600,
        "2027-03-28T01:00:00Z": 7200,
        "2027-10-31T01:00:00Z": 3600,
    }
    assert SystemTimeZones().offsets("UTC", SINCE, UNTIL) == {SINCE: 0}


def test_a_change_at_the_end_is_not_known_any_more() -> None:
    found = SystemTimeZones().offsets("Europe/Berlin", SINCE, "2026-03-29T01:00:00Z")
    assert found == {SINCE: 3600}


def test_zones_have_names() -> None:
    assert {"Europe/Berlin", "UTC"} <= set(SystemTimeZones().names())


@pytest.mark.parametrize(
    ("name", "line", "wanted"),
    [
        ("tzdata.zi", "# version 2031z\nR A 1\n", "2031z"),
        ("+VERSION", "2030a\n", "2030a"),
        ("tzdata.zi", "", ""),
    ],
)
def test_the_version_is_that_of_the_database(
    name: str,
    line: str,
    wanted: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / name).write_text(line)
    monkeypatch.setattr(zoneinfo, "TZPATH", (str(tmp_path),))
    shipped = resources.files("tzdata") / "zoneinfo" / "tzdata.zi"
    package = shipped.read_text().split("\n")[0].split()[-1]
    assert SystemTimeZones().version == (wanted or package)


def test_without_a_database_it_says_what_brings_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoneinfo, "available_timezones", set)
    with pytest.raises(UnavailableError, match="this machine knows no time zones"):
        SystemTimeZones().names()
