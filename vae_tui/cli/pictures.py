"""The picture commands: sample, interpolate, traverse, reconstruct."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from vae_tui.cli.options import (
    At,
    Beside,
    Checkpoint,
    DataDir,
    DataSource,
    Device,
    Edits,
    Files,
    ForeignImageShape,
    ForeignLatentDim,
    GraphicsChoice,
    History,
    Latent,
    ModelFactory,
    Output,
    PixelRangeChoice,
    PosteriorChoice,
    Seed,
    SidesChoice,
    Split,
    WeightsChoice,
)
from vae_tui.cli.report import print_chart, print_result, stdout_is_terminal, terminal_size, waiting
from vae_tui.errors import VaeTuiError, printable
from vae_tui.foreign_model import ForeignModel
from vae_tui.terminal import Graphics

if TYPE_CHECKING:
    from vae_tui.pictures.beside import Sides
    from vae_tui.pictures.contract import Drawing, Origin, PictureRequest
    from vae_tui.pictures.latent_file import LatentFile
    from vae_tui.session import Session
    from vae_tui.summary import Weights


@dataclass(frozen=True)
class Place:
    """Where a picture's model and images come from, as the options name it."""

    checkpoint: Path
    data: str | None
    split: str | None
    data_dir: Path | None
    device: str
    weights: "Weights | None" = None
    """None: the averaged ones where the checkpoint holds them."""
    foreign: ForeignModel | None = None
    """Somebody's own module; None: the checkpoint's."""
    beside: Path | None = None
    """A second checkpoint; None: one alone."""
    sides: "Sides | None" = None
    """With it: which stands where, or alone; None: both, the second at the right."""
    files: tuple[Path, ...] = ()
    """Image files to look at too."""
    history: bool = False
    """Each kept epoch of the run folder `checkpoint`, in turn."""


def sample(
    checkpoint: Checkpoint,
    num: Annotated[int | None, typer.Option("-n", metavar="N", help="How many. [16]", show_default=False)] = None,
    seed: Seed = 0,
    temperature: Annotated[
        float, typer.Option("--temperature", metavar="T", help="Standard deviation of the draws.")
    ] = 1.0,
    prior: Annotated[
        Literal["normal", "fitted"] | None,
        typer.Option(
            "--prior",
            help="N(0, I) (normal), or a Gaussian with full covariance, fitted to the aggregate posterior of the "
            "images that the checkpoint carries, or of --data (fitted). [normal]",
            show_default=False,
        ),
    ] = None,
    nearest: Annotated[
        int | None,
        typer.Option(
            "--nearest",
            metavar="TILE",
            help="A row more: this tile, from 0, and the images whose posterior means are nearest to it. Test images; "
            "with --data … --split train, training images.",
            show_default=False,
        ),
    ] = None,
    z: Edits = "",
    latent: Latent = None,
    data: DataSource = None,
    split: Split = None,
    data_dir: DataDir = None,
    files: Files = None,
    weights: WeightsChoice = None,
    model: ModelFactory = None,
    pixel_range: PixelRangeChoice = None,
    latent_dim: ForeignLatentDim = None,
    image_shape: ForeignImageShape = None,
    beside: Beside = None,
    sides: SidesChoice = None,
    history: History = False,
    device: Device = "auto",
    output: Output = None,
    graphics: GraphicsChoice = "auto",
) -> None:
    """Decode draws from the prior: a grid of samples. Moving: a walk from samples to samples."""
    from vae_tui.latent import parse_edits
    from vae_tui.pictures.sample import SamplePicture

    refuse_beside("--latent", latent, {"-n": num, "--prior": prior})
    edits, base = parse_edits(z), read_base(latent)
    request = SamplePicture(16 if num is None else num, seed, temperature, edits, base, prior or "normal", nearest)
    foreign = ForeignModel.told(model, pixel_range, latent_dim, image_shape)
    place = Place(
        checkpoint, data, split, data_dir, device, weights, foreign, beside, sides, tuple(files or ()), history
    )
    deliver(request, place, output, graphics)


