"""systemd: the release as a unit of its own beside that of the stable one, haproxy before both.

The unit runs the pinned image by Podman or Docker, or a command in the environment that
`replicate.sh` of target sandbox makes. What is rendered lies in a folder of the machine that is
called like the unit; nothing is rendered that would only work in another place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.model.location import pointer
from weighbridge.model.rendering import RenderedFile, TargetOption
from weighbridge.render.configuration import configuration, value_text
from weighbridge.render.containers import Place, container_service
from weighbridge.render.haproxy import CERTIFICATE, haproxy_file, short_digest
from weighbridge.render.haproxy import OPTIONS as HAPROXY_OPTIONS
from weighbridge.render.hardening import SERVER
from weighbridge.render.machine import OPTIONS as MACHINE_OPTIONS
from weighbridge.render.machine import (
    configuration_files,
    hand,
    port_option,
    refuse_nul,
    refuse_placement,
    scrape_file,
)
from weighbridge.render.naming import dns_name, object_name
from weighbridge.render.processes import process_service
from weighbridge.render.unit_file import command, unit
from weighbridge.render.workload import OPTIONS as POD_OPTIONS
from weighbridge.render.workload import knobs_of, metrics_endpoint, metrics_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.rendering import Order, Remarks
    from weighbridge.render.configuration import Configuration

VERSIONS: Final = ("252", "255", "257", "259", "262")
_UNPRIVILEGED: Final = 1024
"""The first port that not only root may listen at."""
_BACKOFF: Final = 254
"""The first systemd that waits longer before each restart (`RestartSteps=`)."""
KNOBS: Final = {
    "CPUAffinity": 0,
    "CoredumpReceive": 255,
    "IOWeight": 0,
    "MemoryHigh": 0,
    "MemoryPressureWatch": 254,
    "MemorySwapMax": 0,
    "MemoryZSwapMax": 253,
    "Nice": 0,
    "OOMScoreAdjust": 0,
}
"""Settings of a service that parameters can set, each with the first systemd that has it."""
_SETTING: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .,:-]{0,99}%?|-[0-9]{1,4}")
_FOLDER: Final = r"/[A-Za-z0-9._/-]{1,200}"
_OPTIONS: Final = (
    TargetOption(
        name="engine",
        default="podman",
        pattern="podman|docker",
        wanted="podman or docker",
        description="What runs the image.",
    ),
    TargetOption(
        name="command",
        description="Command that serves, as a shell reads its words, for a release without an "
        "image; it has to listen at hostPort.",
    ),
    port_option("hostPort", "18082", "Port of the machine it answers at, on 127.0.0.1."),
    port_option("hostMetricsPort", "19102", "Port of the machine its metrics are read at."),
    TargetOption(
        name="root",
        default="/opt/weighbridge",
        pattern=_FOLDER,
        wanted="a folder",
        description="Folder of the machine that rendered folders are put into, each called like "
        "its unit.",
    ),
    TargetOption(
        name="secrets",
        default="/etc/weighbridge/secrets",
        pattern=_FOLDER,
        wanted="a folder",
        description="Folder of the machine that secrets are brought into, a file each; those that "
        "are variables, into its file `environment`.",
    ),
)


class Systemd:
    """Renders units, and haproxy's configuration."""

    kind = "systemd"
    versions = VERSIONS
    options = (
        *MACHINE_OPTIONS,
        *(one for one in POD_OPTIONS if one.name == "model"),
        *HAPROXY_OPTIONS,
        *_OPTIONS,
    )

    def render(self, order: Order, remarks: Remarks) -> Iterator[RenderedFile]:
        """Render a release: its unit, haproxy's, the target over both, and what they read."""
        refuse_placement(order, remarks)
        configured = configuration(order, remarks, system=self.kind)
        refuse_nul(configured, remarks)
        family = _family(order)
        name = f"{family}-{short_digest(order.digest)}"
        place = Place(name=name, folder=f"{order.options['root']}/{name}")
        yield from self._units(order, remarks, configured, place, family)
        yield haproxy_file(order, remarks, family=family, port=order.options["hostPort"])
        yield from configuration_files(dict(configured.files), "configuration")
        yield from scrape_file(order, _metrics_port(order))

    def _units(
        self,
        order: Order,
        remarks: Remarks,
        configured: Configuration,
        place: Place,
        family: str,
    ) -> Iterator[RenderedFile]:
        handed = tuple(hand(configured.secrets, order.options["secrets"], remarks))
        contained = order.release.spec.environment.image is not None
        if contained:
            service = list(container_service(order, remarks, configured, handed, place))
        else:
            service = list(process_service(order, remarks, configured, handed, place))
        service += _restarts(order)
        service += _knobs(order, remarks, configured, contained=contained)
        head = _head(order)
        yield RenderedFile(
            path=f"{place.name}.service",
            content=unit(
                head,
                Unit=_about(order, family),
                Service=service,
                Install=[("WantedBy", f"{family}.target")],
            ),
        )
        yield _proxy(order, head, family)
        yield _target(order, head, place, family)


def _family(order: Order) -> str:
    name = object_name(order)
    return f"{dns_name(order.namespace)}-{name}" if order.namespace else name


