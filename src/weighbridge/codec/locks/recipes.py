"""How a lock is made: the command in its header, as far as it can be followed.

A header is a comment in somebody's file. Options are taken from a list, one by one; one that is
not on it is not followed, and neither is the header then.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from weighbridge.codec.address import without_credentials
from weighbridge.codec.locks.inputs import input_names
from weighbridge.model.resolution import Recipe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

COMPILE, LOCK, EXPORT = "uv pip compile", "uv lock", "uv export"
_COMMAND = re.compile(r"#\s*(?P<tool>\S*\bpip-compile|uv pip compile|uv export)(?:\s(?P<rest>.*))?")
_HEADER = re.compile(r"(?:#[^\n]*\n)+")
_VALUE = re.compile(r"[^\x00-\x1f\x7f]+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What a run says of itself, and not of the lock: left out, with its value if it takes one.
_OWN_FLAGS = _words("""--frozen --locked --no-build --no-cache --no-config --no-header --no-progress
    --no-python-downloads --offline --only-managed-python --quiet --refresh --system --upgrade
    --verbose -U -n -q -v""")
_OWN_VALUES = _words("""--cache-dir --color --custom-compile-command --format --only-binary
    --output-file --refresh-package --upgrade-package -P -o""")
_SHORT = {"-c": "--constraints", "-f": "--find-links", "-i": "--index-url", "-p": "--python"}
_SHARED_FLAGS = frozenset({"--all-extras", "--no-annotate"})
_FLAGS = {
    COMPILE: _SHARED_FLAGS
    | _words("""--emit-build-options --emit-find-links --emit-index-annotation --emit-index-url
        --generate-hashes --no-deps --no-index --no-sources --no-strip-extras --no-strip-markers
        --universal"""),
    EXPORT: _SHARED_FLAGS
    | _words("""--all-groups --all-packages --no-default-groups --no-dev --no-editable
        --no-emit-local --no-emit-project --no-emit-workspace --only-dev"""),
}
_VALUES = {
    COMPILE: _words("""--annotation-style --constraint --constraints --default-index --exclude-newer
        --extra --extra-index-url --find-links --fork-strategy --group --index --index-strategy
        --index-url
        --no-emit-package --override --overrides --prerelease --python --python-platform
        --python-version --resolution --torch-backend"""),
    EXPORT: _words("""--extra --group --no-emit-package --no-extra --no-group --only-group --package
        --prune"""),
}


class NoRecipeError(ValueError):
    """Nobody can tell how a lock is made, or not in a way that can be repeated."""


def recipe_of(data: bytes, path: str, format: str, python: str = "") -> Recipe:  # noqa: A002 - the manifest's word
    """Tell how a lock is made.

    A lock without a command in its header is made for all platforms, from the Python given on.
    The names of a header are relative to where its command ran; `folder` is empty for them.

    Args:
        data: Its bytes.
        path: Its path, relative to the manifest's folder.
        format: Its format.
        python: The release's Python.

    Raises:
        NoRecipeError: It cannot be told.
    """
    if format == "uv":
        folder = posixpath.dirname(path)
        return Recipe(tool=LOCK, inputs=("pyproject.toml",), folder=folder)
    names = input_names(data, path, format)
    if format not in ("requirements", "pylock"):
        raise NoRecipeError(f"uv does not write {format} locks")
    header = _header(data)
    command = next(filter(None, map(_COMMAND.match, header.splitlines())), None)
    if command is None:
        options = ("--universal", *_python("--python-version", python))
        return Recipe(tool=COMPILE, options=options, inputs=names, header=header)
    if command["tool"] not in _FLAGS:
        raise NoRecipeError(f"{path} was made by {posixpath.basename(command['tool'])}")
    found = Recipe(tool=command["tool"], inputs=names, header=header)
    if found.tool == EXPORT:
        found = replace(found, inputs=("pyproject.toml",))
    return replace(found, options=tuple(_options(found, command["rest"] or "")))


def command_of(recipe: Recipe, lock: str, format: str, upgrades: Sequence[str] = ()) -> str:  # noqa: A002 - the manifest's word
    """Write the command that makes a lock, for people; it is run in the recipe's folder.

    Args:
        recipe: How it is made.
        lock: Its path, relative to the manifest's folder.
        format: Its format.
        upgrades: Requirements of packages that are to be upgraded.
    """
    raised = [f"--upgrade-package={one}" for one in upgrades]
    if recipe.tool == LOCK:
        return shlex.join(["uv", "lock", *raised])
    target = posixpath.relpath(lock, recipe.folder or ".")
    options = map(without_credentials, options_of(recipe, format))
    words = [*recipe.tool.split(), *options]
    if recipe.tool == EXPORT:
        upgrade = shlex.join(["uv", "lock", *raised]) + " && " if raised else ""
        return upgrade + shlex.join([*words, "-o", target])
    return shlex.join([*words, *raised, *recipe.inputs, "-o", target])


def options_of(recipe: Recipe, format: str) -> list[str]:  # noqa: A002 - the manifest's word
    """List the options a lock is made with: its format and hashes, whatever its header says."""
    wanted = ["--format=pylock.toml"] if format == "pylock" else []
    if recipe.tool == COMPILE:
        wanted.append("--generate-hashes")
    return [*recipe.options, *(one for one in wanted if one not in recipe.options)]


def with_header(recipe: Recipe, lock: str, format: str, body: str) -> str:  # noqa: A002 - the manifest's word
    """Put the header of the old lock before a new one; one without a command gets one."""
    if any(map(_COMMAND.match, recipe.header.splitlines())):
        return recipe.header + body
    command = command_of(recipe, lock, format)
    made = f"# This file was autogenerated by uv via the following command:\n#    {command}\n"
    return made + recipe.header + body


def _header(data: bytes) -> str:
    found = _HEADER.match(data[: 1 << 16].decode("utf-8", "replace").replace("\r\n", "\n"))
    return found[0] if found else ""


def _options(recipe: Recipe, arguments: str) -> Iterator[str]:
    """Yield the options of a command that say what comes of it.

    Raises:
        NoRecipeError: One of them is not known, or has no value.
    """
    try:
        words = shlex.split(arguments)
    except ValueError as error:
        raise NoRecipeError("the command in its header has a quote that does not end") from error
    rest = iter(words)
    for word in rest:
        if not word.startswith("-"):
            continue  # an input
        name, equals, value = word.partition("=")
        name = _SHORT.get(name, name)
        if name in _OWN_FLAGS or (name in _FLAGS[recipe.tool] and not equals):
            yield from () if name in _OWN_FLAGS else (name,)
            continue
        if name not in _OWN_VALUES | _VALUES[recipe.tool]:
            raise NoRecipeError(f"the command in its header has {name}, which is not followed here")
        value = value if equals else next(rest, "")
        if not _VALUE.fullmatch(value):
            raise NoRecipeError(f"the command in its header has {name} without a value")
        yield from () if name in _OWN_VALUES else _python(name, value)


def _python(name: str, value: str) -> tuple[str, ...]:
    """Write an option; a Python that is named to run the resolver is the one resolved for."""
    if name not in ("--python", "--python-version"):
        return (f"{name}={value}",)
    try:
        release = Version(value).release
    except InvalidVersion:
        return ()
    return (f"--python-version={'.'.join(map(str, release[:2]))}",)
