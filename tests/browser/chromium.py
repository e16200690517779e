"""Debian's Chromium without a window, which sees the same fonts on every machine."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from playwright.sync_api import sync_playwright

from tests.tools import DEBIAN, tool_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

_PROGRAM: Final = DEBIAN / "usr/lib/chromium/chromium-headless-shell"
_FLAGS: Final = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
    # No name is looked up, whoever asks for it.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    # Letters and corners have the same edges on every machine, each time.
    "--disable-lcd-text",
    "--disable-partial-raster",
    "--font-render-hinting=none",
)
_FAMILIES: Final = {
    "sans-serif": "DejaVu Sans",
    "system-ui": "DejaVu Sans",
    "serif": "DejaVu Serif",
    "monospace": "DejaVu Sans Mono",
}
_ALIAS: Final = """\
<alias binding="same"><family>{name}</family><prefer><family>{family}</family></prefer></alias>
"""
_FONTS: Final = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
<dir>{fonts}</dir>
<cachedir>{cache}</cachedir>
{aliases}</fontconfig>
"""


@contextlib.contextmanager
def chromium(folder: Path) -> Iterator[Browser]:
    """Run it; what it remembers is gone at the end.

    Args:
        folder: For its fonts' settings.
    """
    assert _PROGRAM.exists(), "there is no Chromium: run `make tools`"
    fonts = folder / "fonts.conf"
    aliases = "".join(_ALIAS.format(name=one, family=two) for one, two in _FAMILIES.items())
    of_debian, cache = DEBIAN / "usr/share/fonts", folder / "fonts"
    fonts.write_text(_FONTS.format(fonts=of_debian, cache=cache, aliases=aliases))
    environ = tool_environment() | {"FONTCONFIG_FILE": str(fonts), "TZ": "UTC"}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_PROGRAM, env={**environ}, args=[*_FLAGS], chromium_sandbox=False
        )
        try:
            yield browser
        finally:
            browser.close()
