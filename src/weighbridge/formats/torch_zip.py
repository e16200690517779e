"""Torch's archives: a pickle, and one member a storage.

A torch archive has `PREFIX/data.pkl`, `PREFIX/version` and one member a storage below
`PREFIX/data/` (torch/csrc/jit/serialization). The storages are raw numbers, known by their size;
a pickle behind such a name is found by its opcodes all the same. One with `PREFIX/code/` is a
TorchScript module, whose code is read for what it calls. `torch.package` keeps Python beside its
pickles (`PREFIX/.data/extern_modules`), `torch.export` a graph as JSON (`PREFIX/archive_format`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.formats import json_format, python_source, torchscript_code
from weighbridge.formats.exported_program import ExportedProgram
from weighbridge.formats.pickle_embedded import tells
from weighbridge.formats.record import HIDDEN
from weighbridge.formats.text import shown
from weighbridge.formats.zip_directory import STORED
from weighbridge.formats.zip_kind import NATIVE, ZipFamily
from weighbridge.model.structure import CodeUse, Structure, TensorInfo

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.formats.interface import Reader
    from weighbridge.formats.member import MemberDigest
    from weighbridge.formats.record import Record
    from weighbridge.formats.zip_directory import Entry
    from weighbridge.formats.zip_kind import Member
    from weighbridge.model.limits import Limits

DATA_MEMBER: Final = "data.pkl"
_PICKLES: Final = {DATA_MEMBER: "data", "constants.pkl": "constants"}
_BELONGS: Final = re.compile(
    r"(version|byteorder|archive_version|\.format_version|\.storage_alignment"
    r"|\.data/(version|serialization_id|extern_modules|python_version|[0-9]+\.storage)"
    r"|(data|constants|tensors)/[0-9]+|data/(weights|constants)/[A-Za-z0-9_.]+|code/.*\.py)\Z"
)
_STORAGE: Final = re.compile(r"(data|constants|tensors)/[0-9]+\Z")
_PROGRAM: Final = re.compile(r"(models/.*|serialized_exported_program)\.json\Z")
_PACKAGE: Final = ".data/extern_modules"
_MARKS: Final = (DATA_MEMBER, _PACKAGE, "archive_format", "serialized_exported_program.json")
"""What the name of a member ends with, in a saved object, a package and an exported program."""
_CODE: Final = re.compile(r"code/.*\.py\Z")


def claim(names: Sequence[str]) -> TorchZip | None:
    """Tell torch's archives by their pickle."""
    for mark in _MARKS:
        for name in names:
            if name == mark or name.endswith(f"/{mark}"):
                return TorchZip(name.removesuffix(mark), package=mark == _PACKAGE)
    return None


class TorchZip:
    """One archive of torch's."""

    format = "torch-zip"
    digests: MemberDigest = "blake3"

    def __init__(self, prefix: str, *, package: bool = False) -> None:
        """Name what all members' names begin with, and say if Python beside them is imported."""
        self._prefix = prefix
        self._package = package

    def reader(self, entry: Entry, *, limits: Limits) -> Reader | None:
        """Read what mobile interpreters run; leave every other member to its content."""
        if self._inner(entry.name) == "bytecode.pkl":
            return torchscript_code.read_bytecode(entry.size, limits=limits)
        return None

    def text_reader(self, entry: Entry, *, limits: Limits) -> Reader | None:
        """Read code, and exported programs."""
        if _CODE.match(self._inner(entry.name)):
            return torchscript_code.read(entry.size, limits=limits)
        if _PROGRAM.match(self._inner(entry.name)):
            return json_format.read(entry.size, limits=limits, kinds=(ExportedProgram,))
        if self._package and entry.name.endswith(".py"):
            return python_source.read(entry.size, limits=limits)
        return None

    def explains(self, name: str) -> bool:
        """Whether a member is a storage, code, or one of torch's notes."""
        return _BELONGS.match(self._inner(name)) is not None

    def conclude(self, record: Record, members: Mapping[str, Member]) -> None:
        """Weigh the storages the pickles declare against the members that hold them."""
        record.metadata.extend(
            ("torchscript", name) for name in members if _CODE.match(self._inner(name))
        )
        for name, member in members.items():
            self._note_code(name, member, record)
            inside = member.structure
            if _STORAGE.match(self._inner(name)) and inside is not None and tells(inside):
                text = f"the storage {shown(name)} begins like {inside.format}"
                record.problem(HIDDEN, text, member.extent.data, "numbers")
        for pickled, folder in _PICKLES.items():
            found = members.get(self._prefix + pickled)
            if found is not None and found.structure is not None:
                self._weigh(found.structure, folder, record, members)

    def _note_code(self, name: str, member: Member, record: Record) -> None:
        """Note Python that is imported, and native code that is loaded, with the archive."""
        offset = member.entry.offset
        if self._package and name.endswith(".py"):
            detail = "imported by torch.package"
            record.uses(CodeUse(kind="python-file", name=name, offset=offset, detail=detail))
        elif member.structure is not None and member.structure.format in NATIVE:
            detail = f"{member.structure.format}, loaded with the program"
            record.uses(CodeUse(kind="native-code", name=name, offset=offset, detail=detail))

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
