"""local: a release as a process of this machine, haproxy before it, Prometheus beside it.

What is rendered says how the process is started, and nothing of where: ports, folders and the
Python are filled in by whoever starts it (`deliver`). Nothing here needs root, a container or a
service manager; what only these can hold is refused, or said.
"""

from __future__ import annotations

import difflib
import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.canonical import canonical_bytes
from weighbridge.model.location import pointer
from weighbridge.model.rendering import RenderedFile, TargetOption
from weighbridge.render.configuration import FOLDER, configuration
from weighbridge.render.haproxy import BIND, HOST, LOOPBACK, in_transit
from weighbridge.render.machine import OPTIONS as MACHINE_OPTIONS
from weighbridge.render.machine import (
    accelerators,
    amounts_of,
    configuration_files,
    hand,
    refuse_nul,
    refuse_placement,
    user_limits,
)
from weighbridge.render.naming import object_name
from weighbridge.render.observability.observed import is_watched, watch
from weighbridge.render.observability.options import PROMETHEUS_VERSIONS, SCRAPE_SECONDS
from weighbridge.render.observability.rules import groups
from weighbridge.render.sandbox import lock_of
from weighbridge.render.text import yaml_documents
from weighbridge.render.workload import knobs_of, metrics_endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.rendering import Order, Remarks
    from weighbridge.render.configuration import Configuration

PROCESS: Final = "process.json"
"""Path of what says how the process is started."""
RULES: Final = "prometheus/rules.yml"
"""Path of the rule file."""
CONFIGURATION: Final = "configuration"
"""Folder of the files `WEIGHBRIDGE_CONFIG` names."""
PLACEHOLDERS: Final = ("port", "metricsPort", "python", "release", "config")
"""What a command may have in braces: filled in when it is started."""
OURS: Final = ("WEIGHBRIDGE_DELIVERY", "WEIGHBRIDGE_METRICS_PORT", "WEIGHBRIDGE_PORT")
"""Variables that are set when it is started, beside `WEIGHBRIDGE_CONFIG`."""
_PLACEHOLDER: Final = re.compile(r"\{([A-Za-z]+)\}")
_FOLDER: Final = r"/[ -~]{0,1023}"
_SHARED: Final = ("readyPath", "startSeconds", "graceSeconds", "server", "placed")
_METRICS: Final = "/metrics"
OPTIONS: Final = (
    *(one for one in MACHINE_OPTIONS if one.name in _SHARED),
    BIND,
    replace(SCRAPE_SECONDS, default="1"),
    TargetOption(
        name="command",
        description="Command that serves, as a shell reads its words, with {port}, {metricsPort}, "
        "{python}, {release} and {config} in it; the reference server, if nothing is said.",
    ),
    TargetOption(
        name="environment",
        pattern=_FOLDER,
        wanted="a folder",
        description="Python environment it runs in, which has to be what the lock says; one is "
        "made of the lock if nothing is said.",
    ),
    TargetOption(
        name="wheels",
        pattern=_FOLDER,
        wanted="a folder",
        description="Folder of wheels the environment is made of, and of nothing else.",
    ),
    TargetOption(
        name="python",
        pattern=_FOLDER,
        wanted="a path",
        description="Python the environment is made with; one of the release's version, if there "
        "is one on the path.",
    ),
    TargetOption(
        name="metricsPath",
        pattern=r"/[!-~]{0,255}",
        wanted="a path that begins with /",
        description="Path its metrics are read at; what the manifest says, or /metrics.",
    ),
    TargetOption(
        name="metricsPort",
        default="requests",
        pattern="requests|own",
        wanted="requests or own",
        description="Whether its metrics are at the port of its requests, or at one of their own: "
        "{metricsPort} in the command, WEIGHBRIDGE_METRICS_PORT among the variables.",
    ),
    TargetOption(
        name="prometheus",
        default="127.0.0.1:0",
        pattern=rf"{HOST}:[0-9]{{1,5}}",
        wanted="an address and a port, 0 for any that is free",
        description="Where the Prometheus beside it answers.",
    ),
    TargetOption(
        name="secrets",
        default="/etc/weighbridge/secrets",
        pattern=_FOLDER,
        wanted="a folder",
        description="Folder that secrets others keep are brought into, a file each.",
    ),
)


