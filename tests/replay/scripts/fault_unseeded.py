"""Fault: the first weights come from a generator nobody seeded."""

import numpy as np

weights = np.random.default_rng().normal(size=8)
np.save("model.npy", weights)
