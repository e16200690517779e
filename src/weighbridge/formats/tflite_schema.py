"""The tables of TFLite, schema version 3c with the external buffers of LiteRT 2.

From schema.fbs (https://github.com/google-ai-edge/LiteRT, tflite/schema). Options of operators are
weighed and not kept: only how wide their fields are counts.
"""

from __future__ import annotations

from typing import Final

from weighbridge.formats.flatbuffers_schema import tables

_OPTIONS: Final = """
    Conv2DOptions i1 i4 i4 i1 i4 i4 i1
    DepthwiseConv2DOptions i1 i4 i4 i4 i1 i4 i4
    ConcatEmbeddingsOptions i4 [i4] [i4]
    LSHProjectionOptions i1
    Pool2DOptions i1 i4 i4 i4 i4 i1
    SVDFOptions i4 i1 u1
    RNNOptions i1 u1
    FullyConnectedOptions i1 i1 u1 u1 i1 [u1]
    SoftmaxOptions f4
    ConcatenationOptions i4 i1
    AddOptions i1 u1
    L2NormOptions i1
    LocalResponseNormalizationOptions i4 f4 f4 f4
    LSTMOptions i1 f4 f4 i1 u1
    ResizeBilinearOptions u4 u4 u1 u1
    CallOptions u4
    ReshapeOptions [i4]
    SkipGramOptions i4 i4 u1
    SpaceToDepthOptions i4
    EmbeddingLookupSparseOptions i1
    MulOptions i1
    PadOptions
    GatherOptions i4 i4
    BatchToSpaceNDOptions
    SpaceToBatchNDOptions
    TransposeOptions
    ReducerOptions u1
    SubOptions i1 u1
    DivOptions i1
    SqueezeOptions [i4]
    SequenceRNNOptions u1 i1 u1
    StridedSliceOptions i4 i4 i4 i4 i4 u1
    ExpOptions
    TopKV2Options
    SplitOptions i4
    LogSoftmaxOptions
    CastOptions i1 i1
    DequantizeOptions
    MaximumMinimumOptions
    ArgMaxOptions i1
    LessOptions
    NegOptions
    PadV2Options
    GreaterOptions
    GreaterEqualOptions
    LessEqualOptions
    SelectOptions
    SliceOptions
    TransposeConvOptions i1 i4 i4 i1 i1
    SparseToDenseOptions u1
    TileOptions
    ExpandDimsOptions
    EqualOptions
    NotEqualOptions
    ShapeOptions i1
    PowOptions
    ArgMinOptions i1
    FakeQuantOptions f4 f4 i4 u1
    PackOptions i4 i4
    LogicalOrOptions
    OneHotOptions i4
    LogicalAndOptions
    LogicalNotOptions
    UnpackOptions i4 i4
    FloorDivOptions
    SquareOptions
    ZerosLikeOptions
    FillOptions
    BidirectionalSequenceLSTMOptions i1 f4 f4 u1 u1 u1
    BidirectionalSequenceRNNOptions u1 i1 u1 u1
    UnidirectionalSequenceLSTMOptions i1 f4 f4 u1 u1 u1
    FloorModOptions
    RangeOptions
    ResizeNearestNeighborOptions u1 u1
    LeakyReluOptions f4
    SquaredDifferenceOptions
    MirrorPadOptions i1
    AbsOptions
    SplitVOptions i4
    UniqueOptions i1
    ReverseV2Options
    AddNOptions
    GatherNdOptions
    CosOptions
    WhereOptions
    RankOptions
    ReverseSequenceOptions i4 i4
    MatrixDiagOptions
    QuantizeOptions
    MatrixSetDiagOptions
    HardSwishOptions
    IfOptions i4 i4
    WhileOptions i4 i4
    DepthToSpaceOptions i4
    NonMaxSuppressionV4Options
    NonMaxSuppressionV5Options
    ScatterNdOptions
    SelectV2Options
    DensifyOptions
    SegmentSumOptions
    BatchMatMulOptions u1 u1 u1
    CumsumOptions u1 u1
    CallOnceOptions i4
    BroadcastToOptions
    Rfft2dOptions
    Conv3DOptions i1 i4 i4 i4 i1 i4 i4 i4
    HashtableOptions i4 i1 i1
    HashtableFindOptions
    HashtableImportOptions
    HashtableSizeOptions
    VarHandleOptions text text
    ReadVariableOptions
    AssignVariableOptions
    RandomOptions i8 i8
    BucketizeOptions [f4]
    GeluOptions u1
    DynamicUpdateSliceOptions
    UnsortedSegmentProdOptions
    UnsortedSegmentMaxOptions
    UnsortedSegmentMinOptions
    UnsortedSegmentSumOptions
    ATan2Options
    SignOptions
    BitcastOptions
    BitwiseXorOptions
    RightShiftOptions
"""
"""The union `BuiltinOptions`, in the order of its choices."""

