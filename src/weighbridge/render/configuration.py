"""What a release is configured with, the same on every target: variables, files, secrets.

Every parameter stands in `parameters.json`, whatever else it is mapped to; flags stand in
`flags.json` as flagd reads them. Secrets are names of where they are kept, never values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.canonical import canonical_bytes
from weighbridge.model.location import pointer
from weighbridge.render.naming import resource_attributes
from weighbridge.render.text import json_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.release.parameters import Parameter
    from weighbridge.model.release.services import ExternalService
    from weighbridge.model.rendering import Order, Remarks

FOLDER: Final = "/etc/weighbridge"
"""Where the files of the configuration are, in containers."""
FLAGGED_SERVERS: Final = ("sglang", "tgi", "vllm")
"""Servers whose knobs are options of their command, `--max-num-seqs=8`."""
_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_NO_VARIABLE: Final = re.compile(r"[^A-Z0-9]+")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FLAG: Final = re.compile(r"-{0,2}[A-Za-z][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A secret the release is given, by where it is kept.

    Attributes:
        variable: The environment variable it arrives in.
        service: Name of the service it is for.
        provider: Who keeps it.
        name: Its name there.
        key: The part of the entry that is meant; empty for all of it.
        version: Version of the entry; empty for the newest.
        pointer: Where the manifest names it (JSON pointer).
    """

    variable: str
    service: str
    provider: str
    name: str
    key: str
    version: str
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What a release is configured with.

    Attributes:
        variables: Environment variables, by name.
        arguments: Arguments of its command, in order.
        files: Files by name, to lie in one folder.
        secrets: Secrets, in the order of the services.
        knobs: Parameters that are knobs of the target itself: by their name there, the value and
            the parameter's name.
    """

    variables: Mapping[str, str]
    arguments: tuple[str, ...]
    files: Mapping[str, bytes]
    secrets: tuple[Secret, ...]
    knobs: Mapping[str, tuple[Any, str]] = field(default_factory=dict)


def configuration(order: Order, remarks: Remarks, *, system: str) -> Configuration:
    """Gather the configuration of a release.

    Args:
        order: What is rendered.
        remarks: Takes what cannot be done.
        system: The key of `mapsTo` that names knobs of the target itself.
    """
    spec = order.release.spec
    own = spec.environment.system
    variables: dict[str, str] = dict(own.env or {}) if own is not None else {}
    arguments = list(own.args or ()) if own is not None else []
    mapped = _Mapped(order, remarks, system, variables, arguments)
    for name, parameter in sorted((spec.parameters or {}).items()):
        mapped.take(name, parameter)
    if own is not None and own.threads is not None:
        for variable in _THREADS:
            variables.setdefault(variable, str(own.threads))
    variables |= {name: value for name, value in _known(order) if name not in variables}
    for name in sorted(variables):
        if not _VARIABLE.fullmatch(name):
            at = f"/spec/environment/system/env{pointer(name)}"
            remarks.refuse("an environment variable has a name no shell knows", at, seen=name)
    secrets = tuple(_secrets(spec.external_services or ()))
    return Configuration(
        variables=dict(sorted(variables.items())),
        arguments=tuple(arguments),
        files=dict(_files(order)),
        secrets=secrets,
        knobs=mapped.knobs,
    )


class _Mapped:
    """Brings parameters to where `mapsTo` says they go."""

    def __init__(
        self,
        order: Order,
        remarks: Remarks,
        system: str,
        variables: dict[str, str],
        arguments: list[str],
    ) -> None:
        self._server = order.options.get("server", "")
        self._remarks = remarks
        self._system = system
        self._variables = variables
        self._arguments = arguments
        self.knobs: dict[str, tuple[Any, str]] = {}

    def take(self, name: str, parameter: Parameter) -> None:
        at = f"/spec/parameters{pointer(name)}"
        if parameter.value is None:
            fix = f"weighbridge set spec.parameters.{name}.value VALUE"
            self._remarks.refuse(f"parameter {name} has no value, and none is assumed", at, fix)
            return
        value = value_text(parameter.value)
        for where, its_name in sorted((parameter.maps_to or {}).items()):
            here = f"{at}/mapsTo{pointer(where)}"
            if where == "env":
                self._set(its_name, value, name, here)
            elif where == "args" or (where == self._server and where in FLAGGED_SERVERS):
                self._flag(its_name, value, here)
            elif where == self._system:
                self.knobs[its_name] = (parameter.value, name)

    def _set(self, variable: str, value: str, name: str, at: str) -> None:
        if self._variables.setdefault(variable, value) != value:
            self._remarks.refuse(
                f"parameter {name} sets {variable}, which is set to something else",
                at,
                "set it once: as a parameter",
                seen=value,
                wanted=self._variables[variable],
            )

    def _flag(self, flag: str, value: str, at: str) -> None:
        if not _FLAG.fullmatch(flag):
            self._remarks.refuse("that is no option of a command", at, seen=flag)
            return
        own = flag if flag.startswith("-") else "--" + flag.replace("_", "-")
        self._arguments.append(f"{own}={value}")


def value_text(value: object) -> str:
    """Write a parameter's value as a variable or an option holds it: text as it is, else JSON."""
    return value if isinstance(value, str) else canonical_bytes(value).decode()


