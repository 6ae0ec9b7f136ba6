"""What this terminal can show, and how a picture becomes its bytes: one file a protocol."""

from typing import Literal, get_args

Graphics = Literal["auto", "kitty", "sixel", "halfblock"]
"""How pictures are drawn: "auto" is the best that the terminal answers to."""

GRAPHICS: tuple[str, ...] = get_args(Graphics)