def interpolate(
    checkpoint: Checkpoint,
    num: Annotated[
        int | None, typer.Option("-n", metavar="N", help="How many pairs, one a row. [1]", show_default=False)
    ] = None,
    steps: Annotated[int, typer.Option("--steps", metavar="N", help="Images on each path, both ends included.")] = 10,
    path: Annotated[Literal["lerp", "slerp"], typer.Option("--path", help="A straight line, or an arc.")] = "lerp",
    first: Annotated[
        str | None, typer.Option("--from", metavar="IMAGE", help="Where the first path begins. [0]", show_default=False)
    ] = None,
    second: Annotated[
        str | None,
        typer.Option("--to", metavar="IMAGE", help="Where it ends; further rows: two on. [1]", show_default=False),
    ] = None,
    random: Annotated[bool, typer.Option("--random", help="Between draws of the prior instead of images.")] = False,
    through: Annotated[
        list[str] | None,
        typer.Option(
            "--through",
            metavar="POINT",
            help="Instead: one path through 2 to 16 points, each with its own --through: image:7, draw:3:0, centre, "
            "image:7,pc1=1.5 (docs/points.md). One row a leg.",
            show_default=False,
        ),
    ] = None,
    frame: Annotated[
        int | None,
        typer.Option(
            "--frame",
            metavar="K",
            help="Frame K, from 0, of the film instead, as -o FILE.gif plays it: there and back, in steps 4 times as "
            "fine.",
            show_default=False,
        ),
    ] = None,
    posterior: PosteriorChoice = None,
    seed: Seed = 0,
    z: Edits = "",
    latent: Latent = None,
    data: DataSource = None,
    split: Split = None,
    data_dir: DataDir = None,
    files: Files = None,
    weights: WeightsChoice = None,
    model: ModelFactory = None,
    pixel_range: PixelRangeChoice = None,
    latent_dim: ForeignLatentDim = None,
    image_shape: ForeignImageShape = None,
    beside: Beside = None,
    sides: SidesChoice = None,
    history: History = False,
    device: Device = "auto",
    output: Output = None,
    graphics: GraphicsChoice = "auto",
) -> None:
    """Decode the path between two latents, or through more: images, random ones, any points. Moving: there and back."""
    from vae_tui.latent import parse_edits
    from vae_tui.pictures.interpolate import InterpolatePicture
    from vae_tui.points import Point

    of_images: dict[str, object] = {"--from": first, "--to": second, "--posterior": posterior}
    refuse_beside("--random", random or None, of_images)
    refuse_beside("--latent", latent, of_images | {"--random": random or None})
    of_pairs = of_images | {"--random": random or None, "--latent": latent, "-n": num}
    refuse_beside("--through", through or None, of_pairs)
    request = InterpolatePicture(
        num=1 if num is None else num,
        steps=steps,
        between="random" if random else "images",
        first=read_image("--from", first, 0),
        second=read_image("--to", second, 1),
        path=path,
        posterior=posterior or "mean",
        seed=seed,
        edits=parse_edits(z),
        base=read_base(latent),
        through=tuple(Point.parse(point) for point in through or ()),
        frame=frame,
    )
    foreign = ForeignModel.told(model, pixel_range, latent_dim, image_shape)
    place = Place(
        checkpoint, data, split, data_dir, device, weights, foreign, beside, sides, tuple(files or ()), history
    )
    deliver(request, place, output, graphics)


