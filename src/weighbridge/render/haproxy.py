"""haproxy before two releases on one machine: the stable one, and the one that is rendered.

Requests are shared by weights that the runtime socket changes while haproxy runs. It asks both
servers whether they are ready. No connection to a server is used for more than one client
(`http-reuse never`), and each request is balanced anew: a weight of 0 holds from the next request
on, however long a client keeps its connection.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.model.rendering import RenderedFile, TargetOption
from weighbridge.render.naming import object_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.model.rendering import Order, Remarks

HOST: Final = r"(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[[0-9a-f:]{2,39}\])"
"""An address of a machine, without a port."""
_ADDRESS: Final = rf"{HOST}:[1-9][0-9]{{0,4}}"
LOOPBACK: Final = re.compile(r"127\.|\[::1\]")
"""What addresses begin with that nobody else reaches."""
BIND: Final = TargetOption(
    name="bind",
    default="127.0.0.1:8000",
    pattern=_ADDRESS,
    wanted="an address and a port: 127.0.0.1:8000, [::1]:8000",
    description="Where haproxy takes requests.",
)
OPTIONS: Final = (
    BIND,
    TargetOption(
        name="certificate",
        pattern=r"/[A-Za-z0-9._/-]{1,255}",
        wanted="a path",
        description="Certificate chain and key (PEM) it takes them with over TLS.",
    ),
    TargetOption(
        name="stable",
        default="127.0.0.1:18081",
        pattern=_ADDRESS,
        wanted="an address and a port",
        description="Where the stable release answers; while nothing does, all requests go to the "
        "one that is rendered.",
    ),
    TargetOption(
        name="stableRelease",
        pattern=r"sha256:[0-9a-f]{64}",
        wanted="a release digest",
        description="Digest of the stable release, which its answers then carry.",
    ),
    TargetOption(
        name="proxyMetrics",
        default="127.0.0.1:8405",
        pattern=_ADDRESS,
        wanted="an address and a port",
        description="Where haproxy's own metrics are read.",
    ),
    TargetOption(
        name="answerSeconds",
        default="60",
        pattern=r"[1-9][0-9]{0,5}",
        wanted="seconds",
        description="Seconds a server may be silent while it answers.",
    ),
)
HEADER: Final = "X-Weighbridge-Release"
CERTIFICATE: Final = "certificate.pem"
"""Name of the credential that holds it."""
_SHORT: Final = 12


def short_digest(digest: str) -> str:
    """Return the digits of a release digest that tell two releases of a machine apart."""
    return digest.removeprefix("sha256:")[:_SHORT]


def socket_path(family: str) -> str:
    """Return where haproxy is told other weights."""
    return f"/run/{family}/haproxy.sock"


def weights(order: Order) -> tuple[int, int]:
    """Return the weights of the stable release and of this one at the first step, in percent."""
    rollout = order.release.spec.rollout
    if rollout is None or rollout.strategy in {"rolling", "recreate"}:
        return 0, 100
    begins = 0 if rollout.strategy == "blueGreen" else 100
    own = rollout.steps[0].weight if rollout.steps else begins
    return 100 - own, own


def haproxy_file(order: Order, remarks: Remarks, *, family: str, port: str) -> RenderedFile:
    """Render haproxy's configuration.

    Args:
        order: What is rendered.
        remarks: Takes what cannot be done.
        family: What the units of all releases of this name are called by.
        port: The port of the machine this release answers at.
    """
    _refuse_plain_text(order, remarks)
    _notice_steps(order, remarks, family)
    sections = (
        ("global", _global(family)),
        ("defaults", defaults(order.options["answerSeconds"])),
        (f"frontend {family}", _frontend(order, family)),
        (f"backend {family}", _backend(order, port)),
        ("frontend metrics", exporter(order.options["proxyMetrics"])),
    )
    meta = order.release.metadata
    head = (
        f"# {meta.name}@{meta.version}, {order.digest}",
        "# A reload goes back to the weights below; what was set at run time is forgotten.",
    )
    return RenderedFile(path="haproxy.cfg", content=written(head, sections).encode("ascii"))


def written(head: Iterable[str], sections: Iterable[tuple[str, Iterable[str]]]) -> str:
    """Write a configuration.

    Args:
        head: Comments above all.
        sections: Sections: how each begins, and its settings.
    """
    lines = list(head)
    for name, settings in sections:
        lines += ["", name, *(f"    {one}" for one in settings)]
    return "\n".join(lines) + "\n"


def server_name(digest: str) -> str:
    """Name a release among the servers."""
    return f"release-{short_digest(digest)}" if digest else "stable"


def in_transit(order: Order) -> bool:
    """Tell whether requests are to be encrypted in transit."""
    governance = order.release.spec.governance
    encryption = governance.encryption if governance is not None else None
    return encryption is not None and encryption.in_transit == "required"


def _refuse_plain_text(order: Order, remarks: Remarks) -> None:
    options = order.options
    if in_transit(order) and not options["certificate"] and not LOOPBACK.match(options["bind"]):
        remarks.refuse(
            "requests are to be encrypted in transit, and would come in as plain text",
            "/spec/governance/encryption/inTransit",
            "name a certificate: certificate=/etc/ssl/private/NAME.pem",
            "or take requests of this machine alone: bind=127.0.0.1:8000",
            seen=f"bind={options['bind']}",
        )


def _notice_steps(order: Order, remarks: Remarks, family: str) -> None:
    rollout = order.release.spec.rollout
    if rollout is None:
        return
    before, own = weights(order)
    if rollout.strategy in {"canary", "blueGreen"}:
        remarks.notice(
            f"haproxy begins with {own} % of the requests for this release and {before} % for the "
            "stable one; further steps, and what analyses say of them, are for whoever drives the "
            f"rollout through {socket_path(family)}"
        )
    else:
        remarks.notice(
            f"one machine has one replica of a release: {rollout.strategy} gives this one all "
            "requests as soon as it is ready; the stable one is not stopped by that"
        )


def _global(family: str) -> Iterator[str]:
    yield "log stdout format raw local0"
    yield f"stats socket {socket_path(family)} mode 660 level admin expose-fd listeners"
    yield "stats timeout 30s"
    yield "ssl-default-bind-options ssl-min-ver TLSv1.2"


def defaults(answer_seconds: str) -> Iterator[str]:
    """Yield what holds for all sections.

    Args:
        answer_seconds: Seconds a server may be silent while it answers.
    """
    yield "mode http"
    yield "log global"
    yield "option dontlognull"
    yield "option redispatch"
    yield "timeout connect 5s"
    yield "timeout client 60s"
    yield f"timeout server {answer_seconds}s"
    yield "timeout http-request 10s"
    yield "timeout http-keep-alive 15s"
    yield "timeout check 4s"


def _frontend(order: Order, family: str) -> Iterator[str]:
    # systemd says in CREDENTIALS_DIRECTORY where what it loads for the unit lies.
    own = f'"${{CREDENTIALS_DIRECTORY}}/{CERTIFICATE}"'
    tls = f" ssl crt {own} alpn h2,http/1.1" if order.options["certificate"] else ""
    yield f"bind {order.options['bind']}{tls}"
    yield "option httplog"
    yield f"default_backend {family}"


def _backend(order: Order, port: str) -> Iterator[str]:
    options = order.options
    before, own = weights(order)
    stable = server_name(options["stableRelease"])
    this = server_name(order.digest)
    if this == stable:
        stable = "stable"  # the same release a second time, such as a trial of the machine
    yield from shared(options["readyPath"], object_name(order))
    for name, digest in ((stable, options["stableRelease"]), (this, order.digest)):
        if digest:
            yield f"http-response set-header {HEADER} {digest} if {{ srv_name {name} }}"
    yield "default-server check inter 2s fall 2 rise 2 on-marked-down shutdown-sessions"
    yield f"server {stable} {options['stable']} weight {before}"
    yield f"server {this} 127.0.0.1:{port} weight {own}"


def shared(ready_path: str, host: str) -> Iterator[str]:
    """Yield how a backend shares requests anew each time, and asks whether its servers can serve.

    Args:
        ready_path: Path that answers 200 while a server can serve.
        host: What it is asked as.
    """
    yield "balance roundrobin"
    yield "http-reuse never"
    yield "option httpchk"
    yield f"http-check send meth GET uri {_quoted(ready_path)} ver HTTP/1.1 hdr Host {host}"
    yield "http-check expect status 200"


def exporter(bind: str) -> Iterator[str]:
    """Yield the settings of the frontend of haproxy's own metrics.

    Args:
        bind: Address and port they are read at.
    """
    yield f"bind {bind}"
    yield "no log"
    yield "http-request use-service prometheus-exporter if { path /metrics }"
    yield "http-request return status 404"


def _quoted(text: str) -> str:
    """Quote a word so that neither variables nor escapes are replaced in it."""
    return "'" + text.replace("'", "'\\''") + "'"
