"""Train variational autoencoders and look inside them, in a terminal."""

__version__ = "0.1.0"
