from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench


def settings(run: Bench, *words: str) -> dict[str, tuple[object, str]]:
    found = run("config", "--output-format", "json", *words).json
    assert list(found) == ["schemaVersion", "settings"]
    return {entry["name"]: (entry["value"], entry["origin"]) for entry in found["settings"]}


def test_defaults_say_so(run: Bench) -> None:
    assert settings(run) == {
        "registry": (str(run.folder / ".weighbridge"), "default"),
        "select": ([], "default"),
        "ignore": ([], "default"),
        "fail-on": ("error", "default"),
        "baseline": ("", "default"),
        "templates": ([], "default"),
        "engine": ("here", "WEIGHBRIDGE_ENGINE"),  # the tests' own
        "log-keys": ("", "default"),
        "store": ("", "default"),
        "encrypt-to": ([], "default"),
        "age-identity": ("", "default"),
        "rule-packs": ([], "default"),
        "links": ([], "default"),
    }
    assert '\nfail-on = error  (default)\nbaseline = ""  (default)\n' in run("config").out


def test_each_source_outweighs_the_next(run: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    toml = run.folder / "weighbridge.toml"
    toml.write_text('# x\nregistry = "a"\nignore = ["SEC001"]\nfail-on = "note"\n')
    origin = f"{toml}:2"
    assert settings(run)["registry"] == (str(run.folder / "a"), origin)
    assert settings(run)["ignore"] == (["SEC001"], f"{toml}:3")
    monkeypatch.setenv("WEIGHBRIDGE_HOME", "b")
    assert settings(run)["registry"] == (str(run.folder / "b"), "WEIGHBRIDGE_HOME")
    monkeypatch.setenv("WEIGHBRIDGE_REGISTRY", "c")
    assert settings(run)["registry"] == (str(run.folder / "c"), "WEIGHBRIDGE_REGISTRY")
    assert settings(run, "--registry", "d")["registry"] == (str(run.folder / "d"), "--registry")


def test_paths_of_the_file_are_relative_to_the_file(
    run: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (run.folder / "weighbridge.toml").write_text('registry = "store"\n')
    below = run.folder / "sub/deep"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert settings(run)["registry"][0] == str(run.folder / "store")
    assert settings(run, "--registry", "store")["registry"][0] == str(below / "store")


def test_a_registry_above_is_found(run: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    (run.folder / ".weighbridge").mkdir()
    below = run.folder / "sub"
    below.mkdir()
    monkeypatch.chdir(below)
    assert settings(run)["registry"] == (str(run.folder / ".weighbridge"), "default")


def test_a_tilde_is_home(run: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(run.folder / "home"))
    value, _ = settings(run, "--registry", "~/r")["registry"]
    assert value == str(run.folder / "home/r")


def test_no_home_is_no_trouble_where_none_is_needed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOME", raising=False)
    assert bench("check").code == 0
    assert bench("seal").code == 0
    found = bench("check", "--registry", "~nobody-of-that-name/r")
    assert found.code == 2
    assert "there is no such home" in found.err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"registry = \n", "is not TOML"),
        (b'regstry = "x"\n', "did you mean `registry`?"),
        (b"registry = 3\n", "registry is a path"),
        (b'fail-on = "doom"\n', "fail-on is one of"),
        (b"select = 3\n", "select is a list of rule codes"),
        (b"\xff\n", "cannot be read"),
        (b"x = " + b"[" * 5000, "is not TOML"),
    ],
)
def test_a_broken_file_stops_every_verb(content: bytes, said: str, bench: Bench) -> None:
    (bench.folder / "weighbridge.toml").write_bytes(content)
    for verb in ("check", "seal", "config", "capture", "show"):
        found = bench(verb)
        assert (found.code, found.out) == (2, "")
        assert "error[WB101]" in found.err
        assert said in found.err


@pytest.mark.parametrize("kind", ["folder", "lost link"])
def test_settings_that_cannot_be_read_are_not_left_out(kind: str, bench: Bench) -> None:
    toml = bench.folder / "weighbridge.toml"
    if kind == "folder":
        toml.mkdir()
    else:
        toml.symlink_to("gone")
    found = bench("check")
    assert found.code == 2
    assert "error[WB101]" in found.err


@pytest.mark.parametrize("verb", ["check", "seal", "show", "capture"])
def test_a_registry_that_is_a_file_is_an_error(verb: str, bench: Bench) -> None:
    (bench.folder.parent / "file").write_text("x")
    found = bench(verb, "--registry", "../file")
    assert (found.code, found.out) == (2, "")
    assert "is not a folder\n" in found.err
    assert "it was named by --registry" in found.err


def test_a_relative_registry_is_the_same_one_from_anywhere(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bench("seal", "--registry", "../r").code == 0
    monkeypatch.chdir(bench.folder.parent)
    assert bench("check", "demo@1.0.0", "--registry", "r").code == 0
    assert bench("seal", "project", "--registry", "r").err == "these bytes were sealed before\n"