class Local:
    """Renders how a release is started on this machine, and what watches it."""

    kind = "local"
    versions = ("1",)
    options = OPTIONS

    def render(self, order: Order, remarks: Remarks) -> Iterator[RenderedFile]:
        """Render a release: its process, its configuration, its rules."""
        refuse_placement(order, remarks)
        configured = configuration(order, remarks, system=self.kind)
        refuse_nul(configured, remarks)
        knobs_of(configured, (), remarks, target="a process of this machine")
        _refuse_what_is_ours(configured, remarks)
        _refuse_what_only_others_have(order, remarks)
        _refuse_plain_text(order, remarks)
        _notice_differences(order, remarks)
        found = _process(order, remarks, configured)
        yield RenderedFile(path=PROCESS, content=canonical_bytes(found))
        yield from configuration_files(dict(configured.files), CONFIGURATION)
        yield from _rules(order, remarks)


def _process(order: Order, remarks: Remarks, configured: Configuration) -> dict[str, Any]:
    options = order.options
    meta = order.release.metadata
    variables = dict(configured.variables)
    if variables["WEIGHBRIDGE_CONFIG"] == FOLDER:
        variables["WEIGHBRIDGE_CONFIG"] = "{config}"
    served = _served(order, remarks, configured)
    own = options["metricsPort"] == "own" or any(
        "{metricsPort}" in word for word in served.get("command", ())
    )
    return {
        "schemaVersion": 1,
        "release": order.digest,
        "name": meta.name,
        "version": meta.version,
        "job": object_name(order),
        **served,
        "variables": variables,
        "secrets": _secrets(order, remarks, configured),
        "limits": [
            {"name": name, "soft": soft, "hard": hard}
            for name, soft, hard in user_limits(order, remarks)
        ],
        "readyPath": options["readyPath"],
        "metrics": _metrics(order, remarks, own=own, reference="server" in served),
        "startSeconds": int(options["startSeconds"]),
        "graceSeconds": int(options["graceSeconds"]),
        **_python(order, remarks),
    }


def _served(order: Order, remarks: Remarks, configured: Configuration) -> dict[str, Any]:
    """Say what serves: a command, or the reference server."""
    text = order.options["command"]
    if text:
        words = _words(text, remarks)
        return {"command": words, "arguments": list(configured.arguments)}
    weights = [one for one in order.release.spec.artifacts if one.role == "weights"]
    found = [
        one.path
        for one in weights
        if one.path is not None and (one.format == "onnx" or one.path.endswith(".onnx"))
    ]
    command = "say what serves it: command='{python} serve.py --port {port}'"
    elsewhere = "or run its image: render for compose, systemd or kubernetes"
    if not found:
        remarks.refuse(
            "the release has no ONNX weights, and the reference server serves nothing else",
            "/spec/artifacts",
            command,
            elsewhere,
            seen=", ".join(f"{one.name} ({one.format or 'no format'})" for one in weights),
            wanted="an artifact of role weights and format onnx, with a path",
        )
    elif len(found) > 1:
        remarks.refuse(
            "the reference server serves one file of ONNX weights",
            "/spec/artifacts",
            command,
            elsewhere,
            seen=", ".join(found),
        )
    if configured.arguments:
        remarks.notice(
            "the reference server takes no arguments, and is given none; parameters stand in the "
            f"folder WEIGHBRIDGE_CONFIG names: {shlex.join(configured.arguments)}"
        )
    return {"server": "reference", "model": found[0] if found else ""}


