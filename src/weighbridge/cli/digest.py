"""`weighbridge digest`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, reading

if TYPE_CHECKING:
    from weighbridge.probes.reading.digesting import Algorithm
    from weighbridge.usecases.digest import TensorList


@click.command(name="digest", cls=Verb)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--algorithm",
    type=click.Choice(["sha256", "blake3"]),
    default="sha256",
    show_default=True,
    help="Which digest; manifests hold sha256.",
)
@click.option("--tensors", "by_tensor", is_flag=True, help="List the tensors, and digest each.")
@reading("text", "json")
def command(
    *, paths: tuple[str, ...], algorithm: Algorithm, by_tensor: bool, output_format: str
) -> None:
    """Digest files and folders as a manifest would hold them.

    PATH is a file, a folder, or the address of one (`s3://BUCKET/KEY`, `gs://`, `az://`).

    A file's digest is the sha256 of its bytes. A folder's is the sha256 of its listing: every
    file below it with path, size and digest, hidden ones included. With --algorithm blake3 each
    file of a folder has a line of its own.

    With --tensors the files' tensors are listed, each with its digest, and all of them have one
    identity: it stays the same whatever files the tensors lie in, and in whatever order.
    """
    from weighbridge.usecases.digest import digests, tensors

    session = Session.current()
    if by_tensor:
        if algorithm != "sha256":
            raise click.UsageError("--tensors goes without --algorithm: their digest is BLAKE3")
        found = tensors(paths, start=session.start, reader=session.reader())
        session.result(_tensors_json(found) if output_format == "json" else _tensors_text(found))
        return
    reader = session.reader(examine=False, algorithm=algorithm)
    rows = digests(paths, start=session.start, reader=reader, folders=algorithm == "sha256")
    if output_format == "json":
        files = [{"path": path, "digest": digest, "size": size} for path, digest, size in rows]
        session.result(_json({"files": files}))
        return
    from weighbridge.report.visible import visible

    session.result("".join(f"{digest}  {visible(path)}\n" for path, digest, _ in rows))


def _tensors_text(found: TensorList) -> str:
    from weighbridge.report.visible import visible

    rows = [
        (tensor.digest, visible(tensor.dtype), str(list(tensor.shape)), tensor.name, place)
        for place, tensor in found.tensors
    ]
    widths = [max(len(row[column]) for row in rows) for column in (1, 2)]
    lines = [
        f"{digest}  {dtype:<{widths[0]}}  {shape:<{widths[1]}}  {visible(name)}  {visible(place)}\n"
        for digest, dtype, shape, name, place in rows
    ]
    return "".join([*lines, f"identity  {found.identity}\n"])


def _tensors_json(found: TensorList) -> str:
    tensors = [
        {
            "name": tensor.name,
            "dtype": tensor.dtype,
            "shape": list(tensor.shape),
            "size": tensor.size,
            "digest": tensor.digest,
            "path": place,
        }
        for place, tensor in found.tensors
    ]
    return _json({"identity": found.identity, "tensors": tensors})


def _json(value: dict[str, Any]) -> str:
    from weighbridge.report.json import SCHEMA_VERSION, json_text

    return json_text({"schemaVersion": SCHEMA_VERSION, **value})
