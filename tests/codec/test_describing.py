from __future__ import annotations

import pytest

from tests.codec.field_cases import FIELDS, concrete
from weighbridge.codec.describing import describe, field_at, fields, section_at
from weighbridge.model.release import ModelRelease, Parameter, Spec
from weighbridge.model.release.metadata import Metadata


@pytest.mark.parametrize("path", list(map(concrete, FIELDS)))
def test_every_field_says_what_it_means(path: str) -> None:
    text = describe("/" + path.replace(".", "/"), ModelRelease)
    assert text.endswith((".", "…"))
    assert text[0].isupper()


@pytest.mark.parametrize(
    ("at", "text"),
    [
        ("/metadata/owner/team", "The responsible team."),
        ("/spec/artifacts/3/role", "What it is for."),
        ("/spec/parameters/knob/value", "The value this release runs with."),
        ("/spec/parameters/value/value", "The value this release runs with."),
        ("/spec/parameters/effects/effects/latency/direction",
         "Which way the property moves when the value is raised."),
        # members of lists and maps have no description of their own
        ("", ""),
        ("/spec/parameters/value", ""),
        ("/spec/artifacts/0", ""),
        ("/spec/artifacts/name", ""),
        ("/metadata/labels/name", ""),
        ("/metadata/name/name", ""),
        ("/spec/rollout/steps/0/hold/x", ""),
        ("/spec/parameters/knob/value/type", ""),
        ("/nowhere/name", ""),
    ],
)  # fmt: skip
def test_a_pointer_leads_to_its_description(at: str, text: str) -> None:
    assert describe(at, ModelRelease) == text


def test_a_section_is_found_or_the_last_one_on_the_way() -> None:
    assert section_at((), ModelRelease) is ModelRelease
    assert section_at(("spec",), ModelRelease) is Spec
    assert section_at(("spec", "parameters", "kind"), ModelRelease) is Parameter
    assert section_at(("metadata", "labels", "x"), ModelRelease) is Metadata
    assert section_at(("spec", "parameters"), ModelRelease) is Spec


def test_fields_go_by_the_keys_of_the_document() -> None:
    assert list(fields(ModelRelease)) == ["apiVersion", "kind", "extends", "metadata", "spec"]
    found = field_at(("metadata", "releasedAt"), ModelRelease)
    assert found is not None
    assert not found.is_required()
    assert field_at((), ModelRelease) is None
