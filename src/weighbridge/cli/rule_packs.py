"""Rule packs on the command line: which are asked, and how they are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.model.ports import Registry
    from weighbridge.model.settings import Settings
    from weighbridge.rules.packs import Pack


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
