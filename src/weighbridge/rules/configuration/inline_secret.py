"""A credential stands in the manifest.

## What it checks

Every value, key and comment of the manifest, open maps included. A credential is known by its form
(keys and tokens of services, private keys, passwords in URLs, signed addresses) or by the name it
stands under (`DB_PASSWORD`, `apiKey`). What was found is printed nowhere, and replaced by `(not
shown)` in all other findings.

## Why it matters

A manifest is committed, sealed, sent and kept for years, and everybody who may read the release
may read the credential. Whoever has it is, to the service, whoever it was given to.

## How to fix

Revoke the credential first: it has been in a file, and taking it out again does not take it out of
the history. Put its successor into a secret store, and write a reference in its place:

    auth: {scheme: bearer, secretRef: {provider: env, name: FEATURE_STORE_TOKEN}}

Except for `check`, every verb refuses a manifest with a credential in it; `set` replaces it.
Ignoring this rule does not change that.

## Example

    system: {env: {DB_PASSWORD: hunter2}}

fails, and so does `uri: https://user:hunter2@models.example.com/model.onnx`.

## References

- CWE-798, use of hard-coded credentials: https://cwe.mitre.org/data/definitions/798.html
- detect-secrets, whose detectors look: https://github.com/Yelp/detect-secrets
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model.fact import Credential, Unavailable, observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.location import Location
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Example, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts

NOT_SHOWN = "(not shown)"
_HELP = (
    "revoke it: it has been in a file, and stays in its history",
    "keep its successor in a secret store: `secretRef: {provider: env, name: NAME}`",
)


def judge(found: Credential | Unavailable, _facts: Facts) -> Iterator[Judgement]:
    """Speak against a credential."""
    yield against(observed(found))


def against(found: Credential) -> Judgement:
    """Say what is wrong with a credential, and not what it is."""
    path = items.dotted(found.location.pointer)
    where = f"{path} holds" if path else "a comment or a key holds"
    return Judgement(
        message=f"{where} a credential ({found.detector})",
        seen=NOT_SHOWN,
        wanted="a reference to a secret",
        cause="it was written where a reference belongs",
        remediation=_HELP,
    )


def examples() -> list[Example]:
    """Show a manifest without and with a credential, and one that was not looked through."""
    base = sample.release()
    at = "/spec/environment/system/env/DB_PASSWORD"
    found = Credential(location=Location("release.yaml", 20, 25, at), detector="Secret Keyword")
    return [
        Example(title="no credential", facts=base, verdict=Verdict.PASS),
        Example(
            title="a password in the environment",
            facts=replace(base, credentials=(found,)),
            verdict=Verdict.FAIL,
            seen="DB_PASSWORD holds a credential (Secret Keyword)",
        ),
        Example(
            title="a manifest nobody looked through",
            facts=replace(base, credentials=Unavailable("nobody looked for any")),
            verdict=Verdict.INCONCLUSIVE,
            seen="nobody looked",
        ),
    ]


RULE = Rule(
    code="CFG004",
    name="inline-secret",
    severity=Severity.ERROR,
    each=items.credentials,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
