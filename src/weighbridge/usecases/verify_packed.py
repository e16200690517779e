"""`verify oci://…`: whether what lies in a repository is the sealed release, every byte of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.errors import NotFoundError, TransferError
from weighbridge.model.verification import Problem
from weighbridge.usecases.packed import each_file, layer_faults, missing_faults

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.model.errors import Fault
    from weighbridge.model.ports import Progress
    from weighbridge.usecases.packed import PackedRelease


def packed_problems(packed: PackedRelease, progress: Progress) -> Iterator[Problem]:
    """Read all of a pack and say what of it is not what was sealed, as it is found.

    Raises:
        UnavailableError: The repository does not answer.
    """
    if faults := layer_faults(packed):
        yield from _problems(faults, packed)
        return
    seen, sound = set[str](), True
    for layer in packed.manifest.layers:
        try:
            for _, chunks in each_file(packed, layer, seen, progress):
                for _ in chunks:
                    pass
        except (NotFoundError, TransferError) as error:
            sound = False
            yield from _problems(error.faults, packed)
    # What is damaged has been told of; that it is missing as well would say nothing.
    if sound:
        yield from _problems(missing_faults(packed.parts.keys() - seen), packed)


def _problems(faults: Iterable[Fault], packed: PackedRelease) -> Iterator[Problem]:
    return (
        Problem(
            code=fault.code if fault.code.startswith("INT") else "INT001",
            subject=packed.repository.name,
            message=fault.message,
            seen=fault.seen,
            wanted=fault.wanted,
            remediation=fault.help,
        )
        for fault in faults
    )
