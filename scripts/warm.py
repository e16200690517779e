"""A weighbridge that stands ready: each command runs in a fork of one process that imported it all.

A document's commands number hundreds, and most of what each costs is its start. `python -m
scripts.warm SOCKET` waits at a socket; the program `weighbridge` in `folder()` hands over
its words, folder, environment and open descriptors, and ends with the code that comes back.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import functools
import importlib
import json
import os
import pkgutil
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import weighbridge
from weighbridge.cli.main import main
from weighbridge.model.release import ModelRelease

DESCRIPTORS = 10
"""Descriptors a shell hands on by number: 0 to 9."""
_CLIENT = """\
#!{python} -IS
import json, os, socket, sys
held = [n for n in range({count}) if os.path.exists("/proc/self/fd/%d" % n)]
asked = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ), held]).encode()
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    socket.send_fds(server, [b"%8d" % len(asked)], held)
    server.sendall(asked)
    code = server.recv(8)
sys.exit(int(code) if code else 70)
"""


@functools.cache
def folder() -> Path:
    """Start one for this process, and return the folder its program `weighbridge` lies in."""
    place = Path(tempfile.mkdtemp(prefix="weighbridge-warm-"))
    atexit.register(shutil.rmtree, place)
    address, program = place / "socket", place / "weighbridge"
    text = _CLIENT.format(python=sys.executable, count=DESCRIPTORS, address=str(address))
    program.write_text(text, encoding="utf-8")
    program.chmod(0o755)
    command = [sys.executable, "-m", "scripts.warm", str(address)]
    server = subprocess.Popen(
        command, cwd=Path(__file__).parents[1], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    )
    atexit.register(server.wait)
    atexit.register(server.kill)
    if server.stdout is None or not server.stdout.readline():
        raise RuntimeError("the weighbridge that stands ready did not start")
    return place


def serve(address: str) -> None:
    """Answer until the socket's file is gone, one command after the other."""
    _import_all()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen()
        print("ready", flush=True)
        while True:
            client, _ = server.accept()
            with client:
                client.sendall(b"%d" % _answer(client))


def _import_all() -> None:
    """Import what a command may want, but the server's optional parts."""
    for found in pkgutil.walk_packages(weighbridge.__path__, "weighbridge."):
        if found.name != "weighbridge.__main__":
            with contextlib.suppress(ImportError):
                importlib.import_module(found.name)
    ModelRelease.model_rebuild(force=True)


def _answer(client: socket.socket) -> int:
    length, handed, _, _ = socket.recv_fds(client, 8, DESCRIPTORS)
    asked = b""
    while len(asked) < int(length):
        asked += client.recv(int(length) - len(asked))
    words, folder, environment, numbers = json.loads(asked)
    child = os.fork()
    if not child:
        os._exit(_run(words, folder, environment, dict(zip(numbers, handed, strict=True))))
    for descriptor in handed:
        os.close(descriptor)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _run(words: list[str], folder: str, environment: dict[str, str], handed: dict[int, int]) -> int:
    """Become the command: its descriptors, its folder, its environment."""
    aside = {number: fcntl.fcntl(at, fcntl.F_DUPFD, 64) for number, at in handed.items()}
    os.closerange(0, 64)
    for number, at in aside.items():
        os.dup2(at, number)
    os.closerange(64, 64 + max(aside.values()))
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.argv = ["weighbridge", *words]
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    try:
        return main()
    except SystemExit as ended:  # click ends so where it writes what a shell completes by
        return int(ended.code or 0)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


if __name__ == "__main__":
    serve(sys.argv[1])
