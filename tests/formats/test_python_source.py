from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.formats import path_configuration, python_source
from weighbridge.formats.drive import read_bytes
from weighbridge.formats.python_source import calls
from weighbridge.model.limits import DEFAULT_LIMITS


def called(text: str) -> list[tuple[str, str]]:
    return [(use.name, use.detail) for use in calls(text.encode())]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('import os\nos.system("id")', [("os.system", "given a constant")]),
        ("import os as o\no.popen(x)", [("os.popen", "")]),
        ("from subprocess import run as r\nr(['a'])", [("subprocess.run", "given the command a")]),
        ("import subprocess\nsubprocess.run([])", [("subprocess.run", "")]),
        ("import subprocess\nsubprocess.run([x, 'a'])", [("subprocess.run", "")]),
        ('__import__("os").system(x)', [("os.system", ""), ("__import__", "given a constant")]),
        (
            'import importlib\nimportlib.import_module("pty").spawn(x)',
            [("pty.spawn", ""), ("importlib.import_module", "given a constant")],
        ),
        ('import os\ngetattr(os, "system")(x)', [("os.system", "")]),
        ('import os\ngetattr(os, "sys" + x)(y)', [("getattr()", "")]),
        ("import builtins\nbuiltins.exec(x)", [("exec", "")]),
        ('__builtins__["exec"](x)', []),
        (
            "import base64\nexec(base64.b64decode(x))",
            [("exec", "given base64.b64decode")],
        ),
        (
            'from urllib.request import urlopen as u\neval(u("http://x").read())',
            [
                ("eval", "given urllib.request.urlopen().read urllib.request.urlopen"),
                ("urllib.request.urlopen().read", ""),
                ("urllib.request.urlopen", "given a constant"),
            ],
        ),
    ],
)
def test_calls_are_named_in_full(text: str, expected: list[tuple[str, str]]) -> None:
    assert called(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    os.system(x)\nf()",
        "def f():\n    g()\ndef g():\n    f()\n    os.system(x)\nf()",
        "class A:\n    os.system(x)",
        "class A(os.system(x)):\n    pass",
        "@os.system(x)\ndef f():\n    pass",
        "def f(a=os.system(x), *, b=2):\n    pass",
        "def f(*, a=1, b=os.system(x)):\n    pass",
        "try:\n    pass\nfinally:\n    os.system(x)",
        "if a:\n    pass\nelse:\n    os.system(x)",
        "if __name__ != 'x':\n    os.system(x)",
        "for i in a:\n    os.system(x)",
        "with a as b:\n    [os.system(y) for y in x]",
        "match a:\n    case 1:\n        os.system(x)",
        "exec('import os; os.system(x)')",
        "exec(b'import os\\ndef f():\\n  os.system(x)\\nf()')",
        "if TYPE_CHECKING:\n    pass\nelse:\n    os.system(x)",
    ],
)
def test_what_runs_on_import_is_gone_through(text: str) -> None:
    assert "os.system" in [name for name, _ in called(f"import os\n{text}")]


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    os.system(x)",
        "async def f():\n    os.system(x)",
        "f = lambda: os.system(x)",
        "class A:\n    def f(self):\n        os.system(x)",
        "if __name__ == '__main__':\n    os.system(x)",
        "if TYPE_CHECKING:\n    os.system(x)",
        "if typing.TYPE_CHECKING:\n    os.system(x)",
        "os.path.join(a)\nos.environ.get(b)\nre.compile(c)\nprint(d)\nx[0](1)\nf()()",
        "from . import system\nfrom .os import popen\nsystem(x)\npopen(y)",
    ],
)
def test_what_does_not_run_on_import_is_not(text: str) -> None:
    assert called(f"import os\n{text}") == []


def test_each_call_is_noted_where_it_stands_first() -> None:
    text = b"import os  # \xc3\xa4\nx = 1\nif x:\n    os.system(x)\nos.system(x)\n"
    (use,) = calls(text)
    assert text[use.offset :].startswith(b"os.system(x)\nos")
    (inner,) = calls(b"import os\nx = 1; exec('\\n\\n\\nos.system(x)')")
    assert inner.offset == 17


def test_what_cannot_be_followed_is_not_harmless() -> None:
    assert called("print 'a'") == [("?", "it cannot be parsed")]
    assert called("x = \0") == [("?", "it cannot be parsed")]
    assert called("(" * 5_000) == [("?", "it cannot be parsed")]
    assert called("exec('print 1')") == [("exec", "given a constant that cannot be parsed")]
    assert called("a" + "()" * 300)[-1:] == [("getattr()", "")]
    functions = "".join(f"def f{n}():\n    f{n + 1}()\n" for n in range(200))
    assert called(f"{functions}f0()") == [("exec", "given more than can be followed")]


def test_warnings_of_the_parser_are_not_let_out() -> None:
    assert called(r"x = '\d' is 1") == []


def test_what_is_kept_is_bounded() -> None:
    text = "import os\n" + "".join(f"os.f{n}()\n" for n in range(2_000))
    assert len(called(text)) == 1_000


@given(st.text(alphabet="abos.()[]{}:=\n '\"#@lmdef\\", max_size=60))
def test_any_text_is_read(text: str) -> None:
    found = read_bytes(
        text.encode(),
        python_source.read(len(text.encode()), limits=DEFAULT_LIMITS),
        limits=DEFAULT_LIMITS,
    )
    assert found.status == "complete"


def test_long_texts_are_not_read() -> None:
    for module in (python_source, path_configuration):
        text = b"#" * ((1 << 20) + 1)
        reader = module.read(len(text), limits=DEFAULT_LIMITS)
        found = read_bytes(text, reader, limits=DEFAULT_LIMITS)
        assert found.status == "incomplete"
        assert "over the limit" in found.reason


def test_more_lines_than_can_be_told_are_not_read() -> None:
    text = b"".join(b"import a%d\n" % n for n in range(1_100))
    reader = path_configuration.read(len(text), limits=DEFAULT_LIMITS)
    found = read_bytes(text, reader, limits=DEFAULT_LIMITS)
    assert (found.status, len(found.code)) == ("incomplete", 1_000)


def test_lines_of_a_path_configuration_that_are_run_are_noted() -> None:
    text = b"\xef\xbb\xbfimport a\n/usr/lib\n# import b\nimport os; os.system('id')\r\nimporting\n"
    reader = path_configuration.read(len(text), limits=DEFAULT_LIMITS)
    found = read_bytes(text, reader, limits=DEFAULT_LIMITS)
    assert (found.status, found.coverage) == ("complete", len(text))
    assert [(use.kind, use.name, use.detail) for use in found.code] == [
        ("start-up-hook", "\ufeffimport a", "run when Python starts"),
        ("start-up-hook", "import os; os.system('id')", "run when Python starts"),
        ("python-call", "os.system", "given a constant"),
    ]
    assert text[found.code[2].offset :].startswith(b"import os;")
