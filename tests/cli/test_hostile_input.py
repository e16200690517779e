from __future__ import annotations

import os
import resource
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.usecases.workshop import (
    LABELS,
    clean_environ,
    command,
    commit,
    manifest_text,
    safetensors,
    sha256,
)

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench, Ran

BOMB = "a: &a [x, x]\n" + "".join(
    f"{name}: &{name} [*{before}, *{before}, *{before}, *{before}, *{before}, *{before}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
HEAD = "apiVersion: weighbridge.dev/v1\nkind: ModelRelease\n"
READERS = ("check", "show", "seal", "capture")


def is_clear(found: Ran, code: int, *said: str) -> bool:
    """Tell whether an error has a code, says what is wrong, and says what to do."""
    assert found.code == code, found
    assert found.out == ""
    assert found.err.startswith("error[WB")
    assert "= more:  weighbridge explain WB" in found.err
    assert "Traceback" not in found.err
    for text in said:
        assert text in found.err, found.err
    return True


@pytest.mark.parametrize("verb", READERS)
def test_no_manifest_at_all(verb: str, run: Bench) -> None:
    help_ = "   = help:  run `weighbridge init` where the model is\n"
    assert is_clear(run(verb), 2, "error[WB102]: there is no release.yaml here or above\n", help_)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("empty", "run `weighbridge init empty` to write one"),
        ("nowhere", "there is no manifest nowhere"),
        ("nowhere/release.yaml", "there is no manifest nowhere/release.yaml"),
        ("lost.yaml", "lost.yaml is a link that leads nowhere"),
        ("pipe", "pipe is not a file"),
        ("labels.json/x", "labels.json/x cannot be read: not a directory"),
        ("loop", "loop cannot be read: too many levels of symbolic links"),
        ("x" * 5000, "cannot be read: file name too long"),
    ],
)
def test_a_path_that_holds_no_manifest(path: str, said: str, bench: Bench) -> None:
    (bench.folder / "empty").mkdir()
    (bench.folder / "lost.yaml").symlink_to("gone.yaml")
    (bench.folder / "loop").symlink_to("loop")
    os.mkfifo(bench.folder / "pipe")
    for verb in READERS:
        assert is_clear(bench(verb, path), 2, "error[WB102]", said)


def test_an_empty_path_is_this_folder(bench: Bench) -> None:
    assert bench("show", "") == bench("show", ".")


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (b"", "WB119", "the document is not a mapping"),
        (b"\x00\x01", "WB11", ""),
        (b"PK\x03\x04\xff\xfe", "WB11", ""),
        (b"\xff\xfe", "WB118", "the document is not UTF-8"),
        (b"a: [1, 2\nb: }", "WB111", "release.yaml:2:"),
        (b"- just\n- a list\n", "WB119", "the document is not a mapping"),
        (b"kind: Deployment\n", "WB119", "this is not a ModelRelease"),
        (HEAD.encode(), "WB116", "metadata is missing"),
        (HEAD.encode() * 2, "WB112", "the key 'kind' stands twice"),
        (b"[" * 10_000, "WB113", "deeper than"),
        (b"a: " * 10_000, "WB1", ""),
        (BOMB.encode(), "WB113", "aliases unfold to more than"),
        (b"a: &a [*a]\n", "WB111", "refers to nothing before it"),
        (b"a: 9007199254740993\n", "WB114", "beyond"),
        (b"a: .nan\n", "WB114", "not a number"),
        (b"a: !!python/object:os.system x\n", "WB111", "tag"),
        (b"a: 1\n---\nb: 2\n", "WB111", "second document"),
        (b"x" * (5 << 20), "WB113", "the document is too large"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else value,
)
def test_a_broken_manifest(text: bytes, code: str, said: str, bench: Bench) -> None:
    (bench.folder / "release.yaml").write_bytes(text)
    before = bench.files()
    for verb in READERS:
        assert is_clear(bench(verb), 2, f"error[{code}", said)
    assert bench.files() == before


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('"1.0.0"', "1.0", 'quote it: "1.0"'),
        ("size: 75", "size: 9007199254740993", "beyond"),
        ("size: 75", "size: .inf", "not a number"),
        ("size: 75", "size: 75\n      size: 76", "stands twice"),
        ("  owner:", "  onwer:", "did you mean `owner`?"),
        ("name: demo\n", "name: Demo\n", "is not of the form"),
        ("role: weights", "role: weight", "weights, tokenizer"),
    ],
)
def test_one_wrong_value_is_shown_where_it_stands(
    before: str, after: str, said: str, bench: Bench
) -> None:
    bench.edit(before, after)
    assert is_clear(bench("check"), 2, "  --> release.yaml:", said)


