"""Globals of XGBoost, LightGBM and CatBoost that their models consist of.

A booster can be told to read a model, which lies in the pickle as bytes; it cannot be told to run
one.
"""

from __future__ import annotations

XGBOOST: dict[str, str] = {
    "xgboost.core": "Booster",
    "xgboost.sklearn": (
        "XGBClassifier XGBModel XGBRFClassifier XGBRFRegressor XGBRanker XGBRegressor"
    ),
}
"""Module to the names it defines."""

LIGHTGBM: dict[str, str] = {
    "lightgbm.basic": "Booster",
    "lightgbm.sklearn": "LGBMClassifier LGBMModel LGBMRanker LGBMRegressor",
}
"""Module to the names it defines."""

CATBOOST: dict[str, str] = {
    "catboost.core": "CatBoost CatBoostClassifier CatBoostRanker CatBoostRegressor",
}
"""Module to the names it defines."""
