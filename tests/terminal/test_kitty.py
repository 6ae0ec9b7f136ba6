import base64
import errno
import io
import itertools
import os
import re
import tempfile
import time
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kitty_terminal import KittyTerminal
from PIL import Image
from rich.cells import cell_len

from vae_tui.terminal.inline import Room, show
from vae_tui.terminal.kitty import CHUNK, commands
from vae_tui.terminal.kitty_cells import diacritics, placeholder_rows
from vae_tui.terminal.kitty_changes import MAX_RECTANGLES, changed_rectangles
from vae_tui.terminal.kitty_live import (
    MAX_UNWRITTEN,
    KittyAbilities,
    PlaceholderPainter,
    PlaceholderStills,
    new_id,
    placeholder_cells,
)
from vae_tui.terminal.kitty_png import lossless_png, palette_png
from vae_tui.terminal.kitty_shared import KEPT, STALE_S, SharedPixels

CELL = (10, 20)
COLUMNS, ROWS = 24, 12
MARKS = diacritics()
MEDIA = [
    pytest.param(None, id="sent"),
    pytest.param("shared", id="shared", marks=pytest.mark.skipif(not os.path.isdir("/dev/shm"), reason="no /dev/shm")),
    pytest.param("file", id="file"),
]


def decoded_grid(seed, side=8, tile=32):
    """Tiles as a decoder gives them: coarse blobs of colour with a little noise."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(40, 216, (side * side, 3, 3, 3), np.uint8)
    tiles = [np.asarray(Image.fromarray(blob).resize((tile, tile), Image.Resampling.BICUBIC)) for blob in coarse]
    tiles += rng.normal(0, 0.4, (side * side, tile, tile, 3))
    grid = np.reshape(tiles, (side, side, tile, tile, 3)).transpose(0, 2, 1, 3, 4)
    return np.clip(grid.reshape(side * tile, side * tile, 3), 0, 255).astype(np.uint8)


def with_row(grid, other, row=3, tile=32):
    """The grid with one row of the other's tiles."""
    changed = grid.copy()
    changed[row * tile : (row + 1) * tile] = other[row * tile : (row + 1) * tile]
    return changed


@pytest.fixture(scope="module")
def frames():
    """A series as keys make it: all new, a row, a column, one tile, scattered tiles, nothing, all new."""
    first, second = decoded_grid(1), decoded_grid(2)
    row = with_row(first, second)
    column = row.copy()
    column[:, 96:128] = second[:, 96:128]
    tile = column.copy()
    tile[224:256, 224:256] = 255 - tile[224:256, 224:256]
    scattered = tile.copy()
    for at in range(0, 8, 3):
        scattered[at * 32 + 5 : at * 32 + 20, at * 32 + 1 : at * 32 + 9] = 7
    return [first, row, column, tile, scattered, scattered, second]


# PNG


def read(png):
    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize("shape", [(1, 1, 3), (7, 5, 3), (64, 3, 3)])
def test_png_keeps_every_pixel(shape):
    picture = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    np.testing.assert_array_equal(read(lossless_png(picture)), picture)
    np.testing.assert_array_equal(read(lossless_png(picture[:, ::-1])), picture[:, ::-1])  # no memory of its own


@pytest.mark.parametrize("levels", [3, 256])
def test_png_holds_the_differences_to_what_is_expected(levels):
    picture = np.random.default_rng(levels).integers(0, levels, (40, 30, 3), np.uint8)
    png = lossless_png(picture)
    start = png.index(b"IDAT")
    rows = np.frombuffer(zlib.decompress(png[start + 4 : start + 4 + int.from_bytes(png[start - 4 : start])]), np.uint8)
    rows = rows.reshape(40, 1 + 3 * 30)
    assert (rows[:, 0] == 4).all()
    padded = np.zeros((41, 31, 3), int)
    padded[1:, 1:] = picture
    for y, x, channel in np.ndindex(picture.shape):
        left, above, diagonal = padded[y + 1, x, channel], padded[y, x + 1, channel], padded[y, x, channel]
        distances = [abs(left + above - diagonal - each) for each in (left, above, diagonal)]
        expected = (left, above, diagonal)[distances.index(min(distances))]  # the first of them, as PNG 9.4 has it
        assert rows[y, 1 + 3 * x + channel] == (padded[y + 1, x + 1, channel] - expected) % 256


