"""Templates: find the one a manifest extends, list and show those there are, begin a new one."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.codec import faults
from weighbridge.codec.migrations import migrated
from weighbridge.codec.templates import extended, read_template
from weighbridge.model.errors import DocumentError, Fault, NotFoundError, UsageError
from weighbridge.probes.credentials import find_credentials
from weighbridge.usecases.credentials import as_far_as_read, refuse_found, withheld

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from weighbridge.model.catalogue import Catalogue, TemplateFile
    from weighbridge.model.document import Document
    from weighbridge.model.template import ReleaseTemplate

    Catalogues = Callable[[Path], Sequence[Catalogue]]
    """Opens the catalogues that count in a manifest's folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedTemplate:
    """A template that was read.

    Attributes:
        template: What it says.
        document: The document it was read from.
        file: The file it lies in.
    """

    template: ReleaseTemplate
    document: Document
    file: TemplateFile


def listed(catalogues: Sequence[Catalogue]) -> list[LoadedTemplate]:
    """Read every template there is, sorted by reference.

    Raises:
        UnreadableError: A catalogue cannot be read.
        DocumentError: A template is not valid.
        UsageError: Two catalogues hold different bytes under one reference.
    """
    holders = _holders(catalogues)
    return [_read(reference, holders[reference]) for reference in sorted(holders)]


def chosen(name: str, catalogues: Sequence[Catalogue]) -> LoadedTemplate:
    """Find and read a template that people name with or without its version.

    Raises:
        NotFoundError: No catalogue holds it.
        UsageError: It has several versions, and none was named.
    """
    if "@" in name:
        return load(name, catalogues)
    versions = sorted(known for known in _holders(catalogues) if known.startswith(f"{name}@"))
    if len(versions) > 1:
        message = f"{name} has several versions"
        raise UsageError(message, help=[f"name one: {', '.join(versions)}"])
    return load(versions[0] if versions else name, catalogues)


def load(reference: str, catalogues: Sequence[Catalogue]) -> LoadedTemplate:
    """Find and read a template.

    Raises:
        NotFoundError: No catalogue holds it.
        UnreadableError: A catalogue cannot be read.
        UsageError: Two catalogues hold different bytes under that reference.
        DocumentError: It is not valid, holds a credential, or calls itself otherwise.
    """
    holders = _holders(catalogues)
    if reference not in holders:
        close = difflib.get_close_matches(reference, sorted(holders), n=3, cutoff=0.5)
        help_ = [f"did you mean {', '.join(close)}?"] if close else ["weighbridge template list"]
        raise NotFoundError(f"no catalogue holds a template {reference}", help=help_)
    return _read(reference, holders[reference])


def _holders(catalogues: Sequence[Catalogue]) -> dict[str, list[Catalogue]]:
    """List the catalogues that hold each template."""
    found: dict[str, list[Catalogue]] = {}
    for catalogue in catalogues:
        for reference in catalogue.references():
            found.setdefault(reference, []).append(catalogue)
    return found


def _read(reference: str, holders: Sequence[Catalogue]) -> LoadedTemplate:
    found = [catalogue.read(reference) for catalogue in holders]
    if any(file.data != found[0].data for file in found):
        places = " and ".join(file.catalogue for file in found)
        message = f"{places} hold different templates {reference}"
        raise UsageError(message, help=["give one of them another version"])
    file = found[0]
    with withheld(lambda: as_far_as_read(file.data, file.file)):
        template, document = read_template(file.data, file.file)
        refuse_found(find_credentials(document))
    _check_name(template, document, reference)
    return LoadedTemplate(template=template, document=document, file=file)


def _check_name(template: ReleaseTemplate, document: Document, reference: str) -> None:
    """Hold a template's own name against that of its file."""
    seen = f"{template.metadata.name}@{template.metadata.version}"
    if seen != reference:
        message = f"the file is called {reference} and holds {seen}"
        where = document.location("/metadata/name")
        fault = Fault(
            faults.WRONG_VALUE,
            message,
            where,
            seen,
            reference,
            help=("rename the one or the other",),
        )
        raise DocumentError.from_faults([fault])


def extending(folder: Path, catalogues: Catalogues) -> Callable[[Document], Document]:
    """Make what reads a manifest in today's words and puts it over the template it extends, if any.

    Args:
        folder: The folder the manifest lies in.
        catalogues: Opens the catalogues that count there; asked only if there is need.
    """

    def prepare(written: Document) -> Document:
        document = migrated(written)
        reference = document.data.get("extends")
        if not isinstance(reference, str):
            return document
        try:
            found = load(reference, catalogues(folder))
        except NotFoundError as error:
            where = document.location("/extends")
            told = [
                Fault(faults.WRONG_VALUE, fault.message, where, seen=reference, help=fault.help)
                for fault in error.faults
            ]
            raise DocumentError.from_faults(told) from error
        return extended(document, found.template, found.document)

    return prepare
