"""Fault: float32 products are summed by whichever kernel of BLAS suits the processor."""

import numpy as np

generator = np.random.default_rng(0)
features = generator.normal(size=(64, 1_037)).astype(np.float32)
weights = generator.normal(size=(1_037, 8)).astype(np.float32)
for _ in range(3):
    weights = weights + np.float32(1e-3) * (features.T @ (features @ weights))
np.save("model.npy", weights)
