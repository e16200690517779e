"""haproxy's configuration for what runs here, and its runtime socket.

It has a fixed number of servers (slots), so that it never has to be reloaded: which release is
behind which, its port and its weight are set at the socket. A file maps slots to release digests
for the header of answers. The configuration is written anew with each change all the same: a
haproxy that is started again comes back with what was last.
"""

from __future__ import annotations

import contextlib
import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.adapters.local.ports import HERE
from weighbridge.render.haproxy import HEADER, defaults, exporter, shared, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

SLOTS: Final = ("slot-1", "slot-2", "slot-3", "slot-4")
BACKEND: Final = "releases"
CONFIGURATION: Final = "haproxy.cfg"
_MAP: Final = "releases.map"
_SOCKET: Final = "s"
_ANSWER: Final = "300"
_PATIENCE: Final = 2.0
_NOWHERE: Final = 9
"""A port for slots that are empty: nothing is ever sent there."""
_MAINTENANCE: Final = 1
"""Bit of the administrative state that says maintenance was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A release behind haproxy.

    Attributes:
        slot: The server of haproxy's.
        digest: The release digest.
        port: The port it answers at.
        weight: Its share of requests, beside the weights of the others.
        ready: Whether it can serve already.
    """

    slot: str
    digest: str
    port: int
    weight: int
    ready: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where haproxy answers, and how it asks.

    Attributes:
        bind: Address and port of requests.
        metrics: Port of its own metrics.
        host: What servers are asked as.
        ready_path: Path that answers 200 while a server can serve.
    """

    bind: str
    metrics: int
    host: str
    ready_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What haproxy says of a slot.

    Attributes:
        port: The port.
        weight: The weight.
        maintained: Whether it is out of service by order.
    """

    port: int
    weight: int
    maintained: bool


def configuration(place: Place, servers: Sequence[Server]) -> str:
    """Write haproxy's configuration."""
    head = ("# Written by deliver, and written anew: what is changed here is lost.",)
    return written(
        head,
        (
            ("global", _global()),
            ("defaults", (*defaults(_ANSWER), "option dontlog-normal", "option http-server-close")),
            ("frontend requests", _frontend(place)),
            (f"backend {BACKEND}", _backend(place, servers)),
            ("frontend metrics", exporter(f"{HERE}:{place.metrics}")),
        ),
    )


def releases_map(servers: Sequence[Server]) -> str:
    """Write which release is behind which slot."""
    known = {one.slot: one.digest for one in servers}
    return "".join(f"{slot} {known.get(slot, 'none')}\n" for slot in SLOTS)


def _global() -> Iterator[str]:
    yield "log stdout format raw local0"
    yield f"stats socket unix@{_SOCKET} mode 600 level admin"
    yield "stats timeout 30s"


def _frontend(place: Place) -> Iterator[str]:
    yield f"bind {place.bind}"
    yield "option httplog"
    yield f"default_backend {BACKEND}"


def _backend(place: Place, servers: Sequence[Server]) -> Iterator[str]:
    yield from shared(place.ready_path, place.host)
    # A connection that could not be made has brought the request nowhere; one that was closed
    # without an answer may have: only what changes nothing is sent once more.
    yield "retries 3"
    yield "option redispatch 1"
    yield "retry-on conn-failure empty-response"
    yield "http-request disable-l7-retry unless { method GET HEAD OPTIONS }"
    yield f"http-response set-header {HEADER} %[srv_name,map({_MAP})]"
    yield "timeout check 2s"
    # Requests are no judges (`observe`): with one server left in service, haproxy would wait for a
    # second before it tries again. Until two checks have failed, each refused request goes on.
    yield "default-server check inter 250ms downinter 250ms fall 2 rise 1"
    known = {one.slot: one for one in servers}
    for slot in SLOTS:
        one = known.get(slot)
        if one is None:
            yield f"server {slot} {HERE}:{_NOWHERE} weight 0 disabled"
        else:
            # Not asked yet, a server counts as one that can serve.
            later = "" if one.ready else " disabled"
            yield f"server {slot} {HERE}:{one.port} weight {one.weight}{later}"


