"""Where a drawing's tiles and labels go on a canvas of cells: pure, so that every size can be tested unseen."""

# H height, W width: pixels of what the painter draws (half cells: one by two a cell)

import itertools
import math
from dataclasses import dataclass, replace

from rich.cells import cell_len

from vae_tui.charts.contract import Chart, ChartRun
from vae_tui.charts.palette import is_dark
from vae_tui.imaging import Colour, Layout, Picture, compose, fit
from vae_tui.pictures.contract import Drawing

LABEL_GAP = 2
"""Cells between a row label and its tiles."""
MIN_TILE_SHARE = 0.8
"""Labels may cost at most a fifth of the tiles' size; else the column's are left out, and the rows' shortened."""
MIN_FIGURES_SHARE = 0.66
"""And at most a third for figures under them, where they leave no room for any otherwise."""
MIN_LABELLED = 3
"""Pixels: tiles that stay as wide may lose one for their labels, which can be more than a fifth in half cells."""

CURSOR_ON_DARK, CURSOR_ON_LIGHT = (255, 200, 40), (190, 60, 0)
"""The frame of the tile under the cursor."""

MAX_GUTTER_SHARE = 1 / 7
"""Of a tile: as wide a gutter may be for tiles to begin on a painter's blocks."""

MIN_CHART = 5
"""Rows of the lowest chart."""
MAX_CHART = 2
"""So many times its share is the highest chart, where tiles leave rows free below them."""
MIN_ABOVE, MIN_BESIDE = 15, 36
"""Rows, or columns, from which on there is room for a chart below tiles, or beside them."""


@dataclass(frozen=True)
class Canvas:
    """The room for a picture, and what it is painted on."""

    columns: int
    rows: int
    cell_width: int
    """Pixels a cell is wide to the painter."""
    cell_height: int
    paper: Colour
    max_side: int = 10_000
    """Pixels; wider or higher than this no picture is."""
    terminal_scales: bool = False
    """Whether the terminal enlarges a picture to its cells: tiles are then composed in their own pixels."""
    band: int = 1
    """Pixels: a painter's; see Painter.band."""
    takes_text: bool = True
    """Whether text may stand in rows of cells within a picture."""
    block: int = 1
    """Pixels: a painter's; see Painter.block."""

    def drawn_height(self, rows: int) -> int:
        """Pixels that are drawn of a picture of so many rows of cells."""
        return rows * self.cell_height - 2 * (rows * self.cell_height % self.band)


@dataclass(frozen=True)
class Label:
    """Text at a cell of the canvas."""

    x: int
    y: int
    text: str
    marked: bool = False
    look: ChartRun | None = None
    """Colour and weight of a chart's text; None: a label's."""


@dataclass(frozen=True)
class Placement:
    """A grid on a canvas: the box of whole cells that its tiles fill, and the labels beside it."""

    layout: Layout
    x: int
    """First column of the box."""
    y: int
    """First row of the box."""
    columns: int
    rows: int
    labels: tuple[Label, ...]
    chart: tuple[int, int, int, int] | None = None
    """First column and row, columns and rows of the chart; None where there is none, or no room for it."""
    text_rows: tuple[int, ...] = ()
    """Rows of the canvas within the box that have text instead of the picture."""

    def tile_at(self, x: int, y: int, canvas: Canvas) -> int | None:
        """The tile at a cell of the canvas; None between tiles and beside them."""
        left, top = ((x - self.x) * 2 + 1) * canvas.cell_width // 2, ((y - self.y) * 2 + 1) * canvas.cell_height // 2
        return self.layout.tile_at(top, left)


_NO_TILES = Placement(Layout(0, 0, 1, 1, 0), 0, 0, 0, 0, ())


