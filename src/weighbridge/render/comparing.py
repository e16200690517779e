"""The part of `replicate.sh` that compares the machine with what a release asks for.

What differs of the operating system is said: the release's image is another one. A setting of the
kernel that differs ends the script, since it cannot be set for one command alone.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.rendering import Order

_UNPRINTED: Final = re.compile(
    r"[^\n\t -~\xa1-\u1fff\u2010-\u2027\u2030-\u205f\u2070-\ufefe\uff00-\U0010ffff]"
)
"""Controls of terminals, and those that turn or hide text."""


def check_machine(order: Order) -> str:
    """Write the function that compares the machine with what the release asks for."""
    lines = [*_check_system(order), *_check_kernel(order)]
    return "\n".join(["check_machine() {", *lines, "    :", "}", "", ""])


def _check_system(order: Order) -> Iterator[str]:
    """Say what differs of the operating system: it is not the release's image, and goes on."""
    system = order.release.spec.environment.os
    if system is None:
        return
    wanted = " ".join(filter(None, (system.distribution, system.release)))
    form, more = ("%s %s", ' "${VERSION_ID:-}"') if system.release else ("%s", "")
    asked = f'. /etc/os-release && printf "{form}" "$ID"{more}'
    yield f"    seen=$(sh -c {shlex.quote(asked)} 2>/dev/null || :)"
    yield f'    [ "$seen" = {shlex.quote(wanted)} ] ||'
    yield f'        say "this machine is ${{seen:-unknown}}, not "{shlex.quote(wanted)}'
    for one in system.packages or ():
        pinned, name = shlex.quote(f"{one.name}={one.version}"), shlex.quote(one.name)
        form = "'${Package}=${Version}'"
        yield f"    seen=$(dpkg-query -W -f {form} {name} 2>/dev/null || :)"
        yield f'    [ "$seen" = {pinned} ] ||'
        yield f'        say "${{seen:-nothing}} is installed, not "{pinned}'


def _check_kernel(order: Order) -> Iterator[str]:
    """Go no further where a setting of the kernel is another: a script cannot set it for one."""
    own = order.release.spec.environment.system
    for setting in (own.sysctls if own is not None else None) or ():
        name = setting.name.replace("/", ".")
        place = shlex.quote(f"/proc/sys/{name.replace('.', '/')}")
        value = " ".join(setting.value.split())
        told = shlex.quote(shown(f"{name} is not {value} here"))
        hint = shlex.quote(shown(f"sysctl -w {shlex.quote(f'{name}={setting.value}')}"))
        yield f"    seen=$(tr -s '[:space:]' ' ' 2>/dev/null <{place} | sed 's/ $//' || :)"
        yield f'    [ "$seen" = {shlex.quote(value)} ] || fail {told} {hint}'


def shown(text: str) -> str:
    """Write a text so that it tells a terminal nothing but itself."""
    return _UNPRINTED.sub(lambda one: f"\\u{ord(one[0]):04x}", text)
