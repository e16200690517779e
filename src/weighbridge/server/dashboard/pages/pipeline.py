"""The pipeline: every release name in every environment, and what somebody should look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.codec.cursor import write_cursor
from weighbridge.server.cursors import read_cursor
from weighbridge.server.dashboard.page import Page, Parts

if TYPE_CHECKING:
    from weighbridge.server.dashboard.page import Asked
    from weighbridge.usecases.chronicle.pipeline import Cell, Pipeline, Row

_FIRST: Final = (
    "weighbridge key new NAME",
    "weighbridge registry init --owner PERSON=NAME --threshold 1",
    "weighbridge seal",
)
_RELEASES: Final = ("weighbridge init", "weighbridge check", "weighbridge seal")
_PLACES: Final = (
    "weighbridge policy publish policy.yaml --key NAME",
    "weighbridge env apply staging.yaml --key NAME",
    "weighbridge promote NAME@VERSION --to staging --key NAME",
)


def pipeline(asked: Asked) -> dict[str, Any]:
    """Show a page of names, those that stand out alone if that is asked."""
    from weighbridge.usecases.chronicle.pipeline import Wanted  # noqa: PLC0415 - a page alone
    from weighbridge.usecases.chronicle.pipeline import pipeline as look_over  # noqa: PLC0415
    from weighbridge.usecases.chronicle.promotion_order import read_environments  # noqa: PLC0415

    key = read_cursor(asked.query.get("after", ""), str)
    wanted = Wanted(
        containing=asked.query.get("q", ""),
        alarm=asked.query.get("show", ""),
        after="" if key is None else str(key[0]),
    )
    with asked.services.chronicle.reading(asked.registry) as told:
        found = look_over(told, wanted, now=asked.now)
    places = [*read_environments(found.environments, asked.registry.blobs)]
    return {
        "schemaVersion": 1,
        "size": found.size,
        "containing": wanted.containing,
        "show": wanted.alarm,
        "environments": [
            {
                "name": place,
                "frozen": found.freezes[place].words if place in found.freezes else None,
            }
            for place in places
        ],
        "totals": {
            "names": found.names,
            "attention": found.alarming,
            "reasons": dict(found.alarms),
            "proposals": found.proposals,
        },
        "rows": [_row(row, places) for row in found.rows],
        "next": write_cursor(found.rows[-1].name) if found.more else "",
        "begin": list(_begin(found)),
    }


def _begin(found: Pipeline) -> tuple[str, ...]:
    """Say what to run where there is nothing to look over yet."""
    if not found.size:
        return _FIRST
    if not found.names:
        return _RELEASES
    return () if found.environments else _PLACES


def _row(row: Row, places: list[str]) -> dict[str, Any]:
    return {
        "name": row.name,
        "newest": {
            "version": row.version,
            "digest": row.digest,
            "sealed": row.sealed,
            "in": [place for place in places if place in row.arrived],
            "askedFor": [place for place in places if place in row.asked],
        },
        "cells": [_cell(place, row.cells[place]) for place in places],
    }


def _cell(place: str, cell: Cell) -> dict[str, Any]:
    one, request, delivery = cell.present, cell.request, cell.delivery
    return {
        "environment": place,
        "present": None
        if one is None
        else {
            "version": one.version,
            "release": one.release,
            "generation": one.generation,
            "since": one.since,
            "by": one.by,
            "verdict": one.verdict,
            "verdictSince": one.judged,
        },
        "held": None
        if cell.held is None
        else {"since": cell.held.time, "why": cell.held.why, "entry": cell.held.entry},
        "drift": cell.drift,
        "delivery": None
        if delivery is None
        else {"version": delivery.version, "phase": delivery.phase.value, "since": delivery.time},
        "request": None
        if request is None
        else {
            "version": request.version,
            "release": request.release,
            "since": request.first,
            "by": request.person,
            "verdict": request.verdict,
        },
        "reasons": [alarm.value for alarm in cell.alarms],
    }


PARTS = Parts(
    pages=(
        Page(
            path="/",
            template="pipeline.html",
            view=pipeline,
            docs="how-to/use-the-dashboard.md",
            tab="Pipeline",
        ),
    ),
)
