"""What lies somewhere: beside the manifest, or at an address."""

from __future__ import annotations

from typing import Any, Self

from pydantic import ModelWrapValidatorHandler, model_validator

from weighbridge.model.authoring.base import Section, fault


class Located(Section):
    """A part of a manifest that says by `path` or `uri` where its bytes lie."""

    @model_validator(mode="wrap")
    @classmethod
    def _say_where(cls, document: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        found = handler(document)  # what is misspelt is told first: it may be the path
        # Asked of the document, in which a path may stand that is still `TODO`.
        if isinstance(document, dict) and not {"path", "uri"} & document.keys():
            raise fault("where", "has neither path nor uri", wanted="path: weights/model.onnx")
        return found
