"""`spec.lineage` and `spec.card`: what the model was made from, and the page that describes it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from weighbridge.model.authoring.base import Section, SetBy
from weighbridge.model.authoring.fields import Digest, Path, Text


class Origin(Section):
    """A model or a dataset the model was made from."""

    ref: Text = Field(description="Its name or address.")
    digest: Digest | None = Field(None, description="Digest that tells its bytes.")
    license: Text | None = Field(None, description="Its licence (SPDX expression).")


class Lineage(Section):
    """What the model was made from."""

    base_model: Origin | None = Field(None, description="The model it was made from.")
    datasets: Annotated[list[Origin] | None, SetBy("ref")] = Field(
        None, description="Datasets it learned from, by reference."
    )
    parents: Annotated[list[Origin] | None, SetBy("ref")] = Field(
        None, description="Releases it continues: `name@version` and release digest."
    )


class Card(Section):
    """The model card."""

    path: Path = Field(description="Path of the card, relative to the manifest's folder.")
    digest: Digest | None = Field(None, description="Digest of its bytes; `seal` fills it.")
