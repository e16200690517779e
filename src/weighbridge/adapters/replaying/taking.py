"""What the runner in the sandbox says, taken apart: nothing it says is believed to be well formed.

A hostile build can write where the runner writes. All it wins is that its own outputs are others,
or none.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

_LINE: Final = 1 << 20
_PIECE: Final = 1 << 20


@dataclass(slots=True)
class Taken:
    """What was taken out of the sandbox.

    Attributes:
        canary: What the canary read.
        outputs: Where each output lies now, by its path.
        missing: Why others do not, by path.
        code: Exit code of the build; None if it was never said.
        full: Whether its disk was full when it ended.
        broken: What is wrong with what the runner said; empty if nothing.
    """

    canary: Any = None
    outputs: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    code: int | None = None
    full: bool = False
    broken: str = ""


def take_printed(printed: Path, into: Path, wanted: Collection[str]) -> Taken:
    """Take apart what the runner printed.

    Args:
        printed: The file that holds it.
        into: An empty folder for the outputs.
        wanted: Paths of the outputs that are asked for; no other is taken.
    """
    taken = Taken()
    try:
        with printed.open("rb") as source:
            _take(source, into, wanted, taken)
    except (OSError, ValueError, KeyError, TypeError):
        taken.code = None
        taken.broken = "what came out of the sandbox is cut off, or not what is written there"
    return taken


def _take(source: BinaryIO, into: Path, wanted: Collection[str], taken: Taken) -> None:
    while line := source.readline(_LINE):
        said = json.loads(line)
        if not taken.canary and "canary" in said:
            taken.canary = said["canary"]
        elif "full" in said:
            taken.full = True
        elif "output" in said:
            path = said["output"]
            if path not in wanted or path in taken.outputs:
                raise ValueError(path)
            place = into / str(len(taken.outputs))
            _copy(source, place, int(said["size"]))
            taken.outputs[path] = str(place)
        elif "missing" in said:
            taken.missing[str(said["missing"])] = str(said["why"])
        else:
            taken.code = int(said["code"])
            return


def _copy(source: BinaryIO, target: Path, size: int) -> None:
    left = size
    with target.open("xb") as made:
        while left:
            piece = source.read(min(left, _PIECE))
            if not piece:
                raise ValueError(f"{left} bytes are not there")
            made.write(piece)
            left -= len(piece)
