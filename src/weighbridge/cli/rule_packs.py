"""Rule packs on the command line: which are asked, and how they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from weighbridge.cli.console import Session
    from weighbridge.model.policy.results import ExampleResult
    from weighbridge.model.ports import Registry
    from weighbridge.model.settings import Settings
    from weighbridge.report.rules import ListedPack
    from weighbridge.rules.packs import Pack
    from weighbridge.seal.control import Change
    from weighbridge.usecases.policies import LoadedPolicy
    from weighbridge.usecases.rule_packs.sources import WrittenPack

_AGAIN = (
    "raise metadata.version and publish that",
    "then name it, with its digest, in the policies that demand it",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What owners are asked to publish.

    Attributes:
        name: Its name and version.
        results: What came of its examples.
        data: Its bytes.
        change: What owners sign.
        published: Lists the digests of all that is published of its kind, by name and version.
        advice: What to do if its name is bound to something else.
    """

    name: str
    results: Sequence[ExampleResult]
    data: bytes
    change: Change
    published: Callable[[Registry], Mapping[str, str]]
    advice: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedPack:
    """A rule pack whose examples were tried.

    Attributes:
        title: Its name and version.
        results: What came of its examples.
        written: The pack, if it is a document.
    """

    title: str
    results: Sequence[ExampleResult]
    written: WrittenPack | None = None

    def publishable(self) -> Paper:
        """Return what owners are asked to publish.

        Raises:
            UsageError: It is an installed pack, which policies name by its digest.
        """
        from weighbridge.model.errors import UsageError
        from weighbridge.usecases.published import published_packs
        from weighbridge.usecases.rule_packs.sources import pack_publication

        if self.written is None:
            help_ = ["publish a policy that names it under rulePacks, with its digest"]
            raise UsageError(f"{self.title} is an installed pack: it is not published", help=help_)
        return Paper(
            name=self.title,
            results=self.results,
            data=self.written.paper,
            change=pack_publication(self.written),
            published=published_packs,
            advice=_AGAIN,
        )


def tried_pack(session: Session, path: str) -> TriedPack | None:
    """Try the examples of a rule pack; None if the path is of a policy.

    Args:
        session: The run.
        path: A folder or file, or an installed pack as it is named.
    """
    from weighbridge.model.rule_pack.reference import read_reference
    from weighbridge.usecases.rule_packs.sources import is_rule_pack, load_pack, test_pack

    named = read_reference(path)
    if named is not None:
        from weighbridge.usecases.rule_packs.demands import examples_of
        from weighbridge.usecases.rule_packs.named import load_pack_named

        pack = load_pack_named(named, session.registry())
        return TriedPack(title=pack.title, results=examples_of([pack]))
    file = session.start / path
    if not is_rule_pack(file):
        return None
    written = load_pack(file, start=session.start)
    return TriedPack(title=written.pack.title, results=test_pack(written), written=written)


def demanded_examples(session: Session, loaded: LoadedPolicy) -> Sequence[ExampleResult]:
    """Look at the rule packs a policy demands, and tell retired rules it names.

    Returns:
        What came of the examples of those that are installed.
    """
    from weighbridge.model.errors import OwnerlessError
    from weighbridge.report.visible import visible
    from weighbridge.usecases.rule_packs.demands import demanded_of, examples_of, retired_in

    policy = loaded.own.policy
    packs: Sequence[Pack] = ()
    if policy.spec.rule_packs:
        try:
            packs = demanded_of(policy, loaded.document, session.registry())
        except OwnerlessError:
            session.hint("its rule packs were not looked at: the registry here has no owners")
    for place, code, retired in retired_in(loaded.document, packs):
        session.hint(f"warning: {place}: {code} {visible(retired.told)}")
    return examples_of(packs)


def packs_for(
    settings: Settings | None, registry: Registry, environments: Sequence[str] = ()
) -> Sequence[Pack]:
    """Load the rule packs that are named; where none is, nothing is imported.

    Args:
        settings: What is set; None for what is to be evidence, which no project has a say in.
        registry: Where packs are published.
        environments: Environments whose policies say which packs are asked, and no settings.
    """
    named = settings is not None and settings.rule_packs.value
    if not named and not environments:
        return ()
    from weighbridge.usecases.rule_packs.named import demanded_packs, load_packs, named_in

    if environments or settings is None:
        return load_packs(demanded_packs(environments, registry), registry)
    return load_packs(named_in(settings.rule_packs), registry)


def listed_packs(registry: Registry) -> Sequence[ListedPack]:
    """List the rule packs there are: published ones, newest last, then those that are installed."""
    from weighbridge.adapters.python_packs.finding import find_installed, list_installed
    from weighbridge.model.errors import RulePackAlteredError, RulePackError
    from weighbridge.report.rules import ListedPack
    from weighbridge.usecases.rule_texts import published_rules

    found = published_rules(registry)
    for name, version in list_installed():
        digest = problem = ""
        try:
            installed = find_installed(name, version)
            digest = "" if installed is None else installed.digest
        except (RulePackError, RulePackAlteredError) as error:
            problem = str(error)
        listed = ListedPack(
            name=name, version=version, digest=digest, installed=True, problem=problem
        )
        found.append(listed)
    return found


def told_packs(session: Session) -> Iterator[Pack]:
    """List the packs whose rules can be explained."""
    from weighbridge.usecases.rule_packs.named import packs_told

    yield from packs_told(session.settings(), session.registry())
