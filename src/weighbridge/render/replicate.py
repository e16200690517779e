"""The script that replicates a release's environment, as text (POSIX sh, shellcheck clean).

What comes from a manifest stands in it as a quoted word (`shlex.quote`), or not at all. Variables
of the release are set for the command alone: the script's own steps never see them.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

HEAD: Final = """\
#!/bin/sh
# {title}
#
# Replicates the environment of this release on a machine of yours:
#   1. verifies every file of the release by its sha256, in the folder RELEASE;
#   2. makes a virtual environment of exactly {runtime};
#   3. fills it from the lock, by hashes;
#   4. runs COMMAND in it with the variables, threads, seeds and limits of the release: without
#      network, your home, and anything but /tmp and --output to write to, if there is bwrap.
# Nothing is left behind but the folders named by --environment and --output.
#
# What the manifest says stands in single quotes, and is meant as it is:
# shellcheck disable=SC1003,SC2016
set -eu

"""
_USAGE: Final = """\
usage() {
    cat <<'USAGE'
usage: replicate.sh [options] RELEASE [-- COMMAND [ARGUMENT...]]

RELEASE is the folder the release's files lie in. Without COMMAND all is verified and made.

  --environment DIR  keep the virtual environment there; DIR is new or empty
  --find-links DIR   install from the packages in this folder, and from nowhere else
  --python PROGRAM   the Python to make it of; it must be of the exact version
  --build-sources    let packages be built from source; else only wheels are installed
  --output DIR       a folder COMMAND may write to
  --secrets DIR      the folder secrets lie in, a file each
  --network          leave COMMAND the network
  --help             say this, and the steps
USAGE
    printf '\\n'
    steps
}

"""
_BASE: Final = """\
say() {
    printf 'replicate.sh: %s\\n' "$1" >&2
}

fail() {
    say "$1"
    shift
    for hint in "$@"; do
        printf '  help: %s\\n' "$hint" >&2
    done
    exit 1
}

