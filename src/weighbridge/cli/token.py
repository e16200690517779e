"""`weighbridge token`: API tokens, at a server or directly in the accounts of a registry."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, VerbGroup, dry_run, reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.adapters.accounts.opening import Accounts
    from weighbridge.adapters.servers.visiting import Visit
    from weighbridge.model.team.account import Token

_DAYS = 366


@click.group(name="token", cls=VerbGroup)
def command() -> None:
    """Make, list and revoke API tokens of a server.

    With a server as the registry, it is asked, and you must have logged in to it. With a folder or
    a database, its accounts are changed directly: whoever may write there is its operator.
    """


@command.command(name="new", cls=Verb)
@click.option("--label", required=True, metavar="L", help="What it is for, for people.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(["read", "write", "run", "admin"]),
    help="What it lets its holder do (default: read); may be repeated.",
)
@click.option(
    "--expires",
    default="90d",
    show_default=True,
    metavar="TIME",
    help="Until when: 30d, a day or a time; at most 366d.",
)
@click.option("--person", metavar="P", help="Whose it is; only, and always, without a server.")
@dry_run
def new(
    *, label: str, scopes: tuple[str, ...], expires: str, person: str | None, dry_run: bool
) -> None:
    """Make a token and print its secret, alone and this once: it is kept nowhere.

    Exit codes: 0 made, 3 the server does not answer, 4 it lets nobody make one by what was sent.
    """
    from weighbridge.adapters.clock import utc_now
    from weighbridge.model.team.account import Scope
    from weighbridge.report.visible import visible

    session = Session.current()
    now = utc_now()
    until = _until(expires, now)
    wanted = sorted({Scope(one) for one in scopes} or {Scope.READ})
    _check_label(label)
    server = _server(session)
    owner = _owner(person, server)
    told = f"for {', '.join(wanted)} until {until}"
    if dry_run:
        session.hint(f"would make the token {visible(label)} {told}")
        return
    if server is not None:
        secret = server.make(label=label, scopes=wanted, expires=until)
    else:
        tokens = _accounts(session).tokens
        secret, _ = tokens.make(
            person=owner, label=label, scopes=frozenset(wanted), expires=until, now=now
        )
    session.result(f"{secret}\n")
    session.hint(f"made the token {visible(label)} {told}; its secret is not shown again")


@command.command(name="list", cls=Verb)
@reading("text", "json")
def list_tokens(*, output_format: str) -> None:
    """List tokens, newest first: yours, or all if you may see them; never their secrets."""
    from weighbridge.adapters.clock import utc_now
    from weighbridge.report.json import SCHEMA_VERSION, json_text
    from weighbridge.report.persons import render_tokens, token_json

    session = Session.current()
    found = _listed(session)
    if output_format == "json":
        document = {"schemaVersion": SCHEMA_VERSION, "tokens": [token_json(one) for one in found]}
        session.result(json_text(document))
        return
    session.result(render_tokens(found, now=utc_now()))
    if not found:
        session.hint("there are no tokens; make one: weighbridge token new --label LABEL")


@command.command(name="revoke", cls=Verb)
@click.argument("identifier", metavar="ID")
@dry_run
def revoke(*, identifier: str, dry_run: bool) -> None:
    """End the token ID, as `token list` names it, for ever.

    Exit codes: 0 ended, 2 there is none that could be, 3 the server does not answer, 4 refused.
    """
    from weighbridge.adapters.clock import utc_now
    from weighbridge.model.errors import UsageError
    from weighbridge.report.visible import visible

    session = Session.current()
    if (server := _server(session)) is None or dry_run:
        known = {one.identifier for one in _listed(session) if not one.revoked}
        if identifier not in known:
            message = f"no token {visible(identifier)} is there to be revoked"
            raise UsageError(message, help=["weighbridge token list"])
    if dry_run:
        session.hint(f"would revoke {identifier}")
        return
    if server is not None:
        server.revoke(identifier)
    else:
        _accounts(session).tokens.revoke(identifier, now=utc_now())
    session.hint(f"revoked {visible(identifier)}")


def _server(session: Session) -> Visit | None:
    """Open the server that is the registry; None if it is none."""
    from weighbridge.adapters.servers.address import is_server
    from weighbridge.cli.visiting import named_server, visit

    if not is_server(session.settings().registry.value):
        return None
    return visit(session, named_server(session, None), known=True)


def _accounts(session: Session) -> Accounts:
    from weighbridge.bootstrap.accounts import open_accounts

    return session.hold(contextlib.closing(open_accounts(session.settings())))


def _listed(session: Session) -> Sequence[Token]:
    """List tokens; where none was ever made, nothing is made to look."""
    from weighbridge.bootstrap.accounts import has_accounts

    if (server := _server(session)) is not None:
        return server.tokens()
    return _accounts(session).tokens.list() if has_accounts(session.settings()) else ()


def _owner(person: str | None, server: Visit | None) -> str:
    from weighbridge.model.errors import UsageError
    from weighbridge.model.trust import TrustError, check_name

    if server is not None:
        if person is not None:
            message = "a server makes tokens for whoever is logged in"
            raise UsageError(message, help=["leave --person out"])
        return ""
    if person is None:
        message = "nobody is named whose token it is"
        raise UsageError(message, help=["add --person NAME, as owners know him"])
    try:
        return check_name(person)
    except TrustError as error:
        raise UsageError(f"--person: {error}") from error


def _check_label(label: str) -> None:
    from weighbridge.model.errors import UsageError

    longest = 200
    if not label.strip() or len(label) > longest or not label.isprintable():
        wanted = f"1 to {longest} characters on one line"
        raise UsageError("--label is no label", seen=repr(label[:50]), wanted=wanted)


def _until(text: str, now: str) -> str:
    """Read when a token ends, which every one does."""
    from weighbridge.cli.durations import time_of
    from weighbridge.gate.times import after
    from weighbridge.model.errors import UsageError

    until = time_of(text, "--expires", now)
    last = after(now, f"{_DAYS * 86_400}s")
    if not now < until <= last:
        wanted = f"after now, and at most {_DAYS}d from now"
        raise UsageError("no token lasts so long", seen=until, wanted=wanted)
    return until
