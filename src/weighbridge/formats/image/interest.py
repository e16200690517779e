"""Which files of an image are looked into, and what is known of others by their names.

Paths are as an archive has them, without a leading `/`; they are compared letter by letter.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final


class Interest(Enum):
    """What a file is read for."""

    OS_RELEASE = "os-release"
    DPKG = "dpkg"
    APK = "apk"
    METADATA = "metadata"
    LISTING = "listing"
    RPM = "rpm"
    OTHER_RPM = "rpm of another kind"
    MODEL = "model"
    KEY = "key"


_WHOLE: Final = {
    "etc/os-release": Interest.OS_RELEASE,
    "usr/lib/os-release": Interest.OS_RELEASE,
    "var/lib/dpkg/status": Interest.DPKG,
    "lib/apk/db/installed": Interest.APK,
    "usr/lib/apk/db/installed": Interest.APK,
}
STATUS_FOLDER: Final = "var/lib/dpkg/status.d/"
_METADATA: Final = re.compile(
    r"(?:.*/)?[^/]+\.(?:dist-info/METADATA|egg-info(?:/PKG-INFO)?)", re.DOTALL
)

_RPM: Final = ("var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm")
RPM: Final = tuple(f"{folder}/rpmdb.sqlite" for folder in _RPM)
"""Where rpm keeps what is installed: in SQLite, since Fedora 33 and RHEL 9."""
_WHOLE.update(dict.fromkeys(RPM, Interest.RPM))
# Berkeley's, rpm's own, and what was not yet written into SQLite's.
_WHOLE.update(
    (f"{folder}/{name}", Interest.OTHER_RPM)
    for folder in _RPM
    for name in ("Packages", "Packages.db", "rpmdb.sqlite-wal")
)

_MANAGERS: Final = frozenset(
    {
        "apk",
        "apt",
        "apt-get",
        "aptitude",
        "conda",
        "dnf",
        "dnf5",
        "dpkg",
        "mamba",
        "micromamba",
        "microdnf",
        "pacman",
        "pip",
        "pip3",
        "rpm",
        "tdnf",
        "uv",
        "yum",
        "zypper",
    }
)
_PROGRAMS: Final = re.compile(r"(?:.*/)?s?bin/([^/]+)", re.DOTALL)

# By name alone: nothing else is called so.
_SECRETS: Final = (
    (re.compile(r"(?:.*/)?\.ssh/id_[a-z0-9_]+"), "SSH key"),
    (re.compile(r"etc/ssh/ssh_host_[a-z0-9]+_key"), "SSH host key"),
    (re.compile(r"(?:.*/)?\.aws/credentials"), "AWS credentials"),
    (re.compile(r"(?:.*/)?\.azure/(?:accessTokens|msal_token_cache)\.\w+"), "Azure tokens"),
    (
        re.compile(r"(?:.*/)?gcloud/(?:application_default_)?credentials\.(?:json|db)"),
        "Google credentials",
    ),
    (re.compile(r"(?:.*/)?\.docker/config\.json"), "registry login"),
    (re.compile(r"(?:.*/)?\.kube/config|etc/kubernetes/admin\.conf"), "Kubernetes login"),
    (re.compile(r"(?:.*/)?[._]netrc"), "netrc"),
    (re.compile(r"(?:.*/)?\.git-credentials"), "git credentials"),
    (re.compile(r"(?:.*/)?\.pypirc"), "PyPI login"),
    (re.compile(r"(?:.*/)?\.pgpass"), "PostgreSQL password"),
    (re.compile(r"(?:.*/)?\.cache/huggingface/token"), "Hugging Face token"),
    (re.compile(r"(?:.*/)?kaggle\.json"), "Kaggle token"),
    (re.compile(r"run/secrets/(?!rhsm|etc-pki|redhat).+", re.DOTALL), "build secret"),
    (re.compile(r"(?:.*/)?\.env(?:\.(?:local|prod|production|staging))?"), "environment file"),
    (re.compile(r"(?:.*/)?[^/]+\.(?:p12|pfx|jks|keystore|ppk)"), "key store"),
)
_HINTS: Final = (
    ".ssh/",
    "ssh_host_",
    "credentials",
    ".azure/",
    ".docker/",
    ".kube/",
    "admin.conf",
    "netrc",
    ".pypirc",
    ".pgpass",
    "huggingface/token",
    "kaggle.json",
    "run/secrets/",
    ".env",
    ".p12",
    ".pfx",
    ".jks",
    ".keystore",
    ".ppk",
)
"""One of them is in every such name; of nearly every file the answer is no, and must be quick."""
_MAY_BE_KEYS: Final = (".pem", ".key")
_PRIVATE: Final = re.compile(rb"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY-----")
# Keys that every installation of a package has: they protect nothing.
_PUBLISHED: Final = re.compile(r"(?:.*/)?(?:tests?|testing|test_?data|examples?)/.*", re.DOTALL)
KEY: Final = "private key"


def interest(path: str) -> Interest | None:
    """Tell what a file is read for; None if it is not."""
    found = _WHOLE.get(path)
    if found is not None:
        return found
    if path.endswith((".dist-info/RECORD", ".md5sums")):
        return Interest.LISTING
    if path.startswith(STATUS_FOLDER):
        return Interest.DPKG
    if path.endswith(_MAY_BE_KEYS):
        return None if _PUBLISHED.fullmatch(path) else Interest.KEY
    if "-info" in path and _METADATA.fullmatch(path):
        return Interest.METADATA
    return None


def secret(path: str) -> str:
    """Say what credential a file holds by its name; empty if it is called like none."""
    if not any(hint in path for hint in _HINTS):
        return ""
    return next((what for form, what in _SECRETS if form.fullmatch(path)), "")


def holds_key(content: bytes) -> bool:
    """Tell whether a file begins with a private key."""
    return _PRIVATE.search(content) is not None


def is_manager(path: str) -> bool:
    """Tell whether a file is a program that installs packages."""
    found = _PROGRAMS.fullmatch(path)
    return found is not None and found[1] in _MANAGERS
