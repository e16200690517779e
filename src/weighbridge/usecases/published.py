"""Published policies: put before the owners, and found again by name or digest."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from weighbridge.codec.bundle import BundleError, bundle_digest, read_bundle
from weighbridge.model.errors import LedgerError, NotAllowedError, NotFoundError
from weighbridge.seal.control import Action, Change, Obstacle
from weighbridge.usecases.believed import believe, control_state

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.model.policy.bundle import PolicyBundle
    from weighbridge.model.ports import BlobReader, Registry


def name_of(bundle: PolicyBundle) -> str:
    """Write the name and version of a policy: `name@version`."""
    metadata = bundle.policy.metadata
    return f"{metadata.name}@{metadata.version}"


def published_packs(registry: Registry) -> Mapping[str, str]:
    """List the digest of every published rule pack by `name@version`, in the order of publishing.

    Raises:
        OwnerlessError: The registry has no owners yet.
        LedgerError: The ledger does not prove what it says.
    """
    with registry.reading() as view:
        return control_state(believe(view, log_key=registry.log_key), registry.blobs).packs


def publication(bundle: PolicyBundle, *, origin: str = "") -> Change:
    """Return the change that publishes a policy.

    Args:
        bundle: Its bundle.
        origin: What exactly it was read from, which the owners sign as well; empty of a folder.
    """
    subject = (name_of(bundle), bundle_digest(bundle))
    parameters = {"origin": origin} if origin else {}
    return Change(Action.POLICY_PUBLISH, subject=subject, parameters=parameters)


def published_policies(registry: Registry) -> Mapping[str, str]:
    """List the digest of the bundle of every published policy, by `name@version`.

    Raises:
        OwnerlessError: The registry has no owners yet.
        LedgerError: The ledger does not prove what it says.
    """
    with registry.reading() as view:
        log = believe(view, log_key=registry.log_key)
        return dict(sorted(control_state(log, registry.blobs).policies.items()))


def published_policy(reference: str, registry: Registry) -> PolicyBundle:
    """Read a published policy.

    Args:
        reference: `name@version`, or the beginning of a bundle's digest.
        registry: The registry.

    Raises:
        NotFoundError: There is none of that name.
        LedgerError: It cannot be read.
    """
    known = published_policies(registry)
    by_digest = {digest for digest in known.values() if digest.startswith(reference)}
    digests = {known[reference]} if reference in known else by_digest
    if len(digests) != 1:
        message = f"there is no published policy {reference}"
        raise NotFoundError(message, help=advise_policy(reference, known))
    return stored_bundle(digests.pop(), registry.blobs)


def stored_bundle(digest: str, blobs: BlobReader) -> PolicyBundle:
    """Read a policy bundle that owners published.

    Raises:
        LedgerError: The bytes are none.
    """
    try:
        return read_bundle(blobs.read(digest))
    except BundleError as error:
        raise LedgerError(f"the policy {digest} cannot be read: {error}") from error


def advise_policy(reference: str, known: Mapping[str, str]) -> tuple[str, ...]:
    """Say which published policy was probably meant, and how to publish the one that is named."""
    close = difflib.get_close_matches(reference, known, n=3)
    meant = (f"did you mean {', '.join(close)}?",) if close else ()
    return (*meant, "publish it: `weighbridge policy publish PATH`")


def advised(error: NotAllowedError, name: str, advice: Sequence[str]) -> NotAllowedError:
    """Say of a refused publication what to do about it, where that is known.

    Args:
        error: The refusal.
        name: What was to be published: `name@version`.
        advice: What to do if that name is bound to something else.
    """
    if error.faults[0].cause != Obstacle.BOUND.value:
        return error
    return NotAllowedError(
        str(error),
        seen=name,
        wanted="a version that was not published yet",
        cause=Obstacle.BOUND.value,
        help=advice,
    )
