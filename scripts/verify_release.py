"""Verify a wheel of weighbridge by the papers it was released with, before anything installs it.

`python -m scripts.verify_release WHEEL --pack PACK --key log.pub` needs no network, no registry
and no key but that of our log, which is `papers/log.pub` in this repository. The pack must
verify, its decision must have let the release in to `published`, and the wheel must be the one
the sealed manifest names. Exit codes: 0 it is, 1 it is not.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from scripts.release_papers import ENVIRONMENT, NAME
from scripts.reproduce import digest
from scripts.verbs import Desk, VerbError
from weighbridge.packing.evidence_pack import ENVIRONMENT as ENVIRONMENT_PAPER
from weighbridge.packing.evidence_pack import MANIFEST, read_pack


class NotReleasedError(Exception):
    """The wheel is not what was released."""


def verify_release(
    wheel: Path, *, pack: Path, key: Path, commit: str = "", version: str = ""
) -> dict[str, Any]:
    """Verify a wheel and return the sealed manifest that names it.

    Args:
        wheel: The file.
        pack: The evidence pack of its release.
        key: The public key of our log.
        commit: What it must have been built from; empty if nobody knows.
        version: What it must be; empty for that of its name.

    Raises:
        NotReleasedError: It is not what was released.
    """
    with tempfile.TemporaryDirectory(prefix="weighbridge-verify-") as empty:
        place = Path(empty)
        desk = Desk(place, registry=place / "none", keys=place / "none", passphrase=str)
        try:
            desk.run("evidence", "verify", str(pack.absolute()), f"--key={key.absolute()}")
        except VerbError as error:
            raise NotReleasedError(f"the papers prove nothing\n{error}") from error
    papers, _ = read_pack(pack.read_bytes())
    manifest: dict[str, Any] = json.loads(papers[MANIFEST])
    environment = json.loads(papers[ENVIRONMENT_PAPER])["metadata"]["name"]
    metadata, spec = manifest["metadata"], manifest["spec"]
    named = [one["digest"] for one in spec["artifacts"] if one.get("format") == "wheel"]
    wanted = version or wheel.name.split("-")[1]
    for what, seen, told in (
        ("release", metadata["name"], NAME),
        ("environment", environment, ENVIRONMENT),
        ("version", metadata["version"], wanted),
        ("commit", spec["source"]["commit"], commit or spec["source"]["commit"]),
        ("digest of the wheel", f"sha256:{digest(wheel)}", " ".join(named)),
    ):
        if seen != told:
            raise NotReleasedError(f"the {what} is another\n  seen    {seen}\n  wanted  {told}")
    return manifest


def main() -> int:
    """Verify, and say what was proven."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path, help="the file")
    parser.add_argument("--pack", type=Path, required=True, help="its papers")
    parser.add_argument("--key", type=Path, required=True, help="the public key of our log")
    parser.add_argument("--commit", default="", help="what it must have been built from")
    parser.add_argument("--version", default="", help="what it must be")
    told = parser.parse_args()
    try:
        manifest = verify_release(
            told.wheel, pack=told.pack, key=told.key, commit=told.commit, version=told.version
        )
    except (NotReleasedError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    said = f"{NAME} {manifest['metadata']['version']}"
    print(f"{told.wheel.name} is {said}, built from {manifest['spec']['source']['commit']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
