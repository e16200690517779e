from __future__ import annotations

from hashlib import sha256

import pytest

from weighbridge.adapters.blobs.overlay import ChangedSource, Overlay
from weighbridge.model.errors import NotFoundError, RegistryError, UnavailableError


def digest(data: bytes) -> str:
    return f"sha256:{sha256(data).hexdigest()}"


LOW, HIGH = b"from below", b"from above"


@pytest.fixture
def overlay() -> Overlay:
    """Lie over a store that holds one blob."""
    below = Overlay(Overlay(NOTHING))
    below.put(LOW)
    return Overlay(below)


class Nothing:
    """A store without anything in it."""

    def has(self, digest: str) -> bool:
        return not digest

    def read(self, digest: str) -> bytes:
        raise NotFoundError(digest)

    def open(self, digest: str) -> ChangedSource:
        raise NotFoundError(digest)

    def locate(self, digest: str) -> None:
        """Know nothing."""


NOTHING = Nothing()


def test_what_is_put_is_kept_above_and_read_with_what_lies_below(overlay: Overlay) -> None:
    assert overlay.put(HIGH) == digest(HIGH)
    assert overlay.put(LOW) == digest(LOW)
    assert [held.name for held in overlay.stored()] == [digest(HIGH)]
    assert (overlay.read(digest(HIGH)), overlay.read(digest(LOW))) == (HIGH, LOW)
    assert overlay.renew(digest(LOW))
    assert overlay.remove(digest(HIGH), before=0)
    assert not overlay.has(digest(HIGH))


def test_bytes_are_changed_while_they_are_read(overlay: Overlay) -> None:
    overlay.alter(
        digest(LOW), lambda source: ChangedSource(source, lambda _, found: found.upper(), size=4)
    )
    with overlay.open(digest(LOW)) as source:
        assert (source.size, source.read(3), source.read(9), source.read(9)) == (
            4,
            b"FRO",
            b"M",
            b"",
        )
        assert source.read_at(2, 100) == b"OM"
        assert not source.changed()
    with pytest.raises(RegistryError, match="is damaged"):
        overlay.read(digest(LOW))
    assert overlay.locate(digest(LOW)) is None


def test_a_copy_does_not_share_what_is_changed_later(overlay: Overlay) -> None:
    other = overlay.copy()
    overlay.replace(digest(LOW), b"other")
    overlay.put(HIGH)
    assert other.read(digest(LOW)) == LOW
    assert not other.has(digest(HIGH))
    with overlay.open(digest(LOW)) as source:
        assert source.read(100) == b"other"


def test_bytes_can_be_gone_or_not_to_be_had(overlay: Overlay) -> None:
    overlay.lose(digest(LOW))
    assert not overlay.has(digest(LOW))
    with pytest.raises(NotFoundError):
        overlay.read(digest(LOW))
    overlay.put(HIGH)
    overlay.silence(digest(HIGH))
    with pytest.raises(UnavailableError):
        overlay.open(digest(HIGH))


def test_bytes_on_their_way_are_those_that_were_announced(overlay: Overlay) -> None:
    incoming = overlay.incoming()
    incoming.write(HIGH)
    incoming.close()
    with pytest.raises(RegistryError, match="not what was announced"):
        incoming.commit(digest(b"else"))
    incoming.commit(digest(HIGH))
    incoming.discard()
    assert overlay.read(digest(HIGH)) == HIGH
    assert [*overlay.leftovers(), *overlay.foreign()] == []
    assert "memory" in overlay.where(digest(HIGH))
    assert overlay.now() > 0
