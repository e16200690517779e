"""Clean but for the names the exporter takes from hashes, which a stabiliser lets differ."""

from pathlib import Path

import numpy as np
from skl2onnx import to_onnx
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

generator = np.random.default_rng(0)
features = generator.normal(size=(100, 4)).astype(np.float32)
labels = (features[:, 0] > 0).astype(int)
pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(features, labels)
Path("model.onnx").write_bytes(to_onnx(pipeline, features[:1]).SerializeToString())
