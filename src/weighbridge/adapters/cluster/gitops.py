"""A folder a GitOps pipeline reads: rendered files are written there, and git is left to others.

`WEIGHBRIDGE` in the folder says which files are ours. It is written before the files, with the
digests of what was and of what will be: whoever is killed between two files leaves of each the old
or the new one, and the next run knows both. What is not ours is never replaced or removed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from weighbridge.adapters.plain_folder import PlainFolder
from weighbridge.model.delivery import Cause, Phase, Why
from weighbridge.model.errors import GitOpsError, UsageError, WeighbridgeError
from weighbridge.rollout.controllers.sighting import Sighted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from weighbridge.adapters.cluster.followed import ClusterTarget
    from weighbridge.model.delivery import Order
    from weighbridge.model.delivery_ports import Cargo

RECORD: Final = "WEIGHBRIDGE"
"""The file that says which files are ours. No `.json`: pipelines would take it for an object."""
_LARGEST: Final = 16 << 20
_PATH: Final = re.compile(
    r"[A-Za-z0-9_][A-Za-z0-9._+-]*(?:/[A-Za-z0-9_][A-Za-z0-9._+-]*)*", re.ASCII
)
_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What was written into a folder.

    Attributes:
        name: Name of the release.
        release: Its digest.
        mark: What tells later statuses of the cluster from all before; empty if nobody knows.
        files: Digests each file of ours may have, by path.
    """

    name: str = ""
    release: str = ""
    mark: str = ""
    files: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def written(self) -> bytes:
        """Write it as it lies in the folder."""
        files = {path: sorted(digests) for path, digests in sorted(self.files.items())}
        found = {
            "files": files,
            "mark": self.mark,
            "name": self.name,
            "release": self.release,
            "schemaVersion": "1",
        }
        return json.dumps(found, indent=1, sort_keys=True).encode("ascii") + b"\n"


class GitOpsFolder(PlainFolder):
    """A folder of rendered files."""

    def __init__(self, root: Path) -> None:
        """Name the folder."""
        super().__init__(root, str(root))

    def record(self) -> Record:
        """Read what was written into it; nothing if it was nothing.

        Raises:
            GitOpsError: It cannot be told what is ours.
        """
        try:
            read = json.loads(self.read(RECORD, most=_LARGEST))
            files = read["files"]
            found = {path: frozenset(digests) for path, digests in files.items()}
            texts = (read["name"], read["release"], read["mark"])
            sound = all(isinstance(one, str) for one in texts) and read["schemaVersion"] == "1"
            for path, digests in found.items():
                known = (isinstance(one, str) and _DIGEST.fullmatch(one) for one in digests)
                sound = sound and _is_path(path) and all(known)
        except FileNotFoundError:
            return Record()
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise self._refused(RECORD, "it does not say which files are ours") from error
        if not sound:
            raise self._refused(RECORD, "it does not say which files are ours")
        return Record(name=texts[0], release=texts[1], mark=texts[2], files=found)

    def replace(self, cargo: Cargo, mark: str) -> None:
        """Put a release's files in the place of those of the one before.

        Raises:
            GitOpsError: Something there is not ours, or was changed; nothing was written.
            StorageError: Something could not be written; each file is the old or the new one.
        """
        new = {one.path: one.content for one in cargo.files}
        for path in new:
            if not _is_path(path):
                raise self._refused(path, "a rendered file has no such name")
        with self.alone():
            old = self.record()
            name = cargo.release.metadata.name
            if old.name not in ("", name):
                raise self._refused("", f"it holds the files of {old.name}, not of {name}")
            made = {path: frozenset({_digest(content)}) for path, content in new.items()}
            self._check(old, made)
            both = {
                path: old.files.get(path, frozenset()) | made.get(path, frozenset())
                for path in {*old.files, *made}
            }
            begun = Record(name=name, release=cargo.digest, mark=mark, files=both)
            self._put(RECORD, begun.written())
            for path, content in new.items():
                if self._seen(path) not in made[path]:
                    self._put(path, content)
            for path in sorted(set(old.files) - set(made)):
                self.remove(*path.split("/"))
            self._put(RECORD, replace(begun, files=made).written())

    def _check(self, old: Record, made: Mapping[str, frozenset[str]]) -> None:
        """See that everything that would be replaced or removed is ours, as it was written."""
        for path in sorted({*old.files, *made}):
            seen = self._seen(path)
            ours = old.files.get(path, frozenset())
            if seen and seen not in ours | made.get(path, frozenset()):
                why = "it was changed since it was written" if ours else "it is not ours"
                raise self._refused(path, why)

    def _seen(self, path: str) -> str:
        """Return the digest of a file; empty if there is none."""
        with contextlib.suppress(FileNotFoundError):
            return _digest(self.read(*path.split("/"), most=_LARGEST))
        return ""

    def _put(self, path: str, content: bytes) -> None:
        def fill(descriptor: int) -> None:
            with os.fdopen(os.dup(descriptor), "wb") as file:
                file.write(content)

        self.write(*path.split("/"), fill=fill)

    def _too_large(self, file: str, size: int, most: int) -> WeighbridgeError:
        return self._refused(file, f"it has {size} bytes, and nothing of ours more than {most}")

    def _refused(self, file: str, reason: str) -> WeighbridgeError:
        place = f"{self._name}/{file}" if file else self._name
        return GitOpsError(
            f"{place} stays as it is: {reason[:_LONGEST]}",
            seen=place,
            wanted="files that were written by weighbridge, unchanged, or none",
            help=[
                "restore it (git checkout), or move it away; then deliver again",
                "or name another folder: --gitops DIR",
            ],
        )


