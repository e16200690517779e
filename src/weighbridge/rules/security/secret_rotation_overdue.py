"""A secret the release refers to is older than the release lets secrets grow.

## What it checks

Where `spec.governance.secrets.rotation` says how old a secret may grow: the age of each secret that
`spec.externalServices[].auth.secretRef` refers to. Only dates are asked for, never values:

- `file`: when the file was last written
- `vault`: when the version was made (KV version 2; `name: MOUNT/PATH`)
- `kubernetes`: when the data of the Secret was last written (`name: [NAMESPACE/]NAME`)
- `aws`: when the version was made that is current, or that `version` names

Variables (`env`) have no age, and `gcp` and `azure` are not asked yet: inconclusive. So is a date
in the future. Nobody is asked without `check --secrets`; the rule is skipped then, which passes
nowhere.

## Why it matters

A credential that is never replaced is a credential everybody who ever saw it still has.

## How to fix

Replace the secret where it is kept, and see that whatever uses it takes the new one. Then

    weighbridge check --secrets

## Example

With `governance: {secrets: {rotation: 90d}}`, a secret of Vault whose current version was made 200
days ago gets a warning.

## References

- NIST SP 800-57 Part 1, section 5.3, cryptoperiods: https://doi.org/10.6028/NIST.SP.800-57pt1r5
- OWASP Secrets Management Cheat Sheet, "Rotation"
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from weighbridge.model.fact import Unavailable, observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.quantity import amount, written
from weighbridge.model.secrets import SecretAge, SecretFacts
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts

ROTATION = "/spec/governance/secrets/rotation"
SERVICES = "/spec/externalServices"
NOT_ASKED = "nobody asked how old the secrets are: weighbridge check --secrets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A secret that is kept somewhere.

    Attributes:
        service: The service it is for.
        where: Who keeps it, and under what name.
        age: How old it is.
    """

    service: str
    where: str
    age: SecretAge | Unavailable


def rotation(facts: Facts) -> str | None:
    """Return how old secrets may grow, or None if the release does not say."""
    governance = facts.release.spec.governance if facts.release else None
    secrets = governance.secrets if governance else None
    return None if secrets is None or secrets.rotation is None else str(secrets.rotation)


def each(facts: Facts) -> Iterator[Item[Kept]]:
    """Yield every secret that is referred to, if the release says how old one may grow."""
    if rotation(facts) is None or facts.release is None:
        return
    ages = facts.secrets.ages if facts.secrets else {}
    for index, service in enumerate(facts.release.spec.external_services or ()):
        reference = service.auth.secret_ref if service.auth else None
        if reference is not None:
            age = ages.get(service.name, Unavailable(NOT_ASKED))
            where = f"{reference.provider}:{reference.name}"
            at = items.place(facts, f"{SERVICES}/{index}/auth/secretRef")
            value = Kept(service=service.name, where=where, age=age)
            yield Item(subject=service.name, location=at, value=value)


def needs(facts: Facts) -> str:
    """Say that nobody was asked, where there is something to ask for."""
    return NOT_ASKED if facts.secrets is None and any(each(facts)) else ""


def judge(kept: Kept, facts: Facts) -> Iterator[Judgement]:
    """Hold the age of a secret against what it may grow to."""
    age, wanted = observed(kept.age), str(rotation(facts))
    limit = amount("duration", wanted)
    changed, now = _time(age.changed), _time(facts.now)
    if limit is None or changed is None or now is None or changed > now:
        yield Judgement(
            message=f"how old {kept.where} is cannot be told",
            seen=f"{kept.where} changed at {age.changed or 'no time'}",
            wanted=f"a time before {facts.now or 'now, which nobody told'}",
            remediation=("set the clocks, then: weighbridge check --secrets",),
            verdict=Verdict.INCONCLUSIVE,
        )
        return
    seconds = int((now - changed).total_seconds())
    if seconds > limit:
        yield Judgement(
            message=f"the secret of {kept.service} is {seconds // 86400} days old",
            seen=f"{kept.where}, of {age.changed} ({age.told})",
            wanted=f"replaced every {written('duration', wanted)}",
            remediation=(f"replace {kept.where}", "weighbridge check --secrets"),
        )


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def examples() -> list[Example]:
    """Show a secret that is young, one that is old, one of no age, and one nobody limits."""
    reference = {"provider": "vault", "name": "ml/blocklist"}
    service = {
        "name": "blocklist",
        "endpoint": "https://blocklist.example.com",
        "auth": {"scheme": "bearer", "secretRef": reference},
    }

    def case(
        title: str,
        age: SecretAge | Unavailable,
        verdict: Verdict,
        seen: str = "",
        *,
        limit: bool = True,
    ) -> Example:
        changes = {SERVICES: [service], ROTATION: "90d" if limit else None}
        base = sample.release({at: value for at, value in changes.items() if value is not None})
        secrets = SecretFacts(ages={"blocklist": age})
        return Example(
            title=title,
            facts=replace(base, secrets=secrets, now=sample.NOW),
            verdict=verdict,
            seen=seen,
        )

    old = SecretAge(changed="2026-01-01T00:00:00Z", told="vault")
    young = SecretAge(changed="2026-11-01T00:00:00Z", told="vault")
    future = SecretAge(changed="2027-01-01T00:00:00Z", told="vault")
    silent = Unavailable("Vault does not answer")
    return [
        case("replaced a month ago", young, Verdict.PASS),
        case("no rotation is asked for", old, Verdict.PASS, limit=False),
        case("not replaced since January", old, Verdict.FAIL, "331 days old"),
        case("its keeper does not answer", silent, Verdict.INCONCLUSIVE, "does not answer"),
        case("of the future", future, Verdict.INCONCLUSIVE, "cannot be told"),
    ]


RULE = Rule(
    code="SEC011",
    name="secret-rotation-overdue",
    severity=Severity.WARNING,
    each=each,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
    needs=needs,
)
