"""Untrusted text made safe to look at: nothing invisible, nothing that moves the cursor.

File names, values and messages may come from an attacker. Control characters (ANSI escape
sequences, line breaks), bidirectional overrides (Unicode TR 36, CVE-2021-42574), zero-width
characters, lone surrogates and unassigned code points are shown as Python escapes. What is left
is also legal in XML 1.0 and can always be encoded as UTF-8. Which code points are assigned is
what the running Python's Unicode tables say.
"""

from __future__ import annotations


def visible(text: str) -> str:
    r"""Show a text on one line: `a<ESC>[2Jb` becomes `a\x1b[2Jb`."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def visible_lines(text: str) -> list[str]:
    """Show a text that may have several lines, each of them safe; trailing blank lines go."""
    return [visible(line) for line in text.rstrip("\n").split("\n")]


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
