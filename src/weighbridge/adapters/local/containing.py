"""What nobody promoted runs in bubblewrap: the machine is read only, and nobody's home is there.

It shares the network, since it is asked on 127.0.0.1. It does not end with whoever started it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from weighbridge.adapters.local.programs import Program

_SYSTEM: Final = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_READ: Final = (
    *("/usr", "/opt", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d"),
    *("/etc/alternatives", "/etc/ssl", "/etc/ca-certificates", "/etc/localtime", "/etc/hosts"),
    *("/etc/nsswitch.conf", "/etc/resolv.conf", "/etc/mime.types"),
)
HOME: Final = "/tmp/home"  # noqa: S108 - a folder inside, gone with it


def contained(bwrap: Program, command: Sequence[str], *, read: Iterable[str]) -> list[str]:
    """Return the command that runs a command in bubblewrap.

    Args:
        bwrap: Bubblewrap.
        command: The command.
        read: Whole paths of files and folders it may read besides, the same inside.
    """
    return [bwrap.path, *_options(read), "--", *command]


def _options(read: Iterable[str]) -> Iterator[str]:
    yield from ("--unshare-all", "--share-net", "--unshare-user", "--disable-userns")
    yield from ("--cap-drop", "ALL", "--hostname", "sandbox")
    for path in _SYSTEM:
        if os.path.islink(path):  # noqa: PTH114 - a string is what is wanted
            yield from ("--symlink", os.readlink(path), path)  # noqa: PTH115 - as it stands
        else:
            yield from ("--ro-bind-try", path, path)
    for path in _READ:
        yield from ("--ro-bind-try", path, path)
    yield from ("--proc", "/proc", "--dev", "/dev")
    yield from ("--tmpfs", "/tmp", "--dir", HOME)  # noqa: S108 - inside
    # Behind what is empty inside: folders may lie below /tmp.
    for path in read:
        yield from ("--ro-bind", path, path)
    yield from ("--remount-ro", "/dev", "--remount-ro", "/")
