"""Classes of scikit-learn that its pickled models consist of.

An exact list, taken from the syntax trees of scikit-learn 0.22 to 1.8: every class defined at the
top of a module that models live in, and the compiled ones they hold. No pattern would do:
`sklearn.datasets._openml.GzipFile` looks like a class of scikit-learn, and writes files. Not
listed are datasets, plots, vendored packages and tests; to rebuild an object of a
class below runs `__new__`, `__init__` or `__setstate__` of that class and nothing of the pickle's
choosing.
"""

from __future__ import annotations

SKLEARN: dict[str, str] = {
    "_loss._loss": (
        "CyAbsoluteError CyExponentialLoss CyHalfBinomialLoss CyHalfGammaLoss "
        "CyHalfMultinomialLoss CyHalfPoissonLoss CyHalfSquaredError CyHalfTweedieLoss "
        "CyHalfTweedieLossIdentity CyHuberLoss CyPinballLoss __pyx_unpickle_CyAbsoluteError "
        "__pyx_unpickle_CyExponentialLoss __pyx_unpickle_CyHalfBinomialLoss "
        "__pyx_unpickle_CyHalfGammaLoss __pyx_unpickle_CyHalfMultinomialLoss "
        "__pyx_unpickle_CyHalfPoissonLoss __pyx_unpickle_CyHalfSquaredError "
        "__pyx_unpickle_CyHalfTweedieLoss __pyx_unpickle_CyHalfTweedieLossIdentity "
        "__pyx_unpickle_CyHuberLoss __pyx_unpickle_CyPinballLoss"
    ),
    "_loss.link": "BaseLink HalfLogitLink IdentityLink Interval LogLink LogitLink MultinomialLogit",
    "_loss.loss": (
        "AbsoluteError BaseLoss ExponentialLoss HalfBinomialLoss HalfGammaLoss "
        "HalfMultinomialLoss HalfPoissonLoss HalfSquaredError HalfTweedieLoss "
        "HalfTweedieLossIdentity HuberLoss PinballLoss"
    ),
    "base": (
        "BaseEstimator BiclusterMixin ClassNamePrefixFeaturesOutMixin ClassifierMixin "
        "ClusterMixin DensityMixin MetaEstimatorMixin MultiOutputMixin OneToOneFeatureMixin "
        "OutlierMixin RegressorMixin TransformerMixin _OneToOneFeatureMixin _UnstableArchMixin"
    ),
    "calibration": (
        "CalibratedClassifierCV CalibrationDisplay _CalibratedClassifier _SigmoidCalibration "
        "_TemperatureScaling"
    ),
    "cluster._affinity_propagation": "AffinityPropagation",
    "cluster._agglomerative": "AgglomerativeClustering FeatureAgglomeration",
    "cluster._bicluster": "BaseSpectral SpectralBiclustering SpectralCoclustering",
    "cluster._birch": "Birch _CFNode _CFSubcluster",
    "cluster._bisect_k_means": "BisectingKMeans _BisectingTree",
    "cluster._dbscan": "DBSCAN",
    "cluster._feature_agglomeration": "AgglomerationTransform",
    "cluster._hdbscan.hdbscan": "HDBSCAN",
    "cluster._kmeans": "KMeans MiniBatchKMeans _BaseKMeans",
    "cluster._mean_shift": "MeanShift",
    "cluster._optics": "OPTICS",
    "cluster._spectral": "SpectralClustering",
    "compose._column_transformer": "ColumnTransformer _RemainderColsList make_column_selector",
    "compose._target": "TransformedTargetRegressor",
    "covariance._elliptic_envelope": "EllipticEnvelope",
    "covariance._empirical_covariance": "EmpiricalCovariance",
    "covariance._graph_lasso": (
        "BaseGraphicalLasso GraphicalLasso GraphicalLassoCV _DictWithDeprecatedKeys"
    ),
    "covariance._robust_covariance": "MinCovDet",
    "covariance._shrunk_covariance": "LedoitWolf OAS ShrunkCovariance",
    "cross_decomposition._cca": "CCA",
    "cross_decomposition._pls": "CCA PLSCanonical PLSRegression PLSSVD _PLS",
    "decomposition._base": "_BasePCA",
    "decomposition._dict_learning": (
        "DictionaryLearning MiniBatchDictionaryLearning SparseCoder SparseCodingMixin "
        "_BaseSparseCoding"
    ),
    "decomposition._factor_analysis": "FactorAnalysis",
    "decomposition._fastica": "FastICA",
    "decomposition._incremental_pca": "IncrementalPCA",
    "decomposition._kernel_pca": "KernelPCA",
    "decomposition._lda": "LatentDirichletAllocation",
    "decomposition._nmf": "MiniBatchNMF NMF _BaseNMF",
    "decomposition._pca": "PCA",
    "decomposition._sparse_pca": "MiniBatchSparsePCA SparsePCA _BaseSparsePCA",
    "decomposition._truncated_svd": "TruncatedSVD",
    "discriminant_analysis": (
        "DiscriminantAnalysisPredictionMixin LinearDiscriminantAnalysis "
        "QuadraticDiscriminantAnalysis"
    ),
    "dummy": "DummyClassifier DummyRegressor",
    "ensemble._bagging": "BaggingClassifier BaggingRegressor BaseBagging",
    "ensemble._base": "BaseEnsemble _BaseHeterogeneousEnsemble",
    "ensemble._forest": (
        "BaseForest ExtraTreesClassifier ExtraTreesRegressor ForestClassifier ForestRegressor "
        "RandomForestClassifier RandomForestRegressor RandomTreesEmbedding"
    ),
    "ensemble._gb": (
        "BaseGradientBoosting BinomialDeviance ClassificationLossFunction ExponentialLoss "
        "GradientBoostingClassifier GradientBoostingRegressor HuberLossFunction "
        "LeastAbsoluteError LeastSquaresError LogOddsEstimator LossFunction MeanEstimator "
        "MultinomialDeviance PriorProbabilityEstimator QuantileEstimator QuantileLossFunction "
        "RegressionLossFunction ScaledLogOddsEstimator VerboseReporter ZeroEstimator"
    ),
    "ensemble._gb_losses": (
        "BinomialDeviance ClassificationLossFunction ExponentialLoss HuberLossFunction "
        "LeastAbsoluteError LeastSquaresError LossFunction MultinomialDeviance "
        "QuantileLossFunction RegressionLossFunction"
    ),
    "ensemble._hist_gradient_boosting.binning": "_BinMapper",
    "ensemble._hist_gradient_boosting.gradient_boosting": (
        "BaseHistGradientBoosting HistGradientBoostingClassifier HistGradientBoostingRegressor"
    ),
    "ensemble._hist_gradient_boosting.grower": "TreeGrower TreeNode",
    "ensemble._hist_gradient_boosting.loss": (
        "BaseLoss BinaryCrossEntropy CategoricalCrossEntropy LeastAbsoluteDeviation "
        "LeastSquares Poisson"
    ),
    "ensemble._hist_gradient_boosting.predictor": "TreePredictor",
    "ensemble._iforest": "IsolationForest",
    "ensemble._stacking": "StackingClassifier StackingRegressor _BaseStacking",
    "ensemble._voting": "VotingClassifier VotingRegressor _BaseVoting",
    "ensemble._weight_boosting": "AdaBoostClassifier AdaBoostRegressor BaseWeightBoosting",
    "feature_extraction._dict_vectorizer": "DictVectorizer",
    "feature_extraction._hash": "FeatureHasher",
    "feature_extraction.image": "PatchExtractor",
    "feature_extraction.text": (
        "CountVectorizer HashingVectorizer TfidfTransformer TfidfVectorizer VectorizerMixin "
        "_VectorizerMixin"
    ),
    "feature_selection._base": "SelectorMixin",
    "feature_selection._from_model": "SelectFromModel",
    "feature_selection._rfe": "RFE RFECV",
    "feature_selection._sequential": "SequentialFeatureSelector",
    "feature_selection._univariate_selection": (
        "GenericUnivariateSelect SelectFdr SelectFpr SelectFwe SelectKBest SelectPercentile "
        "_BaseFilter"
    ),
    "feature_selection._variance_threshold": "VarianceThreshold",
    "frozen._frozen": "FrozenEstimator",
    "gaussian_process._gpc": "GaussianProcessClassifier _BinaryGaussianProcessClassifierLaplace",
    "gaussian_process._gpr": "GaussianProcessRegressor",
    "gaussian_process.kernels": (
        "CompoundKernel ConstantKernel DotProduct ExpSineSquared Exponentiation "
        "GenericKernelMixin Hyperparameter Kernel KernelOperator Matern NormalizedKernelMixin "
        "PairwiseKernel Product RBF RationalQuadratic StationaryKernelMixin Sum WhiteKernel"
    ),
    "impute._base": "MissingIndicator SimpleImputer _BaseImputer",
    "impute._iterative": "IterativeImputer",
    "impute._knn": "KNNImputer",
    "inspection._partial_dependence": "PartialDependenceDisplay",
    "isotonic": "IsotonicRegression",
    "kernel_approximation": (
        "AdditiveChi2Sampler Nystroem PolynomialCountSketch RBFSampler SkewedChi2Sampler"
    ),
    "kernel_ridge": "KernelRidge",
    "linear_model._base": "LinearClassifierMixin LinearModel LinearRegression SparseCoefMixin",
    "linear_model._bayes": "ARDRegression BayesianRidge",
    "linear_model._coordinate_descent": (
        "ElasticNet ElasticNetCV Lasso LassoCV LinearModelCV MultiTaskElasticNet "
        "MultiTaskElasticNetCV MultiTaskLasso MultiTaskLassoCV"
    ),
    "linear_model._glm._newton_solver": "NewtonCholeskySolver NewtonSolver",
    "linear_model._glm.glm": (
        "GammaRegressor GeneralizedLinearRegressor PoissonRegressor TweedieRegressor "
        "_GeneralizedLinearRegressor"
    ),
    "linear_model._glm.link": "BaseLink IdentityLink LogLink LogitLink",
    "linear_model._huber": "HuberRegressor",
    "linear_model._least_angle": "Lars LarsCV LassoLars LassoLarsCV LassoLarsIC",
    "linear_model._linear_loss": "LinearModelLoss",
    "linear_model._logistic": "LogisticRegression LogisticRegressionCV",
    "linear_model._omp": "OrthogonalMatchingPursuit OrthogonalMatchingPursuitCV",
    "linear_model._passive_aggressive": "PassiveAggressiveClassifier PassiveAggressiveRegressor",
    "linear_model._perceptron": "Perceptron",
    "linear_model._quantile": "QuantileRegressor",
    "linear_model._ransac": "RANSACRegressor",
    "linear_model._ridge": (
        "Ridge RidgeCV RidgeClassifier RidgeClassifierCV _BaseRidge _BaseRidgeCV "
        "_IdentityClassifier _IdentityRegressor _RidgeClassifierMixin _RidgeGCV "
        "_XT_CenterStackOp _X_CenterStackOp"
    ),
    "linear_model._sgd_fast": (
        "EpsilonInsensitive Hinge Huber Log ModifiedHuber SquaredEpsilonInsensitive "
        "SquaredHinge SquaredLoss"
    ),
    "linear_model._stochastic_gradient": (
        "BaseSGD BaseSGDClassifier BaseSGDRegressor SGDClassifier SGDOneClassSVM SGDRegressor "
        "_ValidationScoreCallback"
    ),
    "linear_model._theil_sen": "TheilSenRegressor",
    "manifold._classical_mds": "ClassicalMDS",
    "manifold._isomap": "Isomap",
    "manifold._locally_linear": "LocallyLinearEmbedding",
    "manifold._mds": "MDS",
    "manifold._spectral_embedding": "SpectralEmbedding",
    "manifold._t_sne": "TSNE",
    "metrics._dist_metrics": (
        "BrayCurtisDistance BrayCurtisDistance32 BrayCurtisDistance64 CanberraDistance "
        "CanberraDistance32 CanberraDistance64 ChebyshevDistance ChebyshevDistance32 "
        "ChebyshevDistance64 DiceDistance DiceDistance32 DiceDistance64 DistanceMetric "
        "DistanceMetric32 DistanceMetric64 EuclideanDistance EuclideanDistance32 "
        "EuclideanDistance64 HammingDistance HammingDistance32 HammingDistance64 "
        "HaversineDistance HaversineDistance32 HaversineDistance64 JaccardDistance "
        "JaccardDistance32 JaccardDistance64 KulsinskiDistance KulsinskiDistance32 "
        "KulsinskiDistance64 MahalanobisDistance MahalanobisDistance32 MahalanobisDistance64 "
        "ManhattanDistance ManhattanDistance32 ManhattanDistance64 MatchingDistance "
        "MatchingDistance32 MatchingDistance64 MinkowskiDistance MinkowskiDistance32 "
        "MinkowskiDistance64 RogersTanimotoDistance RogersTanimotoDistance32 "
        "RogersTanimotoDistance64 RussellRaoDistance RussellRaoDistance32 RussellRaoDistance64 "
        "SEuclideanDistance SEuclideanDistance32 SEuclideanDistance64 SokalMichenerDistance "
        "SokalMichenerDistance32 SokalMichenerDistance64 SokalSneathDistance "
        "SokalSneathDistance32 SokalSneathDistance64 WMinkowskiDistance WMinkowskiDistance32 "
        "WMinkowskiDistance64 newObj"
    ),
    "metrics._scorer": (
        "_BaseScorer _CurveScorer _DeprecatedScorers _MultimetricScorer _PassthroughScorer "
        "_PredictScorer _ProbaScorer _Scorer _ThresholdScorer"
    ),
    "mixture._base": "BaseMixture",
    "mixture._bayesian_mixture": "BayesianGaussianMixture",
    "mixture._gaussian_mixture": "GaussianMixture",
    "model_selection._classification_threshold": (
        "BaseThresholdClassifier FixedThresholdClassifier TunedThresholdClassifierCV _CurveScorer"
    ),
    "model_selection._search": (
        "BaseSearchCV GridSearchCV ParameterGrid ParameterSampler RandomizedSearchCV"
    ),
    "model_selection._search_successive_halving": (
        "BaseSuccessiveHalving HalvingGridSearchCV HalvingRandomSearchCV _SubsampleMetaSplitter"
    ),
    "model_selection._split": (
        "BaseCrossValidator BaseShuffleSplit GroupKFold GroupShuffleSplit GroupsConsumerMixin "
        "KFold LeaveOneGroupOut LeaveOneOut LeavePGroupsOut LeavePOut PredefinedSplit "
        "RepeatedKFold RepeatedStratifiedKFold ShuffleSplit StratifiedGroupKFold "
        "StratifiedKFold StratifiedShuffleSplit TimeSeriesSplit _BaseKFold _CVIterableWrapper "
        "_RepeatedSplits _UnsupportedGroupCVMixin"
    ),
    "multiclass": "OneVsOneClassifier OneVsRestClassifier OutputCodeClassifier _ConstantPredictor",
    "multioutput": (
        "ClassifierChain MultiOutputClassifier MultiOutputEstimator MultiOutputRegressor "
        "RegressorChain _BaseChain _MultiOutputEstimator"
    ),
    "naive_bayes": (
        "BaseDiscreteNB BaseNB BernoulliNB CategoricalNB ComplementNB GaussianNB MultinomialNB "
        "_BaseDiscreteNB _BaseNB"
    ),
    "neighbors._ball_tree": "BallTree BallTree32 BallTree64 newObj",
    "neighbors._base": (
        "KNeighborsMixin NeighborsBase RadiusNeighborsMixin SupervisedFloatMixin "
        "SupervisedIntegerMixin UnsupervisedMixin"
    ),
    "neighbors._classification": "KNeighborsClassifier RadiusNeighborsClassifier",
    "neighbors._dist_metrics": (
        "BrayCurtisDistance CanberraDistance ChebyshevDistance DiceDistance DistanceMetric "
        "EuclideanDistance HammingDistance HaversineDistance JaccardDistance KulsinskiDistance "
        "MahalanobisDistance ManhattanDistance MatchingDistance MinkowskiDistance "
        "RogersTanimotoDistance RussellRaoDistance SEuclideanDistance SokalMichenerDistance "
        "SokalSneathDistance WMinkowskiDistance newObj"
    ),
    "neighbors._distance_metric": "DistanceMetric",
    "neighbors._graph": "KNeighborsTransformer RadiusNeighborsTransformer",
    "neighbors._kd_tree": "KDTree KDTree32 KDTree64 newObj",
    "neighbors._kde": "KernelDensity",
    "neighbors._lof": "LocalOutlierFactor",
    "neighbors._nca": "NeighborhoodComponentsAnalysis",
    "neighbors._nearest_centroid": "NearestCentroid",
    "neighbors._regression": "KNeighborsRegressor RadiusNeighborsRegressor",
    "neighbors._unsupervised": "NearestNeighbors",
    "neural_network._multilayer_perceptron": "BaseMultilayerPerceptron MLPClassifier MLPRegressor",
    "neural_network._rbm": "BernoulliRBM",
    "neural_network._stochastic_optimizers": "AdamOptimizer BaseOptimizer SGDOptimizer",
    "pipeline": "FeatureUnion Pipeline",
    "preprocessing._data": (
        "Binarizer KernelCenterer MaxAbsScaler MinMaxScaler Normalizer PolynomialFeatures "
        "PowerTransformer QuantileTransformer RobustScaler StandardScaler"
    ),
    "preprocessing._discretization": "KBinsDiscretizer",
    "preprocessing._encoders": "OneHotEncoder OrdinalEncoder _BaseEncoder",
    "preprocessing._function_transformer": "FunctionTransformer",
    "preprocessing._label": "LabelBinarizer LabelEncoder MultiLabelBinarizer",
    "preprocessing._polynomial": "PolynomialFeatures SplineTransformer",
    "preprocessing._target_encoder": "TargetEncoder",
    "random_projection": "BaseRandomProjection GaussianRandomProjection SparseRandomProjection",
    "semi_supervised._label_propagation": "BaseLabelPropagation LabelPropagation LabelSpreading",
    "semi_supervised._self_training": "SelfTrainingClassifier",
    "svm._base": "BaseLibSVM BaseSVC",
    "svm._classes": "LinearSVC LinearSVR NuSVC NuSVR OneClassSVM SVC SVR",
    "tree._classes": (
        "BaseDecisionTree DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier "
        "ExtraTreeRegressor"
    ),
    "tree._tree": "Tree",
    "utils": "Bunch",
    "utils._bunch": "Bunch",
}
"""Module below `sklearn` to the names it defines."""
