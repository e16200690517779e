"""`push` and `pull` with Debian's registry, and what other people's tools make of it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import oras.client  # type: ignore[import-untyped]
import pytest

from tests.adapters.oci.hosted import Handler, hosting
from tests.registries import running_registry
from tests.tools import run_tool
from tests.usecases.cast import RELEASE
from tests.usecases.repacked import FILES, FORMS, Repacked, tree
from weighbridge.bootstrap import open_repository
from weighbridge.codec.oci import write_document
from weighbridge.model.oci import EMPTY, MANIFEST, TITLE, Manifest
from weighbridge.packing.modelpack import describe_bytes
from weighbridge.probes.reading.in_memory import InMemory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.usecases.cast import Cast
    from tests.usecases.workshop import Bench


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a registry for all tests of this module; each has a repository of its own."""
    with running_registry(tmp_path_factory.mktemp("registry")) as address:
        yield address


def copy(source: str, destination: str) -> None:
    """Have skopeo copy an image or artifact, digests and all."""
    words = ("--insecure-policy", "copy", "--preserve-digests")
    done = run_tool(
        "skopeo", *words, "--src-tls-verify=false", "--dest-tls-verify=false", source, destination
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("form", FORMS)
def test_a_release_goes_by_way_of_a_registry(
    form: str, host: str, layout: Path, run: Bench, packed_forms: tuple[Path, str]
) -> None:
    address = f"oci://{host}/trip/{form}"
    assert run("pull", f"oci:layout:{form}").code == 0
    found = run("push", RELEASE, address, *FORMS[form])
    digest = Repacked(layout, form).repository.resolve(form).digest
    assert (found.code, found.out) == (0, f"{digest}  {address}:1.0.0\n")
    assert "; 0 of" in run("push", RELEASE, address, *FORMS[form]).err
    assert run("show", address, "--output-format=json").json["digest"] == packed_forms[1]
    pulled = run("pull", address, "--registry=other", "--output=out")
    assert (pulled.code, pulled.out) == (0, f"{packed_forms[1]}  {RELEASE}\n")
    assert tree(run.folder / "out").items() >= FILES.items()


@pytest.mark.parametrize("verb", ["push", "pull", "show", "verify", "check"])
def test_who_is_not_let_in_is_told_with_an_exit_code_of_its_own(
    layout: Path, run: Bench, verb: str
) -> None:
    def locked(handler: Handler) -> bool:
        for _ in handler.body():
            pass
        handler.answer(404 if verb == "push" and handler.command == "HEAD" else 403)
        return True

    assert run("pull", f"oci:{layout}:raw").code == 0
    with hosting() as hosted:
        hosted.twist = locked
        address = f"oci://{hosted.host}/team/model:1"
        found = run(verb, *([RELEASE] if verb == "push" else []), address)
    assert found.code == 4, found.err
    said = f"{hosted.host} does not let you {'push to' if verb == 'push' else 'pull from'}"
    assert f"error[WB152]: {said} team/model" in found.err
    assert f"docker login {hosted.host}" in found.err


@pytest.mark.parametrize("form", FORMS)
def test_skopeo_copies_it_there_and_back_with_its_digests(
    form: str, host: str, layout: Path, run: Bench, packed_forms: tuple[Path, str]
) -> None:
    name = f"{host}/skopeo/{form}:1"
    copy(f"oci:{layout}:{form}", f"docker://{name}")
    copy(f"docker://{name}", f"oci:{run.folder}/back:{form}")
    ours, theirs = (
        Repacked(folder, form).repository.resolve(form).digest
        for folder in (layout, run.folder / "back")
    )
    assert ours == theirs
    for place in (f"oci://{name}", f"oci:back:{form}"):
        found = run("pull", place, f"--registry={form}-{len(place)}")
        assert (found.code, found.out) == (0, f"{packed_forms[1]}  {RELEASE}\n")


def test_umoci_unpacks_the_image(layout: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    words = ("unpack", "--rootless", "--image", f"{layout}:image")
    done = run_tool("umoci", *words, bundle)
    assert done.returncode == 0, done.stderr
    found = tree(bundle / "rootfs")
    listings = [name for name in found if name.startswith("release.listings/")]
    assert len(listings) == 1
    assert {*found} == {*FILES, "release.yaml", *listings}
    assert found.items() >= FILES.items()


def test_oras_pulls_the_files_of_the_artifact(
    host: str, layout: Path, run: Bench, tmp_path: Path
) -> None:
    copy(f"oci:{layout}:raw", f"docker://{host}/oras:1")
    client = oras.client.OrasClient(hostname=host, insecure=True)
    with client.session:
        client.pull(target=f"{host}/oras:1", outdir=str(tmp_path / "out"))
    assert tree(tmp_path / "out").items() >= FILES.items()
    # What any tool has pulled is a tree that we can weigh.
    found = run("check", str(tmp_path / "out"), "--output-format=json").json
    assert [one["code"] for one in found["findings"]] == ["GOV007", "REP004"]


def test_evidence_goes_by_way_of_a_registry_without_referrers(host: str, cast: Cast) -> None:
    second = shutil.copytree(cast.store, cast.folder.parent / "second")
    cast.done("sign", RELEASE, by="bea")
    cast.done("check", RELEASE, "--sign", by="carl")
    address = f"oci://{host}/evidence"
    cast.done("push", RELEASE, address)
    cast.done("push", RELEASE, address)
    found = cast.done("pull", address, f"--registry={second}", "--output-format=json").json
    assert [one["outcome"] for one in found["evidence"]] == ["added", "added"]
    cast.done("verify", RELEASE, f"--registry={second}")
    repository, _, close = open_repository(address, base=cast.folder)
    assert len(repository.referrers(repository.resolve("1.0.0").digest)) == 2
    close()


def test_verify_reads_all_that_lies_in_a_registry(host: str, cast: Cast) -> None:
    cast.done("sign", RELEASE, by="bea")
    good = f"oci://{host}/verified"
    cast.done("push", RELEASE, good)
    cast.done("push", RELEASE, "oci:../layout")
    found = cast.done("verify", good, "--output-format=json").json
    assert (found["ok"], found["name"], found["subject"]) == (True, RELEASE, cast.digest)
    pack = Repacked(cast.folder.parent / "layout", "1.0.0")
    cast.done("verify", "oci:../layout")
    path = pack.path(pack.layer("weights/model.safetensors").digest)
    path.write_bytes(path.read_bytes()[::-1])
    seen = cast("verify", "oci:../layout", "--output-format=json")
    assert (seen.code, seen.json["ok"]) == (1, False)
    (problem,) = seen.json["problems"]
    assert problem["code"] == "INT001"
    assert "weights/model.safetensors" in problem["message"]
    path.unlink()
    pack.drop("labels.json")
    (problem,) = cast("verify", "oci:../layout", "--output-format=json").json["problems"]
    assert (problem["code"], problem["message"]) == ("INT002", "labels.json is missing in the pack")


def test_templates_lie_on_a_registry(host: str, bench: Bench, tmp_path: Path) -> None:
    text = (
        "apiVersion: weighbridge.dev/v1\nkind: ReleaseTemplate\n"
        'metadata: {name: house, version: "1", title: What all of ours have}\n'
        "spec: {release: {}}\n"
    )
    repository, _, close = open_repository(f"oci://{host}/templates", base=tmp_path)
    data, empty = text.encode(), describe_bytes(b"{}", EMPTY)
    layer = replace(describe_bytes(data, "application/yaml"), annotations={TITLE: "house@1.yaml"})
    repository.push(layer, InMemory(data))
    repository.push(empty, InMemory(b"{}"))
    manifest = Manifest(media_type=MANIFEST, config=empty, layers=(layer,))
    kept = repository.put(write_document(manifest), media_type=MANIFEST, tag="1")
    close()
    pushed = f"{repository.name}@{kept.digest}"
    (bench.folder / "weighbridge.toml").write_text(f'templates = ["{pushed}"]\n')
    found = bench("template", "show", "house@1")
    assert found.code == 0
    assert found.out.startswith("house@1  What all of ours have\n")
    assert pushed in found.out
    offline = bench("template", "show", "house@1", "--offline")
    assert (offline.code, offline.out) == (2, "")
    assert "which --offline forbids" in offline.err
