"""What all authored kinds are made of: closed sections, forms of their fields, marks.

Apart from the manifest's own sections, so that who reads a policy need not wait for those.
"""

from __future__ import annotations

API_VERSION = "weighbridge.dev/v1"
KIND = "ModelRelease"
"""The kind of a manifest."""