def test_all_faults_are_shown_at_once(bench: Bench) -> None:
    for before, after in (("size: 75", "size: x"), ("owner:", "onwer:"), ("role: s", "role: z")):
        bench.edit(before, after)
    found = bench("check")
    assert found.err.count("error[WB11") >= 4


def test_a_file_the_system_will_not_read(run: Bench) -> None:
    said = "error[WB102]: /proc/self/mem cannot be read: input/output error\n"
    assert is_clear(run("check", "/proc/self/mem"), 2, said)


def test_the_word_no_is_text(bench: Bench) -> None:
    bench.edit("team: house", "team: NO")
    commit(bench.folder)
    assert bench("check").code == 0
    assert "team: NO\n" in bench("show").out


@pytest.mark.parametrize(
    ("path", "seal_says"),
    [
        ("../outside", "is not followed (outside)"),
        ("/etc/passwd", "is not followed (outside)"),
        ("out", "is not followed (outside)"),
        ("loop", "cannot be sealed"),
        ("pipe", "cannot be sealed"),
        ("empty", "the directory is empty"),
        ("gone", "no such file"),
        ("bytes", "is not followed (encoding)"),
    ],
)
def test_an_artifact_that_leads_nowhere_good(path: str, seal_says: str, bench: Bench) -> None:
    (bench.folder.parent / "outside").write_bytes(LABELS)
    (bench.folder / "out").symlink_to("../outside")
    (bench.folder / "loop").symlink_to("loop")
    (bench.folder / "empty").mkdir()
    (bench.folder / "bytes").mkdir()
    (bench.folder / "bytes" / os.fsdecode(b"\xff")).write_text("x")
    os.mkfifo(bench.folder / "pipe")
    bench.edit("path: labels.json", f"path: {path}")
    checked = bench("check", "--ignore", "REP")
    assert checked.code in {1, 3}
    assert "pass:" not in checked.out
    assert is_clear(bench("seal"), 1, "error[WB140]", seal_says)
    assert not list(bench.folder.rglob("registry.db"))
    assert not list(bench.folder.rglob("incoming/*"))
    assert bench("capture").code == 0
    assert bench("diff", ".", ".").code == 0


def limited() -> None:
    """Let this process write files of at most 40 kB, as a full disk would."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))


@pytest.mark.parametrize("verb", ["seal", "check"])
def test_a_full_disk_stores_nothing_by_half(verb: str, bench: Bench) -> None:
    big = safetensors(*range(50_000))
    (bench.folder / "weights/model.safetensors").write_bytes(big)
    text = manifest_text().replace("size: 75", f"size: {len(big)}")
    old = text.split('      digest: "')[1][:71]
    (bench.folder / "release.yaml").write_text(text.replace(old, sha256(big)))
    commit(bench.folder)
    words = command(verb) if verb == "seal" else command(verb, "--output-format", "sarif")
    done = subprocess.run(
        words,
        cwd=bench.folder,
        env=clean_environ(),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limited,
    )
    if verb == "check":
        assert (done.returncode, done.stderr) == (0, "")
        return
    assert done.returncode == 3
    assert done.stdout == ""
    assert "error[WB133]" in done.stderr
    assert "file too large" in done.stderr
    assert not list(bench.folder.rglob("registry.db"))
    assert not list(bench.folder.rglob("incoming/*"))
    assert bench("seal").code == 0
    shown = bench("show", "demo@1.0.0", "--output-format", "json").json["manifest"]
    assert shown["spec"]["source"]["dirty"] is False


def test_a_registry_of_another_program_is_left_alone(bench: Bench) -> None:
    store = bench.folder.parent / "store"
    store.mkdir()
    (store / "registry.db").write_bytes(b"this is not SQLite at all, however long it may be" * 50)
    before = (store / "registry.db").read_bytes()
    for words in (("seal",), ("check", "demo@1.0.0"), ("show", "demo@1.0.0")):
        assert is_clear(bench(*words, "--registry", str(store)), 2, "error[WB132]")
    assert (store / "registry.db").read_bytes() == before
