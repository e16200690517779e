from __future__ import annotations

import os
import shutil
import struct
from typing import TYPE_CHECKING

import pytest

from tests.probes.environments import (
    DEMO,
    SITE,
    departures,
    environment,
    install,
    only,
    place,
    row,
    verified,
)
from weighbridge.model.installed import InstalledDistribution, StartUpHook
from weighbridge.probes.python.verifying import verify_installed
from weighbridge.probes.reading.files import Reading

if TYPE_CHECKING:
    from pathlib import Path

OUT = "../../../"
EMPTY_DIGEST = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"


def test_an_environment_as_installed_is_self_consistent(tmp_path: Path) -> None:
    site = environment(tmp_path)
    record = install(site)
    found = verified(tmp_path)
    assert found.departures == ()
    assert (found.where, found.files) == ("here", 5)
    assert found.size == sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) - (
        record.stat().st_size
    )
    assert only(found) == InstalledDistribution(
        name="demo",
        version="1.0",
        folder=f"{SITE}/demo-1.0.dist-info",
        installer="pip",
        record=only(found).record,
        files=6,
        standing="self-consistent",
        why="RECORD was held against no wheel",
    )


def test_every_tampering_is_seen(tmp_path: Path) -> None:
    site = environment(tmp_path)
    install(site)
    (site / "demo/__init__.py").write_bytes(b"TWO = 2\n")
    (site / "demo/data/table.csv").unlink()
    (site / "demo/more.py").write_bytes(b"")
    (site / "evil.pth").write_text("import os\n/elsewhere\n# nothing\n\n")
    found = verified(tmp_path)
    assert departures(tmp_path) == [
        ("changed", "demo/__init__.py"),
        ("missing", "demo/data/table.csv"),
        ("unlisted", "demo/more.py"),
        ("unlisted", "evil.pth"),
    ]
    assert [one.seen for one in found.departures][2:] == ["beside files of demo", ""]
    assert found.hooks == (
        StartUpHook(
            path=f"{SITE}/evil.pth", kind="pth", lines=("import os",), folders=("/elsewhere",)
        ),
    )
    assert only(found).standing == "tampered"


def test_a_file_of_another_size_is_changed(tmp_path: Path) -> None:
    site = environment(tmp_path)
    install(site)
    (site / "demo/__init__.py").write_bytes(b"longer than it was\n")
    (found,) = verified(tmp_path).departures
    assert (found.seen, found.wanted, found.distribution) == ("19 bytes", "8 bytes", "demo")


def test_commands_lie_beside_the_folder_for_packages_and_rows_may_be_absolute(
    tmp_path: Path,
) -> None:
    site = environment(tmp_path)
    for name in ("one", "two"):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / name).write_bytes(b"#!")
    absolute = os.path.realpath(tmp_path / "bin/two")
    install(site, rows=row(f"{OUT}bin/one", b"#!") + row(absolute, b"#!"))
    assert departures(tmp_path) == []
    (tmp_path / "bin/one").write_bytes(b"##")
    (tmp_path / "bin/two").unlink()
    assert departures(tmp_path) == [("changed", "bin/one"), ("missing", "bin/two")]


@pytest.mark.parametrize("path", [f"{OUT}../x", "/etc/passwd", "a\\b", f"demo/../{OUT}../../y"])
def test_rows_do_not_lead_out(tmp_path: Path, path: str) -> None:
    site = environment(tmp_path / "env")
    install(site, rows=row(path, b""))
    (found,) = verified(tmp_path / "env").departures
    assert (found.kind, found.path) == ("outside", path)


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        (b'"demo/__init__.py,,\n', "record"),
        (b"demo/__init__.py\n", "record"),
        (b"\xff,,\n", "record"),
        (b"a" * 200_000 + b",,\n", "record"),
    ],
)
def test_a_record_that_is_no_table_is_told(tmp_path: Path, record: bytes, kind: str) -> None:
    site = environment(tmp_path)
    install(site, record=record)
    found = verified(tmp_path)
    assert kind in {one.kind for one in found.departures}
    assert only(found).standing == "tampered"


