"""Parity of a release and a machine: what its manifest says, held against what was observed there.

Asked is what the manifest declares, and what on the machine changes results and is declared by
nobody. What a machine cannot be asked is unknown, never a match.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.diffing.parity.installed import hold_packages
from weighbridge.diffing.parity.judging import held, named, unknown
from weighbridge.diffing.parity.resources import hold_resources
from weighbridge.diffing.parity.targets import hold_targets
from weighbridge.diffing.parity.variables import hold_variables
from weighbridge.diffing.parity.versions import starts_with
from weighbridge.model.fact import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.model.host import Host
    from weighbridge.model.image import InstalledPackage
    from weighbridge.model.lock import Lock
    from weighbridge.model.parity import Entry, Machine

_UNASKED = ("dependencies/sources", "externalServices", "flags", "parameters")
_NO_LABELS = "the labels of its node are not seen from within"
_NO_PROCESS = "nobody said which process serves it"
_NO_IMAGE = "a container does not say which image it was made of"


def hold_against_machine(
    manifest: Mapping[str, Any],
    machine: Machine,
    *,
    lock: Lock | Unavailable,
    target: str | None = None,
) -> list[Entry]:
    """Hold a release against a machine.

    Args:
        manifest: The sealed manifest, as plain values.
        machine: What was observed.
        lock: The runtime lock, or why it cannot be read.
        target: The declared target the machine should be; the likest if None.
    """
    spec = manifest["spec"]
    environment = spec.get("environment", {})
    host = machine.captured.host
    return [
        *_runtime(environment.get("runtime", {}), machine),
        *_os(environment.get("os", {}), host),
        *_image(environment.get("image", {}), host),
        *hold_resources(environment.get("resources", {}), host),
        *_placement(environment),
        *hold_variables(spec, machine),
        *_system(environment.get("system", {}), machine),
        *hold_packages(manifest, machine, lock),
        *hold_targets(spec, machine, target),
    ]


def unasked_of(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Name what a manifest says, and no machine can be asked.

    A parameter is asked for only where it is taken from an environment variable.
    """
    spec = manifest["spec"]
    found = {"dependencies/sources": "sources" in spec.get("dependencies", {})}
    taken = [one.get("mapsTo", {}).get("env") for one in spec.get("parameters", {}).values()]
    found |= {name: bool(spec.get(name)) for name in ("externalServices", "flags")}
    found["parameters"] = not all(taken)
    return tuple(name for name in _UNASKED if found[name])


def _runtime(declared: Mapping[str, Any], machine: Machine) -> Iterator[Entry]:
    python = machine.captured.python
    for field in ("implementation", "version"):
        if field not in declared:
            continue
        name = named("environment", "runtime", field)
        if isinstance(python, Unavailable):
            yield unknown(name, declared[field], python.reason)
        else:
            seen = getattr(python, field)
            yield held(name, declared[field], seen, fits=seen == declared[field])


def _os(declared: Mapping[str, Any], host: Host) -> Iterator[Entry]:
    at = ("environment", "os")
    for field, attribute in (("distribution", "id"), ("release", "version")):
        if field not in declared:
            continue
        name = named(*at, field)
        seen = "" if isinstance(host.os, Unavailable) else getattr(host.os, attribute)
        if not seen:
            why = host.os.reason if isinstance(host.os, Unavailable) else "it says none"
            yield unknown(name, declared[field], why)
        else:
            yield held(name, declared[field], seen, fits=starts_with(seen, declared[field]))
    if "snapshot" in declared:
        yield _snapshot(named(*at, "snapshot"), str(declared["snapshot"]), host)
    for package in declared.get("packages", ()):
        name = named(*at, "packages", package["name"], "version")
        yield _package(name, package, host)


def _snapshot(name: str, declared: str, host: Host) -> Entry:
    """Hold the archive that is installed from against those of the machine's package sources."""
    seen = ", ".join(host.snapshots)
    if not seen:
        return unknown(name, declared, "its package sources name no point in time")
    wanted = "".join(sign for sign in declared if sign.isalnum())
    fits = all(one.startswith(wanted) for one in host.snapshots)
    return held(name, declared, seen, fits=fits)


def _package(name: str, declared: Mapping[str, Any], host: Host) -> Entry:
    if isinstance(host.packages, Unavailable):
        return unknown(name, declared["version"], host.packages.reason)
    found = _versions(declared["name"], host.packages)
    why = "" if found else "it is not installed"
    seen = ", ".join(found) or None
    return held(name, declared["version"], seen, fits=found == [declared["version"]], why=why)


def _versions(name: str, packages: Sequence[InstalledPackage]) -> list[str]:
    return sorted({one.version for one in packages if one.name == name})


def _image(declared: Mapping[str, Any], host: Host) -> Iterator[Entry]:
    """Hold digests against the name the container's engine keeps, where that has one."""
    _, _, seen = host.container.image.partition("@")
    for digest, *at in (
        (declared.get("digest"), "digest"),
        (declared.get("base", {}).get("digest"), "base", "digest"),
    ):
        if digest is None:
            continue
        name = named("environment", "image", *at)
        if at == ["digest"] and seen:
            yield held(name, digest, seen, fits=seen == digest)
        else:
            yield unknown(name, digest, _NO_IMAGE)


def _placement(environment: Mapping[str, Any]) -> Iterator[Entry]:
    if environment.get("placement"):
        yield unknown(named("environment", "placement"), environment["placement"], _NO_LABELS)


def _system(declared: Mapping[str, Any], machine: Machine) -> Iterator[Entry]:
    at = ("environment", "system")
    if args := declared.get("args"):
        yield _arguments(named(*at, "args"), args, machine.arguments)
    for one in declared.get("sysctls", ()):
        name = named(*at, "sysctls", one["name"], "value")
        seen = machine.settings.get(one["name"], Unavailable("it was not looked at"))
        if isinstance(seen, Unavailable):
            yield unknown(name, one["value"], seen.reason)
        else:
            yield held(name, one["value"], seen, fits=seen.split() == one["value"].split())
    for one in declared.get("ulimits", ()):
        yield from _limit(one, machine)


def _arguments(name: str, declared: list[str], seen: tuple[str, ...] | None) -> Entry:
    """Hold arguments against the end of a command: what it begins with is how it is started."""
    if seen is None:
        return unknown(name, [*declared], _NO_PROCESS)
    return held(name, [*declared], [*seen], fits=list(seen[-len(declared) :]) == declared)


def _limit(declared: Mapping[str, Any], machine: Machine) -> Iterator[Entry]:
    limits = machine.limits
    for at, field in enumerate(("soft", "hard")):
        if field not in declared:
            continue
        name = named("environment", "system", "ulimits", declared["name"], field)
        if isinstance(limits, Unavailable):
            yield unknown(name, declared[field], limits.reason)
        elif declared["name"] not in limits:
            yield unknown(name, declared[field], "the system knows no limit of that name")
        else:
            seen = limits[declared["name"]][at]
            yield held(name, declared[field], seen, fits=seen == declared[field])
