"""Envelopes with something in or beside them that nobody signed."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from tests.usecases.promoted import FIRST
from weighbridge.model.canonical import canonical_bytes
from weighbridge.model.event import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.attacks.hands import Hands


def logged(hands: Hands, forge: Callable[[dict[str, Any]], None]) -> list[str]:
    """Forge the envelope of the author's signature and log it; return what verifying says of it."""
    (body,) = [
        each
        for each in hands.bodies(Kind.EVIDENCE_ADDED, FIRST)
        if each["predicateType"].endswith("/release/v1")
    ]
    bundle = json.loads(hands.registry.blobs.read(body["bundle"]))
    forge(bundle["dsseEnvelope"])
    put = hands.registry.blobs.put(canonical_bytes(bundle))
    index = hands.append(Kind.EVIDENCE_ADDED, body | {"bundle": put, "person": "mia"})
    found = hands.verified(FIRST, people=2)
    assert {one.person for one in found.signatures} == {"bea"}
    return [one.message for one in found.problems if one.subject == f"entry {index}"]


def test_garbage_beside_a_signature(hands: Hands) -> None:
    def forge(envelope: dict[str, Any]) -> None:
        envelope["signatures"].append({"sig": b64encode(bytes(64)).decode()})

    (said,) = logged(hands, forge)
    assert "the envelope has not exactly one" in said


def test_another_kind_of_paper(hands: Hands) -> None:
    def forge(envelope: dict[str, Any]) -> None:
        envelope["payloadType"] = "text/plain"

    (said,) = logged(hands, forge)
    assert said == "a signature does not count: wrong payload type"
