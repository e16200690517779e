from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.codec.samples import EXAMPLE, document_data
from weighbridge.codec import faults
from weighbridge.codec.reading import read_document
from weighbridge.codec.validating import validate_release
from weighbridge.model.errors import DocumentError
from weighbridge.model.location import pointer_parts

if TYPE_CHECKING:
    from weighbridge.model.document import Document

SHARED = Path(__file__).parents[3] / "shared" / "examples" / "release.yaml"


def unknown_keys(document: Document) -> list[str]:
    """List the pointers of the keys the model does not know; any other fault is raised."""
    try:
        validate_release(document)
    except DocumentError as error:
        if any(fault.code != faults.UNKNOWN_KEY for fault in error.faults):
            raise
        return [fault.location.pointer for fault in error.faults if fault.location]
    return []


def test_the_example_is_valid_but_for_what_is_not_modelled_yet() -> None:
    text = SHARED.read_bytes() if SHARED.exists() else EXAMPLE.encode()
    document = read_document(text, "release.yaml")
    for at in unknown_keys(document):
        *way, last = pointer_parts(at)
        node: Any = document.data
        for part in way:
            node = node[int(part)] if isinstance(node, list) else node[part]
        del node[last]
    assert unknown_keys(document) == []
    release = validate_release(document)
    assert release.metadata.name == "file-type-detector"
    assert document.data["metadata"] == document_data(EXAMPLE)["metadata"]
