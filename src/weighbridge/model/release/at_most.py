"""Lists that may not grow without end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic_core import CoreSchema, core_schema

from weighbridge.model.authoring.base import fault

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue


class AtMost:
    """Marks a list of bounded length; a longer one is refused before its members are read."""

    def __init__(self, most: int, *, hint: str) -> None:
        """Name the bound, and what to do instead."""
        self.most = most
        self.hint = hint

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Count the members first."""
        return core_schema.no_info_before_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Say so in the JSON Schema, as `maxItems`."""
        return {**handler(schema), "maxItems": self.most}

    def _check(self, members: Any) -> Any:
        if isinstance(members, list) and len(members) > self.most:
            message = f"has {len(members):,} members"
            raise fault("too_many", message, wanted=f"at most {self.most:,}", hint=self.hint)
        return members
