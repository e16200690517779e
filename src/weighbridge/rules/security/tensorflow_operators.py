"""How far an operator of a TensorFlow graph can be trusted.

From the operators TensorFlow 2.21 registers
(https://www.tensorflow.org/api_docs/python/tf/raw_ops). `Assert` and `Print` reach nothing: they
end the run, or speak to the log. What TensorFlow does not register comes from a library that
somebody loads beforehand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.rules.security.code_trust import ALLOWED, Opinion, malicious, review
from weighbridge.rules.security.tensorflow_a_to_l import NAMES as A_TO_L
from weighbridge.rules.security.tensorflow_m_to_z import NAMES as M_TO_Z

if TYPE_CHECKING:
    from weighbridge.model.structure import CodeUse

_RUNNERS: Final = """
    EagerPyFunc PyFunc PyFuncStateless WriteFile FileSystemSetConfiguration Rpc TryRpc
"""
"""What calls Python or foreign code, writes files, or speaks to other machines."""

_REACHING: Final = """
    ReadFile MatchingFiles WholeFileReader WholeFileReaderV2 TextLineReader TextLineReaderV2
    FixedLengthRecordReader FixedLengthRecordReaderV2 TFRecordReader TFRecordReaderV2
    LMDBReader LMDBDataset TextLineDataset TFRecordDataset TFRecordDatasetV2
    FixedLengthRecordDataset FixedLengthRecordDatasetV2 CSVDataset CSVDatasetV2
    ExperimentalCSVDataset ExperimentalLMDBDataset MatchingFilesDataset
    ExperimentalMatchingFilesDataset SaveDataset SaveDatasetV2 LoadDataset Snapshot
    SnapshotDataset SnapshotDatasetV2 SnapshotDatasetReader SnapshotNestedDatasetReader
    SnapshotChunkDataset ListSnapshotChunksDataset DistributedSave DatasetToTFRecord
    ExperimentalDatasetToTFRecord CacheDataset CacheDatasetV2 LoadAndRemapMatrix
    GenerateVocabRemapping DecodeProtoV2 EncodeProto SqlDataset ExperimentalSqlDataset
    DataServiceDataset DataServiceDatasetV2 DataServiceDatasetV3 DataServiceDatasetV4
    RegisterDataset RegisterDatasetV2 DebugIdentity DebugIdentityV2 DebugIdentityV3
    DebugNanCount DebugNumericSummary DebugNumericSummaryV2 CreateSummaryFileWriter
    CreateSummaryDbWriter WriteSummary WriteRawProtoSummary WriteGraphSummary
    WriteScalarSummary WriteHistogramSummary WriteImageSummary WriteAudioSummary
    StatsAggregatorSetSummaryWriter RpcServer RpcServerStart RpcServerRegister RpcClient
    RpcCall RemoteCall DatasetFromGraph RecordInput InitializeTableFromTextFile
    InitializeTableFromTextFileV2 Save SaveSlices SaveV2 MergeV2Checkpoints Restore
    RestoreSlice RestoreV2 XlaCustomCall XlaCustomCallV2 CollectiveInitializeCommunicator
"""
"""What reads files, or writes them as a checkpoint, a summary or a cache is written."""

_RUNS: Final = frozenset(_RUNNERS.split())
_REACHES: Final = frozenset(_REACHING.split())
_KNOWN: Final = A_TO_L | M_TO_Z


def opinion(use: CodeUse) -> Opinion:
    """Say what is known of an operator; a model's own saver and its assets are part of it."""
    if use.name in _REACHES and use.detail.startswith("own "):
        return ALLOWED
    found = named(use.name)
    if found is ALLOWED and "=file://" in use.detail:
        return malicious("it writes to a file")
    return found


def named(operator: str) -> Opinion:
    """Say what is known of an operator by its name alone."""
    if operator in _RUNS:
        return malicious("it runs code, writes files or speaks to other machines")
    if operator in _REACHES:
        return review("it reads or writes files, or calls a library")
    if operator not in _KNOWN:
        return review("TensorFlow has no such operator: a library of somebody else's has it")
    return ALLOWED
