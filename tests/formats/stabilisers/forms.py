"""Making normal forms of bytes in memory, and archives that differ in nothing that matters."""

from __future__ import annotations

import io
import tarfile
import zipfile
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from weighbridge.formats.stabilisers.reading import InMemory
from weighbridge.formats.stabilisers.registry import normal_form
from weighbridge.model.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.formats.stabilisers.draft import Form


def form(data: bytes, /, **budgets: int) -> Form:
    limits = replace(DEFAULT_LIMITS, **budgets)  # type: ignore[arg-type] # numbers, all of them
    return normal_form(InMemory(data), limits=limits)


def same(one: bytes, other: bytes) -> bool:
    """Tell whether two files have one normal form, and a stabiliser made it."""
    left, right = form(one), form(other)
    assert left.label, left.why
    return left.digest == right.digest


@dataclass(frozen=True, slots=True)
class Harmless:
    """What two archives of the same files may differ in."""

    time: int = 0
    owner: int = 0
    user: str = ""
    group_bits: int = 0
    turned: bool = False
    level: int = 6
    system: int = 3


HARMLESS = st.builds(
    Harmless,
    time=st.integers(0, 2_000_000_000),
    owner=st.integers(0, 60_000),
    user=st.text("abc", max_size=8),
    group_bits=st.sampled_from([0, 0o022, 0o044, 0o066, 0o064]),
    turned=st.booleans(),
    level=st.integers(1, 9),
    system=st.sampled_from([0, 3]),
)

FILES = st.dictionaries(
    st.text("abcdefgh/é", min_size=1, max_size=12)
    .map(lambda name: name.strip("/").replace("//", "/"))
    .filter(lambda name: name and "//" not in name),
    st.binary(max_size=300),
    min_size=1,
    max_size=5,
).filter(lambda files: len({name.encode() for name in files}) == len(files))


def zipped(files: Mapping[str, bytes], how: Harmless, *, method: int = 8) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compresslevel=how.level) as archive:
        for name in _ordered(files, how):
            day = 1 + how.time % 28
            info = zipfile.ZipInfo(name, (1980 + how.time % 100, 1 + how.time % 12, day, 1, 2, 4))
            info.compress_type = method
            info.create_system = how.system
            info.external_attr = (0o100600 | how.group_bits) << 16
            archive.writestr(info, files[name])
    return stream.getvalue()


def tarred(
    files: Mapping[str, bytes], how: Harmless, *, dialect: int = tarfile.PAX_FORMAT
) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=dialect) as archive:
        for name in _ordered(files, how):
            info = tarfile.TarInfo(name)
            info.size = len(files[name])
            info.mtime = how.time
            info.uid = info.gid = how.owner
            info.uname = info.gname = how.user
            info.mode = 0o600 | how.group_bits
            archive.addfile(info, io.BytesIO(files[name]))
    return stream.getvalue()


def _ordered(files: Mapping[str, bytes], how: Harmless) -> Iterable[str]:
    return reversed([*files]) if how.turned else files
