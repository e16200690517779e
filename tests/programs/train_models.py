"""Train a small model with each framework, and write down what the framework itself answers.

python train_models.py FOLDER [FILE ...]

`answers.json` holds what is asked, and by the name of the file what came back. Without names, every
model is trained.
"""

import json
import os
import sys
from pathlib import Path

import joblib
import numpy as np

FOLDER, WANTED = Path(sys.argv[1]), set(sys.argv[2:])
generator = np.random.default_rng(0)
features = generator.normal(size=(200, 4))
labels = (features[:, 0] + 0.5 * features[:, 1] > 0).astype(int)
# Each is a float32, so that it is the same number to every framework.
asked = features[:6].astype(np.float32)
answers = {}


def told(name, **outputs):
    answers[name] = {
        key: value if isinstance(value, list) else np.asarray(value).tolist()
        for key, value in outputs.items()
    }


def pipeline():
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression()).fit(features, labels)


def estimators(name):
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, MinMaxScaler
    from sklearn.svm import SVC

    model = {
        "pipeline.joblib": pipeline,
        "pipeline.joblib.gz": pipeline,
        "columns.joblib": lambda: make_pipeline(
            make_column_transformer(
                (make_pipeline(SimpleImputer(), MinMaxScaler()), [0, 1]), remainder="passthrough"
            ),
            RandomForestClassifier(5, random_state=0),
        ).fit(features, labels),
        "boosting.joblib": lambda: HistGradientBoostingClassifier(max_iter=5).fit(features, labels),
        "vectors.joblib": lambda: SVC().fit(features, labels),
        # Looks like any pipeline, and would call the system when it is asked.
        "harmful.joblib": lambda: make_pipeline(
            FunctionTransformer(os.system, check_inverse=False), SVC()
        ),
    }[name]()
    joblib.dump(model, FOLDER / name, compress=3 if name.endswith(".gz") else 0)
    if name != "harmful.joblib":
        table = asked.astype(np.float64)
        told(name, label=model.predict(table))
        if hasattr(model, "predict_proba"):
            answers[name]["probabilities"] = model.predict_proba(table).tolist()


def clusters(name):
    from sklearn.cluster import KMeans

    table = features.astype(np.float32)
    model = KMeans(3, n_init=1, random_state=0).fit(table)
    joblib.dump(model, FOLDER / name)
    told(name, label=model.predict(asked))


def xgboost_trees(name):
    import xgboost

    settings = {"objective": "binary:logistic", "seed": 0, "nthread": 1, "max_depth": 3}
    booster = xgboost.train(settings, xgboost.DMatrix(features, labels), 8)
    booster.save_model(FOLDER / name)
    told(name, predictions=booster.predict(xgboost.DMatrix(asked)))


def lightgbm_trees(name):
    import lightgbm

    settings = {"objective": "binary", "seed": 0, "num_threads": 1, "verbose": -1}
    booster = lightgbm.train(settings, lightgbm.Dataset(features, labels), 8)
    booster.save_model(FOLDER / name)
    told(name, predictions=booster.predict(asked.astype(np.float64)))


def graph(name):
    import onnxruntime
    from skl2onnx import to_onnx

    model = to_onnx(pipeline(), features[:1].astype(np.float32), options={"zipmap": False})
    (FOLDER / name).write_bytes(model.SerializeToString())
    session = onnxruntime.InferenceSession(FOLDER / name)
    names = [one.name for one in session.get_outputs()]
    told(name, **dict(zip(names, session.run(None, {"X": asked}), strict=True)))


def tensors(name):
    from safetensors.numpy import save_file

    weights, bias = np.linalg.lstsq(features, labels, rcond=None)[0], np.full(1, 0.5)
    save_file({"weights": weights.astype(np.float32), "bias": bias}, FOLDER / name)
    told(name, score=(asked @ weights.astype(np.float32) + bias))


MODELS = {
    "model.json": xgboost_trees,
    "model.ubj": xgboost_trees,
    "model.txt": lightgbm_trees,
    "model.onnx": graph,
    "model.safetensors": tensors,
    "clusters.joblib": clusters,
    **dict.fromkeys(
        (
            "pipeline.joblib",
            "pipeline.joblib.gz",
            "columns.joblib",
            "boosting.joblib",
            "vectors.joblib",
            "harmful.joblib",
        ),
        estimators,
    ),
}
for name in sorted(WANTED or MODELS):
    MODELS[name](name)
document = {"asked": asked.tolist(), "answers": answers}
(FOLDER / "answers.json").write_text(json.dumps(document), encoding="utf-8")
