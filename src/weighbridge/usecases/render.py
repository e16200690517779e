"""`render`: the files that deliver a release on a target, of its sealed bytes or as a preview."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from weighbridge.adapters.new_folder import NewFolder
from weighbridge.codec.canonical import digest
from weighbridge.codec.resolved import release_digest
from weighbridge.model.errors import Fault, NotFoundError, RenderError, UnsealableError, UsageError
from weighbridge.model.predicates import RENDERING
from weighbridge.render.rendering import render
from weighbridge.render.targets import TARGETS, target_of
from weighbridge.seal.statement import Statement, write_statement
from weighbridge.usecases.environments import applied_environments
from weighbridge.usecases.statements import subject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from weighbridge.model.ports import Registry
    from weighbridge.model.rendering import Rendering
    from weighbridge.usecases.references import Named

ALIASES = {"argo-rollouts": "argo", "k8s": "kubernetes", "docker-compose": "compose"}
"""Other names people write in environments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """What is delivered to.

    Attributes:
        target: Kind of the target.
        version: Its version; empty for the newest that is known.
        namespace: Namespace of the objects.
        options: What is said of the target, by name.
    """

    target: str
    version: str = ""
    namespace: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A release that was rendered.

    Attributes:
        digest: The release digest.
        sealed: Whether there is such a sealed release; a preview is of what would be sealed.
        rendering: The files.
    """

    digest: str
    sealed: bool
    rendering: Rendering


def where_of(environment: str, registry: Registry) -> Where:
    """Return what an environment is delivered to.

    Raises:
        NotFoundError: There is no such environment.
        UsageError: It names no target.
    """
    found = next((one for one in applied_environments(registry) if one.name == environment), None)
    if found is None:
        help_ = ["weighbridge env list"]
        raise NotFoundError(f"there is no environment {environment}", help=help_)
    target = found.record["spec"].get("target")
    if target is None:
        help_ = ["name it: spec.target.kind", "or give --target"]
        raise UsageError(f"the environment {environment} names no target", help=help_)
    return Where(
        target=target["kind"],
        version=target.get("version", ""),
        namespace=target.get("namespace", ""),
        options=target.get("options", {}),
    )


def render_release(named: Named, where: Where) -> Rendered:
    """Render a release for a target.

    Args:
        named: The release; an authored one must name the digest of all it consists of.
        where: The target.

    Raises:
        UsageError: There is no such target.
        RenderError: The target cannot honour what is asked for.
        UnsealableError: The manifest leaves open what the release consists of.
    """
    kind = ALIASES.get(where.target, where.target)
    target = target_of(kind)
    if target is None:
        wanted = ", ".join(one.kind for one in TARGETS)
        raise UsageError(f"there is no target {where.target}", seen=where.target, wanted=wanted)
    release = named.digest or _previewed(named)
    done = render(
        target,
        named.release,
        release,
        version=where.version,
        namespace=where.namespace,
        options=where.options,
    )
    if done.refusals:
        raise RenderError.from_faults(_faults(named, done))
    return Rendered(digest=release, sealed=named.digest is not None, rendering=done)


def write(done: Rendering, place: Path) -> None:
    """Write rendered files into a folder that is not there yet, all of them or none.

    Raises:
        StorageError: Something lies there, or it cannot be written to.
    """
    folder = NewFolder(place)
    try:
        for one in done.files:
            folder.write(one.path, [one.content], executable=one.executable)
        folder.commit()
    except BaseException:
        folder.discard()
        raise


def rendering_statement(named: Named, done: Rendering) -> bytes:
    """Write which files a sealed release is rendered as, to be signed."""
    target: dict[str, Any] = {"kind": done.kind, "version": done.version}
    if done.namespace:
        target["namespace"] = done.namespace
    if done.options:
        target["options"] = dict(done.options)
    predicate: dict[str, Any] = {
        "files": [{"digest": digest(one.content), "name": one.path} for one in done.files],
        "target": target,
    }
    if done.notices:
        predicate["notices"] = list(done.notices)
    return write_statement(Statement(RENDERING, subjects=(subject(named),), predicate=predicate))


def _previewed(named: Named) -> str:
    """Return the digest an authored manifest would be sealed with, as it stands."""
    open_ = list(_left_open(named))
    if open_:
        raise UnsealableError.from_faults(open_)
    return release_digest(named.release)


def _left_open(named: Named) -> Iterator[Fault]:
    spec = named.release.spec
    digests = {at: one.digest for at, one in spec.files()}
    digests |= {f"/spec/dependencies/{use}": one.digest for use, one in spec.dependencies.locks()}
    for at in named.document.todos:
        yield _fault(named, at, "is TODO", "weighbridge set")
    for at, known in digests.items():
        if known is None:
            yield _fault(named, at, "has no digest yet", "weighbridge capture --update")
    if spec.source.commit is None:
        yield _fault(named, "/spec/source", "names no commit", "weighbridge seal, which asks git")


def _fault(named: Named, at: str, what: str, help_: str) -> Fault:
    message = (
        f"{at.removeprefix('/').replace('/', '.')} {what}: what it is rendered as is not known"
    )
    where = named.document.location(at)
    return Fault(UnsealableError.code, message, where, help=(help_, "or name a sealed release"))


def _faults(named: Named, done: Rendering) -> Iterator[Fault]:
    for one in done.refusals:
        yield Fault(
            RenderError.code,
            one.message,
            named.document.location(one.pointer) if one.pointer else None,
            seen=one.seen,
            wanted=one.wanted,
            help=one.alternatives,
        )
