"""`spec.flags`: feature flags, in the words of OpenFeature's flagd."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from weighbridge.model.authoring.base import TODO, Section, fault
from weighbridge.model.authoring.fields import Key, Text
from weighbridge.model.authoring.opens import refuse_what_has_no_form


class Flag(Section):
    """A feature flag: its variants, and which of them is served."""

    state: Literal["ENABLED", "DISABLED"] = Field(
        description="Whether it is evaluated at all; a disabled one serves the code's own default."
    )
    variants: Annotated[dict[Key, Any], Field(min_length=1)] = Field(
        description="Its values by name, all of one type."
    )
    default_variant: Text = Field(description="Name of the variant that is served.")

    @field_validator("variants")
    @classmethod
    def _be_of_one_type(cls, value: dict[str, Any]) -> dict[str, Any]:
        refuse_what_has_no_form(value)
        if len({type(variant) for variant in value.values() if variant != TODO}) > 1:
            raise fault("variants", "has variants of several types", wanted="variants of one type")
        return value

    @field_validator("default_variant")
    @classmethod
    def _be_a_variant(cls, value: str, info: ValidationInfo) -> str:
        variants = info.data.get("variants")
        if value != TODO and isinstance(variants, dict) and value not in variants:
            raise fault(
                "variant", "is none of the variants", wanted=f"one of {', '.join(variants)}"
            )
        return value
