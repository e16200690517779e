"""Verifications, audits and the standing of a registry: for people, and as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.errors import Fault
from weighbridge.model.trust import server_holding
from weighbridge.model.wording import plural
from weighbridge.report.faults import render_faults
from weighbridge.report.json import SCHEMA_VERSION
from weighbridge.report.style import paint
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.model.standing import Standing, Waiting
    from weighbridge.model.trust import Trusted
    from weighbridge.model.unverified import Unverified
    from weighbridge.model.verification import (
        Audit,
        Cosigner,
        LogState,
        Problem,
        Signature,
        Verification,
    )


def render_problems(problems: Iterable[Problem], *, styled: bool = False) -> str:
    """Write problems as the errors they are; nothing if there are none."""
    faults = [
        Fault(
            problem.code,
            f"{problem.subject}: {problem.message}",
            seen=problem.seen,
            wanted=problem.wanted,
            help=problem.remediation,
        )
        for problem in problems
    ]
    return render_faults(faults, styled=styled) if faults else ""


def problem_json(problem: Problem) -> dict[str, object]:
    """Turn a problem into plain values."""
    return {
        "code": problem.code,
        "subject": problem.subject,
        "message": problem.message,
        "seen": problem.seen,
        "wanted": problem.wanted,
        "remediation": list(problem.remediation),
    }


def render_verification(found: Verification, *, styled: bool = False) -> str:
    """Write what verifying found: what does not hold, then who signed, then the verdict."""
    text = render_problems(found.problems, styled=styled)
    signed = "".join(f"{_signature_line(signature)}\n" for signature in found.signatures)
    verdict = (
        paint("verified", "good", styled=styled)
        if found.ok
        else paint(_NOT_VERIFIED[found.verdict], "error", styled=styled)
    )
    return f"{text}{signed}{verdict}: {visible(found.name)}  {found.digest}\n"


_NOT_VERIFIED = {"fail": "not verified", "inconclusive": "inconclusive"}


def _signature_line(signature: Signature) -> str:
    roles = f"{visible(', '.join(signature.roles))}{by_server(signature.held_by)}"
    return f"signed by {visible(signature.person)} ({roles}) at {signature.at}"


def by_server(origin: str) -> str:
    """Say that a server signed in somebody's name, to stand behind his roles; empty if none did."""
    return f"; by the server {visible(origin)} in this name" if origin else ""


def verification_json(found: Verification) -> dict[str, object]:
    """Turn a verification into the `verify` shape; a signer stands once for each of his roles."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "ok": found.ok,
        "subject": found.digest,
        "name": found.name,
        "problems": [problem_json(problem) for problem in found.problems],
        "unverified": None if found.unverified is None else unverified_json(found.unverified),
        "ignored": [problem_json(problem) for problem in found.ignored],
        "signers": [
            {
                "person": signature.person,
                "role": role,
                "keyDigest": signature.key_digest,
                "at": signature.at,
                **({"heldBy": signature.held_by} if signature.held_by else {}),
            }
            for signature in found.signatures
            for role in signature.roles
        ],
    }


def unverified_json(found: Unverified) -> dict[str, object]:
    """Turn what was found wrong with a release into plain values."""
    return {
        "entry": found.entry,
        "at": found.at,
        "by": found.by or None,
        "problems": [one.record() for one in found.found],
    }


def render_audit(found: Audit, *, styled: bool = False) -> str:
    """Write what became of a ledger's verification."""
    text = render_problems(found.problems, styled=styled)
    ok = not found.problems
    verdict = paint("intact" if ok else "not intact", "good" if ok else "error", styled=styled)
    log = found.log
    entries = plural(log.size, "entry", "entries")
    witnessed = "".join(f"{line}\n" for line in cosigner_lines(found.cosigners))
    return f"{text}{witnessed}{verdict}: {entries} of {visible(log.origin)}, root {log.root}\n"


def cosigner_lines(cosigners: Iterable[Cosigner]) -> Iterator[str]:
    """Write who cosigned a checkpoint, a line each."""
    for one in cosigners:
        person = f" ({visible(one.person)})" if one.person else ""
        yield f"cosigned by {visible(one.name)}{person} at {one.at} by its clock"


def cosigner_json(cosigner: Cosigner) -> dict[str, object]:
    """Turn a witness that cosigned into plain values."""
    return {
        "name": cosigner.name,
        "person": cosigner.person or None,
        "key": cosigner.key,
        "at": cosigner.at,
    }


