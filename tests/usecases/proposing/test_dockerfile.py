from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.usecases.proposing.places import folder_of
from weighbridge.usecases.proposing import container
from weighbridge.usecases.proposing.dockerfile import base_image

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = "sha256:" + "0" * 64
TODO_BASE = {"ref": "python:3.11", "digest": "TODO"}


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("FROM python:3.11\n", "python:3.11"),
        ("from python:3.11", "python:3.11"),
        ("\n# comment\n\n  FROM  python:3.11  \r\nRUN x\r\n", "python:3.11"),
        ("FROM --platform=linux/amd64 python:3.11 AS build\n", "python:3.11"),
        (f"FROM python:3.11@{DIGEST}\n", f"python:3.11@{DIGEST}"),
        ("FROM a AS build\nRUN x\nFROM b\nCOPY --from=build x y\n", "b"),
        ("FROM a AS Base\nFROM base AS more\nFROM MORE\n", "a"),
        ("FROM a\nFROM 0\n", "a"),
        ("ARG TAG=3.11\nFROM python:$TAG\n", "python:3.11"),
        ('ARG A=1 TAG="3.11"\nFROM python:${TAG}\n', "python:3.11"),
        ("ARG A=3\nARG TAG=${A}.11\nFROM python:${TAG}-slim\n", "python:3.11-slim"),
        ("FROM python:${TAG:-3.11}\n", "python:3.11"),
        ("ARG TAG=\nFROM python:${TAG:-3.11}\n", "python:3.11"),
        ("ARG TAG=\nFROM python${TAG-:3.11}\n", "python"),
        ("ARG SLIM=1\nFROM python${SLIM:+-slim}\n", "python-slim"),
        ("FROM python${SLIM:+-slim}\n", "python"),
        ("ARG TAG\nFROM python:${TAG}\n", ""),
        ("FROM python:$TAG\n", ""),
        ("FROM ${A${B}}\n", ""),
        ("FROM a\nARG TAG=1\nFROM python:$TAG\n", ""),
        ("FROM scratch\n", ""),
        ("FROM \\\n# comment\n\n  python:3.11\n", "python:3.11"),
        ("# syntax=docker/dockerfile:1\n# escape=`\nFROM `\n python:3.11\n", "python:3.11"),
        ("# a comment\n# escape=`\nFROM python:3.11\n", "python:3.11"),
        ("FROM a\nRUN <<EOF\nFROM b\nEOF\n", "a"),
        ("FROM a\nCOPY <<-'ONE' <<TWO /x\nFROM b\n\tONE\nFROM c\nTWO\nFROM d\n", "d"),
        ("FROM a\nRUN <<EOF\nFROM b\n", "a"),
        ("FROM a\nLABEL x=<<EOF\nFROM b\n", "b"),
        ("FROM a\nRUN FROM b \\\n FROM c\n", "a"),
        ("FROM a\nFROM \\", ""),
        (f"FROM {'a' * 501}\n", ""),
        ("FROM --platform=x\n", ""),
        ("", None),
        ("RUN x\nFROMAGE y\n", None),
    ],
)
def test_the_base_of_the_last_stage_is_found(text: str, base: str | None) -> None:
    assert base_image(text) == base


def test_arguments_that_double_each_other_stay_small() -> None:
    lines = ["ARG A0=xxxxxxxxxx", *(f"ARG A{n}=$A{n - 1}$A{n - 1}" for n in range(1, 60))]
    assert base_image("\n".join([*lines, "FROM $A59"])) == ""


@given(
    st.lists(
        st.sampled_from(
            [
                "FROM ",
                "ARG ",
                "RUN ",
                "<<EOF",
                "EOF",
                "\n",
                "\\\n",
                "$",
                "{",
                "}",
                "A",
                "=",
                ":-",
                " ",
            ]
        )
    ).map("".join)
    | st.text()
)
def test_no_text_breaks_the_reader(text: str) -> None:
    found = base_image(text)
    assert found is None or "$" not in found


def test_an_image_that_will_be_built_is_left_to_name(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"Dockerfile": "FROM python:3.11\n"})
    found = container.propose(folder)
    image = {"ref": "TODO", "digest": "TODO", "base": TODO_BASE}
    assert found.document == {"spec": {"environment": {"image": image}}}
    assert found.found == ("image: Dockerfile",)


def test_the_digest_of_the_base_is_kept(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"Containerfile": f"FROM python:3.11@{DIGEST}\n"})
    found = container.propose(folder).document["spec"]["environment"]["image"]["base"]
    assert found == {"ref": "python:3.11", "digest": DIGEST}


def test_a_base_that_cannot_be_told_is_left_out(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"Dockerfile": "FROM scratch\n"})
    image = {"ref": "TODO", "digest": "TODO"}
    assert container.propose(folder).document == {"spec": {"environment": {"image": image}}}


@pytest.mark.parametrize("content", [b"", b"\xff\0", b"RUN x\n"])
def test_a_container_file_without_a_stage_says_nothing(content: bytes, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"Dockerfile": content})
    assert container.propose(folder).document == {}
    assert folder.unread == ["Dockerfile (it has no FROM)"]


def test_without_a_container_file_there_is_no_image(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").mkdir()
    folder = folder_of(tmp_path, {})
    assert container.propose(folder).document == {}
    assert folder.unread == []