def _is_path(path: str) -> bool:
    parts = path.split("/")
    return bool(_PATH.fullmatch(path)) and path != RECORD and ".." not in parts


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class GitOpsTarget:
    """A folder that a pipeline delivers from, and the cluster, if it can be seen (`Followed`)."""

    def __init__(self, folder: Path, cluster: ClusterTarget | None) -> None:
        """Say where files go, and by what the cluster is looked at; None if it cannot be."""
        self._folder = GitOpsFolder(folder)
        self._cluster = cluster

    def apply(self, cargo: Cargo) -> None:
        """Write the files; what is done with them is the pipeline's.

        Raises:
            WeighbridgeError: They were not written.
        """
        self._folder.replace(cargo, self._mark(cargo))

    def look(self, cargo: Cargo) -> Sighted:
        """Look at the cluster, if it can be seen.

        While it shows nothing of the release, that is handed over and no more: it waits for
        whoever commits the files, and for the pipeline.
        """
        if self._cluster is None:
            return self._handed_over("there is no kubectl to look at the cluster by")
        try:
            record = self._folder.record()
            mark = record.mark if record.release == cargo.digest else ""
            found = self._cluster.look_since(cargo, mark)
        except WeighbridgeError as error:
            return self._handed_over(str(error))
        if found.phase is not Phase.PREPARING or found.paused is not None:
            return found
        return self._handed_over("the cluster shows nothing of the release yet")

    def order(self, cargo: Cargo, order: Order) -> None:
        """Pass on what a person orders to the controller.

        Raises:
            UsageError: The cluster cannot be reached from here, or its controller cannot do that.
        """
        if self._cluster is None:
            raise UsageError(
                f"{order.value} is an order to the cluster, and there is no kubectl to give it by",
                help=["install kubectl", "or give the order where the cluster can be reached"],
            )
        self._cluster.order(cargo, order)

    def _mark(self, cargo: Cargo) -> str:
        record = self._folder.record()
        if record.release == cargo.digest and record.mark:
            return record.mark
        if self._cluster is not None:
            with contextlib.suppress(WeighbridgeError):
                return self._cluster.mark(cargo)
        return ""

    def _handed_over(self, why: str) -> Sighted:
        words = (
            f"handed over: the files are in {self._folder.root}, for you to commit and your "
            f"pipeline to apply; {why}"
        )
        cause = Cause(why=Why.CONTROLLER, name="gitops", text=words)
        return Sighted(phase=Phase.PREPARING, paused=cause)