def _head(order: Order) -> tuple[str, ...]:
    meta = order.release.metadata
    return (f"{meta.name}@{meta.version}, {order.digest}", f"for systemd {order.version}")


def _metrics_port(order: Order) -> str:
    """Return the port metrics are read at; a process has no ports of its own that are mapped."""
    measured = metrics_endpoint(order)
    if metrics_port(order) == "http":
        return order.options["hostPort"]
    if order.release.spec.environment.image is None and measured is not None:
        return str(measured[0])
    return order.options["hostMetricsPort"]


def _about(order: Order, family: str) -> Iterator[tuple[str, object]]:
    meta = order.release.metadata
    yield "Description", f"{meta.name} {meta.version}"
    yield "PartOf", f"{family}.target"
    yield "Wants", "network-online.target"
    yield "After", "network-online.target"
    yield "StartLimitIntervalSec", 300
    yield "StartLimitBurst", 10
    yield "X-Weighbridge-Release", order.digest


def _restarts(order: Order) -> Iterator[tuple[str, object]]:
    yield "Restart", "always"
    yield "RestartSec", "1s"
    if int(order.version) >= _BACKOFF:
        yield "RestartSteps", 5
        yield "RestartMaxDelaySec", "60s"
    # The journal's entries of this unit carry the release, too.
    yield "LogExtraFields", f"WEIGHBRIDGE_RELEASE={order.digest}"


def _knobs(
    order: Order, remarks: Remarks, configured: Configuration, *, contained: bool
) -> Iterator[tuple[str, object]]:
    """Yield what parameters set of the unit; Docker's containers are not below it."""
    apart = contained and order.options["engine"] == "docker"
    version = int(order.version)
    known = () if apart else tuple(key for key, first in KNOBS.items() if first <= version)
    beside = " with Docker, whose containers stand beside the unit," if apart else ""
    target = f"systemd {order.version}{beside}"
    for key, value in knobs_of(configured, known, remarks, target=target).items():
        text = value_text(value)
        if not _SETTING.fullmatch(text):
            parameter = configured.knobs[key][1]
            remarks.refuse(
                f"{key} of a unit cannot be what parameter {parameter} says",
                f"/spec/parameters{pointer(parameter)}/value",
                "set it as systemd.exec(5) and systemd.resource-control(5) have it",
                seen=text,
            )
        yield key, text


def _proxy(order: Order, head: tuple[str, ...], family: str) -> RenderedFile:
    """Render haproxy's unit: the same for every release but for the digest it names."""
    file = _proxy_file(order, family)
    check = command("haproxy", "-c", "-q", "-f", file)
    service: list[tuple[str, object]] = [
        ("Type", "notify"),
        ("ExecStartPre", check),
        ("ExecStart", command("haproxy", "-Ws", "-f", file)),
        ("ExecReload", check),
        ("ExecReload", "/usr/bin/env kill -USR2 $MAINPID"),
        ("KillMode", "mixed"),
        ("DynamicUser", "yes"),
        ("RuntimeDirectory", family),
        ("RuntimeDirectoryMode", "0750"),
        ("Restart", "always"),
        ("RestartSec", "1s"),
        ("LimitNOFILE", 65536),
    ]
    if order.options["certificate"]:
        service.append(("LoadCredential", f"{CERTIFICATE}:{order.options['certificate']}"))
    binds = (order.options["bind"], order.options["proxyMetrics"])
    low = any(int(one.rpartition(":")[2]) < _UNPRIVILEGED for one in binds)
    rights = "CAP_NET_BIND_SERVICE" if low else ""
    service += [("AmbientCapabilities", rights), ("CapabilityBoundingSet", rights), *SERVER]
    about = [
        ("Description", f"haproxy before {family}"),
        ("PartOf", f"{family}.target"),
        ("Wants", "network-online.target"),
        ("After", "network-online.target"),
        ("X-Weighbridge-Release", order.digest),
    ]
    install = [("WantedBy", f"{family}.target")]
    content = unit(head, Unit=about, Service=service, Install=install)
    return RenderedFile(path=f"{family}-haproxy.service", content=content)


def _proxy_file(order: Order, family: str) -> str:
    """Say where haproxy's configuration belongs: a reload has to find the next release's there."""
    return f"{order.options['root']}/{family}/haproxy.cfg"


def _target(order: Order, head: tuple[str, ...], place: Place, family: str) -> RenderedFile:
    folder = place.folder
    lines = (
        *head,
        "",
        f"This folder belongs at {folder}. Then, as root:",
        f"  install -D -m 0644 {folder}/haproxy.cfg {_proxy_file(order, family)}",
        f"  systemctl enable --force {folder}/*.service {folder}/*.target",
        f"  systemctl start {family}.target {place.name}.service",
        f"  systemctl reload {family}-haproxy.service",
        "and once another release is the stable one:",
        f"  systemctl disable --now {place.name}.service",
    )
    about = [
        ("Description", f"{family}: its releases, and haproxy before them"),
        ("X-Weighbridge-Release", order.digest),
    ]
    content = unit(lines, Unit=about, Install=[("WantedBy", "multi-user.target")])
    return RenderedFile(path=f"{family}.target", content=content)
