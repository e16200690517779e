"""All frameworks held against the facts of one pack, and the paper that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.canonical import canonical_bytes
from weighbridge.model.controls import Answer, MappedControl, MappedFramework, Standing
from weighbridge.report.controls.annex_iv import ANNEX_IV
from weighbridge.report.controls.soc2 import SOC2
from weighbridge.report.controls.ssdf import SSDF

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.model.controls import Source
    from weighbridge.report.controls.interface import Control, Facts

FRAMEWORKS = (ANNEX_IV, SSDF, SOC2)
SCHEMA_VERSION = 1


def map_controls(facts: Facts) -> tuple[MappedFramework, ...]:
    """Hold every framework against what a pack has in it."""
    return tuple(
        MappedFramework(
            id=framework.id,
            title=framework.title,
            edition=framework.edition,
            controls=tuple(_mapped(control, facts) for control in framework.controls),
        )
        for framework in FRAMEWORKS
    )


def _mapped(control: Control, facts: Facts) -> MappedControl:
    answers = tuple(Answer(asked=asked, sources=find(facts)) for asked, find in control.asks)
    found = [bool(answer.sources) for answer in answers]
    if not any(found):
        standing = Standing.MISSING
    elif all(found) and control.whole:
        standing = Standing.THERE
    else:
        standing = Standing.PARTLY
    return MappedControl(
        id=control.id,
        title=control.title,
        standing=standing,
        answers=answers,
        supply=control.supply,
    )


def controls_bytes(frameworks: Iterable[MappedFramework]) -> bytes:
    """Write `controls.json`: canonical JSON."""
    tree = {
        "frameworks": [
            {
                "controls": [_control_tree(control) for control in framework.controls],
                "edition": framework.edition,
                "id": framework.id,
                "title": framework.title,
            }
            for framework in frameworks
        ],
        "schemaVersion": SCHEMA_VERSION,
    }
    return canonical_bytes(tree)


def _control_tree(control: MappedControl) -> dict[str, object]:
    return {
        "answers": [
            {"asked": answer.asked, "sources": [_source_tree(one) for one in answer.sources]}
            for answer in control.answers
        ],
        "id": control.id,
        "standing": control.standing.value,
        "supply": control.supply,
        "title": control.title,
    }


def _source_tree(source: Source) -> dict[str, object]:
    return {"entry": source.entry, "path": source.path, "where": source.where}
