"""Weigh our own release: the wheel of a version, sealed, signed, checked, promoted, packed.

`python -m scripts.release_papers OUT --files DIR --commit COMMIT --builder KEY --checker KEY
--security KEY --approver KEY --releaser KEY` does what anybody would do by the verbs, in
OUT/release. Registry and keys are those of the environment (`WEIGHBRIDGE_REGISTRY`,
`WEIGHBRIDGE_KEYS`); passphrases are typed, or read from a file descriptor, a line for each key in
this order. DIR has the wheel that `python -m scripts.reproduce` made. In OUT are then the wheel,
its bill, the pack, and the log's public key.

Keys lie with people, so this runs at a desk and not in a forge. docs/adr/0044 says why.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import platform
import shutil
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import weighbridge
from scripts.verbs import PASSPHRASES, Desk, VerbError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ROOT = Path(__file__).parents[1]
PAPERS = ROOT / "papers"
ENVIRONMENT = "published"
NAME = "weighbridge"
PACK = "weighbridge-{version}.papers.tar"
TEXTS = {"runtime.lock": ROOT / "requirements/runtime.lock", "README.md": ROOT / "README.md"}


class PapersError(Exception):
    """The papers cannot be made of what is there."""


def wheel_of(files: Path) -> Path:
    """Return the wheel of this version.

    Raises:
        PapersError: It is not there, or another is.
    """
    found = sorted(files.glob("*.whl"))
    wanted = f"{NAME}-{weighbridge.__version__}-py3-none-any.whl"
    if [path.name for path in found] != [wanted]:
        raise PapersError(f"{wanted} alone is wanted, not {[path.name for path in found]}")
    return found[0]


def lay_out(folder: Path, wheel: Path) -> None:
    """Put what is released into a new folder, beside its manifest."""
    folder.mkdir(parents=True)
    shutil.copyfile(wheel, folder / wheel.name)
    for name, path in TEXTS.items():
        shutil.copyfile(path, folder / name)
    text = (PAPERS / "release.yaml").read_text(encoding="utf-8")
    text = text.replace(f"{NAME}.whl", wheel.name)
    (folder / "release.yaml").write_text(text, encoding="utf-8")


def weigh(desk: Desk, *, commit: str, builder: str, checker: str) -> None:
    """Fill in the manifest, seal it, and have it signed by who built and who checked."""
    values = {
        "metadata.version": weighbridge.__version__,
        "spec.source.commit": commit,
        "spec.source.dirty": "false",
        "spec.environment.runtime.version": platform.python_version(),
    }
    for path, value in values.items():
        desk.run("set", path, value, "--quiet")
    desk.run("capture", "--update", "--quiet")
    release = f"{NAME}@{weighbridge.__version__}"
    desk.run("seal")
    desk.run("sign", release, by=builder)
    desk.run("sbom", release, "--output=sbom.cdx.json")
    desk.run("attest", release, "--predicate=sbom.cdx.json", by=builder)
    # It finds what is known, so it ends with 1; `answer` holds all of it against the list.
    desk.run("check", release, "--sign", f"--for-env={ENVIRONMENT}", by=checker, wanted=1)


def answer(desk: Desk, *, security: str) -> None:
    """Waive what is known to be found, each with its reason, if nothing else is.

    Raises:
        PapersError: Something else is found, or something that is listed is not.
    """
    release = f"{NAME}@{weighbridge.__version__}"
    found = json.loads(desk.run("check", release, "--output-format=json", wanted=1))["findings"]
    known = tomllib.loads((PAPERS / "known-findings.toml").read_text(encoding="utf-8"))
    wrong = unknown(found, known)
    if wrong:
        raise PapersError("\n".join(["known-findings.toml does not agree:", *wrong]))
    for code, one in known.items():
        why = (f"--reason={one['reason']}", "--expires=400d")
        desk.run("waive", code, release, f"--to={ENVIRONMENT}", *why, by=security)


def unknown(found: list[dict[str, Any]], known: dict[str, Any]) -> list[str]:
    """List the findings that are not known, and what is known and not found."""
    left = {(code, place) for code, one in known.items() for place in one["in"]}
    said = []
    for finding in found:
        if finding["severity"] == "note" and finding["verdict"] == "fail":
            continue
        code, message = finding["code"], finding["message"]
        # Each place answers for one finding: the second credential of a page is not known.
        matching = min((one for one in left if one[0] == code and one[1] in message), default=None)
        if matching is None:
            said.append(f"{code}: {message}")
        else:
            left.remove(matching)
    return said + [f"{code}: nothing is found in {place}" for code, place in sorted(left)]


def publish(desk: Desk, pack: Path, *, approver: str, releaser: str) -> None:
    """Have the release approved and promoted, and pack what that rests on."""
    release = f"{NAME}@{weighbridge.__version__}"
    to = f"--to={ENVIRONMENT}"
    desk.run("approve", release, to, by=approver)
    desk.run("promote", release, to, by=releaser)
    desk.run("evidence", "export", release, to, f"--output={pack}")


def make_papers(desk: Desk, to: Path, files: Path, *, commit: str, people: dict[str, str]) -> Path:
    """Make all the papers of a version.

    Args:
        desk: Where verbs run: in the folder `release` of `to`.
        to: A folder that there is, and nothing in it.
        files: Where the wheel is.
        commit: What they were built from.
        people: The keys of builder, checker, security, approver and releaser.

    Returns:
        The pack.
    """
    wheel = wheel_of(files)
    lay_out(desk.folder, wheel)
    pack = to / PACK.format(version=weighbridge.__version__)
    weigh(desk, commit=commit, builder=people["builder"], checker=people["checker"])
    answer(desk, security=people["security"])
    publish(desk, pack, approver=people["approver"], releaser=people["releaser"])
    for name in (wheel.name, "sbom.cdx.json"):
        shutil.copyfile(desk.folder / name, to / name)
    return pack


def passphrases(names: Iterable[str]) -> Callable[[str], str]:
    """Ask for the passphrases of keys, once, and return who tells them."""
    wanted = list(dict.fromkeys(names))
    if PASSPHRASES in os.environ:
        with os.fdopen(int(os.environ[PASSPHRASES]), encoding="utf-8") as stream:
            lines = stream.read().splitlines()
    else:
        lines = [getpass.getpass(f"passphrase of {name}: ") for name in wanted]
    if len(lines) != len(wanted):
        raise PapersError(f"{len(wanted)} passphrases are wanted: of {', '.join(wanted)}")
    return dict(zip(wanted, lines, strict=True)).__getitem__


def main() -> int:
    """Make the papers of this version."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("to", type=Path, help="a new folder")
    parser.add_argument("--files", type=Path, required=True, help="where the wheel is")
    parser.add_argument("--commit", required=True, help="what it was built from, in full")
    roles = ("builder", "checker", "security", "approver", "releaser")
    for role in roles:
        parser.add_argument(f"--{role}", required=True, metavar="KEY")
    options = parser.parse_args()
    people = {role: str(getattr(options, role)) for role in roles}
    to = options.to.absolute()
    try:
        to.mkdir(parents=True)
        registry = Path(os.environ["WEIGHBRIDGE_REGISTRY"]).absolute()
        desk = Desk(
            to / "release",
            registry=registry,
            keys=Path(os.environ["WEIGHBRIDGE_KEYS"]).absolute(),
            passphrase=passphrases(people.values()),
        )
        pack = make_papers(desk, to, options.files, commit=options.commit, people=people)
        shutil.copyfile(registry / "log.pub", to / "log.pub")
    except (PapersError, VerbError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyError as error:
        print(f"say where registry and keys are: {error}", file=sys.stderr)
        return 2
    print(f"wrote {pack}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
