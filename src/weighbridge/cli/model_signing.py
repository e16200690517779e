"""`sign PATH --format oms`: which key, which certificates, where the bundle goes."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cryptography.x509 import Certificate

    from weighbridge.cli.console import Session
    from weighbridge.model.ports import Signer
    from weighbridge.seal.oms.names import HashType
    from weighbridge.usecases.model_files import Found

LARGEST_CERTIFICATES = 1 << 20
"""Bytes of one file with certificates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks for.

    Attributes:
        hash_type: The digest of each file.
        shard_size: Bytes of each range; 0 for whole files.
        ignore_paths: What is left out.
        certificates: Files with certificates.
        allow_symlinks: Whether links are followed.
        key_names: Keys that were named.
        pkcs11_uri: A key on a token.
    """

    hash_type: HashType
    shard_size: int
    ignore_paths: tuple[str, ...]
    certificates: tuple[str, ...]
    allow_symlinks: bool
    key_names: tuple[str, ...]
    pkcs11_uri: str | None


def sign_for_others(session: Session, path: str, wish: Wish, *, dry_run: bool) -> None:
    """Sign a model and write the bundle, or only show what would be signed."""
    from weighbridge.seal.oms.manifest import Method
    from weighbridge.usecases.model_files import beneath, find_model, inside
    from weighbridge.usecases.model_sign import model_statement, sign_model, signing_key

    model = find_model(path, session.start)
    given = (inside(model, one, session.start) for one in wish.ignore_paths)
    method = Method(
        hash_type=wish.hash_type,
        shard_size=wish.shard_size,
        allow_symlinks=wish.allow_symlinks,
        ignore_paths=tuple(one for one in given if one is not None),
    )
    own = None
    if session.output is not None and not model.file:
        own = beneath(model, session.start / session.output)
    with contextlib.nullcontext() if dry_run else _signer(session, wish) as signer:
        chain = _chain(session, wish, signer) if signer is not None else []
        if signer is not None:
            signing_key(signer.spki)
        payload, found = model_statement(
            model,
            method,
            output=own,
            readers=lambda hash_type: session.reader(examine=False, algorithm=hash_type),
            progress=session.progress,
        )
        _tell(session, found)
        if signer is None:
            from weighbridge.cli.streams import print_result

            print_result(payload.decode() + "\n")
            session.hint("nothing was signed")
            return
        bundle = sign_model(payload, signer, certificates=chain)
    session.result(bundle.decode() + "\n")


def read_certificate_files(session: Session, files: Sequence[str]) -> list[Certificate]:
    """Read the certificates in some files.

    Raises:
        UnreadableError: A file cannot be read, or holds none.
    """
    from weighbridge.model.errors import UnreadableError
    from weighbridge.seal.oms.certificates import read_certificates
    from weighbridge.seal.oms.refusal import UntrustedError

    found: list[Certificate] = []
    for file in files:
        data = session.read(file, limit=LARGEST_CERTIFICATES)
        try:
            found += read_certificates(data)
        except UntrustedError as error:
            wanted = "certificates: PEM, one after the other, or one in DER"
            raise UnreadableError(f"{file} holds no certificate", wanted=wanted) from error
    return found


@contextlib.contextmanager
def _signer(session: Session, wish: Wish) -> Iterator[Signer]:
    """Unlock the one key that was named: on a token, in a PEM file, or one of the user's own."""
    from weighbridge.model.errors import UsageError

    if wish.pkcs11_uri is not None:
        if wish.key_names:
            raise UsageError("--pkcs11-uri names a key already", help=["leave --key out"])
        with _on_token(session, wish.pkcs11_uri) as signer:
            yield signer
        return
    if len(wish.key_names) > 1:
        help_ = ["sign again with the other key, into another bundle"]
        raise UsageError("a bundle holds one signature, and several keys are named", help=help_)
    yield _in_file(session, wish.key_names)


@contextlib.contextmanager
def _on_token(session: Session, text: str) -> Iterator[Signer]:
    from weighbridge.adapters.hsm import token_signer
    from weighbridge.cli.passphrase import one_secret, pin_of_file
    from weighbridge.model.errors import UsageError
    from weighbridge.model.pkcs11_uri import Pkcs11UriError, read_pkcs11_uri

    try:
        uri = read_pkcs11_uri(text)
    except Pkcs11UriError as error:
        wanted = "pkcs11:token=LABEL;object=KEY?module-path=/LIBRARY.so&pin-source=/FILE"
        # From None: the text may hold a PIN, put there by mistake.
        raise UsageError(f"--pkcs11-uri cannot be used: {error}", wanted=wanted) from None
    if uri.pin_source:
        pin = pin_of_file(str(session.start / uri.pin_source))
    else:
        pin = one_secret(session.environ, "PIN", name=uri.token or "the token")
    with token_signer(uri, pin.text) as signer:
        yield signer


def _in_file(session: Session, names: tuple[str, ...]) -> Signer:
    """Unlock the key in a PEM file, or the user's own of that name."""
    from weighbridge.adapters.pem_keys import read_pem_file
    from weighbridge.cli.passphrase import one_secret
    from weighbridge.model.errors import PassphraseError, UnreadableError

    path = session.start / names[0] if names else None
    if path is None or not path.is_file():
        return _own(session, names)
    try:
        file = read_pem_file(path)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UnreadableError(f"{path} cannot be read: {reason}") from error
    if file.is_open:
        session.hint(f"{path} is not locked, and others may read it: chmod 600 {path}")
    if not file.is_locked:
        return file.unlock(None)
    secret = one_secret(session.environ, "passphrase", name=names[0])
    try:
        return file.unlock(secret.text)
    except PassphraseError as error:
        raise PassphraseError(str(error), cause=secret.origin, help=secret.help) from error


def _own(session: Session, names: tuple[str, ...]) -> Signer:
    """Unlock a key of the user's own; one that signs no models before a passphrase is asked for."""
    from weighbridge.bootstrap import open_keys
    from weighbridge.cli.identity import unlock_keys
    from weighbridge.usecases.model_sign import signing_key

    folder = open_keys(session.environ)
    for name in names or folder.names()[:1]:
        if name in folder.names():
            signing_key(folder.public(name).spki_der)
    (signer,) = unlock_keys(session, names)
    return signer


def _chain(session: Session, wish: Wish, signer: Signer) -> list[bytes]:
    """Order the certificates that were named: the key's own first, none that is self-signed last.

    Raises:
        UsageError: None of them is the key's.
        UnsignableError: The key's own is for something else than signing.
    """
    if not wish.certificates:
        return []
    from weighbridge.adapters.clock import utc_now
    from weighbridge.usecases.model_chain import order_chain

    certificates = read_certificate_files(session, wish.certificates)
    chain, doubt = order_chain(certificates, signer.spki, now=utc_now())
    if doubt:
        session.hint(f"{doubt}: nobody will take the signature for valid now")
    return chain


def _tell(session: Session, found: Found) -> None:
    """Say what is not signed, so that nobody believes it is."""
    from weighbridge.model.wording import plural

    for place, paths in sorted(found.places.items()):
        files = plural(len(paths), "file", "files")
        session.hint(f"{place}: {files} that the format leaves out; the bundle records a digest")
    for one in found.notes:
        session.hint(f"{one.path}: other systems may spell this name in another way")
