from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.recorded import PRODUCTION, STAGING, root_of
from tests.sigstore_stand_in import StandIn
from weighbridge.model.sigstore_root import MEDIA_TYPE, read_root

Tree = dict[str, Any]
GOOD: Tree = dict(StandIn().root().data)


def with_period(who: str, **period: str) -> Tree:
    tree = copy.deepcopy(GOOD)
    one = tree[who][0]
    one.get("publicKey", one)["validFor"] = period
    return tree


@pytest.mark.parametrize("service", [PRODUCTION, STAGING])
def test_the_roots_of_the_public_services_are_read(service: str) -> None:
    root = root_of(service)
    assert root.data["mediaType"] == MEDIA_TYPE
    assert root.digest == f"sha256:{root.digest[7:]}"
    assert root.digest[7:].startswith(root.version)


def test_two_roots_have_two_versions() -> None:
    assert root_of(PRODUCTION).version != root_of(STAGING).version


def test_timestamps_may_be_nobodys() -> None:
    tree = {name: value for name, value in GOOD.items() if name != "timestampAuthorities"}
    assert read_root(tree).data == tree


@pytest.mark.parametrize(
    "changes",
    [
        {"mediaType": "application/json"},
        {"tlogs": []},
        {"ctlogs": {}},
        {"certificateAuthorities": []},
        {"timestampAuthorities": None},
        {"more": []},
    ],
)
def test_a_root_that_could_prove_nothing_is_none(changes: Tree) -> None:
    with pytest.raises(ValueError, match=r"it is no|it names no"):
        read_root(GOOD | changes)


@pytest.mark.parametrize("time", ["2026-01-01", "2026-01-01T00:00:00", "soon"])
def test_a_period_has_times_with_a_zone(time: str) -> None:
    with pytest.raises(ValueError, match=r"time zone|isoformat"):
        read_root(with_period("tlogs", end=time))


@pytest.mark.parametrize("who", ["certificateAuthorities", "ctlogs", "tlogs"])
def test_whoever_does_not_count_is_left_out(who: str) -> None:
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    for period, kept in (
        ({}, 1),
        ({"start": "2026-11-22T12:00:00Z"}, 1),
        ({"start": "2026-11-22T12:00:01Z"}, 0),
        ({"end": "2026-11-22T12:00:00.000Z"}, 1),
        ({"end": "2026-11-22T11:59:59Z"}, 0),
        ({"start": "2026-01-01T00:00:00Z", "end": "2027-01-01T00:00:00Z"}, 1),
    ):
        assert len(read_root(with_period(who, **period)).at(noon).data[who]) == kept
