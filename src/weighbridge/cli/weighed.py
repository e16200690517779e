"""What `check` is asked to weigh: a manifest, a sealed or packed release, or a mere folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from weighbridge.cli.console import Session
    from weighbridge.model.ports import Registry
    from weighbridge.usecases.packed_tree import PackedTree
    from weighbridge.usecases.references import Named


def find_weighed(
    session: Session,
    reference: str | None,
    registry: Registry,
    *,
    judged: bool,
    gate: Sequence[str] = (),
) -> tuple[Named, PackedTree | None]:
    """Find the release, and its files where they are neither here nor in the registry.

    Args:
        session: The run.
        reference: What the user named.
        registry: Where sealed releases are.
        judged: Whether it is judged and no more: credentials in it are findings then, and a folder
            needs no manifest.
        gate: Environments whose gates are asked: those know nothing without a manifest.
    """
    named, files = _find(session, reference, registry, judged=judged, gate=gate)
    _say_what_moved(session, named)
    return named, files


def folder_of(named: Named) -> Path | None:
    """Name the folder whose settings count; None for that of the user."""
    return named.path.parent if named.path else None


def _find(
    session: Session,
    reference: str | None,
    registry: Registry,
    *,
    judged: bool,
    gate: Sequence[str],
) -> tuple[Named, PackedTree | None]:
    from weighbridge.model.repository_address import is_address
    from weighbridge.usecases.lookup import is_reference

    if reference is not None and judged and not (gate or is_reference(reference, session.start)):
        proposed = _propose(session, reference)
        if proposed is not None:
            return proposed, None
    if reference is not None and judged and is_address(reference):
        packed = session.packed(reference)
        return packed.named, session.packed_files(packed)
    return session.find(reference, registry, judged=judged), None


def _propose(session: Session, reference: str) -> Named | None:
    """Make a manifest for a folder that has none but a model; nothing is written."""
    from weighbridge.usecases.without_manifest import folder_without_manifest, propose_release

    folder = folder_without_manifest(reference, session.start)
    if folder is None:
        return None
    return propose_release(
        folder,
        start=session.start,
        environ=session.environ,
        catalogues=session.catalogues,
        reader=session.reader(),
    )


def _say_what_moved(session: Session, named: Named) -> None:
    """Say of an authored manifest of an older schema what today's calls its keys."""
    document = named.document
    if named.path is None or not document.schema:
        return
    from weighbridge.codec.migrations import newer_forms
    from weighbridge.model.authoring import API_VERSION
    from weighbridge.usecases.editing import dotted

    moved = [f"  {dotted(old)} is {dotted(new)} now" for old, new in newer_forms(document)]
    moved += [f"  {dotted(at)} is not read: it has no place in it" for at in document.dropped]
    words = f"{document.file} is written for {document.schema}; it is read as {API_VERSION}"
    session.hint("\n".join([words, *moved]))
