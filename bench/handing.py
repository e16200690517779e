"""Hand out a sealed manifest: `bench/handing.py make|ready|ours|peer FOLDER [COUNT [known]]`.

`make` writes a registry with a manifest of some 6 KiB in it. `ready` starts `weighbridge serve`
over it, and ends it when it says that it is ready. `ours` asks `weighbridge serve` for the manifest
COUNT times over one connection, with a token; `known` says that its digest is had already. `peer`
asks the same of `bench/parsed.py`: the same server, that has the manifest parsed in memory and
writes it by a `response_model`. Each prints the CPU seconds the server took for it.
"""

from __future__ import annotations

import copy
import sys
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a plain file

from bench import servers
from scripts.sample_release import safetensors, write_release
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.codec.canonical import canonical_bytes
from weighbridge.codec.resolved import resolved
from weighbridge.usecases.references import find_authored

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

WARM = 200
ARTIFACTS = 30


def make(folder: Path) -> None:
    """Make the registry, with a manifest of thirty artifacts, and a token."""
    source = write_release(folder / "source", "model.safetensors", safetensors())
    named, _ = find_authored(str(source), start=folder, catalogues=lambda _: [])
    tree = copy.deepcopy(resolved(named.release))
    (one,) = tree["spec"]["artifacts"]
    tree["spec"]["artifacts"] = [
        {**one, "name": f"part-{at:02}", "path": f"parts/{at:02}.safetensors"}
        for at in range(ARTIFACTS)
    ]
    registry = EmbeddedRegistry(folder / "registry")
    digest = registry.blobs.put(canonical_bytes(tree))
    registry.close()
    (folder / "digest").write_text(digest, encoding="utf-8")
    (folder / "token").write_text(servers.token(folder / "registry", "read"), encoding="utf-8")


def ready(folder: Path) -> float:
    """Start a server, and return the CPU seconds it took until it was ready."""
    with servers.weighbridge(folder / "registry", folder) as server:
        connection = server.connect()
        connection.request("GET", "/readyz")
        if connection.getresponse().status != HTTPStatus.OK:
            raise SystemExit("the server is not ready")
        return server.cpu()


def measure(who: str, folder: Path, count: int, *, known: bool) -> float:
    """Ask, and return the CPU seconds the server took to answer."""
    digest = (folder / "digest").read_text(encoding="utf-8")
    headers = {"authorization": f"Bearer {(folder / 'token').read_text(encoding='utf-8')}"}
    path, wanted = f"/v1/manifests/{digest}", HTTPStatus.OK
    if who == "peer":
        words = (str(Path(__file__).with_name("parsed.py")), str(folder), digest)
        starting: AbstractContextManager[servers.Server] = servers.running(
            words, {}, log=folder / "peer.log"
        )
    else:
        starting = servers.weighbridge(folder / "registry", folder)
        if known:
            headers["if-none-match"], wanted = f'"{digest}"', HTTPStatus.NOT_MODIFIED
    with starting as server:
        connection = server.connect()
        begun = 0.0
        for turn in range(WARM + count):
            if turn == WARM:
                begun = server.cpu()
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            data = answer.read()
            if answer.status != wanted or bool(data) is known:
                raise SystemExit(f"{answer.status}: {data[:400]!r}")
        taken = server.cpu() - begun
        connection.close()
    return taken


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]))
    elif sys.argv[1] == "ready":
        print(ready(Path(sys.argv[2])))
    else:
        known = "known" in sys.argv[4:]
        print(measure(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), known=known))
