"""Ask Kubernetes when the data of a Secret was last written; `kubectl` prints metadata alone."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import datetime
from typing import TYPE_CHECKING, Any

from weighbridge.probes.secrets.interface import TIMEOUT, Asker, NoAnswerError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.release.services import SecretReference


def ask(reference: SecretReference, asker: Asker) -> datetime:
    """Return when the data was last written; if nobody kept that, when the Secret was made.

    Raises:
        NoAnswerError: The cluster does not say.
    """
    namespace, slash, name = reference.name.rpartition("/")
    metadata = _metadata(name, namespace if slash else "", asker)
    times = list(_written(metadata)) or [metadata.get("creationTimestamp")]
    try:
        return max(datetime.fromisoformat(str(time)) for time in times)
    except (TypeError, ValueError) as error:
        raise NoAnswerError("its metadata say no time") from error


def _written(metadata: dict[str, Any]) -> Iterator[object]:
    """List when each who manages the Secret last wrote data of it."""
    for entry in metadata.get("managedFields") or ():
        fields = entry.get("fieldsV1") if isinstance(entry, dict) else None
        if isinstance(fields, dict) and fields.keys() & {"f:data", "f:stringData"}:
            yield entry.get("time")


def _metadata(name: str, namespace: str, asker: Asker) -> dict[str, Any]:
    program = shutil.which("kubectl", path=asker.environ.get("PATH"))
    if program is None:
        raise NoAnswerError("there is no kubectl", "install kubectl, and log in to the cluster")
    words = ["get", "secret", "--output=jsonpath={.metadata}", "--show-managed-fields"]
    words += [f"--request-timeout={TIMEOUT}s", *([f"--namespace={namespace}"] if namespace else [])]
    try:
        done = subprocess.run(
            [program, *words, "--", name],
            env=dict(asker.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=2 * TIMEOUT,
            check=False,
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise NoAnswerError(f"kubectl does not answer ({type(error).__name__})") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise NoAnswerError(f"kubectl says: {said[-1][:200]}" if said else "kubectl fails")
    try:
        found = json.loads(done.stdout)
    except ValueError as error:
        raise NoAnswerError("what kubectl prints is no JSON") from error
    if not isinstance(found, dict):
        raise NoAnswerError("what kubectl prints is no metadata")
    return found
