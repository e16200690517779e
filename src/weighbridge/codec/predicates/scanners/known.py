"""Which scanner a document is of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.codec.predicates.scanners.grype import is_grype, read_grype
from weighbridge.codec.predicates.scanners.pip_audit import is_pip_audit, read_pip_audit
from weighbridge.codec.predicates.scanners.scan import Scan, ScanError
from weighbridge.codec.predicates.scanners.trivy import is_trivy, read_trivy

if TYPE_CHECKING:
    from collections.abc import Mapping

_READERS: Final = (
    ("Trivy", is_trivy, read_trivy),
    ("Grype", is_grype, read_grype),
    ("pip-audit", is_pip_audit, read_pip_audit),
)


def read_scan(tree: Mapping[str, Any]) -> Scan | None:
    """Read what a scanner printed; None if none of them did.

    Raises:
        ScanError: One did, and it cannot be taken for a scan.
    """
    for name, is_its, read in _READERS:
        if is_its(tree):
            try:
                return read(tree)
            except ScanError as error:
                raise ScanError(f"as a report of {name} it does not count: {error}") from error
    return None
