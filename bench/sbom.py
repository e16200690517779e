"""What a bill of materials costs: `python bench/sbom.py write|validate COUNT`.

`write` makes the bill of a lock of COUNT packages, seven wheels each, writes it as CycloneDX and
judges it by what no schema sees; `validate` also holds it against the schema. Nothing may be found
in it. The schema's validator is imported within the measurement.
"""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a plain file

from bench.commands import beside
from bench.measure import Cell
from weighbridge.adapters.sbom.schema import schema_faults
from weighbridge.codec.sbom import cyclonedx as judging
from weighbridge.codec.sbom.against import against_lock
from weighbridge.model.lock import Edge, Lock, LockedFile, Pin
from weighbridge.packing.sbom.cyclonedx import cyclonedx, sbom_text
from weighbridge.packing.sbom.locked import lock_bill, locked

WHEELS = 7
EDGES = 3
PACKAGES = 400


def lock(count: int) -> Lock:
    """Make a lock as large as those of machine learning are."""
    return Lock(
        format="pylock",
        pins=tuple(_pin(number, count) for number in range(count)),
        names_files=True,
        records_edges=True,
    )


def _pin(number: int, count: int) -> Pin:
    name, version = f"package-{number:04d}", f"1.{number}.0"
    files = tuple(
        LockedFile(
            name=f"{name}-{version}-cp3{tag}-cp3{tag}-manylinux_2_28_x86_64.whl",
            hashes=(f"sha256:{sha256(f'{name} {tag}'.encode()).hexdigest()}",),
            url=f"https://example.com/packages/{name}/{name}-{version}-cp3{tag}.whl",
        )
        for tag in range(WHEELS)
    )
    return Pin(
        name=name,
        version=version,
        hashes=tuple(one for file in files for one in file.hashes),
        hashed=True,
        files=files,
        edges=tuple(
            Edge(name=f"package-{other:04d}")
            for other in range(number + 1, min(count, number + 1 + EDGES))
        ),
    )


def main(kind: str, count: int) -> None:
    """Write a bill, and judge it."""
    pins = lock(count)
    licences = {(pin.name, pin.version or ""): "Apache-2.0" for pin in pins.pins}
    bill = lock_bill("pylock.toml", f"sha256:{'a' * 64}", locked(pins, licences), "0")
    document = cyclonedx(bill)
    sbom_text(document)
    found: list[object] = [*judging.inconsistencies(document)]
    found.extend(against_lock(judging.components(document), pins))
    if kind == "validate":
        found.extend(schema_faults(document))
    if found:
        raise SystemExit(f"{len(found)} faults, {found[0]} among them")


def cells() -> list[Cell]:
    """Return what is wanted of a bill of 400 components: 1 CPU second, written and validated."""
    return [
        Cell(name="sbom-400", ours=beside("sbom.py", "validate", str(PACKAGES)), at_most=1.0),
        Cell(name="sbom-400-write", ours=beside("sbom.py", "write", str(PACKAGES)), at_most=0.5),
    ]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
