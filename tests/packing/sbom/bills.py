"""Bills of the manifest that says everything, and of a lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.codec.samples import WHOLE
from weighbridge.codec.manifest import read_release
from weighbridge.codec.resolved import resolved
from weighbridge.model.listing import ListingEntry
from weighbridge.model.lock import Edge, Lock, LockedFile, Pin
from weighbridge.packing.sbom.release import Observed, release_bill

if TYPE_CHECKING:
    from weighbridge.model.bill import Bill

RELEASE = f"sha256:{'1' * 64}"
TEMPLATE = f"sha256:{'2' * 64}"


def digest(letter: str) -> str:
    return f"sha256:{letter * 64}"


def wheel(name: str, letter: str) -> LockedFile:
    url = f"https://example.com/{name}"
    return LockedFile(name=name, hashes=(digest(letter),), url=url)


LOCK = Lock(
    format="pylock",
    pins=(
        Pin(
            name="pandas",
            version="2.2.0",
            hashes=(digest("b"), digest("a")),
            files=(wheel("pandas-2.whl", "b"), wheel("pandas-1.whl", "a")),
            edges=(Edge(name="numpy", version="2.1.0"), Edge(name="elsewhere")),
        ),
        Pin(name="numpy", version="2.1.0", hashes=(digest("c"),)),
        Pin(
            name="numpy", version="2.1.0", hashes=(digest("d"),), index="https://own.example.com/i"
        ),
        Pin(name="own", version="1.0", source="editable", reference="."),
        Pin(name="forked", version="1.0", source="git", reference="git+https://e.com/f@abc"),
        Pin(name="fetched", version="1.0+cu117", source="url", reference="https://e.com/f.whl"),
        Pin(name="extra", version="1.0", groups=("gpu",), marker="sys_platform == 'linux'"),
        Pin(name="-r other.txt", version=None, source="include"),
        Pin(name="weak", version="1.0", hashes=("md5:no", "md5:" + "0" * 32)),
    ),
    roots=("pandas", "own"),
    names_files=True,
    records_edges=True,
)
DEV = Lock(
    format="pylock",
    pins=(
        Pin(name="pytest", version="8.0.0", edges=(Edge(name="numpy"),)),
        Pin(name="numpy", version="2.1.0"),
    ),
)
LICENCES = {("pandas", "2.2.0"): "BSD-3-Clause", ("numpy", "1.0.0"): "MIT"}


def tree(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - parts of `metadata`
    """Read the manifest that says everything."""
    found = resolved(read_release(WHOLE.encode(), "release.yaml")[0])
    found["metadata"].update(changes)
    return found


def whole(*, files: int = 2) -> Bill:
    """Make the bill of the manifest that says everything."""
    known = tree()
    path = known["spec"]["artifacts"][0]["path"]
    entries = [
        ListingEntry(path=f"{number}.bin", size=1, digest=digest("e")) for number in range(files)
    ]
    seen = Observed(
        digest=RELEASE,
        runtime=LOCK,
        others=(DEV,),
        licences=LICENCES,
        listings={path: entries},
        templates={path: [("tokenizer.chat_template", TEMPLATE)]},
    )
    return release_bill(known, seen, version="1.2.3")