def audit_json(found: Audit) -> dict[str, object]:
    """Turn an audit into plain values."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "ok": not found.problems,
        "deep": found.deep,
        "log": _log_json(found.log),
        "cosigners": [cosigner_json(one) for one in found.cosigners],
        "problems": [problem_json(problem) for problem in found.problems],
    }


def _log_json(log: LogState) -> dict[str, object]:
    return {"origin": log.origin, "size": log.size, "root": log.root}


def render_standing(found: Standing, *, styled: bool = False) -> str:
    """Write how a registry stands."""
    return "\n".join(_standing_lines(found, styled=styled)) + "\n"


def _standing_lines(found: Standing, *, styled: bool) -> Iterator[str]:
    trust, log = found.trust, found.log
    yield paint("owners", "strong", styled=styled)
    owners = ", ".join(map(visible, trust.owners))
    yield f"  {owners}; {trust.threshold} of {len(trust.owners)} must sign a change"
    yield paint("keys", "strong", styled=styled)
    for key in sorted(trust.keys, key=lambda key: (key.person, key.spki)):
        yield f"  {key.spki}  {_key_line(key)}"
    if trust.identities:
        yield paint("identities", "strong", styled=styled)
    for one in sorted(trust.identities, key=lambda one: (one.person, one.subject, one.issuer)):
        yield f"  {one.spki}  {visible(one.subject)}, says {visible(one.issuer)}: {_key_line(one)}"
    if found.waiting:
        yield paint("waiting for signatures", "strong", styled=styled)
        yield from (f"  {_waiting_line(waiting)}" for waiting in found.waiting)
    yield paint("ledger", "strong", styled=styled)
    yield f"  {plural(log.size, 'entry', 'entries')} up to {found.time}, root {log.root}"
    yield f"  log key {visible(trust.log_key)}"
    yield paint("releases", "strong", styled=styled)
    more = f", {found.archived} archived" if found.archived else ""
    more += f", {found.erased} erased" if found.erased else ""
    yield f"  {found.releases} sealed{more}"
    yield from (f"  {visible(name)} held: {visible(reason)}" for name, reason in found.held)
    if (store := found.store) is not None:
        yield paint("blobs", "strong", styled=styled)
        how = ", encrypted" if store.encrypted else ""
        how += "" if store.conditional else ", in a store that ignores conditions"
        yield f"  {visible(store.address) or 'in the registry'}{how}"


def _key_line(key: Trusted) -> str:
    roles = ", ".join(map(visible, key.roles))
    server = server_holding(key)
    held = f", held by the server {visible(server)}" if server else ""
    times = "".join(
        f", {word} {time}"
        for word, time in (("from", key.since), ("until", key.until), ("revoked", key.revoked_at))
        if time
    )
    reason = f": {visible(key.reason)}" if key.reason else ""
    return f"{visible(key.person)} ({roles}){held}{times}{reason}"


def _waiting_line(waiting: Waiting) -> str:
    signers = ", ".join(map(visible, waiting.signers)) or "nobody"
    what = f"{waiting.action} {visible(waiting.subject)}"
    return f"{what}: signed by {signers}, {waiting.missing} more must sign"


def standing_json(found: Standing) -> dict[str, object]:
    """Turn the standing of a registry into plain values."""
    trust = found.trust
    return {
        "schemaVersion": SCHEMA_VERSION,
        "owners": list(trust.owners),
        "threshold": trust.threshold,
        "keys": [key_json(key) for key in trust.keys],
        "identities": [
            {**key_json(one), "issuer": one.issuer, "subject": one.subject}
            for one in trust.identities
        ],
        "waiting": [waiting_json(waiting) for waiting in found.waiting],
        "log": {**_log_json(found.log), "time": found.time, "key": trust.log_key},
        "releases": found.releases,
        "archived": found.archived,
        "erased": found.erased,
        "held": [{"name": name, "reason": reason} for name, reason in found.held],
        "store": {
            "address": (found.store.address or None) if found.store else None,
            "encrypted": found.store is not None and found.store.encrypted,
        },
    }


def waiting_json(waiting: Waiting) -> dict[str, object]:
    """Turn a change that waits for signatures into plain values."""
    return {
        "action": waiting.action,
        "subject": waiting.subject,
        "subjectDigest": waiting.subject_digest,
        "signers": list(waiting.signers),
        "missing": waiting.missing,
    }


def key_json(key: Trusted) -> dict[str, object]:
    """Turn a key or an identity, and what it may do, into plain values."""
    return {
        "keyDigest": key.spki,
        "person": key.person,
        "roles": list(key.roles),
        "from": key.since or None,
        "until": key.until or None,
        "revokedAt": key.revoked_at or None,
        "reason": key.reason or None,
        **({"heldBy": server} if (server := server_holding(key)) else {}),
    }