def test_rows_that_prove_nothing_are_told(tmp_path: Path) -> None:
    site = environment(tmp_path)
    files = {f"demo/{name}.py": b"" for name in ("weak", "bare", "odd", "wrong", "twice", "strong")}
    rows = [
        row("demo/weak.py", b"", "md5"),
        "demo/bare.py,,0\n",
        "demo/odd.py,sha3=abc,0\n",
        "demo/gone.py,,\n",
        f"demo/wrong.py,sha256=not base64!,0\ndemo/twice.py,sha256={EMPTY_DIGEST},0\n",
        f"demo/twice.py,sha256={EMPTY_DIGEST},0\n",
        row("demo/strong.py", b"", "sha512"),
        "demo-1.0.dist-info/METADATA,,\ndemo-1.0.dist-info/RECORD,,\n",
        "demo-1.0.dist-info/INSTALLER,,\ndemo-1.0.dist-info/WHEEL,,\n",
    ]
    install(site, files, record="".join(rows).encode())
    assert departures(tmp_path) == [
        ("unhashed", "demo-1.0.dist-info/INSTALLER"),
        ("unhashed", "demo-1.0.dist-info/METADATA"),
        ("unhashed", "demo-1.0.dist-info/WHEEL"),
        ("unhashed", "demo/bare.py"),
        ("missing", "demo/gone.py"),
        ("unhashed", "demo/gone.py"),
        ("weak", "demo/odd.py"),
        ("twice", "demo/twice.py"),
        ("weak", "demo/weak.py"),
        ("changed", "demo/wrong.py"),
    ]
    (site / "demo/strong.py").write_bytes(b"1")
    (site / "demo/weak.py").write_bytes(b"1")
    assert ("changed", "demo/strong.py") in departures(tmp_path)
    assert ("changed", "demo/weak.py") in departures(tmp_path)


def test_links_are_told_and_not_followed_out(tmp_path: Path) -> None:
    folder = tmp_path / "env"
    site = environment(folder)
    secret = tmp_path / "secret"
    secret.write_bytes(DEMO["demo/__init__.py"])
    install(site)
    (site / "demo/__init__.py").unlink()
    (site / "demo/__init__.py").symlink_to(secret)
    (site / "other").symlink_to(tmp_path)
    assert departures(folder) == [
        ("link", "demo/__init__.py"),
        ("outside", "demo/__init__.py"),
        ("link", "other"),
    ]


def test_what_is_no_file_does_not_hang_it(tmp_path: Path) -> None:
    site = environment(tmp_path)
    install(site)
    (site / "demo/__init__.py").unlink()
    os.mkfifo(site / "demo/__init__.py")
    assert departures(tmp_path) == [("unread", "demo/__init__.py")]


# Compiled files ---------------------------------------------------------------------------------


def compiled(source: Path, *, flags: int = 0, size: int | None = None) -> bytes:
    found = source.stat()
    length = found.st_size if size is None else size
    return struct.pack("<4sIII", b"\xa7\r\r\n", flags, int(found.st_mtime), length) + b"code"


def test_compiled_files_belong_to_listed_sources(tmp_path: Path) -> None:
    site = environment(tmp_path)
    cache = site / "demo/__pycache__"
    install(site, rows="demo/__pycache__/__init__.cpython-311.pyc,,\ndemo/__pycache__/x.pyc,,\n")
    cache.mkdir()
    source = site / "demo/__init__.py"
    for tag in ("cpython-311", "cpython-311.opt-1", "cpython-311.opt-2", "cpython-311-pytest-9"):
        (cache / f"__init__.{tag}.pyc").write_bytes(compiled(source))
    (cache / "__init__.cpython-312.pyc").write_bytes(compiled(source, flags=3))
    found = verified(tmp_path)
    assert (found.departures, found.bytecode) == ((), 5)
    (cache / "__init__.cpython-311.pyc").write_bytes(compiled(source, size=99))
    (cache / "__init__.cpython-310.pyc").write_bytes(b"short")
    (cache / "__init__.cpython-39.pyc").write_bytes(compiled(source, flags=4))
    assert (verified(tmp_path).departures, verified(tmp_path).bytecode) == ((), 4)


