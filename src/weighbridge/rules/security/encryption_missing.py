"""The release asks for encryption, on the wire or at rest, and something is not encrypted.

## What it checks

- With `spec.governance.encryption.inTransit: required`: the address of each external service names
  a protocol that encrypts (`https`, `rediss`, `grpcs` …). One that does not (`http`, `redis` …)
  fails; of one that may or may not (`postgresql` without `sslmode=require` or better, no scheme at
  all) nobody can say. Addresses on the machine itself are left alone.
- Without it: a service that is authenticated to, over a protocol that does not encrypt.
- With `spec.governance.encryption.atRest: required`: the registry encrypts all that is put into its
  store.

## Why it matters

Who can listen reads inputs, outputs and the credentials sent with them. Who gets hold of a disk or
a bucket reads every release in it.

## How to fix

    weighbridge set spec.externalServices.cache.endpoint rediss://cache.example.com:6380

At rest, name in `weighbridge.toml` to whom blobs are encrypted:

    encrypt-to = ["age1…"]

## Example

    governance: {encryption: {inTransit: required}}
    externalServices:
      - {name: cache, endpoint: "redis://cache.example.com:6379"}

gets a warning.

## References

- CWE-319, cleartext transmission of sensitive information:
  https://cwe.mitre.org/data/definitions/319.html
- CWE-311, missing encryption of sensitive data: https://cwe.mitre.org/data/definitions/311.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from weighbridge.model.fact import Unavailable, observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.rules import items, placed, sample
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.model.release.services import ExternalService

ENCRYPTION = "/spec/governance/encryption"
SERVICES = "/spec/externalServices"
REQUIRED = "required"
_PLAIN_WORDS = "amqp ftp grpc http ldap memcached mqtt nats redis stomp tcp telnet ws"
_PLAIN = frozenset(_PLAIN_WORDS.split())
_SECURE_WORDS = "amqps az ftps grpcs gs https ldaps mqtts rediss s3 sftp ssh tls wss"
_SECURE = frozenset(_SECURE_WORDS.split())
_ADDRESS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?:[^/?#@]*@)?(?P<host>\[[^]]*]|[^/?#:]*)")
_FORCED = re.compile(
    r"[?&](?:sslmode=(?:require|verify-ca|verify-full)|(?:ssl|tls|encrypt)=true)(?:&|\Z)"
)
_OWN = re.compile(r"localhost|127(?:\.\d{1,3}){3}|\[::1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Something that should be encrypted.

    Attributes:
        service: The service that is called; None for the registry's store.
        pointer: JSON pointer of what asks for it, or of the address.
        required: Whether the release asks for encryption.
    """

    service: ExternalService | None
    pointer: str
    required: bool


def each(facts: Facts) -> Iterator[Item[Asked]]:
    """Yield every external service, and the store if what is in it is to be encrypted."""
    spec = facts.release.spec if facts.release else None
    if spec is None:
        return
    encryption = spec.governance.encryption if spec.governance else None
    required = encryption is not None and encryption.in_transit == REQUIRED
    for index, service in enumerate(spec.external_services or ()):
        at = f"{SERVICES}/{index}/endpoint"
        value = Asked(service=service, pointer=at, required=required)
        yield Item(subject=service.name, location=items.place(facts, at), value=value)
    if encryption is not None and encryption.at_rest == REQUIRED:
        at = f"{ENCRYPTION}/atRest"
        value = Asked(service=None, pointer=at, required=True)
        yield Item(subject="the registry", location=items.place(facts, at), value=value)


def judge(asked: Asked, facts: Facts) -> Iterator[Judgement]:
    """Say what is not encrypted, and of what nobody can say."""
    if asked.service is not None:
        yield from _in_transit(asked.service, asked, facts)
    elif not observed(facts.encrypted_at_rest):
        yield placed.against(
            facts,
            asked.pointer,
            "the release is to be encrypted at rest, and the registry's store is not",
            seen="bytes lie there as they are",
            wanted="atRest: required",
            remediation=(
                'name recipients in weighbridge.toml: encrypt-to = ["age1…"]',
                "seal it again, into a registry that encrypts",
            ),
        )


