"""Fault: rows are taken in the order the file system lists files."""

from pathlib import Path

import numpy as np

rows = [np.loadtxt(path, delimiter=",") for path in Path("data").glob("*.csv")]
np.save("model.npy", np.cumsum(np.concatenate(rows)[:, 0]))
