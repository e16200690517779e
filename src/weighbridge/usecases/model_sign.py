"""`sign PATH --format oms`: sign a model for others, who need no registry of ours."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model.errors import Fault, KeyFileError, UnsignableError
from weighbridge.model.fact import PathProblem, Unavailable
from weighbridge.seal.dsse import EnvelopeError, pre_authentication_encoding
from weighbridge.seal.keys import UnusableKeyError
from weighbridge.seal.oms.bundle import write_model_bundle
from weighbridge.seal.oms.keys import read_model_key
from weighbridge.seal.oms.manifest import Manifest, write_manifest
from weighbridge.seal.oms.matching import SeenFile, path_problem
from weighbridge.seal.oms.names import LEFT_OUT
from weighbridge.seal.statement import StatementError
from weighbridge.usecases.model_files import find_files, read_files, record_places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.model.ports import Progress, Signer
    from weighbridge.seal.oms.keys import ModelKey
    from weighbridge.seal.oms.manifest import Method
    from weighbridge.seal.oms.matching import Seen
    from weighbridge.usecases.model_files import Found, Model, Readers


def model_statement(
    model: Model,
    method: Method,
    *,
    output: str | None = None,
    readers: Readers,
    progress: Progress,
) -> tuple[bytes, Found]:
    """Read a model and write the statement that signs it.

    Args:
        model: The model.
        method: How its files become resources, and which are left out on purpose.
        output: Where in the model the bundle will lie, if it will lie in it.
        readers: Makes who reads files, by the digest.
        progress: Who watches.

    Returns:
        The statement, and what lies in the model.

    Raises:
        UnsignableError: It has no file, or one that cannot be signed; each is named.
    """
    if model.is_link and not method.allow_symlinks:
        raise UnsignableError.from_faults(_faults([PathProblem(path=model.shown, kind="link")]))
    own = () if output is None else (output,)
    ignored = (*method.ignore_paths, *own)
    found = find_files(model, follow=method.allow_symlinks, ignored=ignored)
    if found.problems:
        raise UnsignableError.from_faults(_faults(found.problems))
    seen = read_files(model, found.paths, method, readers=readers, progress=progress)
    files = _readable(seen, follow=method.allow_symlinks)
    manifest = Manifest(
        name=model.name,
        method=_recorded(method, ignored, is_folder=not model.file),
        files={path: one.digests for path, one in files.items()},
        sizes={path: one.size for path, one in files.items()},
        record=record_places(model, found, readers),
    )
    try:
        return write_manifest(manifest), found
    except StatementError as error:
        help_ = ["name a folder with files, or leave out less"]
        raise UnsignableError(f"{model.shown}: {error}", help=help_) from error


def sign_model(payload: bytes, signer: Signer, *, certificates: Sequence[bytes] = ()) -> bytes:
    """Sign a statement about a model and return the bundle.

    Args:
        payload: The statement.
        signer: Who signs.
        certificates: The signer's certificate and those above it, DER; none for a bare key.

    Raises:
        KeyFileError: The key cannot sign models.
        UnsignableError: The bundle would be too large to be read.
    """
    key = signing_key(signer.spki)
    signature = signer.sign(pre_authentication_encoding(payload))
    try:
        return write_model_bundle(
            payload, signature=signature, hint=key.hint, certificates=certificates
        )
    except EnvelopeError as error:
        raise UnsignableError(str(error), help=["sign parts of it, or larger shards"]) from error


def signing_key(spki: bytes) -> ModelKey:
    """Read the public half of a key that is to sign models.

    Args:
        spki: Its SubjectPublicKeyInfo.

    Raises:
        KeyFileError: It is of an algorithm that OMS has not.
    """
    try:
        return read_model_key(spki)
    except UnusableKeyError as error:
        raise KeyFileError(
            str(error),
            wanted="ECDSA on P-256, P-384 or P-521: OMS v1.0 knows no other key, no Ed25519",
            help=["openssl ecparam -name prime256v1 -genkey -noout -out key.pem"],
        ) from error


def _recorded(method: Method, ignored: Sequence[str], *, is_folder: bool) -> Method:
    """Record what is left out, as OMS 6.2 wants it; of a single file nothing can be."""
    places = {*LEFT_OUT, *ignored} if is_folder else set()
    return replace(method, ignore_paths=tuple(sorted(places)))


def _readable(seen: dict[str, Seen], *, follow: bool) -> dict[str, SeenFile]:
    """Take what was read, if that is all of it, and nothing became a link meanwhile."""
    files: dict[str, SeenFile] = {}
    wrong: dict[str, Seen] = {}
    for path, one in seen.items():
        if not isinstance(one, SeenFile):
            wrong[path] = one
        elif one.link is not None and not follow:
            wrong[path] = PathProblem(path=path, kind="link", target=one.link)
        else:
            files[path] = one
    if wrong:
        raise UnsignableError.from_faults(_unread(wrong))
    return files


def _unread(wrong: Mapping[str, Seen]) -> Iterator[Fault]:
    for path, one in sorted(wrong.items()):
        if isinstance(one, PathProblem):
            yield from _faults([one])
        elif isinstance(one, Unavailable):
            help_ = (one.hint,) if one.hint else ()
            yield Fault(UnsignableError.code, f"{path}: {one.reason}", help=help_)


def _faults(problems: Sequence[PathProblem]) -> Iterator[Fault]:
    for one in problems:
        problem = path_problem(one)
        if one.kind == "link":
            help_: tuple[str, ...] = ("follow links inside the model: --allow-symlinks",)
        else:
            help_ = (f"leave it out on purpose: --ignore-paths {one.path}",)
        yield Fault(
            UnsignableError.code,
            f"{problem.subject}: {problem.message}",
            seen=problem.seen,
            help=(*problem.remediation, *help_),
        )
