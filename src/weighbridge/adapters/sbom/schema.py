"""CycloneDX documents held against the schema that cyclonedx-python-lib carries (extra `sbom`).

The schema and the validator are theirs; the check of addresses is ours. `jsonschema` would compile
a grammar of RFC 3987 for it whenever it is imported, at nine tenths of the cost of all the rest.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

VERSIONS: Final = ("1.4", "1.5", "1.6", "1.7")
"""Versions of CycloneDX whose schemas close every level."""

MOST: Final = 100
"""Faults of one document that are told."""

_SLOW: Final = "rfc3987_syntax"
_NAMES: Final = ("spdx", "cryptography-defs", "jsf-0.82")
_BASE: Final = "http://cyclonedx.org/schema/"
_IRI: Final = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?"
    r"(?://(?:[^\s\x00-\x20\x7f<>\"{}|\\^`/?#\[\]]*@)?"
    r"(?:\[[0-9A-Fa-f:.]+\]|[^\s\x00-\x20\x7f<>\"{}|\\^`/?#\[\]@:]*)(?::[0-9]*)?(?=[/?#]|\Z))?"
    r"[^\s\x00-\x20\x7f<>\"{}|\\^`#\[\]]*(?:#[^\s\x00-\x20\x7f<>\"{}|\\^`#\[\]]*)?"
)
_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SHOWN: Final = 300
_DEFINITIONS: Final = "#/definitions/"
_SAYS_NOTHING: Final = {"$comment", "default", "description", "examples", "title", "type"}
"""Keywords of a text's schema beside which every text will do."""


def schema_faults(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Say where a CycloneDX document departs from the schema of its version.

    Args:
        document: The document, read.

    Returns:
        For each fault the JSON pointer and what is wrong; the first hundred.

    Raises:
        UnavailableError: The extra is not installed, or has no schema of that version.
    """
    version = document.get("specVersion")
    if version not in VERSIONS:
        known = ", ".join(VERSIONS)
        raise UnavailableError(
            f"there is no schema of CycloneDX {str(version)[:20]!r} here", wanted=known
        )
    found = []
    for error in _validator(version).iter_errors(document):
        at = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in error.path)
        found.append((at, ascii(error.message)[1:-1][:_SHOWN]))
        if len(found) >= MOST:
            break
    return sorted(found)


def _validator(version: str) -> Any:  # noqa: ANN401 - a class of a package that may not be there
    spec = importlib.util.find_spec("cyclonedx")
    if spec is None or not spec.submodule_search_locations:
        raise _missing()
    try:
        with _without_the_slow_grammar():
            from jsonschema import Draft7Validator, FormatChecker, validators  # noqa: PLC0415 - heavy
            from referencing import Registry  # noqa: PLC0415
            from referencing.jsonschema import DRAFT7  # noqa: PLC0415
    except ImportError as error:
        raise _missing() from error
    folder = Path(spec.submodule_search_locations[0]) / "schema" / "_res"
    others = [
        (f"{_BASE}{name}.SNAPSHOT.schema.json", DRAFT7.create_resource(_schema(folder, name)))
        for name in _NAMES
    ]
    formats = FormatChecker(
        name for name in FormatChecker.checkers if name not in {"iri", "iri-reference"}
    )
    formats.checks("iri-reference")(is_iri_reference)
    schema = _schema(folder, f"bom-{version}")
    extend: Any = validators.extend  # it has no types
    shortcuts = _Shortcuts(schema, Draft7Validator)
    keywords = {
        "$ref": shortcuts.follow,
        "properties": shortcuts.properties,
        "uniqueItems": _unique,
    }
    return extend(Draft7Validator, keywords)(
        schema, registry=Registry().with_resources(others), format_checker=formats
    )


class _Shortcuts:
    """Ways to the same verdict that cost less: most of a bill is texts that are alike or free.

    Their own way looks every definition up anew and makes an object for every value.
    """

    def __init__(self, schema: Any, theirs: Any) -> None:  # noqa: ANN401 - as above
        """Note where the schema refers to its own definitions."""
        self._theirs = theirs.VALIDATORS["$ref"]
        self._own: dict[int, Any] = {}
        self._free: dict[int, bool] = {}
        self._good: set[tuple[int, str]] = set()
        stack = [schema]
        while stack:
            value = stack.pop()
            inner = value.values() if isinstance(value, dict) else value
            stack.extend(one for one in inner if isinstance(one, dict | list))
            ref = value.get("$ref") if isinstance(value, dict) else None
            if isinstance(ref, str) and ref.startswith(_DEFINITIONS):
                self._own[id(value)] = schema["definitions"][ref.removeprefix(_DEFINITIONS)]

    def follow(self, validator: Any, ref: Any, value: Any, schema: Any) -> Any:  # noqa: ANN401 - as above
        """Go on with what a reference leads to; a text that was good there once is good again."""
        target = self._own.get(id(schema))
        if target is None:
            yield from self._theirs(validator, ref, value, schema)
        elif not isinstance(value, str):
            yield from validator.descend(value, target)
        elif (id(target), value) not in self._good:
            found = list(validator.descend(value, target))
            if not found:
                self._good.add((id(target), value))
            yield from found

    def properties(self, validator: Any, wanted: Any, value: Any, _schema: Any) -> Any:  # noqa: ANN401 - as above
        """Judge what an object holds; a text where any will do is passed at once."""
        for name in value if isinstance(value, dict) else ():
            inner = wanted.get(name)
            if inner is not None and not (isinstance(value[name], str) and self._is_free(inner)):
                yield from validator.descend(value[name], inner, path=name, schema_path=name)

    def _is_free(self, schema: Any) -> bool:  # noqa: ANN401 - as above
        known = self._free.get(id(schema))
        if known is None:
            free = isinstance(schema, dict) and schema.get("type") == "string"
            known = self._free[id(schema)] = free and schema.keys() <= _SAYS_NOTHING
        return known


def _unique(_validator: object, wanted: object, items: object, _schema: object) -> Iterator[Any]:
    """Say of a list that something stands in it twice; theirs compares each with each."""
    from jsonschema import ValidationError  # noqa: PLC0415 - heavy

    if wanted and isinstance(items, list):
        texts = {json.dumps(item, sort_keys=True) for item in items}
        if len(texts) != len(items):
            yield ValidationError("something stands twice in a list that must not repeat itself")


def _missing() -> UnavailableError:
    return UnavailableError(
        "the schema was not checked: cyclonedx-python-lib[json-validation] is not installed",
        help=['pip install "weighbridge[sbom]"'],
    )


def _schema(folder: Path, name: str) -> Any:  # noqa: ANN401 - whatever the schema is
    try:
        return json.loads((folder / f"{name}.SNAPSHOT.schema.json").read_bytes())
    except (OSError, ValueError) as error:
        raise UnavailableError(
            f"cyclonedx-python-lib has no schema {name}", help=["update cyclonedx-python-lib"]
        ) from error


@contextlib.contextmanager
def _without_the_slow_grammar() -> Iterator[None]:
    """Have `jsonschema` believe that it has no parser of IRIs, while it is imported."""
    if "jsonschema" in sys.modules or _SLOW in sys.modules:
        yield
        return
    modules: dict[str, Any] = sys.modules
    modules[_SLOW] = None  # this is how an import is refused
    try:
        yield
    finally:
        del modules[_SLOW]


def is_iri_reference(value: object) -> bool:
    """Tell whether a text is an IRI or a reference relative to one (RFC 3987)."""
    if not isinstance(value, str):
        return True
    return _IRI.fullmatch(value) is not None and _ESCAPE.search(value) is None
