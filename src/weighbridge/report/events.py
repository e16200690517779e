"""Entries of the ledger: a line for people, plain values for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.model.event import Event, Kind
from weighbridge.model.unverified import in_short
from weighbridge.report import deliveries
from weighbridge.report.visible import visible
from weighbridge.report.words import evidence_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Body = Mapping[str, Any]


def render_event(index: int, event: Event) -> str:
    """Write an entry as one line: index, time, kind, and what there is to say."""
    return f"{index:>5}  {event.time}  {event.kind.value:<20}  {words_of(event)}\n"


def words_of(event: Event) -> str:
    """Say in one line what an entry says, its kind and time apart."""
    return visible(_WORDS[event.kind](event.body))


def plain_words_of(event: Event) -> str:
    """Say the same to people who are no experts: a statement by what it is, not by its type."""
    if event.kind is Kind.EVIDENCE_ADDED and event.body.get("person"):
        return visible(f"{evidence_words(event.body['predicateType'])}, by {event.body['person']}")
    return words_of(event)


def event_json(index: int, event: Event) -> dict[str, object]:
    """Turn an entry into plain values."""
    return {
        "index": index,
        "time": event.time,
        "kind": event.kind.value,
        "control": event.control,
        "body": dict(event.body),
    }


def _owners(body: Body) -> str:
    owners = ", ".join(sorted({owner["person"] for owner in body["owners"]}))
    return f"owners {owners}; {body['threshold']} must sign a change"


def _release(body: Body) -> str:
    return f"{body['name']}@{body['version']}  {body['digest']}"


def _evidence(body: Body) -> str:
    signer = body.get("person") or f"key {_short(body['signer'])}"
    return f"{body['predicateType']} about {_short(body['release'])} by {signer}"


def _control(body: Body) -> str:
    signers, said = ", ".join(body.get("signers", ())), body.get("said", {})
    where = f" in {said['environment']}" if "environment" in said else ""
    until = f" until {said['until']}" if "until" in said else ""
    why = f": {said['reason']}" if said else ""
    by = f" by {signers}" if signers else ""
    return f"{body['action']} {body['about']}{where}{until}{by}{why}"


def _archived(body: Body) -> str:
    place = f" {body['place']}" if body["place"] else ""
    return f"{body['name']}@{body['version']}{place}  {body['digest']}"


def _erased(body: Body) -> str:
    signers = ", ".join(body["signers"])
    return f"{body['name']}@{body['version']} by {signers}: {body['reason']}"


def _kept(body: Body) -> str:
    return f"{body['act']} {body['name']}@{body['version']}"


def _promotion(body: Body) -> str:
    what = f"{body['name']}@{body['version']} to {body['environment']} by {body['person']}"
    generation = f", generation {body['generation']}" if "generation" in body else ""
    set_off = body.get("aftermath")
    then = f"; set off {set_off.get('action')}" if isinstance(set_off, dict) else ""
    lost = f"; generation {body['lost']} came first" if "lost" in body else ""
    cause = f"; set off by entry {body['cause']}" if "cause" in body else ""
    return f"{what}: {body['verdict']}{generation}{lost}{then}{cause}"


def _verdict(body: Body) -> str:
    what = f"{body['name']}@{body['version']} in {body['environment']}"
    why = f": {body['why']}" if body["why"] else ""
    action = f"; {body['action']}" if body["action"] != "none" else ""
    return f"{what} by {body['person']}: {body['before']} -> {body['verdict']}{why}{action}"


def _act(body: Body) -> str:
    if "name" not in body:
        return _of_environment(body)
    what = f"{body['name']}@{body['version']} to {body['environment']}"
    if "rule" in body:  # something about a waiver
        until = f" until {body['expires']}" if "expires" in body else ""
        what = f"{body['rule']} in {what}{until}"
    return f"{body['person'] or 'somebody unknown'}: {body['act']} {what}"


def _of_environment(body: Body) -> str:
    """Write what was said of an environment, whatever the release: a delegation, a look at it."""
    what = f"{body['person'] or 'somebody unknown'}: {body['act']} in {body['environment']}"
    if "to" not in body:
        return what
    until = f" until {body['until']}" if body["until"] else ""
    from_to = "from" if body["act"] == "withdraw" else "to"
    return f"{what} {from_to} {body['to']}{until}"


def _store(body: Body) -> str:
    where = f"blobs lie in {body['address'] or 'the folder of the registry'}"
    return f"{where}, encrypted" if body["encrypted"] else where


def _unverified(body: Body) -> str:
    by = f" by {body['by']}" if body["by"] else ""
    return f"{body['name']}@{body['version']} was found wrong{by}: {in_short(body)}"


def _verified(body: Body) -> str:
    by = f" by {body['by']}" if body["by"] else ""
    return f"{body['name']}@{body['version']} was read again{by}, and nothing found"


def _refused(words: Callable[[Body], str]) -> Callable[[Body], str]:
    return lambda body: f"{words(body)}: {body['reason']}"


def _short(digest: str) -> str:
    return digest[:19]


_WORDS: Mapping[Kind, Callable[[Body], str]] = {
    Kind.REGISTRY_INITIALISED: _owners,
    Kind.RELEASE_ADOPTED: _release,
    Kind.RELEASE_SEALED: _release,
    Kind.RELEASE_REFUSED: _release,
    Kind.RELEASE_ARCHIVED: _archived,
    Kind.RELEASE_RESTORED: _archived,
    Kind.RELEASE_ERASED: _erased,
    Kind.ARCHIVE_REFUSED: _refused(_kept),
    Kind.EVIDENCE_ADDED: _evidence,
    Kind.EVIDENCE_REFUSED: _refused(_evidence),
    Kind.CONTROL_PROPOSED: _control,
    Kind.CONTROL_APPLIED: _control,
    Kind.CONTROL_REFUSED: _refused(_control),
    Kind.PROMOTION_DONE: _promotion,
    Kind.PROMOTION_BLOCKED: _promotion,
    Kind.PROMOTION_OBSERVED: _promotion,
    Kind.ROLLBACK_DONE: _promotion,
    Kind.ROLLBACK_BLOCKED: _promotion,
    Kind.ACT_SAID: _act,
    Kind.ACT_REFUSED: _refused(_act),
    Kind.STORE_SETTLED: _store,
    Kind.VERDICT_CHANGED: _verdict,
    Kind.DELIVERY_STARTED: deliveries.started,
    Kind.DELIVERY_MOVED: deliveries.moved,
    Kind.DELIVERY_MEASURED: deliveries.measured,
    Kind.DELIVERY_ORDERED: deliveries.ordered,
    Kind.DELIVERY_REFUSED: deliveries.refused,
    Kind.RELEASE_UNVERIFIED: _unverified,
    Kind.RELEASE_VERIFIED: _verified,
}
