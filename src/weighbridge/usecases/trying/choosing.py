"""Which runner runs a release, and what it is given: as the manifest says, or by the format.

No framework loads what the threat scan did not pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.model.finding import Verdict
from weighbridge.model.trial import NoAnswerError, Served
from weighbridge.usecases.scan import scan

if TYPE_CHECKING:
    from weighbridge.model.release import Artifact, ModelRelease
    from weighbridge.usecases.trying.placing import Placed

BY_FORMAT: Final = {
    "lightgbm": "lightgbm",
    "onnx": "onnxruntime",
    "pickle": "scikit-learn",
    "xgboost-binary": "xgboost",
    "xgboost-json": "xgboost",
    "xgboost-ubj": "xgboost",
    **dict.fromkeys(("bzip2", "gzip", "lzma", "xz", "zlib"), "scikit-learn"),
}
"""What runs a model of a format, told by its content."""

RUNNERS: Final = (
    "onnxruntime",
    "scikit-learn",
    "xgboost",
    "lightgbm",
    "entrypoint",
    "command",
    "open-inference",
)
"""Every runner, by the word of the manifest."""


def choose(
    release: ModelRelease, placed: Placed, *, runner: str | None = None, endpoint: str = ""
) -> Served:
    """Say what is to be run, and with what.

    Args:
        release: The release.
        placed: Its files.
        runner: A runner somebody named; None for that of the manifest, or of the format.
        endpoint: Address of the model on a server.

    Raises:
        NoAnswerError: Nobody says how, or the threat scan did not pass.
    """
    evaluation = release.spec.evaluation
    declared = evaluation.runner if evaluation else None
    name = "open-inference" if endpoint else runner or (declared.name if declared else None)
    signature = release.spec.signature
    inputs = (signature.inputs or []) if signature else []
    served = Served(
        runner=name or "",
        folder=str(placed.folder),
        entrypoint=(declared.entrypoint or "") if declared else "",
        command=tuple((declared.command or ()) if declared else ()),
        endpoint=endpoint,
        dtypes={one.name: one.dtype for one in inputs},
    )
    if name == "open-inference":
        if not endpoint:
            raise NoAnswerError("nobody says where the server is", "say so: --endpoint URL")
        return served
    if name == "command":
        if not served.command:
            raise NoAnswerError("there is no command", "say so in spec.evaluation.runner.command")
        return served
    return _loaded(release, placed, served, wanted=declared.artifact if declared else None)


def _loaded(release: ModelRelease, placed: Placed, served: Served, *, wanted: str | None) -> Served:
    artifact = _model(release, wanted)
    path = artifact.path or ""
    if not (placed.folder / path).exists():
        raise NoAnswerError(f"{path} is not there", "weighbridge check")
    found = scan([path], start=placed.folder)
    if found.verdict is not Verdict.PASS:
        told = [finding for file in found.files for finding in file.findings]
        why = f": {told[0].code} {told[0].message}" if told else ""
        message = f"the threat scan did not pass {path}, and nothing loads it{why}"
        raise NoAnswerError(message, f"weighbridge scan {path}")
    name = served.runner or BY_FORMAT.get(found.files[0].format, "")
    if not name:
        message = f"nothing here runs a model of the format {found.files[0].format} by itself"
        raise NoAnswerError(message, "say what does in spec.evaluation.runner")
    if name == "entrypoint" and not served.entrypoint:
        help_ = "say so in spec.evaluation.runner.entrypoint"
        raise NoAnswerError("nobody says which code loads the model", help_)
    return Served(
        runner=name,
        folder=served.folder,
        model=str(placed.folder / path),
        entrypoint=served.entrypoint if name == "entrypoint" else "",
        dtypes=served.dtypes,
    )


def _model(release: ModelRelease, wanted: str | None) -> Artifact:
    """Find the artifact that is loaded."""
    found = [
        one
        for one in release.spec.artifacts
        if one.path and (one.role == "weights" if wanted is None else one.name == wanted)
    ]
    if len(found) != 1:
        names = ", ".join(one.name for one in found) or "none"
        message = f"which artifact is loaded cannot be told: {names}"
        raise NoAnswerError(message, "name it in spec.evaluation.runner.artifact")
    return found[0]
