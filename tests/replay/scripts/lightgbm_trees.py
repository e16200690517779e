"""Clean: boosted trees, deterministic and with one thread."""

import lightgbm
import numpy as np

generator = np.random.default_rng(0)
features = generator.normal(size=(300, 5))
labels = (features[:, 0] > 0).astype(int)
settings = {
    "objective": "binary",
    "seed": 0,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}
lightgbm.train(settings, lightgbm.Dataset(features, labels), 10).save_model("model.txt")
