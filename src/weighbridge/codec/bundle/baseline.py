"""Baselines: the data of a policy that says what is approved, of packages or of a manifest.

Of packages, a JSON object: each package has a version (`2.1.0`), a specifier (`>=2.1,<3`), or a
list of them, one of which must hold. A pre-release is approved only where it is named. Of a
manifest, a JSON object of pointers into it, each with the value that is expected there or a list of
those that will do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from weighbridge.codec import faults
from weighbridge.model.errors import Fault
from weighbridge.model.location import Location, pointer
from weighbridge.model.wording import some_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.specifiers import SpecifierSet

    from weighbridge.model.document import Document
    from weighbridge.model.policy import PromotionPolicy


class BaselineError(ValueError):
    """The data is no baseline: it approves nothing, or cannot be read in one way only."""


class Baseline:
    """Approved versions by package."""

    def __init__(self, approved: Mapping[str, tuple[SpecifierSet, ...]]) -> None:
        """Take what is approved, by normalised name."""
        self._approved = approved

    def __len__(self) -> int:
        """Count the packages."""
        return len(self._approved)

    def __contains__(self, name: str) -> bool:
        """Tell whether any version of a package is approved."""
        return name in self._approved

    def admits(self, name: str, version: str) -> bool | None:
        """Tell whether a version is approved; None if it is no version (PEP 440)."""
        from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - few have a baseline

        try:
            found = Version(version)
        except InvalidVersion:
            return None
        # Left to itself, packaging takes a pre-release where it is offered nothing else.
        return any(
            one.contains(found, prereleases=bool(one.prereleases)) for one in self._approved[name]
        )

    def shown(self, name: str) -> str:
        """Write what is approved of a package."""
        return " or ".join(str(one) for one in self._approved[name])


def read_baseline(data: object) -> Baseline:
    """Read a baseline.

    Raises:
        BaselineError: It is none.
    """
    from packaging.utils import canonicalize_name  # noqa: PLC0415 - few have a baseline

    if not isinstance(data, Mapping):
        raise BaselineError("it is not an object of packages")
    if not data:
        raise BaselineError("it approves nothing")
    approved: dict[str, tuple[SpecifierSet, ...]] = {}
    for key, value in data.items():
        name = canonicalize_name(key)
        if name in approved:
            raise BaselineError(f"it names {name} twice")
        approved[name] = tuple(_specifiers(name, value))
    return Baseline(approved)


def _specifiers(name: str, value: object) -> Iterator[SpecifierSet]:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415 - as above
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - as above

    texts: list[Any] = value if isinstance(value, list) else [value]
    if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
        raise BaselineError(f"it gives {name} no version")
    for text in texts:
        try:
            yield SpecifierSet(f"=={Version(text)}")
        except InvalidVersion:
            try:
                yield SpecifierSet(text)
            except InvalidSpecifier as error:
                raise BaselineError(f"{text!r} of {name} is no version or specifier") from error


def expects_values(data: object) -> bool:
    """Tell whether data expects something of a manifest, at JSON pointers into it."""
    if not isinstance(data, Mapping) or not data:
        return False
    return all(isinstance(at, str) and at.startswith(("/spec/", "/metadata/")) for at in data)


def baseline_faults(
    policy: PromotionPolicy, document: Document, data: Mapping[str, Any]
) -> Iterator[Fault]:
    """Say why a baseline a policy names is not there, or is none.

    Args:
        policy: The policy.
        document: The document it was read from.
        data: The policy's data by name.
    """
    packages, manifest = policy.spec.dependencies, policy.spec.manifest
    if packages is not None and packages.baseline is not None:
        at = document.location(pointer("spec", "dependencies", "baseline"))
        yield from _named(packages.baseline, at, data)
        yield from _packages_faults(packages.baseline, data)
    if manifest is not None:
        at = document.location(pointer("spec", "manifest", "baseline"))
        yield from _named(manifest.baseline, at, data)
        if manifest.baseline in data and not expects_values(data[manifest.baseline]):
            message = f"data/{manifest.baseline}.json expects nothing of a manifest"
            advice = ('write {"/spec/environment/runtime/version": ["3.11.7", "3.12.4"]}',)
            where = Location(f"data/{manifest.baseline}.json")
            wanted = "JSON pointers under /spec or /metadata, each with a value or a list of them"
            yield Fault(faults.WRONG_VALUE, message, where, wanted=wanted, help=advice)


def _named(name: str, at: Location, data: Mapping[str, Any]) -> Iterator[Fault]:
    """Say that there is no data of a name."""
    if name not in data:
        known = some_of(sorted(data)) or "the policy has no data"
        advice = (f"write data/{name}.json beside policy.yaml",)
        message = f"there is no data {name}"
        yield Fault(faults.WRONG_VALUE, message, at, seen=name, wanted=known, help=advice)


def _packages_faults(name: str, data: Mapping[str, Any]) -> Iterator[Fault]:
    """Say why data is no baseline of packages."""
    if name not in data:
        return
    try:
        read_baseline(data[name])
    except BaselineError as error:
        message = f"data/{name}.json is no baseline: {error}"
        advice = ('write {"numpy": "2.1.0", "scipy": ">=1.14,<2"}',)
        yield Fault(faults.WRONG_VALUE, message, Location(f"data/{name}.json"), help=advice)
