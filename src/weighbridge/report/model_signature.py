"""What verifying a model against somebody's bundle found: for people, and as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.wording import plural
from weighbridge.report.json import SCHEMA_VERSION
from weighbridge.report.style import paint
from weighbridge.report.trust import problem_json, render_problems
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from weighbridge.model.verification import ModelSigner, ModelVerification


def render_model_verification(found: ModelVerification, *, styled: bool = False) -> str:
    """Write what does not hold, then who signed, then the verdict."""
    text = render_problems(found.problems, styled=styled)
    signed = "" if found.signer is None else f"{_signer_line(found.signer)}\n"
    if found.ok:
        verdict = paint("verified", "good", styled=styled)
        what = f", {plural(found.files, 'file', 'files')}  {found.digest}"
    else:
        verdict, what = paint("not verified", "error", styled=styled), ""
    return f"{text}{signed}{verdict}: {visible(found.name)}{what}\n"


def _signer_line(signer: ModelSigner) -> str:
    if not signer.at:
        return f"signed by the key {signer.key_digest}"
    clock = "--at" if signer.clock == "stated" else "now"
    above = " < ".join(visible(name) for name in signer.path[1:])
    issued = f", by {above}" if above else ""
    return f"signed by {visible(signer.name)}{issued}; judged at {signer.at} ({clock})"


def model_verification_json(found: ModelVerification) -> dict[str, object]:
    """Turn it into the `verify` shape."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "ok": found.ok,
        "subject": found.digest,
        "name": found.name,
        "format": "oms",
        "files": found.files,
        "problems": [problem_json(problem) for problem in found.problems],
        "ignored": [problem_json(problem) for problem in found.ignored],
        "signers": [] if found.signer is None else [_signer_json(found.signer)],
    }


def _signer_json(signer: ModelSigner) -> dict[str, object]:
    return {
        "person": signer.name or None,
        "role": "certificate" if signer.at else "key",
        "keyDigest": signer.key_digest,
        "path": list(signer.path),
        "at": signer.at or None,
        "clock": signer.clock or None,
    }
