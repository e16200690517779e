from __future__ import annotations

import json
import re

import pytest

from weighbridge.model.event import Event, Kind
from weighbridge.model.notification import Notice
from weighbridge.report.cdevents import cdevent, cdevent_bytes, event_type

BODY = {"environment": "production", "name": "demo", "verdict": "denied"}
EVENT = Event(kind=Kind.PROMOTION_BLOCKED, time="2026-02-01T00:00:00Z", control=0, body=BODY)
NOTICE = Notice(origin="weighbridge.dev/abc", index=7, event=EVENT, text="demo: denied")


def test_an_entry_is_a_custom_event_with_all_it_says() -> None:
    assert cdevent(NOTICE) == {
        "context": {
            "version": "0.4.1",
            "id": "weighbridge.dev/abc/7",
            "source": "weighbridge:log/weighbridge.dev/abc",
            "type": "dev.cdeventsx.weighbridge-promotion.blocked.0.1.0",
            "timestamp": "2026-02-01T00:00:00Z",
        },
        "subject": {
            "id": "weighbridge:log/weighbridge.dev/abc/7",
            "source": "weighbridge:log/weighbridge.dev/abc",
            "type": "weighbridge-promotion",
            "content": {"entry": 7, "text": "demo: denied", "body": BODY},
        },
    }
    assert json.loads(cdevent_bytes(NOTICE)) == cdevent(NOTICE)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_type_as_custom_events_must(kind: Kind) -> None:
    form = r"dev\.cdeventsx\.[a-zA-Z0-9]+-[a-zA-Z]+\.[a-zA-Z]+\.[0-9]\.[0-9]\.[0-9]"
    assert re.fullmatch(form, event_type(kind.value))
