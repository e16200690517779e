"""The whole loop, to be run where there is no network: `unshare -rn python -m … FOLDER`.

FOLDER holds a committed project. What is verified elsewhere is verified in a process of its own,
in a folder that holds the pack, a proof and the log's key, and nothing else.
"""

from __future__ import annotations

import errno
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from tests.identities import make_key, passphrase_fd
from tests.usecases.promoted import POLICY
from tests.usecases.workshop import clean_environ, command
from weighbridge.cli.main import main

RELEASE, PASSPHRASE = "demo@1.0.0", "nobody else knows"
ROLES = {
    "bea": "builder",
    "carl": "checker",
    "cat": "ml-lead",
    "dora": "ml-lead",
    "max": "releaser",
}
OWNERS = ("ann", "ben")
ENVIRONMENT = """\
apiVersion: weighbridge.dev/v1
kind: Environment
metadata: {name: production}
spec: {policy: house@1}
"""
REACHED = ("127.0.0.1", "192.0.2.1", "10.0.0.1")


def see_that_there_is_no_network() -> None:
    """Stop unless there is no interface but a loopback that is down, and nothing is reached."""
    names = [name for _, name in socket.if_nameindex()]
    if names != ["lo"]:
        raise SystemExit(f"there is a network: {names}")
    for address in REACHED:
        with socket.socket() as tried:
            tried.settimeout(5)
            if tried.connect_ex((address, 9)) != errno.ENETUNREACH:
                raise SystemExit(f"{address} can be reached")


def run(*words: str, by: str = "") -> None:
    """Run a command that must succeed; `by` names who acts."""
    names = by.split()
    with passphrase_fd(*(PASSPHRASE for _ in names)):
        if code := main([*words, *(f"--key={name}" for name in names)]):
            raise SystemExit(f"{words} ended with {code}")


def loop(folder: Path) -> None:
    """Go round: owners, trust, rules, release, evidence, approval, promotion, pack."""
    os.environ["WEIGHBRIDGE_KEYS"] = str(folder.parent / "keys")
    os.chdir(folder)
    for name in (*OWNERS, *ROLES):
        make_key(folder.parent / "keys", name, passphrase=PASSPHRASE)
    run("registry", "init", *(f"--owner={name}={name}" for name in OWNERS), "--threshold=2")
    for name, role in ROLES.items():
        run("key", "trust", name, f"--person={name}", f"--role={role}", by="ann ben")
    for kind, text in (("policy", POLICY), ("env", ENVIRONMENT)):
        # Not into the project: whatever git does not know would be a finding.
        path = folder.parent / f"{kind}.yaml"
        path.write_text(text)
        run(kind, "publish" if kind == "policy" else "apply", str(path), by="ann ben")
    run("seal")
    run("sign", RELEASE, by="bea")
    run("check", RELEASE, "--sign", by="carl")
    said = folder.parent / "said.json"
    said.write_text('{"result": "PASSED"}')
    run("attest", RELEASE, f"--predicate={said}", "--type=https://example.com/x", by="carl")
    for name in ("cat", "dora"):
        run("approve", RELEASE, "--to=production", by=name)
    run("promote", RELEASE, "--to=production", by="max")
    run("log", "verify", "--deep")


def hand_over(elsewhere: Path) -> None:
    """Write what an auditor gets."""
    elsewhere.mkdir()
    run("evidence", "export", RELEASE, "--to=production", f"--output={elsewhere / 'pack.tar'}")
    run("log", "prove", "0", f"--output={elsewhere / 'entry.proof'}")
    shutil.copy(".weighbridge/log.pub", elsewhere)


def verify(elsewhere: Path) -> None:
    """Verify it with nothing else."""
    nowhere = {"WEIGHBRIDGE_HOME": "nowhere", "WEIGHBRIDGE_KEYS": "nowhere"}
    for words in (
        ("evidence", "verify", "pack.tar", "--key", "log.pub"),
        ("log", "verify", "entry.proof", "--log-key", "log.pub"),
    ):
        subprocess.run(command(*words), cwd=elsewhere, env=clean_environ() | nowhere, check=True)
    if sorted(os.listdir(elsewhere)) != ["entry.proof", "log.pub", "pack.tar"]:  # noqa: PTH208
        raise SystemExit("verifying left something behind")


if __name__ == "__main__":
    see_that_there_is_no_network()
    loop(Path(sys.argv[1]))
    hand_over(Path(sys.argv[1]).parent / "elsewhere")
    see_that_there_is_no_network()
    verify(Path(sys.argv[1]).parent / "elsewhere")
