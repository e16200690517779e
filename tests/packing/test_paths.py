from __future__ import annotations

import pytest

from weighbridge.packing.paths import path_faults


@pytest.mark.parametrize(
    "paths",
    [
        [],
        ["a", "b/a", "b/c/a"],
        ["weights/model-00001-of-00002.safetensors", "ä/ö", ".gitattributes", "a b", "-x"],
        ["n" * 255, "/".join(["d" * 100] * 40)],
        ["con/x"[:2], "console", "nullify.txt", ".whatever"],
    ],
)
def test_ordinary_paths_lie_beside_one_another(paths: list[str]) -> None:
    assert path_faults(paths) == []


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/etc/passwd", "is absolute"),
        ("//host/share", "is absolute"),
        ("../a", "leads nowhere"),
        ("a/../../b", "leads nowhere"),
        ("a/./b", "leads nowhere"),
        ("a//b", "leads nowhere"),
        ("a/", "leads nowhere"),
        ("", "leads nowhere"),
        (".", "leads nowhere"),
        ("a\0b", "no name can have"),
        ("a\nb", "no name can have"),
        ("a\\b", "no name can have"),
        ("a\x1b[31m", "no name can have"),
        ("\ud800", "no name can have"),
        ("C:/x", "means something else"),
        ("a:stream", "means something else"),
        ("nul", "means something else"),
        ("x/COM1.txt", "means something else"),
        ("a.", "means something else"),
        ("a ", "means something else"),
        (".git/hooks/pre-commit", "others keep for themselves"),
        ("x/.GIT/config", "others keep for themselves"),
        (".weighbridge/registry.db", "others keep for themselves"),
        ("x/.wh.model", "others keep for themselves"),
        ("n" * 256, "longer than 255"),
        ("ä" * 128, "longer than 255"),
        ("d/" * 2048 + "x", "longer than 4096"),
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(path: str, said: str) -> None:
    (fault,) = path_faults(["good", path])
    assert fault.code == "INT009"
    assert said in fault.message


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        (["a", "A"], "are one file on some systems"),
        (["d/x", "D/X"], "are one file on some systems"),
        (["\u00e9", "e\u0301"], "are one file on some systems"),
        (["stra\u00dfe", "STRASSE"], "are one file on some systems"),
        (["a", "a/b"], "is a file, and a folder"),
        (["a/b", "A"], "is a file, and a folder"),
    ],
)
def test_paths_that_take_one_another_s_place_are_refused(paths: list[str], said: str) -> None:
    faults = path_faults(paths)
    assert faults
    assert all(said in fault.message for fault in faults)


def test_every_fault_is_told() -> None:
    assert len(path_faults(["/a", "../b", "c", "C"])) == 3
