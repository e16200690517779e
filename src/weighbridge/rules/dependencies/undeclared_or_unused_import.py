"""The code of a release imports what its lock does not bring, or needs less than it brings.

## What it checks

What the Python files among the artifacts of the roles `code` and `preprocessing` import, against
the runtime lock: a module that is neither Python's own nor a file of the release has to come from
a package that is locked. Where a module is known to come from other packages, that is a warning;
where it is not known what brings it, a note, since packages may be called otherwise than their
modules. What is imported within `try … except ImportError`, by the version of Python or for a type
checker may be absent. Packages that were asked for and that nothing imports are a note.

Nothing is imported to find out. Code in archives is not followed.

## Why it matters

What a laptop happens to have is missing in production, or comes along with another package until
that one is updated. What nobody imports is attack surface and download without use.

## How to fix

Add the package to what the lock is made from and resolve again; take out what is not needed.

## Example

`serve.py` imports `PIL`, the lock has no pillow: fails.

## References

- deptry, rules DEP001 to DEP003: https://deptry.com/rules-violations/
- PEP 751, PEP 503, names of packages
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from packaging.utils import canonicalize_name

from weighbridge.model import wording
from weighbridge.model.fact import NotObservedError, Unavailable, observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.lock import Lock, Pin
from weighbridge.model.structure import Structure
from weighbridge.rules import items, lock_paths, module_names, sample
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts

_ROLES: Final = frozenset({"code", "preprocessing"})
_PYTHON: Final = ".py"
_IMPORTS: Final = "imports"
_OPTIONAL: Final = "optional-imports"
_UNREAD: Final = "?"
_LONGEST: Final = 1 << 20
"""Bytes of a text whose imports are read (`formats.text_content`)."""


def code(facts: Facts) -> Iterator[Item[tuple[items.Declared, ...]]]:
    """Yield the code of a release as one, if it has any."""
    found = [one for one in items.artifacts(facts) if one.value.artifact.role in _ROLES]
    if found and facts.release is not None:
        name = facts.release.metadata.name
        value = tuple(one.value for one in found)
        yield Item(subject=name, location=found[0].location, value=value)


def judge(declared: tuple[items.Declared, ...], facts: Facts) -> Iterator[Judgement]:
    """Hold what code imports against the runtime lock."""
    importers: dict[str, list[str]] = defaultdict(list)
    optional: set[str] = set()
    unread: list[str] = []
    for path, examined in _python_files(declared, facts):
        try:
            needed, spared = _imports(observed(examined.file).structure)
        except NotObservedError:
            unread.append(path)
            continue
        optional |= spared
        for module in needed:
            importers[module].append(path)
    if not importers and not optional and not unread:
        return
    lock = _runtime_lock(facts)
    own = _own_modules(facts)
    foreign = {
        module: paths
        for module, paths in sorted(importers.items())
        if module not in own and not module_names.is_standard(module)
    }
    yield from _undeclared(foreign, lock)
    if unread:
        yield Judgement(
            message=f"what {wording.some_of(unread)} imports is not known",
            verdict=Verdict.INCONCLUSIVE,
        )
    else:
        yield from _unused(set(importers) | optional, lock)


def _python_files(
    declared: tuple[items.Declared, ...], facts: Facts
) -> Iterator[tuple[str, items.Examined]]:
    """Yield the Python files among artifacts, and artifacts that nobody could look into."""
    for one in declared:
        for path, examined in items.content(facts, one.artifact):
            if path.endswith(_PYTHON) or isinstance(examined.file, Unavailable):
                yield path, examined


def _imports(structure: Structure | Unavailable) -> tuple[set[str], set[str]]:
    """Take what a file imports from what its reader found.

    Raises:
        NotObservedError: It could not be told.
    """
    read = observed(structure)
    found: dict[str, str] = dict(read.metadata)
    needed = set(found.get(_IMPORTS, "").split())
    if _UNREAD in needed or read.status != "complete" or read.size > _LONGEST:
        raise NotObservedError(Unavailable("its imports could not be read"))
    return needed, set(found.get(_OPTIONAL, "").split())


def _runtime_lock(facts: Facts) -> Lock:
    path = facts.release.spec.dependencies.runtime.lock if facts.release else ""
    return observed(observed(facts.locks.get(path, items.NOT_LOOKED_AT)).lock)


def _own_modules(facts: Facts) -> set[str]:
    """Name every module and package that lies in the release."""
    paths = [path for path in facts.files if path.endswith(_PYTHON)]
    return {part.removesuffix(_PYTHON) for path in paths for part in path.split("/")}


def _undeclared(foreign: dict[str, list[str]], lock: Lock) -> Iterator[Judgement]:
    """Yield the modules that no locked package brings."""
    locked = {
        canonicalize_name(pin.name) for pin in lock.pins if not lock_paths.is_for_development(pin)
    }
    nameless = any(pin.source == "include" or pin.name == pin.reference for pin in lock.pins)
    for module, paths in foreign.items():
        if module_names.brings(module, locked):
            continue
        known = module_names.is_known(module)
        wanted = " or ".join(sorted(module_names.packages_of(module)))
        verdict, severity = Verdict.FAIL, Severity.WARNING if known else Severity.NOTE
        if nameless:
            verdict = Verdict.INCONCLUSIVE
        told = "brings it" if known else "is called so"
        by = wording.some_of(paths)
        yield Judgement(
            message=f"{module} is imported by {by}, and no locked package {told}",
            subject=module,
            seen=f"import {module}",
            wanted=f"{wanted} in the lock" if known else "a locked package that brings it",
            cause="" if known else "a package may be called otherwise than its modules",
            remediation=(f"add {wanted} to what the lock is made from, and resolve again",),
            verdict=verdict,
            severity=severity,
        )


def _unused(imported: set[str], lock: Lock) -> Iterator[Judgement]:
    """Yield what was asked for and is not imported; a program or a plug-in is used otherwise."""
    groups = {pin.name for pin in lock.pins if pin.groups}
    unused = [
        name
        for name in lock.roots
        if name not in groups
        and imported.isdisjoint(module_names.modules_of(name))
        and not any(module_names.brings(module, {name}) for module in imported)
    ]
    if unused:
        names = wording.some_of(unused)
        yield Judgement(
            message=f"nothing in the release imports {names}",
            seen=names,
            wanted="packages that are used",
            cause="it may be run as a program, be a plug-in, or be left over",
            remediation=("take out what is not needed, and resolve again",),
            severity=Severity.NOTE,
        )


def examples() -> list[Example]:
    """Show code whose imports are locked, one that is not, an unused package, unread code."""
    release = sample.release(
        {"/spec/artifacts/1": {"name": "serve", "role": "code", "path": "serve.py"}}
    )

    def importing(names: str, *pins: str, roots: tuple[str, ...] = ()) -> Facts:
        text = Structure(
            format="text", status="complete", size=9, coverage=9, metadata=((_IMPORTS, names),)
        )
        locked = [Pin(name=name, version="1.0", hashed=True) for name in pins]
        return replace(
            release,
            files=sample.file() | sample.file("serve.py", structure=text),
            locks=sample.lock(*locked, roots=roots),
        )

    return [
        Example(
            title="imports that are locked",
            facts=importing("PIL numpy os", "pillow", "numpy"),
            verdict=Verdict.PASS,
        ),
        Example(
            title="an import that is not",
            facts=importing("PIL numpy os", "numpy"),
            verdict=Verdict.FAIL,
            seen="import PIL",
        ),
        Example(
            title="a package nobody imports",
            facts=importing("numpy", "numpy", "flask", roots=("numpy", "flask")),
            verdict=Verdict.FAIL,
            seen="nothing in the release imports flask",
        ),
        Example(
            title="code that cannot be parsed",
            facts=importing(_UNREAD, "numpy"),
            verdict=Verdict.INCONCLUSIVE,
            seen="serve.py",
        ),
    ]


RULE = Rule(
    code="DEP015",
    name="undeclared-or-unused-import",
    severity=Severity.WARNING,
    each=code,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
