"""CUDA: drivers and toolkits, toolkits and compute capabilities.

NVIDIA's release notes name the driver each toolkit came with; a driver of that version or newer
runs whatever the toolkit built. The first release of a toolkit counts, since its updates build the
same PTX. From the major's own floor on a driver runs it too, but compiles no PTX of a newer minor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.model.compatibility_data import Kind, Row
from weighbridge.rules.compatibility.tables.making import FOR_HALF_A_YEAR, Source, series, words

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOTES: Final = Source(
    url="https://docs.nvidia.com/cuda/cuda-toolkit-release-notes/index.html",
    until=FOR_HALF_A_YEAR,
)
_RUBIN: Final = Source(
    url="https://github.com/NVIDIA/cutlass/releases/tag/v4.8.0dev",
    until=FOR_HALF_A_YEAR,
    confidence="medium",
)
_CAPABILITIES: Final = Source(
    url="https://github.com/llvm/llvm-project/blob/main/llvm/include/llvm/TargetParser/"
    "NVPTXTargetParser.def",
)
_ENDED: Final = Source(
    url="https://github.com/NixOS/nixpkgs/blob/master/pkgs/development/cuda-modules/_cuda/db/"
    "bootstrap/cuda.nix",
)
"""Of those that a toolkit dropped; the other table does not say so of all."""

# Toolkit, driver on Linux, driver on Windows. Since 13.1 none comes with it on Windows.
_DRIVERS: Final = """
11.0 450.51.05 451.48
11.1 455.23    456.38
11.2 460.27.03 460.82
11.3 465.19.01 465.89
11.4 470.42.01 471.11
11.5 495.29.05 496.04
11.6 510.39.01 511.23
11.7 515.43.04 516.01
11.8 520.61.05 520.06
12.0 525.60.13 527.41
12.1 530.30.02 531.14
12.2 535.54.03 536.25
12.3 545.23.06 545.84
12.4 550.54.14 551.61
12.5 555.42.02 555.85
12.6 560.28.03 560.76
12.8 570.26    570.65
12.9 575.51.03 576.02
13.0 580.65.06 -
13.1 590.44.01 -
13.2 595.45.04 -
13.3 610.43.02 -
13.4 615       -
"""

_ELSEWHERE: Final = {
    "13.3": Source(url=_NOTES.url, until=FOR_HALF_A_YEAR, confidence="medium"),
    "13.4": _RUBIN,
}
"""Toolkits whose release notes nobody here read: 13.3's driver is in the name of its installer, and
of 13.4 CUTLASS says which branch came with it."""

_FLOORS: Final = """
11 450.80.02 452.39
12 525.60.13 527.41
13 580       580
"""

# Compute capability, first toolkit, last toolkit; `j` for those of Jetson modules alone.
_TOOLKITS: Final = """
3.5   10.0 11.8
3.7   10.0 11.8
5.0   10.0 12.9
5.2   10.0 12.9
6.0   10.0 12.9
6.1   10.0 12.9
7.0   10.0 12.9
7.2   10.0 12.2 j
7.5   10.0 -
8.0   11.0 -
8.6   11.1 -
8.7   11.4 -    j
8.9   11.8 -
9.0   11.8 -
9.0a  12.0 -
10.0  12.8 -
10.0a 12.8 -
10.0f 12.9 -
10.1  12.8 12.9 j
10.1a 12.8 12.9 j
10.1f 12.9 12.9 j
10.3  12.9 -
10.3a 12.9 -
10.3f 12.9 -
10.7  13.4 -
10.7a 13.4 -
10.7f 13.4 -
11.0  13.0 -    j
11.0a 13.0 -    j
11.0f 13.0 -    j
12.0  12.8 -
12.0a 12.8 -
12.0f 12.9 -
12.1  12.9 -
12.1a 12.9 -
12.1f 12.9 -
"""

JETSON: Final = "linux-aarch64"
"""Where the compute capabilities of Jetson modules are."""

_SASS: Final = (
    "the code has SASS for the GPU: below the toolkit's own driver nothing is compiled from PTX"
)


def rows() -> Iterator[Row]:
    """Make the rows."""
    for kind, lines, condition in (
        (Kind.DRIVER, _DRIVERS, ""),
        (Kind.DRIVER_MINOR, _FLOORS, _SASS),
    ):
        for toolkit, *drivers in words(lines):
            for platform, driver in zip(("linux", "windows"), drivers, strict=True):
                if driver != "-":
                    yield _ELSEWHERE.get(toolkit, _NOTES).row(
                        kind,
                        f"{toolkit}/{platform}",
                        "cuda",
                        series(toolkit),
                        f">={driver}",
                        platform=platform,
                        inside="if" if condition else "yes",
                        outside="no" if condition else "unknown",
                        condition=condition,
                    )
    for capability, first, last, *jetson in words(_TOOLKITS):
        end = "" if last == "-" else f",<={last}"
        yield (_ENDED if end else _CAPABILITIES).row(
            Kind.CAPABILITY,
            capability,
            capability,
            "",
            f">={first}{end}",
            platform=JETSON if jetson else "",
        )