def test_compiled_files_without_a_listed_source_are_told(tmp_path: Path) -> None:
    site = environment(tmp_path)
    install(site, rows="demo/bare.pyc,,\n")
    cache = site / "demo/__pycache__"
    cache.mkdir()
    source = site / "demo/__init__.py"
    (cache / "__init__.cpython-311.pyc").write_bytes(compiled(source, flags=1))
    (cache / "gone.cpython-311.pyc").write_bytes(compiled(source))
    (cache / "planted.cpython-311.pyc").write_bytes(compiled(source))
    (site / "demo/planted.py").write_bytes(b"")
    (site / "demo/bare.pyc").write_bytes(compiled(source))
    (site / "demo/sourceless.pyc").write_bytes(compiled(source))
    assert departures(tmp_path) == [
        ("bytecode", "demo/__pycache__/__init__.cpython-311.pyc"),
        ("orphan", "demo/__pycache__/gone.cpython-311.pyc"),
        ("unlisted", "demo/__pycache__/planted.cpython-311.pyc"),
        ("bytecode", "demo/bare.pyc"),
        ("unlisted", "demo/planted.py"),
        ("unlisted", "demo/sourceless.pyc"),
    ]


# Papers -----------------------------------------------------------------------------------------


def test_hooks_are_told_listed_or_not(tmp_path: Path) -> None:
    site = environment(tmp_path)
    install(site, {**DEMO, "sitecustomize.py": b"", "demo.pth": b"import demo\n"})
    (site / "usercustomize").mkdir()
    (site / "usercustomize/__init__.py").write_bytes(b"")
    found = [(one.kind, one.distribution) for one in verified(tmp_path).hooks]
    assert found == [("pth", "demo"), ("sitecustomize", "demo"), ("usercustomize", "")]


@pytest.mark.parametrize(
    ("text", "url", "commit", "editable"),
    [
        ('{"url": "file:///src", "dir_info": {"editable": true}}', "file:///src", "", True),
        (
            '{"url": "https://me:secret@example.com/x?token=1", "vcs_info": {"commit_id": "ab"}}',
            "https://example.com/x",
            "ab",
            False,
        ),
        ('{"url": 1, "vcs_info": [], "dir_info": 1}', "", "", False),
        ('{"url": "http://[x"}', "", "", False),
        ("[]", "", "", False),
        ("[" * 60_000, "", "", False),
        ("nothing", "", "", False),
    ],
)
def test_where_a_distribution_comes_from(
    tmp_path: Path, text: str, url: str, commit: str, *, editable: bool
) -> None:
    site = environment(tmp_path)
    name = "demo-1.0.dist-info/direct_url.json"
    install(site, {**DEMO, name: text.encode()})
    found = only(verified(tmp_path))
    assert (found.url, found.commit, found.editable) == (url, commit, editable)


def test_a_distribution_without_record_is_unverifiable(tmp_path: Path) -> None:
    site = environment(tmp_path)
    install(site).unlink()
    (site / "demo-1.0.dist-info/INSTALLER").write_text("conda\n")
    (site / "demo.py").write_text("")
    (site / "stranger.py").write_text("")
    egg = site / "old-2.egg-info"
    egg.write_text("Name: old\nVersion: 2\n")
    found = verified(tmp_path)
    assert [(one.name, one.version, one.standing, one.why) for one in found.distributions] == [
        ("demo", "1.0", "unverifiable", "conda installed it without a RECORD"),
        ("old", "2", "unverifiable", "it has no RECORD"),
    ]
    kinds = {path: kind for kind, path in departures(tmp_path)}
    assert kinds.pop("stranger.py") == "unlisted"
    assert set(kinds.values()) == {"unclaimed"}
    assert {"demo.py", "demo/__init__.py", "old-2.egg-info"} <= kinds.keys()


