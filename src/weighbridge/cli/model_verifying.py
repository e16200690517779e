"""`verify PATH --bundle FILE`: whose key or certificates count, and at what time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weighbridge.cli.console import Session
    from weighbridge.seal.oms.keys import ModelKey
    from weighbridge.usecases.model_verify import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks for.

    Attributes:
        bundle: The bundle's file.
        key: The signer's public key: a file, or the name of a key of the user's.
        certificates: Files with certificates that are trusted.
        at: The time certificates are judged at; None for now.
        ignore_paths: What may lie in the model unsigned.
        ignore_unsigned: Whether any file may.
    """

    bundle: str
    key: str | None
    certificates: tuple[str, ...]
    at: str | None
    ignore_paths: tuple[str, ...]
    ignore_unsigned: bool


def verify_for_others(session: Session, path: str, wish: Wish, *, output_format: str) -> str:
    """Verify a model against a bundle, show what was found, and return the verdict."""
    from weighbridge.report.json import json_text
    from weighbridge.report.model_signature import (
        model_verification_json,
        render_model_verification,
    )
    from weighbridge.seal.oms.bundle import LARGEST
    from weighbridge.usecases.model_files import beneath, find_model, inside
    from weighbridge.usecases.model_verify import Leniency, verify_model

    trust = _trust(session, wish)
    model = find_model(path, session.start)
    given = (inside(model, one, session.start) for one in wish.ignore_paths)
    found = verify_model(
        model,
        session.read(wish.bundle, limit=LARGEST),
        trust=trust,
        leniency=Leniency(
            own=beneath(model, session.start / wish.bundle),
            ignored=tuple(one for one in given if one is not None),
            unsigned=wish.ignore_unsigned,
        ),
        readers=lambda hash_type: session.reader(examine=False, algorithm=hash_type),
        progress=session.progress,
    )
    if output_format == "json":
        session.result(json_text(model_verification_json(found)))
    else:
        session.result(render_model_verification(found, styled=session.styled))
        for problem in found.ignored:
            session.hint(f"{problem.subject}: {problem.message}")
    return "pass" if found.ok else "fail"


def _trust(session: Session, wish: Wish) -> Trust:
    """Read whose signature counts.

    Raises:
        UsageError: It is not said, or said twice.
    """
    from datetime import datetime

    from weighbridge.adapters.clock import utc_now
    from weighbridge.cli.model_signing import read_certificate_files
    from weighbridge.model.errors import UsageError
    from weighbridge.model.trust import TrustError, check_time
    from weighbridge.usecases.model_verify import Trust

    if (wish.key is None) == (not wish.certificates):
        raise UsageError(
            "whose signature is to count is not said, or said twice",
            wanted="--key PEM, or --certificate-chain PEM",
            help=["never take either from where the model came from"],
        )
    if wish.key is not None and wish.at is not None:
        raise UsageError("--at judges certificates, and a bare key has none")
    try:
        at = datetime.fromisoformat(check_time(wish.at or utc_now()))
    except TrustError as error:
        raise UsageError(f"--at: {error}") from error
    clock = "now" if wish.at is None else "stated"
    if wish.key is not None:
        return Trust(key=_key(session, wish.key), at=at, clock=clock)
    trusted = read_certificate_files(session, wish.certificates)
    return Trust(certificates=tuple(trusted), at=at, clock=clock)


def _key(session: Session, text: str) -> ModelKey:
    """Read the public key a user names: by a file, or by the name of a key of his."""
    from weighbridge.adapters.keys import read_public_bytes
    from weighbridge.bootstrap import open_keys
    from weighbridge.model.errors import UnreadableError
    from weighbridge.usecases.model_sign import signing_key

    path = session.start / text
    folder = open_keys(session.environ)
    if not path.is_file() and text in folder.names():
        return signing_key(folder.public(text).spki_der)
    try:
        return signing_key(read_public_bytes(path))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        help_ = [f"keys of yours: {', '.join(folder.names()) or 'none'}"]
        raise UnreadableError(f"{text} cannot be read: {reason}", help=help_) from error