def _known(order: Order) -> Iterator[tuple[str, str]]:
    """Yield variables that say of which release all is, and how it traces."""
    yield "WEIGHBRIDGE_CONFIG", FOLDER
    yield "WEIGHBRIDGE_RELEASE", order.digest
    attributes = resource_attributes(order)
    yield "OTEL_SERVICE_NAME", attributes.pop("service.name")
    # The values are percent-encoded as W3C Baggage demands; of ours only versions can need it.
    yield (
        "OTEL_RESOURCE_ATTRIBUTES",
        ",".join(f"{name}={_encoded(value)}" for name, value in attributes.items()),
    )
    seen = order.release.spec.observability
    traces = seen.traces if seen is not None else None
    if traces is not None and traces.propagators:
        yield "OTEL_PROPAGATORS", ",".join(traces.propagators)
    if traces is not None and traces.sampler is not None:
        yield "OTEL_TRACES_SAMPLER", traces.sampler
    if traces is not None and traces.ratio is not None:
        yield "OTEL_TRACES_SAMPLER_ARG", traces.ratio


def _encoded(value: str) -> str:
    return re.sub(r"[^A-Za-z0-9:._!-]", lambda found: f"%{ord(found[0]):02X}", value)


def _files(order: Order) -> Iterator[tuple[str, bytes]]:
    spec = order.release.spec
    meta = order.release.metadata
    parameters = {name: _number(one) for name, one in (spec.parameters or {}).items()}
    about = {"name": meta.name, "version": meta.version, "digest": order.digest}
    yield "release.json", json_document(about)
    yield "parameters.json", json_document(parameters)
    if spec.flags:
        flags = {
            name: {
                "state": flag.state,
                "variants": flag.variants,
                "defaultVariant": flag.default_variant,
            }
            for name, flag in spec.flags.items()
        }
        yield "flags.json", json_document({"flags": flags})
    if spec.external_services:
        services = {one.name: _service(one) for one in spec.external_services}
        yield "services.json", json_document(services)
    seen = spec.observability
    if seen is not None and seen.logs is not None:
        logs = seen.logs
        known = {"format": logs.format, "schema": logs.schema_, "level": logs.level}
        yield "logs.json", json_document({key: one for key, one in known.items() if one})


def _number(parameter: Parameter) -> object:
    """Return a parameter's value as JSON has it: decimals are kept as text in manifests."""
    value = parameter.value
    return float(value) if parameter.type == "number" and isinstance(value, str) else value


def _service(service: ExternalService) -> dict[str, Any]:
    known: dict[str, Any] = {
        "endpoint": service.endpoint,
        "timeout": service.timeout,
        "fallback": service.fallback,
    }
    if service.auth is not None:
        known["scheme"] = service.auth.scheme
    if service.auth is not None and service.auth.secret_ref is not None:
        known["variable"] = _variable(service)
    return {key: one for key, one in known.items() if one is not None}


def _secrets(services: list[ExternalService] | tuple[()]) -> Iterator[Secret]:
    for service in services:
        kept = service.auth.secret_ref if service.auth is not None else None
        if kept is not None:
            yield Secret(
                variable=_variable(service),
                service=service.name,
                provider=kept.provider,
                name=kept.name,
                key=kept.key or "",
                version=kept.version or "",
                pointer=f"/spec/externalServices/{services.index(service)}/auth/secretRef",
            )


def _variable(service: ExternalService) -> str:
    """Name the variable a service's secret arrives in: of the service and the key."""
    kept = service.auth.secret_ref if service.auth is not None else None
    key = kept.key if kept is not None and kept.key else "secret"
    name = _NO_VARIABLE.sub("_", f"{service.name}_{key}".upper()).strip("_")
    return name if not name[:1].isdigit() else f"SERVICE_{name}"
