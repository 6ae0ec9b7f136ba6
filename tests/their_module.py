"""The text of somebody's own module, as it stands in a file of theirs: 8 x 8 colour images, in [0, 1]."""

THEIRS = """
from torch import nn

class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.outer = nn.Linear(192, 8), nn.Linear(4, 192)

    def encode(self, images):
        return self.inner(images.flatten(1)).chunk(2, dim=1)

    def decode(self, z):
        return self.outer(z).sigmoid().view(-1, 3, 8, 8)
"""
