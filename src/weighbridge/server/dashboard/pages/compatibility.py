"""What of a release is to be had on which targets, and why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.server.dashboard.page import Page, Parts
from weighbridge.server.dashboard.pages.one_release import release_of, sealed

if TYPE_CHECKING:
    from weighbridge.model.coverage import Cell
    from weighbridge.report.matrix_rows import Row
    from weighbridge.server.dashboard.page import Asked
    from weighbridge.usecases.lock_matrix import Asked as Answered

_MANY: Final = 500


def compatibility(asked: Asked) -> dict[str, Any]:
    """Show the matrix of packages and targets: what is not to be had everywhere, or all of it."""
    from weighbridge.model.coverage import Fit  # noqa: PLC0415 - as the others
    from weighbridge.report.matrix_rows import columns, rows  # noqa: PLC0415 - as the others

    release = release_of(asked)
    every = asked.query.get("every") == "1"
    found = _matrix(asked, release["digest"])
    matrix = found.matrix
    packages = len({(cell.package, cell.version) for cell in matrix.cells})
    shown = rows(matrix, every=every)
    return {
        **release,
        "every": every,
        "guessed": found.guessed,
        "targets": [
            {
                "name": name,
                "counts": {fit.value: counts[fit] for fit in Fit},
                "validated": matrix.validated.get(name),
            }
            for name, counts in columns(matrix)
        ],
        "packages": packages,
        "rows": [_row(row, matrix.targets) for row in shown[:_MANY]],
        "leftOut": max(len(shown) - _MANY, 0),
    }


def _matrix(asked: Asked, digest: str) -> Answered:
    """Ask what is to be had: a day and an entry of the ledger long, the answer is the same."""
    from weighbridge.model.fact import Facts  # noqa: PLC0415 - heavy
    from weighbridge.usecases.data_sets import current_data, with_data  # noqa: PLC0415 - heavy
    from weighbridge.usecases.matrix import release_matrix  # noqa: PLC0415 - heavy

    def answer() -> Answered:
        # What a package index says is kept on the machines that check, not on a server.
        facts = with_data(Facts(now=asked.now), current_data(asked.registry), None)
        return release_matrix(sealed(asked, digest), asked.registry, facts, ())

    with asked.registry.reading() as view:
        size = view.size
    return asked.services.kept.get(("matrix", digest, asked.now[:10], size), answer)


def _row(row: Row, targets: tuple[str, ...]) -> dict[str, Any]:
    return {
        "name": row.name,
        "fits": [_fit(row.cells.get(target)) for target in targets],
        "problems": [
            {"fit": fit.value, "why": why, "nearest": nearest, "targets": on}
            for (fit, why, nearest), on in row.problems.items()
        ],
    }


def _fit(cell: Cell | None) -> str:
    """Say how something fits a target; empty if it is not needed there."""
    from weighbridge.model.coverage import Cause, Fit  # noqa: PLC0415 - as the others

    if cell is None or (cell.fit is Fit.YES and cell.cause is Cause.MARKER):
        return ""
    return cell.fit.value


PARTS: Final = Parts(
    pages=(
        Page(
            path="/releases/{digest}/compatibility",
            template="compatibility.html",
            view=compatibility,
            docs="how-to/see-what-runs-where.md",
            tab="All releases",
        ),
    ),
)
