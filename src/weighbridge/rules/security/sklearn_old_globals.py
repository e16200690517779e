"""Classes of scikit-learn before 0.22, and of versions between, under the names they had then.

Taken from the syntax trees of scikit-learn 0.21 and 1.0 in the same way as `sklearn_globals`.
"""

from __future__ import annotations

SKLEARN_OLD: dict[str, str] = {
    "_loss.glm_distribution": (
        "ExponentialDispersionModel GammaDistribution InverseGaussianDistribution "
        "NormalDistribution PoissonDistribution TweedieDistribution"
    ),
    "cluster.affinity_propagation_": "AffinityPropagation",
    "cluster.bicluster": "BaseSpectral SpectralBiclustering SpectralCoclustering",
    "cluster.birch": "Birch _CFNode _CFSubcluster",
    "cluster.dbscan_": "DBSCAN",
    "cluster.hierarchical": "AgglomerativeClustering FeatureAgglomeration",
    "cluster.k_means_": "KMeans MiniBatchKMeans",
    "cluster.mean_shift_": "MeanShift",
    "cluster.optics_": "OPTICS",
    "cluster.spectral": "SpectralClustering",
    "covariance.elliptic_envelope": "EllipticEnvelope",
    "covariance.empirical_covariance_": "EmpiricalCovariance",
    "covariance.graph_lasso_": "GraphLasso GraphLassoCV GraphicalLasso GraphicalLassoCV",
    "covariance.robust_covariance": "MinCovDet",
    "covariance.shrunk_covariance_": "LedoitWolf OAS ShrunkCovariance",
    "cross_decomposition.cca_": "CCA",
    "cross_decomposition.pls_": "PLSCanonical PLSRegression PLSSVD _PLS",
    "decomposition.base": "_BasePCA",
    "decomposition.dict_learning": (
        "DictionaryLearning MiniBatchDictionaryLearning SparseCoder SparseCodingMixin"
    ),
    "decomposition.factor_analysis": "FactorAnalysis",
    "decomposition.fastica_": "FastICA",
    "decomposition.incremental_pca": "IncrementalPCA",
    "decomposition.kernel_pca": "KernelPCA",
    "decomposition.nmf": "NMF",
    "decomposition.online_lda": "LatentDirichletAllocation",
    "decomposition.pca": "PCA",
    "decomposition.sparse_pca": "MiniBatchSparsePCA SparsePCA",
    "decomposition.truncated_svd": "TruncatedSVD",
    "ensemble.bagging": "BaggingClassifier BaggingRegressor BaseBagging",
    "ensemble.base": "BaseEnsemble",
    "ensemble.forest": (
        "BaseForest ExtraTreesClassifier ExtraTreesRegressor ForestClassifier ForestRegressor "
        "RandomForestClassifier RandomForestRegressor RandomTreesEmbedding"
    ),
    "ensemble.gradient_boosting": (
        "BaseGradientBoosting BinomialDeviance ClassificationLossFunction ExponentialLoss "
        "GradientBoostingClassifier GradientBoostingRegressor HuberLossFunction "
        "LeastAbsoluteError LeastSquaresError LogOddsEstimator LossFunction MeanEstimator "
        "MultinomialDeviance PriorProbabilityEstimator QuantileEstimator QuantileLossFunction "
        "RegressionLossFunction ScaledLogOddsEstimator VerboseReporter ZeroEstimator"
    ),
    "ensemble.iforest": "IsolationForest",
    "ensemble.voting": "VotingClassifier VotingRegressor _BaseVoting",
    "ensemble.weight_boosting": "AdaBoostClassifier AdaBoostRegressor BaseWeightBoosting",
    "feature_extraction.dict_vectorizer": "DictVectorizer",
    "feature_extraction.hashing": "FeatureHasher",
    "feature_selection.base": "SelectorMixin",
    "feature_selection.from_model": "SelectFromModel",
    "feature_selection.rfe": "RFE RFECV",
    "feature_selection.univariate_selection": (
        "GenericUnivariateSelect SelectFdr SelectFpr SelectFwe SelectKBest SelectPercentile "
        "_BaseFilter"
    ),
    "feature_selection.variance_threshold": "VarianceThreshold",
    "gaussian_process.gpc": "GaussianProcessClassifier _BinaryGaussianProcessClassifierLaplace",
    "gaussian_process.gpr": "GaussianProcessRegressor",
    "linear_model.base": "LinearClassifierMixin LinearModel LinearRegression SparseCoefMixin",
    "linear_model.bayes": "ARDRegression BayesianRidge",
    "linear_model.coordinate_descent": (
        "ElasticNet ElasticNetCV Lasso LassoCV LinearModelCV MultiTaskElasticNet "
        "MultiTaskElasticNetCV MultiTaskLasso MultiTaskLassoCV"
    ),
    "linear_model.huber": "HuberRegressor",
    "linear_model.least_angle": "Lars LarsCV LassoLars LassoLarsCV LassoLarsIC",
    "linear_model.logistic": "LogisticRegression LogisticRegressionCV",
    "linear_model.omp": "OrthogonalMatchingPursuit OrthogonalMatchingPursuitCV",
    "linear_model.passive_aggressive": "PassiveAggressiveClassifier PassiveAggressiveRegressor",
    "linear_model.perceptron": "Perceptron",
    "linear_model.ransac": "RANSACRegressor",
    "linear_model.ridge": (
        "Ridge RidgeCV RidgeClassifier RidgeClassifierCV _BaseRidge _BaseRidgeCV _RidgeGCV "
        "_X_operator _Xt_operator"
    ),
    "linear_model.sgd_fast": (
        "EpsilonInsensitive Hinge Huber Log ModifiedHuber SquaredEpsilonInsensitive "
        "SquaredHinge SquaredLoss"
    ),
    "linear_model.stochastic_gradient": (
        "BaseSGD BaseSGDClassifier BaseSGDRegressor SGDClassifier SGDRegressor "
        "_ValidationScoreCallback"
    ),
    "linear_model.theil_sen": "TheilSenRegressor",
    "manifold.isomap": "Isomap",
    "manifold.locally_linear": "LocallyLinearEmbedding",
    "manifold.mds": "MDS",
    "manifold.spectral_embedding_": "SpectralEmbedding",
    "manifold.t_sne": "TSNE",
    "metrics.scorer": "_BaseScorer _PredictScorer _ProbaScorer _ThresholdScorer",
    "mixture.base": "BaseMixture",
    "mixture.bayesian_mixture": "BayesianGaussianMixture",
    "mixture.gaussian_mixture": "GaussianMixture",
    "neighbors.ball_tree": "BallTree newObj",
    "neighbors.base": (
        "KNeighborsMixin NeighborsBase RadiusNeighborsMixin SupervisedFloatMixin "
        "SupervisedIntegerMixin UnsupervisedMixin"
    ),
    "neighbors.classification": "KNeighborsClassifier RadiusNeighborsClassifier",
    "neighbors.dist_metrics": (
        "BrayCurtisDistance CanberraDistance ChebyshevDistance DiceDistance DistanceMetric "
        "EuclideanDistance HammingDistance HaversineDistance JaccardDistance KulsinskiDistance "
        "MahalanobisDistance ManhattanDistance MatchingDistance MinkowskiDistance "
        "RogersTanimotoDistance RussellRaoDistance SEuclideanDistance SokalMichenerDistance "
        "SokalSneathDistance WMinkowskiDistance newObj"
    ),
    "neighbors.kd_tree": "KDTree newObj",
    "neighbors.kde": "KernelDensity",
    "neighbors.lof": "LocalOutlierFactor",
    "neighbors.nca": "NeighborhoodComponentsAnalysis",
    "neighbors.nearest_centroid": "NearestCentroid",
    "neighbors.regression": "KNeighborsRegressor RadiusNeighborsRegressor",
    "neighbors.unsupervised": "NearestNeighbors",
    "neural_network.multilayer_perceptron": "BaseMultilayerPerceptron MLPClassifier MLPRegressor",
    "neural_network.rbm": "BernoulliRBM",
    "preprocessing.data": (
        "Binarizer KernelCenterer MaxAbsScaler MinMaxScaler Normalizer PolynomialFeatures "
        "PowerTransformer QuantileTransformer RobustScaler StandardScaler"
    ),
    "preprocessing.imputation": "Imputer",
    "preprocessing.label": "LabelBinarizer LabelEncoder MultiLabelBinarizer",
    "semi_supervised.label_propagation": "BaseLabelPropagation LabelPropagation LabelSpreading",
    "svm.base": "BaseLibSVM BaseSVC",
    "svm.classes": "LinearSVC LinearSVR NuSVC NuSVR OneClassSVM SVC SVR",
    "tree.tree": (
        "BaseDecisionTree DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier "
        "ExtraTreeRegressor"
    ),
}
"""Module below `sklearn` to the names it defines."""
