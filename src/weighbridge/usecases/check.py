"""`check`: gather facts, run the rules, report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.adapters.clock import utc_now
from weighbridge.codec.canonical import digest as digest_of
from weighbridge.codec.resolved import release_digest
from weighbridge.model.errors import SettingsError
from weighbridge.model.fact import Unavailable
from weighbridge.model.report import Input, ReleaseName, Report
from weighbridge.rules.catalogue import RULES
from weighbridge.rules.engine import judge
from weighbridge.rules.selection import select
from weighbridge.usecases.credentials import Withheld, withheld
from weighbridge.usecases.data_sets import current_lists
from weighbridge.usecases.observing import observe
from weighbridge.usecases.resolving import Resolver

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from weighbridge.model.fact import Facts
    from weighbridge.model.ports import Registry
    from weighbridge.model.reading import FileReader
    from weighbridge.model.report import RuleSet
    from weighbridge.model.settings import Settings
    from weighbridge.rules.selection import Selection
    from weighbridge.usecases.capture_environment import Verification
    from weighbridge.usecases.data_sets import DataSet
    from weighbridge.usecases.images import Access
    from weighbridge.usecases.packed_tree import PackedTree
    from weighbridge.usecases.references import Named


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
    verification: Verification | None = None,
    clock: Callable[[], str] = utc_now,
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
        verification: How the files of the Python environment are to be verified, if at all.
        clock: Tells the time by which data is stale and what it speaks of has ended.

    Raises:
        SettingsError: A selection names no rule.
        RuleError: A rule raised instead of judging.
    """
    chosen = _chosen(settings)
    facts = observe(
        named,
        blobs=registry.blobs,
        environ=environ,
        reader=reader,
        images=images,
        packed=packed,
        verification=verification,
    )
    data = current_lists(registry)
    facts = replace(facts, lists=data.lists, now=clock())
    with withheld(lambda: named.document):
        judged = judge(chosen.run, facts)
    metadata = named.release.metadata
    report = Report(
        release=ReleaseName(
            name=metadata.name,
            version=metadata.version,
            digest=named.digest or _digest_if_sealed(named, facts, registry),
        ),
        rule_set=rule_set,
        findings=judged.findings,
        skipped=(*chosen.skips, *judged.skipped),
        passed=judged.passed,
        inputs=tuple(_inputs(named, facts, data)),
        fail_on=settings.fail_on.value,
    )
    return Withheld(named.document).report(report) if facts.credentials else report


def _chosen(settings: Settings) -> Selection:
    chosen = select(
        RULES,
        select=_with_origin(settings.select.value, settings.select.origin),
        ignore=_with_origin(settings.ignore.value, settings.ignore.origin),
    )
    if chosen.faults:
        raise SettingsError.from_faults(chosen.faults)
    return chosen


def _with_origin(codes: Sequence[str], origin: str) -> list[tuple[str, str]]:
    return [(code, origin) for code in codes]


def _digest_if_sealed(named: Named, facts: Facts, registry: Registry) -> str | None:
    """Return the digest these files would be sealed under, if the registry holds it."""
    resolver = Resolver(facts)
    resolved = resolver.resolve(named.release)
    if resolver.obstacles:
        return None
    found = release_digest(resolved)
    return found if any(digest == found for _, _, digest in registry.releases()) else None


def _inputs(named: Named, facts: Facts, data: DataSet) -> list[Input]:
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
    return read if data.as_input is None else [*read, data.as_input]
