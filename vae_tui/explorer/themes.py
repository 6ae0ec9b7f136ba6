"""The two themes: neutral greys about the pictures, and one accent colour. The only colours named in Python."""

from textual.theme import Theme

DARK = Theme(
    name="vaetui-dark",
    primary="#e5a84b",
    accent="#e5a84b",
    secondary="#e5a84b",
    warning="#e5a84b",
    success="#e5a84b",
    error="#e5a84b",
    foreground="#e4e4e7",
    background="#18181b",  # imaging.PAPER: a saved picture looks like the one on the screen
    surface="#18181b",
    panel="#2d2d32",
    dark=True,
    variables={"block-cursor-foreground": "#18181b", "input-selection-background": "#e5a84b 30%"},
)

LIGHT = Theme(
    name="vaetui-light",
    primary="#8f5600",
    accent="#8f5600",
    secondary="#8f5600",
    warning="#8f5600",
    success="#8f5600",
    error="#8f5600",
    foreground="#27272a",
    background="#fafafa",
    surface="#fafafa",
    panel="#e4e4e7",
    dark=False,
    variables={"block-cursor-foreground": "#fafafa", "input-selection-background": "#8f5600 30%"},
)
