"""Clean: boosted trees with one thread."""

import numpy as np
import xgboost

generator = np.random.default_rng(0)
features = generator.normal(size=(200, 5))
labels = (features[:, 0] > 0).astype(int)
data = xgboost.DMatrix(features, labels, nthread=1)
settings = {"objective": "binary:logistic", "seed": 0, "nthread": 1, "max_depth": 3}
xgboost.train(settings, data, num_boost_round=10).save_model("model.json")
