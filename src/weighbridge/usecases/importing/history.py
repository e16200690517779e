"""What another registry said of a version, as a predicate and as annotations of the manifest.

Values are a stranger's. One that cannot be written down is left out and named, never mended.
"""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from weighbridge.codec.text import refused_character
from weighbridge.model.imports import MLFLOW, MLFLOW_MODEL, MLFLOW_VERSION
from weighbridge.usecases.proposing import values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.imports import RegisteredModel, RegisteredVersion

FILE = "mlflow-history.json"
"""Where it lies, beside the manifest."""

_LONGEST = 65_536
_LONGEST_LINE = 500
_MOST = 1_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_STAGE = {"", "None"}


def history(
    model: RegisteredModel, version: RegisteredVersion, *, address: str
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Write down what is said of a version.

    Args:
        model: The model.
        version: Its version.
        address: Where the registry is; empty for one on this machine.

    Returns:
        The predicate, and what was left out, a line each.
    """
    taker = _Taker()
    predicate = {
        "address": address,
        "from": "mlflow",
        "model": {
            "created": taker.time("model.created", model.created),
            "description": taker.text("model.description", model.description),
            "name": model.name,
            "tags": taker.tags("model.tags", model.tags),
        },
        "version": {
            "aliases": taker.lines("aliases", version.aliases),
            "created": taker.time("created", version.created),
            "description": taker.text("description", version.description),
            "runId": taker.line("runId", version.run_id),
            "source": taker.line("source", version.source),
            "stage": taker.line("stage", "" if version.stage in _NO_STAGE else version.stage),
            "status": taker.line("status", version.status),
            "tags": taker.tags("tags", version.tags),
            "updated": taker.time("updated", version.updated),
            "user": taker.line("user", version.user),
            "version": str(version.version),
        },
    }
    left_out = tuple(taker.left_out)
    said = {key: _said(value) for key, value in predicate.items()}
    more = {"leftOut": [*left_out]} if left_out else {}
    return _said(said) | more, left_out


def history_bytes(predicate: Mapping[str, Any]) -> bytes:
    """Write the file."""
    text = json.dumps(predicate, indent=2, sort_keys=True, ensure_ascii=False)
    return f"{text}\n".encode()


def notes_of(predicate: Mapping[str, Any]) -> dict[str, str]:
    """Write as annotations what fits on a line."""
    said = predicate["version"]
    found = {
        MLFLOW_MODEL: predicate["model"]["name"],
        MLFLOW_VERSION: said["version"],
        f"{MLFLOW}run_id": said.get("runId"),
        f"{MLFLOW}source": said.get("source"),
        f"{MLFLOW}created": said.get("created"),
        f"{MLFLOW}stage": said.get("stage"),
        f"{MLFLOW}aliases": ", ".join(said.get("aliases", ())),
        f"{MLFLOW}user": said.get("user"),
        f"{MLFLOW}tags": json.dumps(said["tags"], sort_keys=True, ensure_ascii=False)
        if said.get("tags")
        else "",
    }
    return {key: line for key, value in found.items() if (line := values.text(value))}


def is_line(text: str) -> bool:
    """Tell whether a text can stand on a line of its own."""
    return bool(text) and values.text(text) == text


class _Taker:
    """Takes values over, and remembers which it could not."""

    def __init__(self) -> None:
        self.left_out: list[str] = []

    def line(self, name: str, value: str) -> str:
        """Take a text of one line."""
        found = values.text(value)
        if value.strip() and not found:
            reason = "longer than 500 characters" if len(value) > _LONGEST_LINE else "not one line"
            self.left_out.append(f"{name} ({reason})")
        return found

    def text(self, name: str, value: str) -> str:
        """Take a text of several lines."""
        found = unicodedata.normalize("NFC", value.replace("\r\n", "\n"))
        if len(found) > _LONGEST:
            self.left_out.append(f"{name} (longer than {_LONGEST} characters)")
            return ""
        if refused_character(found) or not found.replace("\n", "").replace("\t", "").isprintable():
            self.left_out.append(f"{name} (characters that cannot be printed)")
            return ""
        return found

    def lines(self, name: str, found: tuple[str, ...]) -> list[str]:
        """Take several lines."""
        if len(found) > _MOST:
            self.left_out.append(f"{name} (more than {_MOST})")
            return []
        return [
            line for at, value in enumerate(found) if (line := self.line(f"{name}.{at}", value))
        ]

    def tags(self, name: str, found: Mapping[str, str]) -> dict[str, str]:
        """Take tags, sorted."""
        if len(found) > _MOST:
            self.left_out.append(f"{name} (more than {_MOST})")
            return {}
        taken = {}
        for at, (key, value) in enumerate(sorted(found.items())):
            if not is_line(key):
                self.left_out.append(f"{name}.{at} (its key is not one line)")
            elif (text := self.text(f"{name}.{key}", value)) or not value:
                taken[key] = text
        return taken

    def time(self, name: str, milliseconds: int | None) -> str:
        """Take a time; MLflow's are milliseconds since 1970."""
        if milliseconds is None:
            return ""
        try:
            found = _EPOCH + timedelta(seconds=milliseconds // 1000)
        except OverflowError:
            self.left_out.append(f"{name} (not a time there is)")
            return ""
        return f"{found:%Y-%m-%dT%H:%M:%SZ}"


def _said(value: Any) -> Any:  # noqa: ANN401 - any plain value
    """Leave out of a mapping what nothing is said of."""
    if not isinstance(value, dict):
        return value
    return {key: one for key, one in value.items() if one not in ("", [], {})}
