"""Bundles that others' clients wrote, years ago, verify offline by the root of their services."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from tests.recorded import ASSETS, PRODUCTION, STAGING, recorded, root_of
from weighbridge.adapters.keyless.verifying import RootVerifier
from weighbridge.model.keyless import KeylessError
from weighbridge.model.trust import TrustedIdentity, TrustSnapshot
from weighbridge.seal.bundle import read_bundle
from weighbridge.seal.judging import Reason, Refusal, Signer, judge
from weighbridge.seal.pep740 import PUBLISH, read_attestations
from weighbridge.seal.statement import read_statement

NOW = "2026-11-28T12:00:00Z"
GITHUB = "https://token.actions.githubusercontent.com"
RELEASED = "https://github.com/trailofbits/pypi-attestations/.github/workflows/release.yml@refs/tags/v0.0.19"
MODELS = "https://github.com/trailofbits/pypi-attestation-models/.github/workflows/release.yml@refs/tags/v0.0.4a2"
SDIST = "pypi_attestations-0.0.19.tar.gz"
WHEEL = "rfc8785-0.1.2-py3-none-any.whl"

PUBLISHED = (
    ("circleci_sign_publish_example-0.0.1.dev137-py3-none-any.whl", "publish.attestation"),
    ("circleci_sign_publish_example-0.0.1.dev137-py3-none-any.whl", "provenance"),
    ("gcb_attestation_test-0.0.0.tar.gz", "provenance"),
    ("gitlab_oidc_project-0.0.3.tar.gz", "publish.attestation"),
    (SDIST, "provenance"),
    (SDIST, "publish.attestation"),
    (SDIST, "slsa.attestation"),
)


def digest_of(name: str) -> str:
    return f"sha256:{hashlib.sha256(recorded(name)).hexdigest()}"


def judged(data: bytes, *, service: str = PRODUCTION, about: str) -> Signer | Refusal:
    """Judge a bundle where whomever it names is trusted."""
    bundle = read_bundle(data)
    assert bundle.keyless is not None
    identity = TrustedIdentity(
        issuer=bundle.keyless.issuer,
        subject=bundle.keyless.subject,
        person="publisher",
        roles=("publisher",),
    )
    return judge(
        bundle,
        snapshot=TrustSnapshot(as_of=1, owners=("olga",), threshold=1, identities=(identity,)),
        at=NOW,
        roles={"publisher"},
        subject_digests={digest_of(about)},
        predicate_type=read_statement(bundle.payload).predicate_type,
        keyless=RootVerifier(root_of(service)),
    )


@pytest.mark.parametrize(("name", "kind"), PUBLISHED)
def test_an_attestation_of_a_package_is_proven_and_about_the_file(name: str, kind: str) -> None:
    for data in read_attestations(recorded(f"{name}.{kind}")):
        assert isinstance(judged(data, about=name), Signer)


@pytest.mark.parametrize(
    ("name", "service"),
    [("pypi_attestation_models-0.0.4a2.tar.gz", PRODUCTION), (WHEEL, STAGING)],
)
def test_a_bundle_is_proven_by_the_root_of_its_own_services(name: str, service: str) -> None:
    data = recorded(f"{name}.sigstore")
    assert isinstance(judged(data, service=service, about=name), Signer)
    other = STAGING if service == PRODUCTION else PRODUCTION
    refused = judged(data, service=other, about=name)
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.NOT_PROVEN


def test_who_signed_is_who_the_certificate_names() -> None:
    found = read_bundle(read_attestations(recorded(f"{SDIST}.publish.attestation"))[0]).keyless
    assert found is not None
    assert (found.issuer, found.subject) == (GITHUB, RELEASED)
    found = read_bundle(recorded("pypi_attestation_models-0.0.4a2.tar.gz.sigstore")).keyless
    assert found is not None
    assert (found.issuer, found.subject) == (GITHUB, MODELS)


def test_when_it_was_signed_is_what_the_log_said() -> None:
    data = read_attestations(recorded(f"{SDIST}.publish.attestation"))[0]
    said = RootVerifier(root_of()).verify(data, issuer=GITHUB, subject=RELEASED)
    assert said == "2024-12-04T23:14:01Z"


def test_a_workflow_at_another_ref_is_another() -> None:
    data = read_attestations(recorded(f"{SDIST}.publish.attestation"))[0]
    with pytest.raises(KeylessError, match="SANs do not match"):
        RootVerifier(root_of()).verify(
            data, issuer=GITHUB, subject=RELEASED.replace("refs/tags/v0.0.19", "refs/heads/main")
        )


def test_an_attestation_keeps_the_bytes_that_were_signed() -> None:
    said: dict[str, Any] = json.loads(recorded(f"{WHEEL}.attestation"))
    (bundle,) = read_attestations(recorded(f"{WHEEL}.attestation"))
    held = json.loads(bundle)
    assert held["dsseEnvelope"]["payload"] == said["envelope"]["statement"]
    assert held["dsseEnvelope"]["signatures"] == [{"sig": said["envelope"]["signature"]}]
    assert read_bundle(bundle).payload == read_bundle(recorded(f"{WHEEL}.sigstore")).payload


def test_an_attestation_of_another_file_is_not_about_this_one() -> None:
    (data,) = read_attestations(recorded(f"{SDIST}.publish.attestation"))
    refused = judged(data, about=WHEEL)
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.OTHER_SUBJECT


def test_publishing_says_all_by_its_type() -> None:
    (data,) = read_attestations(recorded(f"{SDIST}.publish.attestation"))
    statement = read_statement(read_bundle(data).payload)
    assert (statement.predicate_type, statement.predicate) == (PUBLISH, {})
    assert statement.subjects == ((SDIST, digest_of(SDIST)),)


def test_every_recorded_document_is_read() -> None:
    kinds = ("attestation", "provenance")
    found = [path for path in ASSETS.iterdir() if path.name.endswith(kinds)]
    assert found
    assert all(read_attestations(path.read_bytes()) for path in found)
