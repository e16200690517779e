"""Addresses of repositories: `oci://HOST/NAME[:TAG][@DIGEST]`, `oci:FOLDER[:TAG|@DIGEST]`.

The first is on a registry, the second is an image layout in a folder, as skopeo writes it.
"""

from __future__ import annotations

from weighbridge.model.oci import DIGEST, TAG
from weighbridge.model.oci_reference import SCHEME

LAYOUT = "oci:"


def is_address(text: str) -> bool:
    """Tell whether a text is the address of a repository."""
    return text.startswith(LAYOUT)


def is_remote(text: str) -> bool:
    """Tell whether an address is that of a registry."""
    return text.startswith(SCHEME)


def split_layout(text: str) -> tuple[str, str]:
    """Split the address of an image layout into its folder and tag or digest, empty if none.

    A colon belongs to the folder unless what follows it is a tag.
    """
    place = text.removeprefix(LAYOUT)
    folder, at, digest = place.rpartition("@")
    if at and DIGEST.fullmatch(digest):
        return folder, digest
    folder, colon, tag = place.rpartition(":")
    if colon and TAG.fullmatch(tag):
        return folder, tag
    return place, ""
