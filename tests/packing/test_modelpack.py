from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.packing.releases import Blobs, artifact, digest_of, parts_of, sealed
from weighbridge.codec.oci import read_document, write_document
from weighbridge.model.errors import NotFoundError, TransferError
from weighbridge.model.oci import MANIFEST, MANIFEST_SIZE, Descriptor, Manifest
from weighbridge.packing.modelpack import (
    ARTIFACT_TYPE,
    CONFIG,
    IMAGE_CONFIG,
    MOST_ARCHIVES,
    Layer,
    attach,
    describe_bytes,
    describe_layer,
    is_archive,
    layer_path,
    layers,
    pack,
    packed_release,
)

if TYPE_CHECKING:
    import random

    from weighbridge.packing.contents import Part
    from weighbridge.packing.modelpack import Form, LayerFormat

TEXT = {"type": "string", "minLength": 1}
TEXTS = {"type": "array", "items": TEXT}
CONFIG_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["descriptor", "config", "modelfs"],
    "properties": {
        "descriptor": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "createdAt": {**TEXT, "format": "date-time"},
                "authors": TEXTS,
                "licenses": TEXTS,
                **dict.fromkeys(["family", "name", "version", "revision", "vendor"], TEXT),
                **dict.fromkeys(["title", "description", "docURL", "sourceURL"], TEXT),
            },
        },
        "config": {
            "type": "object",
            "additionalProperties": False,
            "properties": dict.fromkeys(
                ["architecture", "format", "paramSize", "precision", "quantization"], TEXT
            ),
        },
        "modelfs": {
            "type": "object",
            "additionalProperties": False,
            "required": ["type", "diffIds"],
            "properties": {"type": {"const": "layers"}, "diffIds": {**TEXTS, "minItems": 1}},
        },
    },
}
"""What `config.md` of the ModelPack specification names, without capabilities."""


def described(planned: tuple[Layer, ...], form: Form = "artifact") -> list[Descriptor]:
    """Describe layers, archives by a digest that stands for what is in them."""
    found = []
    for layer in planned:
        digest = layer.parts[0].digest
        if layer.archived:
            digest = digest_of("".join(part.path + part.digest for part in layer.parts).encode())
        size = sum(part.size or 0 for part in layer.parts)
        found.append(describe_layer(layer, form=form, digest=digest, size=size))
    return found


def packed(
    manifest: dict[str, Any],
    parts: tuple[Part, ...] | list[Part],
    *,
    form: Form = "artifact",
    layer_format: LayerFormat = "raw",
) -> tuple[Manifest, bytes]:
    planned = layers(parts, layer_format="tar" if form == "image" else layer_format)
    return pack(manifest, described(planned, form), release=parts[0].digest, form=form)


FULL = sealed(
    artifact("weights/m.onnx"),
    artifact("README.md", role="card"),
    model={"name": "Demo", "family": "onnx-classifier", "format": "onnx", "license": "MIT"},
    source={"commit": "a" * 40, "repo": "https://git.example.com/ml/demo"},
)


def test_an_artifact_is_what_modelpack_says() -> None:
    full = {**FULL, "metadata": {**FULL["metadata"], "releasedAt": "2026-01-02T03:04:05Z"}}
    parts = parts_of(full)
    manifest, config = packed(full, parts)
    assert manifest.artifact_type == ARTIFACT_TYPE
    assert manifest.config == describe_bytes(config, CONFIG)
    assert manifest.annotations == {
        "dev.weighbridge.release.digest": parts[0].digest,
        "org.opencontainers.image.title": "demo",
        "org.opencontainers.image.version": "1.0.0",
        "org.opencontainers.image.created": "2026-01-02T03:04:05Z",
    }
    assert [(layer.media_type, layer_path(layer)) for layer in manifest.layers] == [
        ("application/vnd.cncf.model.doc.v1.raw", "release.yaml"),
        ("application/vnd.cncf.model.doc.v1.raw", "README.md"),
        ("application/vnd.cncf.model.code.v1.raw", "uv.lock"),
        ("application/vnd.cncf.model.weight.v1.raw", "weights/m.onnx"),
    ]
    for layer in manifest.layers:
        assert layer.annotations["org.opencontainers.image.title"] == layer_path(layer)
    said = json.loads(config)
    jsonschema.validate(said, CONFIG_SCHEMA)
    assert said == {
        "config": {"format": "onnx"},
        "descriptor": {
            "createdAt": "2026-01-02T03:04:05Z",
            "family": "onnx-classifier",
            "licenses": ["MIT"],
            "name": "demo",
            "revision": "a" * 40,
            "sourceURL": "https://git.example.com/ml/demo",
            "title": "Demo",
            "vendor": "house",
            "version": "1.0.0",
        },
        "modelfs": {"diffIds": [one.digest for one in manifest.layers], "type": "layers"},
    }


def test_what_the_manifest_does_not_say_is_left_out() -> None:
    _, config = packed(sealed(artifact("m")), parts_of(sealed(artifact("m"))))
    jsonschema.validate(json.loads(config), CONFIG_SCHEMA)
    assert set(json.loads(config)["descriptor"]) == {"name", "title", "vendor", "version"}


def test_an_image_has_the_layers_of_the_artifact_of_archives() -> None:
    parts = parts_of(FULL)
    artifact_form, _ = packed(FULL, parts, layer_format="tar")
    image, config = packed(FULL, parts, form="image")
    assert image.artifact_type == ""
    assert image.config == describe_bytes(config, IMAGE_CONFIG)
    assert [one.digest for one in image.layers] == [one.digest for one in artifact_form.layers]
    assert {one.media_type for one in image.layers} == {"application/vnd.oci.image.layer.v1.tar"}
    assert {one.media_type.rpartition(".")[2] for one in artifact_form.layers} == {"tar"}
    assert json.loads(config)["rootfs"] == {
        "diff_ids": [one.digest for one in image.layers],
        "type": "layers",
    }
    titles = [one.annotations["org.opencontainers.image.title"] for one in image.layers]
    assert titles == ["release.yaml.tar", "README.md.tar", "uv.lock.tar", "weights/m.onnx.tar"]


