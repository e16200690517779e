from __future__ import annotations

import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.samples import codes, messages, read, read_chopped, sniffed
from weighbridge.model.structure import FileReference

LONG = "é\\n" * 40_000
PIN = f"sha256:{sha256(b'{{ x }}').hexdigest()} chat_template"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=40,
)


def test_a_json_file_is_read() -> None:
    data = json.dumps({"a": [1, 2.5, "x", None, True, [], {}], "b": {"c": "é"}}, indent=2).encode()
    found = read(data)
    assert (found.format, found.status, found.problems) == ("json", "complete", ())
    assert found.coverage == found.size
    assert found.metadata == ()


@given(JSON, st.sampled_from([None, 1]), st.lists(st.integers(1, 9), min_size=1, max_size=3))
def test_whatever_the_library_writes_is_read(value: object, indent: int, sizes: list[int]) -> None:
    for ascii_only in (True, False):
        text = json.dumps([value], indent=indent, ensure_ascii=ascii_only)
        data = text.encode("utf-8", "replace")
        assert sniffed(data) in {"json", "safetensors-index", "xgboost-json"}
        found = read(data)
        assert (found.status, found.problems) == ("complete", ())
        assert read_chopped(data, "json", sizes) == found


@given(st.text('{}[]",:\\u01e-.+ntrue \n', max_size=40), st.lists(st.integers(1, 4), min_size=1))
def test_what_is_read_is_what_the_library_reads(text: str, sizes: list[int]) -> None:
    data = f"[{text}]".encode()
    found = read(data, "json")
    assert read_chopped(data, "json", sizes) == found
    try:
        values = json.loads(data)
    except ValueError:
        assert found.status == "error" or found.format == "json-lines"
    else:
        twice = "stands twice" in messages(found)
        assert (found.status == "complete") != twice, values


@pytest.mark.parametrize(
    ("data", "expected", "offset"),
    [
        (b'{"a":1,"a":2}', "the key `a` stands twice", 0),
        (b'{"a":{"b":1,"b":[]}}', "the key `b` stands twice", 5),
        (b'{"a":[],"b":1,"a":1}', "the key `a` stands twice", 0),
        (b'{"a":1', "it ends where `,` or `}`", 6),
        (b'{"a":', "it ends where a value", 5),
        (b'{"a"', "it ends where `:`", 4),
        (b'{"a":1,', "it ends where a key", 7),
        (b'{"a":1,}', "`}` stands where a key", 7),
        (b'{"a":tru}', "`t` stands where a value", 5),
        (b'{"a":01}', "`0` stands where a value", 5),
        (b'{"a":1.}', "`1` stands where a value", 5),
        (b'{"a" 1}', "`1` stands where `:`", 5),
        (b'{"a":"b', "it ends within a text", 7),
        (b'{"a":"\\x......."}', "`\\` stands where a character", 6),
        (b'{"a":"\n......."}', "`\\n` stands where a character", 6),
        (b'{"a":"\xff"}', "not UTF-8", 6),
        (b'{"a":"x","b":"\xc3"}', "not UTF-8", 14),
        (b'{"a":1 "b":2}', "stands where `,` or `}`", 7),
        (b'{"a":[1,2}', "stands where `,` or `]`", 9),
        (b"[1,,2]", "`,` stands where a value", 3),
        (b"[1,2] x", "follows the value on its line", 6),
        (b"[1,2]\n x", "stands where an object or array", 7),
        (b"", "it ends where an object or array", 0),
        (b"[" + b"9" * 1_001 + b"]", "stands where a value", 1),
    ],
)
def test_departures_are_corrupt(data: bytes, expected: str, offset: int) -> None:
    found = read(data, "json")
    assert found.status == "error"
    assert expected in messages(found)
    assert [problem.offset for problem in found.problems] == [offset]
    for sizes in ([1], [2, 3], [7]):
        assert read_chopped(data, "json", sizes) == found


def test_damage_far_inside_is_damaged_json_and_at_the_beginning_it_is_text() -> None:
    good = json.dumps({str(number): [number, "x"] for number in range(2_000)}).encode()
    assert sniffed(good[:-1]) == sniffed(good) == "json"
    assert read(good[:-1]).status == "error"
    assert read(good.replace(b'"1999"', b"1999")).status == "error"
    assert sniffed(good.replace(b'"1"', b"1")) == "text"


