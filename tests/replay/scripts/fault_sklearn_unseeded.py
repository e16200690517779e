"""Fault: the forest takes its seed from the system."""

import joblib
import numpy as np
from sklearn.ensemble import RandomForestClassifier

features = np.random.default_rng(0).normal(size=(100, 4))
labels = (features[:, 0] > 0).astype(int)
joblib.dump(RandomForestClassifier(5).fit(features, labels), "model.joblib")
