"""The job `pack`: the evidence pack of a release as a blob, and the release on a registry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from weighbridge.bootstrap import local_folder, open_repository
from weighbridge.codec.worker_settings import BELOW
from weighbridge.model.errors import JobError
from weighbridge.model.oci_reference import OciReferenceError, parse
from weighbridge.usecases.attached import attach_pack
from weighbridge.usecases.evidence_export import export_pack
from weighbridge.usecases.push import push
from weighbridge.usecases.references import sealed_release

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.model.oci_reference import OciAddress
    from weighbridge.model.ports import Registry
    from weighbridge.model.settings import Settings
    from weighbridge.server.cancelling import Cancelling


def destination(text: str, allowed: Sequence[str]) -> OciAddress:
    """Read where a release is to go, if it may go there.

    Args:
        text: `oci://HOST/REPOSITORY[:TAG]`.
        allowed: The repositories it may go to, as the worker's settings name them.

    Raises:
        JobError: It is no such address, or not among them.
    """
    try:
        found = parse(text)
    except OciReferenceError as error:
        message = f"{text[:100]} is no repository of a registry: {error}"
        raise JobError(message, wanted="oci://HOST/REPOSITORY[:TAG]") from error
    if found.digest:
        raise JobError(
            f"{text} names a digest, and what is pushed has its own",
            wanted="oci://HOST/REPOSITORY[:TAG]",
        )
    if not any(_is_within(found, one) for one in allowed):
        raise JobError(
            f"this worker does not push to oci://{found.host}/{found.repository}",
            wanted=", ".join(allowed) or "[push] to = [...] in the worker's settings",
            help=["name it there: weighbridge worker --config FILE"],
        )
    return found


def _is_within(address: OciAddress, allowed: str) -> bool:
    known = parse(allowed.removesuffix(BELOW))
    if address.host != known.host:
        return False
    if allowed.endswith(BELOW):
        return address.repository.startswith(f"{known.repository}/")
    return address.repository == known.repository


def pack_release(
    release: str, environment: str, *, registry: Registry, watching: Cancelling
) -> tuple[bytes, Mapping[str, Any]]:
    """Make the evidence pack of a release, and keep it as a blob: the same bytes once.

    Args:
        release: Release digest.
        environment: Name of the environment.
        registry: The registry.
        watching: Ends it if it was cancelled.

    Returns:
        The pack, and what is said of it.
    """
    watching.look()
    pack = export_pack(release, environment, registry=registry)
    watching.look()
    return pack, {"pack": registry.blobs.put(pack), "size": len(pack)}


def push_release(
    release: str,
    pack: bytes,
    to: OciAddress,
    *,
    registry: Registry,
    settings: Settings,
    environ: Mapping[str, str],
    watching: Cancelling,
) -> Mapping[str, Any]:
    """Push a sealed release as `push` does, with its signed statements and the pack beside it.

    Whoever does it again pushes the same manifest, of which nothing is sent twice.

    Args:
        release: Release digest.
        pack: Its evidence pack.
        to: Where it goes.
        registry: Where its bytes are.
        settings: They name the folder of what an interrupted transfer leaves.
        environ: Environment variables.
        watching: Ends it if it was cancelled.

    Raises:
        UnavailableError: The place does not answer.
        BoundError: The version's tag stands for another release there.
        TransferError: The place refuses it.
    """
    named = sealed_release(release, registry=registry)
    state = local_folder(settings, environ) / "cache" / "transfers"
    repository, tag, close = open_repository(str(to), base=Path.cwd(), state=state)
    try:
        pushed = push(named, repository, tag, registry=registry, progress=watching)
        watching.look()
        attached = attach_pack(pack, pushed.manifest, repository=repository)
    finally:
        close()
    return {
        "reference": f"{repository.name}:{pushed.tag}",
        "digest": pushed.manifest.digest,
        "evidence": len(pushed.evidence),
        "packManifest": attached.digest,
    }
