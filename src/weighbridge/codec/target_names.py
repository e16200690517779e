"""Targets written as one word, for use without a manifest: `linux-x86_64-glibc2.28-py3.11`."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.errors import UsageError
from weighbridge.model.release.compatibility import Target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FORMS: Final = (
    "linux-x86_64-glibc2.28-py3.12",
    "linux-aarch64-musl1.2-py3.12",
    "macos14-arm64-py3.13t",
    "windows-x86_64-pypy3.11",
    "linux-x86_64-glibc2.28-py3.12-cuda12.4-driver550.54-cc9.0",
)
"""A word of each form."""

PLATFORMS: Final = (
    "linux-x86_64-glibc2.28",
    "linux-aarch64-glibc2.28",
    "linux-x86_64-musl1.2",
    "macos14-arm64",
    "windows-x86_64",
)
"""What is asked about where nobody says what: each with one Python."""

_ARCHES: Final[Mapping[str, Mapping[str, str]]] = {
    "linux": {
        "x86_64": "x86_64",
        "aarch64": "aarch64",
        "armv7l": "armv7l",
        "i686": "i686",
        "ppc64le": "ppc64le",
        "riscv64": "riscv64",
        "s390x": "s390x",
    },
    "macos": {"arm64": "aarch64", "x86_64": "x86_64"},
    "windows": {"x86_64": "x86_64", "arm64": "aarch64", "i686": "i686"},
}
_ALIASES: Final = {"amd64": "x86_64", "x64": "x86_64", "arm64": "aarch64", "aarch64": "arm64"}
_SYSTEM: Final = re.compile(r"(?P<word>[a-z]+)(?P<version>[0-9]{1,3}(?:\.[0-9]{1,3})?)?", re.ASCII)
_LIBC: Final = re.compile(r"(?P<word>glibc|musl)(?P<version>[0-9]{1,2}\.[0-9]{1,3})", re.ASCII)
_PYTHON: Final = re.compile(
    r"(?P<word>py|pypy)(?P<version>3\.[0-9]{1,3}(?:\.[0-9]{1,3})?t?)", re.ASCII
)
_CUDA: Final = re.compile(
    r"(?P<word>cuda|driver)(?P<version>[0-9]{1,4}(?:\.[0-9]{1,4}){0,3})"
    r"|cc(?P<capability>[0-9]{1,2}\.[0-9])",
    re.ASCII,
)
_NUMBERED: Final = re.compile(r"([a-z]*)(.*)", re.ASCII | re.DOTALL)
_LONGEST: Final = 100


def read_target(word: str) -> Target:
    """Read a target written as one word.

    Raises:
        UsageError: It is none; the help says what was probably meant.
    """
    parts = word.split("-") if len(word) <= _LONGEST else [""]
    cuda = _cuda(parts)
    found = _SYSTEM.fullmatch(parts[0])
    os = found["word"] if found else ""
    if found is None or os not in _ARCHES:
        raise _wrong(word, parts, 0, list(_ARCHES), "a system")
    version = found["version"]
    if os == "macos" and version is None:
        raise _fault(word, "macOS needs its version", word.replace("macos", "macos14", 1))
    if os == "linux" and version is not None:
        raise _fault(word, "Linux is told by its C library", word.replace(parts[0], "linux", 1))
    wanted = ["a processor", *(["a C library"] if os == "linux" else []), "a Python"]
    if len(parts) != 1 + len(wanted):
        raise _fault(word, f"after {parts[0]} come {' and '.join(wanted)}", "")
    if parts[1] not in _ARCHES[os]:
        raise _wrong(word, parts, 1, list(_ARCHES[os]), "a processor")
    values: dict[str, Any] = {"name": word, "os": os, "arch": _ARCHES[os][parts[1]]}
    if version is not None:
        values["osVersion"] = version
    if os == "linux":
        libc = _LIBC.fullmatch(parts[2])
        if libc is None:
            raise _wrong(word, parts, 2, ["glibc", "musl"], "a C library and its version")
        values |= {"libc": libc["word"], "libcVersion": libc["version"]}
    python = _PYTHON.fullmatch(parts[-1])
    if python is None:
        last = len(parts) - 1
        raise _wrong(word, parts, last, ["py", "pypy"], "a Python such as py3.12 or py3.13t")
    implementation = {"py": "cpython", "pypy": "pypy"}[python["word"]]
    return Target.model_validate(
        values | cuda | {"python": python["version"], "implementation": implementation}
    )


def _cuda(parts: list[str]) -> dict[str, Any]:
    """Take what is said of CUDA from the end of a word: `-cuda12.4-driver550.54-cc9.0`."""
    stated: dict[str, Any] = {}
    while found := _CUDA.fullmatch(parts[-1]):
        key, version = found["word"] or "cc", found["version"] or found["capability"]
        parts.pop()
        if key == "cc":
            stated.setdefault("computeCapability", []).insert(0, version)
        else:
            stated[{"cuda": "toolkit"}.get(key, key)] = version
    return {"cuda": stated} if stated else {}


def default_targets(python: str) -> list[Target]:
    """Make the targets that are asked about where nobody says what.

    Args:
        python: The Python they have, such as `3.12`.
    """
    return [read_target(f"{platform}-py{python}") for platform in PLATFORMS]


def closest(word: str, known: Sequence[str]) -> list[str]:
    """Say which known name was probably meant, as help."""
    found = difflib.get_close_matches(word[:_LONGEST], known, n=1)
    return [f"did you mean `{one}`?" for one in found]


def _wrong(
    word: str, parts: Sequence[str], index: int, known: Sequence[str], wanted: str
) -> UsageError:
    part = parts[index]
    letters, rest = part, ""
    if index != 1:
        found = _NUMBERED.fullmatch(part.lower())
        letters, rest = (found[1], found[2]) if found else ("", "")
    meant = [_ALIASES[letters]] if _ALIASES.get(letters) in known else []
    meant = meant or difflib.get_close_matches(letters, known, n=1, cutoff=0.5)
    better = ""
    if meant and meant[0] + rest != part:
        better = "-".join([*parts[:index], meant[0] + rest, *parts[index + 1 :]])
    return _fault(word, f"{part or 'nothing'} is not {wanted}", better)


def _fault(word: str, problem: str, better: str) -> UsageError:
    shown = word[:_LONGEST]
    advice = [f"did you mean `{better}`?"] if better else []
    return UsageError(
        f"{shown} is not a target: {problem}",
        help=[*advice, f"targets are written like {', '.join(FORMS)}"],
    )
