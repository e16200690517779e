from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.render.orders import files_of, refused, rendered, write
from tests.render.replicas import checked, digest
from tests.tools import run_tool

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def test_shells_and_their_linter_find_nothing_to_say(tmp_path: Path) -> None:
    assert checked(rendered("sandbox"), tmp_path) == ""


def test_the_linter_sees_a_word_that_is_not_quoted(tmp_path: Path) -> None:
    folder = write(rendered("sandbox"), tmp_path)
    script = folder / "replicate.sh"
    script.write_text(script.read_text().replace('mkdir "$work/own"', "mkdir $work/own"))
    assert "SC2086" in run_tool("shellcheck", str(script), LC_ALL="C.UTF-8").stdout


CHANGES: list[tuple[Mapping[str, Any], str]] = [
    ({"dependencies": {"runtime": {"format": "conda"}}}, "/spec/dependencies/runtime/format"),
    ({"dependencies": {"runtime": {"format": "uv"}}}, "/spec/dependencies/runtime/lock"),
    ({"dependencies": {"runtime": {"format": "pylock"}}}, "/spec/dependencies/runtime/lock"),
    ({"dependencies": {"runtime": {"lock": "../x"}}}, "/spec/dependencies/runtime/lock"),
    ({"dependencies": {"runtime": {"digest": None}}}, "/spec/dependencies/runtime"),
    ({"card": {"path": "/etc/passwd", "digest": digest(b"")}}, "/spec/card/path"),
    ({"environment": {"system": {"env": {"A": "\0"}}}}, "/spec/environment/system/env/A"),
    ({"environment": {"system": {"args": ["\0"]}}}, "/spec/environment/system/args"),
    ({"parameters": {"max_batch_size": {"mapsTo": {"sandbox": "x"}}}}, "/mapsTo"),
]


@pytest.mark.parametrize(("change", "pointer"), CHANGES)
def test_what_a_script_cannot_do_is_refused_with_what_would_do(
    change: Mapping[str, Any], pointer: str
) -> None:
    [(found, alternatives)] = refused(rendered("sandbox", change={"spec": change})).items()
    assert found.endswith(pointer)
    assert alternatives


def test_a_lock_the_release_has_not_is_refused() -> None:
    assert refused(rendered("sandbox", options={"lock": "dev"})) == {"": ("lock=runtime",)}


def test_what_lies_elsewhere_is_to_be_brought() -> None:
    about = {"name": "far", "role": "weights", "uri": "s3://b/w", "digest": digest(b"x")}
    done = rendered("sandbox", change={"spec": {"artifacts": [about]}})
    assert f"{digest(b'x')[7:]}  elsewhere/far\n" in files_of(done)["artifacts.sha256"]
    assert any("s3://b/w is to be brought to elsewhere/far" in one for one in done.notices)


def test_what_the_machine_has_is_said() -> None:
    amounts = {"limits": {"accelerators": [{"type": "nvidia.com/gpu", "count": 2}]}}
    done = rendered("sandbox", change={"spec": {"environment": {"resources": amounts}}})
    assert any("accelerators" in one for one in done.notices)
    assert "asks for 2 of nvidia.com/gpu" in files_of(done)["replicate.sh"]


def test_arguments_of_the_server_are_told_and_not_added() -> None:
    done = rendered("sandbox")
    script = files_of(done)["replicate.sh"]
    assert "    printf '%s\\n' '  --verbose --max-batch-size=32'\n" in script
    assert any("arguments of the release's server" in one for one in done.notices)
    change = {"environment": {"system": {"args": None}}, "parameters": None}
    bare = files_of(rendered("sandbox", change={"spec": change}))["replicate.sh"]
    assert "Its server" not in bare


def test_the_system_may_be_named_without_its_release(tmp_path: Path) -> None:
    change = {"spec": {"environment": {"os": {"distribution": "debian"}}}}
    done = rendered("sandbox", change=change)
    assert '"$seen" = debian ]' in files_of(done)["replicate.sh"]
    assert checked(done, tmp_path) == ""


def test_a_release_without_a_build_has_no_seeds() -> None:
    own = {"env": {"WEIGHBRIDGE_CONFIG": "/etc/own"}}
    limits = {"limits": {"cpu": None}, "requests": None}
    change = {"build": None, "environment": {"system": own, "resources": limits}}
    script = files_of(rendered("sandbox", change={"spec": change}))["replicate.sh"]
    assert "SEED" not in script
    assert "WEIGHBRIDGE_CONFIG=/etc/own" in script
    assert "CPUQuota" not in script
    seeds = {"build": {"seeds": [{"name": "python", "value": -1}]}}
    script = files_of(rendered("sandbox", change={"spec": seeds}))["replicate.sh"]
    assert "WEIGHBRIDGE_SEED_PYTHON=-1" in script
    assert "PYTHONHASHSEED" not in script