def test_a_record_that_cannot_be_read_makes_it_unverifiable(tmp_path: Path) -> None:
    site = environment(tmp_path)
    record = install(site)
    record.unlink()
    os.mkfifo(record)
    found = only(verified(tmp_path))
    assert (found.standing, found.record) == ("unverifiable", "")


def test_packages_of_the_system_are_verified_where_they_lie(tmp_path: Path) -> None:
    base = tmp_path / "usr"
    system = base / "lib/python3/dist-packages"
    system.mkdir(parents=True)
    install(system, {"a.py": b""}, name="a", rows=row("../../../bin/a", b""))
    environment(tmp_path / "env")
    settings = f"home = {base}/bin\nversion = 3.11.7\ninclude-system-site-packages = true\n"
    (tmp_path / "env/pyvenv.cfg").write_text(settings)
    (found,) = verified(tmp_path / "env").departures
    assert (found.kind, found.path) == ("missing", f"{os.path.realpath(base)}/bin/a")


def test_the_list_of_departures_has_an_end(tmp_path: Path) -> None:
    install(environment(tmp_path), rows="".join(f"demo/{number}.py,,\n" for number in range(5)))
    reader = Reading(examine=False)
    found = verify_installed(place(tmp_path), reader=reader, most=4).departures
    assert [one.seen for one in found[4:]] == ["6 more departures"]


def test_two_lists_may_name_one_file_and_both_count(tmp_path: Path) -> None:
    site = environment(tmp_path)
    install(site, {"shared/__init__.py": b"1"}, name="a")
    install(site, {"shared/__init__.py": b"2"}, name="b")
    (found,) = verified(tmp_path).departures
    assert (found.kind, found.distribution) == ("changed", "a")


def test_libraries_of_linear_algebra_are_named(tmp_path: Path) -> None:
    site = environment(tmp_path)
    blas, cuda = "numpy.libs/libscipy_openblas64_-3a.so", "nvidia/cublas/lib/libcublas.so.12"
    install(site, {blas: b"", cuda: b"", "numpy/lapack_lite.so": b"", "x/blas.py": b""})
    assert verified(tmp_path).libraries == (f"{SITE}/{blas}", f"{SITE}/{cuda}")


def test_nothing_of_it_is_run(tmp_path: Path) -> None:
    site = environment(tmp_path / "env")
    marker = tmp_path / "marker"
    evil = f"open({str(marker)!r}, 'w')\n"
    files = {"demo/__init__.py": evil.encode(), "sitecustomize.py": evil.encode()}
    install(site, {**files, "evil.pth": f"import os; {evil}".encode()})
    assert len(verified(tmp_path / "env").hooks) == 2
    assert not marker.exists()


# Places -----------------------------------------------------------------------------------------


def test_an_environment_is_named_by_its_python_too(tmp_path: Path) -> None:
    environment(tmp_path)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").symlink_to("/nowhere/bin/python3.11")
    assert place(tmp_path / "bin/python").folder == tmp_path


def test_an_interpreter_that_is_no_virtual_one_is_named_by_its_folder(tmp_path: Path) -> None:
    site = environment(tmp_path)
    (tmp_path / "pyvenv.cfg").unlink()
    install(site)
    include = tmp_path / "include/python3.11"
    include.mkdir(parents=True)
    assert place(tmp_path).version == "3.11"
    (include / "patchlevel.h").write_text('#define PY_VERSION      "3.11.9"\n')
    (tmp_path / "bin").mkdir()
    shutil.copy("/bin/true", tmp_path / "bin/python3.11")
    found = place(tmp_path / "bin/python3.11")
    assert (found.version, found.libraries) == ("3.11.9", (site,))
