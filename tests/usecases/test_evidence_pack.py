from __future__ import annotations

from typing import TYPE_CHECKING

from tests.usecases.promoted import FIRST, SECOND, promoted, promoted_folder
from weighbridge.usecases.evidence_export import export_pack
from weighbridge.usecases.evidence_verify import verify_pack

if TYPE_CHECKING:
    from tests.usecases.promoted import Promoted

__all__ = ["promoted", "promoted_folder"]


def exported(promoted: Promoted, name: str = FIRST, environment: str = "production") -> bytes:
    return export_pack(promoted.digest(name), environment, registry=promoted.registry)


def test_a_pack_verifies_with_the_log_key_alone(promoted: Promoted) -> None:
    for name in (FIRST, SECOND):
        pack = exported(promoted, name)
        open("/tmp/"+name+".tar","wb").write(pack)
        found = verify_pack(pack, log_key=promoted.registry.log_key)
        assert found.problems == ()
        assert found.ok
