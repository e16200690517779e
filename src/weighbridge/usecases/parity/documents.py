"""What a delivery records for parity: what a release is rendered as, and what is seen to run.

Both are plain values with a canonical form, which are kept by digest and named in the ledger. No
credential is among them: a variable that is named as a secret, or holds one, is only said to be
set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.codec.canonical import digest
from weighbridge.codec.resolved import resolved
from weighbridge.model.fact import Unavailable
from weighbridge.probes.credentials import credential_in
from weighbridge.usecases.parity.observing import observe_machine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.model.parity import Machine
    from weighbridge.model.ports import BlobReader
    from weighbridge.model.release import ModelRelease
    from weighbridge.model.rendering import Rendering
    from weighbridge.usecases.capture_environment import Verification
    from weighbridge.usecases.parity.observing import Looked
    from weighbridge.usecases.references import Named

SET: Final = "set"
"""What is said of a variable or argument whose value is nobody's business."""
MOST: Final = 20_000
"""How many members a group of an observation has at most."""
LONGEST: Final = 4_096
"""How long each of its texts is, in characters."""
_CHANGED: Final = "its files were changed"
_NO_PROCESS: Final = Unavailable("nobody said which process serves it")
_OPAQUE: Final = "k9Xw2Lq8Zr1Vb7Mm"
"""What could be a credential under any name that speaks of one, and is none under another."""


def rendering_document(done: Rendering, release: ModelRelease) -> dict[str, Any]:
    """Write what a release is delivered as: target, files by digest, what is in force.

    Args:
        done: The files it was rendered as.
        release: The release.
    """
    spec: dict[str, Any] = resolved(release)["spec"]
    return {
        "files": [{"digest": digest(one.content), "name": one.path} for one in done.files],
        "flags": {name: _flag(one) for name, one in spec.get("flags", {}).items()},
        "parameters": {
            name: one.get("value", one.get("default"))
            for name, one in spec.get("parameters", {}).items()
        },
        "target": {
            "kind": done.kind,
            "namespace": done.namespace,
            "options": dict(done.options),
            "version": done.version,
        },
    }


def _flag(flag: Mapping[str, Any]) -> dict[str, Any]:
    """Say what a flag serves."""
    variant = flag["defaultVariant"]
    return {"state": flag["state"], "value": flag["variants"].get(variant), "variant": variant}


def record(
    named: Named, where: Looked, verification: Verification, *, blobs: BlobReader
) -> dict[str, Any]:
    """Observe what runs at the end of a delivery, as its last entry names it.

    Args:
        named: The sealed release: it says which variables and settings are looked at.
        where: The process that serves, and its Python environment. No process: what belongs to
            one is unknown.
        verification: How the files of the environment are verified.
        blobs: The store.

    Raises:
        UnreadableError: There is no environment at that path.
        UsageError: There is no such process, or it may not be looked at.
    """
    machine, _ = observe_machine(named, where, verification, blobs=blobs)
    return observation_document(machine, is_process=where.process is not None)


def observation_document(machine: Machine, *, is_process: bool = True) -> dict[str, Any]:
    """Write what was observed of a machine and the process that serves on it.

    Args:
        machine: What was observed.
        is_process: Whether the variables and limits are those of the process that serves.
    """
    groups: dict[str, object] = {
        "arguments": _NO_PROCESS,
        "limits": _NO_PROCESS,
        "packages": _packages(machine),
        "python": _python(machine),
        "settings": _settings(machine),
        "variables": _NO_PROCESS,
    }
    if is_process:
        groups["arguments"] = _arguments(machine.arguments or ())
        groups["limits"] = _limits(machine)
        groups["variables"] = _variables(machine)
    found: dict[str, Any] = {"unknown": _unsettled(machine)}
    for name, value in sorted(groups.items()):
        seen = _bounded(value)
        if isinstance(seen, Unavailable):
            found["unknown"][name] = _short(seen.reason)
        else:
            found[name] = seen
    return found


def _bounded(value: Any) -> Any:  # noqa: ANN401 - plain values, or why there are none
    """Cut texts, and refuse what is too many."""
    if isinstance(value, str):
        return _short(value)
    if not isinstance(value, dict | list):
        return value
    if len(value) > MOST:
        return Unavailable(f"there are {len(value)}, and {MOST} are recorded")
    if isinstance(value, list):
        return [_bounded(one) for one in value]
    return {_short(name): _bounded(one) for name, one in value.items()}


def _short(text: str) -> str:
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _python(machine: Machine) -> object:
    python = machine.captured.python
    if isinstance(python, Unavailable):
        return python
    return {"implementation": python.implementation, "version": python.version}


def _packages(machine: Machine) -> object:
    """List what is installed; what was changed since is of another version, so to speak."""
    installed = machine.captured.installed
    if isinstance(installed, Unavailable):
        return installed
    found: dict[str, list[str]] = {}
    for one in installed.distributions:
        changed = f" ({one.why or _CHANGED})" if one.standing == "tampered" else ""
        found.setdefault(one.name, []).append(f"{one.version}{changed}")
    return {name: ", ".join(sorted(versions)) for name, versions in found.items()}


def _settings(machine: Machine) -> dict[str, str]:
    """List the settings of the kernel that are known."""
    found = machine.settings.items()
    return {name: value for name, value in found if not isinstance(value, Unavailable)}


def _unsettled(machine: Machine) -> dict[str, str]:
    """Say why settings of the kernel are not known."""
    found = machine.settings.items()
    return {
        _short(f"settings/{name}"): _short(value.reason)
        for name, value in found
        if isinstance(value, Unavailable)
    }


def _limits(machine: Machine) -> object:
    if isinstance(machine.limits, Unavailable):
        return machine.limits
    return {name: {"hard": hard, "soft": soft} for name, (soft, hard) in machine.limits.items()}


def _variables(machine: Machine) -> dict[str, str]:
    """List the variables a release sets or reads, and those that change what is computed."""
    shown = {
        one.name: SET if one.value is None else one.value
        for one in machine.captured.host.variables
        if one.value is not None or one.masked
    }
    return {name: _masked(value, name) for name, value in {**shown, **machine.variables}.items()}


def _arguments(arguments: Iterable[str]) -> list[str]:
    """List arguments; one that is a credential, or stands behind an option for one, is masked."""
    found: list[str] = []
    option = ""
    for one in arguments:
        name, equals, value = one.partition("=")
        if equals and name.startswith("-"):
            found.append(f"{name}={_masked(value, name.lstrip('-'))}")
        else:
            found.append(_masked(one, option))
        option = one.lstrip("-") if one.startswith("-") and not equals else ""
    return found


def _masked(value: str, name: str) -> str:
    secret = (credential_in(value, name), credential_in(_OPAQUE, name))
    return value if secret == (None, None) else SET
