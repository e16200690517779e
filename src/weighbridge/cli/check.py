"""`weighbridge check`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from weighbridge.cli.baselining import baselining as with_baseline
from weighbridge.cli.commenting import commenting
from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.mending import mend, show_remedies
from weighbridge.cli.options import Verb, reading
from weighbridge.cli.rule_packs import packs_for
from weighbridge.cli.weighed import find_weighed, folder_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from weighbridge.cli.baselining import Baselining
    from weighbridge.cli.commenting import Comment
    from weighbridge.model.ports import Registry
    from weighbridge.model.report import Report
    from weighbridge.model.settings import Settings
    from weighbridge.probes.secrets.interface import Asker
    from weighbridge.rules.packs import Pack
    from weighbridge.usecases.capture_environment import Verification
    from weighbridge.usecases.images import Access
    from weighbridge.usecases.packed_tree import PackedTree
    from weighbridge.usecases.references import Named

    Weigh = Callable[[Named], Report]


HELP = """Weigh a release against its manifest.

REF is a manifest or its folder, read with the files beside it; or NAME@VERSION, NAME@ENV or
a release digest, read from the registry alone; or oci://HOST/REPOSITORY:TAG (oci:FOLDER:TAG),
of which nothing is kept. Without it, the nearest release.yaml is weighed.

A folder that is named, and has a model and no manifest, is weighed against what `init` would write;
nothing is written. Rules that need what only a person can say are skipped, and named.

Files that have not changed since the last check are not read again: their digests come from a
cache beside the registry, and the report says which. With --paranoid all are read.

The container image is read from a copy named with --image, or else from its registry, unless
--offline says otherwise: layers, packages and credentials included. It is never run.

With --environment every file of the Python environment beside the release is held against the
list it was installed with, and with --wheels that list against the wheels the locks name.
Without it that rule is skipped where there is such an environment.

Rule packs of an organisation are asked, too, if the settings or --rule-packs name them; with
--for-env those that the policy of an environment demands, with its thresholds, and no others.

With --secrets the keepers of the secrets it refers to are asked when each was last replaced.

With --fix a pickle that is nothing but tensors becomes safetensors, where nothing is lost: in
a sandbox, unpickling nothing, and every tensor is proved equal. The old file stays. A lock is
made anew with uv, where it is installed: from wheels alone, so nothing of a package is run.

With --baseline FILE what was recorded there with --write-baseline does not fail; what is new, or
worse, does. The gate knows no baseline.

With --comment FILE one comment for a pull request is written beside the result: the verdict, what
would pass, and with --against how the release differs from another and how much that could hurt.
What would pass is the word of the gate of each --for-env, or else how the findings are mended.

With --sign the report becomes evidence: it is about the sealed bytes, made by all rules, and
no settings of a project are read: say with --for-env where it is to go. It says which targets
it was made for: all the manifest declares, or those of --for-target.

