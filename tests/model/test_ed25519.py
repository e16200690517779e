from __future__ import annotations

import pytest

from weighbridge.model.ed25519 import weakness

PRIME = 2**255 - 19


def encoded(y: int, sign: int = 0) -> bytes:
    return (y | sign << 255).to_bytes(32, "little")


@pytest.mark.parametrize("sign", [0, 1])
@pytest.mark.parametrize("y", [0, 1, PRIME - 1])
def test_points_of_small_order_are_weak_whatever_their_sign(y: int, sign: int) -> None:
    assert weakness(encoded(y, sign)) == "is a point of small order"


def test_the_points_of_order_eight_are_weak() -> None:
    # Their y solve d*y^4 + 2*y^2 - 1 = 0 on the curve -x^2 + y^2 = 1 + d*x^2*y^2 (RFC 8032).
    d = -121665 * pow(121666, -1, PRIME) % PRIME
    y = int.from_bytes(
        bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"
    )
    assert (d * pow(y, 4, PRIME) + 2 * y * y - 1) % PRIME == 0
    for other in (y, PRIME - y):
        assert weakness(encoded(other)) == "is a point of small order"


@pytest.mark.parametrize("y", [PRIME, PRIME + 1, 2**255 - 1])
def test_a_second_spelling_is_weak(y: int) -> None:
    assert weakness(encoded(y)) == "is not in its canonical encoding"


def test_the_base_point_is_not_weak() -> None:
    assert weakness(encoded(4 * pow(5, -1, PRIME) % PRIME)) == ""
