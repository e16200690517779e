"""Credentials in a manifest: refused, and shown by no word of ours.

`check` reports them (CFG004). Whatever else reads an authored manifest refuses it, and what is
said of a document that holds one, of whatever it is said, is said without the credential.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.codec.migrations import migrated
from weighbridge.codec.reading import scan_document
from weighbridge.codec.validating import Authored, read_authored
from weighbridge.model.document import Document
from weighbridge.model.errors import DocumentError, Fault, WeighbridgeError
from weighbridge.model.fact import Unavailable
from weighbridge.model.limits import DEFAULT_DOCUMENT_LIMITS
from weighbridge.model.location import Location, pointer
from weighbridge.probes.credentials import find_credentials, look, texts_of_lines
from weighbridge.rules.configuration.inline_secret import NOT_SHOWN, RULE, against

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weighbridge.codec.validating import Prepare
    from weighbridge.model.fact import Credential
    from weighbridge.model.finding import Finding
    from weighbridge.model.report import Report

_SHORT = 8


def refuse_found(found: Iterable[Credential] | Unavailable) -> None:
    """Refuse what was found, if anything was, or nobody could look.

    Raises:
        DocumentError: With every credential, none of them shown.
    """
    if isinstance(found, Unavailable):
        raise DocumentError(f"the manifest was not looked through: {found.reason}")
    faults = [_refusal(credential) for credential in found]
    if faults:
        raise DocumentError.from_faults(faults)


def _refusal(credential: Credential) -> Fault:
    said = against(credential)
    return Fault(
        RULE.code,
        said.message,
        credential.location,
        seen=said.seen,
        wanted=said.wanted,
        cause=said.cause,
        help=said.remediation,
    )


def read_guarded(
    data: bytes,
    file: str,
    model: type[Authored],
    *,
    judged: bool = False,
    prepare: Prepare = migrated,
) -> tuple[Authored, Document]:
    """Read and validate an authored document that holds no credential.

    Args:
        data: Its bytes.
        file: Its name for messages.
        model: The class of the kind that is wanted.
        judged: Whether rules are to judge it: credentials in it are findings then.
        prepare: What is done to the document before it is validated.

    Raises:
        DocumentError: With every fault and every credential, none of them shown.
    """
    try:
        with withheld(lambda: as_far_as_read(data, file)):
            authored, document = read_authored(data, file, model, prepare=prepare)
    except DocumentError as error:
        found = map(_refusal, find_credentials(as_far_as_read(data, file)))
        faults = sorted((*error.faults, *found), key=lambda fault: fault.location or Location(file))
        raise DocumentError.from_faults(faults) from None
    if not judged:
        refuse_found(find_credentials(document))
    return authored, document


@contextmanager
def withheld(about: Callable[[], Document]) -> Iterator[None]:
    """Take the credentials of a document out of whatever error is raised.

    Args:
        about: The document, asked for only when there is an error.
    """
    try:
        yield
    except WeighbridgeError as error:
        faults = map(Withheld(about()).fault, error.faults)
        raise type(error).from_faults(faults) from None


def as_far_as_read(data: bytes, file: str) -> Document:
    """Read what can be read of a document; of one that is no YAML that is its text.

    One that is too large is not read at all, and nothing is said of what is in it.
    """
    if len(data) > DEFAULT_DOCUMENT_LIMITS.size:
        return Document(file=file)
    try:
        return scan_document(data, file)[0]
    except DocumentError:
        return Document(file=file, text=data.decode(errors="replace"))


def masked(document: Document) -> str:
    """Write the text of a document's author with each credential left out."""
    text = document.text
    spans = {one.span for one in look(document) if one.span is not None}
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + NOT_SHOWN + text[end:]
    return text


class Withheld:
    """What must not be said of a document."""

    def __init__(self, document: Document) -> None:
        """Look through a document."""
        self._found = look(document)
        texts = {text for one in self._found for text in one.texts} | texts_of_lines(document)
        texts |= {pointer(text)[1:] for text in texts}
        self._form = re.compile("|".join(map(_form, sorted(texts, key=len, reverse=True))))
        self._empty = not texts

    def text(self, text: str) -> str:
        """Take credentials out of a text."""
        return text if self._empty else self._form.sub(NOT_SHOWN, text)

    def fault(self, fault: Fault) -> Fault:
        """Take credentials out of a fault; what was seen in their place is left out whole."""
        touched = fault.location is not None and self._touches(fault.location.pointer)
        return Fault(
            fault.code,
            self.text(fault.message),
            self._location(fault.location) if fault.location is not None else None,
            seen=NOT_SHOWN if touched and fault.seen else self.text(fault.seen),
            wanted=self.text(fault.wanted),
            cause=self.text(fault.cause),
            help=tuple(map(self.text, fault.help)),
        )

    def report(self, report: Report) -> Report:
        """Take credentials out of all a report says."""
        name = report.release
        return replace(
            report,
            release=replace(name, name=self.text(name.name), version=self.text(name.version)),
            findings=tuple(map(self._finding, report.findings)),
            inputs=tuple(replace(one, name=self.text(one.name)) for one in report.inputs),
        )

    def _finding(self, finding: Finding) -> Finding:
        touched = self._touches(finding.location.pointer)
        edits = (replace(edit, file=self.text(edit.file)) for edit in finding.edits)
        return replace(
            finding,
            subject=self.text(finding.subject),
            message=self.text(finding.message),
            location=self._location(finding.location),
            seen=NOT_SHOWN if touched and finding.seen else self.text(finding.seen),
            wanted=self.text(finding.wanted),
            cause=self.text(finding.cause),
            remediation=tuple(map(self.text, finding.remediation)),
            edits=tuple(edit for edit in edits if self.text(str(edit.value)) == str(edit.value)),
        )

    def _location(self, location: Location) -> Location:
        return replace(location, file=self.text(location.file), pointer=self.text(location.pointer))

    def _touches(self, at: str) -> bool:
        """Tell whether a credential stands at a place, or in what stands there."""
        places = (one.credential.location.pointer for one in self._found)
        return bool(at) and any(f"{place}/".startswith(f"{at}/") for place in places)


def _form(text: str) -> str:
    """Find a text; a short one only where it is a word, lest it is found in every other."""
    escaped = re.escape(text)
    return escaped if len(text) >= _SHORT else rf"(?<![A-Za-z0-9]){escaped}(?![A-Za-z0-9])"
