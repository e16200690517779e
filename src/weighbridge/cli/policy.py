"""`weighbridge policy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, VerbGroup, dry_run, reading
from weighbridge.cli.rule_packs import Paper, demanded_examples, tried_pack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.model.policy.results import ExampleResult
    from weighbridge.usecases.policies import LoadedPolicy

_AGAIN = (
    "raise metadata.version and publish that, then point environments to it",
    "the rules of `ruleSet` are part of it: another weighbridge may have others",
)


@click.group(name="policy", cls=VerbGroup)
def command() -> None:
    """Test, publish and show promotion policies and rule packs."""


@command.command(name="test", cls=Verb)
@click.argument("path")
@reading("text", "json")
def test(*, path: str, output_format: str) -> str:
    """Compile a policy or rule pack and try its examples; no registry is needed.

    PATH is a folder with policy.yaml and, for what expressions see as data.NAME, data/NAME.json;
    or one with rules.yaml, which is a rule pack; or such a file alone. An installed rule pack is
    named by NAME@VERSION#sha256:DIGEST. Each example under `pass` must hold and each under `fail`
    must not; what cannot be decided is neither.

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
@acting
@dry_run
@reading("text", "json")
def publish(*, path: str, key_names: tuple[str, ...], dry_run: bool, output_format: str) -> str:
    """Publish a policy or rule pack under its name and version, once for ever.

    PATH is what `policy test` takes; what has examples that are not as they say is not
    published. Its data, the conditions it includes and the rules it demands become part of it.
    Owners sign this, as many as the registry demands; each runs the same command. Environments
    follow a policy only when they are applied again.

    Exit codes: 0 in force, 1 more owners must sign or an example is not as it says, 2 it does not
    compile, 4 refused.
    """
    from weighbridge.codec.bundle import bundle_bytes
    from weighbridge.usecases.published import publication, published_policies

    session = Session.current()
    tried = tried_pack(session, path)
    if tried is not None:
        paper = tried.publishable()
        return _publish(session, paper, key_names, dry_run=dry_run, output_format=output_format)
    loaded, results = _tried(session, path)
    paper = Paper(
        name=loaded.name,
        results=results,
        data=bundle_bytes(loaded.bundle),
        change=publication(loaded.bundle),
        published=published_policies,
        advice=_AGAIN,
    )
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
    """Show a policy with everything it refers to, or list the published ones.

    A published policy is read from the registry, by NAME@VERSION or by its digest. Of a PATH it
    is shown what would be published.
    """
    import json

    from weighbridge.codec.bundle import bundle_bytes, bundle_digest
    from weighbridge.report import policy as report
    from weighbridge.report.json import json_text
    from weighbridge.usecases.lookup import is_reference
    from weighbridge.usecases.published import published_policies, published_policy

    session = Session.current()
    as_json = output_format == "json"
    if reference is None:
        published = published_policies(session.registry())
        listed = json_text(report.policies_json(published)) if as_json else ""
        session.result(listed or report.render_policies(published))
        return
    if is_reference(reference, session.start):
        bundle = published_policy(reference, session.registry())
    else:
        bundle = _loaded(session, reference).bundle
    tree, digest = json.loads(bundle_bytes(bundle)), bundle_digest(bundle)
    if as_json:
        session.result(json_text(report.bundle_json(tree, digest=digest)))
    else:
        session.result(report.render_bundle(tree, digest=digest, styled=session.styled))


def _loaded(session: Session, path: str) -> LoadedPolicy:
    from weighbridge.bootstrap import rule_set
    from weighbridge.usecases.policies import load_policy

    return load_policy(session.start / path, rule_set=rule_set(), start=session.start)


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