@pytest.mark.parametrize(
    "text",
    [
        b"{% for message in messages %}{{ message }}{% endfor %}",
        b"{{ bos_token }}",
        b"[tool.ruff]\nline-length = 100\n",
        b"[1] A. Author, A Title.\n",
        b'{"a": 1, // no comments in JSON\n "b": 2}',
        b"{'a': 1}",
        b"[" * 100_000,
        b'"one text"',
        b"3\n",
    ],
)
def test_text_that_only_begins_alike_is_text(text: bytes) -> None:
    assert sniffed(text) == "text"


def test_one_value_a_line_is_known_as_that() -> None:
    data = b'{"a": 1, "chat_template": "x"}\n{"a": 2}\n\n["b"]\n'
    found = read(data)
    assert (found.format, found.status, found.metadata) == ("json-lines", "complete", ())
    assert "stands twice" in messages(read(data + b'{"a": 1, "a": 2}\n'))


def test_what_only_python_reads_is_noted() -> None:
    found = read(b'{"a": [NaN, Infinity], "b": -Infinity, "c": [NaN, []]}')
    assert found.status == "complete"
    assert found.metadata == (
        ("not-json", "NaN"),
        ("not-json", "Infinity"),
        ("not-json", "-Infinity"),
    )


def test_a_byte_order_mark_is_allowed() -> None:
    found = read(b"\xef\xbb\xbf{}")
    assert (found.format, found.status, found.coverage) == ("json", "complete", 5)


def test_texts_and_blanks_may_be_longer_than_what_is_at_hand() -> None:
    blanks = b" \n" * 100_000
    data = (
        b'{"a":'
        + blanks
        + b'"'
        + LONG.encode()
        + b'"'
        + blanks
        + b',"b":["\\"'
        + LONG.encode()
        + b'"]}'
    )
    found = read(data)
    assert (found.status, found.coverage) == ("complete", len(data))
    assert read_chopped(data, "json", [1_000, 77_777]) == found
    assert "not UTF-8" in messages(read(data.replace(b"\xc3\xa9\\n", b"\xc3\\n", 1)))


def test_budgets_end_incomplete() -> None:
    data = b'{"a":1,"b":{"c":1,"dddddddddd":2}}'
    for budget in ({"entries": 3}, {"text": 9}, {"header": 8}):
        found = read(data, **budget)
        assert (found.status, found.problems, found.coverage) == ("incomplete", (), 11)
        assert read_chopped(data, "json", [1, 2], **budget) == found
    found = read(b'{"a":' * 201, "json")
    assert (found.status, "nest more than 200" in found.reason) == ("incomplete", True)


# What runs code ---------------------------------------------------------------------------------


def test_what_runs_code_is_noted() -> None:
    config = {
        "architectures": ["MyModel"],
        "model_type": "mine",
        "auto_map": {"AutoModel": "modeling.MyModel", "AutoTokenizer": [None, "tokens.Fast"]},
        "chat_template": "{{ x }}",
        "deep": [{"_target_": "os.system"}],
        "not": {"architectures": ["no"], "chat_template": "no", "auto_map": {"a": "no"}},
        "other": ["no"],
    }
    found = read(json.dumps(config).encode())
    assert found.status == "complete"
    assert sorted(found.metadata) == [
        ("_target_", "os.system"),
        ("architectures", "MyModel"),
        ("auto_map", "AutoModel: modeling.MyModel"),
        ("auto_map", "AutoTokenizer: tokens.Fast"),
        ("chat-template", PIN),
        ("chat_template", "present"),
        ("model_type", "mine"),
    ]


def test_a_list_of_templates_is_a_template_and_null_is_none() -> None:
    assert read(b'{"chat_template": [{"name": "a"}]}').metadata == (("chat_template", "present"),)
    assert read(b'{"chat_template": null, "auto_map": {"a": 1}}').metadata == ()
    assert read(b'{"architectures": [1], "auto_map": {"a": [1]}}').metadata == ()


