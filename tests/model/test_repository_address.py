from __future__ import annotations

import pytest

from weighbridge.model.repository_address import is_address, is_remote, split_layout

DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("text", "folder", "reference"),
    [
        ("oci:layout", "layout", ""),
        ("oci:layout:v1", "layout", "v1"),
        ("oci:../a/b:v1.0_x-y", "../a/b", "v1.0_x-y"),
        (f"oci:layout@{DIGEST}", "layout", DIGEST),
        ("oci:/srv/a:b/layout", "/srv/a:b/layout", ""),
        ("oci:/srv/a:b/layout:v1", "/srv/a:b/layout", "v1"),
        ("oci:user@host", "user@host", ""),
        ("oci:layout@latest:v1", "layout@latest", "v1"),
        ("oci:layout:.hidden", "layout:.hidden", ""),
        ("oci:layout:", "layout:", ""),
        ("oci:", "", ""),
        ("oci::v1", "", "v1"),
    ],
)
def test_a_layout_is_a_folder_and_a_tag_or_digest(text: str, folder: str, reference: str) -> None:
    assert split_layout(text) == (folder, reference)
    assert is_address(text)
    assert not is_remote(text)


def test_registries_are_told_from_layouts_and_paths_from_both() -> None:
    assert is_remote("oci://example.com/a")
    assert is_address("oci://example.com/a")
    assert not any(map(is_address, ("layout", "./oci:x", "demo@1.0.0", "s3://bucket/oci:x")))
