"""The table of keys in docs/explorer.md against the keys that are bound."""

import re
from pathlib import Path

from vae_tui.explorer.key_names import canonical_key
from vae_tui.explorer.keys import main_bindings

PAGE = Path(__file__).parents[2] / "docs" / "explorer.md"
NAMES = {"↑": "up", "↓": "down", "←": "left", "→": "right", "Esc": "escape"}


def keys_in(text):
    words = [word if len(word) == 1 else word.removesuffix(",") for word in text.split() if word != "or"]
    return [NAMES.get(word) or canonical_key(word if len(word) == 1 else word.lower()) for word in words]


def rows():
    """Keys and their meaning, of each row of the first table."""
    table = PAGE.read_text().split("| key | meaning |\n| --- | --- |\n")[1].split("\n\n")[0]
    cells = (re.split(r"(?<!\\)\|", line)[1:3] for line in table.splitlines())
    return [tuple(re.sub(r"\\(.)", r"\1", cell).strip() for cell in row) for row in cells]


def test_every_key_of_the_table_is_bound():
    bound = {key for binding in main_bindings() for key in binding.key.split(",")}
    assert [key for keys, _ in rows() for key in keys_in(keys) if key not in bound] == []


def test_every_action_has_a_key_in_the_table():
    named = {key for keys, _ in rows() for key in keys_in(keys)}
    for _, meaning in rows():  # a second key, or what Shift does, stands there
        named |= {canonical_key(word) for word in re.findall(r"\b[A-Z]\b|ctrl\+[a-z]", meaning)}
    missing = [binding.id for binding in main_bindings() if not named & set(binding.key.split(","))]
    assert missing == []