def test_facts_are_bounded() -> None:
    found = read(b'{"architectures": ["a", "b", "c"]}', entries=2)
    assert (found.status, len(found.metadata)) == ("incomplete", 2)
    assert "things of note" in found.reason
    assert read(b'{"model_type": "' + b"m" * 9 + b'"}', text=10).metadata == (
        ("model_type", "m" * 9),
    )


# The index of shards ----------------------------------------------------------------------------


def index(**weights: object) -> bytes:
    return json.dumps({"metadata": {"total_size": 28}, "weight_map": weights}).encode()


def test_an_index_of_shards_names_its_files() -> None:
    one, two = "model-1-of-2.safetensors", "model-2-of-2.safetensors"
    data = index(a=one, b=two, c=one)
    found = read(data)
    assert sniffed(data) == "safetensors-index"
    assert (found.format, found.status) == ("safetensors-index", "complete")
    assert found.metadata == (("total-size", "28"),)
    assert found.references == (
        FileReference(path=one, tensors=("a", "c")),
        FileReference(path=two, tensors=("b",)),
    )


def test_an_index_of_pickles_is_plain_json_that_names_files() -> None:
    found = read(index(a="pytorch_model.bin"))
    assert (found.format, found.references) == (
        "json",
        (FileReference(path="pytorch_model.bin", tensors=("a",)),),
    )


@pytest.mark.parametrize("path", ["../a.safetensors", "/a.safetensors", "a\\b.safetensors"])
def test_a_shard_elsewhere_is_outside(path: str) -> None:
    (problem,) = read(index(a=path)).problems
    assert (problem.code, "tensors lie in" in problem.message) == ("SEC007", True)


def test_what_names_no_file_is_corrupt() -> None:
    found = read(index(a=1, b="", c=["x"], d={"e": "f"}, f="m.safetensors"))
    assert "4 values of `weight_map` name no file" in messages(found)
    assert read(b'{"weight_map": ["a"], "metadata": {"total_size": "x"}}').format == "json"


def test_code_that_a_configuration_names_is_told_with_the_files_it_stands_in() -> None:
    document = {
        "auto_map": {
            "AutoModel": "modeling.Net",
            "AutoConfig": "part.config.Config",
            "AutoTokenizer": [None, "modeling.Fast"],
            "AutoProcessor": "org/other--processing.Own",
        },
        "text_config": {"auto_map": {"AutoModel": "inner.Net"}},
        "custom_pipelines": {"task": {"impl": "pipeline.Own", "pt": ["AutoModel"]}},
        "_class_name": ["pipeline_own", "Pipeline"],
        "trust_remote_code": True,
        "deep": [{"_target_": "os.system", "trust_remote_code": False}],
    }
    found = read(json.dumps(document).encode())
    assert {(use.name, use.detail) for use in found.code if use.kind == "python-reference"} == {
        ("modeling.Net", "auto_map AutoModel"),
        ("part.config.Config", "auto_map AutoConfig"),
        ("modeling.Fast", "auto_map AutoTokenizer"),
        ("org/other--processing.Own", "auto_map AutoProcessor"),
        ("inner.Net", "auto_map AutoModel"),
        ("pipeline.Own", "custom_pipelines task"),
        ("pipeline_own.Pipeline", "_class_name"),
        ("trust_remote_code", "trust_remote_code"),
        ("os.system", "_target_"),
    }
    assert sorted(one.path for one in found.references) == [
        "inner.py",
        "modeling.py",
        "part/config.py",
        "pipeline.py",
        "pipeline_own.py",
    ]
    assert "another repository, `org/other`" in messages(found)
    assert codes(found) == ["SEC007"]


def test_a_class_that_stands_in_no_file_beside_is_told() -> None:
    for name in ("../up.Net", "/abs.Net", "Net", "a/b.Net", ""):
        found = read(json.dumps({"auto_map": {"AutoModel": name}}).encode())
        assert (codes(found), found.references) == (["SEC007"], ())


def test_long_texts_are_heard_to_their_end_whatever_the_chunks() -> None:
    data = json.dumps({"chat_template": "{# " + "\\u0041\U0001f600" * 20_000 + " #}"}).encode()
    assert read(data) == read_chopped(data, "json", [1_000, 70_000])
    assert read(data).status == "complete"
