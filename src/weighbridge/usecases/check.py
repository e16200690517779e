"""`check`: gather facts, run the rules, report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from weighbridge.adapters.clock import utc_now
from weighbridge.codec.build_record import write_build_record
from weighbridge.codec.canonical import digest as digest_of
from weighbridge.codec.resolved import release_digest
from weighbridge.codec.target_names import closest
from weighbridge.model.errors import SettingsError, UsageError
from weighbridge.model.fact import Unavailable
from weighbridge.model.report import Input, ReleaseName, Report
from weighbridge.rules.catalogue import RETIRED, RULES
from weighbridge.rules.engine import judge
from weighbridge.rules.selection import select
from weighbridge.usecases.advising import advisory_facts
from weighbridge.usecases.built import find_build
from weighbridge.usecases.credentials import Withheld, withheld
from weighbridge.usecases.custody import absence, custody_of
from weighbridge.usecases.data_sets import current_data, with_data
from weighbridge.usecases.observing import observe
from weighbridge.usecases.resolving import Resolver
from weighbridge.usecases.without_manifest import left_to_people, without_papers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from weighbridge.model.fact import Facts
    from weighbridge.model.ports import AdvisorySource, Registry
    from weighbridge.model.reading import FileReader
    from weighbridge.model.release import ModelRelease
    from weighbridge.model.report import RuleSet
    from weighbridge.model.settings import Settings
    from weighbridge.probes.secrets.interface import Asker
    from weighbridge.rules.packs import Pack
    from weighbridge.rules.selection import Selection
    from weighbridge.usecases.capture_environment import Verification
    from weighbridge.usecases.data_sets import DataSets
    from weighbridge.usecases.images import Access
    from weighbridge.usecases.packed_tree import PackedTree
    from weighbridge.usecases.references import Named

T = TypeVar("T")


def check(
    named: Named,
    *,
    registry: Registry,
    settings: Settings,
    rule_set: RuleSet,
    environ: Mapping[str, str],
    reader: FileReader | None = None,
    images: Access | None = None,
    packed: PackedTree | None = None,
    advisories: AdvisorySource | None = None,
    verification: Verification | None = None,
    secrets: Asker | None = None,
    clock: Callable[[], str] = utc_now,
    targets: Sequence[str] = (),
    packs: Sequence[Pack] = (),
    folder: Path | None = None,
) -> Report:
    """Weigh a release against its manifest.

    Args:
        named: The release.
        registry: The registry.
        settings: They choose the rules.
        rule_set: What the rules are called together.
        environ: Environment variables.
        reader: Who reads the files.
        images: Where container images may be read.
        packed: The files of a sealed release that is weighed where it was pushed to.
        advisories: Who knows advisories; None if nobody does.
        verification: How the files of the Python environment are to be verified, if at all.
        secrets: Who asks how old the secrets are it refers to; None if nobody does.
        clock: Tells the time by which data is stale and what it speaks of has ended.
        targets: Names of the targets it is judged for; none for all it declares.
        packs: Rule packs whose rules are asked, too.
        folder: Where this machine keeps records of builds and the index; None for none.

    Raises:
        UsageError: It declares no target of such a name.
        SettingsError: A selection names no rule.
        RuleError: A rule raised instead of judging.
    """
    chosen = left_to_people(_chosen(settings, packs, now := clock()), named)
    restricted = chosen_targets(named.release, targets)
    facts = observe(
        named,
        blobs=registry.blobs,
        environ=environ,
        reader=reader,
        images=images,
        packed=packed,
        verification=verification,
    )
    facts = _with_whereabouts(facts, named, registry) if packed is None else facts
    data = current_data(registry)
    facts = replace(facts, advisories=advisory_facts(advisories, facts.locks.values()))
    facts = _with_kept(replace(facts, now=now, targets=restricted), data, folder)
    facts = _with_protection(facts, named.release, registry, settings, secrets)
    made = _report(named, facts, chosen, registry, settings=settings, rule_set=rule_set, data=data)
    return replace(without_papers(made, named), packs=tuple(pack.use(now) for pack in packs))


def _with_kept(facts: Facts, data: DataSets, folder: Path | None) -> Facts:
    """Add the data that counts, and what this machine keeps: the index, and records of builds."""
    facts = with_data(facts, data, folder)
    return facts if folder is None else replace(facts, build=find_build(facts, folder))


def _with_whereabouts(facts: Facts, named: Named, registry: Registry) -> Facts:
    """Say of files that could not be read whether they were moved, and how they come back."""
    found = (*facts.files.values(), *facts.directories.values())
    if named.digest is None or not any(isinstance(one, Unavailable) for one in found):
        return facts
    metadata = named.release.metadata
    title = f"{metadata.name}@{metadata.version}"
    error = absence(title, custody_of(title, named.digest, registry))
    if error is None:
        return facts
    fault = error.faults[0]
    away = Unavailable(f"{fault.message} ({fault.seen})", fault.help[0])
    return replace(
        facts,
        files=_instead(facts.files, away),
        directories=_instead(facts.directories, away),
    )


def _instead(found: Mapping[str, T | Unavailable], away: Unavailable) -> dict[str, T | Unavailable]:
    return {path: away if isinstance(one, Unavailable) else one for path, one in found.items()}


def _with_protection(
    facts: Facts,
    release: ModelRelease,
    registry: Registry,
    settings: Settings,
    secrets: Asker | None,
) -> Facts:
    """Add how its secrets and its bytes are kept, as far as somebody asks for that."""
    governance = release.spec.governance
    encryption = governance.encryption if governance else None
    if encryption is not None and encryption.at_rest == "required":
        store = registry.store
        encrypted = bool(settings.encrypt_to.value) if store is None else store.encrypted
        facts = replace(facts, encrypted_at_rest=encrypted)
    if secrets is None:
        return facts
    from weighbridge.probes.secrets.asking import observe_secrets  # noqa: PLC0415 - few ask

    return replace(facts, secrets=observe_secrets(release, secrets))


def _report(
    named: Named,
    facts: Facts,
    chosen: Selection,
    registry: Registry,
    *,
    settings: Settings,
    rule_set: RuleSet,
    data: DataSets,
) -> Report:
    """Judge the facts, and report on them; no credential gets into the report."""
    with withheld(lambda: named.document):
        judged = judge(chosen.run, facts)
    report = Report(
        release=_name(named, facts, registry),
        rule_set=rule_set,
        findings=judged.findings,
        skipped=(*chosen.skips, *judged.skipped),
        passed=judged.passed,
        inputs=tuple(_inputs(named, facts, data)),
        fail_on=settings.fail_on.value,
        targets=declared_targets(named.release) if facts.targets is None else facts.targets,
    )
    return Withheld(named.document).report(report) if facts.credentials else report


def _name(named: Named, facts: Facts, registry: Registry) -> ReleaseName:
    metadata = named.release.metadata
    digest = named.digest or _digest_if_sealed(named, facts, registry)
    return ReleaseName(name=metadata.name, version=metadata.version, digest=digest)


def declared_targets(release: ModelRelease) -> tuple[str, ...]:
    """List the names of the targets a release declares."""
    section = release.spec.compatibility
    return tuple(target.name for target in (section.targets if section else None) or ())


def chosen_targets(release: ModelRelease, names: Sequence[str]) -> tuple[str, ...] | None:
    """Return the declared targets of some names; None if no name was given.

    Raises:
        UsageError: It declares no target of such a name.
    """
    known = declared_targets(release)
    for name in names:
        if name not in known:
            help_ = closest(name, known) or [f"it declares: {', '.join(known) or 'none'}"]
            raise UsageError(f"the release declares no target {name!r}", help=help_)
    return tuple(name for name in known if name in names) if names else None


def _chosen(settings: Settings, packs: Sequence[Pack], now: str) -> Selection:
    gone = {code: one for pack in packs for code, one in pack.gone(now).items()}
    idle = {skip.code: skip for pack in packs for skip in pack.skips(now)}
    chosen = select(
        [*RULES, *(rule for pack in packs for rule in pack.rules if rule.code not in gone)],
        select=_with_origin(settings.select.value, settings.select.origin),
        ignore=_with_origin(settings.ignore.value, settings.ignore.origin),
        retired={**RETIRED, **gone},
    )
    if chosen.faults:
        raise SettingsError.from_faults(chosen.faults)
    run = tuple(rule for rule in chosen.run if rule.code not in idle)
    skips = (idle[rule.code] for rule in chosen.run if rule.code in idle)
    return replace(chosen, run=run, skips=(*chosen.skips, *skips))


def _with_origin(codes: Sequence[str], origin: str) -> list[tuple[str, str]]:
    return [(code, origin) for code in codes]


def _digest_if_sealed(named: Named, facts: Facts, registry: Registry) -> str | None:
    """Return the digest these files would be sealed under, if the registry holds it."""
    resolver = Resolver(facts)
    resolved = resolver.resolve(named.release)
    if resolver.obstacles:
        return None
    found = release_digest(resolved)
    with registry.reading() as view:
        return found if view.names_of(found) else None


def _inputs(named: Named, facts: Facts, data: DataSets) -> list[Input]:
    """List everything that was read, by name."""
    found = {named.document.file: digest_of(named.document.text.encode())}
    for layer in named.document.layers[:-1]:
        found[layer.file] = digest_of(layer.text.encode())
    cached: set[str] = set()
    for path, file in facts.files.items():
        if not isinstance(file, Unavailable):
            found[path] = file.digest
            cached.update({path} if file.cached else ())
    for path, lock in facts.locks.items():
        if not isinstance(lock, Unavailable):
            found[path] = lock.digest
    for name, seen in facts.images.items():
        if not isinstance(seen.image, Unavailable) and seen.image.digest:
            found[name] = seen.image.digest
            cached.update({name} if seen.image.cached else ())
    read = [
        Input(name=name, digest=value, cached=name in cached)
        for name, value in sorted(found.items())
    ]
    return [*read, *_further(facts), *data.inputs]


def _further(facts: Facts) -> Iterator[Input]:
    """List what was read that is no part of the release."""
    known = facts.advisories
    if not isinstance(known, Unavailable):
        yield Input(name=known.data.name, digest=known.data.digest)
    if facts.build is not None and not isinstance(facts.build, Unavailable):
        yield Input(name="build", digest=digest_of(write_build_record(facts.build)))
    if not isinstance(facts.index, Unavailable):
        yield Input(name="index", digest=facts.index.digest)
