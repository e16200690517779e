"""Objects of a cluster, by kubectl: applied on the server, looked at, patched.

Nothing is forced: a field somebody else manages stays his (server-side apply).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from weighbridge.adapters.cluster.program import run
from weighbridge.adapters.cluster.refusals import refusal
from weighbridge.model.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.adapters.cluster.program import Ended

MANAGER: Final = "weighbridge"
"""Who manages the fields that are delivered."""
SECONDS: Final = 60.0
"""Time one run may take."""
_NO_DRY_RUN: Final = "does not support dry run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kubectl:
    """Kubectl, ready to run.

    Attributes:
        program: The program.
        environ: The user's variables.
        context: The context of its configuration; empty for the current one.
        kubeconfig: The file of its configuration; empty for the usual one.
        namespace: Namespace of the objects; empty for that of the context.
        seconds: Time one run may take.
    """

    program: str
    environ: Mapping[str, str] = field(default_factory=dict)
    context: str = ""
    kubeconfig: str = ""
    namespace: str = ""
    seconds: float = SECONDS

    def apply(self, objects: Sequence[Mapping[str, Any]], *, try_out: bool = False) -> None:
        """Apply objects, in their order; those that are so already are left.

        Args:
            objects: The objects.
            try_out: Whether the server is only to say if it would take them.

        Raises:
            WeighbridgeError: It takes not all of them.
        """
        if not objects:
            return
        # A List would be taken apart again; documents keep the order, and a bad one is named.
        text = "\n---\n".join(json.dumps(one, ensure_ascii=True) for one in objects)
        words = ["apply", "--server-side", f"--field-manager={MANAGER}", "--validate=strict"]
        words += ["--dry-run=server"] if try_out else []
        ended = self._run([*words, "-f", "-"], text.encode("ascii"))
        if ended.code and not (try_out and _NO_DRY_RUN in ended.errors):
            names = ", ".join(sorted({f"{one['kind']}" for one in objects}))
            raise refusal(f"apply {names}", ended.errors)

    def get(self, kind: str, name: str) -> dict[str, object] | None:
        """Look at an object; None if there is none.

        Raises:
            WeighbridgeError: That cannot be told.
        """
        ended = self._run(["get", kind, name, "--ignore-not-found", "-o", "json"])
        if ended.code:
            raise refusal(f"look at {kind} {name}", ended.errors)
        if not ended.output.strip():
            return None
        found = _read(ended.output)
        about = found.get("metadata")
        if not isinstance(about, dict) or about.get("name") != name:
            raise UnavailableError(f"kubectl shows another object than {kind} {name}")
        return found

    def listed(self, kind: str, selector: str) -> list[object]:
        """List objects by their labels.

        Raises:
            WeighbridgeError: That cannot be told.
        """
        ended = self._run(["get", kind, "-l", selector, "-o", "json"])
        if ended.code:
            raise refusal(f"list {kind}", ended.errors)
        items = _read(ended.output).get("items")
        if not isinstance(items, list):
            raise UnavailableError(f"kubectl lists no {kind}")
        return items

    def patch(self, kind: str, name: str, body: Mapping[str, Any], *, status: bool = False) -> None:
        """Patch an object (merge patch).

        Raises:
            WeighbridgeError: It was not patched.
        """
        words = ["patch", kind, name, "--type=merge", f"--field-manager={MANAGER}"]
        words += ["--subresource=status"] if status else []
        ended = self._run([*words, f"--patch={json.dumps(body)}", "-o", "name"])
        if ended.code:
            raise refusal(f"patch {kind} {name}", ended.errors)

    def delete(self, kind: str, name: str) -> None:
        """Delete an object; one that is gone already is none to delete.

        Raises:
            WeighbridgeError: It is still there.
        """
        ended = self._run(["delete", kind, name, "--ignore-not-found", "--wait=false"])
        if ended.code:
            raise refusal(f"delete {kind} {name}", ended.errors)

    def _run(self, words: Sequence[str], given: bytes = b"") -> Ended:
        chosen = (
            ("--context", self.context),
            ("--kubeconfig", self.kubeconfig),
            ("--namespace", self.namespace),
        )
        about = [f"{name}={value}" for name, value in chosen if value]
        limit = f"--request-timeout={max(int(self.seconds * 0.8), 1)}s"
        return run(
            [self.program, *about, limit, *words],
            given=given,
            environ=self.environ,
            seconds=self.seconds,
        )


def _read(output: bytes) -> dict[str, object]:
    try:
        found = json.loads(output)
    except (ValueError, RecursionError) as error:
        raise UnavailableError("kubectl prints no JSON that can be read") from error
    if not isinstance(found, dict):
        raise UnavailableError("kubectl prints JSON that is no object")
    return found
