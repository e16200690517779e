"""Importing another registry of models: its versions become folders with a manifest each."""
