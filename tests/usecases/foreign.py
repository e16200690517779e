"""What people of the cast sign elsewhere, with tools that are not ours."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from tests.usecases.cast import PASSPHRASES
from weighbridge.seal.dsse import PAYLOAD_TYPE, pre_authentication_encoding

if TYPE_CHECKING:
    from weighbridge.adapters.keys import KeyFolder

SARIF_TYPE = "https://docs.oasis-open.org/sarif/sarif/v2.1.0"


def statement(kind: str, predicate: object, *digests: str, **more: Any) -> bytes:  # noqa: ANN401 - members
    """Write a statement as another tool does: in its own layout."""
    subjects = [{"name": f"file {n}", "digest": split(one)} for n, one in enumerate(digests)]
    tree = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subjects,
        "predicateType": kind,
        "predicate": predicate,
    }
    return json.dumps(tree | more, indent=2).encode()


def split(digest: str) -> dict[str, str]:
    algorithm, value = digest.split(":")
    return {algorithm: value}


def dsse(payload: bytes, *, by: str, keys: KeyFolder) -> bytes:
    """Sign a payload into a bare envelope."""
    key = keys.locked(by).unlock(PASSPHRASES[by])
    made = key.sign(pre_authentication_encoding(payload))
    return json.dumps(
        {
            "payloadType": PAYLOAD_TYPE,
            "payload": base64.b64encode(payload).decode(),
            "signatures": [{"keyid": "", "sig": base64.b64encode(made).decode()}],
        }
    ).encode()