@given(st.randoms(use_true_random=False), st.sampled_from(["raw", "tar"]))
def test_the_order_of_the_files_changes_nothing(
    order: random.Random, layer_format: LayerFormat
) -> None:
    blobs = Blobs()
    manifest = sealed(
        artifact("b"),
        artifact("a/z"),
        blobs.directory("tok", {"y": b"1", "x/y": b"2", "x-y": b"3"}, "tokenizer"),
    )
    first, *others = parts_of(manifest, blobs)
    shuffled = list(others)
    order.shuffle(shuffled)
    wanted = packed(manifest, [first, *others], layer_format=layer_format)
    found = packed(manifest, [first, *shuffled], layer_format=layer_format)
    assert write_document(found[0]) == write_document(wanted[0])
    assert found[1] == wanted[1]


def many(count: int) -> dict[str, bytes]:
    return {f"shard-{number:05}.bin": b"%d" % number for number in range(count)}


@pytest.mark.parametrize(
    ("count", "most", "archived"), [(500, 504, set()), (501, 5, {"data"}), (20_000, 7, {"data"})]
)
def test_a_large_directory_travels_as_an_archive(count: int, most: int, archived: set[str]) -> None:
    blobs = Blobs()
    manifest = sealed(artifact("m"), blobs.directory("data", many(count), "dataset"))
    parts = parts_of(manifest, blobs)
    planned = layers(parts, layer_format="raw")
    assert len(planned) <= most
    assert {layer.path for layer in planned if layer.archived} == archived
    assert sum(len(layer.parts) for layer in planned) == len(parts)
    document, _ = packed(manifest, parts)
    assert len(write_document(document)) < MANIFEST_SIZE // 4


def test_many_directories_are_archives_before_any_file_is() -> None:
    blobs = Blobs()
    folders = [blobs.directory(f"d{number}", many(300), "dataset") for number in range(4)]
    planned = layers(parts_of(sealed(artifact("m"), *folders), blobs), layer_format="raw")
    assert {layer.path for layer in planned if layer.archived} >= {"d0", "d1", "d2", "d3"}
    assert {layer.path for layer in planned if not layer.archived} == {
        "release.yaml",
        "uv.lock",
        "m",
    }


@pytest.mark.parametrize("layer_format", ["raw", "tar"])
@pytest.mark.parametrize(("count", "length"), [(1_200, 20), (600, 3_000)])
def test_files_of_one_kind_share_an_archive_at_last(
    layer_format: LayerFormat, count: int, length: int
) -> None:
    names = [f"{number:05}/{'/'.join(['n' * 100] * (length // 100))}" for number in range(count)]
    artifacts = [artifact(name, b"%d" % number) for number, name in enumerate(names)]
    manifest = sealed(*artifacts, artifact("t", role="tokenizer"))
    parts = parts_of(manifest)
    planned = layers(parts, layer_format=layer_format)
    assert [layer.title.partition(".tar")[0] for layer in planned] == [
        "release.yaml",
        "code",
        "weight",
        "weight.config",
    ]
    assert sum(len(layer.parts) for layer in planned) == len(parts)
    for layer in planned:
        paths = [part.path for part in layer.parts]
        assert paths == sorted(paths)
    assert len(write_document(packed(manifest, parts)[0])) < MANIFEST_SIZE


def test_an_image_has_no_more_layers_than_can_be_mounted() -> None:
    for count, most in ((MOST_ARCHIVES - 2, MOST_ARCHIVES), (MOST_ARCHIVES - 1, 3)):
        parts = parts_of(sealed(*(artifact(f"f{number}") for number in range(count))))
        assert len(layers(parts, layer_format="tar")) == most


def test_evidence_refers_to_the_release_and_says_what_it_is() -> None:
    bundle = describe_bytes(b"{}", "application/vnd.dev.sigstore.bundle.v0.3+json")
    subject = Descriptor(media_type=MANIFEST, digest=digest_of(b"m"), size=1, artifact_type="x")
    made = attach(bundle, subject, predicate_type="https://example.com/p", entry=7)
    again = read_document(write_document(made), MANIFEST)
    assert again == made
    assert isinstance(again, Manifest)
    assert again.artifact_type == bundle.media_type
    assert again.subject == Descriptor(media_type=MANIFEST, digest=digest_of(b"m"), size=1)
    assert again.annotations["dev.weighbridge.ledger.entry"] == "7"
    assert again.annotations["dev.sigstore.bundle.predicateType"] == "https://example.com/p"


def test_what_is_none_of_ours_is_told_apart() -> None:
    ours, _ = packed(FULL, parts_of(FULL))
    assert packed_release(ours) == parts_of(FULL)[0].digest
    foreign = Manifest(media_type=MANIFEST, config=ours.config, layers=ours.layers)
    bare = Manifest(
        media_type=MANIFEST, config=ours.config, layers=(), annotations=ours.annotations
    )
    for manifest in (foreign, bare):
        with pytest.raises(NotFoundError, match="no release of weighbridge, but"):
            packed_release(manifest)


def test_a_layer_in_another_form_is_refused() -> None:
    gzipped = Descriptor(
        media_type="application/vnd.cncf.model.weight.v1.tar+gzip", digest=digest_of(b""), size=0
    )
    with pytest.raises(TransferError, match=r"is packed as 'application/vnd\.cncf"):
        is_archive(gzipped)
