"""Manifests: `ModelRelease` read and validated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.codec.migrations import migrated
from weighbridge.codec.validating import read_authored, validate_authored
from weighbridge.model.release import ModelRelease

if TYPE_CHECKING:
    from weighbridge.codec.validating import Prepare
    from weighbridge.model.document import Document


def read_release(
    data: bytes, file: str, *, prepare: Prepare = migrated
) -> tuple[ModelRelease, Document]:
    """Read and validate a manifest.

    Args:
        data: Its bytes.
        file: Its name for messages.
        prepare: What is done to the document before it is validated.

    Raises:
        DocumentError: With every fault of text and meaning, in document order.
    """
    return read_authored(data, file, ModelRelease, prepare=prepare)


def validate_release(document: Document) -> ModelRelease:
    """Validate a document as a manifest.

    Raises:
        DocumentError: With every fault, in document order.
    """
    return validate_authored(document, ModelRelease)