def traverse(
    checkpoint: Checkpoint,
    dims: Annotated[
        str,
        typer.Option(
            "--dims",
            metavar="DIMS",
            help="kl (largest first), change (what changes the picture most), index, even, or a list: 0,14,28.",
        ),
    ] = "kl",
    num: Annotated[
        int | None, typer.Option("-n", metavar="N", help="How many dimensions, one a row. [10]", show_default=False)
    ] = None,
    steps: Annotated[int, typer.Option("--steps", metavar="N", help="Values that each dimension takes.")] = 10,
    low: Annotated[
        float | None, typer.Option("--low", metavar="Z", help="The first value. [-3]", show_default=False)
    ] = None,
    high: Annotated[
        float | None, typer.Option("--high", metavar="Z", help="The last value. [3]", show_default=False)
    ] = None,
    sigmas: Annotated[
        float | None,
        typer.Option(
            "--sigmas",
            metavar="N",
            help="Instead: so many standard deviations of the data's latents about their mean, either way.",
            show_default=False,
        ),
    ] = None,
    quantiles: Annotated[
        bool, typer.Option("--quantiles", help="Instead: between two quantiles of the data's latents.")
    ] = False,
    tail: Annotated[
        float | None,
        typer.Option(
            "--tail", metavar="SHARE", help="With --quantiles: the share beyond either end. [0.01]", show_default=False
        ),
    ] = None,
    centre: Annotated[
        Literal["image", "prior"] | None,
        typer.Option("--centre", help="The others: at an image's latent, or at 0. [image]", show_default=False),
    ] = None,
    image: Annotated[
        str | None, typer.Option("--image", metavar="IMAGE", help="Which image. [0]", show_default=False)
    ] = None,
    posterior: PosteriorChoice = None,
    seed: Seed = 0,
    z: Edits = "",
    latent: Latent = None,
    at: At = None,
    data: DataSource = None,
    split: Split = None,
    data_dir: DataDir = None,
    files: Files = None,
    weights: WeightsChoice = None,
    model: ModelFactory = None,
    pixel_range: PixelRangeChoice = None,
    latent_dim: ForeignLatentDim = None,
    image_shape: ForeignImageShape = None,
    beside: Beside = None,
    sides: SidesChoice = None,
    history: History = False,
    device: Device = "auto",
    output: Output = None,
    graphics: GraphicsChoice = "auto",
) -> None:
    """Move one latent dimension after another, the others held. Moving: all rows sweep at once."""
    from vae_tui.latent import DimChoice, parse_edits
    from vae_tui.pictures.traverse import TraversePicture
    from vae_tui.points import Point

    of_image: dict[str, object] = {"--image": image, "--posterior": posterior}
    refuse_beside("--quantiles", quantiles or None, {"--low": low, "--high": high, "--sigmas": sigmas})
    refuse_beside("--sigmas", sigmas, {"--low": low, "--high": high})
    if tail is not None and not quantiles:
        raise VaeTuiError("--tail means nothing without --quantiles", "leave it out, or add --quantiles")
    refuse_beside("--latent", latent, of_image | {"--centre": centre, "--at": at})
    refuse_beside("--at", at, of_image | {"--centre": centre})
    refuse_beside("--centre prior", centre if centre == "prior" else None, of_image)
    request = TraversePicture(
        dims=DimChoice.parse(dims, num),
        steps=steps,
        scale="quantiles" if quantiles else "values" if sigmas is None else "sigmas",
        low=-3.0 if low is None else low,
        high=3.0 if high is None else high,
        sigmas=3.0 if sigmas is None else sigmas,
        tail=0.01 if tail is None else tail,
        centre=centre or "image",
        image=read_image("--image", image, 0),
        posterior=posterior or "mean",
        seed=seed,
        edits=parse_edits(z),
        base=read_base(latent),
        at=None if at is None else Point.parse(at),
    )
    foreign = ForeignModel.told(model, pixel_range, latent_dim, image_shape)
    place = Place(
        checkpoint, data, split, data_dir, device, weights, foreign, beside, sides, tuple(files or ()), history
    )
    deliver(request, place, output, graphics)


