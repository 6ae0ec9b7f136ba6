"""What training minimises: one file an objective, each pure (tensors in, a LossTerms out)."""
