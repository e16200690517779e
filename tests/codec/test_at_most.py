from __future__ import annotations

import pytest

from tests.codec.samples import MINIMAL, document_data, faults_of, with_value
from tests.probes.trees import release
from weighbridge.codec.schemas import release_schema
from weighbridge.model.errors import DocumentError


def many(count: int) -> list[dict[str, object]]:
    return [{"path": f"files/{at}"} for at in range(count)]


def test_ten_thousand_artifacts_are_a_manifest() -> None:
    assert len(release(*many(10_000)).spec.artifacts) == 10_000


def test_more_artifacts_are_refused_with_the_advice_to_list_their_folder() -> None:
    with pytest.raises(DocumentError) as raised:
        release(*many(10_001))
    (fault,) = raised.value.faults
    assert fault.message == "spec.artifacts has 10,001 members"
    assert fault.wanted == "at most 10,000"
    assert fault.help == ("list a folder of files as one artifact: path: FOLDER",)
    assert fault.location is not None
    assert fault.location.pointer == "/spec/artifacts"


def test_the_schema_knows_the_bound() -> None:
    spec = release_schema()["$defs"]["Spec"]["properties"]
    assert spec["artifacts"]["maxItems"] == 10_000


@pytest.mark.parametrize("written", ["{}", "a", "null", "[]"])
def test_what_is_no_list_of_members_is_refused_as_before(written: str) -> None:
    (fault,) = faults_of(with_value(document_data(MINIMAL), "spec.artifacts", written))
    assert fault.wanted in {"a list", "a list of at least 1 member"}
