from __future__ import annotations

from pathlib import Path

import pytest

from tests.formats.samples import codes, messages, read, sniffed

REAL = (Path(__file__).parent / "files" / "openvino-2026.4.1.xml").read_bytes()

PARAMETER = (
    '<layer id="0" name="x" type="Parameter" version="opset1">'
    '<data shape="?,2..5,3" element_type="f32"/></layer>'
)
RESULT = (
    '<layer id="9" name="r" type="Result" version="opset1"><input>'
    '<port id="0" precision="FP32"><dim>-1</dim><dim> 3 </dim></port></input></layer>'
)


def const(
    kind: str = "f32", shape: str = "2, 3", offset: str = "8", size: str = "24", number: int = 1
) -> str:
    return (
        f'<layer id="{number}" name="w{number}" type="Const" version="opset1">'
        f'<data element_type="{kind}" shape="{shape}" offset="{offset}" size="{size}"/></layer>'
    )


def net(*layers: str, edges: str = "", more: str = "", head: str = "") -> bytes:
    inner = "".join(layers or (PARAMETER, const(), RESULT))
    body = f"<layers>{inner}</layers><edges>{edges}</edges>{more}"
    return f'{head}<net name="g" version="11">{body}</net>'.encode()


def test_a_graph_is_read() -> None:
    edge = '<edge from-layer="1" from-port="0" to-layer="9" to-port="0"/>'
    data = net(edges=edge, more='<rt_info><info name="OpenVINO Runtime" value="2026"/></rt_info>')
    found = read(data)
    assert (found.format, found.status, found.problems) == ("openvino", "complete", ())
    assert (found.version, found.coverage) == ("11", len(data))
    (weight,) = found.tensors
    assert (weight.name, weight.dtype, weight.shape, weight.offset, weight.size) == (
        "w1",
        "f32",
        (2, 3),
        -1,
        24,
    )
    assert [(i.name, i.dtype, i.shape) for i in found.inputs] == [("x", "f32", (-1, -1, 3))]
    assert [(i.name, i.dtype, i.shape) for i in found.outputs] == [("r", "FP32", (-1, 3))]
    assert [(r.path, r.size, r.tensors) for r in found.references] == [("*.bin", 32, ("w1",))]
    assert found.metadata == (
        ("name", "g"),
        ("rt-info:OpenVINO Runtime", "2026"),
        ("weights-size", "32"),
    )


def test_a_graph_openvino_wrote_is_read() -> None:
    found = read(REAL)
    assert (found.status, found.problems, found.coverage) == ("complete", (), len(REAL))
    assert [(r.path, r.size) for r in found.references] == [("*.bin", 48)]
    assert [info.name for info in (*found.inputs, *found.outputs)] == ["x", "y"]
    assert (
        "rt-info:OpenVINO Runtime",
        "2026.4.1-22982-e213a147257-releases/2026/4",
    ) in found.metadata


def test_a_graph_without_constants_needs_no_other_file() -> None:
    found = read(net(PARAMETER, RESULT))
    assert (found.status, found.references) == ("complete", ())
    assert found.metadata == (("name", "g"),)


def test_operators_of_other_sets_are_noted() -> None:
    own = '<layer id="0" name="t" type="StringTensorUnpack" version="extension"/>'
    old = '<layer id="1" name="o" type="ReLU"/>'
    assert ("custom-operator", "extension::StringTensorUnpack") in read(net(own)).metadata
    assert [use.name for use in read(net(own)).code] == ["extension::StringTensorUnpack"]
    assert read(net(old)).metadata == (("name", "g"),)


def test_graphs_in_layers_have_identities_of_their_own() -> None:
    body = f"<body><layers>{PARAMETER}{const()}{RESULT}</layers><edges/></body>"
    loop = f'<layer id="1" name="l" type="Loop" version="opset5"><data x="1"/>{body}</layer>'
    found = read(net(PARAMETER, loop, RESULT))
    assert (found.status, found.problems) == ("complete", ())
    assert (len(found.inputs), len(found.outputs), len(found.tensors)) == (1, 1, 1)


def test_weights_of_old_versions_count_too() -> None:
    blobs = '<weights offset="0" size="64" precision="FP32"/><biases offset="64" size="8"/>'
    layer = f'<layer id="0" name="fc" type="FullyConnected"><blobs>{blobs}</blobs></layer>'
    found = read(net(layer))
    assert [(tensor.name, tensor.size) for tensor in found.tensors] == [
        ("fc/weights", 64),
        ("fc/biases", 8),
    ]
    assert [(r.path, r.size) for r in found.references] == [("*.bin", 72)]