def test_palette_png_keeps_few_colours_and_is_near_with_many(frames):
    flat = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [9, 9, 9]]], np.uint8).repeat(8, axis=0)
    assert np.abs(read(palette_png(flat)).astype(int) - flat).max() <= 8
    error = read(palette_png(frames[0])).astype(int) - frames[0]
    psnr_db = 10 * np.log10(255**2 / np.mean(error**2))
    assert psnr_db > 24  # tiles of a real model, whose colours are fewer, reach 35


# Commands


def test_a_payload_of_one_chunk_is_one_command():
    assert list(commands("a=T,i=1", b"x" * 3072)) == [f"\x1b_Ga=T,i=1,q=2,m=0;{'eHh4' * 1024}\x1b\\"]


def test_further_chunks_repeat_what_they_must():
    pieces = list(commands("a=f,i=1,r=1,x=2", b"x" * 3075, "a=f,i=1,r=1"))
    assert [piece.partition(";")[0] for piece in pieces] == [
        "\x1b_Ga=f,i=1,r=1,x=2,q=2,m=1",
        "\x1b_Ga=f,i=1,r=1,q=2,m=0",
    ]
    assert len(pieces[0].partition(";")[2]) == CHUNK + 2


# Cells


def test_marks_are_those_of_the_protocol():
    assert len(MARKS) == len(set(MARKS)) == 297
    assert [ord(MARKS[n]) for n in (0, 1, 4, 296)] == [0x0305, 0x030D, 0x0312, 0x1D244]  # rowcolumn-diacritics.txt
    table = pytest.importorskip("textual_image.renderable.tgp")._NUMBER_TO_DIACRITIC
    assert [ord(mark) for mark in MARKS] == table


def test_cells_take_one_column_each():
    for columns in (1, 40, 296, 297, 320):
        assert [cell_len(row) for row in placeholder_rows(columns, 3)] == [columns] * 3


def test_more_rows_than_marks_are_refused():
    with pytest.raises(ValueError, match="297"):
        placeholder_rows(2, 298)


@pytest.mark.parametrize("narrow", [False, True])
def test_segments_and_text_say_the_same_colour(narrow):
    image_id = new_id(narrow=narrow)
    rows, ready = placeholder_cells(image_id, 3, 2)
    for (segment,), text in zip(rows, ready, strict=True):
        codes = ";".join(segment.style.color.get_ansi_codes())
        assert text == f"\x1b[{codes}m{segment.text}\x1b[0m"


def test_narrow_ids_are_a_colour_of_256_and_a_mark():
    for _ in range(50):
        image_id = new_id(narrow=True)
        assert 16 <= image_id & 0xFFFFFF <= 255
        assert 1 <= image_id >> 24 <= 255


# Changes


def covered(parts, shape):
    mask = np.zeros(shape[:2], int)
    for part in parts:
        mask[part.y : part.y + part.height, part.x : part.x + part.width] += 1
    return mask


def test_equal_pictures_have_no_changes(frames):
    assert changed_rectangles(frames[0], frames[0].copy()) == []


def test_changes_hold_every_pixel_that_differs_and_no_other_tile(frames):
    for old, new in itertools.pairwise(frames):
        mask = covered(changed_rectangles(old, new), old.shape)
        assert mask[(old != new).any(axis=2)].all()
        assert mask.max(initial=0) <= 1
    assert changed_rectangles(frames[0], frames[1]) == [(0, 96, 256, 32)]
    assert changed_rectangles(frames[2], frames[3]) == [(224, 224, 32, 32)]


SIDE = st.integers(1, 40)
PATCHES = st.lists(st.tuples(st.integers(0, 39), st.integers(0, 39), SIDE, SIDE, st.integers(0, 2)), max_size=8)


@given(height=SIDE, width=SIDE, patches=PATCHES)
def test_changes_of_any_kind_lie_in_rectangles_that_lie_in_the_picture(height, width, patches):
    old = np.full((height, width, 3), 7, np.uint8)
    new = old.copy()
    for y, x, rows, columns, channel in patches:
        new[y : y + rows, x : x + columns, channel] ^= 1
    parts = changed_rectangles(old, new)
    assert all(min(part.x, part.y) >= 0 and min(part.width, part.height) > 0 for part in parts)
    assert all(part.x + part.width <= width and part.y + part.height <= height for part in parts)
    restored = old.copy()
    for part in parts:
        part.of(restored)[:] = part.of(new)
    assert np.array_equal(restored, new)
    assert covered(parts, old.shape).max(initial=0) <= 1
    assert bool(parts) == (not np.array_equal(old, new))


