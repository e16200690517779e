"""Change values of files: what `set`, `capture --update` and `check --fix` write, and how."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.adapters.files import write_file
from weighbridge.codec.edits import set_value
from weighbridge.codec.reading import read_document
from weighbridge.model.errors import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from weighbridge.model.finding import Edit


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """A file and what becomes of it.

    Attributes:
        path: The file.
        name: Its name for people.
        before: Its text.
        after: Its new text.
    """

    path: Path
    name: str
    before: str
    after: str

    def diff(self) -> str:
        """Show the change as a unified diff."""
        lines = difflib.unified_diff(
            self.before.splitlines(keepends=True),
            self.after.splitlines(keepends=True),
            f"a/{self.name}",
            f"b/{self.name}",
        )
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)

    def write(self) -> None:
        """Replace the file, at once and whole.

        Raises:
            StorageError: It could not be written; it is as it was.
        """
        write_file(self.path, self.after.encode())


def changes(edits: Iterable[Edit], root: Path) -> list[FileChange]:
    """Turn edits into changes of whole files; nothing is written.

    Raises:
        UnreadableError: A file is gone.
        UsageError: A value cannot be set without changing others.
    """
    by_file: dict[str, list[Edit]] = {}
    for edit in edits:
        found = by_file.setdefault(edit.file, [])
        if edit not in found:
            found.append(edit)
    return [_change(root / name, name, found) for name, found in sorted(by_file.items())]


def _change(path: Path, name: str, edits: list[Edit]) -> FileChange:
    try:
        before = path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableError(f"{name} cannot be read: {error}") from error
    after = before
    for edit in edits:
        if edit.pointer:
            after = set_value(read_document(after.encode(), name), edit.pointer, edit.value).text
        else:
            after = _replace_line(after, edit.line, str(edit.value))
    return FileChange(path=path, name=name, before=before, after=after)


def _replace_line(text: str, number: int, line: str) -> str:
    """Replace one line, keeping its line break."""
    lines = text.splitlines(keepends=True)
    old = lines[number - 1]
    lines[number - 1] = line + old[len(old.rstrip("\r\n")) :]
    return "".join(lines)
