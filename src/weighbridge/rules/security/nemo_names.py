"""Classes of NeMo 3.0 that the configuration of a model has made: modules, losses, metrics, models.

Missing on purpose: whatever loads further models by an address, or reads a configuration of its
own.
"""

from __future__ import annotations

from typing import Final

_ROOT: Final = "nemo.collections."
_NAMES: Final = {
    "asr.losses": (
        "AngularSoftmaxLoss BCELoss ContrastiveLoss CTCLoss CTCLossForSSL MLMLoss MultiMLMLoss "
        "RNNTLossForSSL"
    ),
    "asr.losses.angularloss": "AngularSoftmaxLoss",
    "asr.losses.bce_loss": "BCELoss",
    "asr.losses.ctc": "CTCLoss",
    "asr.losses.rnnt": "RNNTLoss",
    "asr.losses.rnnt_pytorch": "MultiblankRNNTLossPytorch RNNTLossPytorch TDTLossPytorch",
    "asr.losses.ssl_losses": "ContrastiveLoss",
    "asr.losses.ssl_losses.contrastive": "ContrastiveLoss",
    "asr.losses.ssl_losses.ctc": "CTCLossForSSL",
    "asr.losses.ssl_losses.mlm": "MLMLoss MultiMLMLoss",
    "asr.losses.ssl_losses.rnnt": "RNNTLossForSSL",
    "asr.metrics": "BLEU MultiTaskMetric WER",
    "asr.metrics.bleu": "BLEU",
    "asr.metrics.md_eval": "DiarizationErrorResult",
    "asr.metrics.multi_binary_acc": "MultiBinaryAccuracy",
    "asr.metrics.multitask": "ConstraintParser MultiTaskMetric",
    "asr.metrics.wer": "WER",
    "asr.models": (
        "ASRModel EncDecClassificationModel EncDecCTCModel EncDecCTCModelBPE "
        "EncDecDenoiseMaskedTokenPredModel EncDecFrameClassificationModel "
        "EncDecHybridRNNTCTCBPEModel EncDecHybridRNNTCTCBPEModelWithPrompt "
        "EncDecHybridRNNTCTCModel EncDecMaskedTokenPredModel EncDecMultiTalkerRNNTBPEModel "
        "EncDecMultiTaskModel EncDecRNNTBPEModel EncDecRNNTBPEModelWithPrompt EncDecRNNTModel "
        "EncDecSpeakerLabelModel EncDecTransfModelBPE SortformerEncLabelModel "
        "SpeechEncDecSelfSupervisedModel"
    ),
    "asr.models.aed_multitask_models": "EncDecMultiTaskModel",
    "asr.models.asr_eou_models": (
        "ASREOUModelMixin EncDecHybridRNNTCTCBPEEOUModel EncDecRNNTBPEEOUModel EOUPrediction"
    ),
    "asr.models.asr_model": "ASRModel ExportableEncDecModel",
    "asr.models.classification_models": (
        "EncDecClassificationModel EncDecFrameClassificationModel EncDecRegressionModel"
    ),
    "asr.models.ctc_bpe_models": "EncDecCTCModelBPE",
    "asr.models.ctc_models": "EncDecCTCModel",
    "asr.models.hybrid_rnnt_ctc_bpe_models": "EncDecHybridRNNTCTCBPEModel",
    "asr.models.hybrid_rnnt_ctc_bpe_models_prompt": "EncDecHybridRNNTCTCBPEModelWithPrompt",
    "asr.models.hybrid_rnnt_ctc_models": "EncDecHybridRNNTCTCModel",
    "asr.models.label_models": "EncDecSpeakerLabelModel",
    "asr.models.multitalker_asr_models": "EncDecMultiTalkerRNNTBPEModel",
    "asr.models.online_diarizer": "OnlineClusteringDiarizer",
    "asr.models.rnnt_bpe_models": "EncDecRNNTBPEModel",
    "asr.models.rnnt_bpe_models_prompt": "EncDecRNNTBPEModelWithPrompt",
    "asr.models.rnnt_models": "EncDecRNNTModel",
    "asr.models.sortformer_diar_models": "SortformerEncLabelModel",
    "asr.models.ssl_models": (
        "EncDecDenoiseMaskedTokenPredModel EncDecMaskedTokenPredModel "
        "SpeechEncDecSelfSupervisedModel"
    ),
    "asr.models.transformer_bpe_models": "EncDecTransfModelBPE",
    "asr.modules": (
        "AudioToMelSpectrogramPreprocessor AudioToMFCCPreprocessor ConformerEncoder "
        "ConformerEncoderAdapter ConformerMultiLayerFeatureExtractor ConvASRDecoder "
        "ConvASRDecoderClassification ConvASRDecoderReconstruction ConvASREncoder "
        "ConvASREncoderAdapter CropOrPadSpectrogramAugmentation ECAPAEncoder HATJoint LSTMDecoder "
        "MaskedPatchAugmentation ParallelConvASREncoder RNNEncoder RNNTDecoder "
        "RNNTDecoderJointSSL RNNTJoint SampledRNNTJoint SpeakerDecoder SpectrogramAugmentation "
        "StatelessTransducerDecoder TransformerEncoder"
    ),
    "asr.modules.audio_preprocessing": (
        "AudioPreprocessor AudioToMelSpectrogramPreprocessor AudioToMFCCPreprocessor "
        "CropOrPadSpectrogramAugmentation MaskedPatchAugmentation SpectrogramAugmentation"
    ),
    "asr.modules.conformer_encoder": (
        "ConformerEncoder ConformerEncoderAdapter ConformerMultiLayerFeatureExtractor"
    ),
    "asr.modules.conv_asr": (
        "ConvASRDecoder ConvASRDecoderClassification ConvASRDecoderReconstruction ConvASREncoder "
        "ConvASREncoderAdapter ECAPAEncoder ParallelConvASREncoder SpeakerDecoder"
    ),
    "asr.modules.hybrid_autoregressive_transducer": "HATJoint",
    "asr.modules.lstm_decoder": "LSTMDecoder",
    "asr.modules.rnn_encoder": "RNNEncoder",
    "asr.modules.rnnt": (
        "RNNTDecoder RNNTDecoderJoint RNNTDecoderJointSSL RNNTJoint SampledRNNTJoint "
        "StatelessTransducerDecoder"
    ),
    "asr.modules.rnnt_abstract": "AbstractRNNTDecoder AbstractRNNTJoint",
    "asr.modules.sortformer_modules": "SortformerModules StreamingSortformerState",
    "asr.modules.ssl_modules": (
        "ConformerMultiLayerFeaturePreprocessor ConvFeatureMaksingWrapper MultiSoftmaxDecoder "
        "MultiSpeakerNoiseAugmentation RandomBlockMasking RandomProjectionVectorQuantizer "
        "SpeakerNoiseAugmentation"
    ),
    "asr.modules.ssl_modules.augmentation": (
        "MultiSpeakerNoiseAugmentation SpeakerNoiseAugmentation"
    ),
    "asr.modules.ssl_modules.masking": "ConvFeatureMaksingWrapper RandomBlockMasking",
    "asr.modules.ssl_modules.multi_layer_feat": "Aggregator ConformerMultiLayerFeaturePreprocessor",
    "asr.modules.ssl_modules.multi_softmax_decoder": "MultiSoftmaxDecoder",
    "asr.modules.ssl_modules.quantizers": "RandomProjectionVectorQuantizer",
    "asr.modules.transformer": (
        "AttentionBridge BeamSearchSequenceGenerator BeamSearchSequenceGeneratorWithFusionModels "
        "BeamSearchSequenceGeneratorWithLanguageModel BridgeEncoder "
        "EnsembleBeamSearchSequenceGenerator GreedySequenceGenerator PerceiverEncoder "
        "TopKSequenceGenerator TransformerBottleneckEncoderNM TransformerDecoder "
        "TransformerEmbedding TransformerEncoder"
    ),
    "asr.modules.transformer.bridge_encoders": "BridgeEncoder",
    "asr.modules.transformer.decoder_module": "DecoderModule",
    "asr.modules.transformer.encoder_module": "EncoderModule",
    "asr.modules.transformer.perceiver_encoders": "PerceiverEncoder",
    "asr.modules.transformer.reduction_encoders": "PoolingEncoder",
    "asr.modules.transformer.transformer": (
        "TransformerDecoderNM TransformerDecoderNMAdapter TransformerEncoderNM"
    ),
    "asr.modules.transformer.transformer_bottleneck": (
        "TransformerBottleneckDecoderNM TransformerBottleneckEncoderNM"
    ),
    "asr.modules.transformer.transformer_decoders": (
        "TransformerDecoder TransformerDecoderAdapter TransformerDecoderBlock"
    ),
    "asr.modules.transformer.transformer_encoders": (
        "TransformerEncoder TransformerEncoderAdapter TransformerEncoderBlock"
    ),
    "asr.modules.transformer.transformer_encoders_nlp": (
        "TransformerEncoder TransformerEncoderBlock"
    ),
    "asr.modules.transformer.transformer_generators": (
        "BeamSearchSequenceGenerator BeamSearchSequenceGeneratorWithFusionModels "
        "BeamSearchSequenceGeneratorWithLanguageModel EnsembleBeamSearchSequenceGenerator "
        "GreedySequenceGenerator TopKSequenceGenerator"
    ),
    "asr.modules.transformer.transformer_modules": (
        "AttentionBridge FixedPositionalEncoding MultiHeadAttention PositionWiseFF "
        "TransformerEmbedding"
    ),
    "asr.modules.transformer_encoder": (
        "FeedForward MultiHeadAttention TransformerBlock TransformerEncoder"
    ),
    "asr.modules.wav2vec_modules": (
        "ConvFeatureEncoder GradMultiply SamePad TransposeLast Wav2VecTransformerEncoder"
    ),
    "audio.losses": "MAELoss MSELoss SDRLoss",
    "audio.losses.audio": "MAELoss MSELoss SDRLoss",
    "audio.losses.maxine": "CombinedLoss",
    "audio.losses.maxine.losses_combined": "CombinedLoss",
    "audio.metrics": "AudioMetricWrapper SquimMOSMetric SquimObjectiveMetric",
    "audio.metrics.audio": "AudioMetricWrapper",
    "audio.metrics.squim": "SquimMOSMetric SquimObjectiveMetric",
    "audio.models": (
        "AudioToAudioModel EncMaskDecAudioToAudioModel FlowMatchingAudioToAudioModel "
        "PredictiveAudioToAudioModel SchroedingerBridgeAudioToAudioModel "
        "ScoreBasedGenerativeAudioToAudioModel"
    ),
    "audio.models.audio_to_audio": "AudioToAudioModel",
    "audio.models.enhancement": (
        "EncMaskDecAudioToAudioModel FlowMatchingAudioToAudioModel PredictiveAudioToAudioModel "
        "SchroedingerBridgeAudioToAudioModel ScoreBasedGenerativeAudioToAudioModel"
    ),
    "audio.models.maxine": "BNR2",
    "audio.models.maxine.bnr": "BNR2",
    "audio.modules.features": "SpectrogramToMultichannelFeatures",
    "audio.modules.masking": (
        "MaskBasedBeamformer MaskBasedDereverbWPE MaskEstimatorFlexChannels MaskEstimatorGSS "
        "MaskEstimatorRNN MaskReferenceChannel"
    ),
    "audio.modules.projections": "MixtureConsistencyProjection",
    "audio.modules.ssl_pretrain_masking": "SSLPretrainWithMaskedPatch",
    "audio.modules.transforms": "AudioToSpectrogram SpectrogramToAudio",
    "common.losses": (
        "AggregatorLoss BCEWithLogitsLoss CrossEntropyLoss MSELoss MultiSimilarityLoss NLLLoss "
        "SmoothedCrossEntropyLoss SmoothedNLLLoss SpanningLoss"
    ),
    "common.losses.aggregator": "AggregatorLoss",
    "common.losses.bce_logits_loss": "BCEWithLogitsLoss",
    "common.losses.cross_entropy": "CrossEntropyLoss NLLLoss",
    "common.losses.mse_loss": "MSELoss",
    "common.losses.multi_similarity_loss": "MultiSimilarityLoss",
    "common.losses.smoothed_cross_entropy": "SmoothedCrossEntropyLoss SmoothedNLLLoss",
    "common.losses.spanning_loss": "SpanningLoss",
    "common.metrics": "GlobalAverageLossMetric Perplexity TopKClassificationAccuracy",
    "common.metrics.classification_accuracy": (
        "ExactStringMatchMetric ExactStringPerCategoryMatchMetric TokenF1Score "
        "TopKClassificationAccuracy"
    ),
    "common.metrics.global_average_loss_metric": "GlobalAverageLossMetric",
    "common.metrics.perplexity": "Perplexity",
    "common.metrics.punct_er": "DatasetPunctuationErrorRate OccurancePunctuationErrorRate",
    "common.parts.adapter_modules": "AdapterModuleUtil LinearAdapter",
    "common.parts.preprocessing.cleaners": "NumberCleaner",
    "common.parts.preprocessing.collections": (
        "ASRAudioText ASRFeatureLabel ASRFeatureSequenceLabel ASRFeatureText ASRSpeechLabel "
        "ASRVideoText Audio AudioCollection AudioText DiarizationLabel DiarizationSpeechLabel "
        "EndtoEndDiarizationLabel EndtoEndDiarizationSpeechLabel FeatureLabel "
        "FeatureSequenceLabel FeatureText FromFileText SpeechLabel SpeechLLMAudioText "
        "SpeechLLMAudioTextCollection SpeechLLMAudioTextEntity Text VideoText"
    ),
    "common.parts.preprocessing.manifest": "ManifestBase ManifestEN",
    "common.parts.preprocessing.parsers": "CharParser ENCharParser RUCharParser",
    "common.tokenizers": (
        "AggregateTokenizer AutoTokenizer ByteLevelTokenizer CanaryTokenizer CharTokenizer "
        "RegExTokenizer SentencePieceTokenizer TokenizerSpec WordTokenizer"
    ),
    "common.tokenizers.aggregate_tokenizer": "AggregateTokenizer DummyTokenizer TokenizerWrapper",
    "common.tokenizers.bytelevel_tokenizers": "ByteLevelProcessor ByteLevelTokenizer",
    "common.tokenizers.canary_tokenizer": "CanaryBPETokenizer CanaryTokenizer",
    "common.tokenizers.char_tokenizer": "CharTokenizer SpecialTokenString",
    "common.tokenizers.chat_template_mixin": "ChatTemplateMixin",
    "common.tokenizers.chinese_tokenizers": "ChineseProcessor",
    "common.tokenizers.en_ja_tokenizers": "EnJaProcessor JaMecabProcessor",
    "common.tokenizers.huggingface": "AutoTokenizer",
    "common.tokenizers.huggingface.auto_tokenizer": "AutoTokenizer",
    "common.tokenizers.indic_tokenizers": "IndicProcessor",
    "common.tokenizers.moses_tokenizers": "MosesProcessor",
    "common.tokenizers.null_tokenizer": "NullTokenizer",
    "common.tokenizers.regex_tokenizer": "RegExTokenizer",
    "common.tokenizers.sentencepiece_tokenizer": "SentencePieceTokenizer",
    "common.tokenizers.text_to_speech.tokenizer_wrapper": "TextToSpeechTokenizer",
    "common.tokenizers.text_to_speech.tts_tokenizers": (
        "AggregatedTTSTokenizer ArabicCharsTokenizer BaseCharsTokenizer BaseTokenizer "
        "ChinesePhonemesTokenizer EnglishCharsTokenizer EnglishPhonemesTokenizer "
        "FrenchCharsTokenizer GermanCharsTokenizer GermanPhonemesTokenizer HindiCharsTokenizer "
        "IPABPETokenizer IPATokenizer ItalianCharsTokenizer ItalianPhonemesTokenizer "
        "JapanesePhonemeTokenizer SpanishCharsTokenizer VersionedTokenizerField "
        "VietnameseCharsTokenizer"
    ),
    "common.tokenizers.tiktoken_tokenizer": "TiktokenTokenizer",
    "common.tokenizers.tokenizer_spec": "TokenizerSpec",
    "common.tokenizers.word_tokenizer": "WordTokenizer",
    "common.tokenizers.youtokentome_tokenizer": "YouTokenToMeTokenizer",
    "tts.losses.aligner_loss": "BinLoss ForwardSumLoss",
    "tts.losses.audio_codec_loss": (
        "DiscriminatorHingedLoss DiscriminatorSquaredLoss FeatureMatchingLoss GeneratorHingedLoss "
        "GeneratorSquaredLoss MaskedLoss MaskedMAELoss MaskedMSELoss MMDCodebookLoss "
        "MMDEmbeddingLoss MMDLoss MMDTimeLoss MultiResolutionMelLoss MultiResolutionSTFTLoss "
        "RelativeFeatureMatchingLoss SISDRLoss STFTLoss TimeDomainLoss"
    ),
    "tts.losses.fastpitchloss": "DurationLoss EnergyLoss MelLoss PitchLoss",
    "tts.losses.hifigan_losses": "DiscriminatorLoss FeatureMatchingLoss GeneratorLoss",
    "tts.losses.magpietts_cfg_distillation": (
        "CodesCrossEntropyLoss KLDivergenceLoss NRMSELogitsLoss"
    ),
    "tts.losses.moe_loss": "MoEAuxiliaryLoss MoELoadBalancingLoss MoERouterZLoss",
    "tts.losses.stftlosses": (
        "LogSTFTMagnitudeLoss MultiResolutionSTFTLoss SpectralConvergenceLoss STFTLoss"
    ),
    "tts.metrics.classification_report": "ClassificationReport",
    "tts.metrics.eou_classifier": (
        "AlignmentFeatures EoUClassification EoUClassifier EoUType TokenSegment"
    ),
    "tts.metrics.frechet_codec_distance": "CodecEmbedder FrechetCodecDistance",
    "tts.models": (
        "AlignerModel AudioCodecModel EasyMagpieTTSModel FastPitchModel FastPitchModel_SSL "
        "HifiGanModel InferBatchOutput MagpieTTSModel OnlineCFGDistillation SSLDisentangler"
    ),
    "tts.models.aligner": "AlignerModel",
    "tts.models.audio_codec": "AudioCodecModel",
    "tts.models.base": (
        "G2PModel GlowVocoder MelToSpec NeedsNormalizer SpectrogramGenerator TextToWaveform Vocoder"
    ),
    "tts.models.easy_magpietts": "EasyMagpieTTSModel ProcessBatchOutput",
    "tts.models.fastpitch": "FastPitchModel TextTokenizer",
    "tts.models.fastpitch_ssl": "FastPitchModel_SSL",
    "tts.models.hifigan": "HifiGanModel",
    "tts.models.magpietts": (
        "ChunkedDecoderState ChunkState ContextTensorsOutput InferBatchOutput MagpieTTSModel "
        "ModelInferenceParameters"
    ),
    "tts.models.magpietts_cfg_distillation": "OnlineCFGDistillation",
    "tts.models.ssl_tts": "SSLDisentangler",
    "tts.modules.adapters": (
        "AlignmentEncoderAdapter FFTransformerDecoderAdapter FFTransformerEncoderAdapter "
        "TemporalPredictorAdapter"
    ),
    "tts.modules.aligner": "AlignmentEncoder",
    "tts.modules.audio_codec_modules": (
        "CausalConv1dNorm CausalConvTranspose1dNorm CausalHiFiGANDecoder CausalHiFiGANEncoder "
        "CodecActivation Conv1dNorm Conv2dNorm ConvTranspose1dNorm Discriminator "
        "DiscriminatorSTFT DownSampleResidualBlock FiniteScalarQuantizer FullBandMelEncoder "
        "GroupFiniteScalarQuantizer HiFiGANDecoder HiFiGANEncoder HiFiGANResBlock HiFiGANResLayer "
        "MelSpectrogramProcessor MultiBandDiscriminatorSTFT MultiBandMelEncoder "
        "MultiPeriodDiscriminator MultiResolutionDiscriminatorSTFT MultiResolutionSTFTEncoder "
        "PeriodDiscriminator PreEmphasis ResidualBlock ResidualBlockV2 ResNetDecoder "
        "ResNetEncoder ResNetSpeakerEncoder SEBasicBlock SELayer SLMDiscriminator SLMEncoder "
        "SLMPredictor SSLModel STFTProcessor STFTResidualBlock VectorQuantizerBase "
        "VectorQuantizerIndexConverter"
    ),
    "tts.modules.common": "GaussianDropout",
    "tts.modules.encodec_modules": (
        "DiscriminatorSTFT EuclideanCodebook GroupResidualVectorQuantizer "
        "MultiResolutionDiscriminatorSTFT ResidualVectorQuantizer SEANetDecoder SEANetEncoder "
        "SEANetResnetBlock SEANetRNN"
    ),
    "tts.modules.fastpitch": "ConvReLUNorm FastPitchModule FastPitchSSLModule TemporalPredictor",
    "tts.modules.ffn_modules": "ConvolutionLayer PositionwiseConvFF",
    "tts.modules.hifigan_modules": (
        "DiscriminatorP DiscriminatorS Generator MultiPeriodDiscriminator MultiScaleDiscriminator "
        "ResBlock1 ResBlock2"
    ),
    "tts.modules.magpietts_modules": (
        "CharAwareSubwordEncoder CodecHelper EOSDetectionMethod LocalTransformerHelper "
        "LocalTransformerType SpecialAudioToken"
    ),
    "tts.modules.moe_modules": "MoERouter PositionwiseConvFFMoE",
    "tts.modules.nemotron_h_decoder": (
        "HybridMambaAttentionDynamicCache MambaRMSNormGated NemotronHAttention NemotronHBlock "
        "NemotronHCausalLMOutput NemotronHFlashAttention2 NemotronHForCausalLM "
        "NemotronHMamba2Mixer NemotronHMLP NemotronHModel NemotronHMOE NemotronHOutput "
        "NemotronHRMSNorm NemotronHTopkRouter"
    ),
    "tts.modules.ssl_tts": "GreedyCTCDecoder",
    "tts.modules.submodules": (
        "Attention ConditionalInput ConditionalLayerNorm Conv2DReLUNorm ConvNorm GlobalStyleToken "
        "LinearNorm LocationLayer MaskedInstanceNorm1d PartialConv1d Prenet ReferenceEncoder "
        "SpeakerEncoder SpeakerLookupTable StyleAttention"
    ),
    "tts.modules.transformer": (
        "FFTransformer FFTransformerDecoder FFTransformerEncoder MultiHeadAttn "
        "PositionalEmbedding PositionwiseConvFF TransformerLayer"
    ),
    "tts.modules.transformer_2501": (
        "Attention CrossAttention SelfAttention Transformer TransformerLayer"
    ),
}

NEMO_NAMES: Final = frozenset(
    f"{_ROOT}{module}.{name}" for module, names in _NAMES.items() for name in names.split()
)
"""Full names, as `_target_` and `target` of a configuration spell them."""
