"""How many cells the screen needs, and what is left out where it has fewer."""

MIN_COLUMNS, MIN_ROWS = 60, 16
"""Under this, the screen says so in place of everything else."""
FULL_COLUMNS, FULL_ROWS = 100, 30
"""Under this, something is left out, and the help says what."""
WIDE_COLUMNS = 150
"""From here on the side panel is wider."""


def size_classes(columns: int, rows: int) -> dict[str, bool]:
    """Which classes a screen of this size has, by which the style sheets go."""
    return {
        "-too-small": columns < MIN_COLUMNS or rows < MIN_ROWS,
        "-medium": columns >= FULL_COLUMNS,
        "-wide": columns >= WIDE_COLUMNS,
        "-tall": rows >= FULL_ROWS,
    }


def too_small_text(columns: int, rows: int, quit_key: str) -> str:
    """What stands on a screen that is too small."""
    has = f"The terminal has {columns} × {rows} cells."
    return f"{has}\nThe explorer needs {MIN_COLUMNS} × {MIN_ROWS}.\n\n{quit_key} quits"


def left_out_text(columns: int, rows: int) -> str:
    """What a larger screen would show besides; "" where nothing is left out."""
    if columns >= FULL_COLUMNS and rows >= FULL_ROWS:
        return ""
    return (
        f"This terminal has {columns} × {rows} cells. From {FULL_COLUMNS} × {FULL_ROWS} on, values have bars, "
        "the caption two lines, and rows of tiles their labels in full."
    )