def place(drawing: Drawing, canvas: Canvas, marked_row: int | None = None) -> Placement | None:
    """The largest grid that leaves room for its labels and its chart, at the top; None where nothing fits.

    `marked_row` is pointed out beside its label. A chart for which there is no room is left out.
    """
    if drawing.chart is None:
        return _place_tiles(drawing, canvas, marked_row)
    left, below = _chart_size(drawing, canvas)
    rest = replace(canvas, columns=canvas.columns - left, rows=canvas.rows - below)
    tiles = _place_tiles(drawing, rest, marked_row) if len(drawing.tiles_NHWC) else _NO_TILES
    if tiles is None:
        return _place_tiles(drawing, canvas, marked_row)
    placed = replace(tiles, x=tiles.x + left, labels=tuple(replace(label, x=label.x + left) for label in tiles.labels))
    if left:
        room = (0, 0, left - 2, canvas.rows)
        return replace(placed, labels=(*_chart_labels(drawing.chart, canvas, *room), *placed.labels), chart=room)
    foot = max((label.y + 1 for label in tiles.labels), default=0)  # lines under the grid
    top = max(tiles.y + tiles.rows, foot) + (1 if tiles.rows else 0)
    room = (0, top, canvas.columns, min(canvas.rows - top, MAX_CHART * max(below, MIN_CHART)))
    return replace(placed, labels=(*placed.labels, *_chart_labels(drawing.chart, canvas, *room)), chart=room)


def place_best(drawing: Drawing, canvas: Canvas, marked_row: int | None = None) -> tuple[Drawing, Placement] | None:
    """The arrangement of a drawing whose tiles are the largest here, with its placement; None where nothing fits."""
    placed = [(known, place(known, canvas, marked_row)) for known in drawing.arrangements]
    fitting = [(known, placement) for known, placement in placed if placement is not None]
    return max(fitting, key=lambda found: found[1].layout.tile_height, default=None)


def _chart_size(drawing: Drawing, canvas: Canvas) -> tuple[int, int]:
    """Columns to the left that the chart takes, and rows below."""
    if not len(drawing.tiles_NHWC):
        return 0, canvas.rows
    if drawing.chart_side == "left":
        return (round(canvas.columns * drawing.chart_share), 0) if canvas.columns >= MIN_BESIDE else (0, 0)
    return 0, max(MIN_CHART, round(canvas.rows * drawing.chart_share)) if canvas.rows >= MIN_ABOVE else 0


def _chart_labels(chart: Chart, canvas: Canvas, x: int, y: int, width: int, height: int) -> list[Label]:
    if width < 1 or height < 1:
        return []
    labels = []
    for row, line in enumerate(chart.cells(width, height, is_dark(canvas.paper))):
        column = x
        for run in line:
            labels.append(Label(column, y + row, run.text, look=run))
            column += cell_len(run.text)
    return labels


def _place_tiles(drawing: Drawing, canvas: Canvas, marked_row: int | None) -> Placement | None:
    """The grid, with the foot's lines under each of its bands where that costs the tiles little."""
    whole = _place_grid(drawing, canvas, marked_row)
    if whole is None or not drawing.band_rows or not canvas.takes_text:
        return whole
    most = len(drawing.foot) // (drawing.rows // drawing.band_rows)
    second_best = whole
    for lines in range(most, 0, -1):
        placed = _place_bands(drawing, canvas, lines)
        share = placed.layout.tile_width / whole.layout.tile_width if placed is not None else 0
        if placed is not None and share >= MIN_TILE_SHARE:
            return placed
        if placed is not None and share >= MIN_FIGURES_SHARE and second_best is whole:
            second_best = placed
    return second_best