Exit codes: 0 pass, 1 findings at or above --fail-on, 2 invalid manifest, 3 inconclusive.
"""
"""What people are told of the verb."""


@click.command(name="check", cls=Verb, help=HELP)
@click.argument("reference", metavar="[REF]", required=False)
@click.option("--select", multiple=True, metavar="CODES", help="Run only these rules.")
@click.option("--ignore", multiple=True, metavar="CODES", help="Do not run these rules.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "note"]),
    help="Severity from which findings fail the check.",
)
@click.option("--fix", is_flag=True, help="Apply safe remedies and weigh again.")
@click.option("--diff", "show_diff", is_flag=True, help="Show what --fix would change, and stop.")
@click.option("--paranoid", is_flag=True, help="Read every byte, whatever the cache knows.")
@click.option(
    "--image",
    "images",
    multiple=True,
    metavar="PATH",
    help="A copy of the container image or its base: OCI layout, or archive.",
)
@click.option(
    "--for-target",
    "targets",
    multiple=True,
    metavar="NAME",
    help="Judge for this declared target only; may be repeated.",
)
@click.option(
    "--environment", is_flag=True, help="Verify every file of the Python environment, too."
)
@click.option(
    "--wheels",
    metavar="DIR",
    help="Wheels to hold the environment's files against, as the locks name them.",
)
@click.option(
    "--secrets", is_flag=True, help="Ask how old the secrets are it refers to; no value is read."
)
@click.option(
    "--rule-packs",
    multiple=True,
    metavar="PACKS",
    help="Ask rule packs, too, each named NAME@VERSION#sha256:DIGEST.",
)
@click.option(
    "--for-env",
    "environments",
    multiple=True,
    metavar="ENV",
    help="Ask the rule packs this environment demands; may be repeated.",
)
@click.option("--sign", is_flag=True, help="Sign the report as a checker; sealed releases only.")
@with_baseline
@acting
@reading("text", "json", "sarif", "junit", "github", "markdown")
@commenting
def command(
    *,
    reference: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: str | None,
    fix: bool,
    show_diff: bool,
    paranoid: bool,
    images: tuple[str, ...],
    targets: tuple[str, ...],
    environment: bool,
    wheels: str | None,
    secrets: bool,
    rule_packs: tuple[str, ...],
    environments: tuple[str, ...],
    sign: bool,
    key_names: tuple[str, ...],
    output_format: str,
    comment: Comment | None,
    baselining: Baselining,
) -> str:
    """Weigh a release against its manifest: `HELP` says the rest."""
    _refuse_alone(wheels=wheels, environment=environment, key_names=key_names, sign=sign)
    session = Session.current()
    registry = session.registry_of(reference)
    judged = not (fix or show_diff or sign)  # what those show or sign holds no credential
    named, files = find_weighed(session, reference, registry, judged=judged, gate=environments)
    asker = session.asker(named.path) if secrets else None
    flags = {"select": select, "ignore": ignore, "fail-on": fail_on, "rule-packs": rule_packs}
    if sign:
        _refuse_with_sign({**flags, "environment": environment, "fix": fix, "diff": show_diff})
        packs = packs_for(None, registry, environments)
        access = session.images(images)
        sign_it = partial(_sign, images=access, targets=targets, secrets=asker, packs=packs)
        return sign_it(session, named, registry, key_names, output_format)
    settings = session.settings(folder_of(named), **flags, baseline=baselining.file)
    packs = packs_for(settings, registry, environments)
    weigh = weigher(
        session,
        settings,
        packs=packs,
        cached=not (paranoid or named.proposed),
        images=images,
        packed=files,
        targets=targets,
        verification=session.verification(wheels) if environment else None,
        secrets=asker,
    )
    weigh = baselining.over(weigh, session, settings, gate=environments)
    if show_diff:
        return show_remedies(session, named, weigh, targets)
    report = mend(session, named, weigh, targets) if fix else weigh(named)
    report = baselining.keep(session, settings, report)
    session.result(_render(report, output_format, styled=session.styled, packs=packs))
    if comment is not None:
        comment.write(
            session, named, report, registry=registry, settings=settings, environments=environments
        )
    return report.verdict.value


def _refuse_alone(
    *, wheels: str | None, environment: bool, key_names: tuple[str, ...], sign: bool
) -> None:
    """Refuse options without the one they are for."""
    if wheels is not None and not environment:
        raise click.UsageError("--wheels is for --environment")
    if key_names and not sign:
        raise click.UsageError("--key is for --sign")


def _refuse_with_sign(options: Mapping[str, object]) -> None:
    """Refuse what would make a report less than the whole one."""
    for name, value in options.items():
        if value:
            message = f"--{name} does not go with --sign: evidence is made by all rules"
            raise click.UsageError(message)


def _sign(
    session: Session,
    named: Named,
    registry: Registry,
    key_names: tuple[str, ...],
    output_format: str,
    *,
    images: Access,
    targets: tuple[str, ...],
    secrets: Asker | None,
    packs: Sequence[Pack],
) -> str:
    """Weigh the sealed release by all rules, sign the report and keep it as evidence."""
    import json

    from weighbridge.bootstrap import rule_set
    from weighbridge.cli.identity import unlock
    from weighbridge.model.permissions import Operation
    from weighbridge.model.settings import EVIDENCE
    from weighbridge.usecases.check import check
    from weighbridge.usecases.evidence import add_evidence, log_size
    from weighbridge.usecases.statements import report_statement, sealed

    found = sealed(named, registry=registry, environ=session.environ, reader=session.reader())
    report = check(
        found,
        registry=registry,
        settings=EVIDENCE,
        rule_set=rule_set(),
        environ=session.environ,
        reader=session.reader(),
        images=images,
        targets=targets,
        advisories=session.advisories(),
        secrets=secrets,
        packs=packs,
    )
    document = json.loads(_render(report, "json", styled=False))
    payload = report_statement(found, report, document, after=log_size(registry))
    added = add_evidence(
        payload,
        release=str(found.digest),
        signers=unlock(session, key_names),
        registry=registry,
        operation=Operation.CHECK,
    )
    session.result(_render(report, output_format, styled=session.styled, packs=packs))
    if targets:
        session.hint(f"made for {', '.join(report.targets)} alone")
    for one in added:
        session.hint(f"signed by {one.signer.person} as evidence, entry {one.index}")
    return report.verdict.value


def weigher(
    session: Session,
    settings: Settings,
    *,
    packs: Sequence[Pack],
    cached: bool,
    images: tuple[str, ...],
    packed: PackedTree | None,
    targets: tuple[str, ...] = (),
    verification: Verification | None = None,
    secrets: Asker | None = None,
) -> Weigh:
    """Bind all that stays the same between two weighings.

    Args:
        session: The run.
        settings: What is set.
        packs: Rule packs whose rules are asked, too.
        cached: Whether what is known of files that did not change will do.
        images: Copies of container images.
        packed: Its files, where they are elsewhere.
        targets: Names of the targets it is judged for; none for all.
        verification: How its Python environment is verified, if at all.
        secrets: Who asks how old its secrets are, if anybody does.
    """
    from weighbridge.bootstrap import rule_set
    from weighbridge.usecases.check import check

    reader = session.open_reader(settings, cached=cached)
    registry = session.open_registry(settings)
    rules = rule_set()
    access = session.images(images, settings if cached else None)
    advisories = session.advisories(settings)
    folder = session.local_folder(settings)

    def weigh(release: Named) -> Report:
        return check(
            release,
            registry=registry,
            settings=settings,
            rule_set=rules,
            environ=session.environ,
            reader=reader,
            images=access,
            packed=packed,
            targets=targets,
            advisories=advisories,
            verification=verification,
            secrets=secrets,
            packs=packs,
            folder=folder,
        )

    return weigh


def _render(report: Report, output_format: str, *, styled: bool, packs: Sequence[Pack] = ()) -> str:
    from weighbridge.report.interface import Presentation
    from weighbridge.report.registry import RENDERERS
    from weighbridge.usecases.rule_texts import rule_texts

    presentation = Presentation(rules=rule_texts(packs), styled=styled)
    return RENDERERS[output_format](presentation).render(report)
