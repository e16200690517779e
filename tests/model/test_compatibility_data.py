from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from weighbridge.model.compatibility_data import (
    CompatibilityData,
    Kind,
    Row,
    is_range,
    may_be_within,
    number,
    within,
)
from weighbridge.model.coverage import Fit
from weighbridge.model.lifecycle import Cycle, LifecycleData

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = "2026-11-28T12:00:00Z"
ROW = Row(
    id="driver-toolkit/12.4",
    kind=Kind.DRIVER,
    subject="cuda",
    versions="==12.4.*",
    platform="linux",
    admits=">=550.54.14",
    source="https://example.com/drivers",
    checked="2026-11-01",
    valid_until="2026-11-28",
)
CYCLE = Cycle(
    id="python/3.11",
    product="python",
    cycle="3.11",
    released="2022-10-24",
    eol="2027-10-31",
    source="https://example.com/python",
    checked="2026-11-01",
    valid_until="2027-11-01",
)


def table(*rows: Row) -> CompatibilityData:
    return CompatibilityData(version="2026-11-28", rows=rows)


def faults(**changes: str) -> list[str]:
    return table(replace(ROW, **changes)).faults()


@pytest.mark.parametrize(
    ("version", "text", "wanted"),
    [
        ("1.5", ">=1.2,<2", True),
        ("2.0", ">=1.2,<2", False),
        ("2.1.3", ">=1.7.28,<2.0 || >=2.1.3", True),
        ("2.0.9", ">=1.7.28,<2.0 || >=2.1.3", False),
        ("v1.33.2-eks-1", "==1.33.*", True),
        ("2.5.1+cu124", ">=2.5,<2.6", True),
        ("450.80.02", ">=450.80.2", True),
        ("nonsense", "", True),
        ("nonsense", ">=0", False),
    ],
)
def test_a_version_lies_in_a_range_or_not(version: str, text: str, *, wanted: bool) -> None:
    assert within(version, text) is wanted


def test_a_version_without_patch_level_may_lie_in_a_range() -> None:
    assert may_be_within("1.7", ">=1.7.28,<1.8")
    assert not may_be_within("1.6", ">=1.7.28,<1.8")
    assert not may_be_within("latest", ">=1.7.28")
    assert number("latest") is None


@pytest.mark.parametrize("text", ["=>1", ">=2,<1", "one", ">=1 || =>2"])
def test_what_admits_nothing_or_cannot_be_read_is_no_range(text: str) -> None:
    assert not is_range(text)
    assert faults(admits=text)


def test_a_row_decides_until_its_last_day_and_not_beyond() -> None:
    assert ROW.fit("550.54.14", NOW) is Fit.YES
    assert ROW.fit("550.54.13", NOW) is Fit.NO
    assert ROW.fit("550.54.14", "2026-11-29T00:00:00Z") is Fit.UNKNOWN
    assert ROW.fit("550.54.13", "2026-11-29T00:00:00Z") is Fit.UNKNOWN
    assert ROW.fit("550.54.14", "") is Fit.UNKNOWN
    assert ROW.fit("newest", NOW) is Fit.UNKNOWN


def test_a_row_of_low_confidence_never_makes_anything_fit() -> None:
    low = replace(ROW, confidence="low")
    unsure = replace(low, inside="if", condition="it works")
    assert low.fit("550.54.14", NOW) is Fit.UNKNOWN
    assert unsure.fit("550.54.14", NOW) is Fit.UNKNOWN
    assert low.fit("1", NOW) is Fit.NO


@pytest.mark.parametrize(
    "changes",
    [
        {"source": ""},
        {"source": "http://example.com"},
        {"source_date": "last year"},
        {"checked": "2026-02-30"},
        {"valid_until": "2026-10-31"},
        {"valid_until": "20261128"},
        {"confidence": "certain"},
        {"kind": "weather"},
        {"inside": "no"},
        {"outside": "yes"},
        {"inside": "if"},
        {"versions": ">=2,<1"},
    ],
)
def test_a_row_that_is_wrong_by_itself_is_refused(changes: Mapping[str, str]) -> None:
    assert faults(**changes)
    assert not faults()


def test_rows_that_contradict_each_other_are_refused() -> None:
    other = replace(ROW, id="other", versions=">=12", admits="<500")
    apart = replace(other, platform="windows")
    assert table(ROW, other).faults() == [f"{ROW.id} and other contradict each other"]
    assert table(ROW, apart).faults() == []
    assert table(ROW, ROW).faults() == [f"{ROW.id}: it stands there twice"]


def test_a_newer_toolkit_needs_no_older_driver() -> None:
    newer = replace(ROW, id="newer", versions="==12.5.*", admits=">=549.1")
    assert table(ROW, newer).faults() == [f"newer: its driver is older than that of {ROW.id}"]
    assert table(ROW, replace(newer, platform="windows")).faults() == []


def test_a_table_is_plain_data_with_a_digest_and_can_be_read_again() -> None:
    before = table(ROW)
    after = CompatibilityData.read(json.loads(json.dumps(before.data)))
    assert after == before
    assert after.digest == before.digest
    assert table(replace(ROW, admits=">=551")).digest != before.digest
    assert before.valid_until == "2026-11-28"


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"version": 1, "rows": []},
        {"version": "1", "rows": {}},
        {"version": "1", "rows": ["row"]},
        {"version": "1", "rows": [{"id": 1}]},
        {"version": "1", "rows": [{"id": "a", "colour": "red"}]},
        {"version": "1", "rows": [{"id": "a"}]},
        {"version": "1", "rows": [{**table(ROW).data["rows"][0], "admits": "=>1"}]},
    ],
)
def test_what_is_no_table_is_refused(value: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"row|parts|range"):
        CompatibilityData.read(value)


@pytest.mark.parametrize(
    "changes",
    [
        {"cycle": "3.x"},
        {"eol": "2027-13-01"},
        {"eol": "2021-01-01"},
        {"extended": "2030-01-01"},
        {"eol": "", "extended": "2030-01-01", "extended_by": "LTS"},
        {"extended": "2026-01-01", "extended_by": "LTS"},
    ],
)
def test_a_series_that_ends_before_it_begins_or_on_no_day_is_refused(
    changes: Mapping[str, str],
) -> None:
    wrong = replace(CYCLE, **changes)
    assert LifecycleData(version="1", rows=(wrong,)).faults()
    assert LifecycleData(version="1", rows=(CYCLE,)).faults() == []
    twice = (CYCLE, replace(CYCLE, id="again"))
    assert "stands there twice" in LifecycleData(version="1", rows=twice).faults()[0]


def test_a_version_belongs_to_the_closest_series() -> None:
    rows = (CYCLE, replace(CYCLE, id="3", cycle="3"), replace(CYCLE, id="3.1", cycle="3.1"))
    data = LifecycleData(version="1", rows=rows)
    found = [data.find("python", release) for release in ((3, 11, 7), (3, 1), (3, 12), (4,))]
    assert [one.cycle if one else None for one in found] == ["3.11", "3.1", "3", None]
    assert data.oldest("perl") is None
    assert data.products() == ["python"]
