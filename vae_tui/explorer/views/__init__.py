"""The views: one file and one style sheet each, found by their place here."""
