"""What all of MLflow's stores say alike: models, versions, tags and aliases of plain values."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from weighbridge.model.errors import UnreadableError
from weighbridge.model.imports import RegisteredModel, RegisteredVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MOST_MODELS = 10_000
MOST_VERSIONS = 100_000
"""Versions of all models together."""
MOST_TAGS = 1_000
_LONGEST = 1 << 20
_WHOLE = re.compile(r"[0-9]{1,17}")
_PROMPT = "mlflow.prompt.is_prompt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What a store holds of one model.

    Attributes:
        fields: What is said of the model.
        tags: Its tags.
        aliases: Which version each alias points to.
        versions: What is said of each version, and its tags.
    """

    fields: Mapping[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, int] = field(default_factory=dict)
    versions: tuple[tuple[Mapping[str, Any], Mapping[str, str]], ...] = ()


class Catalogue:
    """Makes models of what a store holds, and remembers what is none."""

    def __init__(self) -> None:
        """Begin."""
        self.passed_over: list[str] = []

    def models(self, shelves: Iterable[Shelf]) -> Iterator[RegisteredModel]:
        """Make models; prompts, which MLflow keeps among them, are passed over."""
        for shelf in shelves:
            name = words(shelf.fields.get("name"))
            if shelf.tags.get(_PROMPT, "").lower() == "true":
                self.passed_over.append(f"{name} (a prompt)")
                continue
            versions = sorted(
                (_version(name, row, tags, shelf.aliases) for row, tags in shelf.versions),
                key=lambda one: one.version,
            )
            yield RegisteredModel(
                name=name,
                description=words(shelf.fields.get("description")),
                created=whole(shelf.fields.get("created")),
                tags=shelf.tags,
                versions=tuple(versions),
            )


def _version(
    model: str, row: Mapping[str, Any], tags: Mapping[str, str], aliases: Mapping[str, int]
) -> RegisteredVersion:
    number = whole(row.get("version"))
    if number is None or number < 1:
        raise UnreadableError(
            f"a version of {model!r} has no number",
            seen=words(row.get("version"))[:80],
            wanted="a number from 1 on",
        )
    return RegisteredVersion(
        model=model,
        version=number,
        created=whole(row.get("created")),
        updated=whole(row.get("updated")),
        user=words(row.get("user_id")),
        description=words(row.get("description")),
        stage=words(row.get("current_stage")),
        status=words(row.get("status")),
        source=words(row.get("source")),
        location=words(row.get("storage_location")),
        run_id=words(row.get("run_id")),
        aliases=tuple(sorted(name for name, at in aliases.items() if at == number)),
        tags=tags,
    )


def words(value: object) -> str:
    """Take a text as it is, a number as text; anything else is nothing."""
    if isinstance(value, str | int | Decimal) and not isinstance(value, bool):
        return str(value)[:_LONGEST]
    return ""


def whole(value: object) -> int | None:
    """Take a whole number that a machine can count to, also as text."""
    text = words(value)
    return int(text) if _WHOLE.fullmatch(text) else None


def stored(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give the times of a row the names they have here, whichever store it came from."""
    created = row.get("creation_time", row.get("creation_timestamp"))
    updated = row.get("last_updated_time", row.get("last_updated_timestamp"))
    return {**row, "created": created, "updated": updated}


def too_many(place: str, what: str, most: int) -> UnreadableError:
    """Return the error that a store holds more than anybody has."""
    message = f"{place} holds more than {most} {what}"
    return UnreadableError(message, help=["import some of its models: --model NAME"])
