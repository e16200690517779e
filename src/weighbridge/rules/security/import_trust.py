"""How far what runs by itself can be trusted: when Python starts, or a package is imported."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.rules.security.code_trust import ALLOWED, Opinion, malicious, note, review

if TYPE_CHECKING:
    from weighbridge.model.structure import CodeUse

_RUNNERS: Final = frozenset({"eval", "exec", "execfile", "code", "codeop", "marshal", "runpy"})
_DECODERS: Final = frozenset(
    {
        "base64",
        "binascii",
        "bytes",
        "bz2",
        "codecs",
        "gzip",
        "httpx",
        "lzma",
        "marshal",
        "requests",
        "socket",
        "urllib",
        "urllib2",
        "urllib3",
        "zlib",
    }
)
_ASKING: Final = frozenset({"git", "hg", "ldconfig", "lsb_release", "nvidia-smi", "uname"})
"""Programs that packages ask which version, or which machine, they are of."""

_PROCESS: Final = review("it starts a process, or changes files, when the package is imported")
_TALK: Final = review("it speaks to other machines when the package is imported")
_HIDDEN: Final = review("what it calls is put together on import")
_PROCESSES: Final = """
    _posixsubprocess commands nt os pexpect pip popen2 posix pty shutil subprocess winreg
"""
_NETWORK: Final = """
    aiohttp ftplib http httpx paramiko requests smtplib socket socketserver telnetlib urllib urllib2
    urllib3 webbrowser xmlrpc
"""
_LISTED: Final = {
    **dict.fromkeys(_PROCESSES.split(), _PROCESS),
    **dict.fromkeys(_NETWORK.split(), _TALK),
    "?": review("it is no Python that can be read here"),
    "getattr": _HIDDEN,
}
_LOOKS: Final = (
    "access add_dll_directory chdir cpu_count expanduser get_terminal_size getlogin getpid "
    "getuid isatty listdir makedirs mkdir putenv register_at_fork scandir sched_getaffinity stat "
    "sysconf uname urandom walk"
)
_HARMLESS: Final[dict[str, frozenset[str]]] = {
    "os": frozenset(_LOOKS.split()),
    "shutil": frozenset({"get_terminal_size", "which"}),
    "socket": frozenset({"gethostname", "setdefaulttimeout"}),
    "http": frozenset({"HTTPStatus"}),
    "urllib3": frozenset({"disable_warnings", "util"}),
    "requests": frozenset({"Session", "packages"}),
    "subprocess": frozenset({"STARTUPINFO"}),
}

_OWN_LINES: Final = re.compile(
    r"import os; var = 'SETUPTOOLS_USE_DISTUTILS'; enabled = os\.environ\.get\(var, '\w+'\) == "
    r"'local'; enabled and __import__\('_distutils_hack'\)(\.add_shim\(\))?;?\s*\Z"
    r"|import sys, ?types, ?os; ?(has_mfs = sys\.version_info > \(3, 5\); ?)?p = os\.path\.join\("
    r"sys\._getframe\(1\)\.f_locals\['sitedir'\], \*\([\w', ]+\)\);[^#\"]*\Z"
)
"""Lines setuptools writes: for its copy of distutils, and for packages in several folders."""

_HOOKS: Final = frozenset(
    {
        "distutils.commands",
        "distutils.setup_keywords",
        "egg_info.writers",
        "pytest11",
        "setuptools.file_finders",
        "setuptools.finalize_distribution_options",
        "virtualenv.activate",
    }
)
"""Groups of entry points that widely used programs load without being asked."""


def hook(use: CodeUse) -> Opinion:
    """Say what is known of a line, a module or an entry point that runs by itself."""
    if use.detail == "run when Python starts":
        return ALLOWED if _OWN_LINES.match(use.name) else review("it runs whenever Python starts")
    if use.detail == "imported when Python starts":
        return review("it runs whenever Python starts")
    if use.name in _HOOKS:
        return note("programs load such entry points without being asked")
    return ALLOWED


def called(use: CodeUse) -> Opinion:
    """Say what is known of a call that is made when a module is imported."""
    root = use.name.partition(".")[0].removesuffix("()")
    if root in _RUNNERS:
        given = {name.partition(".")[0] for name in use.detail.removeprefix("given ").split()}
        if given & _DECODERS:
            return malicious("it runs what it decodes, unpacks or fetches")
        return review("it runs what is put together on import")
    if root == "pip" and not use.name.endswith(".main"):
        return ALLOWED
    if use.detail.removeprefix("given the command ") in _ASKING:
        return ALLOWED
    if root in _LISTED and use.name.partition(".")[2].partition("(")[0] in _HARMLESS.get(root, ()):
        return ALLOWED
    return _LISTED.get(root, ALLOWED)