def _words(text: str, remarks: Remarks) -> list[str]:
    """Split the command into its words, as a shell does."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        remarks.refuse(
            f"the option command has no words: {error}", "", "close its quotes", seen=text
        )
        return []
    for name in _PLACEHOLDER.findall(text):
        if name not in PLACEHOLDERS:
            near = difflib.get_close_matches(name, PLACEHOLDERS, n=1)
            remarks.refuse(
                f"nothing is filled in for {{{name}}} in the option command",
                "",
                f"did you mean {{{near[0]}}}?" if near else "leave it out",
                seen=f"{{{name}}}",
                wanted=", ".join(f"{{{one}}}" for one in PLACEHOLDERS),
            )
    if not words:
        remarks.refuse("the option command has no words", "", "say one, or leave it out", seen=text)
    return words


def _secrets(order: Order, remarks: Remarks, configured: Configuration) -> list[dict[str, str]]:
    """Say where secrets are taken from: variables of whoever starts it, or files."""
    found = []
    for one in hand(configured.secrets, order.options["secrets"], remarks):
        name = one.secret.variable
        if one.variable:
            found.append({"variable": name, "from": "env", "name": one.variable})
        else:
            found.append({"variable": f"{name}_FILE", "from": "file", "name": one.file})
    return found


def _metrics(order: Order, remarks: Remarks, *, own: bool, reference: bool) -> dict[str, str]:
    """Say where metrics are read; empty if it has none."""
    said = replace(order, options={**order.options, "port": "0"})
    measured = metrics_endpoint(said)
    path = order.options["metricsPath"] or (measured[1] if measured is not None else "")
    if not path and not reference:
        return {}
    if measured is not None and measured[0]:
        where = "a port of their own" if own else "the port of requests"
        remarks.notice(
            f"metrics are read at {where}, not at {measured[0]}: two releases of one machine "
            "cannot both have that"
        )
    return {"path": path or _METRICS, "port": "own" if own else "requests"}


def _python(order: Order, remarks: Remarks) -> dict[str, Any]:
    runtime = order.release.spec.environment.runtime
    about = {"implementation": runtime.implementation, "version": str(runtime.version)}
    if order.options["environment"]:
        lock = order.release.spec.dependencies.runtime
    else:
        found = lock_of(order, remarks, "runtime")
        lock = order.release.spec.dependencies.runtime if found is None else found
    known = {"path": lock.lock, "format": lock.format, "digest": lock.digest or ""}
    return {"python": about, "lock": known}


def _rules(order: Order, remarks: Remarks) -> Iterator[RenderedFile]:
    # Written as the oldest version reads them: whichever is there, loads them.
    read = replace(order, options={**order.options, "prometheus": PROMETHEUS_VERSIONS[0]})
    if not is_watched(read):
        return
    made = watch(read, remarks)
    if made.rules:
        found = {"groups": groups(read, made.alerts, made.objectives)}
        yield RenderedFile(path=RULES, content=yaml_documents(found))


def _refuse_what_is_ours(configured: Configuration, remarks: Remarks) -> None:
    for name in OURS:
        if name in configured.variables:
            remarks.refuse(
                f"{name} is set when the process is started",
                f"/spec/environment/system/env{pointer(name)}",
                "leave it out of the release",
            )


def _refuse_what_only_others_have(order: Order, remarks: Remarks) -> None:
    """Refuse what a container, or whoever is root, would have to set."""
    own = order.release.spec.environment.system
    if own is not None and own.sysctls:
        remarks.refuse(
            "settings of the kernel would be the whole machine's, without a container",
            "/spec/environment/system/sysctls",
            "set them where the machine is set up (sysctl.d), and take them out of the release",
            "or render for compose or kubernetes",
        )
    for at, one in accelerators(order):
        remarks.refuse(
            "a process is not given accelerators by their number",
            at,
            "render for systemd or compose, whose containers are",
            "or leave them out, on a machine of the release's own",
            seen=f"{one.count} of {one.type}",
        )


def _refuse_plain_text(order: Order, remarks: Remarks) -> None:
    bind = order.options["bind"]
    if in_transit(order) and not LOOPBACK.match(bind):
        remarks.refuse(
            "requests are to be encrypted in transit, and would come in as plain text",
            "/spec/governance/encryption/inTransit",
            "take requests of this machine alone: bind=127.0.0.1:8000",
            "or render for systemd, whose haproxy takes a certificate",
            seen=f"bind={bind}",
        )


def _notice_differences(order: Order, remarks: Remarks) -> None:
    environment = order.release.spec.environment
    if environment.image is not None:
        remarks.notice(
            f"the image {environment.image.ref} is not run: the process has the packages of the "
            "lock, on the operating system of the machine"
        )
    if amounts_of(order, "limits") != (None, None):
        remarks.notice(
            "processor time and memory are not limited: control groups are, and a process that "
            "nobody else started has none; limits of address space (RLIMIT_AS) would count files "
            "that are only mapped; systemd, compose and kubernetes hold them"
        )
    if amounts_of(order, "requests") != (None, None):
        remarks.notice("nothing is kept back for the process: it has what others leave")
    if order.options["wheels"] and order.options["environment"]:
        remarks.refuse(
            "an environment that is there is not made of wheels",
            "",
            "say environment, or wheels",
            seen="both",
        )
