from __future__ import annotations

from hashlib import sha256

import pytest

from tests.formats.samples import read, read_chopped


def code(data: str) -> list[tuple[str, str]]:
    return [
        (use.name, use.detail) for use in read(data.encode()).code if use.kind == "python-reference"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: !!python/object/apply:os.system [id]\n", [("os.system", "!!python/object/apply")]),
        ("!!python/object/new:a.B\nx: 1\n", [("a.B", "!!python/object/new")]),
        ("- !!python/name:os.system\n", [("os.system", "!!python/name")]),
        ("- !!python/name:os.system ''\n", [("os.system", "!!python/name")]),
        ("a: {b: [!!python/module:os '']}\n", [("os", "!!python/module")]),
        ("%TAG !p! tag:yaml.org,2002:python/\n---\n!p!name:a.b ''\n", [("a.b", "!!python/name")]),
        ("a: !<tag:yaml.org,2002:python/name:a.b> ''\n", [("a.b", "!!python/name")]),
        ("a: 1\n---\nb: !!python/name:a.b ''\n", [("a.b", "!!python/name")]),
        ("a: !!python/name:a.b ''\n---\nb: [\n", [("a.b", "!!python/name")]),
        ("net: !new:speech.Net\n    size: 1\n", [("speech.Net", "!new")]),
        ("f: !apply:os.system [id]\ng: !name:a.b\n", [("os.system", "!apply"), ("a.b", "!name")]),
        ("a: !!python/tuple [1, 2]\nb: !!python/unicode x\nc: !ref <a>\nd: !!set {e}\n", []),
        (
            "model:\n  _target_: nemo.Net\n  x: {_target_: a.B}\n",
            [("nemo.Net", "_target_"), ("a.B", "_target_")],
        ),
        ("a:\n  trust_remote_code: true\n", [("trust_remote_code", "a.trust_remote_code")]),
        ("a:\n  trust_remote_code: 'true'\n", []),
        ("auto_map:\n  AutoModel: modeling.Net\n", [("modeling.Net", "auto_map AutoModel")]),
        (
            "? {a: b}\n: [1, {_target_: a.B}]\n? [c]\n: d\n_target_: e.F\n",
            [("a.B", "_target_"), ("e.F", "_target_")],
        ),
        ("a: &x {_target_: a.B}\nb: *x\nc: [*x, *x]\n", [("a.B", "_target_")]),
    ],
)
def test_what_yaml_makes_a_loader_import_is_told(
    text: str, expected: list[tuple[str, str]]
) -> None:
    structure = read(text.encode())
    assert (structure.format, structure.status, code(text)) == ("text", "complete", expected)


@pytest.mark.parametrize(
    "text",
    [
        "---\nlicense: mit\ntags: [a, b]\n---\n# A card\n\nNever `rm -rf /`. _target_: os.system\n",
        "Note: this is prose, with a colon: and another one: [unbalanced\n_target_: os.system\n",
        "just one sentence\n",
        "a: 1\na: 2\nb: {c\n",
        "- rm -rf /\n- http://198.51.100.7/a\n",
        "\ta: 1\n",
        "",
        'a: "\\x"\n',
    ],
)
def test_text_that_is_no_configuration_is_text_and_says_nothing(text: str) -> None:
    structure = read(text.encode(), "text")
    assert (structure.format, structure.status) == ("text", "complete")
    assert (structure.code, structure.problems, structure.metadata) == ((), (), ())


def test_a_configuration_in_yaml_says_what_it_would_in_json() -> None:
    text = "model_type: llama\nchat_template: '{{ x }}'\nhook: rm -rf /\n"
    structure = read(text.encode())
    pin = f"sha256:{sha256(b'{{ x }}').hexdigest()} chat_template"
    assert dict(structure.metadata) == {
        "model_type": "llama",
        "chat_template": "present",
        "chat-template": pin,
    }
    assert {use.kind for use in structure.code} == {"template-name", "text-command"}


def test_yaml_that_nests_without_end_is_text_unless_it_seems_to_import() -> None:
    deep = "a: " + "[" * 300 + "]" * 300 + "\n"
    assert read(deep.encode()).status == "complete"
    hidden = deep + "b: !!python/name:os.system ''\n"
    assert read(hidden.encode()).status == "incomplete"
    assert read((deep + "_target_: os.system\n").encode()).status == "incomplete"


def test_an_alias_bomb_costs_nothing() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    structure = read("\n".join(lines).encode())
    assert (structure.status, structure.code) == ("complete", ())


def test_large_texts_are_looked_through_in_pieces() -> None:
    filler = "# " + "x" * (1 << 20) + "\n"
    assert read(filler.encode()).status == "complete"
    for hidden in (
        "a: !!python/object/apply:os.system [id]\n",
        "{{ messages }}\n",
        "x:\n  _target_: a.b\n",
    ):
        data = (filler + hidden).encode()
        assert read(data).status == "incomplete"
        cut = len(data) - len(hidden) // 2
        assert read_chopped(data, "text", [cut, len(data)]) == read(data)
