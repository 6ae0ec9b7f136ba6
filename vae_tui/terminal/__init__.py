"""What this terminal can show, and how a picture becomes its bytes."""

from typing import Literal

Graphics = Literal["auto", "kitty", "sixel", "halfblock"]
"""How pictures are drawn: "auto" is the best that the terminal answers to."""
