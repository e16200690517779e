"""YAML and JSON as we write them: members in the order given, and nothing to be misread.

Readers of YAML 1.1 and 1.2 disagree on which plain words are text (`on`, `1e3`, `0o7`, `1:30`):
whatever is not plainly a word is quoted.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable

_PLAIN: Final = re.compile(
    r"[A-Za-z/][A-Za-z0-9/._@$-]*(?: [A-Za-z0-9/._@$-]+)*(?::[A-Za-z0-9/]+)*"
)
_NO_WORDS: Final = frozenset(
    "y n yes no on off true false null none nan inf infinity".split()  # noqa: SIM905 - as a line
)
_WIDTH: Final = 1_000_000
"""No line is folded: where it is would hang on its length."""


class _Dumper(yaml.SafeDumper):
    """Writes what YAML 1.1 and 1.2 read alike."""

    def ignore_aliases(self, data: object) -> bool:
        """Write what occurs twice twice."""
        del data
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    if "\n" in value.rstrip("\n") and not re.search(r"[^\n\x20-\x7e]|[ \t]\n|^[ \n]", value):
        style = "|"
    elif _PLAIN.fullmatch(value) and value.casefold() not in _NO_WORDS:
        style = ""
    else:
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def yaml_documents(*documents: object, head: Iterable[str] = ()) -> bytes:
    """Write documents of plain values as one YAML stream.

    Args:
        documents: Maps, lists, text, numbers, truth values.
        head: Lines of a comment above all of them.
    """
    written = yaml.dump_all(
        documents,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=False,
        width=_WIDTH,
        default_flow_style=False,
        explicit_start=len(documents) > 1,
    )
    return ("".join(f"# {line}\n" for line in head) + written).encode("ascii")


def json_document(value: object) -> bytes:
    """Write plain values as JSON for people, members sorted."""
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=True) + "\n").encode("ascii")
