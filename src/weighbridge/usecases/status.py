"""`status` and `history`: where releases point, and how they came there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.gate.compliance import why
from weighbridge.gate.exceptions import EXPIRED
from weighbridge.gate.glass import told, unreviewed
from weighbridge.model.delivery import Phase
from weighbridge.model.errors import SettingsError
from weighbridge.model.pointer_state import PointerState
from weighbridge.render.links import PLACEHOLDERS, PREFIX, QUERIES, Linked, links, unknown
from weighbridge.usecases.believed import believe
from weighbridge.usecases.delivering.book import SANDBOX, newest
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.overseeing import Overseer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.gate.case import Case
    from weighbridge.model.delivery import Delivery
    from weighbridge.model.event import Event
    from weighbridge.model.link import Link
    from weighbridge.model.ports import Registry
    from weighbridge.model.settings import Settings
    from weighbridge.usecases.overseeing import Standing


def status(
    registry: Registry,
    *,
    name: str | None,
    environment: str | None,
    now: str,
    templates: Mapping[str, str] | None = None,
) -> list[PointerState]:
    """List every pointer, with what the gate says of what is there now.

    Args:
        registry: The registry.
        name: This release name only.
        environment: This environment only.
        now: The time to decide at.
        templates: Templates of links, by their names; an environment's target has its own.

    Raises:
        NotFoundError: There is no such environment.
    """
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        overseer = Overseer(gathering, now=now)
        places = overseer.places(name=name, environment=environment)
        return [state_of(overseer, gathering, *place, templates=templates) for place in places]


def state_of(
    overseer: Overseer,
    gathering: Gathering,
    environment: str,
    name: str,
    *,
    templates: Mapping[str, str] | None = None,
) -> PointerState:
    """Tell one pointer, with what the gate says of what is there now.

    Args:
        overseer: Decides on what stands.
        gathering: The moment it looks at.
        environment: Where.
        name: The release name.
        templates: Templates of links, by their names; an environment's target has its own.

    Raises:
        NotFoundError: Nothing of the name stands there.
    """
    found = _state(overseer.look(environment, name), templates or {})
    return replace(found, delivery=newest(gathering.log, environment, name))


def sandboxes(registry: Registry, *, name: str | None) -> list[Delivery]:
    """List what was brought to this machine that nobody promoted, and was not ended.

    Args:
        registry: The registry.
        name: This release name only.
    """
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        names = [one for one in gathering.names if name in {None, one}]
        found = [newest(gathering.log, SANDBOX, one) for one in names]
    return [one for one in found if one is not None and one.position.phase is not Phase.STOPPED]


def link_templates(settings: Settings) -> dict[str, str]:
    """Return the templates of links that settings name.

    Raises:
        SettingsError: One has a placeholder that stands for nothing.
    """
    found = {}
    for one in settings.links.value:
        name, _, template = one.partition("=")
        for placeholder in unknown(name, template):
            help_ = [f"known: {', '.join(f'{{{each}}}' for each in PLACEHOLDERS)}"]
            if placeholder in {"{query}", "{quoted}"}:
                help_ = [f"links called {', '.join(QUERIES)} have a {{query}}"]
            raise SettingsError(
                f"the placeholder of link {name} stands for nothing ({settings.links.origin})",
                seen=placeholder,
                help=help_,
            )
        found[name] = template
    return found


def _links(one: Standing, version: str, release: str, templates: Mapping[str, str]) -> list[Link]:
    """Fill in the templates for what stands somewhere; those of the environment come first."""
    target = one.case.environment["spec"].get("target") or {}
    own = {
        name.removeprefix(PREFIX): text
        for name, text in target.get("options", {}).items()
        if name.startswith(PREFIX)
    }
    about = Linked(release=release, name=one.name, version=version, environment=one.environment)
    return links(about, {**templates, **own})


def _state(one: Standing, templates: Mapping[str, str]) -> PointerState:
    last, verdict = one.pointer.moves[-1], one.decision.verdict
    return PointerState(
        environment=one.environment,
        name=one.name,
        version=last.version,
        release=last.release,
        generation=last.generation,
        since=last.at,
        by=last.by,
        held=one.pointer.held,
        verdict=verdict,
        why=why(one.decision),
        links=tuple(_links(one, last.version, last.release, templates)),
        told=tuple(each for each in one.decision.conditions if each.warns or each.id == EXPIRED),
        frozen=_frozen(one.case),
        unreviewed="; ".join(map(told, unreviewed(one.case))),
        changed=one.recorded.event.time if one.recorded.verdict is verdict else "",
    )


def _frozen(case: Case) -> str:
    """Say why nothing is promoted to an environment now, or nothing."""
    stop = case.frozen
    return "" if stop is None or stop.is_over(case.now) else stop.words


def history(
    registry: Registry, name: str, *, environment: str | None = None
) -> list[tuple[int, Event]]:
    """List the entries about a release name, oldest first, with their indices."""
    topic = f"release:{name}" if environment is None else f"gate:{environment}/{name}"
    with registry.reading() as view:
        return list(believe(view, log_key=registry.log_key).found(topic))
