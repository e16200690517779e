"""Services of Sigstore's that refuse, answer nonsense, or never answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.seal.signing import STATEMENT
from tests.sigstore_server import CERTIFICATES, ENTRIES, serving, token
from tests.sigstore_stand_in import ISSUER, SUBJECT, StandIn
from weighbridge.adapters.deadline import OverdueError, before
from weighbridge.adapters.keyless.signing import CertifiedSigner, identity_signer
from weighbridge.model.errors import LoginError, UnavailableError, WeighbridgeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

from tests.sigstore_server import Services


@pytest.fixture(scope="module")
def served() -> Iterator[Services]:
    with serving(StandIn()) as services:
        yield services


@pytest.fixture
def services(served: Services) -> Services:
    for told in (served.refused, served.answers, served.silent):
        told.clear()
    return served


@pytest.fixture
def signer(services: Services, tmp_path: Path) -> Callable[[], CertifiedSigner]:
    config = str(services.write_config(tmp_path))
    root = services.stand_in.root()

    def get() -> CertifiedSigner:
        # Whoever is not silent answers within that; all of it is on this machine.
        patience = 0.3 if services.silent else 30
        return identity_signer(root, config=config, ask=None, token=token(), patience=patience)

    return get


def complaint(error: WeighbridgeError) -> str:
    (fault,) = error.faults
    return f"{fault.message}: {fault.cause}"


def test_an_identity_signs(signer: Callable[[], CertifiedSigner]) -> None:
    found = signer()
    assert (found.issuer, found.subject) == (ISSUER, SUBJECT)
    assert b'"tlogEntries"' in found.bundle(STATEMENT)


@pytest.mark.parametrize("path", [CERTIFICATES, ENTRIES])
def test_whoever_never_answers_is_not_waited_for(
    path: str, services: Services, signer: Callable[[], CertifiedSigner]
) -> None:
    services.silent.add(path)
    with pytest.raises(UnavailableError) as caught:
        signer().bundle(STATEMENT)
    assert "no answer within 0.3 seconds" in complaint(caught.value)


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (
            (401, {"message": "the token is of another audience"}),
            LoginError,
            "401: the token is of",
        ),
        ((400, {"message": "x" * 999}), LoginError, "400: xxx"),
        ((403, {}), LoginError, "403: Forbidden"),
        ((403, [[]]), LoginError, "403: Forbidden"),
        ((429, {"message": "later"}), UnavailableError, "429: later"),
        ((503, {"message": "resting"}), UnavailableError, "503: resting"),
        ((200, {}), UnavailableError, "missing certificate chain"),
        ((200, []), UnavailableError, "no certificate was issued"),
        (
            (200, {"signedCertificateEmbeddedSct": {"chain": {"certificates": ["a", "b"]}}}),
            UnavailableError,
            "no certificate was issued",
        ),
    ],
)
def test_what_fulcio_said_is_told(
    answer: tuple[int, object],
    kind: type[WeighbridgeError],
    said: str,
    services: Services,
    signer: Callable[[], CertifiedSigner],
) -> None:
    services.answers[CERTIFICATES] = answer
    with pytest.raises(kind) as caught:
        signer()
    assert said in complaint(caught.value)
    assert len(complaint(caught.value)) < 400


@pytest.mark.parametrize("document", [{}, [], {"a": {}}, {"a": {"verification": {}}}])
def test_an_entry_that_is_none_is_no_signature(
    document: object, services: Services, signer: Callable[[], CertifiedSigner]
) -> None:
    services.answers[ENTRIES] = (201, document)
    with pytest.raises(UnavailableError, match="the signature was not logged"):
        signer().bundle(STATEMENT)


def test_what_would_end_the_program_is_an_error_where_somebody_waits() -> None:
    def leave() -> None:
        raise SystemExit("bye")

    with pytest.raises(RuntimeError, match="SystemExit: bye"):
        before(30, leave, name="leaving")
    assert before(30, lambda: None, name="nothing") is None


def test_what_is_overdue_is_said_to_be(services: Services) -> None:
    with pytest.raises(OverdueError, match=r"within 0\.1 seconds"):
        before(0.1, services.over.wait, name="waiting")
