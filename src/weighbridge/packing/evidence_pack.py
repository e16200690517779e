"""Evidence packs: the papers of one decision in one file, and an index that follows from them.

What the papers are worth is not judged here. Their names say what they are; the index adds no
word of its own and is written again, not believed.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from weighbridge.model.canonical import NotCanonicalError, canonical_bytes, read_json
from weighbridge.model.wording import some_of
from weighbridge.packing.tar import TarError, read_tar, write_tar

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA_VERSION = 2
"""The format of packs: which papers there are, and how those are written that tell of others.

Whoever changes the page or the controls map of a released version raises it: a pack is read by the
versions that write its format, and by no others, so that no paper in it goes uncompared.
"""

MEDIA_TYPE = "application/vnd.weighbridge.evidence-pack.v1+tar"
INDEX = "index.json"
MANIFEST = "manifest.json"
DECISION = "decision.json"
POLICY = "policy.json"
ENVIRONMENT = "environment.json"
TRUST = "trust.json"
OUTCOME = "outcome.json"
CHECKPOINT = "checkpoint"
REPORT = "report.html"
CONTROLS = "controls.json"

LARGEST_INDEX = 32 << 20
"""Bytes; an index of all the files an archive may hold is smaller."""

_BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
_PROOF = re.compile(r"ledger/(0|[1-9][0-9]{0,18})\.proof")
_SINGLE = {
    MANIFEST: "application/vnd.weighbridge.manifest.v1+json",
    DECISION: _BUNDLE,
    POLICY: "application/vnd.weighbridge.policy-bundle.v1+json",
    ENVIRONMENT: "application/vnd.weighbridge.environment.v1+json",
    TRUST: "application/vnd.weighbridge.trust.v1+json",
    OUTCOME: "application/vnd.weighbridge.outcome.v1+json",
    CHECKPOINT: "text/vnd.c2sp.tlog-checkpoint",
    REPORT: "text/html; charset=utf-8",
    CONTROLS: "application/vnd.weighbridge.controls.v1+json",
}
"""The papers there is one of, and what they are."""

_SEVERAL = {
    re.compile(r"evidence/[0-9a-f]{64}\.json"): _BUNDLE,
    _PROOF: "text/vnd.c2sp.tlog-proof",
    re.compile(r"(?:locks|subjects)/[0-9a-f]{64}"): "application/octet-stream",
    re.compile(
        r"roots/[0-9a-f]{64}\.json"
    ): "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    re.compile(r"rules/[0-9a-f]{64}\.json"): "application/vnd.weighbridge.rule-pack.v1+json",
    re.compile(r"serving/[0-9a-f]{64}\.json"): _SINGLE[MANIFEST],
}
"""The papers there may be several of, and what they are."""


class PackFormatError(ValueError):
    """The bytes are not an evidence pack, or no pack can be made of such papers."""


def evidence_name(digest: str) -> str:
    """Name the file of a signed bundle by its digest."""
    return f"evidence/{digest.removeprefix('sha256:')}.json"


def lock_name(digest: str) -> str:
    """Name the file of a lock the decision looked into by its digest."""
    return f"locks/{digest.removeprefix('sha256:')}"


def subjects_name(digest: str) -> str:
    """Name the file of a lock or listing in which subjects of evidence stand by its digest."""
    return f"subjects/{digest.removeprefix('sha256:')}"


def serving_name(digest: str) -> str:
    """Name the file of the manifest the decision compared with by its release digest."""
    return f"serving/{digest.removeprefix('sha256:')}.json"


def rules_name(digest: str) -> str:
    """Name the file of a rule pack the policy demands by its digest."""
    return f"rules/{digest.removeprefix('sha256:')}.json"


def root_name(digest: str) -> str:
    """Name the file of the root that keyless signatures were proven by."""
    return f"roots/{digest.removeprefix('sha256:')}.json"


def proof_name(index: int) -> str:
    """Name the file of a ledger entry and its proof."""
    return f"ledger/{index}.proof"


def proofs_in(papers: Mapping[str, bytes]) -> dict[int, bytes]:
    """List the proofs among some papers by the index their names say."""
    found = ((_PROOF.fullmatch(name), data) for name, data in papers.items())
    return {int(match[1]): data for match, data in found if match}


def write_pack(papers: Mapping[str, bytes], *, about: Mapping[str, Any]) -> bytes:
    """Pack papers with their index.

    Args:
        papers: Every paper by its name, without the index.
        about: What the pack is about: release, environment, decision; plain values.

    Raises:
        PackFormatError: A paper is missing, or is none of a pack's, or all are too large.
    """
    try:
        return write_tar({**papers, INDEX: _index(papers, about)})
    except (TarError, NotCanonicalError) as error:
        raise PackFormatError(f"they cannot be packed: {error}") from error


def read_pack(data: bytes) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Read a pack: its papers by name, and what its index says it is about.

    Raises:
        PackFormatError: It is not one, byte for byte.
    """
    try:
        papers = read_tar(data)
        index = papers.pop(INDEX)
        if len(index) > LARGEST_INDEX:
            raise PackFormatError(f"its index is larger than {LARGEST_INDEX} bytes")
        said = read_json(index)
        about: dict[str, Any] = said["about"]
        _check_format(said.get("schemaVersion"))
        wanted = _index(papers, about)
    except KeyError as error:
        raise PackFormatError(f"it has no {error.args[0]}") from error
    except (TarError, TypeError, NotCanonicalError) as error:
        raise PackFormatError(str(error)) from error
    if wanted != index:
        raise PackFormatError(f"its index is not that of its files{_where(said, wanted)}")
    return papers, about


def _check_format(seen: object) -> None:
    """Refuse a format this version does not write: it could not tell what follows from what."""
    if type(seen) is int and seen != SCHEMA_VERSION:
        older = seen < SCHEMA_VERSION
        what = "verify it with the version that made it" if older else "upgrade weighbridge"
        raise PackFormatError(f"it is of format {seen}, this is {SCHEMA_VERSION}: {what}")


def _where(said: Mapping[str, Any], wanted: bytes) -> str:
    """Name the files an index says something else of than follows from them."""
    files, found = said.get("files"), read_json(wanted)["files"]
    if not isinstance(files, list):
        return ""
    wrong = [str(file["path"]) for file in found if file not in files]
    return f": {some_of(wrong)}" if wrong else ""


def _index(papers: Mapping[str, bytes], about: Mapping[str, Any]) -> bytes:
    if missing := sorted(_SINGLE.keys() - papers.keys()):
        raise PackFormatError(f"{', '.join(missing)} is missing")
    files = [
        {
            "mediaType": _media_type(name),
            "path": name,
            "sha256": sha256(data).hexdigest(),
            "size": len(data),
        }
        for name, data in sorted(papers.items())
    ]
    tree = {
        "about": about,
        "files": files,
        "mediaType": MEDIA_TYPE,
        "schemaVersion": SCHEMA_VERSION,
    }
    return canonical_bytes(tree)


def _media_type(name: str) -> str:
    if name in _SINGLE:
        return _SINGLE[name]
    for form, media_type in _SEVERAL.items():
        if form.fullmatch(name):
            return media_type
    raise PackFormatError(f"{name} is no paper of an evidence pack")
