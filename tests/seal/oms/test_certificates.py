from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier
from hypothesis import given
from hypothesis import strategies as st

from tests.seal.oms.papers import (
    CODE,
    DAY,
    KEY,
    MIDDLE_KEY,
    NOW,
    OTHER,
    ROOT_KEY,
    SIGNS,
    certificate,
    der,
    issues,
    leaf,
    middle,
    pem,
    root,
    usage,
)
from weighbridge.seal.oms.certificates import (
    MOST_SIGNATURES,
    is_self_signed,
    read_certificate,
    read_certificates,
    trusted_path,
    usage_problem,
    validity_problem,
)
from weighbridge.seal.oms.refusal import UntrustedError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

ROOT, MIDDLE, LEAF = root(), middle(), leaf()
CLIENT = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
STRANGE = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\x05\x00")


def refused(chain: list[Certificate], *trusted: Certificate, later: int = 0) -> str:
    with pytest.raises(UntrustedError) as caught:
        trusted_path(chain, trusted=trusted, at=NOW + later * DAY)
    return str(caught.value)


def test_a_path_leads_from_the_signer_over_others_to_who_is_trusted() -> None:
    assert trusted_path([LEAF, MIDDLE], trusted=[ROOT], at=NOW) == (LEAF, MIDDLE, ROOT)
    assert trusted_path([LEAF, ROOT, MIDDLE], trusted=[ROOT], at=NOW) == (LEAF, MIDDLE, ROOT)
    assert trusted_path([LEAF], trusted=[ROOT, MIDDLE], at=NOW) == (LEAF, MIDDLE, ROOT)


def test_what_is_not_self_signed_is_an_end_only_where_nothing_else_is_trusted() -> None:
    assert trusted_path([LEAF], trusted=[MIDDLE], at=NOW) == (LEAF, MIDDLE)
    old = root(days=(-100, -1))
    assert "root expired" in refused([LEAF], old, MIDDLE)


def test_a_self_signed_signer_is_trusted_by_himself() -> None:
    own = certificate("me", KEY, extensions=CODE)
    assert trusted_path([own], trusted=[own], at=NOW) == (own,)
    assert "nobody who is trusted" in refused([own], ROOT)
    assert "expired" in refused([own], own, later=101)


@pytest.mark.parametrize(
    ("chain", "trusted", "why"),
    [
        ([leaf(days=(-100, -1)), MIDDLE], ROOT, "CN=signer expired at 2026-05-31T00:00:00Z"),
        ([leaf(days=(1, 100)), MIDDLE], ROOT, "CN=signer is not valid before 2026-06-02"),
        ([LEAF, middle(days=(-100, -1))], ROOT, "CN=middle expired"),
        ([LEAF, middle(days=(1, 100))], ROOT, "CN=middle is not valid before"),
        ([LEAF, MIDDLE], root(days=(-100, -1)), "CN=root expired"),
    ],
)
def test_each_certificate_must_be_valid_at_the_stated_time(
    chain: list[Certificate], trusted: Certificate, why: str
) -> None:
    assert why in refused(chain, trusted)


def test_the_stated_time_is_the_one_that_counts() -> None:
    early = leaf(days=(-100, -50))
    at = NOW - 60 * DAY
    assert trusted_path([early, MIDDLE], trusted=[ROOT], at=at)[0] == early
    assert "expired" in refused([early, MIDDLE], ROOT)


def test_all_reasons_are_told() -> None:
    why = refused([leaf(days=(-9, -1)), middle(days=(-9, -1))], root(days=(-9, -1)))
    assert why.count("expired") == 3


@pytest.mark.parametrize(
    ("chain", "why"),
    [
        ([LEAF], "nobody who is trusted issued CN=signer (by CN=middle)"),
        ([LEAF, middle(by=OTHER)], "nobody who is trusted issued CN=middle"),
        ([leaf(by=OTHER), MIDDLE], "nobody who is trusted issued CN=signer"),
        ([LEAF, middle(extensions=())], "CN=middle may not issue certificates"),
        ([LEAF, middle(extensions=issues()[:1] + SIGNS)], "CN=middle may not sign certificates"),
        ([leaf(extensions=()), MIDDLE], "does not say that it is for signatures"),
        ([leaf(extensions=((usage(key_agreement=True), True),)), MIDDLE], "not for digital"),
        ([leaf(extensions=(*SIGNS, (CLIENT, False))), MIDDLE], "is not for signing code"),
        ([leaf(extensions=(*CODE, (STRANGE, True))), MIDDLE], "not understood (1.2.3.4)"),
        ([leaf(weak=True), MIDDLE], "signed over a weak hash (sha224)"),
    ],
)
def test_what_does_not_hold_is_named(chain: list[Certificate], why: str) -> None:
    assert why in refused(chain, ROOT)