def _in_transit(service: ExternalService, asked: Asked, facts: Facts) -> Iterator[Judgement]:
    found = _ADDRESS.match(service.endpoint.lower())
    scheme, host = (found["scheme"], found["host"]) if found else ("", "")
    authenticated = service.auth is not None and service.auth.scheme != "none"
    if _OWN.fullmatch(host) or scheme in _SECURE or _FORCED.search(service.endpoint.lower()):
        return
    if scheme in _PLAIN and (asked.required or authenticated):
        why = "credentials go with it" if authenticated else "the release asks for encryption"
        yield placed.against(
            facts,
            asked.pointer,
            f"service {service.name} is called over {scheme}, in plain text",
            seen=f"{scheme}://{host}",
            wanted="a protocol that encrypts",
            cause=why,
            remediation=(placed.setting(facts, asked.pointer, "https://HOST"),),
        )
    elif asked.required and scheme not in _PLAIN:
        yield placed.against(
            facts,
            asked.pointer,
            f"whether calls to {service.name} are encrypted cannot be told from its address",
            seen=scheme or "an address without a scheme",
            wanted="a protocol that encrypts",
            remediation=("write the scheme out; of a database, `?sslmode=verify-full`",),
            verdict=Verdict.INCONCLUSIVE,
        )


def examples() -> list[Example]:
    """Show what encrypts, what does not, what nobody can say, and both sides of the store."""

    def service(
        title: str,
        endpoint: str,
        verdict: Verdict,
        seen: str = "",
        *,
        asked: bool = True,
        **more: Any,  # noqa: ANN401 - whatever an entry holds
    ) -> Example:
        entry = {"name": "cache", "endpoint": endpoint, **more}
        changes: dict[str, Any] = {SERVICES: [entry]}
        if asked:
            changes[f"{ENCRYPTION}/inTransit"] = REQUIRED
        return Example(title=title, facts=sample.release(changes), verdict=verdict, seen=seen)

    def store(
        title: str, verdict: Verdict, seen: str = "", *, encrypted: bool | Unavailable
    ) -> Example:
        base = sample.release({f"{ENCRYPTION}/atRest": REQUIRED})
        facts = replace(base, encrypted_at_rest=encrypted)
        return Example(title=title, facts=facts, verdict=verdict, seen=seen)

    auth = {"scheme": "bearer", "secretRef": {"provider": "vault", "name": "ml/cache"}}
    unseen = Unavailable("the registry is elsewhere")
    return [
        service("TLS", "https://cache.example.com", Verdict.PASS),
        service("plain text nobody minds", "http://a.example.com", Verdict.PASS, asked=False),
        service("the machine itself", "redis://localhost:6379", Verdict.PASS),
        service("a database that insists", "postgresql://a/b?sslmode=require", Verdict.PASS),
        service("plain text", "redis://cache.example.com", Verdict.FAIL, "over redis"),
        service(
            "a credential in plain text",
            "http://a.example.com",
            Verdict.FAIL,
            "over http",
            asked=False,
            auth=auth,
        ),
        service("nobody can say", "postgresql://a/b", Verdict.INCONCLUSIVE, "postgresql"),
        service("no scheme", "cache.example.com:1", Verdict.INCONCLUSIVE, "without a scheme"),
        store("a store that encrypts", Verdict.PASS, encrypted=True),
        store("one that does not", Verdict.FAIL, "encrypted at rest", encrypted=False),
        store("one that was not seen", Verdict.INCONCLUSIVE, "elsewhere", encrypted=unseen),
    ]


RULE = Rule(
    code="SEC010",
    name="encryption-missing",
    severity=Severity.WARNING,
    each=each,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
