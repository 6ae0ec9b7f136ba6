"""How the learning rate moves over a run: one file a schedule, each pure (epochs done in, factor out)."""
