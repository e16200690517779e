"""What another registry said of a model's version, as `registry import` writes it down; closed."""

from __future__ import annotations

from typing import Final

from weighbridge.codec.predicates.shape import list_of, map_of, one_of, record, text, time, word

_TAGS: Final = map_of(text)
IMPORT: Final = record(
    {
        "from": one_of("mlflow"),
        "model": record(
            {"name": word}, {"created": time, "description": text, "tags": _TAGS}, closed=True
        ),
        "version": record(
            {"version": word},
            {
                "aliases": list_of(word),
                "created": time,
                "description": text,
                "runId": word,
                "source": word,
                "stage": word,
                "status": word,
                "tags": _TAGS,
                "updated": time,
                "user": word,
            },
            closed=True,
        ),
    },
    {"address": word, "leftOut": list_of(word)},
    closed=True,
)
