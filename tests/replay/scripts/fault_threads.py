"""Fault: float32 sums are split among as many workers as there are processors."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

values = np.random.default_rng(0).normal(size=100_003).astype(np.float32)
workers = len(os.sched_getaffinity(0))
with ThreadPoolExecutor(workers) as pool:
    parts = list(pool.map(lambda part: np.cumsum(part)[-1], np.array_split(values, workers)))
np.save("model.npy", np.array([np.cumsum(np.array(parts, dtype=np.float32))[-1]]))
