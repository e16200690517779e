from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.tools import tool, tool_environment
from weighbridge.adapters.sandbox.bubblewrap import open_bubblewrap
from weighbridge.adapters.sandbox.filter import filter_program
from weighbridge.adapters.sandbox.interpreter import named_interpreter, this_interpreter
from weighbridge.adapters.sandbox.plain import LimitedProcess
from weighbridge.adapters.sandbox.trace import Trace
from weighbridge.model.errors import UnavailableError
from weighbridge.model.sandbox import Act, Bound, Confined, Deed, SandboxLimits, Scratch

if TYPE_CHECKING:
    from weighbridge.model.sandbox import Ran, Sandbox

PROGRAM = this_interpreter()
LIMITS = SandboxLimits(seconds=20, wall=60, memory=1 << 30, written=1 << 20, output=1 << 10)
IDLE = "import time\nwhile True: time." + "sleep(9)"


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return open_bubblewrap(tool_environment() | {"PATH": str(tool("bwrap").parent)}, tracing=True)


def python(
    code: str, *bounds: Bound, limits: SandboxLimits = LIMITS, traced: bool = True
) -> Confined:
    return Confined(
        command=(PROGRAM.program, "-I", "-S", "-c", code),
        bounds=(*PROGRAM.bounds, *bounds),
        limits=limits,
        traced=traced,
    )


def did(ran: Ran, deed: Deed) -> set[str]:
    return {act.what for act in ran.acts if act.deed is deed}


