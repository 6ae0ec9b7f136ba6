import pytest

from vae_tui.terminal.answers import ANSWER_S, KEY_S, Answer, AnswerParser

ANSWERS = {
    "DA1": (b"\x1b[?62;4;22c", Answer("[", "?62;4;22c")),
    "DA2": (b"\x1b[>1;4000;29c", Answer("[", ">1;4000;29c")),
    "XTVERSION": (b"\x1bP>|kitty(0.35.2)\x1b\\", Answer("P", ">|kitty(0.35.2)")),
    "Kitty OK": (b"\x1b_Gi=31;OK\x1b\\", Answer("_", "Gi=31;OK")),
    "Kitty error": (b"\x1b_Gi=31;EINVAL:no\x1b\\", Answer("_", "Gi=31;EINVAL:no")),
    "cell": (b"\x1b[6;20;10t", Answer("[", "6;20;10t")),
    "window": (b"\x1b[4;800;1000t", Answer("[", "4;800;1000t")),
    "characters": (b"\x1b[8;40;100t", Answer("[", "8;40;100t")),
    "registers": (b"\x1b[?1;0;256S", Answer("[", "?1;0;256S")),
    "ready": (b"\x1b[0n", Answer("[", "0n")),
    "background": (b"\x1b]11;rgb:1818/1818/1b1b\x07", Answer("]", "11;rgb:1818/1818/1b1b")),
    "keyboard": (b"\x1b[?5u", Answer("[", "?5u")),
}
MODE_REPORT = b"\x1b[?2026;2$y"
KEYS = {
    "text": "r é ▀".encode(),
    "arrow": b"\x1b[A",
    "shift arrow": b"\x1b[1;2A",
    "rxvt shift arrow": b"\x1b[a\x1b[c",
    "rxvt shift home": b"\x1b[7$",
    "F5": b"\x1b[15~",
    "shift F3": b"\x1b[1;2R",
    "Linux console F1": b"\x1b[[A",
    "SS3": b"\x1bOP",
    "kitty key": b"\x1b[97;5u",
    "kitty F3": b"\x1b[13;1~",
    "Alt+x": b"\x1bx",
    "Alt+Shift+P and a key": b"\x1bPq",
    "Alt+_ and a key": b"\x1b_a",
    "Alt+] and a key": b"\x1b]x",
    "SGR mouse": b"\x1b[<0;12;7M\x1b[<0;12;7m",
    "X10 mouse": b"\x1b[M \x1b\x21",
    "paste": b"\x1b[200~some text\x1b[201~",
    "cursor": b"\x1b[12;40R",
    "size within the stream": b"\x1b[48;40;100;800;1000t",
    "focus": b"\x1b[I\x1b[O",
}


@pytest.fixture
def now():
    return [0.0]


@pytest.fixture
def parser(now):
    return AnswerParser(keep_mode_reports=True, clock=lambda: now[0])


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("at_once", [True, False])
def test_answers_are_taken_out(parser, name, at_once):
    data, answer = ANSWERS[name]
    text = b"a" + data + b"b"
    pieces = [text] if at_once else [text[i : i + 1] for i in range(len(text))]
    assert b"".join(map(parser.feed, pieces)) == b"ab"
    assert parser.take() == [answer]
    assert parser.take() == []


@pytest.mark.parametrize("name", KEYS)
def test_keys_pass_at_once_and_as_they_are(parser, name):
    assert parser.feed(KEYS[name]) == KEYS[name]
    assert parser.take() == []


@pytest.mark.parametrize("name", KEYS)
def test_keys_pass_byte_by_byte(parser, name):
    data = KEYS[name]
    assert b"".join(parser.feed(data[i : i + 1]) for i in range(len(data))) + parser.flush() == data


@pytest.mark.parametrize("name", KEYS)
def test_keys_pass_between_answers(parser, name):
    every = [data for data, _ in ANSWERS.values()]
    text = KEYS[name].join([b"", *every, b""])
    assert parser.feed(text) == KEYS[name] * (len(every) + 1)
    assert len(parser.take()) == len(every)


def test_mode_reports_are_keys_to_textual_alone():
    assert AnswerParser(keep_mode_reports=True).feed(MODE_REPORT) == MODE_REPORT
    parser = AnswerParser(keep_mode_reports=False)
    assert parser.feed(MODE_REPORT) == b""
    assert parser.take() == [Answer("[", "?2026;2$y")]


def test_escape_alone_is_a_key_after_a_moment(parser, now):
    assert parser.feed(b"\x1b") == b""
    assert parser.is_holding
    assert parser.release() == b""
    now[0] += KEY_S
    assert parser.release() == b"\x1b"
    assert not parser.is_holding
    assert parser.release() == b""


@pytest.mark.parametrize("begun", [b"\x1bP", b"\x1b_", b"\x1b]", b"\x1b["])
def test_so_is_alt_with_a_key_that_answers_begin_with(parser, now, begun):
    assert parser.feed(begun) == b""
    now[0] += KEY_S
    assert parser.release() == begun


@pytest.mark.parametrize("data", [data for data, _ in ANSWERS.values()])
def test_an_answer_may_take_its_time_once_it_has_begun(parser, now, data):
    assert parser.feed(data[:7]) == b""
    now[0] += ANSWER_S / 2
    assert parser.release() == b""
    assert parser.feed(data[7:]) == b""
    assert len(parser.take()) == 1


def test_of_an_answer_that_broke_off_no_digit_is_a_key(parser, now):
    assert parser.feed(b"\x1b[?62;4") == b""
    now[0] += ANSWER_S
    assert parser.release() == b""
    assert parser.feed(b"q") == b"q"


def test_an_endless_string_is_no_answer(parser):
    text = b"\x1b_Gi=1;" + b"x" * 5000
    assert parser.feed(text) == text
