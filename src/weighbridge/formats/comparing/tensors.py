"""The tensors of two files, held against one another by name."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats import registry
from weighbridge.formats.comparing.number_types import number_type
from weighbridge.formats.comparing.numbers import Measuring
from weighbridge.formats.stabilisers.reading import CHUNK, answered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weighbridge.formats.stabilisers.reading import Readable
    from weighbridge.model.limits import Limits
    from weighbridge.model.replay import NumberDifference
    from weighbridge.model.structure import Structure, TensorInfo

_EDGE: Final = 4_096
_CONTAINERS: Final = frozenset(
    {"zip", "wheel", "skops", "tar", "7z", "gzip", "bzip2", "xz", "lzma", "zlib", "zfile"}
)
"""Formats whose members have the tensors, not they themselves."""
_ALONE: Final = {"safetensors": False, "npy": True, "npz": True}
"""Formats that hold tensors and nothing else; whether what they note beside them counts."""
_OWN_NOTES: Final = frozenset({"inflated-bytes"})


@dataclass(frozen=True, slots=True)
class Stretch:
    """A tensor's data, wherever they lie.

    Attributes:
        dtype: Data type in the format's own word.
        shape: Dimensions.
        size: Bytes.
        digest: Digest of them; empty if it is not known.
        source: What holds them; None if they do not lie in one piece anywhere.
        offset: Where in it they begin.
        more: What else must be equal.
    """

    dtype: str
    shape: tuple[int, ...]
    size: int
    digest: str = ""
    source: Callable[[], Readable] | None = None
    offset: int = 0
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensors:
    """The tensors of one file.

    Attributes:
        named: Each by name, in the order of the file.
        whole: What the file says beside them, if they and that are all it says; None if it says
            more, or not all of it was read.
    """

    named: Mapping[str, Stretch]
    whole: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What differs between the tensors of two files.

    Attributes:
        differing: Names of those that differ or stand in one file alone, in the first's order.
        of: How many there are in all.
        what: What is different about the first, in words.
        size: How far the first is off, if that can be told.
        equal: Whether all are equal, and no file says anything else.
    """

    differing: tuple[str, ...]
    of: int
    what: str = ""
    size: NumberDifference | None = None
    equal: bool = False


def sniffed(source: Readable) -> str | None:
    """Name the format of some bytes."""
    edge = min(_EDGE, source.size)
    head, tail = source.read_at(0, edge), source.read_at(source.size - edge, edge)
    return registry.sniff(head, tail, source.size)


def list_tensors(opened: Callable[[], Readable], *, limits: Limits) -> Tensors | None:
    """List the tensors of a file; None if it has none of its own, or they cannot be told apart."""
    source = opened()
    name = sniffed(source)
    if name is None or name in _CONTAINERS:
        return None
    found = answered(registry.reader(name, source.size, limits=limits), source)
    counts = Counter(tensor.name for tensor in found.tensors)
    if not counts or max(counts.values()) > 1:
        return None
    named = {tensor.name: _stretch(tensor, opened) for tensor in found.tensors}
    return Tensors(named=named, whole=_said(found))


def compare_tensors(before: Tensors, after: Tensors) -> Compared:
    """Hold tensors against those of the same name."""
    names = [*before.named, *(name for name in after.named if name not in before.named)]
    differing = [name for name in names if not _same(before.named.get(name), after.named.get(name))]
    if not differing:
        equal = before.whole is not None and before.whole == after.whole
        return Compared(differing=(), of=len(names), equal=equal)
    old, new = before.named.get(differing[0]), after.named.get(differing[0])
    return Compared(
        differing=tuple(differing), of=len(names), what=_what(old, new), size=_size(old, new)
    )


def measure(
    before: Readable, after: Readable, *, dtype: str, size: int, places: tuple[int, int]
) -> NumberDifference | None:
    """Measure how far two tensors of one type and size are apart, a piece after the other.

    Args:
        before: What holds the first.
        after: What holds the second.
        dtype: Their data type in the format's own word.
        size: Bytes of each.
        places: Where each begins.

    Returns:
        None if the bytes are not all there.
    """
    measuring = Measuring(number_type(dtype))
    for start in range(0, size, CHUNK):
        length = min(CHUNK, size - start)
        old, new = (
            source.read_at(place + start, length)
            for source, place in zip((before, after), places, strict=True)
        )
        if len(old) != length or len(new) != length:
            return None
        measuring.add(old, new)
    return measuring.result()


def _stretch(tensor: TensorInfo, opened: Callable[[], Readable]) -> Stretch:
    there = tensor.offset >= 0
    return Stretch(
        dtype=tensor.dtype,
        shape=tensor.shape,
        size=tensor.size,
        digest=tensor.digest,
        source=opened if there else None,
        offset=max(0, tensor.offset),
    )


def _said(structure: Structure) -> tuple[str, ...] | None:
    counts = _ALONE.get(structure.format)
    if counts is None or structure.status != "complete" or structure.problems:
        return None
    if not counts:
        return (structure.format,)
    # In which order an array lies, its member says: the same bytes are another matrix.
    said = [
        f"{part.container}: {key}={value}"
        for part in structure.walk()
        for key, value in part.metadata
        if key not in _OWN_NOTES
    ]
    return (structure.format, *sorted(said))


def _same(old: Stretch | None, new: Stretch | None) -> bool:
    if old is None or new is None or _form(old) != _form(new):
        return False
    if old.digest and new.digest:
        return old.digest == new.digest
    found = _size(old, new)
    return found is not None and not found.differing


def _size(old: Stretch | None, new: Stretch | None) -> NumberDifference | None:
    if old is None or new is None or _form(old) != _form(new):
        return None
    if old.source is None or new.source is None:
        return None
    places = (old.offset, new.offset)
    return measure(old.source(), new.source(), dtype=old.dtype, size=old.size, places=places)


def _form(stretch: Stretch) -> tuple[object, ...]:
    return stretch.dtype, stretch.shape, stretch.size, stretch.more


def _what(old: Stretch | None, new: Stretch | None) -> str:
    if old is None or new is None:
        return "the tensor is new" if old is None else "the tensor is missing"
    if (old.dtype, old.shape) != (new.dtype, new.shape):
        return f"{_words(old)} became {_words(new)}"
    return "its numbers differ" if _form(old) == _form(new) else "it is laid out differently"


def _words(stretch: Stretch) -> str:
    return f"{stretch.dtype}[{', '.join(map(str, stretch.shape))}]"