def test_each_deed_is_seen_and_none_reaches_out(sandbox: Sandbox, tmp_path: Path) -> None:
    secret, canary = tmp_path / "secret", tmp_path / "canary"
    secret.write_text("mine")
    code = f"""
import os, socket, subprocess
def attempt(deed):
    try: deed()
    except OSError as error: print(type(error).__name__)
    else: print("done")
attempt(lambda: open({str(secret)!r}))
attempt(lambda: open({str(canary)!r}, "w"))
attempt(lambda: open("/tmp/inside", "w"))
attempt(lambda: open("/outside", "w"))
attempt(lambda: socket.create_connection(("127.0.0.1", 9)))
attempt(lambda: subprocess.run(["true", "a b"]))
attempt(lambda: os.listdir({str(Path.home() / ".ssh")!r}))
print(os.getuid(), os.environ.get("PATH"), len(os.listdir(os.environ["HOME"])))
"""
    ran = sandbox.run(python(code))
    assert ran.code == 0, ran.errors
    gone = "FileNotFoundError"
    assert ran.output.decode().split("\n")[:7] == [
        *(gone, gone, "done", "OSError", "ConnectionRefusedError", "done", gone)
    ]
    assert ran.output.decode().split("\n")[7] == "65534 /usr/bin:/bin 0"
    assert str(secret) in did(ran, Deed.OPENED)
    assert {str(canary), "/tmp/inside", "/outside"} <= did(ran, Deed.WRITTEN)  # noqa: S108 - inside
    assert did(ran, Deed.CONNECTED) == {"127.0.0.1:9"}
    assert {started.partition(" ")[2] for started in did(ran, Deed.STARTED)} == {"a b"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret"]


def test_only_what_is_bound_to_be_written_can_be(sandbox: Sandbox, tmp_path: Path) -> None:
    read, write = tmp_path / "read", tmp_path / "write"
    read.write_text("old")
    write.write_text("old")
    code = f"""
open({str(write)!r}, "w").write(open("/given").read() + " new")
open("/given", "w")
"""
    bounds = (Bound(source=str(read), target="/given"), Bound(source=str(write), writable=True))
    ran = sandbox.run(python(code, *bounds, traced=False))
    assert b"Read-only file system" in ran.errors
    assert (read.read_text(), write.read_text()) == ("old", "old new")
    assert ran.acts == ()


@pytest.mark.parametrize(
    ("code", "limits", "stopped", "exit_"),
    [
        ("import os\nwhile True: os.fork()", {}, "it started more than 64 processes", None),
        ("while True: pass", {"seconds": 1}, "", 137),
        (IDLE, {"wall": 0.5}, "it ran for 0.5 seconds", None),
        ("bytearray(1 << 31)", {}, "", 1),
        ("open('/tmp/x', 'wb').write(bytes(1 << 21))", {}, "", 1),
        ("while True: open('/dev/null')", {"trace": 1 << 16}, "its trace is", None),
    ],
    ids=["fork bomb", "endless loop", "endless wait", "memory", "disk", "endless trace"],
)
def test_whoever_goes_over_a_limit_is_ended(
    code: str, limits: dict[str, int], stopped: str, exit_: int | None, sandbox: Sandbox
) -> None:
    mark = f"# {os.getpid()} {stopped or exit_}"
    ran = sandbox.run(python(f"{code}\n{mark}", limits=replace(LIMITS, **limits)))
    assert ran.stopped.startswith(stopped)
    assert bool(ran.stopped) == bool(stopped)
    assert exit_ in {None, ran.code}
    assert mark not in running()


def running() -> str:
    """Return the command lines of every process of this machine."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found.append(place.read_text(errors="replace"))
    return "\n".join(found)


def test_nothing_of_ours_is_open_inside(sandbox: Sandbox) -> None:
    ran = sandbox.run(python("import os; print(sorted(os.listdir('/proc/self/fd')))"))
    assert ran.output == b"['0', '1', '2', '3']\n"  # the last one is the listing's own


def test_calls_that_work_past_the_trace_do_not_exist(sandbox: Sandbox) -> None:
    code = """
import ctypes
call = ctypes.CDLL(None, use_errno=True).syscall
print(call(425, 1, 0), ctypes.get_errno())
"""
    assert sandbox.run(python(code)).output == b"-1 38\n"


def test_what_is_printed_is_cut_and_proves_nothing(sandbox: Sandbox) -> None:
    code = "import sys\nsys.stderr.write('bwrap: no')\nprint('x' * 100000)\nsys.exit(1)"
    ran = sandbox.run(python(code))
    assert (ran.code, len(ran.output), ran.errors) == (1, 1 << 10, b"bwrap: no")


def test_without_its_programs_nothing_is_run(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="there is no bwrap") as caught:
        open_bubblewrap({"PATH": str(tmp_path)}, tracing=False)
    assert caught.value.faults[0].help[0] == "apt install bubblewrap"
    (tmp_path / "bwrap").write_text("#!/bin/sh\necho 'bwrap: no permissions' >&2\nexit 1\n")
    (tmp_path / "bwrap").chmod(0o755)
    with pytest.raises(UnavailableError, match="there is no strace"):
        open_bubblewrap({"PATH": str(tmp_path)}, tracing=True)
    alone = open_bubblewrap({"PATH": str(tmp_path)}, tracing=False)
    with pytest.raises(UnavailableError, match="there is no strace"):
        alone.run(python("pass"))
    with pytest.raises(UnavailableError, match="cannot be made here") as caught:
        alone.run(python("pass", traced=False))
    assert caught.value.faults[0].cause == "bwrap: no permissions"
    (tmp_path / "strace").symlink_to(tool("strace"))
    with pytest.raises(UnavailableError, match="cannot be made here"):
        open_bubblewrap({"PATH": str(tmp_path)}, tracing=True).run(python("pass"))


def test_a_process_without_a_sandbox_has_limits_and_is_never_traced() -> None:
    place = LimitedProcess()
    assert not place.confines
    assert place.run(python("print(1)", traced=False)).output == b"1\n"
    assert place.run(python("bytearray(1 << 31)", traced=False)).code == 1
    with pytest.raises(AssertionError, match="nothing is traced"):
        place.run(python("pass"))


def test_a_python_says_where_it_lives_and_another_program_does_not() -> None:
    found = named_interpreter(sys.executable)
    assert any(sys.base_prefix.startswith(folder) for folder in (*found.folders, "/usr"))
    with pytest.raises(UnavailableError, match="is no Python"):
        named_interpreter("/bin/true")


LINES: list[tuple[str, list[tuple[Deed, str]]]] = [
    ('openat(AT_FDCWD</t>, "a\\"b", O_RDONLY) = 3</t/a>', [(Deed.OPENED, '/t/a"b')]),
    ('openat(5</x>, "../y", O_WRONLY|O_CREAT, 0666 <unfinished ...>', [(Deed.WRITTEN, "/y")]),
    ('openat2(AT_FDCWD</>, "e", {flags=O_RDWR, resolve=0}, 24) = 3', [(Deed.WRITTEN, "/e")]),
    ('open("/etc/\\303\\244\\n", O_RDONLY) = -1 ENOENT (No)', [(Deed.OPENED, "/etc/ä\n")]),
    ('open("/etc/\\377", O_RDONLY) = 3', [(Deed.OPENED, "/etc/\\xff")]),
    ('rename("/a", "/b") = 0', [(Deed.WRITTEN, "/a"), (Deed.WRITTEN, "/b")]),
    (
        'linkat(AT_FDCWD</t>, "a", 3</u>, "b", 0) = 0',
        [(Deed.WRITTEN, "/t/a"), (Deed.WRITTEN, "/u/b")],
    ),
    (
        'execve("/bin/sh", ["sh", "-c", "id"], 0x7f /* 2 vars */) = 0',
        [(Deed.STARTED, "/bin/sh -c id")],
    ),
    ('execveat(3</memfd:x>, "", ["x"], 0x7f, AT_EMPTY_PATH) = 0', [(Deed.STARTED, "/memfd:x")]),
    ("fork() = 8", [(Deed.STARTED, "a copy of itself")]),
    ("vfork( <unfinished ...>", []),
    (
        "clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 9",
        [(Deed.STARTED, "a copy of itself")],
    ),
    ("clone3({flags=CLONE_VM|CLONE_THREAD, exit_signal=0}, 88) = 9", []),
    (
        (
            "connect(3<socket:[1]>, {sa_family=AF_INET, sin_port=htons(9), "
            'sin_addr=inet_addr("1.2.3.4")}, 16) = -1 ECONNREFUSED (Connection refused)'
        ),
        [(Deed.CONNECTED, "1.2.3.4:9")],
    ),
    (
        (
            "connect(3, {sa_family=AF_INET6, sin6_port=htons(9), "
            'inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, 28) = 0'
        ),
        [(Deed.CONNECTED, "[::1]:9")],
    ),
    (
        'connect(3, {sa_family=AF_UNIX, sun_path="/run/x"}, 110) = -1',
        [(Deed.CONNECTED, "unix:/run/x")],
    ),
    (
        "bind(3, {sa_family=AF_VSOCK, svm_cid=1}, 16) = 0",
        [(Deed.CONNECTED, "bind of family VSOCK")],
    ),
    ("bind(3, {sa_family=AF_NETLINK, nl_pid=0}, 12) = 0", []),
    ("listen(3, 5) = 0", [(Deed.CONNECTED, "a socket that listens")]),
    ('sendto(3, "x", 1, 0, NULL, 0) = 1', []),
    ("<... openat resumed>) = 3", []),
    ("+++ exited with 0 +++", []),
]


@pytest.mark.parametrize(("line", "acts"), LINES)
def test_a_line_of_a_trace_is_understood(line: str, acts: list[tuple[Deed, str]]) -> None:
    trace = Trace("/bin/python")
    trace.line('7 openat(AT_FDCWD</>, "before", O_WRONLY) = 3')
    before = trace.begun
    trace.line('7 execve("/bin/python", ["/bin/python"], 0x7f /* 1 var */) = 0')
    trace.line(f"7   {line}")
    assert (before, trace.begun) == (False, True)
    assert list(trace.acts) == [Act(*act) for act in acts]


def test_processes_and_threads_are_counted_while_they_run() -> None:
    trace = Trace("/bin/python")
    counted = []
    for line in (
        "6 clone(flags=CLONE_NEWPID|SIGCHLD) = 7",
        '7 execve("/bin/python", ["/bin/python"], 0x7f /* 1 var */) = 0',
        "7 clone3({flags=CLONE_VM|CLONE_THREAD}, 88) = 8",
        "7 fork( <unfinished ...>",
        "9 vfork( <unfinished ...>",
        "7 <... fork resumed>) = 9",
        "9 <... vfork resumed>) = -1 EAGAIN (Resource temporarily unavailable)",
        "9 fork() = -1 EAGAIN (Resource temporarily unavailable)",
        "9 <... openat resumed>) = -1 ENOENT (No such file or directory)",
        "9 +++ exited with 0 +++",
        "8 +++ superseded by execve in pid 7 +++",
    ):
        trace.line(line)
        counted.append(trace.tasks)
    assert counted == [1, 1, 2, 3, 4, 4, 3, 3, 3, 2, 1]


def test_a_program_that_copies_itself_for_ever_is_ended_before_it_is_many(
    sandbox: Sandbox,
) -> None:
    code = "import os\nwhile True: os.fork()"
    limits = replace(LIMITS, alive=20, processes=1_000_000)
    ran = sandbox.run(python(code, limits=limits, traced=True))
    assert ran.stopped == "it had more than 20 processes at once"


def test_a_program_of_threads_without_end_is_ended(sandbox: Sandbox) -> None:
    code = """
import threading, time
while True: threading.Thread(target=time.sleep, args=(60,)).start()
"""
    limits = replace(LIMITS, alive=4, memory=64 << 30)
    ran = sandbox.run(python(code, limits=limits, traced=True))
    assert ran.stopped == "it had more than 32 processes and threads at once"


def test_the_filter_is_whole_steps_and_empty_where_calls_are_not_known() -> None:
    for machine in ("x86_64", "aarch64"):
        program = filter_program(machine)
        assert len(program) % 8 == 0
        assert program[-4:] == (0x7FFF0000).to_bytes(4, "little")
    assert filter_program("vax") == b""


def test_a_folder_in_memory_holds_so_much_and_no_more(sandbox: Sandbox) -> None:
    code = """
open("/room/small", "wb").write(bytes(1 << 16))
try: open("/room/large", "wb").write(bytes(1 << 19))
except OSError as error: print(error.strerror)
"""
    program = replace(python(code, traced=False), scratch=(Scratch(target="/room", size=1 << 18),))
    assert sandbox.run(program).output == b"No space left on device\n"


def test_a_program_is_told_who_it_is_and_where(sandbox: Sandbox) -> None:
    code = "import os, socket; print(os.getuid(), os.getgid(), socket.gethostname())"
    program = replace(python(code, traced=False), user=1_234, host_name="elsewhere")
    assert sandbox.run(program).output == b"1234 1234 elsewhere\n"


def test_what_is_printed_can_go_to_a_file_as_far_as_the_limit(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    file = tmp_path / "printed"
    program = replace(python("print('x' * 5000)", traced=False), printed=str(file))
    ran = sandbox.run(program)
    assert (ran.output, file.read_bytes()) == (b"", b"x" * (1 << 10))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "limits", "stopped"),
    [
        (
            "import os, time\nwhile os.fork(): pass\ntime.sleep(60)",
            {"alive": 20},
            "it had more than 20 processes",
        ),
        (
            "import os\nos.fork()\nhoard = b'x' * (100 << 20)\nwhile True: pass",
            {"resident": 150 << 20},
            "it held more than 157286400 bytes of memory",
        ),
    ],
    ids=["fork bomb", "two that hold what one may"],
)
def test_all_processes_together_have_limits_where_nothing_is_traced(
    code: str, limits: dict[str, int], stopped: str, sandbox: Sandbox
) -> None:
    program = python(code, limits=replace(LIMITS, **limits), traced=False)
    assert sandbox.run(program).stopped.startswith(stopped)


def test_memory_that_processes_share_counts_once(sandbox: Sandbox) -> None:
    code = """
import os, select
hoard = b"x" * (100 << 20)
if not os.fork(): select.select([], [], [], 0.5)
else: os.wait(); print("done")
"""
    program = python(code, limits=replace(LIMITS, resident=150 << 20), traced=False)
    assert sandbox.run(program).output == b"done\n"
