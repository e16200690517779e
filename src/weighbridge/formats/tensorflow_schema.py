"""The messages of TensorFlow's graphs and checkpoints, as far as a release depends on them.

From tensorflow/core/framework and tensorflow/core/protobuf
(https://github.com/tensorflow/tensorflow), version 2.20. What is listed as `bytes` and not kept is
passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.protobuf import WireError, messages

if TYPE_CHECKING:
    from weighbridge.formats.protobuf import Message

SCHEMA: Final = messages("""
    SavedModel
        1 saved_model_schema_version int keep
        2 meta_graphs MetaGraph
    MetaGraph
        1 meta_info_def MetaInfo
        2 graph_def Graph
        3 saver_def Saver
        4 collection_def bytes
        5 signature_def SignatureEntry
        6 asset_file_def Asset
        7 object_graph_def ObjectGraph
    MetaInfo
        1 meta_graph_version text
        2 stripped_op_list Operators
        3 any_info bytes
        4 tags text keep
        5 tensorflow_version text keep
        6 tensorflow_git_version text
        7 stripped_default_attrs int
        8 function_aliases bytes
    Operators
        1 op Operator
    Operator
        1 name text keep
        2 input_arg bytes
        3 output_arg bytes
        4 attr bytes
        5 summary text
        6 description text
        8 deprecation bytes
        16 is_aggregate int
        17 is_stateful int
        18 is_commutative int
        19 allows_uninitialized_input int
        20 control_output text
        21 is_distributed_communication int
    Graph
        1 node Node
        2 library Library
        3 version int
        4 versions Versions
        5 debug_info bytes
    Versions
        1 producer int keep
        2 min_consumer int
        3 bad_consumers int
    Library
        1 function Function
        2 gradient bytes
        3 registered_gradients bytes
    Function
        1 signature Operator
        3 node_def Node
        4 ret bytes
        5 attr bytes
        6 control_ret bytes
        7 arg_attr bytes
        8 resource_arg_unique_id bytes
    Node
        1 name text keep
        2 op text keep
        3 input text
        4 device text
        5 attr Attribute
        6 experimental_debug_info bytes
        7 experimental_type bytes
    Attribute
        1 key text keep
        2 value Value
    Value
        1 list bytes
        2 s raw keep
        3 i int
        4 f float
        5 b int
        6 type int
        7 shape bytes
        8 tensor Tensor
        9 placeholder text
        10 func NamedAttributes
    NamedAttributes
        1 name text keep
        2 attr bytes
    Tensor
        1 dtype int keep
        2 tensor_shape Shape
        3 version_number int
        4 tensor_content bytes keep
        5 float_val float
        6 double_val double
        7 int_val int
        8 string_val bytes
        9 scomplex_val float
        10 int64_val int
        11 bool_val int
        12 dcomplex_val double
        13 half_val int
        14 resource_handle_val bytes
        15 variant_val bytes
        16 uint32_val int
        17 uint64_val int
        18 float8_val bytes
    Shape
        2 dim Dimension
        3 unknown_rank int keep
    Dimension
        1 size int keep
        2 name text
    Saver
        1 filename_tensor_name text
        2 save_tensor_name text keep
        3 restore_op_name text keep
        4 max_to_keep int
        5 sharded int
        6 keep_checkpoint_every_n_hours float
        7 version int
    SignatureEntry
        1 key text keep
        2 value Signature
    Signature
        1 inputs InfoEntry
        2 outputs InfoEntry
        3 method_name text keep
        4 defaults bytes
    InfoEntry
        1 key text keep
        2 value Info
    Info
        1 name text
        2 dtype int keep
        3 tensor_shape Shape
        4 coo_sparse bytes
        5 composite_tensor bytes
    Asset
        1 tensor_info Info
        2 filename text keep
    ObjectGraph
        1 nodes Object
        2 concrete_functions bytes
    Object
        1 children bytes
        3 slot_variables bytes
        4 user_object UserObject
        5 asset bytes
        6 function bytes
        7 variable Variable
        8 bare_concrete_function bytes
        9 constant bytes
        10 resource bytes
        11 saveable_objects bytes
        12 captured_tensor bytes
        13 registered_name text
        14 serialized_user_proto bytes
        15 dependencies bytes
        16 registered_saver text
    UserObject
        1 identifier text keep
        2 version bytes
        3 metadata bytes keep
    Variable
        1 dtype int
        2 shape bytes
        3 trainable int
        4 synchronization int
        5 aggregation int
        6 name text
        7 device text
        8 experimental_distributed_variable_components bytes
    KerasMetadata
        1 nodes KerasObject
    KerasObject
        2 node_id int
        3 node_path text
        4 identifier text keep
        5 metadata bytes keep
        6 version bytes
    Fingerprint
        1 saved_model_checksum int
        2 graph_def_program_hash int
        3 signature_def_hash int
        4 saved_object_graph_hash int
        5 checkpoint_hash int
        6 version Versions
        7 uuid text keep
    BundleHeader
        1 num_shards int keep
        2 endianness int keep
        3 version Versions
    BundleEntry
        1 dtype int keep
        2 shape Shape
        3 shard_id int keep
        4 offset int keep
        5 size int keep
        6 crc32c float
        7 slices Slice
    Slice
        1 extent bytes
