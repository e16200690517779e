"""Globals of PyTorch that its saved tensors and modules consist of.

The first part is what `torch.load(weights_only=True)` admits (`torch._weights_only_unpickler`);
the layers are the public classes of `torch.nn.modules`, by the module that defines them, since
that is how a pickle names them. Their `__init__` and `__setstate__` only set attributes and
allocate tensors; what a whole module computes when it is called is torch's own code. Not listed
is whatever opens files, compiles or loads: `torch.load`, `torch.hub`, and of `torch.jit` all but
the builders TorchScript's own pickles name.
"""

from __future__ import annotations

_DTYPES = (
    "bfloat16 bits16 bits1x8 bits2x4 bits4x2 bits8 bool cdouble cfloat chalf complex128 complex32 "
    "complex64 double float float16 float32 float64 float8_e4m3fn float8_e4m3fnuz float8_e5m2 "
    "float8_e5m2fnuz half int int16 int32 int64 int8 long qint32 qint8 quint2x4 quint4x2 quint8 "
    "short uint16 uint32 uint64 uint8"
)
_STORAGES = (
    "BFloat16Storage BoolStorage ByteStorage CharStorage ComplexDoubleStorage ComplexFloatStorage "
    "DoubleStorage FloatStorage HalfStorage IntStorage LongStorage QInt32Storage QInt8Storage "
    "QUInt2x4Storage QUInt4x2Storage QUInt8Storage ShortStorage TypedStorage UntypedStorage"
)
_TENSORS = (
    "BFloat16Tensor BoolTensor ByteTensor CharTensor DoubleTensor FloatTensor HalfTensor IntTensor "
    "LongTensor ShortTensor"
)

TORCH: dict[str, str] = {
    "": (
        f"{_DTYPES} {_STORAGES} {_TENSORS} Size Tensor device per_channel_affine "
        "per_channel_affine_float_qparams per_channel_symmetric per_tensor_affine "
        "per_tensor_symmetric"
    ),
    "cuda": f"{_STORAGES} {_TENSORS}",
    # Reads a torch file that lies in the pickle as bytes: only where that file was read, too.
    "storage": "TypedStorage UntypedStorage _load_from_bytes",
    "serialization": "_get_layout",
    "_tensor": "Tensor _rebuild_from_type_v2",
    "_utils": (
        "_rebuild_device_tensor_from_cpu_tensor _rebuild_device_tensor_from_numpy "
        "_rebuild_meta_tensor_no_storage _rebuild_nested_tensor _rebuild_parameter "
        "_rebuild_parameter_with_state _rebuild_qtensor _rebuild_sparse_csr_tensor "
        "_rebuild_sparse_tensor _rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 "
        "_rebuild_wrapper_subclass _rebuild_xla_tensor"
    ),
    "jit._pickle": (
        "build_boollist build_doublelist build_intlist build_tensor_from_id build_tensorlist "
        "restore_type_tag"
    ),
    "nn.backends.thnn": "_get_thnn_function_backend",
    "nn.parameter": "Buffer Parameter UninitializedBuffer UninitializedParameter",
    "nn.modules.activation": (
        "CELU ELU GELU GLU Hardshrink Hardsigmoid Hardswish Hardtanh LeakyReLU LogSigmoid "
        "LogSoftmax Mish MultiheadAttention PReLU RReLU ReLU ReLU6 SELU SiLU Sigmoid Softmax "
        "Softmax2d Softmin Softplus Softshrink Softsign Tanh Tanhshrink Threshold"
    ),
    "nn.modules.batchnorm": "BatchNorm1d BatchNorm2d BatchNorm3d SyncBatchNorm",
    "nn.modules.channelshuffle": "ChannelShuffle",
    "nn.modules.container": "ModuleDict ModuleList ParameterDict ParameterList Sequential",
    "nn.modules.conv": ("Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d"),
    "nn.modules.distance": "CosineSimilarity PairwiseDistance",
    "nn.modules.dropout": (
        "AlphaDropout Dropout Dropout1d Dropout2d Dropout3d FeatureAlphaDropout"
    ),
    "nn.modules.flatten": "Flatten Unflatten",
    "nn.modules.fold": "Fold Unfold",
    "nn.modules.instancenorm": "InstanceNorm1d InstanceNorm2d InstanceNorm3d",
    "nn.modules.linear": "Bilinear Identity Linear NonDynamicallyQuantizableLinear",
    "nn.modules.loss": (
        "BCELoss BCEWithLogitsLoss CTCLoss CosineEmbeddingLoss CrossEntropyLoss GaussianNLLLoss "
        "HingeEmbeddingLoss HuberLoss KLDivLoss L1Loss MSELoss MarginRankingLoss "
        "MultiLabelMarginLoss MultiLabelSoftMarginLoss MultiMarginLoss NLLLoss PoissonNLLLoss "
        "SmoothL1Loss SoftMarginLoss TripletMarginLoss"
    ),
    "nn.modules.normalization": ("CrossMapLRN2d GroupNorm LayerNorm LocalResponseNorm RMSNorm"),
    "nn.modules.padding": (
        "ConstantPad1d ConstantPad2d ConstantPad3d ReflectionPad1d ReflectionPad2d ReflectionPad3d "
        "ReplicationPad1d ReplicationPad2d ReplicationPad3d ZeroPad1d ZeroPad2d ZeroPad3d"
    ),
    "nn.modules.pixelshuffle": "PixelShuffle PixelUnshuffle",
    "nn.modules.pooling": (
        "AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveMaxPool1d "
        "AdaptiveMaxPool2d AdaptiveMaxPool3d AvgPool1d AvgPool2d AvgPool3d FractionalMaxPool2d "
        "FractionalMaxPool3d LPPool1d LPPool2d MaxPool1d MaxPool2d MaxPool3d MaxUnpool1d "
        "MaxUnpool2d MaxUnpool3d"
    ),
    "nn.modules.rnn": "GRU GRUCell LSTM LSTMCell RNN RNNCell",
    "nn.modules.sparse": "Embedding EmbeddingBag",
    "nn.modules.transformer": (
        "Transformer TransformerDecoder TransformerDecoderLayer TransformerEncoder "
        "TransformerEncoderLayer"
    ),
    "nn.modules.upsampling": "Upsample UpsamplingBilinear2d UpsamplingNearest2d",
    "nn.utils.rnn": "PackedSequence",
    "optim.adadelta": "Adadelta",
    "optim.adagrad": "Adagrad",
    "optim.adam": "Adam",
    "optim.adamax": "Adamax",
    "optim.adamw": "AdamW",
    "optim.rmsprop": "RMSprop",
    "optim.sgd": "SGD",
    "torch_version": "TorchVersion",
}
"""Module below `torch` to the names it defines; the first entry is `torch` itself."""

TORCH_FUNCTIONS: dict[str, str] = {
    "": "relu sigmoid softmax tanh",
    "_C._nn": "gelu",
    "nn.functional": (
        "celu elu gelu glu hardsigmoid hardswish hardtanh leaky_relu log_softmax logsigmoid mish "
        "relu relu6 selu sigmoid silu softmax softplus softsign tanh"
    ),
}
"""Functions that layers hold, as an activation: values that no pickle has reason to call."""
