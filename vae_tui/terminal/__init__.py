"""What this terminal can show, and how a picture becomes its bytes: one file a protocol."""

from typing import Literal, get_args

Protocol = Literal["kitty", "sixel", "iterm", "halfblock", "halfblock256"]
"""How pictures are drawn. Half cells are of 24 bits, or of the 256 colours."""
Graphics = Literal["auto", "kitty", "sixel", "iterm", "halfblock", "halfblock256"]
""""auto": the best that the terminal answers to."""

PROTOCOLS: tuple[Protocol, ...] = get_args(Protocol)
GRAPHICS: tuple[Graphics, ...] = get_args(Graphics)
COLOURS_VARIABLE = "VAETUI_SIXEL_COLOURS"
"""Names in the environment how many colours a Sixel picture has, 16 to 256."""
GRAPHICS_VARIABLE = "VAETUI_GRAPHICS"
"""Names a protocol where the command line names none."""
