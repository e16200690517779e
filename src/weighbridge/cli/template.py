"""`weighbridge template`."""

from __future__ import annotations

import json

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, VerbGroup, dry_run, reading


@click.group(name="template", cls=VerbGroup)
def command() -> None:
    """List, show and begin templates.

    A manifest that says `extends: NAME@VERSION` is put over the template of that name: it says
    only what is its own. Catalogues beside the shipped one are named in weighbridge.toml:
    folders, git+REPOSITORY@REVISION#FOLDER, oci:LAYOUT@sha256:…, oci://HOST/NAME@sha256:…
    """


@command.command(name="list", cls=Verb)
@reading("text", "json")
def list_templates(*, output_format: str) -> None:
    """List the templates of every catalogue: reference, title, catalogue."""
    from weighbridge.report.json import json_text
    from weighbridge.report.templates import render_templates, templates_json
    from weighbridge.usecases.templates import listed

    session = Session.current()
    found = [(one.template, one.file) for one in listed(session.catalogues())]
    if output_format == "json":
        session.result(json_text(templates_json(found)))
    else:
        session.result(render_templates(found))


@command.command(name="show", cls=Verb)
@click.argument("reference", metavar="REF")
@reading("text", "json")
def show(*, reference: str, output_format: str) -> None:
    """Show what a template gives, and the places where special cases plug in.

    REF is NAME@VERSION, as `template list` shows it.
    """
    from weighbridge.report.json import json_text
    from weighbridge.report.templates import render_template, template_json
    from weighbridge.usecases.templates import load

    session = Session.current()
    found = load(reference, session.catalogues())
    if output_format == "json":
        session.result(json_text(template_json(found.document.data, found.file)))
    else:
        session.result(render_template(found.template, found.file, styled=session.styled))


@command.command(name="new", cls=Verb)
@click.argument("name", metavar="NAME[@VERSION]")
@click.option("--from", "origin", metavar="REF", help="Copy that template under the new name.")
@click.option(
    "--directory",
    metavar="DIR",
    default="templates",
    show_default=True,
    help="Folder it is written into.",
)
@dry_run
def new(*, name: str, origin: str | None, directory: str, dry_run: bool) -> None:
    """Begin a template: a skeleton to fill in, or a copy of another one.

    It is written as DIR/NAME@1.yaml, or under the version that is given; a file that is there
    already is left as it is. Of a copy nothing changes but name and version.
    """
    from weighbridge.report.visible import visible
    from weighbridge.usecases.new_template import begin
    from weighbridge.usecases.references import shown_path

    session = Session.current()
    begun = begin(
        name,
        origin=origin,
        directory=directory,
        start=session.start,
        catalogues=session.catalogues(),
    )
    if dry_run:
        session.result(begun.text)
        return
    begun.write()
    session.result(visible(f"wrote {shown_path(begun.path, session.start)}") + "\n")
    if any(begun.reference in one.references() for one in session.catalogues()):
        session.hint(f"then: weighbridge template show {begun.reference}")
    else:
        folder = json.dumps(shown_path(begun.path.parent, session.start), ensure_ascii=False)
        session.hint(f"name its folder in weighbridge.toml: templates = [{folder}]")
