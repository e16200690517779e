"""What is wanted of reading: digests, formats, and files that did not change.

All of it is from the cache of the system: what a processor does is compared, not what a disk does.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bench import inputs
from bench.commands import VERDICTS, beside, code, weighbridge
from bench.inputs import GIB
from bench.measure import MIB, Cell, Command, Measured, Memory
from bench.processor import lacks_sha, read_flags

if TYPE_CHECKING:
    from pathlib import Path

TENSORS = 200
MODEL = "model.safetensors"
PASSES = 5
"""Times many small files are read in one run: enough for the start not to matter."""

LOOP = """\
import hashlib, os, sys
paths = [os.path.join(at, name) for at, _, names in os.walk(sys.argv[1]) for name in names]
for _ in range(int(sys.argv[2])):
    for path in sorted(paths):
        with open(path, "rb") as file:
            hashlib.file_digest(file, "sha256").hexdigest()
"""
"""How many small files are digested without thinking about it."""


def peer(folder: Path, *names: str) -> str:
    """Return a program `make tools` installed, or the one on the user's path."""
    installed = folder.joinpath(*names)
    return str(installed) if installed.exists() else names[-1]


def cells(folder: Path, peers: Path) -> list[Measured]:
    """List the cells of reading.

    Args:
        folder: Where inputs are made when they are wanted: 9 GiB for all of them.
        peers: Where peers were installed.
    """
    return [*large_files(folder, peers), *small_files(folder, peers), *one_release(folder)]


def large_files(folder: Path, peers: Path) -> list[Measured]:
    """List the cells of digests of large files."""
    sixteen = [folder / f"lane-{at:02}.bin" for at in range(16)]
    two = [folder / "large" / f"large-{at}.bin" for at in range(2)]
    lanes, pair = [str(path) for path in sixteen], [str(path) for path in two]
    openssl = ("openssl", "dgst", "-sha256")
    b3sum = peer(peers, "debian", "usr", "bin", "b3sum")
    make_two = partial(inputs.write_files, two, GIB)
    return [
        # Sixteen at once make up for instructions that are not there.
        Cell(
            name="digest-16x64m",
            ours=weighbridge("digest", *lanes),
            peer=Command((*openssl, *lanes)),
            at_most=0.35 if lacks_sha(read_flags()) else 1.1,
            prepare=partial(inputs.write_files, sixteen, 64 * MIB),
        ),
        Cell(
            name="digest-2x1g",
            ours=weighbridge("digest", *pair),
            peer=Command((*openssl, *pair)),
            at_most=1.1,
            prepare=make_two,
        ),
        Cell(
            name="digest-2x1g-blake3",
            ours=weighbridge("digest", "--algorithm", "blake3", *pair),
            peer=Command((b3sum, *pair)),
            at_most=1.3,
            prepare=make_two,
        ),
    ]


def small_files(folder: Path, peers: Path) -> list[Measured]:
    """List the cells of 20,000 files of 4 KiB."""
    many, key = folder / "many", folder / "key.pem"
    make_many = partial(inputs.write_many, many, folders=20, files=1000, size=4096)
    signing = peer(peers, "model-signing", "bin", "model_signing")
    to_sign = ("--private_key", str(key), "--signature", str(folder / "model.sig"), str(many))

    def make_many_and_key() -> None:
        make_many()
        inputs.write_key(key)

    return [
        Cell(
            name="read-20k",
            ours=beside("reads.py", "digest", str(PASSES), str(many)),
            peer=code(LOOP, str(many), str(PASSES)),
            at_most=0.45,
            prepare=make_many,
        ),
        Cell(
            name="digest-20k",
            ours=weighbridge("digest", str(many)),
            peer=code(LOOP, str(many), "1"),
            at_most=0.6,
            prepare=make_many,
        ),
        Cell(
            name="digest-20k-model-signing",
            ours=weighbridge("digest", str(many)),
            peer=Command((signing, "sign", "key", *to_sign)),
            at_most=0.2,
            prepare=make_many_and_key,
        ),
    ]


def one_release(folder: Path) -> list[Measured]:
    """List the cells of a release of one safetensors file, and of one twice its size."""
    manifest = folder / "release" / "release.yaml"
    model, larger = manifest.with_name(MODEL), folder / "larger" / MODEL
    make_release = partial(inputs.write_release, manifest, MODEL, size=2 * GIB, tensors=TENSORS)

    def warm() -> None:
        make_release()
        inputs.warm(manifest, MODEL)

    return [
        # In CPU seconds, those of its start included.
        Cell(
            name="check-cached-2g",
            ours=weighbridge("check", str(manifest), exits=VERDICTS),
            at_most=0.3,
            prepare=warm,
        ),
        # Digest, format and the digest of every tensor beside the first of these alone.
        Cell(
            name="scan-2g",
            ours=beside("reads.py", "examine", "1", str(model)),
            peer=beside("reads.py", "digest", "1", str(model)),
            at_most=1.2,
            prepare=make_release,
        ),
        Memory(
            name="memory-4g",
            ours=beside("reads.py", "examine", "1", str(larger)),
            peer=beside("reads.py", "examine", "0", str(larger)),
            at_most=64,
            prepare=partial(inputs.write_tensors, larger, size=4 * GIB, tensors=TENSORS),
        ),
    ]
