"""What a Python package says its licence is, as an SPDX expression.

Its `License-Expression` (PEP 639); else the words of its `License` field or its classifiers, where
a closed table knows them and they name one licence. Words that name a family (`BSD`) say nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.codec.licences.expressions import LicenceError, canonical_expression

if TYPE_CHECKING:
    from weighbridge.model.fact import Distribution

_CLASSIFIERS: Final = {
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: Boost Software License 1.0 (BSL-1.0)": "BSL-1.0",
    "License :: OSI Approved :: GNU Affero General Public License v3": "AGPL-3.0-only",
    "License :: OSI Approved :: GNU Affero General Public License v3 or later (AGPLv3+)": (
        "AGPL-3.0-or-later"
    ),
    "License :: OSI Approved :: GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "License :: OSI Approved :: GNU General Public License v2 or later (GPLv2+)": (
        "GPL-2.0-or-later"
    ),
    "License :: OSI Approved :: GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "License :: OSI Approved :: GNU General Public License v3 or later (GPLv3+)": (
        "GPL-3.0-or-later"
    ),
    "License :: OSI Approved :: GNU Lesser General Public License v2 or later (LGPLv2+)": (
        "LGPL-2.0-or-later"
    ),
    "License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "License :: OSI Approved :: GNU Lesser General Public License v3 or later (LGPLv3+)": (
        "LGPL-3.0-or-later"
    ),
    "License :: OSI Approved :: ISC License (ISCL)": "ISC",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: MIT No Attribution License (MIT-0)": "MIT-0",
    "License :: OSI Approved :: Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "License :: OSI Approved :: Python Software Foundation License": "PSF-2.0",
    "License :: OSI Approved :: The Unlicense (Unlicense)": "Unlicense",
    "License :: OSI Approved :: Zero-Clause BSD (0BSD)": "0BSD",
    "License :: OSI Approved :: zlib/libpng License": "Zlib",
    "License :: Other/Proprietary License": "LicenseRef-Proprietary",
}
_FAMILIES: Final = frozenset(
    {
        "License :: OSI Approved",
        "License :: OSI Approved :: BSD License",
        "License :: DFSG approved",
    }
)
"""Classifiers that name no one licence, and so contradict none."""

_TEXTS: Final = {
    "apache": "Apache-2.0",
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "apache software license 2.0": "Apache-2.0",
    "bsd 2-clause": "BSD-2-Clause",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "3-clause bsd": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "new bsd": "BSD-3-Clause",
    "new bsd license": "BSD-3-Clause",
    "modified bsd": "BSD-3-Clause",
    "modified bsd license": "BSD-3-Clause",
    "gplv2": "GPL-2.0-only",
    "gplv3": "GPL-3.0-only",
    "gplv3+": "GPL-3.0-or-later",
    "isc license": "ISC",
    "lgplv3": "LGPL-3.0-only",
    "lgplv3+": "LGPL-3.0-or-later",
    "lgplv2+": "LGPL-2.0-or-later",
    "mit license": "MIT",
    "the mit license": "MIT",
    "mpl 2.0": "MPL-2.0",
    "mozilla public license 2.0": "MPL-2.0",
    "nvidia proprietary software": "LicenseRef-NVIDIA-Proprietary",
    "psf": "PSF-2.0",
    "psf license": "PSF-2.0",
    "python software foundation license": "PSF-2.0",
    "proprietary": "LicenseRef-Proprietary",
    "the unlicense": "Unlicense",
}


def declared_licence(distribution: Distribution) -> str:
    """Return the licence a package declares, as an SPDX expression; empty if it is not known."""
    for text in (distribution.license, distribution.license_text):
        found = _expression(text) or _TEXTS.get(_plain(text), "")
        if found:
            return found
    named = [
        word
        for word in distribution.classifiers
        if word.startswith("License ::") and word not in _FAMILIES
    ]
    known = {_CLASSIFIERS.get(word, "") for word in named}
    # Of two nobody says whether both hold or one may be chosen.
    return known.pop() if len(known) == 1 else ""


def _expression(text: str) -> str:
    if not text:
        return ""
    try:
        return canonical_expression(text)
    except LicenceError:
        return ""


def _plain(text: str) -> str:
    return " ".join(text.lower().replace(",", " ").replace('"', "").split())