def reconstruct(
    checkpoint: Checkpoint,
    num: Annotated[
        int, typer.Option("-n", metavar="N", help="How many images; with --show draws, how many draws of one.")
    ] = 8,
    first: Annotated[
        str | None,
        typer.Option(
            "--start",
            metavar="IMAGE",
            help="The first of them; with --order worst or --class, its place in that list. [0, or the first --file]",
            show_default=False,
        ),
    ] = None,
    show: Annotated[
        Literal["decoded", "difference", "draws"],
        typer.Option(
            "--show",
            help="Below each image what its latent decodes to, or the difference too; or one image, its mean and "
            "draws of its posterior.",
        ),
    ] = "decoded",
    order: Annotated[
        Literal["index", "worst"], typer.Option("--order", help="By index, or the largest squared error first.")
    ] = "index",
    group: Annotated[
        str,
        typer.Option("--class", metavar="CLASS", help="Images of one class: its name or number.", show_default=False),
    ] = "",
    posterior: PosteriorChoice = None,
    seed: Seed = 0,
    z: Edits = "",
    data: DataSource = None,
    split: Split = None,
    data_dir: DataDir = None,
    files: Files = None,
    weights: WeightsChoice = None,
    model: ModelFactory = None,
    pixel_range: PixelRangeChoice = None,
    latent_dim: ForeignLatentDim = None,
    image_shape: ForeignImageShape = None,
    beside: Beside = None,
    sides: SidesChoice = None,
    history: History = False,
    device: Device = "auto",
    output: Output = None,
    graphics: GraphicsChoice = "auto",
) -> None:
    """Images above what the model makes of them, with error, KL and PSNR. Moving: the two in turn."""
    from vae_tui.latent import parse_edits
    from vae_tui.pictures.reconstruct import ReconstructPicture, is_listed

    refuse_beside("--show draws", show if show == "draws" else None, {"--posterior": posterior})
    start = read_image("--start", first, -1 if files and not is_listed(order, group) else 0)
    request = ReconstructPicture(num, start, posterior or "mean", seed, parse_edits(z), show, order, group)
    foreign = ForeignModel.told(model, pixel_range, latent_dim, image_shape)
    place = Place(
        checkpoint, data, split, data_dir, device, weights, foreign, beside, sides, tuple(files or ()), history
    )
    deliver(request, place, output, graphics)


def refuse_beside(option: str, value: object, others: Mapping[str, object]) -> None:
    """Raises VaeTuiError where the option was given beside one that it leaves without a meaning."""
    for name, other in others.items():
        if value is not None and other is not None:
            raise VaeTuiError(f"{name} means nothing beside {option}", "leave one of them out")


def read_image(option: str, text: str | None, default: int) -> int:
    """An image by its index, or f1, f2, … for the given files as -1, -2, …; `default` where nothing is named."""
    from vae_tui.points import read_image_word

    if text is None:
        return default
    index = read_image_word(text)
    if index is None:
        raise VaeTuiError(f"{option} {printable(text)!r} is no image", "give an index, or f1 for the first --file")
    return index


def read_base(path: Path | None) -> "LatentFile | None":
    """The latents that --latent names."""
    from vae_tui.pictures.latent_file import read_latents

    return None if path is None else read_latents(path)


def open_session(place: Place) -> "Session":
    """The model, with a word on standard error while it is loading."""
    from vae_tui.runs import find_checkpoint

    checkpoint_path = find_checkpoint(place.checkpoint)
    with waiting(f"opening {checkpoint_path}"):
        from vae_tui.session import Session

        session = Session.open(
            checkpoint_path,
            device=place.device,
            data=place.data,
            split=place.split,
            data_dir=place.data_dir,
            weights=place.weights or "auto",
            model=place.foreign,
        )
        for path in place.files:
            session.add_file(path)
        return session