def _place_bands(drawing: Drawing, canvas: Canvas, lines: int) -> Placement | None:
    """The bands one below the other, each with so many of its lines under it; None where there is no room for them."""
    num = drawing.rows // drawing.band_rows
    label_width = max(map(cell_len, (*drawing.row_labels, *(name for name, _ in drawing.foot)))) + LABEL_GAP
    columns = min(canvas.columns - label_width, canvas.max_side // canvas.cell_width)
    room = (min(canvas.rows - lines, canvas.max_side // canvas.cell_height) - (num - 1) * lines) // num
    layout = _fit_band(drawing, canvas, columns, room)
    if layout is None:
        return None
    layout, band = _in_bands(layout, drawing, canvas, num, lines, room)
    columns, total = math.ceil(layout.width / canvas.cell_width), num * (band + lines) - lines
    x = (canvas.columns - label_width - columns) // 2 + label_width
    labels, text_rows = [], list[int]()
    for row, text in enumerate(drawing.row_labels):
        middle = layout.origin(row * drawing.columns)[0] + (layout.tile_height - 1) // 2
        labels.append(Label(x - LABEL_GAP - cell_len(text), middle // canvas.cell_height, text))
    for number in range(num):
        below = number * (band + lines) + band
        text_rows += range(below, min(below + lines, total))
        for row, (name, texts) in enumerate(_lines_of(drawing, number, num, lines), below):
            labels.append(Label(x - LABEL_GAP - cell_len(name), row, name))
            labels += _column_labels(texts, canvas, layout, x, row)
    return Placement(layout, x, 0, columns, total, tuple(labels), text_rows=tuple(text_rows))


def _fit_band(drawing: Drawing, canvas: Canvas, columns: int, rows: int) -> Layout | None:
    """The largest band in so many cells whose columns are wide enough for the foot's texts; None where none is."""
    height, width = canvas.drawn_height(max(0, rows)), columns * canvas.cell_width
    if height < 1 or width < 1:
        return None
    gutter = max(1, canvas.cell_width // 3)
    layout = fit(drawing.tile_shape, drawing.band_rows, drawing.columns, height, width, gutter)
    if layout is None:
        return None
    if canvas.terminal_scales:
        layout = _with_scaled_gutter(layout, drawing, height, width, canvas.block)
    scale = _scale(layout, drawing) if canvas.terminal_scales else 1
    longest = max((cell_len(text.strip()) for _, texts in drawing.foot for text in texts), default=0)
    missing = (longest + 1) * canvas.cell_width - layout.tile_width
    layout = replace(layout, gutter=max(layout.gutter, math.ceil(missing / scale) * scale))
    return layout if layout.height <= height and layout.width <= width else None


def _lines_of(drawing: Drawing, number: int, num: int, lines: int) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """So many lines of the foot of a band; where not all of them, those after the first, which names what it is of."""
    each = len(drawing.foot) // num
    own = drawing.foot[number * each : (number + 1) * each]
    return own if lines == each else own[1 : lines + 1]


def _place_grid(drawing: Drawing, canvas: Canvas, marked_row: int | None) -> Placement | None:
    bare = _fit(drawing, canvas, 0, 0)
    if bare is None:
        return None
    headers = (1, 0) if drawing.column_labels else (0,)
    for (row_labels, head), header in itertools.product(_shorter_and_shorter(drawing).items(), headers):
        if head and not header:
            continue
        if drawing.row_labels and not row_labels:
            above = (_place_under_labels(drawing, canvas, marked_row, bare, header) for header in headers)
            placed = next((known for known in above if known is not None), None)
            if placed is not None:
                return placed
        label_width = max((cell_len(label) + LABEL_GAP for label in row_labels), default=0)
        label_width += 2 if row_labels else 0  # the mark
        layout = _fit(drawing, canvas, label_width, header)
        if layout is None or _costs_too_much(layout.tile_width, bare.tile_width):
            continue
        if row_labels and layout.tile_height + layout.gutter < canvas.cell_height:
            continue
        if row_labels:
            layout = layout if canvas.terminal_scales else _on_whole_cells(layout, canvas, label_width, header)
        placed = _placed(drawing, canvas, layout, row_labels, label_width, header, marked_row)
        return replace(placed, labels=(*_head_label(head, placed), *placed.labels))
    return _placed(drawing, canvas, bare, (), 0, 0, None)


def _place_under_labels(
    drawing: Drawing, canvas: Canvas, marked_row: int | None, bare: Layout, header: int
) -> Placement | None:
    """Each row under a line with its label, where rows are free; None where that costs the tiles too much."""
    num = drawing.rows
    if not drawing.row_labels or drawing.front is not drawing or not canvas.takes_text:
        return None
    columns = min(canvas.columns, canvas.max_side // canvas.cell_width)
    room = min(canvas.rows - header, canvas.max_side // canvas.cell_height) // num - 1
    layout = _fit_band(replace(drawing, band_rows=1, foot=()), canvas, columns, room)
    if layout is None or _costs_too_much(layout.tile_width, bare.tile_width):
        return None
    layout, band = _in_bands(layout, drawing, canvas, num, 1, room)
    columns, pitch = math.ceil(layout.width / canvas.cell_width), band + 1
    x, labels = (canvas.columns - columns) // 2, list[Label]()
    for row, text in enumerate(drawing.row_labels):
        marked = row == marked_row
        squeezed = f"{'▸' if marked else ' '} {' '.join(text.split())}"
        if cell_len(squeezed) > canvas.columns:
            return None
        start = max(0, min(x - LABEL_GAP, canvas.columns - cell_len(squeezed)))
        labels.append(Label(start, header + row * pitch, squeezed, marked))
    labels += _column_labels(drawing.column_labels, canvas, layout, x, 0) if header else []
    text_rows = tuple(header + row * pitch for row in range(1, num))
    return Placement(layout, x, header + 1, columns, num * pitch - 1, tuple(labels), text_rows=text_rows)


def _in_bands(layout: Layout, drawing: Drawing, canvas: Canvas, num: int, lines: int, room: int) -> tuple[Layout, int]:
    """A band's layout as one of `num` of them, so many rows of text apart, and the rows of cells that each takes."""
    scale = _scale(layout, drawing) if canvas.terminal_scales else 1
    band = min(room, math.ceil((layout.height + num * (scale - 1)) / canvas.cell_height))
    pause = (band + lines) * canvas.cell_height - layout.rows * (layout.tile_height + layout.gutter)
    pause = math.ceil(pause / scale) * scale
    return replace(layout, rows=num * layout.rows, band_rows=layout.rows, pause=pause), band


def _costs_too_much(width: int, bare_width: int) -> bool:
    is_small_loss = width >= MIN_LABELLED and bare_width - width <= 1
    return width < MIN_TILE_SHARE * bare_width and not is_small_loss


def _head_label(head: str, placed: Placement) -> tuple[Label, ...]:
    """What stands above the row labels, where there is something."""
    return (Label(placed.x - LABEL_GAP - cell_len(head), placed.y - 1, head),) if head else ()


def compose_box(drawing: Drawing, placement: Placement, canvas: Canvas, cursor: int | None = None) -> Picture:
    """The tiles over paper, in the pixels of the placement's whole cells, or as many times fewer as tiles are enlarged.

    The last is where the terminal enlarges them itself: each pixel of a tile is then sent once. The tile at `cursor`
    (of each of two drawings side by side) has a frame, outside of it as far as the gutter goes.
    """
    scale = _scale(placement.layout, drawing) if canvas.terminal_scales else 1
    own = _shrunk(placement.layout, scale)
    height, width = placement.rows * canvas.cell_height, placement.columns * canvas.cell_width
    box = compose(
        drawing.tiles_NHWC, own, canvas.paper, drawing.shown_N, size=(-(-height // scale), -(-width // scale))
    )
    for place in () if cursor is None else drawing.places(cursor):
        _frame_tile(box, own, place, canvas.paper)
    return box


def _shrunk(layout: Layout, scale: int) -> Layout:
    """The layout so many times smaller."""
    lead = (layout.lead[0] // scale, layout.lead[1] // scale) if layout.lead else None
    tile = layout.tile_height // scale, layout.tile_width // scale
    pause = layout.pause // scale
    return Layout(layout.rows, layout.columns, *tile, layout.gutter // scale, lead, layout.band_rows, pause)


def _frame_tile(box: Picture, layout: Layout, index: int, paper: Colour) -> None:
    """A frame about a tile: light on a dark paper, dark on a light one; where there is no gutter, on its edge."""
    top, left = layout.origin(index)
    height, across = layout.size(index)
    bottom, right = top + height, left + across
    width = max(1, layout.gutter)
    colour = CURSOR_ON_DARK if is_dark(paper) else CURSOR_ON_LIGHT
    outer_top, outer_left = max(0, top - layout.gutter), max(0, left - layout.gutter)
    outer_bottom, outer_right = min(len(box), bottom + layout.gutter), min(box.shape[1], right + layout.gutter)
    box[outer_top : outer_top + width, outer_left:outer_right] = colour
    box[outer_bottom - width : outer_bottom, outer_left:outer_right] = colour
    box[outer_top:outer_bottom, outer_left : outer_left + width] = colour
    box[outer_top:outer_bottom, outer_right - width : outer_right] = colour


def _scale(layout: Layout, drawing: Drawing) -> int:
    """The whole number by which tiles and gutters are enlarged, 1 where there is none."""
    tile_height, tile_width = drawing.tile_shape
    scale = layout.tile_height // tile_height
    is_whole = (layout.tile_height, layout.tile_width) == (tile_height * scale, tile_width * scale)
    if scale > 1 and layout.lead:
        is_whole = is_whole and layout.lead[0] % (tile_height * scale) == 0
    return scale if scale > 1 and is_whole and layout.gutter % scale == 0 else 1


def _fit(drawing: Drawing, canvas: Canvas, label_width: int, header: int) -> Layout | None:
    height = canvas.drawn_height(min(canvas.rows - header, canvas.max_side // canvas.cell_height))
    width = min(canvas.columns - label_width, canvas.max_side // canvas.cell_width) * canvas.cell_width
    if height < 1 or width < 1:
        return None
    gutter = max(1, canvas.cell_width // 3)
    layout = fit(drawing.tile_shape, drawing.rows, drawing.columns, height, width, gutter, drawing.lead)
    if layout is None or not canvas.terminal_scales:
        return layout
    return _with_scaled_gutter(layout, drawing, height, width, canvas.block)


def _with_scaled_gutter(layout: Layout, drawing: Drawing, height: int, width: int, block: int) -> Layout:
    """The layout with a gutter that is enlarged like the tiles, at the largest scale at which that fits.

    Tiles begin on whole blocks where a narrow gutter, or none, is enough for that.
    """
    tile_height, tile_width = drawing.tile_shape
    on_blocks = -tile_width % block
    is_on_blocks = block > 1 and -tile_height % block == on_blocks <= MAX_GUTTER_SHARE * tile_width
    for scale in range(layout.tile_height // tile_height, 1, -1):
        narrow = max(1, math.ceil(layout.gutter / scale - 0.5))  # the narrower of two that are as near
        gutter = (on_blocks if is_on_blocks else narrow) * scale
        lead = _whole_lead(layout, tile_height * scale, tile_width * scale)
        scaled = Layout(layout.rows, layout.columns, tile_height * scale, tile_width * scale, gutter, lead)
        if scaled.height <= height and scaled.width <= width:
            return scaled
    return (
        layout if layout.tile_height <= tile_height else replace(layout, tile_height=tile_height, tile_width=tile_width)
    )


def _whole_lead(layout: Layout, tile_height: int, tile_width: int) -> tuple[int, int] | None:
    """The leading tile as large as it was or smaller: a whole number of times the others."""
    if layout.lead is None:
        return None
    times = max(1, layout.lead[0] // tile_height)
    return times * tile_height, times * tile_width


def _on_whole_cells(layout: Layout, canvas: Canvas, label_width: int, header: int) -> Layout:
    """The layout with a slightly wider gutter where that puts each row of tiles, and so its label, on a whole cell."""
    missing = -(layout.tile_height + layout.gutter) % canvas.cell_height
    wider = replace(layout, gutter=layout.gutter + missing)
    fits_down = wider.height <= min(canvas.drawn_height(canvas.rows - header), canvas.max_side)
    fits_across = wider.width <= min((canvas.columns - label_width) * canvas.cell_width, canvas.max_side)
    return wider if fits_down and fits_across and missing <= 2 else layout


def _shorter_and_shorter(drawing: Drawing) -> dict[tuple[str, ...], str]:
    """The row labels, the same with single spaces, their shorter forms, their first words, nothing: with their heads.

    Of two drawings side by side, first words would be the left one's alone.
    """
    labels = drawing.row_labels
    squeezed = tuple(" ".join(label.split()) for label in labels)
    first_words = tuple(label.partition(" ")[0] for label in squeezed)
    last = [first_words, ()] if drawing.front is drawing else [()]
    heads = drawing.label_heads or ("",) * len(drawing.shorter_labels)
    shorter = dict(zip(drawing.shorter_labels, heads, strict=True))
    return {labels: "", squeezed: "", **shorter, **dict.fromkeys(last, "")}


def _placed(
    drawing: Drawing,
    canvas: Canvas,
    layout: Layout,
    row_labels: tuple[str, ...],
    label_width: int,
    header: int,
    marked_row: int | None,
) -> Placement:
    columns = math.ceil(layout.width / canvas.cell_width)
    rows = math.ceil(layout.height / canvas.cell_height)
    while canvas.drawn_height(rows) < layout.height and rows < canvas.rows - header:
        rows += 1
    x = (canvas.columns - label_width - columns) // 2 + label_width
    y = header
    labels = []
    for row, text in enumerate(row_labels):
        middle = row * (layout.tile_height + layout.gutter) + (layout.tile_height - 1) // 2
        marked = row == marked_row
        text = f"{'▸' if marked else ' '} {text}"
        labels.append(Label(x - LABEL_GAP - cell_len(text), y + middle // canvas.cell_height, text, marked))
    if header:
        labels += _column_labels(drawing.column_labels, canvas, layout, x, y - 1)
    labels += _foot_labels(drawing, canvas, layout, x, y + rows, label_width)
    return Placement(layout, x, y, columns, rows, tuple(labels))


def _foot_labels(drawing: Drawing, canvas: Canvas, layout: Layout, x: int, y: int, label_width: int) -> list[Label]:
    """The lines under the grid, as many as the rows there take; none where a name or a column has no room.

    Names stand at the left or, where there is no room beside the tiles, in each column.
    """
    name_width = max((cell_len(name) for name, _ in drawing.foot), default=0)
    is_beside = label_width >= name_width + LABEL_GAP
    lines = [(name, line) if is_beside else ("", _named(name, line)) for name, line in drawing.foot]
    texts = tuple(text for _, line in lines for text in line)
    if not texts or _every(texts, canvas, layout) > 1:
        return []
    labels = []
    for row, (name, line) in enumerate(lines[: max(0, canvas.rows - y)]):
        labels += [Label(x - LABEL_GAP - name_width, y + row, name)] if name else []
        labels += _column_labels(line, canvas, layout, x, y + row)
    return labels


def _named(name: str, line: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{name} {text}" if text else "" for text in line)


def _every(texts: tuple[str, ...], canvas: Canvas, layout: Layout) -> int:
    """The second, third, … of column labels that has room beside the one before."""
    pitch = (layout.tile_width + layout.gutter) / canvas.cell_width
    return math.ceil((max(cell_len(text.strip()) for text in texts) + 1) / pitch)


def _column_labels(texts: tuple[str, ...], canvas: Canvas, layout: Layout, x: int, y: int) -> list[Label]:
    """The labels over the middle of their columns; every second, third, … where all would touch."""
    pitch = (layout.tile_width + layout.gutter) / canvas.cell_width
    every = _every(texts, canvas, layout)
    labels = []
    for column in range(0, len(texts), every):
        text = texts[column].strip()
        middle = (column * pitch) + layout.tile_width / canvas.cell_width / 2
        start = x + math.floor(middle - cell_len(text) / 2 + 0.5)
        start = min(max(0, start), canvas.columns - cell_len(text))
        if start >= 0:
            labels.append(Label(start, y, text))
    return labels
