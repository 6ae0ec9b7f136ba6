"""How large a cell is in pixels, as the kernel knows it: what can be looked up while an app reads the keyboard."""

import struct

VT340_CELL = (10, 20)
"""(width, height) where nobody says; Sixel terminals without a window of their own take it too."""


def window_cell(handle: int) -> tuple[float, float] | None:
    """(width, height) by the window's pixels and cells (TIOCGWINSZ); None where the kernel knows no pixels.

    Not whole where the window has a margin.
    """
    try:
        import fcntl
        import termios

        packed = fcntl.ioctl(handle, termios.TIOCGWINSZ, bytes(8))
    except (ImportError, OSError):
        return None
    rows, columns, width, height = struct.unpack("HHHH", packed)
    return (width / columns, height / rows) if rows and columns and width and height else None


def whole(cell: tuple[float, float]) -> tuple[int, int]:
    """In whole pixels, one at least."""
    return max(1, int(cell[0])), max(1, int(cell[1]))