def changes(servers: Sequence[Server], seen: Mapping[str, Seen]) -> list[str]:
    """List the commands that bring haproxy from what it is to what it should be.

    Empty slots lose their requests here; they are taken out of service by `emptied`, once these
    have ended.
    """
    known = {one.slot: one for one in servers}
    found: list[str] = []
    shares: list[str] = []
    for slot in SLOTS:
        one, now = known.get(slot), seen.get(slot)
        name = f"{BACKEND}/{slot}"
        if now is None:
            continue
        if one is None:
            if now.weight and not now.maintained:
                shares.append(f"set server {name} weight 0")
            continue
        if now.port != one.port or now.maintained:
            found += [
                f"set server {name} state maint",
                f"set server {name} weight 0",
                f"set server {name} addr {HERE} port {one.port}",
                f"set map {_MAP} {slot} {one.digest}",
                f"set server {name} state ready",
                # What comes back counts as ready until it is asked.
                f"set server {name} health down",
                f"set server {name} weight {one.weight}",
            ]
        elif now.weight != one.weight:
            shares.append(f"set server {name} weight {one.weight}")
    # Who gets more comes first: in no instant is there nobody.
    shares.sort(key=lambda command: command.endswith(" weight 0"))
    return found + shares


def emptied(slot: str) -> list[str]:
    """List the commands that take a slot out of service."""
    return [f"set server {BACKEND}/{slot} state maint", f"set map {_MAP} {slot} none"]


def states(text: str) -> dict[str, Seen]:
    """Read what `show servers state` says."""
    found = {}
    names: list[str] = []
    for line in text.splitlines():
        words = line.split()
        if line.startswith("# "):
            names = words[1:]
        elif len(words) == len(names) and names:
            told = dict(zip(names, words, strict=True))
            with contextlib.suppress(KeyError, ValueError):
                found[told["srv_name"]] = Seen(
                    port=int(told["srv_port"]),
                    weight=int(told["srv_uweight"]),
                    maintained=bool(int(told["srv_admin_state"]) & _MAINTENANCE),
                )
    return found


def sessions(text: str) -> dict[str, int]:
    """Read from `show stat` how many requests each slot has."""
    lines = text.splitlines()
    if not lines:
        return {}
    names = lines[0].lstrip("# ").split(",")
    found = {}
    for line in lines[1:]:
        told = dict(zip(names, line.split(","), strict=False))
        if told.get("pxname") == BACKEND and told.get("svname") in SLOTS:
            found[told["svname"]] = int(told["scur"] or 0) + int(told["qcur"] or 0)
    return found


class RuntimeSocket:
    """haproxy's runtime socket in a folder."""

    def __init__(self, folder: Path) -> None:
        """Name the folder haproxy runs in."""
        self._folder = folder

    def ask(self, *commands: str) -> str:
        """Give commands, and return what haproxy says; empty if it has nothing to say.

        Raises:
            OSError: It does not answer.
        """
        with self._connected() as one:
            one.sendall(("; ".join(commands) + "\n").encode("ascii"))
            found = b""
            while chunk := one.recv(1 << 16):
                found += chunk
        return found.decode("utf-8", "replace").strip()

    def answers(self) -> bool:
        """Tell whether haproxy answers."""
        try:
            return "Uptime_sec" in self.ask("show info")
        except OSError:
            return False

    @contextlib.contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        # By way of a descriptor: paths of sockets are short, and folders may lie deep.
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with socket.socket(socket.AF_UNIX) as one:
                one.settimeout(_PATIENCE)
                one.connect(f"/proc/self/fd/{descriptor}/{_SOCKET}")
                yield one
        finally:
            os.close(descriptor)


def files(place: Place, servers: Sequence[Server]) -> dict[str, str]:
    """Return haproxy's files, by name."""
    return {CONFIGURATION: configuration(place, servers), _MAP: releases_map(servers)}
