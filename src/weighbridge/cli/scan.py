"""`weighbridge scan`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, reading

if TYPE_CHECKING:
    from weighbridge.model.global_lists import Lists
    from weighbridge.usecases.dynamic import Watch


@click.command(name="scan", cls=Verb)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--dynamic", is_flag=True, help="Also load models, in a sandbox, and watch them.")
@click.option(
    "--python", metavar="PATH", help="With --dynamic: the Python that has the frameworks."
)
@reading("text", "json")
def command(
    *, paths: tuple[str, ...], dynamic: bool, python: str | None, output_format: str
) -> str:
    """Scan model files and images for damage and threats; no manifest needed.

    PATH is a file, a folder, or oci://HOST/IMAGE. Files are told by content, read once, and not
    loaded. A file is clean only if every byte of it was accounted for.

    An OCI image layout, or an archive of one or of `docker save`, is read as the image it is: every
    digest verified, every layer unfolded, nothing unpacked.

    With --dynamic, models are also loaded as their frameworks would, in a sandbox without network
    or any file of yours, and what they do is held against what was read. It needs bubblewrap and
    strace, and loads nothing without them. A model that cannot be loaded is not clean.

    Exit codes: 0 all clean, 1 malicious or needs review, 3 not everything could be read.
    """
    from weighbridge.model.wording import plural
    from weighbridge.report.scan import render_scan_json, render_scan_text
    from weighbridge.usecases.scan import scan

    session = Session.current()
    watch = _watch(session, python) if dynamic else None
    if python is not None and watch is None:
        raise click.UsageError("--python goes with --dynamic")
    found = scan(
        paths,
        start=session.start,
        reader=session.reader(),
        images=session.found_images,
        watch=watch,
        lists=_lists(session),
    )
    if output_format == "json":
        session.result(render_scan_json(found.files))
    else:
        text = render_scan_text(found.files, styled=session.styled, every=session.globals.verbose)
        session.result(text)
    for folder in found.left_out:
        session.hint(f"left out: {folder} (version control or registry)")
    if watch is not None:
        without = f"; nothing loads {plural(watch.without, 'other')}" if watch.without else ""
        session.hint(f"{plural(watch.loaded, 'file')} loaded in the sandbox{without}")
    return found.verdict.value


def _lists(session: Session) -> Lists | None:
    """Find the lists owners published; without a registry here, none is opened for that."""
    from weighbridge.model.database_address import is_folder

    place = session.settings().registry.value
    if is_folder(place) and not os.path.isdir(place):  # noqa: PTH112 - never raises
        return None
    from weighbridge.usecases.data_sets import current_data

    return current_data(session.registry()).lists


def _watch(session: Session, python: str | None) -> Watch:
    from weighbridge.bootstrap import open_loading
    from weighbridge.usecases.dynamic import Watch

    # A word is looked for on the path, as a shell would; anything else is a place.
    named = str(session.start / python) if python and "/" in python else python
    return Watch(open_loading(session.environ, named))
