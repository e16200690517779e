"""`waive`: somebody answers for findings of a rule, in the bytes they are in, until a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.gate.case import Act, Waiver
from weighbridge.gate.evidence import about
from weighbridge.gate.kinds import ours
from weighbridge.gate.waivers import scope_of, void, waivable
from weighbridge.model.errors import NotAllowedError, UsageError
from weighbridge.model.event import Kind
from weighbridge.model.permissions import Operation, allowed
from weighbridge.model.predicates import TEST_RESULT, WAIVER
from weighbridge.seal.judging import Refusal
from weighbridge.seal.statement import Statement, write_statement
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.signing import holder, judge_signed, keep_signed, not_allowed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.gate.case import Case
    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import Registry, Transaction
    from weighbridge.seal.judging import Signer as Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants to waive.

    Attributes:
        rule: Findings of which rule.
        release: Of which release (digest).
        environment: For which environment.
        reason: Why.
        expires: From when it counts no longer (`check_time`).
        files: Only in files with these subjects, as the report names them; in all if empty.
        names: Only of these globals; of all if empty.
    """

    rule: str
    release: str
    environment: str
    reason: str
    expires: str
    files: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waivable:
    """A finding that can be waived.

    Attributes:
        subject: What the report says it is in.
        file: Digest of that file.
        name: The global, or empty.
    """

    subject: str
    file: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waived:
    """A waiver that was given, or would be.

    Attributes:
        wish: What was wanted.
        name: Name of the release.
        version: Its version.
        findings: What it covers.
        person: Who gave it; empty if nobody has.
        index: Its entry in the ledger; -1 if there is none.
    """

    wish: Wish
    name: str
    version: str
    findings: tuple[Waivable, ...]
    person: str = ""
    index: int = -1


def preview(wish: Wish, *, registry: Registry, now: str) -> Waived:
    """Show what a waiver would cover; says nothing.

    Raises:
        UsageError: There is nothing to waive.
    """
    with registry.reading() as view:
        case = Gathering(view, registry).case(wish.environment, wish.release, now=now)
    return _asked(wish, case)


def waive(wish: Wish, *, signer: AnySigner, registry: Registry) -> Waived:
    """Waive findings of the newest report about a release, signed.

    Raises:
        NotAllowedError: He may not, or not for so long. The refusal is in the ledger.
        UsageError: There is nothing to waive, or no reason is given.
    """
    if not wish.reason.strip():
        help_ = ["give --reason"]
        raise UsageError("to waive needs a reason: it is kept for ever", help=help_)
    outcome = registry.change(lambda transaction: _waive(transaction, wish, signer, registry))
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _waive(
    transaction: Transaction, wish: Wish, signer: AnySigner, registry: Registry
) -> Waived | NotAllowedError:
    gathering = Gathering(transaction, registry)
    case = gathering.case(wish.environment, wish.release, now=transaction.now)
    asked = _asked(wish, case)
    bundle = keep_signed(
        _payload(asked, case, log=gathering.log.checkpoint.origin),
        signer=signer,
        registry=registry,
    )
    person = holder(signer, case.trust)
    body: dict[str, Any] = {
        "act": Act.WAIVE.value,
        "environment": wish.environment,
        "expires": wish.expires,
        "name": asked.name,
        "person": person,
        "release": wish.release,
        "rule": wish.rule,
        "version": asked.version,
    }
    judged = judge_signed(
        bundle,
        registry=registry,
        state=gathering.state,
        at=case.now,
        roles=allowed(Operation.WAIVE, case.where(rule=wish.rule)),
        release=wish.release,
    )
    if isinstance(judged, Refusal):
        transaction.append(Kind.ACT_REFUSED, {**body, "reason": judged.reason.value})
        return not_allowed(judged)
    why = void(_waiver(asked, judged, at=case.now), case)
    if why:
        transaction.append(Kind.ACT_REFUSED, {**body, "reason": why})
        return _barred(asked, case, why)
    said = {**body, "bundle": bundle, "predicateType": WAIVER}
    index = transaction.append(Kind.ACT_SAID, said)
    return Waived(
        wish=wish,
        name=asked.name,
        version=asked.version,
        findings=asked.findings,
        person=person,
        index=index,
    )


