"""TensorFlow operators that reach out of the graph when it runs.

From the operators' documentation (https://www.tensorflow.org/api_docs/python/tf/raw_ops). `Assert`
and `Print` do not: they end or speak to the log.
"""

from __future__ import annotations

from typing import Final

SAVES: Final = frozenset({"Save", "SaveSlices", "SaveV2", "MergeV2Checkpoints"})
"""Operators that write checkpoints."""

RESTORES: Final = frozenset({"Restore", "RestoreSlice", "RestoreV2"})
"""Operators that read checkpoints."""

OF_NOTE: Final = frozenset(
    [
        "ReadFile",
        "WriteFile",
        "MatchingFiles",
        "WholeFileReader",
        "WholeFileReaderV2",
        "TextLineReader",
        "TextLineReaderV2",
        "FixedLengthRecordReader",
        "FixedLengthRecordReaderV2",
        "TFRecordReader",
        "TFRecordReaderV2",
        "LMDBReader",
        "LMDBDataset",
        "TextLineDataset",
        "TFRecordDataset",
        "TFRecordDatasetV2",
        "FixedLengthRecordDataset",
        "FixedLengthRecordDatasetV2",
        "CSVDataset",
        "CSVDatasetV2",
        "ExperimentalCSVDataset",
        "ExperimentalLMDBDataset",
        "MatchingFilesDataset",
        "ExperimentalMatchingFilesDataset",
        "SaveDataset",
        "SaveDatasetV2",
        "LoadDataset",
        "SnapshotDataset",
        "SnapshotDatasetV2",
        "DatasetToTFRecord",
        "ExperimentalDatasetToTFRecord",
        "CacheDataset",
        "CacheDatasetV2",
        "InitializeTableFromTextFile",
        "InitializeTableFromTextFileV2",
        "LoadAndRemapMatrix",
        "GenerateVocabRemapping",
        "DecodeProtoV2",
        "EncodeProto",
        "PyFunc",
        "PyFuncStateless",
        "EagerPyFunc",
        "SqlDataset",
        "ExperimentalSqlDataset",
        "Rpc",
        "TryRpc",
        "DataServiceDataset",
        "DataServiceDatasetV2",
        "DataServiceDatasetV3",
        "DataServiceDatasetV4",
        "RegisterDataset",
        "RegisterDatasetV2",
        "DebugIdentity",
        "DebugIdentityV2",
        "DebugIdentityV3",
        "DebugNanCount",
        "DebugNumericSummary",
        "DebugNumericSummaryV2",
        "CreateSummaryFileWriter",
        "CreateSummaryDbWriter",
        "WriteSummary",
        "WriteRawProtoSummary",
        "WriteGraphSummary",
        "FileSystemSetConfiguration",
    ]
)
"""Operators that touch files, processes, other machines or Python, but for the two above."""

PRINT: Final = "PrintV2"
STREAM: Final = "output_stream"
"""The operator that prints, and its attribute that may name a file."""
