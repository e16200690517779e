#!/bin/sh
# file-type-detector@1.4.0, sha256:e7609c66b4ec97c1e9e4fe1977f2b582b86efe6f8a1afadba8d133a7517bf6ef
#
# Replicates the environment of this release on a machine of yours:
#   1. verifies every file of the release by its sha256, in the folder RELEASE;
#   2. makes a virtual environment of exactly cpython 3.11.7;
#   3. fills it from the lock, by hashes;
#   4. runs COMMAND in it with the variables, threads, seeds and limits of the release: without
#      network, your home, and anything but /tmp and --output to write to, if there is bwrap.
# Nothing is left behind but the folders named by --environment and --output.
#
# What the manifest says stands in single quotes, and is meant as it is:
# shellcheck disable=SC1003,SC2016
set -eu

implementation=cpython
version=3.11.7
short=python3.11
remedy='bring them here anew: weighbridge pull'

steps() {
    printf '%s\n' 'The script itself:'
    printf '%s\n' '  1. verifies every file of the release by its sha256'
    printf '%s\n' '  2. makes a virtual environment of exactly cpython 3.11.7'
    printf '%s\n' '  3. fills it from the runtime lock, by hashes'
    printf '%s\n' '  4. runs COMMAND in it with the variables, seeds and limits of the release'
    printf '%s\n' 'Its server is started with these arguments:'
    printf '%s\n' '  --verbose --max-batch-size=32'
    printf '%s\n' 'The manifest adds:'
    printf '%s\n' '  Use the holdout of October.'
}

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
    printf '\n'
    steps
}

say() {
    printf 'replicate.sh: %s\n' "$1" >&2
}

fail() {
    say "$1"
    shift
    for hint in "$@"; do
        printf '  help: %s\n' "$hint" >&2
    done
    exit 1
}

absolute() {
    case $1 in
        /*) printf '%s\n' "$1" ;;
        *) printf '%s\n' "$PWD/$1" ;;
    esac
}

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
        [ -n "$python" ] || fail "there is no $implementation $version here" \
            "uv python install $implementation@$version" \
            "or pyenv install $version" \
            "and name it: --python PROGRAM"
    fi
    python=$("$python" -I -c 'import sys; print(sys.executable)')
    base=$("$python" -I -c 'import sys; print(sys.base_prefix)')
}

verify() {
    say 'verifying the files of the release'
    (
        CDPATH='' cd -- "$release"
        sha256sum --check --quiet --strict "$here/artifacts.sha256" >&2
    ) || fail 'the files of the release are not all there as they were' "$remedy"
}

make_environment() {
    [ -n "$environment" ] || environment=$work/environment
    if [ -e "$environment" ] && [ -n "$(ls -A -- "$environment")" ]; then
        fail "$environment is not empty" 'name a folder that is not there yet'
    fi
    say "making an environment of $implementation $version"

    set --
    [ -z "$links" ] || set -- --no-index --find-links "$links"
    [ -n "$building" ] || set -- "$@" --only-binary :all:
    # Not where the release lies: its folder may hold settings of installers.
    CDPATH='' cd -- "$work"
    if command -v uv >/dev/null; then
        uv venv --quiet --clear --no-project --no-python-downloads --python "$python" "$environment"
        uv pip install --quiet --link-mode copy --python "$environment/bin/python" "$@" \
            --require-hashes --no-deps --requirement "$release/"requirements.lock
    else
        "$python" -I -m venv "$environment"
        "$environment/bin/python" -I -m pip install --quiet --disable-pip-version-check "$@" \
            --require-hashes --no-deps --requirement "$release/"requirements.lock
    fi
}

check_machine() {
    seen=$(tr -s '[:space:]' ' ' 2>/dev/null </proc/sys/net/ipv4/tcp_fin_timeout | sed 's/ $//' || :)
    [ "$seen" = 30 ] || fail 'net.ipv4.tcp_fin_timeout is not 30 here' 'sysctl -w net.ipv4.tcp_fin_timeout=30'
    :
}

run() {
    set -- env -i \
        "HOME=$work/own" \
        "TMPDIR=$work/own" \
        "PATH=$environment/bin:"/usr/local/bin:/usr/bin:/bin \
        "WEIGHBRIDGE_CONFIG=$here/configuration" \
        BLOCKLIST_TOKEN_FILE="${secrets:-$here/secrets}/blocklist-token" \
        PYTHONHASHSEED=7 \
        WEIGHBRIDGE_SEED_PYTHON=7 \
        WEIGHBRIDGE_SEED_TORCH=11 \
        'GREETING=it'"'"'s $5, "100 %"
or so' \
        MAX_BATCH_SIZE=32 \
        MKL_NUM_THREADS=2 \
        OMP_NUM_THREADS=2 \
        OPENBLAS_NUM_THREADS=2 \
        OTEL_PROPAGATORS=tracecontext \
        OTEL_RESOURCE_ATTRIBUTES=service.version=1.4.0,weighbridge.release=sha256:e7609c66b4ec97c1e9e4fe1977f2b582b86efe6f8a1afadba8d133a7517bf6ef \
        OTEL_SERVICE_NAME=file-type-detector \
        OTEL_TRACES_SAMPLER=parentbased_traceidratio \
        OTEL_TRACES_SAMPLER_ARG=0.05 \
        WEIGHBRIDGE_RELEASE=sha256:e7609c66b4ec97c1e9e4fe1977f2b582b86efe6f8a1afadba8d133a7517bf6ef \
        "$@"
    if command -v bwrap >/dev/null; then
        set -- --chdir "$release" -- "$@"
        [ -z "$output" ] || set -- --bind "$output" "$output" "$@"
        [ -z "$network" ] || set -- --share-net "$@"
        [ -z "$secrets" ] || set -- --ro-bind "$secrets" "$secrets" "$@"
        set -- --ro-bind "$base" "$base" --ro-bind "$here" "$here" \
            --ro-bind "$work" "$work" --ro-bind "$release" "$release" \
            --ro-bind "$environment" "$environment" --bind "$work/own" "$work/own" "$@"
        # What lies in a home is nothing to the release.
        home=$(CDPATH='' cd -- "${HOME:-/}" && pwd -P)
        [ "$home" = / ] || set -- --tmpfs "$home" "$@"
        set -- bwrap --unshare-all --die-with-parent --new-session --cap-drop ALL \
            --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp "$@"
    else
        say 'there is no bwrap: COMMAND can reach the network and write where you can'
        CDPATH='' cd -- "$release"
    fi
    bus=--user
    [ "$(id -u)" != 0 ] || bus=--system
    if systemd-run "$bus" --scope --quiet --collect -p CPUQuota=150.0% -p MemoryMax=536870912 -- true 2>/dev/null; then
        set -- systemd-run "$bus" --scope --quiet --collect -p CPUQuota=150.0% -p MemoryMax=536870912 -- "$@"
    else
        say 'processor time and memory are not limited: there is no systemd that would'
    fi
    "$@"
}

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

find_python
check_machine
verify
make_environment
if [ $# -eq 0 ]; then
    say 'all is verified and made'
    exit 0
fi
steps >&2
status=0
run "$@" || status=$?
exit "$status"
