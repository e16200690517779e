"""A build record as build provenance (SLSA v1), and back.

What SLSA has a place for stands in that place and nowhere else; the rest stands under the one key
for what is ours. Reading is strict: a predicate is a build record only if it is, byte for byte,
what writing that record gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.codec.plain_records import RecordError, plain_record, read_record
from weighbridge.codec.predicates import shape_fault
from weighbridge.codec.purl import Purl, write_purl
from weighbridge.model.build_record import BuildRecord
from weighbridge.model.canonical import NotCanonicalError, canonical_bytes, read_json
from weighbridge.model.predicates import OURS, PROVENANCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

BUILD_TYPE: Final = "https://weighbridge.dev/build/v1"
BUILDER: Final = "https://weighbridge.dev/build/local"
_ASKED: Final = ("command", "workingDirectory", "seeds")
"""What whoever started the build chose (SLSA `externalParameters`)."""
_SET: Final = ("environment", "umask", "locale", "timezone")
"""What the build was given beside that (SLSA `internalParameters`)."""


class BuildRecordError(ValueError):
    """The bytes or values are no build record."""


def provenance(record: BuildRecord) -> dict[str, Any]:
    """Write a build record as a predicate of build provenance."""
    rest = plain_record(record)
    asked: dict[str, Any] = {name: rest.pop(name) for name in _ASKED if name in rest}
    given = {name: rest.pop(name) for name in _SET if name in rest}
    outputs, byproducts = rest.pop("outputs"), rest.pop("intermediates", [])
    asked["outputs"] = [one["path"] for one in outputs]
    asked["intermediates"] = [one["path"] for one in byproducts]
    return {
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": asked,
            "internalParameters": given,
            "resolvedDependencies": [
                *map(_file, rest.pop("inputs", [])),
                *map(_package, rest.pop("packages", [])),
            ],
        },
        "runDetails": {
            "builder": {"id": BUILDER, "version": {"weighbridge": rest.pop("version")}},
            "byproducts": [_file(one) for one in byproducts],
            "metadata": {"finishedOn": rest.pop("finished"), "startedOn": rest.pop("started")},
        },
        OURS: {**rest, "outputs": outputs},
    }


def write_build_record(record: BuildRecord) -> bytes:
    """Write a build record as canonical JSON, ready to be attested.

    Raises:
        BuildRecordError: It has no canonical form.
    """
    try:
        return canonical_bytes(provenance(record))
    except NotCanonicalError as error:
        raise BuildRecordError(str(error)) from error


def read_build_record(data: bytes) -> BuildRecord:
    """Read what `write_build_record` wrote, in any layout of JSON.

    Raises:
        BuildRecordError: It wrote no such thing.
    """
    try:
        return record_of(read_json(data))
    except NotCanonicalError as error:
        raise BuildRecordError(str(error)) from error


def record_of(predicate: object) -> BuildRecord:
    """Read a build record from a predicate of build provenance.

    Raises:
        BuildRecordError: It is somebody else's, or says more or less than a record does.
    """
    fault = shape_fault(PROVENANCE, predicate)
    if fault or not isinstance(predicate, dict):
        raise BuildRecordError(fault or "it is not a mapping")
    definition, run = predicate["buildDefinition"], predicate["runDetails"]
    if definition["buildType"] != BUILD_TYPE or not isinstance(predicate.get(OURS), dict):
        raise BuildRecordError(f"it is a build of type {definition['buildType'][:200]}")
    try:
        record = read_record(BuildRecord, _whole(definition, run, predicate[OURS]))
    except RecordError as error:
        raise BuildRecordError(str(error)) from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BuildRecordError(f"what SLSA has a place for is not in it: {error}") from error
    if provenance(record) != predicate:
        raise BuildRecordError("its parts contradict each other, or it says more than a record")
    return record


def _whole(
    definition: Mapping[str, Any], run: Mapping[str, Any], rest: Mapping[str, Any]
) -> dict[str, Any]:
    """Put the parts together again."""
    asked, given = definition["externalParameters"], definition["internalParameters"]
    needed = definition["resolvedDependencies"]
    lists = {
        "inputs": [_unfiled(one) for one in needed if "uri" not in one],
        "packages": [dict(one["annotations"][OURS]) for one in needed if "uri" in one],
        "intermediates": [_unfiled(one) for one in run["byproducts"]],
    }
    return {
        **rest,
        **{name: asked[name] for name in _ASKED if name in asked},
        **{name: given[name] for name in _SET if name in given},
        **{name: found for name, found in lists.items() if found},
        "version": run["builder"]["version"]["weighbridge"],
        "started": run["metadata"]["startedOn"],
        "finished": run["metadata"]["finishedOn"],
    }


def _file(one: Mapping[str, Any]) -> dict[str, Any]:
    """Write a file as a ResourceDescriptor."""
    algorithm, _, value = one["digest"].partition(":")
    more = {name: said for name, said in one.items() if name not in {"path", "digest"}}
    return {"name": one["path"], "digest": {algorithm: value}, "annotations": {OURS: more}}


def _unfiled(one: Mapping[str, Any]) -> dict[str, Any]:
    ((algorithm, value),) = _only(one["digest"].items())
    return {**one["annotations"][OURS], "path": one["name"], "digest": f"{algorithm}:{value}"}


def _only(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    found = list(pairs)
    if len(found) != 1:
        raise KeyError("one digest of each file")
    return found


def _package(one: Mapping[str, Any]) -> dict[str, Any]:
    """Write a Python package as a ResourceDescriptor."""
    uri = write_purl(Purl(type="pypi", name=one["name"], version=one["version"]))
    return {"uri": uri, "annotations": {OURS: dict(one)}}
