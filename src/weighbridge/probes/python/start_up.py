"""What Python reads whenever it starts with an environment: told, listed or not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.model.installed import StartUpHook

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weighbridge.model.installed import HookKind
    from weighbridge.probes.python.claims import Claim
    from weighbridge.probes.python.sites import Site

_LONGEST: Final = 1 << 20
_MOST: Final = 5
_WIDEST: Final = 200
_RUN: Final = re.compile(r"import[ \t]")
_CUSTOM: Final = re.compile(r"(site|user)customize(\.[^/]*|/__init__\.[^/]*)")


def hooks_of(
    site: Site, names: Iterable[str], claims: Mapping[str, list[Claim]]
) -> Iterator[StartUpHook]:
    """List the hooks among the files of a folder for packages."""
    for path in names:
        inside = path.removeprefix(f"{site.library}/")
        kind = _kind(inside)
        if kind is None:
            continue
        owner = next((claim.distribution for claim in claims.get(path, ())), "")
        lines: list[str] = []
        folders: list[str] = []
        if kind == "pth":
            for raw in site.text(path, _LONGEST).removeprefix("\ufeff").splitlines():
                line = raw.rstrip()
                if line and not line.startswith("#"):
                    (lines if _RUN.match(line) else folders).append(line[:_WIDEST])
        yield StartUpHook(
            path=site.shown(path),
            kind=kind,
            distribution=owner,
            lines=tuple(lines[:_MOST]),
            folders=tuple(folders[:_MOST]),
        )


def _kind(inside: str) -> HookKind | None:
    if inside.endswith(".pth") and "/" not in inside:
        return "pth"
    custom = _CUSTOM.fullmatch(inside)
    if custom is None:
        return None
    return "sitecustomize" if custom[1] == "site" else "usercustomize"
