"""systemd itself as a judge of units, from Debian's packages: nothing of it is installed or runs.

`systemd-analyze verify` says what it does not know on stderr and exits with 0 all the same.
`systemd --test` tells what a unit was understood as; it wants no root, so it gets another user.
"""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from tests.tools import DEBIAN, run_tool, tool, tool_environment

if TYPE_CHECKING:
    from pathlib import Path

_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|([^ ]+)')
_ESCAPE = re.compile(r"\\([0-7]{3}|.)", re.DOTALL)
_NAMED = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


def verified(*units: Path) -> str:
    """Return what `systemd-analyze verify` complains of; empty if of nothing."""
    done = run_tool(
        *("systemd-analyze", "verify", "--man=no"),
        *map(str, units),
        SYSTEMD_UNIT_PATH=_unit_path(units[0].parent),
    )
    return done.stderr


def understood(unit: Path, home: Path) -> str:
    """Return all that systemd reads out of a unit."""
    [program] = [
        path
        for path in (DEBIAN / "lib/systemd/systemd", DEBIAN / "usr/lib/systemd/systemd")
        if path.exists() and not path.parent.parent.is_symlink()
    ]
    done = subprocess.run(
        [
            *(tool("bwrap"), "--unshare-user", "--uid", "1000", "--dev-bind", "/", "/"),
            *(program, "--test", "--user", f"--unit={unit.name}"),
        ],
        env=tool_environment()
        | {
            "SYSTEMD_UNIT_PATH": _unit_path(unit.parent),
            "SYSTEMD_LOG_TARGET": "console",
            "XDG_RUNTIME_DIR": str(home),
            "HOME": str(home),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = re.search(rf"-> Unit {re.escape(unit.name)}:\n((?:\t\t.*\n|[^\t-].*\n)*)", done.stdout)
    assert found is not None, done.stdout
    return found[1]


def command_of(told: str, kind: str = "ExecStart") -> list[str]:
    """Return the words of a command, from what systemd reads out of a unit."""
    found = re.search(rf"-> {kind}:\n\s*Command Line: (.*)\n", told)
    assert found is not None, told
    words = []
    for quoted, bare in _WORD.findall(found[1]):
        words.append(bare or _ESCAPE.sub(_unescape, quoted))
    # Variables are put in when the command runs: until then a dollar sign stands there twice.
    return [one.replace("$$", "$") for one in words]


def _unescape(found: re.Match[str]) -> str:
    what = found[1]
    return chr(int(what, 8)) if what.isdigit() else _NAMED.get(what, what)


def _unit_path(folder: Path) -> str:
    known = (DEBIAN / "lib/systemd", DEBIAN / "usr/lib/systemd")
    return ":".join(str(one) for one in (folder, *(path / "system" for path in known)))
