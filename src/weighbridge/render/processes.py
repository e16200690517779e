"""A unit's service that runs a command in the environment `replicate.sh` made, without an image.

It has a user of its own, sees the system read-only and nobody's home, and gains no rights. What
only containers have of their own, such as settings of the kernel, is refused.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from weighbridge.model.location import pointer
from weighbridge.render.configuration import FOLDER
from weighbridge.render.containers import notice_variable, unit_limits
from weighbridge.render.hardening import SERVER
from weighbridge.render.machine import accelerators, user_limits
from weighbridge.render.unit_file import assignment, command, holds, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.rendering import Order, Remarks
    from weighbridge.render.configuration import Configuration
    from weighbridge.render.containers import Place
    from weighbridge.render.machine import Handed

_PATH: Final = "/usr/local/bin:/usr/bin:/bin"
_IMAGE: Final = "or name an image: spec.environment.image.{ref, digest}"


def process_service(
    order: Order,
    remarks: Remarks,
    configured: Configuration,
    handed: tuple[Handed, ...],
    place: Place,
) -> Iterator[tuple[str, object]]:
    """Yield the settings of the service."""
    options = order.options
    _refuse_what_only_images_have(order, remarks)
    environment = f"{place.folder}/environment"
    yield "Type", "exec"
    if options["user"]:
        user, _, group = options["user"].partition(":")
        yield "User", user
        yield "Group", group or user
    else:
        yield "DynamicUser", "yes"
    yield "WorkingDirectory", f"{place.folder}/release"
    yield from _variables(remarks, configured, place, f"{environment}/bin")
    yield from _secrets(order, remarks, handed)
    yield from unit_limits(order, remarks)
    for name, soft, hard in user_limits(order, remarks):
        both = ":".join("infinity" if one < 0 else str(one) for one in (soft, hard))
        yield f"Limit{name.upper()}", both
    yield "ExecStart", command(*_words(order, remarks), *configured.arguments)
    yield "TimeoutStartSec", f"{options['startSeconds']}s"
    yield "TimeoutStopSec", f"{options['graceSeconds']}s"
    yield "CapabilityBoundingSet", ""
    real_time = any(name == "rtprio" for name, _, _ in user_limits(order, remarks))
    yield from (one for one in SERVER if not (real_time and one[0] == "RestrictRealtime"))


def _refuse_what_only_images_have(order: Order, remarks: Remarks) -> None:
    spec = order.release.spec
    own = spec.environment.system
    if own is not None and own.sysctls:
        remarks.refuse(
            "settings of the kernel would be the whole machine's, without a container",
            "/spec/environment/system/sysctls",
            "set them where the machine is set up (sysctl.d), and take them out of the release",
            _IMAGE,
        )
    for at, one in accelerators(order):
        remarks.refuse(
            "a unit without a container is not given accelerators by their number",
            at,
            "name an image: spec.environment.image.{ref, digest}",
            "or leave them out, on a machine of the release's own",
            seen=f"{one.count} of {one.type}",
        )
    if order.options["model"]:
        remarks.refuse(
            "an image that holds the model is mounted by engines of containers alone",
            "",
            "leave the option model out: replicate.sh lays the artifacts into the folder `release`",
            _IMAGE,
            seen=f"model={order.options['model']}",
        )


def _words(order: Order, remarks: Remarks) -> list[str]:
    """Split the command into its words, as a shell does."""
    text = order.options["command"]
    try:
        words = shlex.split(text)
    except ValueError as error:
        remarks.refuse(
            f"the option command has no words: {error}", "", "close its quotes", seen=text
        )
        words = []
    if not text:
        remarks.refuse(
            "the release names no image, and no command is said that would serve it",
            "/spec/environment/image",
            "say one, for the environment that replicate.sh of target sandbox makes: "
            "command='uvicorn app:app --port 18082'",
            _IMAGE,
        )
    return words


def _variables(
    remarks: Remarks, configured: Configuration, place: Place, programs: str
) -> Iterator[tuple[str, object]]:
    known = dict(configured.variables)
    if known["WEIGHBRIDGE_CONFIG"] == FOLDER:
        known["WEIGHBRIDGE_CONFIG"] = f"{place.folder}/configuration"
    known["PATH"] = f"{programs}:{known.get('PATH', _PATH)}"
    for name, value in sorted(known.items()):
        if not holds(value):
            remarks.refuse(
                f"systemd takes no control characters in a variable, and {name} has some",
                f"/spec/environment/system/env{pointer(name)}",
                "write it without",
                _IMAGE,
            )
        yield "Environment", assignment(name, value)


def _secrets(
    order: Order, remarks: Remarks, handed: tuple[Handed, ...]
) -> Iterator[tuple[str, object]]:
    if any(one.variable for one in handed):
        yield "EnvironmentFile", f"{order.options['secrets']}/environment"
    for one in handed:
        if one.variable:
            notice_variable(order, remarks, one)
            continue
        if ":" in one.file:
            remarks.refuse(
                "systemd ends the path of a credential at a colon",
                f"{one.secret.pointer}/name",
                "keep the secret in a file without one",
                seen=one.file,
            )
        yield "LoadCredential", f"{one.label}:{plain(one.file)}"
        yield "Environment", f'"{one.secret.variable}_FILE=%d/{one.label}"'
