"""Torch's archives: a pickle, and one member a storage.

A torch archive has `PREFIX/data.pkl`, `PREFIX/version` and one member a storage below
`PREFIX/data/` (torch/csrc/jit/serialization). The storages are raw numbers, known by their size;
a pickle behind such a name is found by its opcodes all the same. One with `PREFIX/code/` is a
TorchScript module.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.formats.pickle_embedded import tells
from weighbridge.formats.record import HIDDEN
from weighbridge.formats.text import shown
from weighbridge.formats.zip_directory import STORED
from weighbridge.formats.zip_kind import ZipFamily
from weighbridge.model.structure import Structure, TensorInfo

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.formats.member import MemberDigest
    from weighbridge.formats.record import Record
    from weighbridge.formats.zip_directory import Entry
    from weighbridge.formats.zip_kind import Member
    from weighbridge.model.limits import Limits

DATA_MEMBER: Final = "data.pkl"
_PICKLES: Final = {DATA_MEMBER: "data", "constants.pkl": "constants"}
_BELONGS: Final = re.compile(
    r"(version|byteorder|\.format_version|\.storage_alignment|\.data/(version|serialization_id)"
    r"|(data|constants|tensors)/[0-9]+|code/.*\.py)\Z"
)
_STORAGE: Final = re.compile(r"(data|constants|tensors)/[0-9]+\Z")
_CODE: Final = re.compile(r"code/.*\.py\Z")


def claim(names: Sequence[str]) -> TorchZip | None:
    """Tell torch's archives by their pickle."""
    for name in names:
        if name.split("/")[-1] == DATA_MEMBER:
            return TorchZip(name.removesuffix(DATA_MEMBER))
    return None


class TorchZip:
    """One archive of torch's."""

    format = "torch-zip"
    digests: MemberDigest = "blake3"

    def __init__(self, prefix: str) -> None:
        """Name what all members' names begin with."""
        self._prefix = prefix

    def reader(self, entry: Entry, *, limits: Limits) -> None:
        """Leave every member to its content."""

    def explains(self, name: str) -> bool:
        """Whether a member is a storage, code, or one of torch's notes."""
        return _BELONGS.match(self._inner(name)) is not None

    def conclude(self, record: Record, members: Mapping[str, Member]) -> None:
        """Weigh the storages the pickles declare against the members that hold them."""
        record.metadata.extend(
            ("torchscript", name) for name in members if _CODE.match(self._inner(name))
        )
        for name, member in members.items():
            inside = member.structure
            if _STORAGE.match(self._inner(name)) and inside is not None and tells(inside):
                text = f"the storage {shown(name)} begins like {inside.format}"
                record.problem(HIDDEN, text, member.extent.data, "numbers")
        for pickled, folder in _PICKLES.items():
            found = members.get(self._prefix + pickled)
            if found is not None and found.structure is not None:
                self._weigh(found.structure, folder, record, members)

    def _inner(self, name: str) -> str:
        """Return a member's name below the prefix, or nothing."""
        return name.removeprefix(self._prefix) if name.startswith(self._prefix) else ""

    def _weigh(
        self, pickled: Structure, folder: str, record: Record, members: Mapping[str, Member]
    ) -> None:
        for storage in pickled.tensors:
            name = f"{self._prefix}{folder}/{storage.name}"
            found = members.get(name)
            if found is None:
                record.corrupt(f"the storage {shown(name)} is missing", 0)
                continue
            size = found.entry.size
            if storage.size not in (0, size):
                record.corrupt(
                    f"the storage {shown(name)} has {size} bytes",
                    found.extent.data,
                    f"{storage.size} by the pickle",
                )
            record.tensors.append(
                TensorInfo(
                    name=f"{folder}/{storage.name}",
                    dtype=storage.dtype,
                    shape=storage.shape,
                    # What is packed does not lie in the file as it is.
                    offset=found.extent.data if found.entry.method == STORED else -1,
                    size=size,
                    digest=f"blake3:{found.digest}" if found.digest else "",
                )
            )


FAMILY: Final = ZipFamily(format=TorchZip.format, mark=DATA_MEMBER.encode(), claim=claim)
