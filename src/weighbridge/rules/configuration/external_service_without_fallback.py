"""The release calls a service and does not say what happens when that does not answer.

## What it checks

Every entry of `spec.externalServices`: it has a `timeout` and a `fallback`. One whose `auth` has a
scheme other than `none` also says by `secretRef` where its secret is kept; this is an error, the
others are warnings.

## Why it matters

Services fail. Without a timeout the model waits for ever and its callers with it; without a
fallback nobody decided beforehand whether a stale answer, a default or an error is right. A scheme
without a reference means that the credential is somewhere it should not be: in the image, in an
environment file, in somebody's head.

## How to fix

    weighbridge set spec.externalServices.blocklist.timeout 200ms
    weighbridge set spec.externalServices.blocklist.fallback last-good-copy
    weighbridge set spec.externalServices.blocklist.auth.secretRef.provider vault

`fallback: none` is an answer, too: it says that the request fails with the service.

## Example

    externalServices:
      - {name: blocklist, endpoint: "https://blocklist.example.com", timeout: 200ms}

gets a warning until it has a `fallback`.

## References

- Nygard, Release It!, "Timeouts" and "Circuit Breaker"
- OWASP Secrets Management Cheat Sheet
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.model.authoring.todo import TODO
from weighbridge.model.finding import Severity, Verdict
from weighbridge.rules import items, placed, sample
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.model.release.services import ExternalService

SERVICES = "/spec/externalServices"
_WITHOUT_SECRET = ("none", TODO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A service that is called.

    Attributes:
        service: What the manifest says of it.
        pointer: JSON pointer of its entry.
    """

    service: ExternalService
    pointer: str


def each(facts: Facts) -> Iterator[Item[Called]]:
    """Yield every external service, placed at its name."""
    services = facts.release.spec.external_services or () if facts.release else ()
    for index, service in enumerate(services):
        at = f"{SERVICES}/{index}"
        where = items.place(facts, f"{at}/name")
        yield Item(subject=service.name, location=where, value=Called(service=service, pointer=at))


def judge(called: Called, facts: Facts) -> Iterator[Judgement]:
    """Ask for a timeout, a fallback, and the place of the secret."""
    service, at = called.service, called.pointer
    here = items.place(facts, f"{at}/name")
    for field, value, like, ask in (
        ("timeout", service.timeout, "500ms", "how long its answer is waited for"),
        ("fallback", service.fallback, "VALUE", "what is done when it does not answer"),
    ):
        if value is None and not items.is_todo(facts, f"{at}/{field}"):
            yield placed.against(
                facts,
                f"{at}/{field}",
                f"service {service.name} has no {field}: nothing says {ask}",
                location=here,
                seen=f"no `{field}`",
                wanted=f"{field}: …",
                remediation=(placed.setting(facts, f"{at}/{field}", like),),
            )
    auth, secret = service.auth, f"{at}/auth/secretRef"
    if auth is None or auth.scheme in _WITHOUT_SECRET or auth.secret_ref is not None:
        return
    if not items.is_todo(facts, secret):
        yield placed.against(
            facts,
            secret,
            f"service {service.name} is authenticated to by {auth.scheme}, and nothing says where "
            "the secret is kept",
            location=items.place(facts, f"{at}/auth/scheme"),
            seen=f"scheme: {auth.scheme}, no `secretRef`",
            wanted="secretRef: {provider: …, name: …}",
            remediation=(
                placed.setting(facts, f"{secret}/provider", "vault"),
                placed.setting(facts, f"{secret}/name"),
            ),
            severity=Severity.ERROR,
        )


def examples() -> list[Example]:
    """Show a service that is prepared for, one that is not, and one without its secret."""
    good: dict[str, Any] = {
        "name": "blocklist",
        "endpoint": "https://blocklist.example.com",
        "auth": {"scheme": "bearer", "secretRef": {"provider": "vault", "name": "ml/blocklist"}},
        "timeout": "200ms",
        "fallback": "last-good-copy",
    }

    def service(verdict: Verdict, title: str, seen: str, **changes: object) -> Example:
        entry = {key: value for key, value in {**good, **changes}.items() if value is not None}
        return Example(
            title=title,
            facts=sample.release({SERVICES: [entry]}),
            verdict=verdict,
            seen=seen,
        )

    return [
        service(Verdict.PASS, "a timeout, a fallback and a reference to the secret", ""),
        service(Verdict.FAIL, "no fallback", "has no fallback", fallback=None),
        service(Verdict.FAIL, "no timeout", "has no timeout", timeout=None),
        service(Verdict.FAIL, "a scheme without a secret", "bearer", auth={"scheme": "bearer"}),
    ]


RULE = Rule(
    code="CFG007",
    name="external-service-without-fallback",
    severity=Severity.WARNING,
    each=each,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