def _asked(wish: Wish, case: Case) -> Waived:
    """Find what is wished for in the newest report."""
    every = list(_reported(case, wish.rule))
    if not every:
        raise UsageError(
            f"the newest signed report has no finding of {wish.rule} that can be waived",
            cause="nothing was found, or it is known to do harm: that is waived for nobody",
            help=["weighbridge check REF --sign --key NAME"],
        )
    chosen = [
        one
        for one in every
        if (not wish.files or one.subject in wish.files)
        and (not wish.names or one.name in wish.names)
    ]
    missing = [name for name in wish.names if name not in {one.name for one in chosen}]
    missing += [file for file in wish.files if file not in {one.subject for one in chosen}]
    if missing:
        there = sorted({f"{one.subject}: {one.name or 'the file'}" for one in every})
        raise UsageError(
            f"the newest signed report has no such finding of {wish.rule} that can be waived",
            seen=", ".join(there),
            wanted=", ".join(missing),
            help=["name what the report names"],
        )
    metadata = case.manifest["metadata"]
    return Waived(
        wish=wish,
        name=metadata["name"],
        version=metadata["version"],
        findings=tuple(sorted(chosen, key=lambda one: (one.subject, one.name))),
    )


def _reported(case: Case, rule: str) -> Iterator[Waivable]:
    """List what the newest report about a release says that can be waived, each once."""
    reports = [
        report
        for one in about(case)
        if one.predicate_type == TEST_RESULT
        and isinstance(report := ours(one.predicate).get("report"), dict)
    ]
    found = reports[-1].get("findings") if reports else ()
    told: dict[Waivable, None] = {}
    for finding in found if isinstance(found, list) else ():
        scope = scope_of(finding) if isinstance(finding, dict) else None
        if scope is not None and finding.get("code") == rule:
            file, name = scope
            told[Waivable(subject=str(finding.get("subject")), file=file, name=name)] = None
    yield from told


def _payload(asked: Waived, case: Case, *, log: str) -> bytes:
    wish = asked.wish
    scopes = sorted({(one.file, one.name) for one in asked.findings})
    predicate = {
        "environment": wish.environment,
        "environmentDigest": case.environment_digest,
        "expires": wish.expires,
        "findings": [{"file": file, "global": name} for file, name in scopes],
        "log": log,
        "policy": case.bundle_digest,
        "reason": wish.reason,
        "rule": wish.rule,
    }
    subject = (f"{asked.name}@{asked.version}", wish.release)
    return write_statement(Statement(WAIVER, subjects=(subject,), predicate=predicate))


def _waiver(asked: Waived, signer: Person, *, at: str) -> Waiver:
    wish = asked.wish
    return Waiver(
        entry=-1,
        at=at,
        person=signer.person,
        roles=signer.roles,
        key=signer.spki,
        release=wish.release,
        environment=wish.environment,
        rule=wish.rule,
        findings=frozenset((one.file, one.name) for one in asked.findings),
        reason=wish.reason,
        expires=wish.expires,
    )


def _barred(asked: Waived, case: Case, why: str) -> NotAllowedError:
    longest = [f"{entry.longest} from now" for entry in waivable(case, asked.wish.rule)]
    return NotAllowedError(
        f"these findings cannot be waived so: {why}",
        seen=f"until {asked.wish.expires}",
        wanted=f"at most {' or '.join(longest)}, by somebody who neither asked for the promotion "
        "nor signed the release or evidence about it",
        cause="the refusal is in the ledger",
        help=["give an earlier --expires", "or have somebody else waive them"],
    )