def test_one_pixel_in_a_corner_is_one_pixel():
    old = np.zeros((13, 21, 3), np.uint8)
    new = old.copy()
    new[12, 20, 2] = 1
    assert changed_rectangles(old, new) == [(20, 12, 1, 1)]


def test_many_small_changes_become_one():
    old = np.zeros((160, 160, 3), np.uint8)
    new = old.copy()
    new[::32, ::32] = 1  # 25 of them
    assert changed_rectangles(old, new) == [(0, 0, 129, 129)]
    new[:, 32:] = 0
    assert len(changed_rectangles(old, new)) == 5 <= MAX_RECTANGLES


# Pictures under a held key


@pytest.mark.parametrize("medium", MEDIA)
@pytest.mark.parametrize("in_tmux", [False, True])
@pytest.mark.parametrize("edits", [True, False])
def test_the_terminal_shows_the_same_pixels(frames, edits, in_tmux, medium):
    terminal = KittyTerminal(edits=edits, in_tmux=in_tmux)
    abilities = KittyAbilities(edits, medium, through_tmux=in_tmux, narrow_ids=in_tmux)
    painter = PlaceholderPainter(CELL, abilities)
    for frame in frames:
        painting = painter.paint(frame, COLUMNS, ROWS)
        terminal.show(painting)
        np.testing.assert_array_equal(terminal.on_screen(MARKS), frame)
        assert len(terminal.pictures) == 1
    assert terminal.refused == []
    assert bool(terminal.num_read) == bool(medium)
    terminal.write(painter.farewell())
    assert terminal.pictures == {}


def test_an_edit_leaves_the_cells_as_they_are(frames):
    painter = PlaceholderPainter(CELL)
    first, second, third = (painter.paint(frame, COLUMNS, ROWS) for frame in (frames[0], frames[1], frames[1]))
    assert second.rows is first.rows
    assert second.ready_rows is first.ready_rows
    assert "a=f," in second.sequence
    assert third.sequence == ""


def test_a_picture_that_the_caller_draws_into_again_is_no_trap(frames):
    painter, terminal = PlaceholderPainter(CELL), KittyTerminal()
    picture = frames[0].copy()
    terminal.show(painter.paint(picture, COLUMNS, ROWS))
    picture[:] = frames[-1]
    terminal.show(painter.paint(picture, COLUMNS, ROWS))
    np.testing.assert_array_equal(terminal.on_screen(MARKS), frames[-1])


@pytest.mark.parametrize(("columns", "rows", "side"), [(COLUMNS - 1, ROWS, 256), (COLUMNS, ROWS, 128)])
def test_other_cells_or_pixels_are_another_picture_and_the_old_one_goes(frames, columns, rows, side):
    painter, terminal = PlaceholderPainter(CELL), KittyTerminal()
    terminal.show(painter.paint(frames[0], COLUMNS, ROWS))
    terminal.show(painter.paint(frames[1][:side, :side], columns, rows))
    np.testing.assert_array_equal(terminal.on_screen(MARKS), frames[1][:side, :side])
    assert len(terminal.pictures) == 1


def test_a_forgotten_picture_is_painted_whole_under_another_id(frames):
    painter = PlaceholderPainter(CELL)
    before = painter.paint(frames[0], COLUMNS, ROWS)
    painter.forget()
    after = painter.paint(frames[0], COLUMNS, ROWS)
    terminal = KittyTerminal()  # which has lost what was there
    terminal.show(after)
    np.testing.assert_array_equal(terminal.on_screen(MARKS), frames[0])
    assert after.ready_rows != before.ready_rows


@pytest.mark.parametrize("written", [(0, 3, 5), (0, 1, 2, 6), (2, 6), (0, 5), (1, 2, 4, 6)])
def test_frames_that_are_never_written_are_made_up_for(frames, written):
    """Two frames are painted before the first is known to have gone out; some never do."""
    painter, terminal = PlaceholderPainter(CELL, confirmed=True), KittyTerminal()
    ahead = painter.paint(frames[0], COLUMNS, ROWS)
    for index, frame in enumerate(frames):
        painting = ahead
        if index + 1 < len(frames):
            ahead = painter.paint(frames[index + 1], COLUMNS, ROWS)
        if index in written:
            terminal.show(painting)
            painter.written(painting)
            np.testing.assert_array_equal(terminal.on_screen(MARKS), frame)
    assert terminal.refused == []


