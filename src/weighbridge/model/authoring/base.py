"""The base of every section of a manifest: closed, strict, `TODO` allowed in any scalar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, LiteralString, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from weighbridge.model.authoring import todo

if TYPE_CHECKING:
    from pydantic.json_schema import JsonSchemaValue

TODO = todo.TODO


def fault(
    kind: LiteralString, message: str, *, wanted: str = "", hint: str = ""
) -> PydanticCustomError:
    """Make a validation error that carries what was wanted and what to do."""
    context = {"message": message, "wanted": wanted, "hint": hint}
    # The sentence goes in as a value, so that braces in it stay text.
    return PydanticCustomError(kind, "{message}", context)


class Open:
    """Marks a field that holds data of the author's own shape: kept as it is, even if empty."""


class Said:
    """Marks a list that says that there is none if it is empty, and nothing if it is left out."""


class Unsealed:
    """Marks a field that says how the document was written; no part of what is sealed."""


class UniqueBy:
    """Marks a list whose members are told apart by `key`; a duplicate is refused."""

    def __init__(self, key: str) -> None:
        """Name the key, as it is spelt in the document."""
        self.key = key

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Check for duplicates after the members have been read."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def _check(self, members: list[Section] | None) -> list[Section] | None:
        seen: set[str] = set()
        for member in members or ():
            name = str(getattr(member, self.key))
            if name in seen and name != TODO:
                message = f"has two members with the {self.key} {name!r}"
                raise fault("duplicate", message, wanted=f"one member a {self.key}")
            seen.add(name)
        return members


class SetBy(UniqueBy):
    """Marks a list that is a set: its members are told apart by `key`, their order says nothing.

    The canonical form sorts it by that key's code points.
    """

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Say so in the JSON Schema, as `x-set`."""
        return {**handler(schema), "x-set": self.key}


class Section(BaseModel):
    """A part of a manifest whose keys are all known.

    Values arrive as the document has them (`Decimal` for unquoted decimals) and leave in
    canonical form. An optional value that is `TODO` is left out here; a required scalar stays
    the text `TODO`. The document knows the places of both. A required section or list has to be
    there: its members can be `TODO`.
    """

    model_config = ConfigDict(
        extra="forbid",
        defer_build=True,
        frozen=True,
        strict=True,
        alias_generator=to_camel,
        validate_by_name=False,
        validate_by_alias=True,
    )

    @field_validator("*", mode="wrap")
    @classmethod
    def _let_todo_through(
        cls, value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> Any:
        if isinstance(value, str) and value == TODO:
            field = cls.model_fields[info.field_name or ""]
            if not field.is_required():
                return None
            if not holds_members(field.annotation):
                return TODO
        return handler(value)


def holds_members(annotation: Any) -> bool:
    """Tell a section, list or map from a scalar."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return True
    return get_origin(annotation) in (list, dict)
