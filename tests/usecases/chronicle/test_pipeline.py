from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.chronicle.entries import Teller
from weighbridge.model.event import Kind
from weighbridge.usecases.chronicle.pipeline import ANY, Wanted, pipeline
from weighbridge.usecases.chronicle.promotion_order import final, promotion_order

if TYPE_CHECKING:
    from weighbridge.usecases.chronicle.pipeline import Pipeline

NOW = "2026-06-01T00:00:00Z"


@pytest.fixture
def teller() -> Teller:
    """Tell of sixty names; each tenth is asked for, and each fifteenth denied where it is."""
    found = Teller()
    about = {"subject": "digest", "signers": ["ann"]}
    for place in ("staging", "production"):
        found.tell(
            Kind.CONTROL_APPLIED, action="environment.apply", about=place, statement=place, **about
        )
    for at in range(60):
        name = f"model-{at:02}"
        found.seal("1", name)
        found.done("1", name=name, environment="staging")
        if at % 10 == 0:
            found.blocked("1", name=name)
        if at % 15 == 0:
            found.changed("1", "denied", name=name, environment="staging")
    return found


def look(teller: Teller, **wanted: object) -> Pipeline:
    return pipeline(teller.told, Wanted(**wanted), now=NOW)  # type: ignore[arg-type]


def walk(teller: Teller, **wanted: object) -> list[list[str]]:
    """Go from page to page."""
    pages, after, more = [], "", True
    while more:
        found = look(teller, after=after, **wanted)
        pages.append([row.name for row in found.rows])
        more = found.more
        after = pages[-1][-1] if pages[-1] else ""
    return pages


def test_names_come_page_by_page(teller: Teller) -> None:
    pages = walk(teller)
    assert [len(page) for page in pages] == [25, 25, 10]
    assert [name for page in pages for name in page] == [f"model-{at:02}" for at in range(60)]


def test_what_stands_out_is_counted_and_found(teller: Teller) -> None:
    found = look(teller)
    assert (found.names, found.alarming) == (60, 8)
    assert found.alarms == {"denied": 4, "waiting": 6}
    asked = [f"model-{at:02}" for at in range(0, 60, 10)]
    denied = [f"model-{at:02}" for at in range(0, 60, 15)]
    assert walk(teller, alarm="waiting", limit=4) == [asked[:4], asked[4:]]
    assert walk(teller, alarm="denied") == [denied]
    assert walk(teller, alarm=ANY) == [sorted({*asked, *denied})]
    assert walk(teller, alarm=ANY, containing="-3") == [["model-30"]]
    assert walk(teller, containing="-3") == [[f"model-{at}" for at in range(30, 40)]]
    assert walk(teller, alarm="no such") == [[]]


def test_a_row_stays_as_it_was_when_more_is_told(teller: Teller) -> None:
    (row,) = look(teller, containing="model-00").rows
    assert (row.arrived, row.asked) == (("staging",), ("production",))
    teller.done("1", name="model-00")
    assert row.cells["production"].present is None
    (row,) = look(teller, containing="model-00").rows
    assert (row.arrived, row.asked) == (("staging", "production"), ())


def test_a_freeze_that_ended_is_not_told(teller: Teller) -> None:
    for place, until in (("staging", "2026-05-01T00:00:00Z"), ("production", "")):
        teller.tell(
            Kind.CONTROL_APPLIED,
            action="environment.freeze",
            about=place,
            said={"reason": "holidays", **({"until": until} if until else {})},
            statement=f"freeze {place}",
        )
    assert [*look(teller).freezes] == ["production"]


@pytest.mark.parametrize(
    ("before", "wanted", "last"),
    [
        ({}, [], []),
        ({"production": "staging", "staging": ""}, ["staging", "production"], ["production"]),
        (
            {"eu": "staging", "us": "staging", "staging": "dev", "dev": "", "lab": ""},
            ["dev", "staging", "eu", "us", "lab"],
            ["eu", "lab", "us"],
        ),
        ({"production": "gone"}, ["production"], ["production"]),
        ({"a": "b", "b": "a", "c": ""}, ["c", "a", "b"], ["c"]),
    ],
)
def test_environments_come_in_the_order_of_promotions(
    before: dict[str, str], wanted: list[str], last: list[str]
) -> None:
    assert promotion_order(before) == wanted
    assert final(before) == last
