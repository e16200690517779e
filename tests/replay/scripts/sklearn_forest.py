"""Clean: a seeded random forest."""

import joblib
import numpy as np
from sklearn.ensemble import RandomForestClassifier

generator = np.random.default_rng(0)
features = generator.normal(size=(200, 5))
labels = (features[:, 0] + features[:, 1] > 0).astype(int)
model = RandomForestClassifier(20, random_state=0, n_jobs=1).fit(features, labels)
joblib.dump(model, "model.joblib")
