"""Tell what a Python program does: found by that program as its own `sitecustomize`.

It is copied beside a named pipe and runs in whatever Python the build runs, so it needs nothing
but the standard library, and any error of its own is kept from the program. What C, Rust or other
programs open it does not see.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any

PIPE = "trace"
_OPENED = {"import": 1, "ctypes.dlopen": 0}
_MADE = {"os.remove": 1, "os.truncate": 1, "os.rename": 2, "os.link": 2, "os.symlink": 2}
_STARTED = {"subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"}
_SPOKEN = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


def _whole(path: Any) -> str:  # noqa: ANN401 - whatever the program passed
    if isinstance(path, int) or not path:
        return ""
    return os.path.join(os.getcwd(), os.fsdecode(path))  # noqa: PTH109, PTH118 - light, and early


def _opened(path: str, flags: int) -> list[tuple[str, str]]:
    """Say what an opening does; one that will fail does nothing."""
    if not flags & _WRITING:
        return [("read", path)] if os.path.isfile(path) else []  # noqa: PTH113 - light
    if flags & os.O_CREAT and not flags & (os.O_TRUNC | os.O_EXCL | os.O_WRONLY):
        return [("unsure", path)]
    there = flags & os.O_RDWR and not flags & (os.O_TRUNC | os.O_EXCL)
    return [("read", path)] * bool(there) + [("made", path)]


def _address(address: Any) -> str:  # noqa: ANN401 - whatever the program passed
    if isinstance(address, tuple) and len(address) > 1:
        host, port = str(address[0]), address[1]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    text = os.fsdecode(address) if isinstance(address, str | bytes) else "?"
    return "" if address is None else f"unix:{text}"


def _told(event: str, arguments: tuple[Any, ...]) -> list[tuple[str, str]]:
    """Put an audit event into words."""
    if event == "open":
        path = _whole(arguments[0])
        return _opened(path, arguments[2]) if path else []
    if event in _OPENED:
        path = arguments[_OPENED[event]]
        named = isinstance(path, str) and "/" in path
        return [("read", _whole(path))] if named else []
    if event in _MADE:
        return [("made", _whole(path)) for path in arguments[: _MADE[event]]]
    if event in _STARTED:
        program = "/bin/sh" if event == "os.system" else arguments[0]
        return [("program", os.fsdecode(program))] if program else []
    if event in _SPOKEN:
        said = _address(arguments[1])
        return [("address", said)] if said else []
    return [("thread", "")] if event == "_thread.start_new_thread" else []


def _install(pipe: str) -> None:
    import fcntl  # noqa: PLC0415 - there is none on Windows, and nothing to install either

    low = os.open(pipe, os.O_WRONLY | os.O_CLOEXEC)
    descriptor = fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, 200)
    os.close(low)

    def write(kind: str, text: str) -> None:
        data = os.fsencode(text).replace(b"\\", b"\\\\").replace(b"\n", b"\\n")
        os.write(descriptor, kind.encode() + b" " + data + b"\n")

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        try:
            for kind, text in _told(event, arguments):
                write(kind, text)
        except Exception:  # noqa: BLE001, S110 - the program must not notice
            pass

    write("python", sys.executable or "")
    sys.addaudithook(hook)


def _next() -> None:
    """Let the one be found that would have been found without us."""
    own = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - light, and early
    sys.path[:] = [path for path in sys.path if path != own]
    this = sys.modules.pop("sitecustomize")
    try:
        import sitecustomize  # type: ignore[import-not-found]  # noqa: F401, PLC0415 - now another
    except ImportError as error:
        sys.modules["sitecustomize"] = this
        if error.name != "sitecustomize":
            raise


if __name__ == "sitecustomize":
    # Where it cannot be installed nobody sees anything, which is told.
    with contextlib.suppress(Exception):
        _install(os.path.join(os.path.dirname(os.path.abspath(__file__)), PIPE))  # noqa: PTH100, PTH118, PTH120 - see above
    _next()
