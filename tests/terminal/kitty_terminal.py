"""A terminal that keeps pictures as Kitty's protocol document says: written from the document, not from our encoder."""

import base64
import io
import os
import re
from pathlib import Path

import numpy as np
from PIL import Image

PLACEHOLDER = "\U0010eeee"
TOKEN = re.compile(
    r"\x1bPtmux;(?P<wrapped>(?:\x1b\x1b|[^\x1b])*)\x1b\\"
    r"|\x1b_G(?P<command>[^\x1b]*)\x1b\\"
    r"|\x1b\[(?P<colours>[\d;]*)m"
    r"|(?P<text>[^\x1b])",
    re.DOTALL,
)


class KittyTerminal:
    """Takes what a program writes; knows pictures by id, their placements, and the cells that were written."""

    def __init__(self, *, edits=True, in_tmux=False):
        self.pictures = {}
        self.placements = {}
        self.cells = [[]]
        self.refused = []
        self.num_read = 0
        self._edits = edits
        self._in_tmux = in_tmux
        self._pending = None
        self._colour = None

    def write(self, text, *, wrapped=False):
        at = 0
        for match in TOKEN.finditer(text):
            assert match.start() == at, f"no sequence: {text[at : at + 40]!r}"
            at = match.end()
            if match["wrapped"] is not None:
                assert self._in_tmux
                self.write(match["wrapped"].replace("\x1b\x1b", "\x1b"), wrapped=True)
            elif match["command"] is not None:
                assert wrapped == self._in_tmux, "tmux would have swallowed it"
                self._command(match["command"])
            elif match["colours"] is not None:
                self._colour = tuple(map(int, match["colours"].split(";")))
            elif match["text"] == "\n":
                self.cells.append([])
            elif match["text"] == PLACEHOLDER:
                self.cells[-1].append((self._colour, ""))
            else:  # a mark over the cell before it
                colour, marks = self.cells[-1][-1]
                self.cells[-1][-1] = (colour, marks + match["text"])
        assert at == len(text)

    def show(self, painting):
        """Writes a painting as a widget would: cells, then the sequence."""
        self.cells = [[]]
        self.write("\n".join(painting.ready_rows))
        self.write(painting.sequence)

    def _command(self, command):
        words, _, payload = command.partition(";")
        keys = dict(word.split("=", 1) for word in words.split(","))
        assert keys.pop("q") == "2", "an answer would be taken for keys"
        assert len(payload) <= 4096
        if self._pending is not None:
            first, data = self._pending
            more = keys.pop("m")
            expected = {key: first[key] for key in ("a", "i", "r")} if first["a"] == "f" else {}
            assert keys == expected, "a further piece repeats a=f,i=,r= and nothing else"
            keys = first
        else:
            data, more = "", keys.pop("m", "0")
        data += payload
        self._pending = (keys, data) if more == "1" else None
        if more == "0":
            self._act(keys, data)

    def _act(self, keys, data):
        action, image_id = keys["a"], int(keys["i"])
        if action == "d":
            assert keys["d"] == "I"
            self.pictures.pop(image_id, None)
            self.placements.pop(image_id, None)
        elif action == "T":
            assert keys["U"] == "1"
            self.pictures[image_id] = self._pixels(keys, data).copy()
            self.placements[image_id] = (int(keys["c"]), int(keys["r"]))
        elif action == "f" and self._edits and image_id in self.pictures:
            assert keys["r"] == "1"
            x, y, pixels = int(keys["x"]), int(keys["y"]), self._pixels(keys, data)
            room = self.pictures[image_id][y : y + pixels.shape[0], x : x + pixels.shape[1]]
            assert room.shape == pixels.shape, "past the picture's edge"
            room[:] = pixels
        else:
            self.refused.append(keys)

    def _pixels(self, keys, data):
        payload = base64.b64decode(data, validate=True)
        medium = keys.get("t", "d")
        if medium != "d":
            self.num_read += 1
            path = Path("/dev/shm" + payload.decode()) if medium == "s" else Path(payload.decode())
            assert medium == "s" or "tty-graphics-protocol" in path.name
            payload = path.read_bytes()
            assert len(payload) == int(keys["S"])
            os.unlink(path)
        if keys["f"] == "24":
            return np.frombuffer(payload, np.uint8).reshape(int(keys["v"]), int(keys["s"]), 3)
        assert keys["f"] == "100"
        with Image.open(io.BytesIO(payload)) as image:
            assert image.format == "PNG"
            return np.asarray(image.convert("RGB"))

    def on_screen(self, marks):
        """The picture that the cells name, after a look that all its cells are there; `marks` is the table of marks."""
        rows = [row for row in self.cells if row]
        (image_id,) = {self._image_id(colour, over, marks) for row in rows for colour, over in row}
        columns, num_rows = self.placements[image_id]
        assert len(rows) == num_rows
        for y, row in enumerate(rows):
            assert [marks.index(over[0]) for _, over in row] == [y] * columns
            assert [marks.index(over[1]) for _, over in row if len(over) > 1] == list(range(min(columns, len(marks))))
        return self.pictures[image_id]

    @staticmethod
    def _image_id(colour, over, marks):
        assert colour[0] == 38
        low = colour[2] if colour[1] == 5 else colour[2] << 16 | colour[3] << 8 | colour[4]
        return (marks.index(over[2]) << 24 if len(over) > 2 else 0) | low
