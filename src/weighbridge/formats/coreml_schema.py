"""The messages of Core ML, as far as a release depends on them.

From the `.proto` files of coremltools 9 (https://github.com/apple/coremltools, mlmodel/format).
What is listed as `bytes` is passed over; of a neural network's layers only those that hold code
or other networks are listed.
"""

from __future__ import annotations

from typing import Final

from weighbridge.formats.protobuf import messages

SCHEMA: Final = messages("""
    Model
        1 specificationVersion int keep
        2 description Description
        10 isUpdatable int
        200 pipelineClassifier Wrapped
        201 pipelineRegressor Wrapped
        202 pipeline Pipeline
        300 glmRegressor bytes keep
        301 supportVectorRegressor bytes keep
        302 treeEnsembleRegressor bytes keep
        303 neuralNetworkRegressor Network
        304 bayesianProbitRegressor bytes keep
        400 glmClassifier bytes keep
        401 supportVectorClassifier bytes keep
        402 treeEnsembleClassifier bytes keep
        403 neuralNetworkClassifier Network
        404 kNearestNeighborsClassifier bytes keep
        500 neuralNetwork Network
        501 itemSimilarityRecommender bytes keep
        502 mlProgram Program
        555 customModel Custom
        556 linkedModel Linked
        560 classConfidenceThresholding bytes keep
        600 oneHotEncoder bytes keep
        601 imputer bytes keep
        602 featureVectorizer bytes keep
        603 dictVectorizer bytes keep
        604 scaler bytes keep
        606 categoricalMapping bytes keep
        607 normalizer bytes keep
        609 arrayFeatureExtractor bytes keep
        610 nonMaximumSuppression bytes keep
        900 identity bytes keep
        2000 textClassifier bytes keep
        2001 wordTagger bytes keep
        2002 visionFeaturePrint bytes keep
        2003 soundAnalysisPreprocessing bytes keep
        2004 gazetteer bytes keep
        2005 wordEmbedding bytes keep
        2006 audioFeaturePrint bytes keep
        3000 serializedModel Serialized
    Description
        1 input Feature
        10 output Feature
        11 predictedFeatureName text
        12 predictedProbabilitiesName text
        13 state Feature
        20 functions bytes
        21 defaultFunctionName text
        50 trainingInput Feature
        100 metadata Metadata
    Feature
        1 name text keep
        2 shortDescription text
        3 type FeatureType
    FeatureType
        1 int64Type bytes keep
        2 doubleType bytes keep
        3 stringType bytes keep
        4 imageType Image
        5 multiArrayType Array
        6 dictionaryType bytes keep
        7 sequenceType bytes keep
        8 stateType bytes keep
        1000 isOptional int
    Image
        1 width int keep
        2 height int keep
        3 colorSpace int keep
        21 enumeratedSizes bytes keep
        31 imageSizeRange bytes keep
    Array
        1 shape int keep
        2 dataType int keep
        21 enumeratedShapes bytes keep
        31 shapeRange bytes keep
        41 intDefaultValue int
        51 floatDefaultValue float
        61 doubleDefaultValue double
    Metadata
        1 shortDescription text
        2 versionString text keep
        3 author text keep
        4 license text keep
        100 userDefined Entry
    Entry
        1 key text keep
        2 value text keep
    Wrapped
        1 pipeline Pipeline
    Pipeline
        1 models Model
        2 names text
    Custom
        10 className text keep
        30 parameters bytes
        40 description text
    Linked
        1 linkedModelFile LinkedFile
    LinkedFile
        1 linkedModelFileName Text
        2 linkedModelSearchPath Text
    Text
        1 defaultValue text keep
    Serialized
        1 identifier text keep
        2 model bytes
    Network
        1 layers Layer
        2 preprocessing bytes
        5 arrayInputShapeMapping int
        6 imageInputShapeMapping int
        10 updateParams bytes
        100 stringClassLabels bytes
        101 int64ClassLabels bytes
        200 labelProbabilityLayerName text
    Layer
        1 name text keep
        2 input text
        3 output text
        4 inputTensor bytes
        5 outputTensor bytes
        10 isUpdatable int
        500 custom CustomLayer
        605 branch Branch
        615 loop Loop
    CustomLayer
        10 className text keep
        20 weights bytes
        30 parameters bytes
        40 description text
    Branch
        1 ifBranch Network
        2 elseBranch Network
    Loop
        1 maxLoopIterations int
        2 conditionVar text
        3 conditionNetwork Network
        4 bodyNetwork Network
    Program
        1 version int
        2 functions FunctionEntry
        3 docString text
        4 attributes bytes
    FunctionEntry
        1 key text
        2 value Function
    Function
        1 inputs bytes
        2 opset text keep
        3 block_specializations BlockEntry
        4 attributes bytes
    BlockEntry
        1 key text
        2 value Block
    Block
        1 inputs bytes
        2 outputs text
        3 operations Operation
        4 attributes bytes
    Operation
        1 type text keep
        2 inputs ArgumentEntry
        3 outputs Named
        4 blocks Block
        5 attributes ValueEntry
    ArgumentEntry
        1 key text
        2 value Argument
    Argument
        1 arguments Binding
    Binding
        1 name text
        2 value Value
    Named
        1 name text keep
        2 type bytes
    ValueEntry
        1 key text
        2 value Value
    Value
        1 docString text
        2 type ValueType
        3 immediateValue bytes
        5 blobFileValue Blob
    Blob
        1 fileName text keep
        2 offset int keep
    ValueType
        1 tensorType TensorType
        2 listType bytes
        3 tupleType bytes
        4 dictionaryType bytes
        5 stateType bytes
    TensorType
        1 dataType int keep
        2 rank int
        3 dimensions Dimension
        4 attributes bytes
    Dimension
        1 constant Constant
        2 unknown bytes
    Constant
        1 size int keep
""")
"""Messages by name, their fields by number."""

