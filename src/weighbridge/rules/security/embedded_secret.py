"""A file of the release carries a credential.

## What it checks

The texts a release carries: configuration, tokenizer files, cards, Python files, notebooks,
environment files, the texts in archives and wheels, and the metadata of model files. In them it
looks for tokens and keys of known services, private keys, passwords in addresses, and what is
given to a name such as `password` or `api_key` and looks like one.

Examples of handbooks, placeholders, references such as `${PASSWORD}`, and digests are none. What a
credential says is shown nowhere, nor kept.

## Why it matters

A release is copied to registries, machines and people for years, and cannot be changed. Whoever
can read it can use the credential, and nobody will notice.

## How to fix

Revoke the credential first: it must be taken for known. Take it out of the file, give it to the
running service by its environment or its secret store, and seal the release anew. One that is
sealed already keeps it: block that release.

## Example

A `config.json` with `"hub_token": "hf_…"` fails, and the finding says on which line.

## References

- CWE-798, hard-coded credentials: https://cwe.mitre.org/data/definitions/798.html
- CWE-540, sensitive information in source code: https://cwe.mitre.org/data/definitions/540.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model.fact import Unavailable, observed
from weighbridge.model.finding import Severity, Threat, Verdict
from weighbridge.model.structure import SecretUse, Structure
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.rules.interface import Example

CODE = "SEC005"


def judge(examined: items.Examined, facts: Facts) -> Iterator[Judgement]:
    """Say where credentials stand, and never what they are."""
    del facts
    file = observed(examined.file)
    for part in observed(file.structure).walk():
        inside = f"{file.path}!/{part.container}" if part.container else file.path
        for secret in part.secrets:
            where = f"{inside}, {secret.place}" if secret.place else f"{inside}:{secret.line}"
            yield Judgement(
                message=f"{where}: what stands there is a credential ({secret.detector})",
                seen=secret.detector,
                wanted="no credential in what is released",
                cause="a file that was used while the model was made was released with it",
                remediation=(
                    "revoke the credential: whoever has the file has it",
                    "take it out of the file and seal the release anew",
                ),
                threat=Threat(
                    level="needs-review",
                    container=part.container,
                    offset=secret.offset,
                    name=secret.detector,
                ),
            )


def examples() -> list[Example]:
    """Show a card without a credential, texts and metadata with one, and a file not read."""
    base = sample.release({"/spec/artifacts/0/format": "json"})
    sound = Structure(format="json", status="complete")
    text = SecretUse(detector="Hugging Face Token", offset=120, line=14)
    metadata = SecretUse(detector="Secret Keyword", place="training.password")
    member = Structure(format="text", status="complete", container=".env", secrets=(text,))
    return sample.read_as(
        base,
        [
            ("a configuration without a credential", sound, Verdict.PASS, ""),
            (
                "a token in a configuration",
                replace(sound, secrets=(text,)),
                Verdict.FAIL,
                "model.safetensors:14",
            ),
            (
                "a password in the metadata of a model",
                replace(sound, format="safetensors", secrets=(metadata,)),
                Verdict.FAIL,
                "training.password",
            ),
            (
                "an environment file in an archive",
                Structure(format="zip", status="complete", members=(member,)),
                Verdict.FAIL,
                "!/.env:14",
            ),
            ("a file that was not read", Unavailable("not readable"), Verdict.INCONCLUSIVE, ""),
        ],
    )


RULE = Rule(
    code=CODE,
    name="embedded-secret",
    severity=Severity.ERROR,
    each=items.examined,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
    loose=True,
)
