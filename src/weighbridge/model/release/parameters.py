"""`spec.parameters`: every knob, with its meaning."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal, cast

from pydantic import Field, ValidationInfo, field_validator

from weighbridge.model.authoring.base import TODO, Open, Section, fault
from weighbridge.model.authoring.fields import Key, Text, canonical_decimal
from weighbridge.model.authoring.opens import refuse_what_has_no_form

ParameterType = Literal["string", "integer", "number", "boolean", "array", "object"]

_EXPECTED: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, Decimal, str),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


class Effect(Section):
    """What raising the value does to one property."""

    direction: Literal["up", "down", "none", "either"] = Field(
        description="Which way the property moves when the value is raised."
    )
    note: Text | None = Field(None, description="How much, and from where on.")


class Effects(Section):
    """What raising the value does."""

    latency: Effect | None = Field(None, description="Effect on latency.")
    throughput: Effect | None = Field(None, description="Effect on throughput.")
    memory: Effect | None = Field(None, description="Effect on memory.")
    quality: Effect | None = Field(None, description="Effect on the quality of answers.")


class Parameter(Section):
    """One knob: its value, its bounds and its meaning. The words are JSON Schema's."""

    kind: Text | None = Field(None, description="What it tunes: `inference`, `hyperparameter` …")
    type: ParameterType = Field(description="Type of its values, in JSON Schema's words.")
    value: Annotated[Any, Open()] = Field(None, description="The value this release runs with.")
    default: Annotated[Any, Open()] = Field(
        None, description="The value where nothing else is said."
    )
    fallback: Annotated[Any, Open()] = Field(None, description="The safe value under duress.")
    minimum: Annotated[Any, Open()] = Field(None, description="Smallest value allowed.")
    maximum: Annotated[Any, Open()] = Field(None, description="Largest value allowed.")
    enum: list[Any] | None = Field(None, description="The only values allowed.")
    unit: Text | None = Field(None, description="Unit of the value.")
    description: Text | None = Field(None, description="What it does, in a sentence.")
    effects: Effects | None = Field(None, description="What raising it does.")
    adjust_when: Text | None = Field(None, description="When to change it.")
    validations: list[Text] | None = Field(None, description="Conditions its value must meet.")
    maps_to: dict[Key, str] | None = Field(
        None, description="Its name in other systems: vllm, triton, kserve, env …"
    )

    @field_validator("value", "default", "fallback", "minimum", "maximum")
    @classmethod
    def _follow_type(cls, value: Any, info: ValidationInfo) -> Any:
        return _typed(value, info.data.get("type"))

    @field_validator("enum")
    @classmethod
    def _follow_type_each(cls, value: list[Any] | None, info: ValidationInfo) -> list[Any] | None:
        return value and [_typed(item, info.data.get("type")) for item in value]


def _typed(value: Any, kind: str | None) -> Any:
    """Check a value against the parameter's type and bring it into canonical form."""
    if value is None or kind is None or value == TODO:
        return value
    if kind != TODO and not _is_of(kind, value):
        hint = 'quote it to make it text: "…"' if kind == "string" else ""
        if kind == "boolean":
            hint = "write true or false: yes, no, on and off are text in YAML 1.2"
        message = f"is not of the parameter's type {kind}"
        raise fault("parameter-type", message, wanted=kind, hint=hint)
    if kind == "number" or isinstance(value, Decimal):
        return canonical_decimal(cast("Decimal | int | str", value))
    refuse_what_has_no_form(value)
    return value


def _is_of(kind: str, value: Any) -> bool:
    return isinstance(value, _EXPECTED[kind]) and (kind == "boolean" or not isinstance(value, bool))
