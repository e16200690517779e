"""Entries made up for folds: a test says what happened, the rest goes without saying."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from weighbridge.model.event import Kind
from weighbridge.usecases.chronicle.told import Told

START = datetime.fromisoformat("2026-02-02T00:00:00Z")  # a Monday


class Teller:
    """Tells a chronicle what happened, an hour later each time."""

    def __init__(self) -> None:
        self.told = Told()
        self.at = START

    def later(self, **span: float) -> Teller:
        self.at += timedelta(**span)
        return self

    def tell(self, kind: Kind, **body: object) -> int:
        """Tell one entry, and return its index."""
        entry = {"body": body, "control": 0, "kind": kind.value, "time": f"{self.at:%FT%TZ}"}
        self.told.take([json.dumps(entry).encode()])
        self.at += timedelta(hours=1)
        return self.told.size - 1

    def about(self, version: str, **more: object) -> dict[str, Any]:
        found: dict[str, Any] = {
            "environment": "production",
            "name": "demo",
            "release": f"digest of {version}",
            "version": version,
            "person": "max",
        }
        return found | more

    def seal(self, version: str, name: str = "demo") -> int:
        digest = f"digest of {version}"
        return self.tell(Kind.RELEASE_SEALED, name=name, version=version, digest=digest)

    def done(self, version: str, **more: object) -> int:
        said: dict[str, Any] = {"generation": 1, "mode": "enforce", "verdict": "allowed", **more}
        return self.tell(Kind.PROMOTION_DONE, **self.about(version, **said))

    def blocked(self, version: str, verdict: str = "needs", **more: object) -> int:
        return self.tell(Kind.PROMOTION_BLOCKED, **self.about(version, verdict=verdict, **more))

    def back(self, version: str, **more: object) -> int:
        said: dict[str, Any] = {"generation": 2, "hold": True, "verdict": "allowed", **more}
        return self.tell(Kind.ROLLBACK_DONE, **self.about(version, **said))

    def changed(self, version: str, verdict: str, **more: object) -> int:
        said: dict[str, Any] = {"action": "none", "why": "too old", "verdict": verdict, **more}
        return self.tell(Kind.VERDICT_CHANGED, **self.about(version, **said))

    def said(self, act: str, version: str, by: str = "cat", **more: object) -> int:
        return self.tell(Kind.ACT_SAID, **self.about(version, act=act, person=by, **more))

    def started(self, version: str, previous: str | None = None, **more: object) -> int:
        return self.tell(Kind.DELIVERY_STARTED, **self.about(version, previous=previous, **more))

    def moved(self, delivery: int, phase: str, version: str = "2") -> int:
        return self.tell(Kind.DELIVERY_MOVED, **self.about(version, delivery=delivery, phase=phase))

    def reasons(self, name: str = "demo", place: str = "production") -> set[str]:
        found = self.told.alarms_at(f"{self.at:%FT%TZ}").get(name, {}).get(place, frozenset())
        return {one.value for one in found}