def test_after_many_that_were_never_written_the_next_is_whole(frames):
    painter = PlaceholderPainter(CELL, confirmed=True)
    painter.written(painter.paint(frames[0], COLUMNS, ROWS))
    sequences = [painter.paint(frames[index % 2], COLUMNS, ROWS).sequence for index in range(MAX_UNWRITTEN + 1)]
    assert ["a=T" in sequence for sequence in sequences] == [False] * MAX_UNWRITTEN + [True]


def test_nothing_was_painted_and_nothing_is_deleted():
    assert PlaceholderPainter(CELL).farewell() == ""


def test_a_farewell_can_be_said_twice_and_the_next_picture_is_whole(frames):
    painter, terminal = PlaceholderPainter(CELL), KittyTerminal()
    terminal.show(painter.paint(frames[0], COLUMNS, ROWS))
    assert painter.farewell() == painter.farewell() != ""
    terminal.write(painter.farewell())
    terminal.show(painter.paint(frames[1], COLUMNS, ROWS))
    np.testing.assert_array_equal(terminal.on_screen(MARKS), frames[1])


def test_stills_stay(frames):
    painter, terminal = PlaceholderStills(CELL, KittyAbilities(through_tmux=True)), KittyTerminal(in_tmux=True)
    for frame in frames[:3]:
        terminal.show(painter.paint(frame, COLUMNS, ROWS))
        np.testing.assert_array_equal(terminal.on_screen(MARKS), frame)
    assert len(terminal.pictures) == 3
    assert painter.farewell() == ""


def test_inline_they_are_lines_of_text(capsys):
    picture = np.random.default_rng(0).integers(0, 256, (50, 40, 3), np.uint8)
    show(picture, Room(PlaceholderStills(CELL, KittyAbilities(through_tmux=True, narrow_ids=True)), 80, 20))
    terminal = KittyTerminal(in_tmux=True)
    text = capsys.readouterr().out
    assert text.endswith("\n")
    terminal.write(text.removesuffix("\n"))
    np.testing.assert_array_equal(terminal.on_screen(MARKS)[:50], picture)


# Sizes: 256 x 256 pixels, 64 tiles


def num_bytes(sequence):
    return len(sequence.encode())


def test_a_whole_grid_is_at_most_172_kb_and_a_row_of_it_30(frames):
    painter = PlaceholderPainter(CELL)
    painter.paint(frames[0], COLUMNS, ROWS)
    whole = num_bytes(painter.paint(frames[-1], COLUMNS, ROWS).sequence)
    row = num_bytes(painter.paint(with_row(frames[-1], frames[0]), COLUMNS, ROWS).sequence)
    assert 100_000 < whole <= 172_000
    assert 8_000 < row <= 30_000


def test_a_palette_makes_it_at_most_52_kb(frames):
    painter = PlaceholderPainter(CELL, quality="palette")
    assert num_bytes(painter.paint(frames[0], COLUMNS, ROWS).sequence) <= 52_000
    assert num_bytes(painter.paint(frames[-1], COLUMNS, ROWS).sequence) <= 52_000


@pytest.mark.parametrize("medium", MEDIA[1:])
def test_what_the_terminal_reads_for_itself_is_named_in_half_a_kb(frames, medium):
    painter = PlaceholderPainter(CELL, KittyAbilities(medium=medium))
    for frame in frames:
        assert num_bytes(painter.paint(frame, COLUMNS, ROWS).sequence) <= 500
    painter.farewell()


# Memory and files that nobody read


@pytest.mark.parametrize("medium", MEDIA[1:])
def test_pixels_that_nobody_read_are_removed(medium):
    shared = SharedPixels(medium)
    paths = [shared.put(bytes([value] * 10)) for value in range(KEPT + 2)]
    paths = [f"/dev/shm{name}" if medium == "shared" else name for name in paths]
    assert [os.path.exists(path) for path in paths] == [False, False] + [True] * KEPT
    assert all(os.stat(path).st_mode & 0o077 == 0 for path in paths[2:])
    os.unlink(paths[3])  # as a terminal does
    shared.clear()
    assert not any(map(os.path.exists, paths))


