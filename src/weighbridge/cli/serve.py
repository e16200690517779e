"""`weighbridge serve`."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.model.ports import Registry
    from weighbridge.model.team.server_settings import ServerSettings
    from weighbridge.render.admission_webhook import Address
    from weighbridge.server.login.own import Own
    from weighbridge.server.running import Listening
    from weighbridge.server.services import DataHere

_LARGEST = 1 << 20


@click.command(name="serve", cls=Verb)
@click.option("--config", metavar="FILE", help="What the server of a team goes by (TOML).")
@click.option(
    "--admission",
    "environments",
    multiple=True,
    metavar="ENV",
    help="Answer only what a cluster asks about this environment; may be repeated.",
)
@click.option(
    "--key",
    "key_names",
    multiple=True,
    metavar="NAME",
    help="Sign with this key what you say in your browser; on your own machine only.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8_443, show_default=True, help="0: any free."
)
@click.option("--tls-cert", metavar="FILE", help="Certificate and those above it (PEM).")
@click.option("--tls-key", metavar="FILE", help="Its private key (PEM), if not in the same file.")
@click.option(
    "--sidecar",
    "sidecars",
    multiple=True,
    metavar="DIGEST",
    help="Image that may run beside any release; may be repeated.",
)
@click.option(
    "--grace",
    type=click.FloatRange(0, 600),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="How long it goes on after SIGTERM, /readyz saying 503, before it takes nobody new.",
)
@click.option(
    "--log-format",
    type=click.Choice(["json", "text"]),
    help="How logs are written to stderr.  [default: text on a terminal, else json]",
)
@click.option("--print-config", is_flag=True, help="Print what registers it with a cluster.")
@click.option("--url", metavar="URL", help="With --print-config: https://HOST[:PORT] it is at.")
@click.option(
    "--service", metavar="NAMESPACE/NAME", help="With --print-config: the Service it is behind."
)
@click.option("--ca-bundle", metavar="FILE", help="With --print-config: who vouches for it (PEM).")
@click.option(
    "--namespace", metavar="NAME", help="With --print-config, if the environment names none."
)
def command(
    *,
    config: str | None,
    environments: tuple[str, ...],
    key_names: tuple[str, ...],
    host: str,
    port: int,
    tls_cert: str | None,
    tls_key: str | None,
    sidecars: tuple[str, ...],
    grace: float,
    log_format: Literal["json", "text"] | None,
    print_config: bool,
    url: str | None,
    service: str | None,
    ca_bundle: str | None,
    namespace: str | None,
) -> str:
    """Serve a registry to a team, or answer at the door of a cluster.

    Without --admission: the API (GET /v1/openapi.json tells it), for `--registry https://…` of
    everybody's command line, with logins of people and tokens of machines as --config FILE says.
    Whoever can write to the registry makes the first token: `weighbridge token new`. On your own
    machine it prints a link that lets your browser in; --key NAME signs what you say there.

    With --admission ENV a Kubernetes API server asks about each workload (POST /admit/ENV). It is
    let in if every image is pinned, and is one of the release the environment points to.

    GET /readyz is 503 while the ledger cannot be believed, and from SIGTERM on; --grace SECONDS
    later nobody new is answered, and it ends when what was asked is answered. SIGHUP reads the
    certificate again. It needs the extra `server`. Beyond this machine it speaks TLS only, or
    plain HTTP to the proxies the settings name.

    With --print-config nothing listens: the ValidatingWebhookConfiguration is printed.

    Exit codes: 0 ended or printed, 1 the ledger is not believed, 2 usage, 3 nothing can listen, or
    the extra is missing.
    """
    session = Session.current()
    _check_mode(config, environments, sidecars, key_names, print_config=print_config)
    if print_config:
        address = _address(url, service)
        return _print_config(session, environments, address, ca_bundle, namespace)
    given = {"--url": url, "--service": service, "--ca-bundle": ca_bundle, "--namespace": namespace}
    for name, value in given.items():
        if value is not None:
            raise click.UsageError(f"{name} goes with --print-config")
    if tls_key and not tls_cert:
        raise click.UsageError("--tls-key goes with --tls-cert")
    asked = _Asked(
        session=session,
        host=host,
        port=port,
        files=(tls_cert, tls_key),
        grace=grace,
        log_format=log_format,
        key_names=key_names,
    )
    _begin(asked, config, environments, sidecars)
    return "pass"


def _begin(
    asked: _Asked, config: str | None, environments: tuple[str, ...], sidecars: tuple[str, ...]
) -> None:
    try:
        if environments:
            _admit(asked, environments, sidecars)
        else:
            _serve(asked, config)
    except ModuleNotFoundError as error:
        from weighbridge.model.errors import UnavailableError

        help_ = ['pip install "weighbridge[server]"']
        message = f"{error.name} is not installed"
        raise UnavailableError(message, help=help_) from error


def _check_mode(
    config: str | None,
    environments: tuple[str, ...],
    sidecars: tuple[str, ...],
    key_names: tuple[str, ...],
    *,
    print_config: bool,
) -> None:
    if key_names and (environments or print_config):
        raise click.UsageError("--key is for a server one opens in a browser, without --admission")
    if config is not None and (environments or print_config):
        raise click.UsageError("--config is for the server of a team, without --admission")
    if (print_config or sidecars) and not environments:
        raise click.UsageError("--admission ENV says what is answered for")
    for digest in sidecars:
        if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
            raise click.UsageError(f"--sidecar is the digest of an image, sha256:…, not {digest}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Where and how somebody wants to serve."""

    session: Session
    host: str
    port: int
    files: tuple[str | None, str | None]
    grace: float
    log_format: Literal["json", "text"] | None
    key_names: tuple[str, ...] = ()

    def listening(self, *, proxied: bool = False) -> Listening:
        from weighbridge.server.running import Listening, check_reach

        cert, key = self.files
        found = Listening(
            host=self.host,
            port=self.port,
            certificate=None if cert is None else self.session.start / cert,
            key=None if key is None else self.session.start / key,
            proxied=proxied,
        )
        check_reach(found)
        return found


