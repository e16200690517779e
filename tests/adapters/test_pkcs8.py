from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.adapters.pkcs8 import STRONG, Cost, lock_pkcs8

WEAK = Cost(n=2, r=1, p=1)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
DER = KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


@given(st.binary(min_size=1, max_size=300), st.sampled_from([1, 2, 5, 8, 255, 256]))
def test_what_was_locked_is_unlocked_by_its_passphrase_alone(passphrase: bytes, p: int) -> None:
    pem = lock_pkcs8(DER, passphrase, cost=Cost(n=2, r=1, p=p))
    key = load_pem_private_key(pem, passphrase)
    assert isinstance(key, Ed25519PrivateKey)
    assert key.private_bytes_raw() == bytes(range(32))
    with pytest.raises(ValueError, match=r"decrypt|password|deserialize"):
        load_pem_private_key(pem, passphrase + b"x")


def test_no_two_files_are_alike() -> None:
    assert lock_pkcs8(DER, b"x", cost=WEAK) != lock_pkcs8(DER, b"x", cost=WEAK)


def test_a_guess_costs_memory_and_time() -> None:
    assert 128 * STRONG.n * STRONG.r >= 16 << 20
    assert STRONG.n * STRONG.r * STRONG.p >= (1 << 14) * 8 * 5


def test_a_longer_key_is_encoded_in_the_longer_form() -> None:
    key = derive_private_key(0xCA401, SECP384R1())
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    assert (
        load_pem_private_key(lock_pkcs8(der, b"x", cost=WEAK), b"x").private_bytes(
            Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
        )
        == der
    )
