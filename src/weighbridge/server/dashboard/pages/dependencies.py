"""Who needs whom among the packages of a release, and how what is vulnerable comes in."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final, cast, get_args

from weighbridge.model.errors import NotFoundError, UnreadableError, UsageError
from weighbridge.server.dashboard.page import Page, Parts
from weighbridge.server.dashboard.pages.flaws import flaws_of
from weighbridge.server.dashboard.pages.graphs import graph_in
from weighbridge.server.dashboard.pages.one_release import release_of, sealed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.graph import Graph
    from weighbridge.server.dashboard.page import Asked
    from weighbridge.usecases.graph import Drawn, Purpose

_PATHS: Final = 20
"""Ways to a package that are listed."""
_ROWS: Final = 1_000


def dependencies(asked: Asked) -> dict[str, Any]:
    """Tell the packages of a lock: a picture, a list, and the ways to what matters."""
    release = release_of(asked)
    digest = release["digest"]
    locks = asked.services.kept.get(("locks", digest), lambda: _locks(asked, digest))
    purpose = _purpose(asked, locks)
    told = {
        **release,
        "lock": next((one for one in locks if one["purpose"] == purpose), None),
        "locks": locks,
        "package": asked.query.get("package", "").strip(),
        "everything": asked.query.get("everything") == "1",
        "unreadable": "",
        "drawing": None,
    }
    try:
        drawn = graph_in(asked, digest, purpose)
    except (UnreadableError, UsageError) as error:
        return {**told, "unreadable": str(error)}
    found = flaws_of(asked, digest)
    return {**told, **found, **_graph(asked, drawn, found, told)}


def _locks(asked: Asked, digest: str) -> list[dict[str, str]]:
    declared = sealed(asked, digest).release.spec.dependencies.locks()
    return [
        {"purpose": purpose, "path": one.lock, "format": one.format} for purpose, one in declared
    ]


def _purpose(asked: Asked, locks: list[dict[str, str]]) -> Purpose:
    from weighbridge.usecases.graph import Purpose as Known  # noqa: PLC0415 - heavy

    wanted = asked.query.get("lock", "") or "runtime"
    if wanted not in get_args(Known) or wanted not in {one["purpose"] for one in locks}:
        declared = ", ".join(one["purpose"] for one in locks)
        raise NotFoundError("the release declares no such lock", seen=wanted[:80], wanted=declared)
    return cast("Purpose", wanted)


def _graph(
    asked: Asked, drawn: Drawn, found: Mapping[str, Any], told: Mapping[str, Any]
) -> dict[str, Any]:
    from weighbridge.model.graph.paths import shortest_paths  # noqa: PLC0415 - heavy
    from weighbridge.report.graph_drawing import draw  # noqa: PLC0415 - heavy

    graph = drawn.graph
    flawed = _flawed(graph, found["report"], told["lock"]["path"])
    marks = {id_: "; ".join(one["message"] for one in flaws) for id_, flaws in flawed.items()}
    chosen = _chosen(graph, told["package"])
    entry = (found["report"] or {}).get("entry")
    key = ("drawing", told["digest"], told["lock"]["purpose"], entry, chosen, told["everything"])
    paths = shortest_paths(graph, chosen, shown=_PATHS)
    return {
        "drawing": asked.services.kept.get(
            key,
            lambda: asdict(draw(graph, marks, chosen=chosen, everything=told["everything"])),
        ),
        "counts": {
            "packages": len(graph.nodes),
            "links": graph.count(),
            "conflicts": len(graph.conflicts),
            "direct": len(graph.roots),
        },
        "origin": graph.origin,
        "stated": graph.stated,
        "conflicts": [{"package": one.node, "why": one.why} for one in graph.conflicts],
        "flawed": [
            {"id": id_, "flaws": flaws, "ways": _ways(graph, id_)} for id_, flaws in flawed.items()
        ],
        "chosen": [*chosen],
        "ways": [list(path) for path in paths.paths],
        "waysTotal": paths.total,
        "packages": [*_packages(graph, flawed)][:_ROWS],
    }


def _flawed(
    graph: Graph, report: Mapping[str, Any] | None, lock: str
) -> dict[str, list[dict[str, Any]]]:
    """Find the entries a report says something of: by name, and by line where there are several."""
    found: dict[str, list[dict[str, Any]]] = {}
    for one in report["flaws"] if report else ():
        ids = [id_ for id_ in graph.named(one["package"]) if one["file"] in {"", lock}]
        exact = [id_ for id_ in ids if graph.nodes[id_].line == one["line"]]
        for id_ in exact or ids:
            found.setdefault(id_, []).append(one)
    return found


def _ways(graph: Graph, id_: str) -> list[list[str]]:
    from weighbridge.model.graph.paths import shortest_paths  # noqa: PLC0415 - heavy

    return [list(path) for path in shortest_paths(graph, [id_], shown=3).paths]


def _chosen(graph: Graph, package: str) -> tuple[str, ...]:
    """Find the entries somebody asks about: of that name, or else those that have it in theirs."""
    from packaging.utils import canonicalize_name  # noqa: PLC0415 - heavy

    if not package:
        return ()
    name = canonicalize_name(package)
    found = graph.named(name) or graph.named(package)
    return found or tuple(id_ for id_, node in graph.nodes.items() if name in node.name)[:_PATHS]


def _packages(graph: Graph, flawed: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """List entries: what has flaws first, then what was asked for itself, then the rest."""
    needed = Counter(link.target for links in graph.links.values() for link in links)
    roots = set(graph.roots)
    order = sorted(graph.nodes, key=lambda id_: (id_ not in flawed, id_ not in roots, id_))
    for id_ in order:
        node = graph.nodes[id_]
        yield {
            "id": id_,
            "name": node.name,
            "version": node.version or node.reference,
            "direct": id_ in roots,
            "needs": len(graph.links.get(id_, ())),
            "neededBy": needed[id_],
            "flawed": id_ in flawed,
        }


PARTS: Final = Parts(
    pages=(
        Page(
            path="/releases/{digest}/dependencies",
            template="dependencies.html",
            view=dependencies,
            docs="how-to/look-at-dependencies.md",
            tab="All releases",
        ),
    ),
)
