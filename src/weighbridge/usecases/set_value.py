"""`set`: one value of the manifest, typed as the format wants it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from weighbridge.codec import edits
from weighbridge.codec.faults import UNKNOWN_KEY
from weighbridge.codec.manifest import validate_release
from weighbridge.codec.reading import read_document
from weighbridge.codec.scalars import AmbiguousScalarError, read_plain
from weighbridge.model.errors import DocumentError
from weighbridge.probes.credentials import find_credentials
from weighbridge.usecases.credentials import as_far_as_read, masked, refuse_found, withheld
from weighbridge.usecases.editing import FileChange
from weighbridge.usecases.references import manifest_path, read_manifest, shown_path
from weighbridge.usecases.templates import extending

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.codec.inserting import Scalar
    from weighbridge.codec.validating import Prepare
    from weighbridge.model.document import Document
    from weighbridge.model.errors import Fault
    from weighbridge.model.fact import Credential
    from weighbridge.usecases.templates import Catalogues


def set_value(
    path: str, value: str, *, manifest: str | None, start: Path, catalogues: Catalogues
) -> FileChange:
    """Work out the change of one value; nothing is written.

    The value is taken as YAML would read it, and as text where that is not what the format
    wants: `set metadata.version 1.10` sets the text `"1.10"`.

    Raises:
        DocumentError: The value is of the wrong type or form for its place.
        UsageError: There is no such place, or it holds a collection.
    """
    file = manifest_path(manifest, start)
    prepare = extending(file.parent, catalogues)
    data, name = read_manifest(file, start), shown_path(file, start)
    with withheld(lambda: as_far_as_read(data, name)):
        document = prepare(read_document(data, name))
        edited = _edited(document, edits.find(document, path), value, prepare)
    return FileChange(
        path=file,
        name=name,
        before=document.text,
        after=edited.text,
        shown=(masked(document), masked(edited)),
    )


def _edited(document: Document, at: str, value: str, prepare: Prepare) -> Document:
    """Set the value as the first of its readings that fits.

    Raises:
        DocumentError: None fits, or the value is a credential.
    """
    refused: list[Fault] = []
    known = {_place(one) for one in find_credentials(document)} - {document.written_at(at)}
    for candidate in _readings(value):
        edited = edits.set_value(document, at, candidate)
        refuse_found(one for one in find_credentials(edited) if _place(one) not in known)
        refused = _faults_at(prepare(edited), at)
        if not refused:
            return edited
    raise DocumentError.from_faults(refused)


def _place(found: Credential) -> str:
    """Say where a credential stands, in a way that outlasts an edit beside it."""
    return found.location.pointer or found.detector


def _readings(value: str) -> list[Scalar]:
    """List what a word of the command line can mean: what YAML takes it for, then the text."""
    try:
        plain = read_plain(value)
    except AmbiguousScalarError:
        return [value]
    if plain is None or isinstance(plain, str | Decimal):
        return [value]
    return [plain, value]


def _faults_at(document: Document, at: str) -> list[Fault]:
    """Find what is wrong with one value or its key; the manifest's other faults do not matter."""
    try:
        validate_release(document)
    except DocumentError as error:
        where = document.origin(at).pointer
        return [fault for fault in error.faults if _concerns(fault, where)]
    return []


def _concerns(fault: Fault, at: str) -> bool:
    where = f"{fault.location.pointer}/" if fault.location is not None else "/"
    inside = where.startswith(f"{at}/")
    # A key that is not known is at fault together with everything below it.
    return inside or (fault.code == UNKNOWN_KEY and f"{at}/".startswith(where))
