"""`weighbridge verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, reading

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.model.ports import Registry
    from weighbridge.model.verification import Problem, Verification
    from weighbridge.usecases.verify import Demand


@click.command(name="verify", cls=Verb)
@click.argument("reference", metavar="REF|PATH")
@click.option(
    "--role", "roles", multiple=True, metavar="ROLE", help="Count only signers with this role."
)
@click.option(
    "--threshold",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many different people must have signed.  [default: 1]",
)
@click.option(
    "--type",
    "predicate_type",
    metavar="URI",
    help="Verify statements of this type instead of the authors' signatures.",
)
@click.option(
    "--log-key", metavar="FILE", help="The log's public key, kept elsewhere than the registry."
)
@click.option(
    "--log", "enter", is_flag=True, help="Enter in the ledger that its bytes are wrong, or no more."
)
@click.option(
    "--bundle",
    metavar="FILE",
    help="Verify a model against a bundle of OpenSSF Model Signing instead of a release.",
)
@click.option("--key", metavar="PEM", help="Bundle: the signer's public key, or a key of yours.")
@click.option(
    "--certificate-chain",
    multiple=True,
    metavar="PEM",
    help="Bundle: certificates you trust; repeatable.",
)
@click.option(
    "--at", metavar="TIME", help="Bundle: judge certificates at this time, not now (RFC 3339)."
)
@click.option(
    "--ignore-paths",
    multiple=True,
    metavar="PATH",
    help="Bundle: let a path of the model be there unsigned, with all below it; repeatable.",
)
@click.option("--ignore-unsigned-files", is_flag=True, help="Bundle: let any file be unsigned.")
@reading("text", "json")
def command(
    *,
    reference: str,
    roles: tuple[str, ...],
    threshold: int | None,
    predicate_type: str | None,
    log_key: str | None,
    enter: bool,
    bundle: str | None,
    key: str | None,
    certificate_chain: tuple[str, ...],
    at: str | None,
    ignore_paths: tuple[str, ...],
    ignore_unsigned_files: bool,
    output_format: str,
) -> str:
    """Verify a release: sealed bytes, and enough signatures that count.

    NAME@VERSION, NAME@ENV or a digest is read from the registry; of a PATH the files beside the
    manifest are held against the sealed release, and of oci://HOST/REPOSITORY:TAG (oci:FOLDER:TAG)
    all that lies there. Signatures are those in this registry's ledger; each is judged by today's
    trust, at the time the ledger has it at.

    A release whose stored bytes were found wrong goes nowhere: the gate denies it wherever it is
    asked of, and says so where it stands. With --log what is found here is entered in the ledger:
    that bytes are wrong, or, of a release that was found wrong before, that all of it was read
    again and is in order. No key is needed: anybody can compute it again.

    With --bundle, PATH is any folder or file that somebody signed with OpenSSF Model Signing:
    the signature must be of --key, or of a certificate below --certificate-chain that is valid
    now or --at TIME; then every file is named that is missing, changed, or that nobody signed.

    Exit codes: 0 verified, 1 not verified, 3 it cannot be told here: its files are archived, or a
    signature it turns on cannot be judged.
    """
    session = Session.current()
    if bundle is not None:
        if roles or threshold or predicate_type or log_key or enter:
            message = "--role, --threshold, --type, --log-key, --log go without --bundle"
            raise click.UsageError(message)
        from weighbridge.cli.model_verifying import Wish, verify_for_others

        wish = Wish(
            bundle=bundle,
            key=key,
            certificates=certificate_chain,
            at=at,
            ignore_paths=ignore_paths,
            ignore_unsigned=ignore_unsigned_files,
        )
        return verify_for_others(session, reference, wish, output_format=output_format)
    if key or certificate_chain or at or ignore_paths or ignore_unsigned_files:
        raise click.UsageError("the options of bundles go with --bundle FILE")
    demand = _demand(roles, threshold, predicate_type)
    found = _verify_release(session, reference, demand, log_key, enter=enter)
    return _tell(session, found, output_format=output_format)


def _verify_release(
    session: Session, reference: str, demand: Demand, log_key: str | None, *, enter: bool
) -> Verification:
    from weighbridge.cli.anchor import log_key_of
    from weighbridge.usecases.verify import verify

    registry = session.registry_of(reference)
    name, digest, tree = _find(session, reference, registry)
    key = log_key_of(session, log_key, registry)
    if enter:
        if tree is not None:
            raise click.UsageError("--log is for what the registry holds: name a sealed release")
        return _entered(session, registry, digest, key, demand)
    return verify(
        name,
        digest,
        registry=registry,
        log_key=key,
        demand=demand,
        tree=tree,
        progress=session.progress,
    )


def _entered(
    session: Session, registry: Registry, digest: str, log_key: str, demand: Demand
) -> Verification:
    """Read a sealed release again, and enter what came of it."""
    from weighbridge.usecases.reverifying import reverify

    with registry.reading() as view:
        name, version = view.names_of(digest)[0]
    done = reverify(
        name,
        version,
        digest,
        by="",
        registry=registry,
        progress=session.progress,
        log_key=log_key,
        demand=demand,
    )
    if done.kind is not None:
        session.hint(f"{done.kind.value}: entry {done.entry}")
    return done.verification


def _tell(session: Session, found: Verification, *, output_format: str) -> str:
    from weighbridge.report.json import json_text
    from weighbridge.report.trust import render_verification, verification_json

    if output_format == "json":
        session.result(json_text(verification_json(found)))
    else:
        session.result(render_verification(found, styled=session.styled))
        for problem in found.ignored:
            session.hint(f"{problem.subject}: {problem.message} ({problem.seen})")
    if found.ok and found.unverified is not None:
        session.hint(
            f"it was found wrong at {found.unverified.at}, and goes nowhere until that is ended: "
            "add --log"
        )
    return found.verdict


def _demand(roles: tuple[str, ...], threshold: int | None, predicate_type: str | None) -> Demand:
    from weighbridge.model.predicates import RELEASE
    from weighbridge.usecases.verify import Demand

    return Demand(
        predicate_type=predicate_type or RELEASE,
        roles=tuple(role.removeprefix("role:") for role in roles),
        people=threshold or 1,
    )


def _find(
    session: Session, reference: str, registry: Registry
) -> tuple[str, str, Iterable[Problem] | None]:
    """Find the release, and what is wrong with its files where they are not this registry's own."""
    from weighbridge.model.repository_address import is_address
    from weighbridge.usecases.lookup import is_reference, look_up

    if is_address(reference):
        from weighbridge.usecases.verify_packed import packed_problems

        packed = session.packed(reference)
        return packed.title, packed.digest, packed_problems(packed, session.progress)
    if is_reference(reference, session.start):
        digest_or_name = session.release_name(reference, registry)
        return *look_up(digest_or_name, registry), None
    from weighbridge.usecases.verify_tree import claimed_release, tree_problems

    named, _ = session.authored(reference)
    name, digest = claimed_release(named, registry)
    problems = tree_problems(
        named,
        digest,
        registry=registry,
        environ=session.environ,
        reader=session.reader(examine=False),
    )
    return name, digest, problems
