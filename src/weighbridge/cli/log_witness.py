"""`weighbridge log witness`, and what other verbs know of witnesses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting, only_key, unlock_keys
from weighbridge.cli.log_options import ledger_of
from weighbridge.cli.options import Verb, dry_run, reading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weighbridge.ledger.note import VerifierKey
    from weighbridge.ledger.quorum import QuorumPolicy
    from weighbridge.model.log_ports import Ledger, LedgerView
    from weighbridge.usecases.believed import BelievedLog
    from weighbridge.usecases.cosigning import Gathered
    from weighbridge.usecases.witness import Cosigned, Witness

LARGEST = 1 << 20
"""Bytes of a policy, a checkpoint or a request; all are far smaller."""

policy_option = click.option(
    "--policy", metavar="FILE", help="Which witnesses must have cosigned (C2SP tlog-policy)."
)
checkpoint_option = click.option(
    "--checkpoint", metavar="FILE", help="This checkpoint, cosignatures and all; not the newest."
)
witness_option = click.option(
    "--witness",
    "witnesses",
    multiple=True,
    metavar="NAME=URL",
    help="Where a witness of the policy is asked; repeat for several.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How the newest checkpoint is wanted.

    Attributes:
        policy: File of the policy whose witnesses are to cosign it.
        witnesses: `NAME=URL` of witnesses, over what the policy says.
        since: The size it is to be proven to have grown from.
    """

    policy: str | None
    witnesses: Sequence[str]
    since: int


def read_policy(session: Session, file: str | None) -> QuorumPolicy | None:
    """Read a policy file, if one is named.

    Raises:
        UnreadableError: It cannot be read.
        DocumentError: It is no policy.
    """
    if file is None:
        return None
    from weighbridge.usecases.cosigners import load_policy

    return load_policy(session.read(file, limit=LARGEST), file=file)


def newest(
    session: Session, ledger: Ledger, log_key: str, asking: Asking, *, checkpoint: bool
) -> str:
    """Return the newest checkpoint: as it is, with a proof for a witness, or cosigned.

    Raises:
        UsageError: What was asked for does not go together, or --offline forbids it.
        UnavailableError: Too few witnesses cosigned.
    """
    from weighbridge.model.errors import UsageError
    from weighbridge.usecases.believed import believe
    from weighbridge.usecases.cosigning import gather_cosignatures, newest_request

    policy = read_policy(session, asking.policy)
    if not checkpoint or (policy is None and asking.witnesses) or (policy and asking.since):
        help_ = ["--checkpoint --policy FILE --witness NAME=URL", "--checkpoint --since N"]
        raise UsageError("witnesses cosign checkpoints, as a policy names them", help=help_)
    if policy is not None:
        from weighbridge.adapters.witness_client import ask_witness

        urls = _addresses(session, policy, asking.witnesses)
        found = gather_cosignatures(
            ledger=ledger, log_key=log_key, policy=policy, urls=urls, ask=ask_witness
        )
        return _told(session, found)
    if asking.since:
        return newest_request(asking.since, ledger=ledger, log_key=log_key).decode()
    with ledger.reading() as view:
        believe(view, log_key=log_key)
        return view.checkpoint.decode()


def cosigner(
    session: Session, file: str | None, witnesses: Sequence[str]
) -> Callable[[BelievedLog, bytes], bytes] | None:
    """Return what has a checkpoint cosigned as a policy demands; None if no policy is named.

    Args:
        session: The run.
        file: File of the policy.
        witnesses: `NAME=URL` of witnesses, over what the policy says.

    Raises:
        UsageError: There are witnesses without a policy, or --offline forbids to ask them.
    """
    from weighbridge.adapters.witness_client import ask_witness
    from weighbridge.model.errors import UsageError
    from weighbridge.usecases.cosigning import complete

    policy = read_policy(session, file)
    if policy is None:
        if witnesses:
            help_ = ["--policy FILE --witness NAME=URL"]
            raise UsageError("a policy says who the witnesses are", help=help_)
        return None
    urls = _addresses(session, policy, witnesses)
    return lambda log, note: _told(
        session, complete(log, note, policy=policy, urls=urls, ask=ask_witness)
    ).encode()


def _told(session: Session, found: Gathered) -> str:
    for name, why in found.silent:
        session.hint(f"{name} did not cosign: {why}")
    return found.note.decode()


def _addresses(session: Session, policy: QuorumPolicy, named: Sequence[str]) -> dict[str, str]:
    """Say where to ask whom, by names of the policy; what was named goes over what it says.

    Raises:
        UsageError: The policy has no such witness, an address is none, or --offline forbids it.
    """
    from weighbridge.adapters.witness_client import check_url
    from weighbridge.ledger.quorum import shown
    from weighbridge.model.errors import UsageError

    urls = {name: one.url for name, one in policy.witnesses.items() if one.url}
    for words in named:
        name, _, url = words.partition("=")
        if name not in policy.witnesses:
            known = ", ".join(map(shown, policy.witnesses)) or "none"
            message = f"the policy has no witness {name}"
            raise UsageError(message, seen=words, help=[f"witnesses there are: {known}"])
        urls[name] = url
    for url in urls.values():
        check_url(url)
    if urls and session.globals.offline:
        help_ = ["leave --offline out"]
        raise UsageError("witnesses are on the network, which --offline forbids", help=help_)
    return urls


