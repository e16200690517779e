"""The key that a server holds in somebody's name: have one made, and show it to owners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.errors import UsageError
from weighbridge.server.dashboard.acting import signature_json
from weighbridge.server.dashboard.page import Done, Form, Page, Parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.server.dashboard.page import Asked

_PATH: Final = "/access/key"


def key(asked: Asked) -> dict[str, Any]:
    """Say which key signs for who asks, and what an owner has to do for that."""
    signers = asked.services.signers
    kept = signers.kept(asked.identity)
    return {
        "schemaVersion": 1,
        "person": asked.identity.person,
        "makes": signers.keeps,
        "kept": None
        if kept is None
        else {
            "digest": kept.digest,
            "pem": kept.pem.splitlines(),
            "file": kept.file,
            "command": kept.command,
        },
        "signature": signature_json(asked),
    }


def do_make(asked: Asked, fields: Mapping[str, str]) -> Done:
    """Have the server make the key."""
    if fields.get("do") != "make":
        raise UsageError("nothing of that name is done here", seen=fields.get("do", "")[:80])
    asked.services.signers.make(asked.identity, now=asked.now)
    return Done(after=_PATH)


PARTS = Parts(
    pages=(
        Page(
            path=_PATH,
            template="key.html",
            view=key,
            docs="how-to/run-a-server.md",
            tab="Access",
        ),
    ),
    forms=(Form(path=_PATH, do=do_make),),
)