absolute() {
    case $1 in
        /*) printf '%s\\n' "$1" ;;
        *) printf '%s\\n' "$PWD/$1" ;;
    esac
}

"""
_FIND_PYTHON: Final = """\
exact() {
    about='import platform as p; print(p.python_implementation().lower(), p.python_version())'
    [ "$("$1" -I -c "$about" 2>/dev/null)" = "$implementation $version" ]
}

find_python() {
    if [ -n "$python" ]; then
        exact "$python" || fail "$python is not $implementation $version"
    else
        for python in "$short" python3 python ''; do
            if [ -n "$python" ] && exact "$python"; then
                break
            fi
        done
        [ -n "$python" ] || fail "there is no $implementation $version here" \\
            "uv python install $implementation@$version" \\
            "or pyenv install $version" \\
            "and name it: --python PROGRAM"
    fi
    python=$("$python" -I -c 'import sys; print(sys.executable)')
    base=$("$python" -I -c 'import sys; print(sys.base_prefix)')
}

"""
_VERIFY: Final = """\
verify() {
    say 'verifying the files of the release'
    (
        CDPATH='' cd -- "$release"
        sha256sum --check --quiet --strict "$here/artifacts.sha256" >&2
    ) || fail 'the files of the release are not all there as they were' "$remedy"
}

"""
_VERIFY_DIRECTORIES: Final = """\
verify_directories() {
    "$python" -I "$here/directories.py" "$release" "$here/directories.json" >&2 ||
        fail 'the folders of the release are not as they were' "$remedy"
}

"""
_TAKE: Final = """\
take() {
    cp -- "$release/$1" "$2"
    [ "$(sha256sum <"$2" | cut -c 1-64)" = "$3" ] || fail "$1 changed while it was read"
}

"""
_INSTALL: Final = """\
make_environment() {{
    [ -n "$environment" ] || environment=$work/environment
    if [ -e "$environment" ] && [ -n "$(ls -A -- "$environment")" ]; then
        fail "$environment is not empty" 'name a folder that is not there yet'
    fi
    say "making an environment of $implementation $version"
{taken}
    set --{sources}
    [ -z "$links" ] || set -- --no-index --find-links "$links"
    [ -n "$building" ] || set -- "$@" --only-binary :all:
    # Not where the release lies: its folder may hold settings of installers.
    CDPATH='' cd -- "$work"
{installed}
}}

"""
UV_NEEDED: Final = """\
    command -v uv >/dev/null || fail 'uv reads this lock, and there is no uv here' \\
        'pip install uv' 'or seal the release with a lock of format requirements'
"""
WITH_UV: Final = """\
    uv venv --quiet --clear --no-project --no-python-downloads --python "$python" "$environment"
    uv pip install --quiet --link-mode copy --python "$environment/bin/python" "$@" \\
        --require-hashes --no-deps --requirement {lock}
"""
WITH_UV_OR_PIP: Final = """\
    if command -v uv >/dev/null; then
        uv venv --quiet --clear --no-project --no-python-downloads --python "$python" "$environment"
        uv pip install --quiet --link-mode copy --python "$environment/bin/python" "$@" \\
            --require-hashes --no-deps --requirement {lock}
    else
        "$python" -I -m venv "$environment"
        "$environment/bin/python" -I -m pip install --quiet --disable-pip-version-check "$@" \\
            --require-hashes --no-deps --requirement {lock}
    fi
"""
EXPORTED: Final = """\
    uv export --quiet --frozen --no-emit-project --no-default-groups --project "$work/project" \\
        --format requirements-txt --output-file "$work/requirements.txt"
"""
_CONFINED: Final = """\
    if command -v bwrap >/dev/null; then
        set -- --chdir "$release" -- "$@"
        [ -z "$output" ] || set -- --bind "$output" "$output" "$@"
        [ -z "$network" ] || set -- --share-net "$@"
        [ -z "$secrets" ] || set -- --ro-bind "$secrets" "$secrets" "$@"
{bound}        set -- --ro-bind "$base" "$base" --ro-bind "$here" "$here" \\
            --ro-bind "$work" "$work" --ro-bind "$release" "$release" \\
            --ro-bind "$environment" "$environment" --bind "$work/own" "$work/own" "$@"
        # What lies in a home is nothing to the release.
        home=$(CDPATH='' cd -- "${HOME:-/}" && pwd -P)
        [ "$home" = / ] || set -- --tmpfs "$home" "$@"
        set -- bwrap --unshare-all --die-with-parent --new-session --cap-drop ALL \\
            --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp "$@"
    else
        say 'there is no bwrap: COMMAND can reach the network and write where you can'
        CDPATH='' cd -- "$release"
    fi
"""
_SCOPED: Final = """\
    bus=--user
    [ "$(id -u)" != 0 ] || bus=--system
    if systemd-run "$bus" --scope --quiet --collect {scope} -- true 2>/dev/null; then
        set -- systemd-run "$bus" --scope --quiet --collect {scope} -- "$@"
    else
        say 'processor time and memory are not limited: there is no systemd that would'
    fi
"""
_MAIN: Final = """\
release='' environment='' links='' python='' building='' output='' secrets='' network=''
while [ $# -gt 0 ]; do
    case $1 in
        --environment | --find-links | --python | --output | --secrets)
            [ $# -ge 2 ] || fail "$1 names nothing"
            case $1 in
                --environment) environment=$(absolute "$2") ;;
                --find-links) links=$(absolute "$2") ;;
                --python) python=$2 ;;
                --output) output=$(absolute "$2") ;;
                --secrets) secrets=$(absolute "$2") ;;
            esac
            shift 2
            ;;
        --build-sources) building=yes && shift ;;
        --network) network=yes && shift ;;
        --help) usage && exit 0 ;;
        --) shift && break ;;
        -*) usage >&2 && exit 2 ;;
        *)
            [ -z "$release" ] || fail "two folders are named" 'put -- before COMMAND'
            release=$(absolute "$1")
            shift
            ;;
    esac
done
[ -n "$release" ] || { usage >&2 && exit 2; }
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/replicate.XXXXXX")
trap 'rm -rf -- "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM
mkdir "$work/own"
[ -d "$release" ] || fail "$release is no folder"
[ -z "$output" ] || [ -d "$output" ] || fail "$output is no folder"

"""


def script(
    *,
    title: str,
    implementation: str,
    version: str,
    functions: Iterable[str],
    steps: Iterable[str],
    sources: Iterable[str],
    taken: str,
    installed: str,
    secrets: Mapping[str, str],
    directories: bool,
) -> str:
    """Write the script.

    Args:
        title: Name and digest of the release, of letters that no comment ends at.
        implementation: Implementation of Python.
        version: Its version.
        functions: Functions `run` and `check_machine`, as text.
        steps: What people are told, a line each.
        sources: Options of pip and uv that name where packages are found, as words of a shell.
        taken: Lines that copy the lock and verify the copy.
        installed: Lines that install from it.
        secrets: As `run_function` has them.
        directories: Whether the release has directories.
    """
    told = "".join(f"    printf '%s\\n' {shlex.quote(line)}\n" for line in steps)
    parts = [
        HEAD.format(title=title, runtime=f"{implementation} {version}"),
        # First of all, since the script's own variables may be called the same.
        "".join(
            f"{_kept(index)}=${{{own}-}}\n" for index, own in enumerate(secrets.values(), start=1)
        ),
        *_known(implementation, version),
        f"\nsteps() {{\n{told}}}\n\n",
        _USAGE,
        _BASE,
        _FIND_PYTHON,
        _VERIFY,
        _VERIFY_DIRECTORIES if directories else "",
        _TAKE if "    take " in taken else "",
        _INSTALL.format(
            taken=taken.rstrip("\n"),
            sources="".join(f" {one}" for one in sources),
            installed=installed.rstrip("\n"),
        ),
        *functions,
        _MAIN,
        "find_python\n",
        "check_machine\n",
        "verify\n",
        "verify_directories\n" if directories else "",
        "make_environment\n",
        "if [ $# -eq 0 ]; then\n    say 'all is verified and made'\n    exit 0\nfi\n",
        "steps >&2\n",
        'status=0\nrun "$@" || status=$?\nexit "$status"\n',
    ]
    return "".join(parts)


def _known(implementation: str, version: str) -> Iterator[str]:
    """Yield the variables the steps of the script read."""
    known = {
        "implementation": implementation,
        "version": version,
        "short": f"python{'.'.join(version.split('.')[:2])}",
        "remedy": "bring them here anew: weighbridge pull",
    }
    for name, value in known.items():
        yield f"{name}={shlex.quote(value)}\n"


def _bound(path: str) -> str:
    place = shlex.quote(path)
    return f'        set -- --ro-bind-try {place} {place} "$@"\n'


def take(path: str, to: str, digest: str) -> str:
    """Write the line that copies a file of the release and verifies the copy."""
    known = digest.removeprefix("sha256:")
    return f'    take {shlex.quote(path)} "$work/{to}" {known}\n'


def _kept(index: int) -> str:
    return f"secret_of_the_release_{index}"


def run_function(
    variables: Mapping[str, str],
    *,
    known: Iterable[str],
    limits: Iterable[str],
    secrets: Mapping[str, str],
    files: Iterable[str],
    scope: Iterable[str],
) -> str:
    """Write the function that runs a command as the release asks for; innermost comes first.

    Args:
        variables: Variables of the release.
        known: Assignments the script knows the values of, as words of a shell.
        limits: Options of prlimit(1).
        secrets: Variables that hold secrets, with the variable of whoever runs the script.
        files: Files of the machine that it reads, too.
        scope: Properties of a unit that limit it (systemd.resource-control(5)).
    """
    lines = ["run() {"]
    if secrets:
        # Through files: arguments of programs are everybody's to see.
        lines += ['    mkdir -m 0700 "$work/secrets"']
        for index, (name, own) in enumerate(secrets.items(), start=1):
            told = f"{shlex.quote(f'{own} is not set')} {shlex.quote(f'export {own}=…')}"
            lines += [
                f'    [ -n "${_kept(index)}" ] || fail {told}',
                f'    printf \'%s\\n\' "${_kept(index)}" >"$work/secrets/{name}"',
            ]
        given = " ".join(f'{name}="$(cat "$1/{name}")"' for name in secrets)
        inner = f'export {given}; shift; exec "$@"'
        lines += [f'    set -- /bin/sh -c {shlex.quote(inner)} sh "$work/secrets" "$@"']
    lines += ["    set -- env -i \\"]
    lines += [f"        {one} \\" for one in known]
    lines += [f"        {shlex.quote(f'{name}={value}')} \\" for name, value in variables.items()]
    lines += ['        "$@"']
    found = " ".join(limits)
    if found:
        lines += [
            "    command -v prlimit >/dev/null || fail 'there is no prlimit' 'install util-linux'",
            f'    set -- prlimit {found} -- "$@"',
        ]
    properties = " ".join(scope)
    parts = [
        "\n".join(lines),
        "\n",
        _CONFINED.replace("{bound}", "".join(map(_bound, files))),
        _SCOPED.format(scope=properties) if properties else "",
        '    "$@"\n}\n\n',
    ]
    return "".join(parts)
