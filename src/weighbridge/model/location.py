"""Where in a document something stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a text file.

    Attributes:
        file: The file, as the user named it or relative to the release's folder.
        line: Line, counted from 1.
        column: Column in characters, counted from 1.
        pointer: JSON pointer (RFC 6901) of the value, `""` for the whole document.
    """

    file: str
    line: int = 1
    column: int = 1
    pointer: str = ""

    def __str__(self) -> str:
        """Write the place as compilers do: `file:line:column`."""
        return f"{self.file}:{self.line}:{self.column}"


def pointer(*parts: str | int) -> str:
    """Join path components to a JSON pointer (RFC 6901), escaping `~` and `/`."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def pointer_parts(text: str) -> list[str]:
    """Split a JSON pointer (RFC 6901) into its unescaped components."""
    if not text:
        return []
    return [part.replace("~1", "/").replace("~0", "~") for part in text[1:].split("/")]
