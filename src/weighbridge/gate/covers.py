"""What a finding is about, so that who answers for it answers for that and for nothing else.

A threat is a name in the bytes of a file. Any other finding is about something with a digest (an
artifact, a lock, an image), else about the release as a whole; in there it has a subject, a place
and what was seen. Whatever of these is another makes it another finding.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.location import pointer, pointer_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.gate.case import Waiver

NEVER: Final = frozenset(
    {
        "DEP003",
        "DEP006",
        "GOV002",
        "GOV003",
        "GOV005",
        "INT001",
        "INT002",
        "INT003",
        "INT005",
        "INT006",
        "INT009",
        "INT011",
        "INT013",
    }
)
"""Rules nobody waives, whatever a policy says. That bytes are not those that were sealed, signed or
installed (INT, DEP003): nobody knows then what he answers for. That a package is known to do harm
(DEP006). And what the gate asks of people (GOV): one would answer for himself."""

WAIVED = "waived"
"""The verdict of a finding somebody answers for, as a decision tells it."""

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
_NAMED = ("name", "digest")


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Covered:
    """What a waiver is for, exactly.

    Attributes:
        digest: Digest of what the finding is in: a file, a lock, an image, or the release.
        name: Of a threat, the global or what else is to be answered for; empty for the file.
        subject: What a finding says it is about; empty for a threat.
        pointer: Where in that the finding is (RFC 6901), or empty.
        seen: What the finding says is there.
    """

    digest: str
    name: str = ""
    subject: str = ""
    pointer: str = ""
    seen: str = ""

    @property
    def paper(self) -> dict[str, str]:
        """How it is written into what is signed."""
        if not self.subject:
            return {"file": self.digest, "global": self.name}
        return {
            "digest": self.digest,
            "pointer": self.pointer,
            "seen": self.seen,
            "subject": self.subject,
        }

    @property
    def told(self) -> str:
        """What it is called before people."""
        return self.subject or self.name or self.digest


def read_covered(paper: Mapping[str, str]) -> Covered:
    """Read what somebody signed.

    Raises:
        KeyError: It is not in either form.
    """
    if "file" in paper:
        return Covered(digest=paper["file"], name=paper["global"])
    return Covered(**{key: paper[key] for key in ("digest", "pointer", "seen", "subject")})


class Places:
    """Knows what the findings of one report are in."""

    def __init__(
        self, manifest: Mapping[str, Any], release: str, report: Mapping[str, Any] | None = None
    ) -> None:
        """Take the sealed manifest, its digest, and the report."""
        self._manifest, self._release = manifest, release
        self._files = dict(_files(report or {}, release))

    def covered(self, finding: Mapping[str, Any]) -> Covered | None:
        """Return what a finding is about; None if nobody can answer for it."""
        code, subject = _text(finding, "code"), _text(finding, "subject")
        if finding.get("verdict") != "fail" or not code or code in NEVER:
            return None
        if finding.get("threat") is not None:
            return _threat(finding["threat"])
        if not subject:
            return None
        digest, place = self._place(finding.get("location"))
        seen = _text(finding, "seen") or _text(finding, "message")
        return Covered(digest=digest, subject=subject, pointer=place, seen=seen)

    def _place(self, location: object) -> tuple[str, str]:
        """Find the digest of what a finding is in, and where in that it is."""
        at = location if isinstance(location, dict) else {}
        place = _text(at, "pointer")
        if found := self._files.get(_text(at, "file")):
            return found, place
        return _deepest(self._manifest, place) or (self._release, place)


def answered(waivers: Iterable[Waiver]) -> str:
    """Say who answers for what was found, until when and why."""
    said = {f"{one.rule} by {one.person} until {one.expires} ({one.reason})" for one in waivers}
    return f"what it found is waived: {'; '.join(sorted(said))}"


def _threat(threat: object) -> Covered | None:
    if not isinstance(threat, dict) or threat.get("level") != "needs-review":
        return None
    file, name = threat.get("digest"), threat.get("global")
    if not isinstance(file, str) or not file or not isinstance(name, str):
        return None
    return Covered(digest=file, name=name)


def _files(report: Mapping[str, Any], release: str) -> dict[str, str]:
    """Name the files a report read, but for the manifest; of one name twice nobody knows which."""
    found: dict[str, str] = {}
    about = report.get("release")
    whole = {release, _text(about, "digest") if isinstance(about, dict) else ""}
    inputs = report.get("inputs")
    for one in inputs if isinstance(inputs, list) else ():
        name, digest = (_text(one, key) if isinstance(one, dict) else "" for key in _NAMED)
        unknown = name in found or digest in whole or not _DIGEST.fullmatch(digest)
        found[name] = "" if unknown else digest
    return found


def _deepest(manifest: Mapping[str, Any], place: str) -> tuple[str, str] | None:
    """Follow a pointer and return the last digest on its way, with the rest of the way."""
    found: tuple[str, str] | None = None
    parts = pointer_parts(place)
    tree: Any = manifest
    for index, part in enumerate(parts):
        tree = _member(tree, part)
        digest = _text(tree, "digest") if isinstance(tree, dict) else ""
        if _DIGEST.fullmatch(digest):
            found = digest, pointer(*parts[index + 1 :])
    return found


def _member(tree: object, part: str) -> object:
    if isinstance(tree, list):
        return tree[int(part)] if _INDEX.fullmatch(part) and int(part) < len(tree) else None
    return tree.get(part) if isinstance(tree, dict) else None


def _text(tree: Mapping[str, Any], name: str) -> str:
    found = tree.get(name)
    return found if isinstance(found, str) else ""
