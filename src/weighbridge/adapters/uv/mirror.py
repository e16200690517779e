"""A folder that looks like the release's and is another: what is written in it changes nothing.

Files that are written or differ are copies; all others are links to the real ones.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

SETTINGS = "uv.toml"
_LEFT_OUT = frozenset({".git", ".venv", ".python-version", ".python-versions", SETTINGS})


@contextmanager
def mirrored(root: Path, files: Mapping[str, bytes | None]) -> Iterator[Path]:
    """Make such a folder; it is gone with the block.

    Args:
        root: The folder that is mirrored.
        files: Files that are copies, by their relative path; None for one that stays absent.
    """
    with tempfile.TemporaryDirectory(prefix="weighbridge-", ignore_cleanup_errors=True) as name:
        place = Path(name).resolve()
        _fill(place, root, files)
        yield place


def _fill(place: Path, root: Path, files: Mapping[str, bytes | None]) -> None:
    within: dict[str, dict[str, bytes | None]] = {}
    for path, data in files.items():
        first, *rest = PurePosixPath(path).parts
        if rest:
            within.setdefault(first, {})["/".join(rest)] = data
        elif data is not None:
            (place / first).write_bytes(data)
    for name, inner in within.items():
        (place / name).mkdir()
        _fill(place / name, root / name, inner)
    own = {PurePosixPath(path).parts[0] for path in files} | _LEFT_OUT
    for entry in _entries(root):
        if entry.name not in own:
            (place / entry.name).symlink_to(entry)


def _entries(folder: Path) -> Iterable[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else ()
