from __future__ import annotations

import pytest

from weighbridge.model import errors
from weighbridge.model.errors import DocumentError, Fault, UsageError, WeighbridgeError
from weighbridge.model.location import Location


def all_errors() -> list[type[WeighbridgeError]]:
    found = [WeighbridgeError]
    for error in found:
        found.extend(error.__subclasses__())
    return [error for error in found[1:] if error.__module__ == errors.__name__]


def test_an_error_carries_one_fault() -> None:
    where = Location("release.yaml", 3, 4, "/spec")
    error = UsageError(
        "there is no such key", location=where, seen="a", wanted="b", cause="c", help=["d", "e"]
    )
    assert str(error) == "there is no such key"
    assert error.faults == (
        Fault("WB100", "there is no such key", where, "a", "b", "c", ("d", "e")),
    )


def test_an_error_of_several_faults_keeps_their_order_and_its_kind() -> None:
    faults = [Fault("WB111", "second"), Fault("WB112", "first")]
    error = DocumentError.from_faults(iter(faults))
    assert type(error) is DocumentError
    assert error.faults == tuple(faults)
    assert str(error) == "second"


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [error.code for error in all_errors()]
    assert len(set(codes)) == len(codes) > 10


@pytest.mark.parametrize("error", all_errors())
def test_every_error_explains_itself(error: type[WeighbridgeError]) -> None:
    assert error.code.startswith("WB")
    assert error.__doc__
    assert error.__doc__.rstrip().endswith(".")
    assert "kind" in vars(error)
