"""`weighbridge policy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, VerbGroup, dry_run, reading
from weighbridge.cli.rule_packs import Paper, demanded_examples, tried_pack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.model.policy.bundle import PolicyBundle
    from weighbridge.model.policy.results import ExampleResult
    from weighbridge.model.ports import AdvisorySource
    from weighbridge.usecases.policies import LoadedPolicy
    from weighbridge.usecases.policy_sources import PolicySources

_AGAIN = (
    "raise metadata.version and publish that, then point environments to it",
    "the rules of `ruleSet` are part of it: another weighbridge may have others",
)


@click.group(name="policy", cls=VerbGroup)
def command() -> None:
    """Test, publish and show promotion policies and rule packs, and foresee their effect."""


@command.command(name="test", cls=Verb)
@click.argument("path")
@reading("text", "json")
def test(*, path: str, output_format: str) -> str:
    """Compile a policy or rule pack and try its examples; no registry is needed.

    PATH is a folder with policy.yaml and, for what expressions see as data.NAME, data/NAME.json;
    or one with rules.yaml, which is a rule pack; or such a file alone. An installed rule pack is
    named by NAME@VERSION#sha256:DIGEST. A policy may also lie elsewhere:
    git+REPOSITORY@REVISION#FOLDER, oci://HOST/NAME@sha256:…, shipped:NAME, or NAME@VERSION of the
    registry.

    Each example under `pass` must hold and each under `fail` must not; what cannot be decided is
    neither.

    Exit codes: 0 every example is as it says, 1 one is not, 2 it does not compile.
    """
    session = Session.current()
    tried = tried_pack(session, path)
    if tried is not None:
        name, results = tried.title, tried.results
    else:
        loaded, results = _tried(session, path)
        name = loaded.name
    _show_results(session, name, results, output_format)
    return "pass" if all(found.ok for found in results) else "fail"


@command.command(name="publish", cls=Verb)
@click.argument("path")
@click.option(
    "--to", "address", metavar="OCI", help="Push it there as an artifact; publish nothing here."
)
@acting
@dry_run
@reading("text", "json")
def publish(
    *,
    path: str,
    address: str | None,
    key_names: tuple[str, ...],
    dry_run: bool,
    output_format: str,
) -> str:
    """Publish a policy or rule pack under its name and version, once for ever.

    PATH is what `policy test` takes; what has examples that are not as they say is not
    published. Its data, the conditions it includes and the rules it demands become part of it.
    Owners sign this, as many as the registry demands; each runs the same command. Of a git
    revision or an artifact they sign its commit or digest as well. Environments follow a policy
    only when they are applied again.

    With --to, whole and resolved, it becomes an artifact in a repository, oci://HOST/NAME[:TAG] or
    oci:LAYOUT[:TAG]; others publish it by the digest that is printed.

    Exit codes: 0 in force, 1 more owners must sign or an example is not as it says, 2 it does not
    compile, 4 refused.
    """
    from weighbridge.codec.bundle import bundle_bytes
    from weighbridge.model.errors import UsageError
    from weighbridge.usecases.published import publication, published_policies

    session = Session.current()
    tried = tried_pack(session, path)
    if tried is not None:
        if address is not None:
            message = "a rule pack is not pushed as an artifact"
            raise UsageError(message, help=["publish it in each registry: its folder is all of it"])
        paper = tried.publishable()
        return _publish(session, paper, key_names, dry_run=dry_run, output_format=output_format)
    loaded, results = _tried(session, path)
    paper = Paper(
        name=loaded.name,
        results=results,
        data=bundle_bytes(loaded.bundle),
        change=publication(loaded.bundle, origin=loaded.origin),
        published=published_policies,
        advice=_AGAIN,
    )
    if address is not None and all(found.ok for found in results):
        _push(session, loaded, address, dry_run=dry_run, output_format=output_format)
        return "pass"
    return _publish(session, paper, key_names, dry_run=dry_run, output_format=output_format)


def _publish(
    session: Session, paper: Paper, key_names: Sequence[str], *, dry_run: bool, output_format: str
) -> str:
    """Have owners publish what was tried, if its examples are as they say."""
    from weighbridge.cli.changing import change_as_owners, show_in_force
    from weighbridge.model.errors import NotAllowedError
    from weighbridge.usecases.published import advised

    change = paper.change
    if not all(found.ok for found in paper.results):
        _show_results(session, paper.name, paper.results, output_format)
        session.hint("not published: its examples are not as they say")
        return "fail"
    if paper.published(session.registry()).get(paper.name) == change.subject[1]:
        return show_in_force(session, change, "published already", output_format=output_format)
    try:
        return change_as_owners(
            session,
            change,
            key_names,
            dry_run=dry_run,
            output_format=output_format,
            papers=[paper.data],
        )
    except NotAllowedError as error:
        raise advised(error, paper.name, paper.advice) from error


@command.command(name="show", cls=Verb)
@click.argument("reference", metavar="[NAME@VERSION|PATH]", required=False)
@reading("text", "json")
def show(*, reference: str | None, output_format: str) -> None:
    """Show a policy with everything it refers to, or list the published and the shipped ones.

    A published policy is read from the registry, by NAME@VERSION or by its digest. Of a PATH, which
    is what `policy test` takes, it is shown what would be published.
    """
    import json

    from weighbridge.codec.bundle import bundle_bytes, bundle_digest
    from weighbridge.model.policy.shipped import LIBRARY, SHIPPED
    from weighbridge.report import policy as report
    from weighbridge.report.json import json_text

    session = Session.current()
    as_json = output_format == "json"
    if reference is None:
        published = _published(session)
        shipped = [(f"{SHIPPED}{name}", purpose) for name, purpose in LIBRARY.items()]
        listed = json_text(report.policies_json(published, shipped)) if as_json else ""
        session.result(listed or report.render_policies(published, shipped))
        return
    bundle = _loaded(session, reference).bundle
    tree, digest = json.loads(bundle_bytes(bundle)), bundle_digest(bundle)
    if as_json:
        session.result(json_text(report.bundle_json(tree, digest=digest)))
    else:
        session.result(report.render_bundle(tree, digest=digest, styled=session.styled))


@command.command(name="what-if", cls=Verb)
@click.argument("reference", metavar="[NAME@VERSION|PATH]", required=False)
@click.option("--in", "environment", metavar="ENV", help="What stands in this environment only.")
@click.option("--name", metavar="NAME", help="Releases of this name only.")
@click.option(
    "--without-waiver", "without", multiple=True, metavar="CODE", help="No waiver of this rule."
)
@click.option(
    "--waive", "waived", multiple=True, metavar="CODE", help="All findings of this rule waived."
)
@click.option(
    "--advisories",
    "sources",
    multiple=True,
    metavar="here|DIR|FILE|URL",
    help="Other advisories: those loaded here, or what `advisories update` would load.",
)
@reading("text", "json")
def what_if(
    *,
    reference: str | None,
    environment: str | None,
    name: str | None,
    without: tuple[str, ...],
    waived: tuple[str, ...],
    sources: tuple[str, ...],
    output_format: str,
) -> str:
    """Foresee what a change would do to every release that is promoted now.

    The change is another policy, a waiver more or less, or other advisories; several go together.
    Each release is judged as it stands: what was asked of its way there is not asked again.
    Without a change, only what environments that observe have let through is shown. Nothing is
    signed, logged or moved.

    Exit codes: 0 nothing gets worse, 1 something would be blocked, 3 something cannot be told.
    """
    from weighbridge.adapters.clock import utc_now
    from weighbridge.bootstrap import rule_set
    from weighbridge.report.foresight import foresight_json, render_foresight
    from weighbridge.report.json import json_text
    from weighbridge.usecases.what_if import Wish, what_if

    session = Session.current()
    wish = Wish(
        bundle=None if reference is None else _named(session, reference),
        without=frozenset(without),
        waived=frozenset(waived),
        advisories=_supposed(session, sources),
        environment=environment,
        name=name,
    )
    found = what_if(wish, registry=session.registry(), rule_set=rule_set(), now=utc_now())
    if output_format == "json":
        session.result(json_text(foresight_json(found)))
    else:
        session.result(render_foresight(found, styled=session.styled))
    session.hint("nothing was signed, logged or moved")
    return found.verdict


def _supposed(session: Session, sources: tuple[str, ...]) -> AdvisorySource | None:
    """Open the advisories that are supposed; what is not loaded yet is compiled aside."""
    if not sources:
        return None
    if sources == ("here",):
        from weighbridge.model.errors import UnavailableError

        found = session.advisories()
        if found.data() is None:
            help_ = ["weighbridge advisories update --from DIR"]
            raise UnavailableError("no advisories were loaded here", help=help_)
        return found
    import contextlib
    import tempfile
    from pathlib import Path

    from weighbridge.adapters.advisories.store import FolderAdvisories
    from weighbridge.adapters.clock import utc_now
    from weighbridge.model.errors import UnreadableError
    from weighbridge.usecases.advisories_update import compile_advisories

    folder = Path(session.hold(tempfile.TemporaryDirectory(prefix="weighbridge-")))
    compiled = compile_advisories(
        sources,
        start=session.start,
        folder=folder,
        now=utc_now(),
        offline=session.globals.offline,
    )
    if compiled.data is None:
        message = f"no advisory could be read from {', '.join(sources)}"
        raise UnreadableError(message, help=["give OSV records: a folder, an archive, a file"])
    return session.hold(contextlib.closing(FolderAdvisories(folder)))


def _named(session: Session, reference: str) -> PolicyBundle:
    """Read a policy that is published, or one that might be."""
    from weighbridge.usecases.lookup import is_reference
    from weighbridge.usecases.published import published_policy

    if is_reference(reference, session.start):
        return published_policy(reference, session.registry())
    from weighbridge.usecases.policies import compile_policy

    loaded = _loaded(session, reference)
    compile_policy(loaded)
    return loaded.bundle


def _published(session: Session) -> Mapping[str, str]:
    """List what is published; nothing where there are no owners who could have."""
    from weighbridge.model.errors import OwnerlessError
    from weighbridge.usecases.published import published_policies

    try:
        return published_policies(session.registry())
    except OwnerlessError:
        return {}


def _push(
    session: Session, loaded: LoadedPolicy, address: str, *, dry_run: bool, output_format: str
) -> None:
    from weighbridge.codec.bundle import bundle_digest
    from weighbridge.model.errors import UsageError
    from weighbridge.report.json import SCHEMA_VERSION, json_text
    from weighbridge.usecases.policy_push import push_policy

    repository, tag = session.repository(address)
    if tag.startswith("sha256:") or "@" in tag:
        help_ = ["write a tag behind it, or nothing: the version is the tag then"]
        raise UsageError(f"{address} names a digest, and what is pushed has its own", help=help_)
    manifest, tag = push_policy(loaded.bundle, repository, tag, dry_run=dry_run)
    where = f"{repository.name}@{manifest.digest}"
    if output_format == "json":
        found = {
            "schemaVersion": SCHEMA_VERSION,
            "policy": loaded.name,
            "bundle": bundle_digest(loaded.bundle),
            "reference": where,
            "digest": manifest.digest,
            "tag": tag,
        }
        session.result(json_text(found))
    else:
        session.result(f"{where}  {loaded.name}\n")
    session.hint(
        "nothing was pushed" if dry_run else f"publish it: weighbridge policy publish {where}"
    )


def policy_sources(session: Session) -> PolicySources:
    """Return everything a policy can be taken from."""
    from functools import partial

    from weighbridge.bootstrap import open_repository, rule_set
    from weighbridge.usecases.policy_sources import PolicySources

    offline = session.globals.offline
    return PolicySources(
        start=session.start,
        environ=session.environ,
        opener=partial(open_repository, base=session.start, offline=offline),
        registry=session.registry,
        rule_set=rule_set(),
        offline=offline,
    )


def _loaded(session: Session, path: str) -> LoadedPolicy:
    return policy_sources(session).load(path)


def _tried(session: Session, path: str) -> tuple[LoadedPolicy, list[ExampleResult]]:
    from weighbridge.usecases.policies import compile_policy, test_policy

    loaded = _loaded(session, path)
    results = test_policy(loaded, compile_policy(loaded))
    return loaded, [*results, *demanded_examples(session, loaded)]


def _show_results(
    session: Session, name: str, results: Sequence[ExampleResult], output_format: str
) -> None:
    from weighbridge.report.json import json_text
    from weighbridge.report.policy import render_results, results_json

    if output_format == "json":
        session.result(json_text(results_json(name, results)))
    else:
        session.result(render_results(name, results, styled=session.styled))