PARTIAL: Final = frozenset({"Layer"})
"""Messages of which not all fields are listed."""

ARRAY_TYPES: Final = {
    0x10040: "DOUBLE",
    0x10020: "FLOAT32",
    0x10010: "FLOAT16",
    0x20020: "INT32",
    0x20008: "INT8",
}
"""Types of arrays that go in and out."""

DATA_TYPES: Final[dict[int, tuple[str, int]]] = {
    1: ("BOOL", 8),
    2: ("STRING", 0),
    10: ("FLOAT16", 16),
    11: ("FLOAT32", 32),
    12: ("FLOAT64", 64),
    13: ("BFLOAT16", 16),
    21: ("INT8", 8),
    22: ("INT16", 16),
    23: ("INT32", 32),
    24: ("INT64", 64),
    25: ("INT4", 4),
    31: ("UINT8", 8),
    32: ("UINT16", 16),
    33: ("UINT32", 32),
    34: ("UINT64", 64),
    35: ("UINT4", 4),
    36: ("UINT2", 2),
    37: ("UINT1", 1),
    38: ("UINT6", 6),
    39: ("UINT3", 3),
    40: ("FLOAT8E4M3FN", 8),
    41: ("FLOAT8E5M2", 8),
}
"""Types of a program's tensors, with their bits; 0 where the type fixes no size."""

BLOB_TYPES: Final[dict[int, tuple[str, int]]] = {
    1: ("FLOAT16", 16),
    2: ("FLOAT32", 32),
    3: ("UINT8", 8),
    4: ("INT8", 8),
    5: ("BFLOAT16", 16),
    6: ("INT16", 16),
    7: ("UINT16", 16),
    8: ("INT4", 4),
    9: ("UINT1", 1),
    10: ("UINT2", 2),
    11: ("UINT4", 4),
    12: ("UINT3", 3),
    13: ("UINT6", 6),
    14: ("INT32", 32),
    15: ("UINT32", 32),
    16: ("FLOAT8E4M3FN", 8),
    17: ("FLOAT8E5M2", 8),
}
"""Types of what a file of weights holds, with their bits."""
