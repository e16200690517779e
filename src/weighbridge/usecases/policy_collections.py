"""What a policy includes: the shipped baseline, collections beside it, published ones."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from weighbridge.codec.bundle import read_collection
from weighbridge.codec.resolved import resolved
from weighbridge.codec.validating import read_authored
from weighbridge.model.document import Document
from weighbridge.model.limits import DEFAULT_DOCUMENT_LIMITS
from weighbridge.model.policy import BASELINE, PromotionPolicy
from weighbridge.model.policy.fields import is_beside
from weighbridge.usecases.credentials import read_guarded
from weighbridge.usecases.policy_files import POLICY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from weighbridge.model.catalogue import FileTree
    from weighbridge.model.policy.bundle import PolicyBundle


@dataclass(frozen=True, slots=True)
class Source:
    """A policy as somebody wrote it.

    Attributes:
        policy: The policy.
        document: Its text and places.
    """

    policy: PromotionPolicy
    document: Document


def included_by(
    policy: PromotionPolicy,
    files: FileTree,
    published: Callable[[str], PolicyBundle | None],
) -> dict[str, Source]:
    """Read the collections a policy includes, by what it calls them; those there are.

    Args:
        policy: The policy.
        files: The files it lies among.
        published: Finds a published policy by `name@version`; None if there is none.

    Raises:
        DocumentError: One of them is no collection.
        UnreadableError: A file cannot be read.
    """
    found = {BASELINE: _shipped()}
    for name in dict.fromkeys(policy.spec.include or ()):
        one = _beside(name, files) if is_beside(name) else _published(name, published)
        if one is not None:
            found[name] = one
    return found


def _shipped() -> Source:
    shipped = resources.files("weighbridge.model.policy") / f"{BASELINE}.yaml"
    data, file = shipped.read_bytes(), shipped.name
    return Source(read_collection(data, file), read_authored(data, file, PromotionPolicy)[1])


def _beside(name: str, files: FileTree) -> Source | None:
    """Read a collection that lies beside a policy: a file, or a folder with `policy.yaml`."""
    path = name.removeprefix("./")
    found = next((one for one in _candidates(path) if _is_there(one, files)), None)
    if found is None:
        return None
    data = files.read(found, limit=DEFAULT_DOCUMENT_LIMITS.size)
    _, document = read_guarded(data, files.shown(found), PromotionPolicy)
    return Source(read_collection(data, files.shown(found)), document)


def _candidates(path: str) -> Iterable[str]:
    return (path,) if path.endswith(".yaml") else (f"{path}/{POLICY}", f"{path}.yaml")


def _is_there(path: str, files: FileTree) -> bool:
    folder, _, name = path.rpartition("/")
    return name in files.names(folder)


def _published(name: str, published: Callable[[str], PolicyBundle | None]) -> Source | None:
    bundle = published(name) if "@" in name else None
    return None if bundle is None else source_of(bundle.policy, name)


def source_of(policy: PromotionPolicy, name: str) -> Source:
    """Take a policy that was read in its resolved form: it stands in no text."""
    return Source(policy, Document(file=name, data=resolved(policy), todos=()))
