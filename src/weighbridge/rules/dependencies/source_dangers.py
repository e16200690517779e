"""What is dangerous about the addresses of a lock whatever the manifest declares."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.model import wording
from weighbridge.model.finding import Severity
from weighbridge.model.location import Location
from weighbridge.rules.interface import Judgement
from weighbridge.rules.package_sources import is_plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.lock import Lock, Pin

# 32-bit ARM has no manylinux of its own on older boards: its plain tags the public index takes.
_BARE_LINUX: Final = re.compile(
    r".*-(?:[^-]*\.)?linux_(?!armv[67]l\b)[a-z0-9_]+(?:\.[^-]*)?\.whl", re.IGNORECASE
)
_PUBLIC: Final = re.compile(r"https?://(?:[^/]*\.)?(?:pypi\.org|pythonhosted\.org)(?:[:/]|$)")


def dangers(path: str, lock: Lock, *, has_sources: bool) -> Iterator[Judgement]:
    """Say what is wrong with the addresses themselves."""
    yield from _credentials(path, lock)
    yield from _plain(path, lock)
    if lock.adds_indexes and not all(pin.index for pin in lock.pins if pin.source == "index"):
        yield from _several(path, lock, has_sources=has_sources)
    yield from _never_published(path, lock)


def _credentials(path: str, lock: Lock) -> Iterator[Judgement]:
    if lock.credentials:
        lines = wording.some_of([str(line) for line in lock.credentials])
        yield Judgement(
            message=f"an address in {path} carries a credential",
            location=Location(path, lock.credentials[0]),
            seen=f"a user, password or token; line {lines}",
            wanted="addresses that say nothing of who asks",
            cause="the resolver wrote the address down as it was given",
            remediation=(
                "change the credential: whoever has the lock has it",
                "give it to the installer by its environment, a keyring or a netrc file",
            ),
        )


def _plain(path: str, lock: Lock) -> Iterator[Judgement]:
    """Yield each host that is not asked encrypted, once, where it is named first."""
    named = [(address, 1) for address in lock.indexes]
    for pin in lock.pins:
        named += [(address, pin.line) for address in (pin.index, pin.reference)]
        named += [(file.url, pin.line) for file in pin.files]
    lines: dict[str, int] = {}
    for address, line in named:
        if is_plain(address):
            lines.setdefault("/".join(address.split("/")[:3]), line)
    for address, line in lines.items():
        yield Judgement(
            message=f"{path} takes packages from {address}, unencrypted",
            location=Location(path, line),
            seen=address,
            wanted="https, or ssh",
            remediation=("resolve against the encrypted address",),
        )


def _several(path: str, lock: Lock, *, has_sources: bool) -> Iterator[Judgement]:
    """Yield that several indexes may answer for any name; hashes hold what was once resolved."""
    hashed = all(pin.hashed for pin in lock.pins if pin.source == "index")
    if has_sources and hashed:
        return
    named = wording.some_of(lock.indexes)
    yield Judgement(
        message=f"any of several indexes may answer for any name in {path}: {named}",
        location=Location(path),
        seen=named,
        wanted="one index, or a source for each package",
        cause="an extra index is asked beside the first, and the highest version wins",
        remediation=(
            "resolve against one index that proxies the others, or with `tool.uv.sources`",
            "name them in spec.dependencies.sources, each with what it may give",
        ),
        severity=Severity.WARNING if hashed else Severity.ERROR,
    )


def _never_published(path: str, lock: Lock) -> Iterator[Judgement]:
    """Yield wheels the public index would not have taken."""
    for pin in lock.pins:
        for file in pin.files:
            if _BARE_LINUX.fullmatch(file.name) and _is_public(pin, file.url):
                yield Judgement(
                    message=f"{file.name} is said to be from the public index, which takes no such "
                    "wheel",
                    subject=pin.name,
                    location=Location(path, pin.line),
                    seen=file.name,
                    wanted="a wheel tagged manylinux or musllinux",
                    cause="the wheel, or its address, is not what the lock says",
                    remediation=("find out where it came from, and resolve again",),
                )


def _is_public(pin: Pin, url: str) -> bool:
    return _PUBLIC.match(url) is not None or (not url and _PUBLIC.match(pin.index) is not None)
