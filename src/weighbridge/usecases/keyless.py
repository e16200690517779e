"""Keyless signatures, proven by the root that owners published last, and by nothing else."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from weighbridge.model.canonical import NotCanonicalError, read_json
from weighbridge.model.errors import UnavailableError
from weighbridge.model.keyless import RootlessError
from weighbridge.model.sigstore_root import NAME, SigstoreRoot, read_root
from weighbridge.seal.judging import Reason, Refusal

if TYPE_CHECKING:
    from weighbridge.adapters.keyless.verifying import RootVerifier
    from weighbridge.model.ports import BlobReader
    from weighbridge.seal.control import ControlState


class PublishedRoot:
    """The root owners published last, read when a keyless signature is met."""

    def __init__(self, state: ControlState, blobs: BlobReader) -> None:
        """Take what owners have said so far.

        Args:
            state: All of it, at the moment that is judged.
            blobs: Bytes by digest.
        """
        self.digest = state.newest(NAME)
        self._blobs = blobs

    def root(self) -> SigstoreRoot:
        """Read it.

        Raises:
            RootlessError: There is none that can be read.
        """
        if not self.digest:
            raise RootlessError("owners have published no sigstore-root")
        try:
            return read_root(read_json(self._blobs.read(self.digest)))
        except (NotCanonicalError, ValueError, TypeError, AttributeError) as error:
            raise RootlessError(f"the sigstore-root {self.digest} cannot be read") from error

    def verify(self, document: bytes, *, issuer: str, subject: str) -> str:
        """Verify a bundle; see `model.keyless.KeylessVerifier`."""
        return self._verifier.verify(document, issuer=issuer, subject=subject)

    @cached_property
    def _verifier(self) -> RootVerifier:
        from weighbridge.adapters.keyless.verifying import (  # noqa: PLC0415 - an extra
            RootVerifier,
        )

        return RootVerifier(self.root())


def not_judged(verdict: object, what: str) -> UnavailableError | None:
    """Return the error for a signature nobody could judge here, where none may be passed over.

    What is left out unjudged might be the newest word, and a failing one.
    """
    if not isinstance(verdict, Refusal) or verdict.reason is not Reason.NOT_JUDGED:
        return None
    return UnavailableError(
        f"{what} cannot be judged here: {verdict.seen}",
        wanted=verdict.wanted,
        help=[verdict.remediation],
    )
