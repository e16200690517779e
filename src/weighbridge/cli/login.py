"""`weighbridge login`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb

if TYPE_CHECKING:
    from weighbridge.adapters.servers.visiting import Given


@click.command(name="login", cls=Verb)
@click.argument("url", required=False, metavar="[URL]")
@click.option("--browser", is_flag=True, help="Open the page in a browser, too.")
@click.option("--exchange", is_flag=True, help="As the CI job that runs, with no stored secret.")
@click.option("--audience", metavar="A", help="For whom the CI's token is (default: the server).")
def command(*, url: str | None, browser: bool, exchange: bool, audience: str | None) -> None:
    """Log in to a server, in a browser anywhere, or as a CI job.

    URL is the registry in force if it is left out. The page must show the code that is shown
    here. What the server gives is kept for it alone, in a file only you may read.

    Exit codes: 0 logged in, 3 the server does not answer, 4 refused, or nobody confirmed it.
    """
    from weighbridge.bootstrap.accounts import open_credentials
    from weighbridge.cli.visiting import named_server
    from weighbridge.model.errors import UsageError

    session = Session.current()
    if exchange and browser:
        raise UsageError("a CI job has no browser", help=["leave --browser out"])
    if audience is not None and not exchange:
        raise UsageError("--audience is for a CI job", help=["add --exchange"])
    address = named_server(session, url)
    if exchange:
        given = _as_job(session, address, audience or address)
    else:
        given = _as_person(session, address, browser=browser)
    credentials = open_credentials(session.environ)
    credentials.keep(address, secret=given.secret, person=given.person, expires=given.expires)
    who = f" as {given.person}" if given.person else ""
    until = f" until {given.expires}" if given.expires else ""
    session.hint(f"logged in to {address}{who}{until}")
    _warn(session)


def _as_person(session: Session, address: str, *, browser: bool) -> Given:
    from weighbridge.adapters.servers.patience import wait
    from weighbridge.cli.streams import print_aside
    from weighbridge.cli.visiting import visit
    from weighbridge.report.visible import visible

    found = visit(session, address, known=False)
    asked = found.begin()
    # Not a hint: without it nobody can go on, --quiet or not.
    print_aside(f"open {visible(asked.url)}\nand confirm the code {visible(asked.code)}")
    if browser:
        import webbrowser

        if not webbrowser.open(asked.url):
            session.hint("no browser could be opened here; open the page yourself")
    return found.wait(asked, wait)


def _as_job(session: Session, address: str, audience: str) -> Given:
    from weighbridge.bootstrap.accounts import find_job_token
    from weighbridge.cli.visiting import visit

    token = find_job_token(
        session.environ,
        audience=audience,
        start=session.start,
        offline=session.globals.offline,
    )
    return visit(session, address, known=False).exchange(token)


def _warn(session: Session) -> None:
    """Say that something else is used than what was just kept."""
    from weighbridge.adapters.servers.credentials import TOKEN, TOKEN_FILE

    for name in (TOKEN, TOKEN_FILE):
        if session.environ.get(name, "").strip():
            session.hint(f"{name} is set, and wins over this login")
            return
