"""Cursors of the API's lists: the key of a row, for the page that begins behind it."""

from __future__ import annotations

import base64
import json


def write_cursor(*key: str | int) -> str:
    """Write the key of the last row of a page."""
    data = json.dumps(key, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
