"""Somebody's own torch module, opened as a model: the only place that imports code which is not ours."""
