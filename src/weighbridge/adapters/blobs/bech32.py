"""Bech32 (BIP 173) without its limit of length: how age writes keys."""

from __future__ import annotations

_CHARACTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM = 6


def write_bech32(prefix: str, data: bytes) -> str:
    """Write bytes behind a lower-case prefix."""
    values = _regroup(data, 8, 5, pad=True)
    check = _polymod([*_expanded(prefix), *values, *[0] * _CHECKSUM]) ^ 1
    values += [(check >> 5 * (_CHECKSUM - 1 - at)) & 31 for at in range(_CHECKSUM)]
    return f"{prefix}1" + "".join(_CHARACTERS[value] for value in values)


def read_bech32(text: str) -> tuple[str, bytes]:
    """Read prefix, in lower case, and bytes.

    Raises:
        ValueError: It is no such text, or was mistyped.
    """
    if text not in {text.lower(), text.upper()}:
        raise ValueError("upper and lower case are mixed")
    prefix, one, rest = text.lower().rpartition("1")
    if not (prefix and one) or len(rest) < _CHECKSUM or not prefix.isascii():
        raise ValueError("it has no prefix, or is too short")
    if any(character not in _CHARACTERS for character in rest):
        raise ValueError("it has a character that none of these has")
    values = [_CHARACTERS.index(character) for character in rest]
    if _polymod([*_expanded(prefix), *values]) != 1:
        raise ValueError("its checksum is wrong")
    return prefix, bytes(_regroup(values[:-_CHECKSUM], 5, 8, pad=False))


def _expanded(prefix: str) -> list[int]:
    return [*(ord(one) >> 5 for one in prefix), 0, *(ord(one) & 31 for one in prefix)]


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            check ^= generator if top >> bit & 1 else 0
    return check


def _regroup(values: bytes | list[int], width: int, to: int, *, pad: bool) -> list[int]:
    """Cut a row of numbers of some bits into numbers of others."""
    held, bits, found = 0, 0, []
    for value in values:
        held, bits = held << width | value, bits + width
        while bits >= to:
            bits -= to
            found.append(held >> bits & ((1 << to) - 1))
    rest = held & ((1 << bits) - 1)
    if pad and bits:
        found.append(rest << (to - bits))
    elif not pad and (bits >= width or rest):
        raise ValueError("it ends in bits that mean nothing")
    return found