def with_other(
    request: "PictureRequest", origin: "Origin", session: "Session", place: Place, path: Path
) -> "tuple[PictureRequest, Origin]":
    """The same picture of a second checkpoint too, and where both come from."""
    from vae_tui.pictures.beside import BesidePicture, side_names
    from vae_tui.pictures.contract import Beside

    with waiting(f"opening {path}"):
        other = session.open_beside(
            path,
            device=place.device,
            data=place.data,
            split=place.split,
            data_dir=place.data_dir,
            weights=place.weights or "auto",
            model=place.foreign,
        )
    for file in place.files[other.num_files :]:  # it shares those of the first where both are of one shape
        other.add_file(file)
    names = side_names(origin.checkpoint, str(path))
    both = BesidePicture(request, other, names, place.sides or "both", not other.shares_images(session))
    is_raw = origin.raw_weights or (place.weights == "raw" and other.summary.has_ema)
    second = Beside(str(path), other.summary.checkpoint_hash)
    return both, replace(origin, beside=second, raw_weights=is_raw)


def deliver(request: "PictureRequest", place: Place, output: Path | None, graphics: Graphics) -> None:
    """The picture: saved to `output`, whose path is printed, or shown on this terminal with its command."""
    from vae_tui.cli.history import deliver_history
    from vae_tui.pictures.contract import command_line
    from vae_tui.pictures.saving import check_target, save_picture
    from vae_tui.runs import find_checkpoint

    if place.history:
        deliver_history(request, place, output)
        return
    if output is not None:
        check_target(output)
    elif not stdout_is_terminal():
        raise VaeTuiError("there is no terminal to show the picture on", "save it: -o FILE.png, or -o FILE.gif")
    if place.beside is None and place.sides is not None:
        raise VaeTuiError("--sides needs --beside", "name the second checkpoint: --beside OTHER")
    session = open_session(place)
    origin = origin_of(place, session)
    if place.beside is not None:
        request, origin = with_other(request, origin, session, place, find_checkpoint(place.beside))
    if output is not None:
        with waiting(f"drawing {output}"):
            save_picture(request, session, origin, session.summary.checkpoint_hash, output)
        print_result(str(output))
        return
    with waiting("drawing"):
        drawing = request.draw(session)
    show_inline(drawing, graphics, origin.caption(drawing))
    print_result(command_line(request, origin))


def origin_of(place: Place, session: "Session") -> "Origin":
    """Where the session's pictures come from, as their command names it."""
    from vae_tui.pictures.contract import Origin
    from vae_tui.runs import find_checkpoint

    raw_weights = session.summary.has_ema and session.weights == "raw"
    path = str(place.checkpoint if place.history else find_checkpoint(place.checkpoint))
    files = tuple(map(str, place.files))
    return Origin(path, place.data, place.split, raw_weights, place.foreign, files=files)


def show_inline(drawing: "Drawing", graphics: Graphics, caption: str) -> None:
    """The drawing as large as this terminal allows, and below it the caption and what its rows are."""
    from vae_tui.imaging import PAPER, compose, fit
    from vae_tui.terminal.inline import open_room, show

    columns, rows = terminal_size()
    if drawing.chart is not None:
        print_chart(drawing.chart, columns, max(8, rows // 2 if len(drawing.tiles_NHWC) else rows - 3))
    if not len(drawing.tiles_NHWC):
        print_result(caption)
        return
    room = open_room(graphics, columns, rows)
    grid = (drawing.tile_shape, drawing.rows, drawing.columns)
    layout = fit(*grid, room.height, room.width, room.gutter, drawing.lead)
    if layout is None:
        raise VaeTuiError("the terminal is too small for the picture", "make it larger, or save it: -o FILE.png")
    show(compose(drawing.tiles_NHWC, layout, PAPER, drawing.shown_N), room)
    print_result(caption)
    if drawing.row_labels:
        print_result("rows: " + " · ".join(dict.fromkeys(" ".join(label.split()) for label in drawing.row_labels)))
    for name, texts in drawing.foot:
        print_result(f"{name}: {' · '.join(texts)}")
