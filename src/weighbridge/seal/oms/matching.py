"""Hold the files of a model against what was signed of them: each difference is named."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from weighbridge.model.fact import MISSING, PathProblem, Unavailable
from weighbridge.model.verification import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weighbridge.seal.oms.manifest import Manifest

NOTES = frozenset({"foreign", "not-nfc"})
"""Names other systems may spell in another way: worth a word, no reason to refuse."""

_ESCAPES = {
    "outside": "the link leads out of the model",
    "cycle": "the link leads back to itself",
    "collision": "other systems would take its name for that of another file",
    "encoding": "its name is not UTF-8",
    "foreign": "a backslash in its name divides paths on other systems",
    "not-nfc": "its name is in a form of Unicode that other systems change",
    "special": "it is neither a file nor a folder",
    "link": "it is a symbolic link, and none is followed here",
}
_RESTORE = "get the model from its signer again"
_SHOWN = 10


class SeenFile(NamedTuple):
    """A file as it was read.

    Attributes:
        digests: Hexadecimal digits of each resource the file is.
        size: Bytes.
        link: Where it leads if a symbolic link is on its way.
    """

    digests: tuple[str, ...]
    size: int
    link: str | None = None


Seen = SeenFile | PathProblem | Unavailable


def file_problems(manifest: Manifest, seen: Mapping[str, Seen]) -> Iterator[Problem]:
    """Name every signed file that is not there as it was signed.

    Args:
        manifest: What was signed.
        seen: What was read of the files it lists; those that are not there may be left out.
    """
    algorithm = manifest.method.hash_type
    for path in sorted(manifest.files):
        found, wanted = seen.get(path), manifest.files[path]
        if isinstance(found, PathProblem):
            yield path_problem(found)
        elif found is None or isinstance(found, Unavailable):
            yield _unread(path, found)
        elif found.link is not None and not manifest.method.allow_symlinks:
            yield path_problem(PathProblem(path=path, kind="link", target=found.link))
        elif found.digests != wanted:
            pairs = zip(found.digests, wanted, strict=False)
            one, other = next((pair for pair in pairs if pair[0] != pair[1]), ("", ""))
            yield Problem(
                code="INT001",
                subject=path,
                message="its bytes are not those that were signed",
                seen=f"{algorithm}:{one}",
                wanted=f"{algorithm}:{other}",
                remediation=(_RESTORE,),
            )


def unsigned_problem(path: str) -> Problem:
    """Say that a file is not among those that were signed."""
    return Problem(
        code="INT003",
        subject=path,
        message="nobody signed it",
        wanted="only files that were signed",
        remediation=("remove it", f"or leave it out on purpose: --ignore-paths {path}"),
    )


def place_problem(place: str, paths: list[str], *, recorded: bool) -> Problem:
    """Say that something lies where OMS does not look, and that no record vouches for it."""
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return Problem(
        code="INT003",
        subject=place,
        message=(
            "what lies there is not what lay there when the model was signed"
            if recorded
            else "nobody signed what lies there: the format leaves it out"
        ),
        seen=", ".join(paths[:_SHOWN]) + more,
        wanted="nothing" if not recorded else "what the signer recorded",
        remediation=("remove it", f"or leave it out on purpose: --ignore-paths {place}"),
    )


def note(path: str, message: str) -> Problem:
    """Say that a file was passed over, and why."""
    return Problem(code="INT003", subject=path, message=message)


def path_problem(problem: PathProblem) -> Problem:
    """Say why a path is not followed."""
    return Problem(
        code="INT009",
        subject=problem.path,
        message=_ESCAPES[problem.kind],
        seen=problem.target,
        remediation=("put a file of its own in its place",),
    )


def record_digest(files: Iterable[tuple[str, str]]) -> str:
    """Digest what lies in a place OMS leaves out: path and digest of each file."""
    lines = "".join(f"{digest}  {path}\0" for path, digest in sorted(files))
    return f"sha256:{sha256(lines.encode('utf-8', 'surrogateescape')).hexdigest()}"


def _unread(path: str, found: Unavailable | None) -> Problem:
    missing = found is None or found.reason == MISSING
    return Problem(
        code="INT002" if missing else "INT001",
        subject=path,
        message="it was signed and is not there" if missing or found is None else found.reason,
        remediation=(_RESTORE,) if found is None or not found.hint else (found.hint, _RESTORE),
    )