@pytest.mark.parametrize(
    ("kind", "shape", "size"),
    [
        ("u4", "3", "2"),
        ("u1", "9", "2"),
        ("f32", "", "4"),
        ("f32", "0,5", "0"),
        ("string", "2", "9"),
    ],
)
def test_constants_of_every_width_are_weighed(kind: str, shape: str, size: str) -> None:
    found = read(net(const(kind, shape, "0", size)))
    assert (found.status, found.problems) == ("complete", ())


def test_a_constant_of_an_unknown_type_stays_unjudged() -> None:
    found = read(net(const("f3")))
    assert (found.status, found.problems) == ("incomplete", ())
    assert "`f3`" in found.reason


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (net(const(size="23")), "has 23 bytes, 24 by its shape"),
        (net(const(shape="0")), "has 24 bytes, 0 by its shape"),
        (net(const(shape="?")), "has 24 bytes, -1 by its shape"),
        (net(const(shape=",".join(["99999999"] * 99))), "-1 by its shape"),
        (net(const(offset="-1")), "lies nowhere"),
        (net(const(size="9" * 30)), "lies nowhere"),
        (net(const(), const()), "two layers have the identity `1`"),
        (net('<layer name="x" type="Y"/>'), "no identity"),
        (net('<layer id="1" name="x"/>'), "no type"),
        (net(more='<layer id="1" type="x"/>'), "no graph around it"),
        (net(edges='<edge from-layer="0" to-layer="7"/>'), "leads to no layer: `7`"),
        (net(edges='<edge to-layer="0"/>'), "leads to no layer: ``"),
        (net(head='<?xml version="1.0" encoding="latin1"?>'), "another encoding"),
        (net().replace(b' version="11"', b""), "no version"),
        (b"<other/>", "is not `net`"),
        (net() + b"<net/>", "junk after document element"),
        (net()[:-1], "unclosed token"),
        (net().replace(b"</layers>", b"&lol;</layers>"), "undefined entity"),
        (net().replace(b"name", b"na\xffme", 1), "not well-formed"),
        (b"", "no element found"),
    ],
)
def test_departures_are_corrupt(data: bytes, expected: str) -> None:
    found = read(data, "openvino")
    assert (found.status, codes(found)) == ("error", ["INT008"])
    assert expected in messages(found)


def test_a_document_type_is_refused_before_it_is_parsed() -> None:
    entities = '<!DOCTYPE net [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    for head in (
        entities,
        '<!DOCTYPE net SYSTEM "file:///etc/passwd">',
        "<!--" + "x" * 65_531 + "-->" + entities,
    ):
        found = read(net(head=head), "openvino")
        assert (found.status, codes(found)) == ("incomplete", ["SEC002"])
        assert "document type" in found.reason
        assert found.metadata == ()
    assert sniffed(net(head=entities)) == "openvino"


def test_elements_that_stand_nowhere_say_nothing() -> None:
    stray = '<data element_type="f32"/><port precision="x"/><dim>1</dim><rt_info><a/></rt_info>'
    found = read(net(PARAMETER, more=stray + "<net/><blobs><w offset='0' size='1'/></blobs>"))
    assert (found.status, found.problems) == ("complete", ())
    plain = '<layer id="1" name="a" type="Add" version="opset1"><data/></layer>'
    assert read(net(plain)).tensors == ()


def test_budgets_end_incomplete() -> None:
    deep = "<a>" * 120 + "</a>" * 120
    for data, budget in (
        (net(), {"entries": 3}),
        (net(more=deep), {}),
        (net(more='<a b="' + "x" * 300_000 + '"/>'), {"window": 1_000}),
    ):
        found = read(data, "openvino", **budget)
        assert (found.status, found.problems) == ("incomplete", ()), found


def test_dimensions_beyond_counting_are_left_out() -> None:
    dims = "<dim>1</dim>" * 1_500
    found = read(net(RESULT.replace("<dim>-1</dim>", dims)))
    assert len(found.outputs[0].shape) == 1_024
    odd = read(net(RESULT.replace("-1", "9" * 40)))
    assert odd.outputs[0].shape == (-1, 3)
    open_rank = PARAMETER.replace("?,2..5,3", "...")
    assert read(net(open_rank)).inputs[0].shape == ()


def test_other_bytes_are_not_claimed() -> None:
    good = (
        net(),
        net(head="\ufeff"),
        net(head='<?xml version="1.0"?>\n<!-- made by hand -->\n'),
    )
    assert [sniffed(data) for data in good] == ["openvino"] * 3
    for other in (
        b"<net>",
        b"<network/>",
        b'<net name="x"><other/></net>',
        b"<svg/>",
        b"x" + net(),
    ):
        assert sniffed(other) == "text"
