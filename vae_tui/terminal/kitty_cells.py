"""Unicode placeholders: text cells in whose place Kitty and Ghostty draw a part of a picture.

As they are text, they scroll, are covered and are cleared like text, also by tmux, which knows nothing of pictures.
Source: https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders
"""

from functools import lru_cache

PLACEHOLDER = "\U0010eeee"
_DIACRITICS = (
    "305 30D-30E 310 312 33D-33F 346 34A-34C 350-352 357 35B 363-36F 483-487 592-595 597-599 59C-5A1 5A8-5A9 5AB-5AC "
    "5AF 5C4 610-617 657-65B 65D-65E 6D6-6DC 6DF-6E2 6E4 6E7-6E8 6EB-6EC 730 732-733 735-736 73A 73D 73F-741 743 745 "
    "747 749-74A 7EB-7F1 7F3 816-819 81B-823 825-827 829-82D 951 953-954 F82-F83 F86-F87 135D-135F 17DD 193A 1A17 "
    "1A75-1A7C 1B6B 1B6D-1B73 1CD0-1CD2 1CDA-1CDB 1CE0 1DC0-1DC1 1DC3-1DC9 1DCB-1DCC 1DD1-1DE6 1DFE 20D0-20D1 "
    "20D4-20D7 20DB-20DC 20E1 20E7 20E9 20F0 2CEF-2CF1 2DE0-2DFF A66F A67C-A67D A6F0-A6F1 A8E0-A8F1 AAB0 AAB2-AAB3 "
    "AAB7-AAB8 AABE-AABF AAC1 FE20-FE26 10A0F 10A38 1D185-1D189 1D1AA-1D1AD 1D242-1D244"
)
"""The protocol's table of marks that count from 0 (rowcolumn-diacritics.txt), as ranges of code points."""


@lru_cache(maxsize=1)
def diacritics() -> tuple[str, ...]:
    """The 297 combining marks; the mark at n, over a placeholder, says row or column n."""
    marks: list[str] = []
    for part in _DIACRITICS.split():
        first, _, last = part.partition("-")
        marks += map(chr, range(int(first, 16), int(last or first, 16) + 1))
    return tuple(marks)


def placeholder_rows(columns: int, rows: int, high_byte: int = 0) -> list[str]:
    """The text of each row of cells. The picture's id is its foreground colour: see `id_colour`.

    Each cell names its row and its column, as tmux may draw any of them by itself; past column 296 the terminal counts
    on from the left. `high_byte` is the id's bits 24 to 31, which no colour holds. Raises ValueError for more rows
    than can be named.
    """
    marks = diacritics()
    if rows > len(marks):
        raise ValueError(f"a picture of {rows} rows has more than the {len(marks)} that can be named")
    named = min(columns, len(marks))
    unnamed = columns - named
    high = marks[high_byte] if high_byte else ""
    lines = []
    for row in marks[:rows]:
        cell = PLACEHOLDER + row
        lines.append("".join(cell + column + high for column in marks[:named]) + cell * unnamed)
    return lines


def id_colour(image_id: int) -> tuple[int, int, int]:
    """The colour of text that stands for the picture of this id, of 24 bits."""
    return image_id >> 16 & 255, image_id >> 8 & 255, image_id & 255
