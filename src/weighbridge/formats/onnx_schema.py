"""The messages of ONNX, as far as a release depends on them.

From onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto), IR version 13. Fields
that are not kept are listed, too: a field that is in no list is unknown.
"""

from __future__ import annotations

from typing import Final

from weighbridge.formats.protobuf import Field, fields

SCHEMA: Final[dict[str, dict[int, Field]]] = {
    "Model": fields("""
        1 ir_version int keep
        2 producer_name text keep
        3 producer_version text keep
        4 domain text keep
        5 model_version int keep
        6 doc_string text keep
        7 graph Graph
        8 opset_import OperatorSet
        14 metadata_props Entry
        20 training_info Training
        25 functions Function
        26 configuration bytes
    """),
    "OperatorSet": fields("""
        1 domain text keep
        2 version int keep
    """),
    "Training": fields("""
        1 initialization Graph
        2 algorithm Graph
        3 initialization_binding Entry
        4 update_binding Entry
    """),
    "Function": fields("""
        1 name text keep
        4 input text
        5 output text
        6 attribute text
        7 node Node
        8 doc_string text
        9 opset_import OperatorSet
        10 domain text keep
        11 attribute_proto Attribute
        12 value_info Value
        13 overload text
        14 metadata_props Entry
    """),
    "Graph": fields("""
        1 node Node
        2 name text keep
        5 initializer Tensor
        10 doc_string text
        11 input Value
        12 output Value
        13 value_info Value
        14 quantization_annotation bytes
        15 sparse_initializer SparseTensor
        16 metadata_props Entry
    """),
    "Node": fields("""
        1 input text
        2 output text
        3 name text
        4 op_type text keep
        5 attribute Attribute
        6 doc_string text
        7 domain text keep
        8 overload text
        9 metadata_props Entry
        10 device_configurations bytes
    """),
    "Attribute": fields("""
        1 name text
        2 f float
        3 i int
        4 s bytes
        5 t Tensor
        6 g Graph
        7 floats float
        8 ints int
        9 strings bytes
        10 tensors Tensor
        11 graphs Graph
        13 doc_string text
        14 tp bytes
        15 type_protos bytes
        20 type int
        21 ref_attr_name text
        22 sparse_tensor SparseTensor
        23 sparse_tensors SparseTensor
    """),
    "SparseTensor": fields("""
        1 values Tensor
        2 indices Tensor
        3 dims int
    """),
    "Tensor": fields("""
        1 dims int keep
        2 data_type int keep
        3 segment bytes
        4 float_data float digest
        5 int32_data int digest
        6 string_data bytes digest
        7 int64_data int digest
        8 name text keep
        9 raw_data bytes keep digest
        10 double_data double digest
        11 uint64_data int digest
        12 doc_string text
        13 external_data Entry
        14 data_location int keep
        16 metadata_props Entry
    """),
    "Entry": fields("""
        1 key text keep
        2 value text keep
    """),
    "Value": fields("""
        1 name text keep
        2 type Type
        3 doc_string text
        4 metadata_props Entry
    """),
    "Type": fields("""
        1 tensor_type TensorType
        4 sequence_type bytes
        5 map_type bytes
        6 denotation text
        7 opaque_type bytes
        8 sparse_tensor_type TensorType
        9 optional_type bytes
    """),
    "TensorType": fields("""
        1 elem_type int keep
        2 shape Shape
    """),
    "Shape": fields("""
        1 dim Dimension
    """),
    "Dimension": fields("""
        1 dim_value int keep
        2 dim_param text keep
        3 denotation text
    """),
}
"""Messages by name, their fields by number."""

DATA_TYPES: Final[dict[int, tuple[str, int]]] = {
    1: ("FLOAT", 32),
    2: ("UINT8", 8),
    3: ("INT8", 8),
    4: ("UINT16", 16),
    5: ("INT16", 16),
    6: ("INT32", 32),
    7: ("INT64", 64),
    8: ("STRING", 0),
    9: ("BOOL", 8),
    10: ("FLOAT16", 16),
    11: ("DOUBLE", 64),
    12: ("UINT32", 32),
    13: ("UINT64", 64),
    14: ("COMPLEX64", 64),
    15: ("COMPLEX128", 128),
    16: ("BFLOAT16", 16),
    17: ("FLOAT8E4M3FN", 8),
    18: ("FLOAT8E4M3FNUZ", 8),
    19: ("FLOAT8E5M2", 8),
    20: ("FLOAT8E5M2FNUZ", 8),
    21: ("UINT4", 4),
    22: ("INT4", 4),
    23: ("FLOAT4E2M1", 4),
    24: ("FLOAT8E8M0", 8),
    25: ("UINT2", 2),
    26: ("INT2", 2),
    27: ("FLOAT6E2M3", 0),
    28: ("FLOAT6E3M2", 0),
}
"""Name and bits of each tensor data type; 0 where the standard fixes no size in raw data."""

OWN_DOMAINS: Final = frozenset(
    {
        "",
        "ai.onnx",
        "ai.onnx.ml",
        "ai.onnx.preview",
        "ai.onnx.preview.training",
        "ai.onnx.training",
    }
)
"""Operator domains ONNX itself defines."""
