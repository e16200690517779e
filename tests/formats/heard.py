"""Read a text as a scan does, with the detectors in earshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.formats.samples import Chopped, sniffed
from weighbridge.formats.drive import Memory, serve
from weighbridge.formats.interface import Ask
from weighbridge.formats.registry import reader
from weighbridge.model.limits import DEFAULT_LIMITS
from weighbridge.probes.reading.files import recognise

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from weighbridge.model.structure import SecretUse, Structure


def heard(
    data: bytes, *, sizes: Collection[int] = (), answer: Callable[[Ask], str] = recognise
) -> Structure:
    """Read bytes, in chunks of given sizes, and have every question answered."""
    name = sniffed(data)
    assert name is not None
    limits = DEFAULT_LIMITS
    source = Chopped(data, sizes, limits=limits) if sizes else Memory(data, limits=limits)
    reading = serve(reader(name, len(data), limits=limits), source)
    try:
        question = next(reading)
        while True:
            assert isinstance(question, Ask)
            question = reading.send(answer(question).encode())
    except StopIteration as done:
        structure: Structure = done.value
        return structure


def secrets(data: bytes | str) -> list[SecretUse]:
    """List the credentials of a text and of what is in it."""
    raw = data.encode() if isinstance(data, str) else data
    return [use for part in heard(raw).walk() for use in part.secrets]
