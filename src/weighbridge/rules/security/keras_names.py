"""Classes and functions of Keras itself that a model's configuration may name.

The public names of Keras 3.15 and of `tf_keras` 2.21, and the classes behind them that stand in
configurations. Missing on purpose: what wraps foreign code (`TFSMLayer`, `TorchModuleWrapper`,
`JaxLayer`, `FlaxLayer`), and whatever of `keras.utils`, `keras.saving`, `keras.config` is no layer.
"""

from __future__ import annotations

from typing import Final

_CLASSES: Final = {
    "layers and models": """
        AbstractRNNCell Activation ActivityRegularization AdaptiveAveragePooling1D
        AdaptiveAveragePooling2D AdaptiveAveragePooling3D AdaptiveMaxPooling1D
        AdaptiveMaxPooling2D AdaptiveMaxPooling3D Add AdditiveAttention AddLoss AddMetric
        AlphaDropout Attention AugMix AutoContrast Average AveragePooling1D AveragePooling2D
        AveragePooling3D BatchNormalization Bidirectional CategoryEncoding CenterCrop
        ClassMethod Concatenate ContrastLimitedAdaptiveHistogramEqualization Conv1D
        Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM1D ConvLSTM2D
        ConvLSTM3D ConvLSTMCell Convolution1D Convolution2D Convolution3D Cropping1D Cropping2D
        Cropping3D CuDNNGRU CuDNNLSTM CutMix Dense DenseFeatures DepthwiseConv1D
        DepthwiseConv2D DeviceWrapper Discretization Dot Dropout DropoutWrapper EinsumDense ELU
        Embedding Equalization Flatten Functional GaussianDropout GaussianNoise
        GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D
        GlobalMaxPooling2D GlobalMaxPooling3D GroupedQueryAttention GroupNormalization GRU
        GRUCell HashedCrossing Hashing Identity IndexLookup Input InputLayer InputSpec
        InstanceMethod InstanceProperty IntegerLookup Lambda Layer LayerNormalization LeakyReLU
        LinearModel LocallyConnected1D LocallyConnected2D LSTM LSTMCell Masking Maximum
        MaxNumBoundingBoxes MaxPool1D MaxPool2D MaxPool3D MaxPooling1D MaxPooling2D
        MaxPooling3D MelSpectrogram Minimum MixUp Model MultiHeadAttention Multiply
        Normalization Permute Pipeline PReLU PreprocessingLayer RandAugment RandomBrightness
        RandomColorDegeneration RandomColorJitter RandomContrast RandomCrop
        RandomElasticTransform RandomErasing RandomFlip RandomFourierFeatures
        RandomGaussianBlur RandomGrayscale RandomHeight RandomHue RandomInvert
        RandomPerspective RandomPosterization RandomRotation RandomSaturation RandomSharpness
        RandomShear RandomTranslation RandomWidth RandomZoom ReLU RepeatVector Rescaling
        Reshape ResidualWrapper Resizing ReversibleEmbedding RMSNormalization RNN
        SeparableConv1D SeparableConv2D SequenceFeatures Sequential SimpleRNN SimpleRNNCell
        SlicingOpLambda Softmax Solarization SpatialDropout1D SpatialDropout2D SpatialDropout3D
        SpectralNormalization StackedRNNCells STFTSpectrogram StringLookup Subtract
        SyncBatchNormalization TensorFlowOpLayer TextVectorization TFOpLambda ThresholdedReLU
        TimeDistributed UnitNormalization UpSampling1D UpSampling2D UpSampling3D
        UserRegisteredSpec WideDeepModel Wrapper ZeroPadding1D ZeroPadding2D ZeroPadding3D
    """,
    "initializers": """
        Constant GlorotNormal GlorotUniform HeNormal HeUniform Initializer LecunNormal
        LecunUniform NullInitializer Ones Orthogonal RandomNormal RandomUniform STFT
        STFTInitializer TruncatedNormal VarianceScaling Zeros
    """,
    "regularizers": """
        L1 L1L2 L2 OrthogonalRegularizer Regularizer
    """,
    "constraints": """
        Constraint MaxNorm MinMaxNorm NonNeg RadialConstraint UnitNorm
    """,
    "optimizers": """
        Adadelta Adafactor Adagrad Adam Adamax AdamW CosineDecay CosineDecayRestarts
        ExponentialDecay Ftrl InverseTimeDecay Lamb LearningRateSchedule LinearCosineDecay Lion
        LossScaleOptimizer MultiOptimizer Muon Nadam NoisyLinearCosineDecay NonFusedAdam
        Optimizer OptimizerMap OptimizerV2 PiecewiseConstantDecay PolynomialDecay
        RestoredOptimizer RMSprop ScheduleFreeAdamW SGD SharpnessAwareMinimization TFOptimizer
    """,
    "losses": """
        BinaryCrossentropy BinaryFocalCrossentropy CategoricalCrossentropy
        CategoricalFocalCrossentropy CategoricalGeneralizedCrossEntropy CategoricalHinge Circle
        CosineSimilarity CTC Dice Hinge Huber KLDivergence LogCosh Loss LossesContainer
        LossFunctionWrapper MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredError
        MeanSquaredLogarithmicError Poisson SparseCategoricalCrossentropy SquaredHinge Tversky
    """,
    "metrics": """
        Accuracy AUC BinaryAccuracy BinaryIoU CategoricalAccuracy CompileMetrics
        ConcordanceCorrelation F1Score FalseNegatives FalsePositives FBetaScore IoU
        LogCoshError Mean MeanIoU MeanMetricWrapper MeanRelativeError MeanTensor Metric
        MetricsContainer MetricsList OneHotIoU OneHotMeanIoU PearsonCorrelation Precision
        PrecisionAtRecall R2Score Recall RecallAtPrecision RootMeanSquaredError
        SensitivityAtSpecificity SparseCategoricalAccuracy SparseTopKCategoricalAccuracy
        SpecificityAtSensitivity Sum SumOverBatchSize SumOverBatchSizeMetricWrapper
        TopKCategoricalAccuracy TrueNegatives TruePositives
    """,
    "data types, quantizers and distributions": """
        AbsMaxQuantizer AWQConfig AWQDTypePolicy Cross DeviceMesh DTypePolicy DTypePolicyMap
        Feature FeatureSpace Float8QuantizationConfig FloatDTypePolicy GPTQConfig
        GPTQDTypePolicy Int4DTypePolicy Int4QuantizationConfig Int8QuantizationConfig
        KerasTensor LayoutMap Policy PolicyV1 QuantizationConfig QuantizedDTypePolicy
        QuantizedFloat8DTypePolicy Quantizer SeedGenerator TensorLayout Variable
    """,
    "operations of `keras.ops`": """
        Abs Absolute AdaptiveAveragePool AdaptiveMaxPool AffineTransform All AllClose Amax Amin
        Angle Any Append Arange Arccos Arccosh Arcsin Arcsinh Arctan Arctan2 Arctanh Argmax
        Argmin Argpartition Argsort Array ArraySplit AssociativeScan AveragePool BatchNorm
        Bincount BitwiseAnd BitwiseInvert BitwiseLeftShift BitwiseNot BitwiseOr
        BitwiseRightShift BitwiseXor BroadcastTo Cast Cbrt CDist Ceil Celu Cholesky
        CholeskyInverse Clip Cond Conj Conjugate Conv ConvertToTensor ConvTranspose Copy
        Corrcoef Correlate Cos Cosh CountNonzero CropImages CTCDecode CTCLoss Cumprod Cumsum
        Deg2rad DepthToSpace DepthwiseConv Det Diag Diagflat Diagonal Diff Digitize Divide
        DivideNoNan DotProductAttention Dsplit Dstack Eig Eigh Einsum ElasticTransform Elu
        EmptyLike Equal Erf Erfc Erfinv Exp Exp2 ExpandDims Expm1 ExtractPatches
        ExtractSequences Fabs FFT FFT2 Flip Fliplr Flipud Floor FloorDivide Fmax Fmin Fmod Fold
        ForiLoop Full FullLike Function GaussianBlur Gcd Gelu Geomspace GetItem Glu Greater
        GreaterEqual HardShrink HardSigmoid HardSilu HardTanh Heaviside Histogram Hsplit Hstack
        HSVToRGB Hypot I0 IFFT2 Imag Inner InTopK Inv IRFFT Isclose Isfinite IsIn Isinf Isnan
        Isneginf Isposinf Isreal ISTFT JVP Kron LayerNorm Lcm Ldexp LeakyRelu LeftShift Less
        LessEqual Linspace Log Log10 Log1p Log2 Logaddexp Logaddexp2 Logdet LogicalAnd
        LogicalNot LogicalOr LogicalXor LogSigmoid LogSoftmax Logspace Logsumexp Lstsq LuFactor
        Map MapCoordinates Matmul MatrixRank Max MaxPool Median Meshgrid Min Mod Moments
        Moveaxis MultiHot Nanargmax Nanargmin Nancumprod Nancumsum Nanmax Nanmean Nanmedian
        Nanmin Nanpercentile Nanprod Nanquantile Nanstd Nansum NanToNum Nanvar Ndim Negative
        Nextafter Nonzero Norm Normalize NotEqual OneHot OnesLike Outer Pad PadImages
        Percentile PerspectiveTransform Pinv Polar Power Prod PSNR Ptp Qr Quantile Rad2deg
        Ravel Real Rearrange Reciprocal Relu Relu6 Repeat Resize RFFT RGBToGrayscale RGBToHSV
        RightShift RMSNorm Roll Rot90 Round Rsqrt SaturateCast ScaleAndTranslate Scan Scatter
        ScatterUpdate SearchSorted SegmentMax SegmentMin SegmentProd SegmentReduction
        SegmentSum Select Selu SeparableConv Sigmoid Sign Signbit Silu Sin Sinc Sinh Size Slice
        SliceUpdate Slogdet SobelEdges Softplus SoftShrink Softsign Solve SolveTriangular Sort
        SpaceToDepth Sparsemax SparsePlus SparseSigmoid Split Sqrt Square Squareplus Squeeze
        SSIM Stack Std StopGradient SVD Swapaxes Switch Take TakeAlongAxis Tan Tanh TanhShrink
        Tensordot Threshold Tile TopK Trace Transpose Trapezoid Tril Triu TrueDivide Trunc
        Unfold Unique UnravelIndex Unstack Vander Var Vdot VectorizedMap View ViewAsComplex
        ViewAsReal Vsplit Vstack Where WhileLoop ZerosLike
    """,
}