_OPTIONS_2: Final = """
    StablehloConcatenateOptions i8
    StablehloBroadcastInDimOptions [i8]
    StablehloSliceOptions [i8] [i8] [i8]
    StablehloConvolutionOptions [i8] [i8] [i8] [i8] [u1] i8 i8 [i8] i8 i8 [i8] i8 i8 [i8] i8 i8 [u4]
    StablehloCustomCallOptions text u1 text i4 [i4] [u1]
    StablehloReduceOptions [i8] i4
    StablehloScatterOptions u1 [i8] [i8] [i8] i8 u1 i4
    StablehloCompareOptions u4 u4
    StablehloDynamicSliceOptions [i8]
    StablehloPadOptions [i8] [i8] [i8]
    StablehloIotaOptions i8
    StablehloDotGeneralOptions [i8] [i8] [i8] [i8] [u4]
    StablehloReduceWindowOptions [i8] [i8] [i8] [i8] [i8] i4
    StablehloSortOptions i8 u1 i4
    StablehloWhileOptions i4 i4
    StablehloGatherOptions [i8] [i8] [i8] i8 [i8] u1
    StablehloTransposeOptions [i8]
    DilateOptions
    StablehloRngBitGeneratorOptions i1
    ReduceWindowOptions i4
    StableHLOCompositeOptions text i4 [u1] i1 i4
    StablehloShiftLeftOptions
    StablehloCaseOptions [i4]
"""
"""The union `BuiltinOptions2`, likewise."""

_QUANTIZATION: Final = """
    CustomQuantization [u1]
    BlockwiseQuantization i4 i4 i4 [i4]
    MultiAxisQuantization i4 i4 i4 [i4]
"""

_SPARSE: Final = """
    Int32Vector [i4]
    Uint16Vector [u2]
    Uint8Vector [u1]
"""

_MODEL: Final = """
    QuantizationParameters [f4] [f4] [f4] [i8] u1 |QuantizationDetails i4
    DimensionMetadata i1 i4 u1 |SparseIndexVector u1 |SparseIndexVector
    SparsityParameters [i4] [i4] [DimensionMetadata]
    VariantSubType [i4] i1 u1
    Tensor shape=[i4] type=i1 buffer=u4 name=text QuantizationParameters u1
      sparsity=SparsityParameters shape_signature=[i4] u1 [VariantSubType] external_buffer=u4
    OperatorCode deprecated_builtin_code=i1 custom_code=text version=i4 builtin_code=i4
    Operator opcode_index=u4 [i4] [i4] u1 |BuiltinOptions [u1] i1 [u1] [i4]
      large_custom_options_offset=u8 large_custom_options_size=u8 u1 |BuiltinOptions2 i4
    SubGraph tensors=[Tensor] inputs=[i4] outputs=[i4] [Operator] name=text i4
    Buffer data:[u1] offset=u8 size=u8
    ExternalBufferGroup name=text
    ExternalBuffer id=u4 group=u4 offset=u8 length=u8 packing=text
    Metadata name=text buffer=u4
    TensorMap name=text tensor_index=u4
    SignatureDef inputs=[TensorMap] outputs=[TensorMap] signature_key=text text subgraph_index=u4
    Model version=u4 operator_codes=[OperatorCode] subgraphs=[SubGraph] description=text
      buffers=[Buffer] [i4] metadata=[Metadata] signature_defs=[SignatureDef]
      external_buffer_groups=[ExternalBufferGroup] external_buffers=[ExternalBuffer]
"""

UNIONS: Final = {
    "BuiltinOptions": tuple(tables(_OPTIONS)),
    "BuiltinOptions2": tuple(tables(_OPTIONS_2)),
    "QuantizationDetails": tuple(tables(_QUANTIZATION)),
    "SparseIndexVector": tuple(tables(_SPARSE)),
}
"""The tables each union chooses from; its first choice is none."""

SCHEMA: Final = {
    **tables(_OPTIONS),
    **tables(_OPTIONS_2),
    **tables(_QUANTIZATION),
    **tables(_SPARSE),
    **tables(_MODEL),
}
"""The fields of every table."""

DATA_TYPES: Final[dict[int, tuple[str, int]]] = {
    0: ("FLOAT32", 32),
    1: ("FLOAT16", 16),
    2: ("INT32", 32),
    3: ("UINT8", 8),
    4: ("INT64", 64),
    5: ("STRING", 0),
    6: ("BOOL", 8),
    7: ("INT16", 16),
    8: ("COMPLEX64", 64),
    9: ("INT8", 8),
    10: ("FLOAT64", 64),
    11: ("COMPLEX128", 128),
    12: ("UINT64", 64),
    13: ("RESOURCE", 0),
    14: ("VARIANT", 0),
    15: ("UINT32", 32),
    16: ("UINT16", 16),
    17: ("INT4", 4),
    18: ("BFLOAT16", 16),
    19: ("INT2", 2),
    20: ("UINT4", 4),
    21: ("FLOAT8_E4M3FN", 8),
    22: ("FLOAT8_E5M2", 8),
}
"""Name and bits of each tensor type; 0 where the type fixes no size."""
