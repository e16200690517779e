"""The ledger: its entries, newest first, and each of them with all that proves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.codec.cursor import write_cursor
from weighbridge.model.errors import NotFoundError, WeighbridgeError
from weighbridge.server.cursors import read_cursor
from weighbridge.server.dashboard.page import File, Page, Parts
from weighbridge.server.dashboard.pages.named_in_entry import named
from weighbridge.server.dashboard.pages.titles_of_entries import TITLES, look_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.event import Event
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import BlobReader
    from weighbridge.server.dashboard.page import Asked
    from weighbridge.usecases.believed import BelievedLog

_MANY: Final = 50
_INDEX: Final = 18
"""Digits of the largest index that is looked up."""


def ledger(asked: Asked) -> dict[str, Any]:
    """List entries, newest first, and say what the log's key has signed."""
    from weighbridge.usecases.believed import believe  # noqa: PLC0415 - heavy
    from weighbridge.usecases.ledger_pages import Wanted, entries_page  # noqa: PLC0415 - heavy

    given = {
        name: asked.query.get(name, "").strip()
        for name in ("kind", "person", "name", "environment")
    }
    key = read_cursor(asked.query.get("after", ""), int)
    told: dict[str, Any] = {
        "schemaVersion": 1,
        "wanted": given,
        "kinds": [{"kind": kind.value, "title": title} for kind, title in TITLES.items()],
        "logKey": asked.registry.log_key,
    }
    with asked.registry.reading() as view:
        if not view.size:
            return {**told, "size": 0, "entries": [], "next": "", "looked": 0}
        log = believe(view, log_key=asked.registry.log_key)
        found = entries_page(
            log, Wanted(**given), below=None if key is None else int(key[0]), limit=_MANY
        )
        return {
            **told,
            **_state(view, log),
            "entries": [_line(index, event) for index, event in found.events],
            "next": "" if found.below is None else write_cursor(found.below),
            "looked": found.looked,
        }


def entry(asked: Asked) -> dict[str, Any]:
    """Show one entry: in words, as its bytes, who signed what, and what it names."""
    from weighbridge.ledger.merkle import leaf_hash  # noqa: PLC0415 - heavy
    from weighbridge.report.visible import visible  # noqa: PLC0415 - as the others
    from weighbridge.usecases.believed import believe  # noqa: PLC0415 - heavy
    from weighbridge.usecases.ledger_pages import persons_of  # noqa: PLC0415 - heavy

    index = _index(asked)
    with asked.registry.reading() as view:
        if index >= view.size:
            raise NotFoundError(f"the ledger has no entry {index}", seen=f"{view.size} entries")
        log = believe(view, log_key=asked.registry.log_key)
        event, data = log.event(index), view.entry(index)
        state = _state(view, log)
    text = data.decode()
    return {
        "schemaVersion": 1,
        **_line(index, event),
        **state,
        "logKey": asked.registry.log_key,
        "control": event.control,
        "body": dict(event.body),
        "text": text,
        "exact": visible(text) == text,
        "bytes": len(data),
        "leaf": leaf_hash(data).hex(),
        "persons": persons_of(event.body),
        "signatures": list(_signatures(event.body, asked.registry.blobs)),
        "named": named(event),
        "previous": index - 1 if index else None,
        "next": index + 1 if index + 1 < state["size"] else None,
    }


def proof(asked: Asked) -> tuple[str, str, bytes]:
    """Write the proof that `log prove` writes."""
    from weighbridge.usecases.prove import prove  # noqa: PLC0415 - heavy

    index = _index(asked)
    data = prove(index, ledger=asked.registry, log_key=asked.registry.log_key)
    return f"entry-{index}.tlog-proof", "text/plain; charset=utf-8", data


def log_pub(asked: Asked) -> tuple[str, str, bytes]:
    """Hand out the log's public key, in the form of `log.pub`."""
    key = asked.registry.log_key
    if not key:
        raise NotFoundError("the registry has no owners yet, and so no log key")
    return "log.pub", "text/plain; charset=utf-8", f"{key}\n".encode()


def _index(asked: Asked) -> int:
    text = asked.names["index"]
    if not (text.isascii() and text.isdecimal() and len(text) <= _INDEX):
        raise NotFoundError("this is no index of an entry", seen=text[:40])
    return int(text)


def _state(view: LedgerView, log: BelievedLog) -> dict[str, Any]:
    """Say what the log's key has signed, when that grew last, and who else signed it."""
    from weighbridge.ledger.note import read_note  # noqa: PLC0415 - heavy

    checkpoint = log.checkpoint
    signers = (one.name for one in read_note(view.checkpoint).signatures)
    return {
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "signedAt": log.time,
        "cosigned": sorted({one for one in signers if one != checkpoint.origin}),
    }


def _line(index: int, event: Event) -> dict[str, Any]:
    from weighbridge.report.events import plain_words_of  # noqa: PLC0415 - as the others
    from weighbridge.report.told import in_brief  # noqa: PLC0415 - as the others

    return {
        "index": index,
        "time": event.time,
        "kind": event.kind.value,
        "title": TITLES[event.kind],
        "look": look_of(event.kind),
        "words": in_brief(plain_words_of(event)),
    }


def _signatures(body: Mapping[str, Any], blobs: BlobReader) -> Iterator[dict[str, str]]:
    """List the bundles an entry names, and whose key each says it is signed by."""
    from weighbridge.seal.bundle import read_bundle  # noqa: PLC0415 - heavy
    from weighbridge.seal.dsse import EnvelopeError  # noqa: PLC0415 - heavy

    said = [body.get("bundle"), body.get("decision"), *body.get("bundles", ())]
    for digest in (one for one in said if isinstance(one, str)):
        try:
            bundle = read_bundle(blobs.read(digest))
        except (EnvelopeError, WeighbridgeError):
            yield {"bundle": digest, "key": "", "href": ""}
            continue
        yield {"bundle": digest, "key": bundle.signer, "href": f"/v1/blobs/{digest}"}


PARTS: Final = Parts(
    pages=(
        Page(
            path="/ledger",
            template="ledger.html",
            view=ledger,
            docs="explanation/ledger.md",
            tab="Ledger",
        ),
        Page(
            path="/ledger/{index}",
            template="entry.html",
            view=entry,
            docs="how-to/verify-elsewhere.md",
            tab="Ledger",
        ),
    ),
    files=(
        File(path="/ledger/{index}/proof", make=proof),
        File(path="/log.pub", make=log_pub),
    ),
)
