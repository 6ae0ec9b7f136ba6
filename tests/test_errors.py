import subprocess

from vae_tui.errors import shell_quoted

WORDS = (
    "run/best.pt",
    "it's",
    "öäü 日本",
    "\x1b[31mred\x1b]0;title\x07.png",
    "exe\u202egnp\u200f\xa0",
    "a\nb\\c'd\t",
    "byte-\udcff.png",
    "",
)


def test_a_shell_gets_the_words_and_a_terminal_nothing_but_letters():
    quoted = " ".join(map(shell_quoted, WORDS))
    assert quoted.isprintable()
    got = subprocess.run(["bash", "-c", f"printf '%s\\0' {quoted}"], capture_output=True, check=True).stdout
    assert tuple(got.decode("utf-8", "surrogateescape").split("\0")[:-1]) == WORDS


def test_a_word_for_a_shell_is_as_plain_as_it_can_be():
    assert shell_quoted("my cat.png") == "'my cat.png'"
    assert shell_quoted("\x1bc's") == r"$'\x1bc\x27s'"