def _data_here(session: Session) -> DataHere:
    """Name the data that lies on this machine: opened anew by who asks, since it is renewed."""
    import contextlib

    from weighbridge.bootstrap import open_advisories
    from weighbridge.server.services import DataHere

    settings = session.settings()
    return DataHere(
        folder=session.local_folder(),
        advisories=lambda: contextlib.closing(open_advisories(settings)),
    )


def _serve(asked: _Asked, config: str | None) -> None:
    """Serve the registry to a team, or to who sits at this machine."""
    from weighbridge.adapters.advisories.fetching import is_loopback
    from weighbridge.adapters.clock import utc_now
    from weighbridge.bootstrap.accounts import open_accounts
    from weighbridge.bootstrap.jobs import open_jobs
    from weighbridge.cli.streams import is_watched
    from weighbridge.codec.server_settings import read_server_settings
    from weighbridge.server.catching_up import catching_up
    from weighbridge.server.logs import begin_logging, log_request
    from weighbridge.server.running import Drain, address_of, listen, run
    from weighbridge.server.serving import House, team_application
    from weighbridge.server.sweeping import sweeping
    from weighbridge.server.tracing import begin_tracing

    session, start = asked.session, asked.session.start
    text = "" if config is None else session.read(config, limit=_LARGEST).decode()
    settings = read_server_settings(text, config or "the server's settings")
    where = asked.listening(proxied=bool(settings.trusted))
    opened = _open_own(asked, settings)
    tracing = begin_tracing(settings.otlp_endpoint, service="weighbridge-server")
    registry, drain = session.registry(), Drain()
    accounts, jobs = open_accounts(session.settings()), open_jobs(session.settings())
    begin_logging(asked.log_format)  # before anything runs beside: it has something to tell
    try:
        with listen(where) as listener, sweeping(lambda: accounts.sweep(now=utc_now())):
            address = address_of(listener, where)
            own = None if opened is None else opened(registry, address)
            house = House(
                registry=registry,
                accounts=accounts,
                jobs=jobs,
                settings=settings,
                folder=start if config is None else (start / config).parent,
                clock=utc_now,
                drain=drain,
                address=address,
                in_clear=where.certificate is None and not is_loopback(asked.host),
                tracing=tracing,
                own=own,
                data=_data_here(session),
            )
            app = team_application(house, watch=log_request)

            def told(address: str) -> None:
                session.result(f"weighbridge on {address}\n")
                # What lets somebody in does not stand in what machines collect.
                if own is not None and (asked.key_names or is_watched(sys.stderr)):
                    own.tickets.issue()

            with catching_up(app.state.services):
                run(app, where, listener=listener, drain=drain, grace=asked.grace, told=told)
    finally:
        accounts.close()
        jobs.close()
        tracing.close()


