"""The runtime lock brings what is needed for development alone.

## What it checks

Of the runtime lock: entries that only a group for development or tests brings in (`dev`, `test`,
`lint`, `docs` …), roots of the dev or test lock that nothing at run time asks for, and well-known
tools: pytest, mypy, ruff, black, IPython and the like. Groups of a pylock.toml that no installer
takes unless it is asked are a note; uv installs the group `dev`, and conda-lock what is of the
category `dev`, unless told not to.

## Why it matters

A test runner or a notebook server in production is attack surface, download and start-up time, and
its advisories are then yours.

## How to fix

Move it to a dependency group and resolve again; install with `uv sync --no-dev`, or export the lock
without it: `uv export --no-dev`. `weighbridge check --fix` takes a tool that was asked for itself
out of the lock's input and makes the lock anew, where uv is installed. Where another package needs
it at run time, that is told: then accept it with a waiver, or take the other package out.

## Example

`requirements.lock` has `pytest==8.3.0`: fails.

## References

- PEP 735, dependency groups: https://peps.python.org/pep-0735/
- uv, development dependencies: https://docs.astral.sh/uv/concepts/projects/dependencies/
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from packaging.utils import canonicalize_name

from weighbridge.model import wording
from weighbridge.model.fact import Unavailable, observed
from weighbridge.model.finding import Relock, Severity, Verdict
from weighbridge.model.location import Location
from weighbridge.model.lock import Edge, Pin
from weighbridge.rules import items, lock_paths, sample
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.model.lock import Lock
    from weighbridge.rules.lock_paths import Ways

_TOOLS: Final = """
autopep8 bandit black coverage debugpy flake8 hypothesis ipdb ipython isort jupyter jupyterlab
mkdocs mypy nbconvert notebook nox pdbpp pip-tools pre-commit pudb pylint pyright pytest
pytest-asyncio pytest-cov pytest-mock pytest-xdist ruff sphinx tox twine yapf
"""
_NAMED: Final = frozenset(_TOOLS.split())
_INSTALLED: Final = {"uv": "dev", "conda": "dev"}
"""The group that is installed unless it is left out by name."""


def runtime(facts: Facts) -> Iterator[Item[items.DeclaredLock]]:
    """Yield the runtime lock."""
    yield from (item for item in items.locks(facts) if item.value.purpose == "runtime")


def judge(declared: items.DeclaredLock, facts: Facts) -> Iterator[Judgement]:
    """Say what of a runtime lock is not for run time."""
    path = declared.file.lock
    lock = observed(observed(facts.locks.get(path, items.NOT_LOOKED_AT)).lock)
    in_groups: dict[str, list[Pin]] = defaultdict(list)
    for pin in lock.pins:
        if lock_paths.is_for_development(pin):
            in_groups[pin.groups[0]].append(pin)
    for group, pins in in_groups.items():
        yield _group(group, pins, path, lock)
    # Of conda nobody here makes a lock.
    roots = frozenset(lock.roots if lock.format != "conda" else ())
    others, ways = _roots_of_others(facts), lock_paths.Ways(lock)
    # Each name once: a hostile lock has twenty thousand entries of one.
    for pin in {pin.name: pin for pin in reversed(lock.pins) if not pin.groups}.values():
        if canonicalize_name(pin.name) in _NAMED:
            yield _tool(pin, path, ways, relock=_without(pin, path, roots))
        elif pin.name in others and lock.roots and not ways.leads_to(pin.name):
            yield replace(
                _tool(pin, path, ways),
                message=f"{pin.name} is in {path}, and only {others[pin.name]} asks for it",
                cause="",
            )


def _group(group: str, pins: list[Pin], path: str, lock: Lock) -> Judgement:
    names = wording.some_of(list(dict.fromkeys(pin.name for pin in pins)))
    installed = _INSTALLED.get(lock.format) == group
    leave = {"conda": "`conda-lock install --no-dev`"}.get(lock.format, "`uv sync --no-dev`")
    return Judgement(
        message=f"{path} brings for {group} alone: {names}",
        subject=group,
        location=Location(path, pins[0].line),
        seen=f"{wording.plural(len(pins), 'entry', 'entries')} of the group {group}",
        wanted="what is needed at run time",
        cause="the group is installed unless it is left out by name" if installed else "",
        remediation=(f"leave the group out where it is installed: {leave}",),
        severity=Severity.WARNING if installed else Severity.NOTE,
    )


def _without(pin: Pin, path: str, roots: Container[str]) -> Relock | None:
    """Ask for a lock without a tool that was asked for itself; others need the rest."""
    return Relock(lock=path, without=(pin.name,)) if pin.name in roots else None


def _tool(pin: Pin, path: str, ways: Ways, relock: Relock | None = None) -> Judgement:
    return Judgement(
        message=f"{pin.name} is a tool for development, and in {path}",
        subject=pin.name,
        location=Location(path, pin.line),
        seen=f"{pin.name} {pin.version or ''}".strip(),
        wanted="what is needed at run time",
        cause=ways.told(pin.name),
        remediation=("move it to a dependency group and resolve again",),
        relock=relock,
    )


def _roots_of_others(facts: Facts) -> dict[str, str]:
    """Name what the dev and test locks were made for, each with its lock."""
    found: dict[str, str] = {}
    for item in items.locks(facts):
        file = facts.locks.get(item.subject)
        if item.value.purpose == "runtime" or file is None or isinstance(file, Unavailable):
            continue
        if not isinstance(file.lock, Unavailable):
            found.update(dict.fromkeys(file.lock.roots, item.subject))
    return found


def examples() -> list[Example]:
    """Show a lock for run time, one with a tool, one with a group, and one not read."""
    release = sample.release()
    numpy = Pin(name="numpy", version="1.26.4")
    pytest = Pin(name="pytest", version="8.3.0", line=4)
    feast = Pin(name="feast", version="0.40", edges=(Edge(name="pytest"),))
    return [
        Example(
            title="what is needed at run time",
            facts=replace(release, locks=sample.lock(numpy)),
            verdict=Verdict.PASS,
        ),
        Example(
            title="a test runner, and who brings it in",
            facts=replace(
                release, locks=sample.lock(feast, pytest, roots=("feast",), records_edges=True)
            ),
            verdict=Verdict.FAIL,
            seen="feast → pytest",
        ),
        Example(
            title="a group for development",
            facts=replace(
                release, locks=sample.lock(numpy, replace(pytest, groups=("dev",)), kind="uv")
            ),
            verdict=Verdict.FAIL,
            seen="brings for dev alone: pytest",
        ),
        sample.unread_lock(release),
    ]


RULE = Rule(
    code="DEP012",
    name="dev-dependency-in-runtime",
    severity=Severity.WARNING,
    each=runtime,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
    fixable=True,
)
