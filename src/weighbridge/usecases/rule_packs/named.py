"""Rule packs that somebody names: found by name, version and digest, and by nothing less.

A pack lies in the registry, where owners published it, or is an installed distribution. It is read
whole and digested before anything of it is believed, and, if it is Python, before it is imported.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from weighbridge.codec.rule_pack import (
    RulePackFormatError,
    parameter_faults,
    published_rule_pack,
)
from weighbridge.model.errors import (
    LedgerError,
    OwnerlessError,
    RulePackAlteredError,
    RulePackError,
    SettingsError,
)
from weighbridge.model.rule_pack.reference import FORM, NamedPack, read_reference
from weighbridge.usecases.published import published_packs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from weighbridge.model.ports import Registry
    from weighbridge.model.rule_pack import RulePack
    from weighbridge.model.settings import Setting, Settings
    from weighbridge.rules.packs import Pack


def named_in(setting: Setting[tuple[str, ...]]) -> list[NamedPack]:
    """Read the packs a setting names.

    Raises:
        SettingsError: One of them is not named whole.
    """
    found = []
    for text in setting.value:
        named = read_reference(text, by=setting.origin)
        if named is None:
            message = f"`{text}` of {setting.origin} does not name a rule pack"
            help_ = ["`weighbridge rules list` shows the packs there are, as they are named"]
            raise SettingsError(message, seen=text, wanted=FORM, help=help_)
        found.append(named)
    return found


def load_packs(wanted: Iterable[NamedPack], registry: Registry) -> list[Pack]:
    """Load rule packs.

    Raises:
        RulePackError: One is not to be had, has no such threshold, or clashes with another.
        RulePackAlteredError: One is not what its digest says.
    """
    packs = [load_pack_named(named, registry) for named in wanted]
    taken: dict[str, str] = {}
    for pack in packs:
        for rule in pack.rules:
            if (other := taken.setdefault(rule.code, pack.title)) != pack.title:
                message = f"{pack.title} and {other} both have a rule {rule.code}"
                raise RulePackError(message, help=["name one of them"])
    titles = [pack.title for pack in packs]
    if twice := next((title for title in titles if titles.count(title) > 1), None):
        raise RulePackError(f"the rule pack {twice} is named twice")
    return packs


def load_pack_named(named: NamedPack, registry: Registry) -> Pack:
    """Load one rule pack, from the registry or from what is installed.

    Raises:
        RulePackError: It is not to be had, or has no such threshold.
        RulePackAlteredError: It is not what its digest says.
    """
    from weighbridge.usecases.rule_packs.bridge import loaded  # noqa: PLC0415 - brings the engine

    published = known_packs(registry)
    if named.title in published:
        _demand_digest(named, published[named.title], "published here")
        pack = stored_pack(named.digest, registry)
        for _, message, advice in parameter_faults(pack, named.parameters):
            raise RulePackError(message, seen=named.by, help=[advice])
        return loaded(pack, named.digest, named.parameters)
    return _installed(named, published)


def _installed(named: NamedPack, published: Mapping[str, str]) -> Pack:
    from weighbridge.adapters.python_packs.finding import find_installed  # noqa: PLC0415 - few ask
    from weighbridge.usecases.rule_packs.python import python_pack  # noqa: PLC0415 - likewise

    found = find_installed(named.name, named.version)
    if found is None:
        close = difflib.get_close_matches(named.title, published, n=1)
        advice = f"did you mean {close[0]}?" if close else "weighbridge policy publish PACK"
        raise RulePackError(
            f"the rule pack {named.title} is neither published here nor installed",
            seen=named.by,
            help=[advice, "`weighbridge rules list` shows the packs there are"],
        )
    _demand_digest(named, found.digest, "installed")
    if any(named.parameters.values()):
        message = f"the rules of {named.title} take no parameters: it is a pack in Python"
        raise RulePackError(message, seen=named.by, help=["remove them"])
    return python_pack(found)


def _demand_digest(named: NamedPack, digest: str, what: str) -> None:
    if digest != named.digest:
        raise RulePackAlteredError(
            f"the rule pack {named.title} that is {what} is another than the one named",
            seen=digest,
            wanted=f"{named.digest} ({named.by})" if named.by else named.digest,
            help=["find out who changed it, before you name the other one"],
        )


def known_packs(registry: Registry) -> Mapping[str, str]:
    """List the digest of every published pack by `name@version`; none where nobody owns."""
    try:
        return published_packs(registry)
    except OwnerlessError:
        return {}


def stored_pack(digest: str, registry: Registry) -> RulePack:
    """Read a rule pack that owners published.

    Raises:
        LedgerError: The bytes are none.
    """
    try:
        return published_rule_pack(registry.blobs.read(digest))
    except RulePackFormatError as error:
        raise LedgerError(f"the rule pack {digest} cannot be read: {error}") from error


def published_pack(digest: str, registry: Registry) -> Pack:
    """Load a rule pack that owners published, to be told of.

    Raises:
        LedgerError: The bytes are none.
    """
    from weighbridge.usecases.rule_packs.bridge import loaded  # noqa: PLC0415 - brings the engine

    return loaded(stored_pack(digest, registry), digest, None)


def packs_told(settings: Settings, registry: Registry) -> Iterator[Pack]:
    """List the packs whose rules can be explained: those the settings name, then published ones.

    The newest of these comes first.
    """
    yield from load_packs(named_in(settings.rule_packs), registry)
    yield from published_told(registry)


def published_told(registry: Registry) -> Iterator[Pack]:
    """List the published packs, the newest first, to be told of."""
    for digest in reversed([*known_packs(registry).values()]):
        yield published_pack(digest, registry)


def demanded_packs(environments: Sequence[str], registry: Registry) -> list[NamedPack]:
    """List the rule packs that the policies of environments demand, each once.

    Raises:
        NotFoundError: There is no such environment.
        RulePackError: Two of them demand the same pack in different ways.
    """
    from weighbridge.usecases.gathering import Gathering  # noqa: PLC0415 - brings the gate

    found: dict[str, NamedPack] = {}
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        for environment in environments:
            _, record = gathering.environment(environment)
            for named in _of_policy(
                gathering.bundle(record["policyDigest"]).policy.spec, environment
            ):
                other = found.setdefault(named.name, named)
                if (str(other), other.parameters) != (str(named), named.parameters):
                    message = f"{other.by} and {environment} demand {named.name} in different ways"
                    help_ = ["make a report for each: `weighbridge check REF --sign --for-env ENV`"]
                    raise RulePackError(message, help=help_)
    return list(found.values())


def _of_policy(spec: Any, environment: str) -> Iterator[NamedPack]:  # noqa: ANN401 - below
    for one in spec.rule_packs or ():
        yield NamedPack(
            name=one.name,
            version=one.version,
            digest=one.digest,
            parameters=one.parameters or {},
            by=environment,
        )
