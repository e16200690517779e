"""CycloneDX documents held against the schema that cyclonedx-python-lib carries (extra `sbom`).

The schemas are theirs, the validator is jsonschema-rs; no code of cyclonedx-python-lib is run.
"""

from __future__ import annotations

import importlib.util
import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSIONS: Final = ("1.4", "1.5", "1.6", "1.7")
"""Versions of CycloneDX whose schemas close every level."""

MOST: Final = 100
"""Faults of one document that are told."""

_NAMES: Final = ("spdx", "cryptography-defs", "jsf-0.82")
_BASE: Final = "http://cyclonedx.org/schema/"
_SHOWN: Final = 300


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
    errors = _validator(version).iter_errors(document)
    return sorted(
        (_pointer(error.instance_path), ascii(error.message)[1:-1][:_SHOWN])
        for error in itertools.islice(errors, MOST)
    )


def _pointer(steps: list[str | int]) -> str:
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)


def _validator(version: str) -> Any:  # noqa: ANN401 - a class of a package that may not be there
    spec = importlib.util.find_spec("cyclonedx")
    if spec is None or not spec.submodule_search_locations:
        raise _missing()
    try:
        import jsonschema_rs  # noqa: PLC0415 - of the extra
    except ImportError as error:
        raise _missing() from error
    folder = Path(spec.submodule_search_locations[0]) / "schema" / "_res"
    others = [(f"{_BASE}{name}.SNAPSHOT.schema.json", _schema(folder, name)) for name in _NAMES]
    return jsonschema_rs.validator_for(
        _schema(folder, f"bom-{version}"),
        registry=jsonschema_rs.Registry(others),
        validate_formats=True,
    )


def _missing() -> UnavailableError:
    return UnavailableError(
        "the schema was not checked: the extra sbom is not installed",
        help=['pip install "weighbridge[sbom]"'],
    )


def _schema(folder: Path, name: str) -> Any:  # noqa: ANN401 - whatever the schema is
    try:
        return json.loads((folder / f"{name}.SNAPSHOT.schema.json").read_bytes())
    except (OSError, ValueError) as error:
        raise UnavailableError(
            f"cyclonedx-python-lib has no schema {name}", help=["update cyclonedx-python-lib"]
        ) from error
