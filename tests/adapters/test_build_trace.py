"""Lines of strace, as it writes them of a build, and what is learnt from each."""

from __future__ import annotations

import pytest

from weighbridge.adapters.tracing.build_trace import BuildTrace

TREE = "/t"


def trace(*lines: str) -> BuildTrace:
    found = BuildTrace(folder=TREE)
    found.line('7 execve("/bin/sh", ["sh"], 0x7f /* 2 vars */) = 0')
    for line in lines:
        found.line(line if line[0].isdigit() else f"7 {line}")
    return found


@pytest.mark.parametrize(
    ("line", "read", "made", "unsure"),
    [
        ('openat(AT_FDCWD</t>, "a", O_RDONLY|O_CLOEXEC) = 3</t/a>', {"/t/a": "/t/a"}, set(), set()),
        ('openat(5</x>, "../y", O_RDONLY) = 3</r/y>', {"/r/y": "/y"}, set(), set()),
        ('open("b", O_RDONLY) = 3</t/b>', {"/t/b": "/t/b"}, set(), set()),
        (
            'openat(AT_FDCWD</t>, "\\303\\244\\"<", O_RDONLY) = 3</t/\\303\\244\\"\\74>',
            {'/t/ä"<': '/t/ä"<'},
            set(),
            set(),
        ),
        (
            'openat(AT_FDCWD</t>, "a) = 4<", O_RDONLY) = 3</t/a) = 4\\74>',
            {"/t/a) = 4<": "/t/a) = 4<"},
            set(),
            set(),
        ),
        ('openat(AT_FDCWD</t>, "a", O_RDONLY) = -1 ENOENT (No such file)', {}, set(), set()),
        ('openat(AT_FDCWD</t>, ".", O_RDONLY|O_DIRECTORY) = 3</t>', {}, set(), set()),
        ('openat(AT_FDCWD</t>, "p", O_RDONLY) = 3<pipe:[7]>', {}, set(), set()),
        ('openat(AT_FDCWD</t>, "a", O_WRONLY|O_CREAT, 0666) = 3</t/a>', {}, {"/t/a"}, set()),
        ('creat("a", 0666) = 3</t/a>', {}, {"/t/a"}, set()),
        ('openat(AT_FDCWD</t>, "a", O_RDWR) = 3</t/a>', {"/t/a": "/t/a"}, {"/t/a"}, set()),
        (
            'openat(AT_FDCWD</t>, "a", O_RDWR|O_CREAT, 0666) = 3</t/a>',
            {"/t/a": "/t/a"},
            {"/t/a"},
            {"/t/a"},
        ),
        ('openat(AT_FDCWD</t>, "a", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3</t/a>', {}, {"/t/a"}, set()),
        (
            'openat2(AT_FDCWD</t>, "a", {flags=O_RDONLY, resolve=0}, 24) = 3</t/a>',
            {"/t/a": "/t/a"},
            set(),
            set(),
        ),
        ('rename("a", "b") = 0', {}, {"/t/a", "/t/b"}, set()),
        ('unlink("a") = -1 EPERM (Operation not permitted)', {}, set(), set()),
        ('symlink("far", "near") = 0', {}, {"/t/near"}, set()),
        ('linkat(AT_FDCWD</t>, "a", 3</u>, "b", 0) = 0', {"/t/a": "/t/a"}, {"/u/b"}, set()),
    ],
)  # fmt: skip
def test_a_line_says_what_became_of_a_file(
    line: str, read: dict[str, str], made: set[str], unsure: set[str]
) -> None:
    found = trace(line)

    assert (found.read, found.made, found.unsure) == (read, made, unsure)


def test_a_call_that_was_interrupted_is_put_together_again() -> None:
    found = trace(
        '7 openat(AT_FDCWD</t>, "a", O_RDONLY <unfinished ...>',
        '8 openat(AT_FDCWD</u>, "b", O_RDONLY) = 3</u/b>',
        "7 <... openat resumed>) = 3</t/a>",
    )

    assert list(found.read) == ["/u/b", "/t/a"]


def test_a_program_is_found_from_where_its_process_is() -> None:
    found = trace(
        'chdir("sub") = 0',
        "7 vfork( <unfinished ...>",
        '8 execve("./tool", ["tool"], 0x7f /* 2 vars */) = 0',
        "7 <... vfork resumed>) = 8",
        "8 +++ exited with 0 +++",
        "fchdir(3</v>) = 0",
        "clone(child_stack=NULL, flags=SIGCHLD) = 9",
        '9 execve("other", ["other"], 0x7f /* 2 vars */) = 0',
        '9 execve("/bin/none", ["none"], 0x7f /* 2 vars */) = -1 ENOENT (No such file)',
    )  # fmt: skip

    assert found.programs == {"/bin/sh": 1, "/t/sub/tool": 1, "/v/other": 1}
    assert (found.processes, found.left) == (3, {9})


def test_threads_and_processes_are_counted_apart() -> None:
    found = trace(
        "clone3({flags=CLONE_VM|CLONE_THREAD, exit_signal=0}, 88) = 9",
        "clone(child_stack=NULL, flags=SIGCHLD) = 10",
        "10 clone(child_stack=NULL, flags=SIGCHLD) = ? ERESTARTNOINTR (To be restarted)",
    )

    assert (found.processes, found.threads) == (2, 1)


def test_addresses_count_whether_anybody_answers_or_not() -> None:
    found = trace(
        "connect(3<socket:[1]>, {sa_family=AF_INET, sin_port=htons(9), "
        'sin_addr=inet_addr("192.0.2.1")}, 16) = -1 EINPROGRESS (Operation now in progress)',
        'connect(3, {sa_family=AF_UNIX, sun_path="/run/x"}, 110) = 0',
        'sendto(3<socket:[1]>, "x", 1, 0, NULL, 0) = 1',
    )

    assert found.addresses == {"192.0.2.1:9", "unix:/run/x"}


def test_what_goes_past_the_tracer_makes_it_blind() -> None:
    assert not trace().blind
    assert "io_uring" in trace("io_uring_setup(8, 0x7f) = 4").blind


@pytest.mark.parametrize("line", ["", "7 ???", "strace: warning", "7 <... resumed>", "7 open("])
def test_lines_that_say_nothing_are_passed_over(line: str) -> None:
    found = BuildTrace()

    found.line(line)

    assert found == BuildTrace()
