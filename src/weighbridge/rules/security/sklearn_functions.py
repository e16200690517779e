"""Functions of scikit-learn that its models refer to, as a score or a kernel.

A pickle may hold them as values. It has no reason to call them: some take a function themselves, or
start processes.
"""

from __future__ import annotations

SKLEARN_FUNCTIONS: dict[str, str] = {
    "cluster._kmeans": "_kmeans_single_elkan _kmeans_single_lloyd",
    "feature_selection._mutual_info": "mutual_info_classif mutual_info_regression",
    "feature_selection._univariate_selection": "chi2 f_classif f_oneway f_regression r_regression",
    "feature_selection.mutual_info_": "mutual_info_classif mutual_info_regression",
    "feature_selection.univariate_selection": "chi2 f_classif f_oneway f_regression",
    "metrics._classification": (
        "accuracy_score balanced_accuracy_score brier_score_loss class_likelihood_ratios "
        "classification_report cohen_kappa_score confusion_matrix d2_brier_score "
        "d2_log_loss_score f1_score fbeta_score hamming_loss hinge_loss jaccard_score log_loss "
        "matthews_corrcoef multilabel_confusion_matrix precision_recall_fscore_support "
        "precision_score recall_score zero_one_loss"
    ),
    "metrics._ranking": (
        "auc average_precision_score confusion_matrix_at_thresholds coverage_error dcg_score "
        "det_curve label_ranking_average_precision_score label_ranking_loss ndcg_score "
        "precision_recall_curve roc_auc_score roc_curve top_k_accuracy_score"
    ),
    "metrics._regression": (
        "d2_absolute_error_score d2_pinball_score d2_tweedie_score explained_variance_score "
        "max_error mean_absolute_error mean_absolute_percentage_error mean_gamma_deviance "
        "mean_pinball_loss mean_poisson_deviance mean_squared_error mean_squared_log_error "
        "mean_tweedie_deviance median_absolute_error r2_score root_mean_squared_error "
        "root_mean_squared_log_error"
    ),
    "metrics.classification": (
        "accuracy_score balanced_accuracy_score brier_score_loss classification_report "
        "cohen_kappa_score confusion_matrix f1_score fbeta_score hamming_loss hinge_loss "
        "jaccard_score jaccard_similarity_score log_loss matthews_corrcoef "
        "multilabel_confusion_matrix precision_recall_fscore_support precision_score "
        "recall_score zero_one_loss"
    ),
    "metrics.cluster._supervised": (
        "adjusted_mutual_info_score adjusted_rand_score completeness_score contingency_matrix "
        "entropy fowlkes_mallows_score homogeneity_completeness_v_measure homogeneity_score "
        "mutual_info_score normalized_mutual_info_score pair_confusion_matrix rand_score "
        "v_measure_score"
    ),
    "metrics.cluster._unsupervised": (
        "calinski_harabasz_score davies_bouldin_score silhouette_samples silhouette_score"
    ),
    "metrics.pairwise": (
        "additive_chi2_kernel chi2_kernel cosine_distances cosine_similarity "
        "euclidean_distances haversine_distances laplacian_kernel linear_kernel "
        "manhattan_distances nan_euclidean_distances paired_cosine_distances paired_distances "
        "paired_euclidean_distances paired_manhattan_distances pairwise_distances "
        "pairwise_distances_argmin pairwise_distances_argmin_min pairwise_distances_chunked "
        "pairwise_kernels polynomial_kernel rbf_kernel sigmoid_kernel"
    ),
    "metrics.ranking": (
        "auc average_precision_score coverage_error label_ranking_average_precision_score "
        "label_ranking_loss precision_recall_curve roc_auc_score roc_curve"
    ),
    "metrics.regression": (
        "explained_variance_score max_error mean_absolute_error mean_squared_error "
        "mean_squared_log_error median_absolute_error r2_score"
    ),
    "preprocessing._data": (
        "add_dummy_feature binarize maxabs_scale minmax_scale normalize power_transform "
        "quantile_transform robust_scale scale"
    ),
    "preprocessing.data": (
        "add_dummy_feature binarize maxabs_scale minmax_scale normalize power_transform "
        "quantile_transform robust_scale scale"
    ),
}
"""Module below `sklearn` to the names it defines."""
