"""The nearest version of a package that does: it resolves, loses no target, has no advisory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from packaging.utils import is_normalized_name
from packaging.version import InvalidVersion, Version

from weighbridge.codec.locks import LockSyntaxError
from weighbridge.codec.locks.recipes import command_of
from weighbridge.codec.locks.requirement_edits import NotEditedError, raise_requirement
from weighbridge.model.errors import UnreadableError
from weighbridge.model.remedy import Mending, Tried
from weighbridge.model.resolution import Refused, Resolution
from weighbridge.model.wording import plural
from weighbridge.usecases.remedying.looking import Objections
from weighbridge.usecases.remedying.means import WITHOUT_UV, differences, versions

if TYPE_CHECKING:
    from weighbridge.model.finding import Upgrade
    from weighbridge.model.lock import Lock
    from weighbridge.usecases.remedying.means import Made, Means
    from weighbridge.usecases.remedying.pending import Pending


BLOCKED = "change what stands in the way, then run `weighbridge check --fix` again"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """What came of one version.

    Attributes:
        tried: Why it does not do; None if it does.
        pending: The files with it.
        hopeless: Whether others would fare no better.
        absent: Whether nothing but the resolver speaks against it.
    """

    tried: Tried | None
    pending: Pending
    hopeless: bool = False
    absent: bool = False


def together(one: Upgrade, other: Upgrade) -> Upgrade:
    """Make one of two upgrades of a package: nothing below what either needs will do.

    Args:
        one: The one; its version is told.
        other: The other.
    """
    found = _candidates(replace(one, candidates=(*one.candidates, *other.candidates)))
    needed = [Version(versions[0]) for versions in map(_candidates, (one, other)) if versions]
    return replace(
        one, candidates=tuple(at for at in found if all(Version(at) >= least for least in needed))
    )


def upgraded(upgrade: Upgrade, made: Made, pending: Pending, means: Means) -> Mending:
    """Find the nearest version of a package that does, and take it.

    Args:
        upgrade: The package.
        made: How its lock is made.
        pending: The files; they take the lock and its input over if a version does.
        means: What is at hand.
    """
    nothing = Mending(lock=made.lock, package=upgrade.package, before=upgrade.version)
    candidates = _candidates(upgrade)
    if not is_normalized_name(upgrade.package) or not candidates:
        return replace(nothing, why="no version is known that would do")
    nothing = replace(nothing, steps=_by_hand(upgrade.package, candidates[0], made, pending))
    if means.resolver is None:
        return replace(nothing, why=WITHOUT_UV)
    search = _Search(upgrade, made, pending, means)
    tried: list[Tried] = []
    absent = True
    for version in candidates[: means.tries]:
        attempt = search.attempt("==", version)
        if attempt.tried is None:
            return search.taken(version, attempt.pending, tried)
        tried.append(attempt.tried)
        if attempt.hopeless:
            return replace(nothing, tried=tuple(tried), why=attempt.tried.why)
        absent = absent and attempt.absent
    if absent:
        # What fixed it first need not have been published.
        attempt = search.attempt(">=", candidates[0])
        if attempt.tried is None:
            return search.taken(candidates[0], attempt.pending, tried)
    left = len(candidates) - len(tried)
    why = f"none of {len(tried)} versions does" if len(tried) > 1 else tried[0].why
    more = f"; {plural(left, 'other')} not tried" if left else ""
    return replace(nothing, tried=tuple(tried), why=why + more, steps=(BLOCKED,))


class _Search:
    """The search for a version of one package."""

    def __init__(self, upgrade: Upgrade, made: Made, pending: Pending, means: Means) -> None:
        self._upgrade = upgrade
        self._package = upgrade.package
        self._made = made
        self._pending = pending
        self._means = means
        self._objections = Objections(made, pending, means)

    def attempt(self, operator: str, version: str) -> _Attempt:
        """Make the lock with one version, beside the release."""
        made, pending = self._made, self._pending
        try:
            edited = _edits(self._package, version, made, pending)
        except (NotEditedError, LockSyntaxError, UnreadableError) as error:
            return _Attempt(tried=Tried(version=version, why=str(error)), pending=pending)
        if self._means.resolver is None:
            raise AssertionError("somebody resolves")
        answer = self._means.resolver.resolve(
            Resolution(
                root=str(pending.root),
                lock=made.lock,
                format=made.format,
                recipe=made.recipe,
                files={**pending.files, **edited},
                upgrades=(f"{self._package}{operator}{version}",),
            )
        )
        if isinstance(answer, Refused):
            said = Tried(version=version, why=answer.reason, chain=answer.chain)
            return _Attempt(tried=said, pending=pending, hopeless=not answer.decided, absent=True)
        # Locks first: they fulfil the old input, too.
        after = pending.with_files({**answer.files, **edited})
        return _Attempt(tried=self._against(version, after), pending=after)

    def _against(self, version: str, after: Pending) -> Tried | None:
        """Say what speaks against a lock that was made."""
        made = self._made
        try:
            new = after.lock(made.lock, made.format)
        except UnreadableError as error:
            return Tried(version=version, why=str(error))
        lower = [one for one in _versions(self._package, new) if one < Version(version)]
        if lower:
            return Tried(version=version, why=f"{self._package} stays at {lower[0]}")
        flaws = self._objections.against(after, self._package)
        if flaws:
            return Tried(version=version, why=f"it resolves, but {flaws[0]}", flaws=flaws)
        return None

    def taken(self, candidate: str, after: Pending, tried: list[Tried]) -> Mending:
        """Take a version over, and say what becomes of the lock."""
        made, package = self._made, self._package
        old = self._pending.lock(made.lock, made.format)
        new = after.lock(made.lock, made.format)
        asked = _asked(package, candidate, made, self._pending)
        self._pending.take(after)
        return Mending(
            lock=made.lock,
            package=package,
            before=self._upgrade.version,
            after=versions(new).get(package, ""),
            mended=True,
            asked=asked,
            others=differences(old, new, package),
            tried=tuple(tried),
            steps=("run `weighbridge check --fix`",),
        )


def _candidates(upgrade: Upgrade) -> list[str]:
    """List the versions that would do, the nearest first."""
    found = {version for one in upgrade.candidates if (version := _version(one)) is not None}
    locked = _version(upgrade.version)
    return [str(one) for one in sorted(found) if locked is None or one > locked]


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _versions(package: str, lock: Lock) -> list[Version]:
    found = (_version(pin.version or "") for pin in lock.pins if pin.name == package)
    return sorted(one for one in found if one is not None)


def _edits(package: str, version: str, made: Made, pending: Pending) -> dict[str, bytes]:
    """Raise what the inputs ask for; one that does not name the package stays as it is.

    Raises:
        NotEditedError: An input excludes the version.
    """
    found = {}
    for name in made.inputs():
        edited = raise_requirement(pending.text(name), name, package, version)
        if edited is not None:
            found[name] = edited.text.encode()
    return found


def _asked(package: str, version: str, made: Made, pending: Pending) -> str:
    """Say what an input is to ask for, and where; nothing if none has to change."""
    for name in made.inputs():
        try:
            edited = raise_requirement(pending.text(name), name, package, version)
        except (NotEditedError, LockSyntaxError, UnreadableError):
            continue
        if edited is not None:
            return f"`{edited.after}` in {_place(name, edited.line)}"
    return ""


def _by_hand(package: str, version: str, made: Made, pending: Pending) -> tuple[str, ...]:
    """Say what a person does to have at least a version."""
    asked = _asked(package, version, made, pending)
    upgrade = f"{package}>={version}"
    command = command_of(made.recipe, made.lock, made.format, [upgrade])
    where = f" in {made.recipe.folder}" if made.recipe.folder else ""
    raised = (f"raise {package} to >={version}: write {asked}",) if asked else ()
    return (*raised, f"run `{command}`{where}")


def _place(name: str, line: int) -> str:
    return f"line {line} of {name}" if line else name