_FUNCTIONS: Final = {
    "activations": """
        celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh
        leaky_relu linear log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink
        softmax softplus softsign sparse_plus sparse_sigmoid sparsemax squareplus swish tanh
        tanh_shrink threshold
    """,
    "losses": """
        binary_crossentropy binary_focal_crossentropy categorical_crossentropy
        categorical_focal_crossentropy categorical_generalized_cross_entropy categorical_hinge
        circle cosine_similarity ctc dice hinge huber kl_divergence log_cosh
        mean_absolute_error mean_absolute_percentage_error mean_squared_error
        mean_squared_logarithmic_error poisson sparse_categorical_crossentropy squared_hinge
        tversky
    """,
    "metrics": """
        binary_accuracy categorical_accuracy concordance_correlation pearson_correlation
        sparse_categorical_accuracy sparse_top_k_categorical_accuracy
        top_k_categorical_accuracy
    """,
    "initializers, regularizers and constraints": """
        constant he_normal he_uniform identity l1 l1_l2 l2 max_norm min_max_norm non_neg ones
        orthogonal stft unit_norm zeros
    """,
}

CLASSES: Final = frozenset(name for names in _CLASSES.values() for name in names.split())
"""Classes, by name: Keras has no two of one name that do unlike things."""

FUNCTIONS: Final = frozenset(name for names in _FUNCTIONS.values() for name in names.split())
"""Functions that a configuration names instead of a class."""
