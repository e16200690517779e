"""Make one of each thing that this version writes, for later versions to read.

`python -m scripts.kept_release` writes `tests/kept/VERSION`, once, before that version is released;
from then on nobody changes it. All is made by the verbs, at a fixed time, with keys of nobody's.
`tests/kept/README.md` says more.
"""

from __future__ import annotations

import argparse
import gzip
import io
import os
import shutil
import sys
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import weighbridge
from scripts.kept_authored import AUTHORED, LOCK, PICKLE
from scripts.sample_release import safetensors, sha256
from scripts.verbs import Desk

KEPT = Path(__file__).parents[1] / "tests/kept"
BEGINS = datetime(2026, 11, 1, 8, tzinfo=UTC)
PEOPLE = {
    "ann": "owner",
    "ben": "owner",
    "bea": "builder",
    "carl": "checker",
    "eva": "security",
    "mia": "ml-lead",
    "pat": "releaser",
}
OWNERS = "ann ben"
BUILD = "printf made >built.txt"
REPORTS = ("json", "sarif", "junit", "markdown")
"""Forms of a report that other programs read."""


def passphrase(name: str) -> str:
    """Say what somebody's key is locked with."""
    return f"{name} keeps nothing secret"


class Maker:
    """Makes the set in a folder that is thrown away, and keeps what belongs to it."""

    def __init__(self, root: Path, to: Path) -> None:
        """Begin with nothing."""
        self.to = to
        self.work = root / "work"
        self.registry = root / "registry"
        self.keys = root / "keys"
        environment = root / "environment"
        environment.mkdir()
        (environment / "pyvenv.cfg").write_text("version = 3.12.4\n", encoding="utf-8")
        self.work.mkdir()
        self.desk = Desk(
            self.work,
            registry=self.registry,
            keys=self.keys,
            passphrase=passphrase,
            begins=BEGINS,
            # Nothing of this machine is to be in a record of a build.
            more={
                "PATH": os.defpath,
                "VIRTUAL_ENV": str(environment),
                "GIT_CEILING_DIRECTORIES": str(root),
            },
        )

    def make(self) -> None:
        """Tell the whole story, and keep what it leaves."""
        self._write_authored()
        self._record_a_build()
        self._name_people()
        self._publish()
        self._release("1.0.0")
        self.desk.run("set", "metadata.version", "1.1.0")
        self._release("1.1.0")
        self.desk.run("rollback", "kept", "--in=production", by="pat")
        self._say_more()
        self._keep()

    def _write_authored(self) -> None:
        weights = safetensors()
        said = {"LOCK": sha256(LOCK.encode()), "SIZE": str(len(weights)), "DIGEST": sha256(weights)}
        for name, content in AUTHORED.items():
            text = content
            for word, value in said.items() if name == "release.yaml" else ():
                text = text.replace(f"<{word}>", value)
            path = self.work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        (self.work / "weights").mkdir()
        (self.work / "weights/model.safetensors").write_bytes(weights)
        (self.work / "tokenizer.pkl").write_bytes(PICKLE)
        self.desk.git("init", "--quiet", "--initial-branch", "main", "--template=")
        self.desk.git("remote", "add", "origin", "https://git.example.com/house/kept")
        self._commit()

    def _commit(self) -> None:
        self.desk.run("capture", "--update", "--quiet")
        self.desk.git("add", "--all")
        self.desk.git("commit", "--quiet", "--message", "kept")

    def _record_a_build(self) -> None:
        record = f"--record={self.to / 'build.json'}"
        self.desk.run("build", "--output=built.txt", record, "--", "sh", "-c", BUILD)
        (self.work / "built.txt").unlink()

    def make_keys(self) -> None:
        """Make everybody's key."""
        for name in PEOPLE:
            self.desk.make_key(name)

    def _name_people(self) -> None:
        self.make_keys()
        self.desk.run("registry", "init", "--owner=ann=ann", "--owner=ben=ben", "--threshold=2")
        for name, role in PEOPLE.items():
            if role != "owner":
                trust = ("key", "trust", name, f"--person={name}", f"--role={role}")
                self.desk.run(*trust, by=OWNERS)

    def _publish(self) -> None:
        self.desk.run("policy", "publish", "house", by=OWNERS)
        listed = self.desk.run("rules", "list")
        digest = listed.partition("house@1#")[2].split()[0]
        policy = self.work / "policies/staging/policy.yaml"
        policy.write_text(policy.read_text().replace("<PACK>", digest), encoding="utf-8")
        for name in ("staging", "production"):
            self.desk.run("policy", "publish", f"policies/{name}", by=OWNERS)
            self.desk.run("env", "apply", f"environments/{name}.yaml", by=OWNERS)

    def _release(self, version: str) -> None:
        release = f"kept@{version}"
        self._commit()
        self.desk.run("seal")
        self.desk.run("sign", release, by="bea")
        self.desk.run("check", release, "--sign", "--for-env=staging", by="carl", wanted=1)
        for environment in ("staging", "production"):
            to = f"--to={environment}"
            if version == "1.0.0":  # a waiver covers the same file in later releases
                why = ("--reason=our own class", "--expires=60d")
                self.desk.run("promote", release, to, by="pat", wanted=1)
                self.desk.run("waive", "SEC001", release, to, "--request", *why, by="bea")
                self.desk.run("waive", "SEC001", release, to, "--grant", by="eva")
            if environment == "production":
                self.desk.run("approve", release, to, by="mia")
            self.desk.run("promote", release, to, by="pat")

    def _say_more(self) -> None:
        run, to = self.desk.run, "--to=production"
        away = ("--delegate-to=eva", "--until=30d", "--reason=away")
        run("approve", to, *away, by="mia")
        run("withdraw", "kept@1.1.0", to, "--waiver=SEC001", "--reason=mended", by="eva")
        run("parity", "kept@1.1.0", "kept@1.0.0", "--sign", by="carl")

    def _keep(self) -> None:
        run = self.desk.run
        for name in AUTHORED:
            path = self.to / "authored" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.work / name, path)
        made = self.work.parent / "made"
        outputs = made / "outputs"
        outputs.mkdir(parents=True)
        for form in REPORTS:
            text = run("check", "kept@1.1.0", f"--output-format={form}", wanted=1)
            (outputs / f"check.{form}").write_text(text, encoding="utf-8")
        said = {"status": ("status",), "verify": ("verify", "kept@1.1.0"), "log": ("log", "show")}
        for name, words in said.items():
            text = run(*words, "--output-format=json")
            (outputs / f"{name}.json").write_text(text, encoding="utf-8")
        (self.to / "checkpoint").write_text(run("log", "show", "--checkpoint"), encoding="utf-8")
        shutil.copyfile(self.registry / "log.pub", self.to / "log.pub")
        run("sbom", "kept@1.1.0", f"--output={self.to / 'sbom.json'}")
        for environment in ("staging", "production"):
            pack = f"--output={made / environment}.tar"
            run("evidence", "export", "kept@1.1.0", f"--to={environment}", pack)
        run("log", "prove", "0", f"--output={self.to / 'entry-0.proof'}")
        run("registry", "backup", str(made / "backup.tar"), "--with-keys")
        run("log", "export", str(made / "tiles"))
        run("push", "kept@1.1.0", f"oci:{made / 'layout'}")
        for name in ("staging", "production", "backup"):
            data = (made / f"{name}.tar").read_bytes()
            (self.to / f"{name}.tar.gz").write_bytes(gzip.compress(data, 9, mtime=0))
        for name in ("outputs", "tiles", "layout"):
            pack_folder(made / name, self.to / f"{name}.tar.gz")
        pack_folder(self.registry, self.to / "registry.tar.gz")


def pack_folder(folder: Path, to: Path) -> None:
    """Pack a folder, caches aside; what lies in it says which bytes come out."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder)
            if name.parts[0] == "cache":
                continue
            info = tar.gettarinfo(path, name.as_posix())
            info.mtime, info.uid, info.gid, info.uname, info.gname = 0, 0, 0, "", ""
            if path.is_file():
                tar.addfile(info, io.BytesIO(path.read_bytes()))
            else:
                tar.addfile(info)
    to.write_bytes(gzip.compress(stream.getvalue(), 9, mtime=0))


def main() -> int:
    """Make the set of this version, if there is none."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=KEPT, help="folder of the sets")
    to = parser.parse_args().into.absolute() / ".".join(weighbridge.__version__.split(".")[:2])
    if to.exists():
        print(f"{to} is there: what is kept of a version is never made again", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="weighbridge-kept-") as root:
        made = Path(root) / "kept"
        made.mkdir()
        Maker(Path(root), made).make()
        shutil.copytree(made, to)
    print(f"wrote {to}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
