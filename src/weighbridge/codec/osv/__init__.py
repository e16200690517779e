"""OSV records (Open Source Vulnerability format 1.7): bytes to `Advisory`, and to one form.

A record is JSON or YAML. Fetches nothing, and decides nothing about versions.
"""

from __future__ import annotations

from weighbridge.codec.osv.record import Record, RecordError, advisory_of
from weighbridge.codec.osv.text import read_record

__all__ = ["Record", "RecordError", "advisory_of", "read_record"]
