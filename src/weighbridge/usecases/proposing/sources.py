"""The kinds of folder `init` knows: which of them this is, and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.model.errors import UsageError
from weighbridge.usecases.proposing import bentoml, huggingface, mlflow, modelkit
from weighbridge.usecases.proposing.partial import Partial

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.usecases.proposing.folder import Folder

KINDS: Final[dict[str, Callable[[Folder], Partial | None]]] = {
    "modelkit": modelkit.recognise,
    "mlflow": mlflow.recognise,
    "bentoml": bentoml.recognise,
    "hf": huggingface.recognise,
}
"""By the word of `--from`, in the order they are tried: a ModelKit may hold any of the others, and
MLflow may wrap a Hugging Face model."""

_MARKS = {
    "modelkit": "a file Kitfile with manifestVersion, as `kit unpack` leaves it",
    "mlflow": "a file MLmodel with flavors",
    "bentoml": "a file bento.yaml, or the model.yaml of a stored model",
    "hf": "a config.json with architectures or model_type, or a model card",
}


def recognise(folder: Folder, kind: str | None = None) -> Partial:
    """Read a folder as the kind it is; nothing is known of a folder of plain files.

    Args:
        folder: The folder.
        kind: The kind it has to be; None to look.

    Raises:
        UsageError: It is not of that kind.
    """
    if kind is None:
        found = (read(folder) for read in KINDS.values())
        return next((partial for partial in found if partial is not None), Partial())
    partial = KINDS[kind](folder)
    if partial is None:
        where = folder.inside or "the folder"
        raise UsageError(
            f"{where} does not look like what `--from {kind}` reads",
            wanted=_MARKS[kind],
            cause="; ".join(f"not read: {line}" for line in folder.unread[:3]),
            help=["name the folder that holds it, or leave `--from` out to have it looked for"],
        )
    return partial