@pytest.mark.parametrize("medium", MEDIA[1:])
def test_what_a_killed_program_left_is_removed_by_the_next_and_nothing_else(medium):
    left, young = SharedPixels(medium), SharedPixels(medium)
    old, new = (f"/dev/shm{name}" if medium == "shared" else name for name in (left.put(b"old"), young.put(b"new")))
    long_ago = time.time() - STALE_S - 1
    os.utime(old, (long_ago, long_ago))
    SharedPixels(medium)
    assert [os.path.exists(path) for path in (old, new)] == [False, True]
    young.clear()


@pytest.mark.parametrize("medium", MEDIA[1:])
def test_what_another_persons_program_left_is_left_to_it(medium, monkeypatch):
    theirs = SharedPixels(medium)
    name = theirs.put(b"old")
    path = f"/dev/shm{name}" if medium == "shared" else name
    os.utime(path, (0, 0))
    me = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: me + 1)
    SharedPixels(medium)
    assert os.path.exists(path)
    theirs.clear()


def test_a_file_of_a_persons_own_in_shared_memory_is_left_alone():
    long_ago = time.time() - STALE_S - 1
    with tempfile.NamedTemporaryFile(dir="/dev/shm", prefix="vaetui-", suffix=".pt") as own:
        os.utime(own.name, (long_ago, long_ago))
        SharedPixels("shared")
        assert os.path.exists(own.name)


@pytest.mark.parametrize("medium", MEDIA[1:])
def test_where_pixels_can_not_be_put_they_are_sent(frames, medium, monkeypatch):
    def full(shared, pixels):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(SharedPixels, "put", full)
    painter = PlaceholderPainter(CELL, KittyAbilities(medium=medium))
    terminal = KittyTerminal()
    painting = painter.paint(frames[0], COLUMNS, ROWS)
    terminal.write(painting.sequence)
    assert [np.array_equal(picture, frames[0]) for picture in terminal.pictures.values()] == [True]
    assert painting.has_arrived is None


def test_where_shared_memory_fills_up_on_the_way_nothing_is_left_in_it(monkeypatch):
    write, written = os.write, []

    def full(handle, data):
        if written:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(write(handle, data[:4]))
        return written[0]

    shared = SharedPixels("shared")
    monkeypatch.setattr(os, "write", full)
    monkeypatch.setattr("secrets.token_hex", lambda _: "0123456789abcdef")
    with pytest.raises(OSError, match="No space"):
        shared.put(bytes(10))
    assert written == [4]
    assert "vaetui-0123456789abcdef" not in os.listdir("/dev/shm")


@pytest.mark.parametrize("medium", MEDIA[1:])
def test_a_thread_that_draws_while_the_program_ends_puts_nothing(frames, medium, monkeypatch):
    ends = []
    monkeypatch.setattr("atexit.register", ends.append)
    painter = PlaceholderPainter(CELL, KittyAbilities(medium=medium))
    put_before = painter.paint(frames[0], COLUMNS, ROWS)
    ends[0]()
    assert put_before.has_arrived()
    assert painter.paint(frames[1], COLUMNS, ROWS).has_arrived is None


@pytest.mark.parametrize("medium", MEDIA[1:])
def test_a_picture_has_arrived_when_its_pixels_are_gone(frames, medium):
    painter = PlaceholderPainter(CELL, KittyAbilities(medium=medium))
    first, second = (painter.paint(frame, COLUMNS, ROWS) for frame in (frames[0], frames[-1]))
    assert not first.has_arrived()
    terminal = KittyTerminal()
    terminal.write(first.sequence)
    assert first.has_arrived()
    assert not second.has_arrived()
    terminal.write(second.sequence)
    assert second.has_arrived()
    painter.farewell()


def test_nobody_can_tell_whether_pixels_that_are_sent_arrive(frames):
    painter = PlaceholderPainter(CELL, KittyAbilities(through_tmux=True))
    assert painter.may_be_lost
    assert painter.paint(frames[0], COLUMNS, ROWS).has_arrived is None
    assert not PlaceholderPainter(CELL).may_be_lost


def test_ids_of_commands_are_those_of_the_cells(frames):
    painting = PlaceholderPainter(CELL, KittyAbilities(narrow_ids=True)).paint(frames[0], 2, 1)
    sent = int(re.search(r"i=(\d+)", painting.sequence)[1])
    colour, marks = re.match(r"\x1b\[38;5;(\d+)m\U0010eeee(...)", painting.ready_rows[0]).groups()
    assert sent == MARKS.index(marks[2]) << 24 | int(colour)
    assert base64.b64decode(re.search(r";([^\x1b]*)", painting.sequence)[1])[1:4] == b"PNG"