""")
"""Messages by name, their fields by number."""

DATA_TYPES: Final[dict[int, tuple[str, int]]] = {
    1: ("DT_FLOAT", 32),
    2: ("DT_DOUBLE", 64),
    3: ("DT_INT32", 32),
    4: ("DT_UINT8", 8),
    5: ("DT_INT16", 16),
    6: ("DT_INT8", 8),
    7: ("DT_STRING", 0),
    8: ("DT_COMPLEX64", 64),
    9: ("DT_INT64", 64),
    10: ("DT_BOOL", 8),
    11: ("DT_QINT8", 8),
    12: ("DT_QUINT8", 8),
    13: ("DT_QINT32", 32),
    14: ("DT_BFLOAT16", 16),
    15: ("DT_QINT16", 16),
    16: ("DT_QUINT16", 16),
    17: ("DT_UINT16", 16),
    18: ("DT_COMPLEX128", 128),
    19: ("DT_HALF", 16),
    20: ("DT_RESOURCE", 0),
    21: ("DT_VARIANT", 0),
    22: ("DT_UINT32", 32),
    23: ("DT_UINT64", 64),
    24: ("DT_FLOAT8_E5M2", 8),
    25: ("DT_FLOAT8_E4M3FN", 8),
    26: ("DT_FLOAT8_E4M3FNUZ", 8),
    27: ("DT_FLOAT8_E4M3B11FNUZ", 8),
    28: ("DT_FLOAT8_E5M2FNUZ", 8),
    29: ("DT_INT4", 8),
    30: ("DT_UINT4", 8),
    31: ("DT_INT2", 8),
    32: ("DT_UINT2", 8),
}
"""Name and bits of each data type; 0 where the type fixes no size."""

_LARGEST: Final = 1 << 63
_MOST_DIMENSIONS: Final = 254


def add_dimension(shape: Message, dimension: Message) -> None:
    """Note one more dimension of a shape.

    Raises:
        WireError: It has more than a tensor may have.
    """
    known = shape.numbers.setdefault("dims", [])
    if len(known) == _MOST_DIMENSIONS:
        raise WireError(f"a shape has more than {_MOST_DIMENSIONS} dimensions", shape.offset)
    known.append(dimension.number("size"))


def bytes_of(number: int, shape: tuple[int, ...]) -> int | None:
    """Return the bytes of a tensor's data; None where the type fixes none, -1 where none can be."""
    _, bits = DATA_TYPES.get(number, ("", 0))
    if not bits:
        return None
    if 0 in shape:
        return 0
    for dimension in shape:
        bits *= dimension
        if not 0 < bits <= _LARGEST:
            return -1
    return bits // 8
