"""What a planted fault is: where it stands, and what finds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Replaced:
    """A place in a file that says something else now.

    Attributes:
        path: The file.
        old: What stood there, once.
        new: What stands there.
    """

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Made:
    """A file that is made.

    Attributes:
        path: The file.
        make: Makes its content out of that of another.
        of: The other file; nothing if empty.
    """

    path: str
    make: Callable[[bytes], bytes]
    of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that is wrong on purpose.

    Attributes:
        name: A word for it.
        lesson: The lesson that is about it.
        codes: What the product says of it: codes of rules, or of errors.
        told: What is wrong, in a sentence.
        edits: How it is planted in the files; nothing if it is done in the lesson.
        after_commit: Whether it was done after the last commit.
        by: Which verb says it.
    """

    name: str
    lesson: int
    codes: tuple[str, ...]
    told: str
    edits: tuple[Replaced | Made, ...] = ()
    after_commit: bool = False
    by: str = "check"


def in_manifest(old: str, new: str) -> Replaced:
    """Change a place in the manifest."""
    return Replaced("release.yaml", old, new)


def listed(name: str, role: str, path: str, file_format: str) -> Replaced:
    """List one more file in the manifest."""
    said = f"    format: {file_format}\n" if file_format else ""
    entry = (
        f"  - name: {name}\n    role: {role}\n    path: {path}\n"
        f"    size: @size({path})\n    digest: @digest({path})\n{said}"
    )
    return in_manifest("  build:\n", f"{entry}  build:\n")
