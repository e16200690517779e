"""The list of files an OMS statement signs: written, and read strictly.

A name stands once, in its one spelling; byte ranges cover each file without gap; the root digest
is that of the list. Members this version of OMS does not know are passed over, as it demands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from weighbridge.model.canonical import NotCanonicalError, canonical_bytes, read_json
from weighbridge.seal.oms.names import (
    DIGITS,
    HASH_TYPES,
    WHOLE,
    HashType,
    hash_type,
    is_path,
    plain_path,
    range_name,
    ranges,
    read_range,
)
from weighbridge.seal.statement import STATEMENT_TYPE, StatementError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PREDICATE = "https://model_signing/signature/v1.0"
HISTORIC = "https://model_signing/Digests/v0.1"
"""What v0.2 of the reference called a predicate of nothing: its subjects are the files."""

RECORD = "https://weighbridge.dev/oms/left-out/v1"
"""Our annotation on the first resource: what lay where OMS does not look, when it was signed."""

_HEX = re.compile("[0-9a-f]+")
_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How files become resources (OMS 5.2.2).

    Attributes:
        hash_type: The digest of each.
        shard_size: Bytes of each range a file is cut into; 0 if it stays whole.
        allow_symlinks: Whether symbolic links were followed.
        ignore_paths: What was left out, by path; what is below it, too.
    """

    hash_type: HashType = "sha256"
    shard_size: int = 0
    allow_symlinks: bool = False
    ignore_paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What was signed of a model.

    Attributes:
        name: What the signer called it; nothing depends on it.
        method: How its files became resources.
        files: The digests of each file: one, or one a byte range; by path.
        sizes: The size of each file in bytes, where byte ranges tell it.
        root: The digest over all digests, `sha256:` and 64 digits. File names are not in it.
        record: Digest of what lay in each place OMS leaves out, if the signer recorded it.
    """

    name: str
    method: Method
    files: Mapping[str, tuple[str, ...]]
    sizes: Mapping[str, int] = field(default_factory=dict)
    root: str = ""
    record: Mapping[str, str] = field(default_factory=dict)


def write_manifest(manifest: Manifest) -> bytes:
    """Write the statement that signs a model (OMS 6.4 to 6.6), as canonical JSON.

    Raises:
        StatementError: It signs no file, or cannot be written.
    """
    named = sorted(_resources(manifest))
    if not named:
        raise StatementError("the model has no file to sign")
    method, algorithm = manifest.method, manifest.method.hash_type
    resources: list[dict[str, Any]] = [
        {"name": name, "algorithm": algorithm, "digest": digest} for name, digest in named
    ]
    if manifest.record:
        resources[0]["annotations"] = {RECORD: dict(manifest.record)}
    serialization = {
        "method": "shards" if method.shard_size else "files",
        "hash_type": algorithm,
        "allow_symlinks": method.allow_symlinks,
        **({"shard_size": method.shard_size} if method.shard_size else {}),
        **({"ignore_paths": list(method.ignore_paths)} if method.ignore_paths else {}),
    }
    root = root_digest(digest for _, digest in named)
    tree = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": manifest.name, "digest": {"sha256": root}}],
        "predicateType": PREDICATE,
        "predicate": {"resources": resources, "serialization": serialization},
    }
    try:
        return canonical_bytes(tree)
    except NotCanonicalError as error:
        raise StatementError(f"the statement cannot be written: {error}") from error


def root_digest(digests: Iterable[str]) -> str:
    """Digest the digests of all resources, in their order (OMS 6.5.1): 64 digits."""
    return sha256(bytes.fromhex("".join(digests))).hexdigest()


def read_manifest(payload: bytes) -> Manifest:
    """Read a statement that signs a model.

    Raises:
        StatementError: It is none, or contradicts itself.
    """
    try:
        # The reference writes numbers as doubles: `1000.0`.
        tree = read_json(payload, decimals=True)
    except NotCanonicalError as error:
        raise StatementError(f"the statement cannot be read: {error}") from error
    statement = _mapping(tree, "the statement")
    if statement.get("_type") != STATEMENT_TYPE:
        raise StatementError(f"the statement's type is not {STATEMENT_TYPE}")
    subjects = _list(statement.get("subject"), "the statement's list of subjects")
    kind = statement.get("predicateType")
    if kind == HISTORIC:
        return _historic(subjects)
    if kind != PREDICATE:
        raise StatementError(f"the statement's predicate is of another type than {PREDICATE}")
    return _current(subjects, _mapping(statement.get("predicate"), "the predicate"))


def _resources(manifest: Manifest) -> Iterable[tuple[str, str]]:
    """Name and digest of each resource of a model."""
    shard_size = manifest.method.shard_size
    for path, digests in manifest.files.items():
        if not shard_size:
            yield path, digests[0]
            continue
        cut = ranges(manifest.sizes[path], shard_size)
        for (start, end), digest in zip(cut, digests, strict=True):
            yield range_name(path, start, end), digest


def _current(subjects: list[object], predicate: dict[str, Any]) -> Manifest:
    if len(subjects) != 1:
        raise StatementError("the statement has not exactly one subject")
    name, root = _subject(subjects[0])
    method = _method(_mapping(predicate.get("serialization"), "the serialization"))
    items = _list(predicate.get("resources"), "the list of resources")
    named = _once(_resources_of(items, method))
    # The reference sorts by the parts of paths where the spec sorts by their text.
    if root not in {root_digest(named.values()), root_digest(named[key] for key in sorted(named))}:
        raise StatementError("the root digest is not that of the resources")
    if method.shard_size:
        files, sizes = _whole(named, method.shard_size)
    else:
        files, sizes = {path: (digest,) for path, digest in named.items()}, {}
        _check_paths(files)
    return Manifest(
        name=name,
        method=method,
        files=files,
        sizes=sizes,
        root=f"sha256:{root}",
        record=_record(items[0]),
    )


def _historic(subjects: list[object]) -> Manifest:
    """Read the subjects of v0.2: a file each, with a remark on how it was hashed."""
    listed = []
    for subject in subjects:
        listed.append(_subject(subject))
        remarks = _mapping(subject, "a subject").get("annotations", {})
        how = _mapping(remarks, "the annotations").get("actual_hash_algorithm", "file-sha256")
        if how != "file-sha256":
            raise StatementError("only whole files with sha256 are read of v0.2")
    named = _once(listed)
    files = {path: (digest,) for path, digest in named.items()}
    _check_paths(files)
    root = root_digest(named.values())
    return Manifest(name="", method=Method(), files=files, root=f"sha256:{root}")


def _subject(tree: object) -> tuple[str, str]:
    subject = _mapping(tree, "a subject")
    name = _text(subject.get("name"), "a subject's name")
    digest = _mapping(subject.get("digest"), "a subject's digest").get("sha256")
    if not name or not isinstance(digest, str) or not _SHA256.fullmatch(digest):
        raise StatementError("a subject has no name or no sha256")
    return name, digest


def _method(tree: dict[str, Any]) -> Method:
    hashed, links = hash_type(tree.get("hash_type")), tree.get("allow_symlinks")
    if hashed is None:
        raise StatementError("the hash type is none of sha256, blake2b, blake3")
    if not isinstance(links, bool):
        raise StatementError("whether links are followed is not said")
    ignored = _list(tree.get("ignore_paths", []), "the list of ignored paths")
    paths = (plain_path(_text(entry, "an ignored path")) for entry in ignored)
    return Method(
        hash_type=hashed,
        shard_size=_shard_size(tree),
        allow_symlinks=links,
        ignore_paths=tuple(sorted({path for path in paths if path is not None})),
    )


def _shard_size(tree: dict[str, Any]) -> int:
    method, size = tree.get("method"), tree.get("shard_size")
    if method == "files":
        return 0
    if method != "shards":
        raise StatementError("the serialization is neither of files nor of shards")
    if isinstance(size, bool) or not isinstance(size, int | float) or size < 1 or size != int(size):
        raise StatementError("the size of the shards is no number of bytes")
    return int(size)


def _resources_of(items: list[Any], method: Method) -> list[tuple[str, str]]:
    """Read name and digest of each resource."""
    hashed, digits = method.hash_type, DIGITS[method.hash_type]
    # The reference calls the digest of a shard in a way of its own.
    called = {name for name in HASH_TYPES if HASH_TYPES[name] == hashed}
    called |= {f"{name}-sharded-{method.shard_size}" for name in called}
    found = []
    for item in items:
        resource = _mapping(item, "a resource")
        name, digest = resource.get("name"), resource.get("digest")
        algorithm = resource.get("algorithm")
        if not isinstance(name, str):
            raise StatementError("a resource's name is not text")
        if not isinstance(algorithm, str) or algorithm not in called:
            raise StatementError("a resource is hashed in another way than all of them")
        if not isinstance(digest, str) or len(digest) != digits or not _HEX.fullmatch(digest):
            raise StatementError(f"the digest of {name!r} is no {hashed}")
        found.append((name, digest))
    return found


def _once(listed: list[tuple[str, str]]) -> dict[str, str]:
    if not listed:
        raise StatementError("the statement signs no file")
    named = dict(listed)
    if len(named) != len(listed):
        raise StatementError("a name stands twice")
    return named


def _check_paths(files: Mapping[str, object]) -> None:
    if len(files) == 1 and WHOLE in files:
        return
    for path in files:
        if not is_path(path):
            raise StatementError(f"{path!r} is no path in a model")


def _whole(
    named: dict[str, str], shard_size: int
) -> tuple[dict[str, tuple[str, ...]], dict[str, int]]:
    """Put the byte ranges of each file together: all of it, without gap."""
    found: dict[str, dict[tuple[int, int], str]] = {}
    for name, digest in named.items():
        read = read_range(name)
        if read is None:
            raise StatementError(f"{name!r} is no byte range of a file")
        path, start, end = read
        found.setdefault(path, {})[start, end] = digest
    _check_paths(found)
    files, sizes = {}, {}
    for path, pieces in found.items():
        size = max(end for _, end in pieces)
        # By their number first: a size that is claimed costs nothing, ranges of it do.
        if -(-size // shard_size) != len(pieces) or set(ranges(size, shard_size)) != set(pieces):
            raise StatementError(f"the byte ranges of {path!r} do not make a file")
        files[path] = tuple(pieces[piece] for piece in sorted(pieces))
        sizes[path] = size
    return files, sizes


def _record(tree: object) -> dict[str, str]:
    """Read our annotation, if it is there and is one."""
    remarks = _mapping(tree, "a resource").get("annotations")
    record = remarks.get(RECORD) if isinstance(remarks, dict) else None
    if not isinstance(record, dict):
        return {}
    return {place: said for place, said in record.items() if isinstance(said, str)}


def _mapping(tree: object, what: str) -> dict[str, Any]:
    if not isinstance(tree, dict):
        raise StatementError(f"{what} is not a mapping")
    return tree


def _list(tree: object, what: str) -> list[Any]:
    if not isinstance(tree, list):
        raise StatementError(f"{what} is not a list")
    return tree


def _text(tree: object, what: str) -> str:
    if not isinstance(tree, str):
        raise StatementError(f"{what} is not text")
    return tree