@click.command(name="witness", cls=Verb)
@click.argument("checkpoint", required=False, metavar="[CHECKPOINT]")
@click.option("--listen", metavar="HOST:PORT", help="Answer logs over HTTP (C2SP tlog-witness).")
@click.option(
    "--log-key",
    "log_keys",
    multiple=True,
    metavar="FILE",
    help="The log's public key; repeat for a log whose key has changed.",
)
@click.option("--state", metavar="FILE", help="Where the witness remembers what it cosigned last.")
@click.option("--name", required=True, help="Name of the witness, such as example.com/witness.")
@acting
@dry_run
@reading("text")
def witness(
    *,
    checkpoint: str | None,
    listen: str | None,
    log_keys: tuple[str, ...],
    state: str | None,
    name: str,
    key_names: tuple[str, ...],
    dry_run: bool,
    output_format: str,
) -> None:
    """Be a witness of a log: cosign its checkpoints, if it only ever grew.

    CHECKPOINT is a file, or a folder the log was exported to. That it grew from the checkpoint in
    --state is proven by that folder, by the registry, or by the file itself: `weighbridge log show
    --checkpoint --since N` writes one with its proof. With neither a CHECKPOINT nor --listen,
    prints the witness's public key, for policies.

    A witness keeps --state and its key where the log's owners cannot write. It is a file of its
    own for each log and each witness.

    Exit codes: 0 cosigned, 1 not cosigned.
    """
    from weighbridge.model.errors import UsageError

    del output_format  # a checkpoint has one format
    session = Session.current()
    if checkpoint is None and listen is None:
        session.result(_public(session, name, key_names))
        return
    if not log_keys or state is None or (checkpoint is not None and listen is not None):
        help_ = [f"weighbridge log witness CHECKPOINT --log-key log.pub --state FILE --name {name}"]
        message = "a witness needs a log's key, a state, and one checkpoint or an address"
        raise UsageError(message, help=help_)
    made = _witness(session, name, key_names, log_keys, state)
    if checkpoint is not None:
        session.result(_cosigned(session, made, checkpoint, dry_run=dry_run))
    elif listen is not None:
        _serve(session, made, listen, dry_run=dry_run)


def _public(session: Session, name: str, key_names: Sequence[str]) -> str:
    from weighbridge.bootstrap import open_keys
    from weighbridge.ledger.cosignature import write_witness_key
    from weighbridge.usecases.witness import witness_key

    folder = open_keys(session.environ)
    public = folder.public(_one(key_names) or only_key(folder))
    return f"{write_witness_key(witness_key(name, public.spki_der))}\n"


def _witness(
    session: Session, name: str, key_names: Sequence[str], log_keys: Sequence[str], state: str
) -> Witness:
    from weighbridge.adapters.clock import utc_now
    from weighbridge.adapters.witness_state import StateFile
    from weighbridge.usecases.witness import Witness, witness_key

    keys = _log_keys(session, log_keys)
    own = _one(key_names)
    (signer,) = unlock_keys(session, [own] if own else [])
    key = witness_key(name, signer.spki)
    memory = StateFile(session.start / state)
    made = Witness(key, signer=signer, log_keys=keys, memory=memory, now=utc_now)
    if made.remembered() is None:
        session.hint("nothing is remembered yet: the first checkpoint is taken as it is")
    return made


def _one(key_names: Sequence[str]) -> str:
    """Return the key that was named, or nothing.

    Raises:
        UsageError: Several were.
    """
    from weighbridge.model.errors import UsageError

    if len(key_names) > 1:
        raise UsageError("a witness has one key", seen=", ".join(key_names))
    return key_names[0] if key_names else ""


def _log_keys(session: Session, files: Sequence[str]) -> list[VerifierKey]:
    from weighbridge.cli.anchor import read_log_key
    from weighbridge.ledger.note import read_verifier_key
    from weighbridge.model.errors import UsageError

    keys = [read_verifier_key(read_log_key(session, file)) for file in files]
    if len({key.name for key in keys}) > 1:
        seen = ", ".join(key.name for key in keys)
        raise UsageError("a witness with one state is the witness of one log", seen=seen)
    return keys


def _cosigned(session: Session, made: Witness, checkpoint: str, *, dry_run: bool) -> str:
    import contextlib
    import os

    from weighbridge.ledger.merkle import StoredTree
    from weighbridge.model.wording import plural
    from weighbridge.usecases.witness import cosign_file

    with contextlib.ExitStack() as stack:
        exported: LedgerView | None = None
        if os.path.isdir(session.start / checkpoint):  # noqa: PTH112 - never raises
            exported = stack.enter_context(ledger_of(session, checkpoint).reading())

        def growth(old: int, new: int) -> Sequence[bytes]:
            view = exported or stack.enter_context(session.registry().reading())
            return StoredTree(view.size, view.node).consistency(old, new)

        data = exported.checkpoint if exported else session.read(checkpoint, limit=LARGEST)
        found: Cosigned = cosign_file(data, witness=made, growth=growth, dry_run=dry_run)
    what = f"{plural(found.checkpoint.size, 'entry', 'entries')} of {found.checkpoint.origin}"
    if dry_run:
        session.hint(f"{what} would be cosigned")
        return ""
    session.hint(f"cosigned {what} at {found.at}")
    return found.note.decode()


def _serve(session: Session, made: Witness, listen: str, *, dry_run: bool) -> None:
    from weighbridge.adapters.witness_service import WitnessService
    from weighbridge.usecases.witness import answer

    notice = session.hint if session.globals.verbose else _nobody
    service = WitnessService(
        listen, lambda body: answer(body, witness=made, notice=session.hint), notice=notice
    )
    with service:
        if dry_run:
            session.hint(f"it would listen on {service.url}")
            return
        session.result(f"{service.url}\n")
        service.serve_forever()


def _nobody(_: str) -> None:
    """Tell nobody."""
