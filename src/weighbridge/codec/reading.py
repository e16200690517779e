"""Read a YAML 1.2 (or JSON) document into values and places, within budgets.

Works on the parser's events, not its nodes, so that neither depth nor aliases are followed
before they are counted. Refuses what makes one text mean two things: duplicate keys, tags,
merge keys, anchors that contain themselves, second documents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from weighbridge.codec import faults
from weighbridge.codec.assembling import Assembler, StopReading
from weighbridge.codec.scalars import read_plain
from weighbridge.codec.surrogates import hide_pairs
from weighbridge.codec.text import BYTE_ORDER_MARK, decode
from weighbridge.model.document import Document
from weighbridge.model.errors import DocumentError, Fault
from weighbridge.model.limits import DEFAULT_DOCUMENT_LIMITS, DocumentLimits
from weighbridge.model.location import Location

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.model.document import Plain

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_document(
    data: bytes,
    file: str,
    *,
    limits: DocumentLimits = DEFAULT_DOCUMENT_LIMITS,
    plain: Callable[[str], Plain] = read_plain,
) -> Document:
    """Read a document that is whole and unambiguous.

    Args:
        data: Its bytes, UTF-8.
        file: Its name for messages.
        limits: Budgets.
        plain: What a scalar without quotes is; what is left out is YAML 1.2 core.

    Raises:
        DocumentError: With every fault of the text that can be told at once.
    """
    document, found = scan_document(data, file, limits=limits, plain=plain)
    if found:
        raise DocumentError.from_faults(found)
    return document


def scan_document(
    data: bytes,
    file: str,
    *,
    limits: DocumentLimits = DEFAULT_DOCUMENT_LIMITS,
    advice: str = "run `weighbridge init` to write a manifest",
    plain: Callable[[str], Plain] = read_plain,
) -> tuple[Document, list[Fault]]:
    """Read a document as far as it can be read, with its faults in order.

    A value that has a fault is null in the document, so that the rest of it can be judged.

    Args:
        data: Its bytes, UTF-8.
        file: Its name for messages.
        limits: Budgets.
        advice: How to come by a document, for whoever gives something else.
        plain: What a scalar without quotes is.

    Raises:
        DocumentError: Nothing of it can be used: not UTF-8, not YAML, over a budget.
    """
    _check_size(data, file, limits)
    text = decode(data, file)
    bare = text.removeprefix(BYTE_ORDER_MARK)
    shown = hide_pairs(bare)
    assembler = Assembler(file, text, limits, has_pairs=shown != bare, plain=plain)
    try:
        for event in yaml.parse(shown, Loader=_LOADER):
            assembler.take(event)
    except yaml.YAMLError as error:
        assembler.refuse_syntax(error)
    except StopReading:
        pass
    found = sorted(assembler.faults, key=_by_place)
    if not isinstance(assembler.root, dict):
        raise DocumentError.from_faults(found or [_not_a_mapping(assembler, advice)])
    return Document(
        file=file,
        text=text,
        data=assembler.root,
        places=assembler.places,
        todos=tuple(assembler.todos),
    ), found


def _by_place(fault: Fault) -> Location:
    return fault.location or Location("")


def _check_size(data: bytes, file: str, limits: DocumentLimits) -> None:
    if len(data) > limits.size:
        fault = Fault(
            faults.BUDGET,
            "the document is too large",
            Location(file),
            seen=f"{len(data)} bytes",
            wanted=f"at most {limits.size} bytes",
            help=("list a folder of many files as one artifact",),
        )
        raise DocumentError.from_faults([fault])


def _not_a_mapping(assembler: Assembler, advice: str) -> Fault:
    held = {list: "a list", type(None): "empty"}.get(type(assembler.root), "a single value")
    return Fault(
        faults.WRONG_KIND,
        "the document is not a mapping",
        Location(assembler.file),
        seen=f"it is {held}",
        wanted="a mapping with apiVersion, kind, metadata and spec",
        help=(advice,),
    )
