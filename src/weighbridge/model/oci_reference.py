"""Addresses of repositories on registries: `oci://HOST[:PORT]/NAME[:TAG][@DIGEST]`.

The grammar is that of the OCI distribution specification 1.1, nothing is added to what was
written: no default registry, no `library/`, no `latest`. A credential has no place in an address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address

from weighbridge.model.oci import DIGEST, TAG

SCHEME = "oci://"
LONGEST = 255
"""Characters of host and name together; many clients allow no more (distribution 1.1)."""

_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
REPOSITORY = re.compile(rf"{_PART}(?:/{_PART})*")
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[^:\[\]]+)(?::(?P<port>[0-9]{1,5}))?")
_HIGHEST_PORT = 65_535


class OciReferenceError(ValueError):
    """The text is no address of a repository; says in words what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OciAddress:
    """Where a repository is, and what of it is meant.

    Attributes:
        host: Host of the registry, in small letters, with its port if one was named.
        repository: Name of the repository on it.
        tag: The tag; empty if none was named.
        digest: The digest; empty if none was named. It counts before the tag.
    """

    host: str
    repository: str
    tag: str = ""
    digest: str = ""

    @property
    def reference(self) -> str:
        """What to ask the repository for: digest, or tag, or empty."""
        return self.digest or self.tag

    def __str__(self) -> str:
        """Write the address again."""
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{SCHEME}{self.host}/{self.repository}{tag}{digest}"


def parse(text: str) -> OciAddress:
    """Read an address.

    Raises:
        OciReferenceError: It is none.
    """
    if not text.startswith(SCHEME):
        raise OciReferenceError(f"it does not begin with {SCHEME}")
    host, slash, rest = text.removeprefix(SCHEME).partition("/")
    if "@" in host:
        raise OciReferenceError("it carries a name or password; those come from `docker login`")
    if not slash:
        raise OciReferenceError("it names a registry and no repository")
    rest, at, digest = rest.partition("@")
    if at and not DIGEST.fullmatch(digest):
        raise OciReferenceError(f"{digest!r:.100} is no digest")
    repository, colon, tag = rest.partition(":")
    if colon and not TAG.fullmatch(tag):
        raise OciReferenceError(f"{tag!r:.150} is no tag")
    host = check_host(host)
    check_repository(repository, host)
    return OciAddress(host=host, repository=repository, tag=tag, digest=digest)


def check_repository(name: str, host: str = "") -> None:
    """Refuse what is no name of a repository on that host.

    Raises:
        OciReferenceError: It is none.
    """
    if len(host) + 1 + len(name) > LONGEST:
        raise OciReferenceError(f"host and repository have more than {LONGEST} characters")
    if not REPOSITORY.fullmatch(name):
        raise OciReferenceError(
            f"{name!r:.100} is no repository: names are small letters and digits, "
            "parted by . _ __ - or /"
        )


def check_host(host: str) -> str:
    """Return a host, with or without a port, in small letters.

    Raises:
        OciReferenceError: It is none.
    """
    match = _HOST.fullmatch(host) if len(host) <= LONGEST else None
    if match is None or not _is_host(match["name"]):
        raise OciReferenceError(f"{host!r:.100} is no host")
    if match["port"] is not None and not 0 < int(match["port"]) <= _HIGHEST_PORT:
        raise OciReferenceError(f"{match['port']} is no port")
    return host.lower()


def _is_host(name: str) -> bool:
    """Tell whether a text names a host: a domain name or an address."""
    if not name.startswith("["):
        return _NAME.fullmatch(name) is not None
    try:
        return ip_address(name[1:-1]).version == 6  # noqa: PLR2004 - brackets are for IPv6
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Tell whether a host, with or without a port, is this machine: 127.0.0.0/8, ::1, localhost.

    No name is looked up: what a name leads to may change.
    """
    match = _HOST.fullmatch(host)
    name = match["name"].strip("[]") if match else host
    if name.lower() == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
