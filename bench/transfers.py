"""One transfer: `python bench/transfers.py push|pull|fill|ready ours|skopeo FOLDER`.

FOLDER is what `bench/transfer.py` prepared: an image layout, and the address of a registry. Each
push is to a repository of its own, each pull into a new place, and skopeo runs without the cache
that remembers which blobs a registry has. `fill` pushes to the repository everybody pulls from;
`ready` only gets ready. Ours calls the client itself.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a plain file

from tests.tools import tool, tool_environment
from weighbridge.adapters.blobs.folder import FileSource, FolderBlobs
from weighbridge.adapters.oci.registry import RegistryRepository
from weighbridge.codec.oci import read_document
from weighbridge.model.oci import Descriptor, Manifest

TAG = "v1"
SOURCE = "source"
"""The repository everybody pulls from."""


def push(place: RegistryRepository, layout: Path) -> None:
    """Bring the one manifest of a layout to a registry, with its blobs."""
    folder = layout / "blobs" / "sha256"
    index = read_document((layout / "index.json").read_bytes())
    assert not isinstance(index, Manifest)  # noqa: S101 - it was written by us
    named = index.manifests[0]
    data = (folder / named.digest.partition(":")[2]).read_bytes()
    for blob in _blobs(data):
        with FileSource(folder / blob.digest.partition(":")[2]) as source:
            place.push(blob, source)
    place.put(data, media_type=named.media_type, tag=TAG)


def pull(place: RegistryRepository, folder: Path) -> None:
    """Bring a manifest and its blobs here, each held against its digest."""
    store = FolderBlobs(folder)
    data = place.manifest(place.resolve(TAG))
    for blob in _blobs(data):
        place.fetch(blob, store.incoming())
    store.put(data)


def _blobs(data: bytes) -> list[Descriptor]:
    document = read_document(data)
    assert isinstance(document, Manifest)  # noqa: S101 - it was written by us
    return [document.config, *document.layers]


def run_skopeo(verb: str, place: str, layout: Path, fetched: Path) -> None:
    """Become skopeo, as somebody it has never seen."""
    home = tempfile.mkdtemp(dir=fetched.parent)
    fresh = {"HOME": home, "XDG_DATA_HOME": home, "XDG_RUNTIME_DIR": home}
    # The superuser's cache is the system's, whatever the environment says: be somebody else.
    fresh["_CONTAINERS_ROOTLESS_UID"] = "1000"
    ends = [f"oci:{layout}:{TAG}", f"docker://{place}:{TAG}"]
    flag = "--dest-tls-verify=false"
    if verb == "pull":
        ends = [ends[1], f"oci:{fetched}:{TAG}"]
        flag = "--src-tls-verify=false"
    skopeo = tool("skopeo")
    arguments = ["skopeo", "--insecure-policy", "copy", flag, *ends]
    os.execve(skopeo, arguments, tool_environment() | fresh)  # noqa: S606 - no shell wanted


def main(verb: str, who: str, folder: Path) -> None:
    """Do it."""
    host = (folder / "address").read_text(encoding="utf-8")
    name = SOURCE if verb in {"pull", "fill"} else f"pushed-{time.time_ns()}"
    fetched = folder / f"fetched-{who}"
    shutil.rmtree(fetched, ignore_errors=True)
    if who == "skopeo":
        run_skopeo(verb, f"{host}/{name}", folder / "layout", fetched)
    place = RegistryRepository(host, name, credentials=lambda: None)
    if verb in {"push", "fill"}:
        push(place, folder / "layout")
    elif verb == "pull":
        pull(place, fetched)
    else:
        place.has(Descriptor(media_type="x/y", digest="sha256:" + "0" * 64, size=0))
    place.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
