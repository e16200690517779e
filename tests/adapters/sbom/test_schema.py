from __future__ import annotations

import copy
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.codec.sbom.documents import cyclonedx
from weighbridge.adapters.sbom.schema import MOST, schema_faults
from weighbridge.model.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

Document = dict[str, Any]


@pytest.mark.parametrize(
    ("damage", "pointer"),
    [
        (lambda d: d.update(unknown=1), ""),
        (lambda d: d["components"][0].update(type="thing"), "/components/0/type"),
        (lambda d: d["components"][0].pop("name"), "/components/0"),
        (lambda d: d.update(serialNumber="urn:uuid:no"), "/serialNumber"),
        (lambda d: d["metadata"].update(timestamp="yesterday"), "/metadata/timestamp"),
        (lambda d: d["components"].append(copy.deepcopy(d["components"][0])), "/components"),
        (lambda d: d["dependencies"][0].update(dependsOn=["a", "a"]), "/dependencies/0/dependsOn"),
        (
            lambda d: d["components"][0]["externalReferences"][0].update(url="http://a b"),
            "/components/0/externalReferences/0/url",
        ),
        (
            lambda d: d["components"][0]["hashes"][0].update(content="xyz"),
            "/components/0/hashes/0/content",
        ),
        (
            lambda d: d["components"][0].update(licenses=[{"license": {"id": "no"}}]),
            "/components/0/licenses",
        ),
    ],
)
def test_departures_from_the_schema_are_told_with_their_place(
    damage: Callable[[Document], object], pointer: str
) -> None:
    document = cyclonedx()
    assert schema_faults(document) == []
    damage(document)
    assert pointer in [at for at, _ in schema_faults(document)]


def test_references_across_schemas_are_followed() -> None:
    document = cyclonedx()
    document["components"][0]["licenses"] = [{"license": {"id": "MIT"}}]
    assert schema_faults(document) == []
    document["signature"] = {"algorithm": "ES256"}
    assert schema_faults(document) != []


def test_no_more_faults_are_told_than_anybody_reads() -> None:
    document = cyclonedx()
    document["components"] = [{"type": str(number)} for number in range(3 * MOST)]
    assert len(schema_faults(document)) == MOST


@pytest.mark.parametrize("version", ["0.9", "1.99", None, 16])
def test_a_version_without_a_schema_is_unavailable(version: object) -> None:
    with pytest.raises(UnavailableError, match="no schema"):
        schema_faults({**cyclonedx(), "specVersion": version})


BARE = """\
import sys
for name in ("cyclonedx", "jsonschema_rs"):
    sys.modules.pop(name, None)
sys.meta_path.insert(0, type("Gone", (), {
    "find_spec": staticmethod(lambda name, *rest: None),
}))
sys.modules["jsonschema_rs"] = None
from weighbridge.adapters.sbom.schema import schema_faults
from weighbridge.model.errors import UnavailableError
try:
    schema_faults({"specVersion": "1.6"})
except UnavailableError as error:
    print(error.faults[0].help[0])
"""


def run(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_without_the_extra_the_message_names_it() -> None:
    assert run(BARE) == 'pip install "weighbridge[sbom]"\n'
