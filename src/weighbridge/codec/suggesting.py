"""What was meant by a key that is not known where it stands."""

from __future__ import annotations

import difflib
from functools import lru_cache
from typing import TYPE_CHECKING

from weighbridge.codec.describing import members_of
from weighbridge.codec.migrations import OLDER_WORDS
from weighbridge.model.location import pointer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from pydantic import BaseModel

    Path = tuple[int | str, ...]

_SURE = 0.75
_LIKELY = 0.5
_HOMES = 3
_DEEPEST = 16


def advice(
    path: Path, known: Collection[str], siblings: Collection[str], kind: type[BaseModel]
) -> tuple[str, ...]:
    """Say what was probably meant, the most probable first.

    A key that is all but spelt like one of this place is taken for it, then one that is at home
    elsewhere is sent there, and then whatever comes nearest is guessed at.

    Args:
        path: Where the key stands, itself included.
        known: The keys of this place.
        siblings: The keys that stand beside it.
        kind: The class of the document.
    """
    key = str(path[-1])
    older = OLDER_WORDS.get(pointer(*path))
    if older in known:
        return (f"today it is `{older}`",)
    close, likeness = _closest(key, known, siblings)
    meant = (f"did you mean `{close}`?",) if likeness >= _LIKELY else ()
    homes = _homes_of(key, path, kind) if likeness < 1 else []
    belongs = (f"it belongs to {' or '.join(homes)}",) if homes else ()
    if likeness >= _SURE:
        return (*meant, *belongs)
    guess = _elsewhere(key, path, kind) or f"known here: {', '.join(sorted(known))}"
    return belongs or meant or (guess,)


def misspelt(key: str, seen: Iterable[str]) -> str:
    """Find, among keys nobody knows, the one that was meant to be `key`; empty if none was."""
    close, likeness = _closest(key, list(seen))
    return close if likeness >= _LIKELY else ""


def _closest(key: str, known: Collection[str], siblings: Collection[str] = ()) -> tuple[str, float]:
    """Find the key that is most like it, of two one that does not stand there yet."""
    ranked = [(_likeness(key, other), other not in siblings, other) for other in known]
    likeness, _, close = max(ranked, default=(0.0, False, ""))
    free = [one for one in ranked if one[1] and one[0] >= _SURE]
    if free and close in siblings:
        likeness, _, close = max(free)
    return close, likeness


def _likeness(left: str, right: str) -> float:
    """Compare two keys, the way words are joined in them aside; 1 if that is all there is."""
    return difflib.SequenceMatcher(None, _folded(left), _folded(right), autojunk=False).ratio()


def _folded(key: str) -> str:
    return key.replace("_", "").replace("-", "").lower()


def _homes_of(key: str, path: Path, kind: type[BaseModel]) -> list[str]:
    """Name the places a key is known at, those nearest to where it stands; none if everywhere."""
    return _nearest(_places(kind).get(_folded(key), ()), path)


def _elsewhere(key: str, path: Path, kind: type[BaseModel]) -> str:
    """Guess at a key of another place that is misspelt as well."""
    close = difflib.get_close_matches(_folded(key), _places(kind), n=1, cutoff=_SURE)
    homes = _nearest(_places(kind)[close[0]], path) if close else []
    return f"keys like it belong to {' or '.join(homes)}" if homes else ""


def _nearest(homes: Iterable[tuple[str, ...]], path: Path) -> list[str]:
    shared = {home: _shared(home, path) for home in homes}
    most = max(shared.values(), default=0)
    nearest = [home for home, count in shared.items() if count == most]
    return sorted(map(_named, nearest)) if len(nearest) <= _HOMES else []


def _shared(home: tuple[str, ...], path: Path) -> int:
    """Count how many steps from the top two places have in common."""
    count = 0
    for left, right in zip(home, path, strict=False):
        if left not in ("*", right):
            break
        count += 1
    return count


def _named(home: tuple[str, ...]) -> str:
    """Name a place: `spec.rollout`, or `a member of spec.artifacts`."""
    if home and home[-1] == "*":
        return f"a member of {'.'.join(home[:-1])}"
    return ".".join(home) or "the top of the document"


@lru_cache(maxsize=8)
def _places(kind: type[BaseModel]) -> dict[str, tuple[tuple[str, ...], ...]]:
    """List where each key is known, by the key as it is compared."""
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    pending: list[tuple[type[BaseModel], tuple[str, ...]]] = [(kind, ())]
    while pending:
        section, at = pending.pop()
        for key, inner, is_many in members_of(section):
            found[_folded(key)] = (*found.get(_folded(key), ()), at)
            if inner is not None and len(at) < _DEEPEST:
                pending.append((inner, (*at, key, "*") if is_many else (*at, key)))
    return found
