"""Change values of files: what `set`, `capture --update` and `check --fix` write, and how."""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.adapters.files import write_file
from weighbridge.codec.edits import set_value
from weighbridge.codec.migrations import migrated
from weighbridge.codec.reading import read_document
from weighbridge.model.errors import UnreadableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.codec.validating import Prepare
    from weighbridge.model.finding import Edit

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """A file and what becomes of it.

    Attributes:
        path: The file.
        name: Its name for people.
        before: Its text.
        after: Its new text.
        shown: Both as they may be shown, if something in them may not.
    """

    path: Path
    name: str
    before: str
    after: str
    shown: tuple[str, str] | None = None

    def diff(self, context: int = 3) -> str:
        """Show the change as a unified diff with some lines around it."""
        before, after = self.shown or (self.before, self.after)
        lines = difflib.unified_diff(
            _lines(before),
            _lines(after),
            f"a/{self.name}",
            f"b/{self.name}",
            n=context,
        )
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)

    def write(self) -> None:
        """Replace the file, at once and whole.

        Raises:
            StorageError: It could not be written; it is as it was.
        """
        if self.after != self.before:
            write_file(self.path, self.after.encode())


def changes(edits: Iterable[Edit], root: Path, *, prepare: Prepare = migrated) -> list[FileChange]:
    """Turn edits into changes of whole files; nothing is written.

    Args:
        edits: What to change.
        root: The manifest's folder.
        prepare: What was done to the manifest before it was validated.

    Raises:
        UnreadableError: A file is gone.
        UsageError: A value cannot be set without changing others, or a file lies outside.
    """
    by_file: dict[str, list[Edit]] = {}
    for edit in edits:
        found = by_file.setdefault(edit.file, [])
        if edit not in found:
            found.append(edit)
    return [_change(root, name, found, prepare) for name, found in sorted(by_file.items())]


def _change(root: Path, name: str, edits: list[Edit], prepare: Prepare) -> FileChange:
    path = root / name
    real, real_root = (Path(os.path.realpath(place)) for place in (path, root))
    # The manifest itself may be a link of the user's own; what it names must lie beside it.
    if any(edit.line for edit in edits) and not real.is_relative_to(real_root):
        raise UsageError(f"{name} leads out of the release", help=["edit it by hand"])
    try:
        before = path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableError(f"{name} cannot be read: {error}") from error
    after = before
    for edit in edits:
        if edit.pointer:
            document = prepare(read_document(after.encode(), name))
            after = set_value(document, edit.pointer, edit.value).text
        else:
            after = _replace_line(after, edit.line, str(edit.value))
    return FileChange(path=path, name=name, before=before, after=after)


def _replace_line(text: str, number: int, line: str) -> str:
    """Replace one line, keeping its line break and a byte order mark before it.

    Raises:
        UsageError: The text has no such line any more.
    """
    lines = _lines(text)
    if not 0 < number <= len(lines):
        raise UsageError(f"line {number} is gone", help=["run `weighbridge check` again"])
    old = lines[number - 1]
    mark = old[: len(old) - len(old.removeprefix("\ufeff"))]
    lines[number - 1] = mark + line + old[len(old.rstrip("\r\n")) :]
    return "".join(lines)


def _lines(text: str) -> list[str]:
    """Split at the breaks readers of locks and YAML count, and at no other character."""
    return _LINE.findall(text)


def dotted(at: str) -> str:
    """Write a JSON pointer as `weighbridge set` takes it: dotted, where no key has a dot."""
    return at if "." in at or "~" in at else at.removeprefix("/").replace("/", ".")
