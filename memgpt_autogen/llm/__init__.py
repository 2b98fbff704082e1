"""Language models and embedders behind small protocols."""
