"""Data the rules hold things against: what ships with this version, or what owners published.

The lists of globals pickles may name (`pickle-globals`), what goes with what (`compatibility`), how
long what is supported (`lifecycles`), which licences may be used (`licences`). Beside these, what
keyless signatures are proven by (`sigstore-root`), of which none ships. Owners publish a newer one
as they publish a policy; the newest they published counts, for their registry alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from weighbridge.codec.licences import policy as licences
from weighbridge.model.canonical import NotCanonicalError, canonical_bytes, read_json
from weighbridge.model.compatibility_data import CompatibilityData
from weighbridge.model.errors import LedgerError, OwnerlessError, UsageError
from weighbridge.model.fact import NO_INDEX
from weighbridge.model.global_lists import Lists
from weighbridge.model.licences import LicencePolicy
from weighbridge.model.lifecycle import LifecycleData
from weighbridge.model.report import Input
from weighbridge.model.sigstore_root import NAME as ROOT_NAME
from weighbridge.model.sigstore_root import SigstoreRoot, read_root
from weighbridge.rules.compatibility.tables.shipped import COMPATIBILITY, LIFECYCLES
from weighbridge.rules.security.pickle_lists import SHIPPED, read_lists
from weighbridge.seal.control import Action, Change
from weighbridge.usecases.believed import believe, control_state
from weighbridge.usecases.index_pages import read_index

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from weighbridge.model.fact import Facts
    from weighbridge.model.ports import Registry

Value: TypeAlias = Lists | CompatibilityData | LifecycleData | LicencePolicy | SigstoreRoot


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKind:
    """A kind of data.

    Attributes:
        name: Its name.
        shipped: What ships with this version; None if nothing does, and no rule asks for it.
        read: Makes it of the plain value that its `data` gives.
    """

    name: str
    shipped: Value | None
    read: Callable[[Mapping[str, Any]], Value]


PICKLE_GLOBALS: Final = DataKind(name="pickle-globals", shipped=SHIPPED, read=read_lists)
COMPATIBLE: Final = DataKind(
    name="compatibility", shipped=COMPATIBILITY, read=CompatibilityData.read
)
ENDING: Final = DataKind(name="lifecycles", shipped=LIFECYCLES, read=LifecycleData.read)
LICENCES: Final = DataKind(name="licences", shipped=licences.SHIPPED, read=licences.read_policy)
ROOT: Final = DataKind(name=ROOT_NAME, shipped=None, read=read_root)
KINDS: Final = (PICKLE_GLOBALS, COMPATIBLE, ENDING, LICENCES, ROOT)

_UNREADABLE: Final = (NotCanonicalError, ValueError, AttributeError, TypeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """Data, and where it is from.

    Attributes:
        kind: What it is.
        value: The data.
        published: Whether owners of the registry published it; else it ships with this version.
    """

    kind: DataKind
    value: Value
    published: bool

    @property
    def name(self) -> str:
        """Its name and version."""
        return f"{self.kind.name}@{self.value.version}"

    @property
    def valid_until(self) -> str:
        """The day after which some of it is believed no longer, or empty if it has none."""
        if isinstance(self.value, CompatibilityData | LifecycleData):
            return self.value.valid_until
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSets:
    """The data that counts.

    Attributes:
        sets: By the name of its kind.
    """

    sets: Mapping[str, DataSet]

    @property
    def lists(self) -> Lists:
        """The lists of globals."""
        value = self.sets[PICKLE_GLOBALS.name].value
        return value if isinstance(value, Lists) else SHIPPED

    @property
    def compatibility(self) -> CompatibilityData:
        """What goes with what."""
        value = self.sets[COMPATIBLE.name].value
        return value if isinstance(value, CompatibilityData) else COMPATIBILITY

    @property
    def lifecycles(self) -> LifecycleData:
        """How long what is supported."""
        value = self.sets[ENDING.name].value
        return value if isinstance(value, LifecycleData) else LIFECYCLES

    @property
    def licences(self) -> LicencePolicy:
        """Which licences may be used."""
        value = self.sets[LICENCES.name].value
        return value if isinstance(value, LicencePolicy) else licences.SHIPPED

    @property
    def inputs(self) -> list[Input]:
        """What a report says of it; what ships is part of the rules."""
        return [
            Input(name=one.name, digest=one.value.digest)
            for one in self.sets.values()
            if one.published and one.kind.shipped is not None
        ]


def kind_of(value: object) -> DataKind | None:
    """Recognise data by what it consists of."""
    if not isinstance(value, dict):
        return None
    if "certificateAuthorities" in value:
        return ROOT
    if "denied" in value:
        return LICENCES
    if "allowed" in value:
        return PICKLE_GLOBALS
    rows = value.get("rows")
    first = rows[0] if isinstance(rows, list) and rows else None
    if not isinstance(first, dict):
        return None
    return ENDING if "product" in first else COMPATIBLE if "kind" in first else None


def load_data(path: Path, shown: str) -> DataSet:
    """Read data somebody wrote.

    Args:
        path: The file, JSON.
        shown: How messages name it.

    Raises:
        UsageError: It cannot be read, or is no such data.
    """
    names = ", ".join(kind.name for kind in KINDS)
    help_ = [f"weighbridge advisories status NAME writes one to begin with: {names}"]
    try:
        value = read_json(path.read_bytes())
        kind = kind_of(value)
        if kind is None:
            raise ValueError(f"it is none of {names}")
        return DataSet(kind=kind, value=kind.read(value), published=True)
    except OSError as error:
        raise UsageError(
            f"{shown} cannot be read", cause=str(error.strerror), help=help_
        ) from error
    except _UNREADABLE as error:
        message = f"{shown} holds no data the rules know"
        raise UsageError(
            message, wanted=f"one of {names}, as JSON", cause=str(error), help=help_
        ) from error


def publication(data: DataSet) -> tuple[Change, bytes]:
    """Return the change that publishes data, and the bytes it names."""
    subject = (data.name, data.value.digest)
    paper = canonical_bytes(dict(data.value.data))
    return Change(Action.DATA_PUBLISH, subject=subject, parameters={}), paper


def current_data(registry: Registry | None) -> DataSets:
    """Find the data that counts: the newest owners published, or what ships.

    Raises:
        LedgerError: The ledger does not prove what it says, or holds no data where it names it.
    """
    published = {} if registry is None else _published(registry)
    found = {}
    for kind in KINDS:
        digest = published.get(kind.name, "")
        if registry is None or not digest:
            if kind.shipped is None:
                continue
            found[kind.name] = DataSet(kind=kind, value=kind.shipped, published=False)
            continue
        try:
            value = kind.read(read_json(registry.blobs.read(digest)))
        except _UNREADABLE as error:
            raise LedgerError(f"the data {digest} cannot be read: {error}") from error
        found[kind.name] = DataSet(kind=kind, value=value, published=True)
    return DataSets(sets=found)


def with_data(facts: Facts, data: DataSets, folder: Path | None) -> Facts:
    """Add to facts the data they are held against.

    Args:
        facts: What was seen.
        data: The data that counts.
        folder: The folder that keeps what the index says; None for none.
    """
    return replace(
        facts,
        lists=data.lists,
        compatibility=data.compatibility,
        lifecycles=data.lifecycles,
        licences=data.licences,
        index=NO_INDEX if folder is None else read_index(folder),
    )


def _published(registry: Registry) -> dict[str, str]:
    """Return the digest of what was published last of each kind, by one look at the ledger."""
    try:
        with registry.reading() as view:
            if not view.size:
                return {}
            log = believe(view, log_key=registry.log_key)
            known = control_state(log, registry.blobs).data
    except OwnerlessError:
        return {}
    return {name.partition("@")[0]: digest for name, digest in known.items()}
