"""What cosign writes that is no statement by a bare key or an identity, and what to do instead.

`cosign sign-blob` signs the bytes of a file: a signature without a word. Nothing follows from it
about a release, so it is no evidence here. `cosign attest-blob` signs a statement; by a key, it
adds an entry of a public log unless it is told not to, which nobody here could judge.

Sources: sigstore/protobuf-specs, sigstore_bundle.proto; sigstore/cosign, pkg/cosign/bundle.
"""

from __future__ import annotations

from dataclasses import dataclass

from weighbridge.model.canonical import NotCanonicalError, read_json

_ATTEST = "cosign attest-blob --new-bundle-format --predicate FILE --type URI --bundle OUT ARTIFACT"
_VERIFY = "weighbridge verify PATH --bundle FILE"
_FORMER = "base64Signature"
_UNPACK = f"jq -r .{_FORMER} FILE | base64 -d"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoStatement:
    """Something cosign wrote that cannot be taken in.

    Attributes:
        why: What it is.
        ways: What would do.
    """

    why: str
    ways: tuple[str, ...]


def no_statement(data: bytes) -> NoStatement | None:
    """Tell what cosign wrote, if it is something that cannot be taken in as it is."""
    try:
        tree = read_json(data)
    except NotCanonicalError:
        return None
    if not isinstance(tree, dict):
        return None
    if "messageSignature" in tree:
        return NoStatement(
            why="it signs the bytes of a file, and says nothing of them",
            ways=(
                f"have a statement about the file signed: {_ATTEST}",
                f"or sign the model as such, and hold it against that: {_VERIFY}",
            ),
        )
    if _FORMER in tree:
        return NoStatement(
            why="it is in cosign's former format",
            ways=(
                f"have it made in the format of today: {_ATTEST}",
                f"if a key made it by attest-blob, give the envelope that is in it: {_UNPACK}",
            ),
        )
    material = tree.get("verificationMaterial")
    if isinstance(material, dict) and "publicKey" in material and material.get("tlogEntries"):
        return NoStatement(
            why="a key made it, and an entry of a public log is beside it",
            ways=(
                "give the envelope alone, which the key has signed: jq .dsseEnvelope FILE",
                "or leave the entry out: cosign attest-blob --tlog-upload=false …",
            ),
        )
    return None