def _open_own(asked: _Asked, settings: ServerSettings) -> Callable[[Registry, str], Own] | None:
    """Unlock the key of who serves to himself alone; None if the server is a team's."""
    from weighbridge.adapters.advisories.fetching import is_loopback
    from weighbridge.cli.deciding import acting_alone
    from weighbridge.server.login.own import Own, OwnKey, Tickets

    session, names = asked.session, asked.key_names
    elsewhere = settings.oidc or settings.public_url or settings.trusted
    if elsewhere or not is_loopback(asked.host):
        if names:
            raise click.UsageError(
                "--key is for a server of your own: on this machine's address alone, and without"
                " public-url, [oidc] or [proxy] in --config"
            )
        return None
    signer = acting_alone(session, names) if names else None

    def own(registry: Registry, address: str) -> Own:
        def tell(ticket: str) -> None:
            link = f"{address}/enter?ticket={ticket}"
            session.hint(f"open {link} in your browser; it lets one browser in, once")

        name = names[0] if names else ""
        key = OwnKey(signer, name=name, user=_user(), registry=registry)
        return Own(key=key, tickets=Tickets(tell))

    return own


def _user() -> str:
    """Say what the system calls who runs this."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "me"


def _admit(asked: _Asked, environments: tuple[str, ...], sidecars: tuple[str, ...]) -> None:
    """Answer at the door of a cluster."""
    from weighbridge.adapters.clock import utc_now
    from weighbridge.server.admission import admission_app
    from weighbridge.server.logs import begin_logging
    from weighbridge.server.running import Drain, run
    from weighbridge.usecases.admission import Doorkeeper

    session, where = asked.session, asked.listening()
    doorkeeper = Doorkeeper(session.registry(), environments, clock=utc_now, companions=sidecars)
    doorkeeper.check()
    begin_logging(asked.log_format)
    drain = Drain()
    names = ", ".join(sorted(doorkeeper.environments))
    run(
        admission_app(doorkeeper, tell=session.hint, drain=drain),
        where,
        drain=drain,
        grace=asked.grace,
        told=lambda address: session.result(f"admission to {names} on {address}/admit/ENV\n"),
    )


def _address(url: str | None, service: str | None) -> Address:
    from weighbridge.render.admission_webhook import Address

    if (url is None) is (service is None):
        raise click.UsageError("--print-config takes one of --url URL and --service NAMESPACE/NAME")
    if url is not None:
        if not re.fullmatch(r"https://[A-Za-z0-9.\[\]:-]{1,253}/?", url, re.ASCII):
            raise click.UsageError(f"--url is https://HOST[:PORT], not {url}")
        return Address(url=url)
    label = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
    found = re.fullmatch(f"({label})/({label})", service or "", re.ASCII)
    if found is None:
        raise click.UsageError(f"--service is NAMESPACE/NAME, not {service}")
    return Address(namespace=found[1], service=found[2])


def _print_config(
    session: Session,
    environments: tuple[str, ...],
    address: Address,
    ca_bundle: str | None,
    namespace: str | None,
) -> str:
    import base64

    from weighbridge.render.admission_webhook import webhook_configuration
    from weighbridge.usecases.environments import applied_environments

    if len(environments) > 1:
        raise click.UsageError("--print-config is for one environment")
    if ca_bundle is None:
        raise click.UsageError("--print-config needs --ca-bundle FILE: who vouches for the server")
    bundle = session.read(ca_bundle, limit=_LARGEST)
    if b"-----BEGIN CERTIFICATE-----" not in bundle or b"PRIVATE KEY" in bundle:
        raise click.UsageError(f"{ca_bundle} is to hold certificates (PEM) and nothing else")
    (name,) = environments
    found = {one.name: one.record for one in applied_environments(session.registry())}
    if name not in found:
        from weighbridge.model.errors import NotFoundError

        known = ", ".join(found) or "none"
        raise NotFoundError(
            f"there is no environment {name}", help=[f"environments there are: {known}"]
        )
    target = found[name]["spec"].get("target") or {}
    where = namespace or target.get("namespace")
    if not where:
        raise click.UsageError(
            f"{name} names no namespace: give --namespace, or name it in spec.target.namespace"
        )
    text = webhook_configuration(
        name,
        namespace=where,
        address=address,
        ca_bundle=base64.b64encode(bundle).decode(),
    )
    session.result(text.decode())
    return "pass"
