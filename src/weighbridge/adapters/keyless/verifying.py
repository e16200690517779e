"""Verify keyless bundles offline, with Sigstore's own verifier and a root that was handed over.

The verifier asks no server here: proof of inclusion, promise and timestamps are in the bundle. It
does not look at the periods a root's members count for; so it is given only those that counted
when the bundle was signed.
"""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from weighbridge.adapters.keyless.extra import needing_sigstore
from weighbridge.model.canonical import canonical_bytes
from weighbridge.model.keyless import KeylessError

if TYPE_CHECKING:
    from sigstore.models import TrustedRoot

    from weighbridge.model.sigstore_root import SigstoreRoot

_BROKEN = (
    ArithmeticError,
    AttributeError,
    InvalidSignature,
    LookupError,
    TypeError,
    UnsupportedAlgorithm,
    ValueError,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.UnsupportedGeneralNameType,
)
"""What it raises beside its own errors, on bundles and certificates it did not expect."""


class RootVerifier:
    """Verifies keyless bundles by one root."""

    def __init__(self, root: SigstoreRoot) -> None:
        """Take the root.

        Raises:
            UnavailableError: The extra is not installed.
        """
        with needing_sigstore():
            import sigstore.verify  # noqa: F401, PLC0415 - an extra
        self._root = root

    def verify(self, document: bytes, *, issuer: str, subject: str) -> str:
        """Verify a bundle; see `model.keyless.KeylessVerifier`."""
        from sigstore.errors import Error  # noqa: PLC0415 - an extra
        from sigstore.models import Bundle  # noqa: PLC0415 - an extra
        from sigstore.verify import Verifier, policy  # noqa: PLC0415 - an extra

        try:
            bundle = Bundle.from_json(document)
            time = _signing_time(bundle, json.loads(document))
            verifier = Verifier(trusted_root=trusted_root(self._root.at(time)))
            verifier.verify_dsse(bundle, policy.Identity(identity=subject, issuer=issuer))
        except (Error, *_BROKEN) as error:
            said = " ".join(str(error).split()) or type(error).__name__
            raise KeylessError(said) from error
        return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def trusted_root(root: SigstoreRoot) -> TrustedRoot:
    """Hand a root to Sigstore's client, which reads it from a file only."""
    from sigstore.models import TrustedRoot  # noqa: PLC0415 - an extra

    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        file.write(canonical_bytes(dict(root.data)))
        file.flush()
        return TrustedRoot.from_file(file.name)


def _signing_time(bundle: Any, tree: dict[str, Any]) -> datetime:  # noqa: ANN401 - Sigstore's
    """Say when a bundle was signed, if what says so holds: the log, or else one timestamp.

    The verifier checks whichever is taken here, and refuses the bundle if it does not hold.
    """
    entry = tree["verificationMaterial"]["tlogEntries"][0]
    integrated = int(entry.get("integratedTime", "0"))
    if integrated and "inclusionPromise" in entry:
        return datetime.fromtimestamp(integrated, tz=UTC)
    stamps = bundle.verification_material.timestamp_verification_data
    if stamps is None or len(stamps.rfc3161_timestamps) != 1:
        raise KeylessError("neither its log nor exactly one timestamp says when it was signed")
    stamped: datetime = stamps.rfc3161_timestamps[0].tst_info.gen_time
    return stamped