def test_an_issuer_stands_above_no_more_than_it_may() -> None:
    second = certificate("second", KEY, issuer="middle", by=MIDDLE_KEY, extensions=issues())
    below = certificate("signer", OTHER, issuer="second", by=KEY, extensions=CODE)
    assert "CN=middle may not stand above 1 others" in refused([below, second, MIDDLE], ROOT)
    roomy = middle(extensions=issues(1))
    assert len(trusted_path([below, second, roomy], trusted=[ROOT], at=NOW)) == 4


def test_a_signer_may_be_called_as_his_issuer() -> None:
    same = certificate("middle", KEY, issuer="middle", by=MIDDLE_KEY, extensions=CODE)
    assert not is_self_signed(same)
    assert trusted_path([same, MIDDLE], trusted=[ROOT], at=NOW) == (same, MIDDLE, ROOT)


def test_paths_that_go_round_end() -> None:
    one = certificate("one", KEY, issuer="two", by=OTHER, extensions=issues())
    two = certificate("two", OTHER, issuer="one", by=KEY, extensions=issues())
    assert "nobody who is trusted" in refused([one, two], ROOT)


def test_long_paths_and_many_of_one_name_are_refused() -> None:
    crowd = [certificate("x", KEY, issuer="x", by=KEY, extensions=issues()) for _ in range(14)]
    first = certificate("signer", OTHER, issuer="x", by=KEY, extensions=CODE)
    why = refused([first, *crowd], ROOT)
    assert "longer than 8" in why
    assert "too many certificates have the same names" in why
    assert MOST_SIGNATURES == 100


def test_small_and_unknown_keys_are_not_relied_on() -> None:
    small = rsa.generate_private_key(65537, 1024)  # noqa: S505 - it is refused
    assert "a key of 1024 bits" in refused([leaf(small), MIDDLE], ROOT)


def test_an_edwards_key_may_issue() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    above = certificate("middle", key, issuer="root", by=ROOT_KEY, extensions=issues())
    builder = x509.CertificateBuilder(
        issuer_name=above.subject,
        subject_name=LEAF.subject,
        public_key=KEY.public_key(),
        serial_number=7,
        not_valid_before=NOW - DAY,
        not_valid_after=NOW + DAY,
    ).add_extension(CODE[0][0], critical=True)
    below = builder.sign(key, None)
    assert trusted_path([below, above], trusted=[ROOT], at=NOW) == (below, above, ROOT)


def test_usage_and_validity_can_be_asked_for_alone() -> None:
    assert usage_problem(LEAF) == ""
    anything = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])
    assert usage_problem(leaf(extensions=((anything, False),))) == ""
    assert validity_problem(LEAF, NOW) == ""


def test_certificates_are_read_as_pem_or_der() -> None:
    assert read_certificates(pem(LEAF, MIDDLE)) == [LEAF, MIDDLE]
    assert read_certificates(der(LEAF)[0]) == [LEAF]
    for junk in (
        b"",
        b"junk",
        pem(LEAF).replace(b"M", b"m"),
        b"-----BEGIN CERTIFICATE-----\njunk\n-----END CERTIFICATE-----\n",
    ):
        with pytest.raises(UntrustedError, match="no certificate"):
            read_certificates(junk)


@given(st.data())
def test_no_certificate_breaks_the_judgement(data: st.DataObject) -> None:
    """Whatever bytes are put into the chain, it is trusted or refused, and nothing else."""
    chain = []
    for der_bytes in der(LEAF, MIDDLE):
        place = data.draw(st.integers(0, len(der_bytes) - 1))
        byte = data.draw(st.integers(0, 255))
        changed = der_bytes[:place] + bytes((byte,)) + der_bytes[place + 1 :]
        with contextlib.suppress(UntrustedError):
            chain.append(read_certificate(changed))
    if chain:
        with contextlib.suppress(UntrustedError):
            trusted_path(chain, trusted=[root(), *chain], at=NOW)
            usage_problem(chain[0])
    assert len(chain) <= 2
