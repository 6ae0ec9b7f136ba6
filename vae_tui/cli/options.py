"""The arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from vae_tui.terminal import Graphics

IMAGES_PANEL = "Images"
"""Help panel of the options that say where images come from."""
MODEL_PANEL = "Model"
"""Help panel of the options that say which weights are opened, and where they run."""
OWN_MODEL_PANEL = "A model of your own"
"""Help panel of the options that open somebody's own torch module."""
OTHERS_PANEL = "More than one checkpoint"
"""Help panel of the options that draw a picture of further checkpoints too."""
OUTPUT_PANEL = "Output"
"""Help panel of the options that say where the result goes."""

Checkpoint = Annotated[
    Path, typer.Argument(metavar="CKPT", help="A checkpoint (.pt), or a run folder: its best.pt.", show_default=False)
]
Device = Annotated[
    str,
    typer.Option("--device", metavar="DEVICE", help="auto, cpu, cuda, cuda:N or mps.", rich_help_panel=MODEL_PANEL),
]
DataSource = Annotated[
    str | None,
    typer.Option(
        "--data",
        metavar="DATA",
        help="Take the images from this data set: a name, an image folder or an .npz. Without it: from the checkpoint.",
        show_default=False,
        rich_help_panel=IMAGES_PANEL,
    ),
]
Split = Annotated[
    Literal["test", "train", "all"] | None,
    typer.Option(
        "--split",
        help="Which images of --data. [test; all of data that come without test images and were not trained on]",
        show_default=False,
        rich_help_panel=IMAGES_PANEL,
    ),
]
DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        metavar="DIR",
        help="Where downloaded data sets are kept. [VAETUI_DATA, else a cache folder]",
        show_default=False,
        rich_help_panel=IMAGES_PANEL,
    ),
]
Files = Annotated[
    list[Path] | None,
    typer.Option(
        "--file",
        metavar="FILE",
        help="An image file to look at beside those images, brought to the model's size; once for each. The first is "
        "called f1 where an image is asked for, and file:1 as a point.",
        show_default=False,
        rich_help_panel=IMAGES_PANEL,
    ),
]
ChannelsChoice = Annotated[
    str | None,
    typer.Option(
        "--channels",
        metavar="R,G,B|C",
        help="Show three channels of the images as red, green and blue, or one alone in grey; counted from 0. "
        "[the first three]",
        show_default=False,
        rich_help_panel=IMAGES_PANEL,
    ),
]
WeightsChoice = Annotated[
    Literal["ema", "raw"] | None,
    typer.Option(
        "--weights",
        help="Those averaged over training (ema), or as the optimizer left them (raw). [ema where there are both]",
        show_default=False,
        rich_help_panel=MODEL_PANEL,
    ),
]
ModelFactory = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="MODULE:FACTORY",
        help="Open CKPT as the weights of your own nn.Module: FACTORY() of MODULE, imported as Python would from here. "
        "It is the one option that runs code which is not vaetui's.",
        show_default=False,
        rich_help_panel=OWN_MODEL_PANEL,
    ),
]
PixelRangeChoice = Annotated[
    Literal["unit", "signed"] | None,
    typer.Option(
        "--range",
        help="Its pixels: in [0, 1] (unit) or [-1, 1] (signed). [found, and said]",
        show_default=False,
        rich_help_panel=OWN_MODEL_PANEL,
    ),
]
ForeignLatentDim = Annotated[
    int | None,
    typer.Option(
        "--latent-dim",
        metavar="N",
        help="Its latent dimensions. [found by encoding an image]",
        show_default=False,
        rich_help_panel=OWN_MODEL_PANEL,
    ),
]
ForeignImageShape = Annotated[
    str | None,
    typer.Option(
        "--image-shape",
        metavar="CxHxW",
        help="Its images: 3x32x32. [what the module says of itself, else those of --data]",
        show_default=False,
        rich_help_panel=OWN_MODEL_PANEL,
    ),
]
Beside = Annotated[
    Path | None,
    typer.Option(
        "--beside",
        metavar="OTHER",
        help="Draw the same of another checkpoint, at the right of this one: same images, seeds and latents.",
        show_default=False,
        rich_help_panel=OTHERS_PANEL,
    ),
]
SidesChoice = Annotated[
    Literal["both", "swapped", "first", "other"] | None,
    typer.Option(
        "--sides",
        help="With --beside: OTHER at the right (both), at the left (swapped), CKPT alone (first), or OTHER. [both]",
        show_default=False,
        rich_help_panel=OTHERS_PANEL,
    ),
]
History = Annotated[
    bool,
    typer.Option(
        "--history",
        help="CKPT is a run folder: each kept epoch's picture in turn, as a GIF (train --keep-every).",
        rich_help_panel=OTHERS_PANEL,
    ),
]
GraphicsChoice = Annotated[
    Graphics,
    typer.Option(
        "--graphics",
        metavar="HOW",
        help="How the terminal is to show pictures: auto, kitty, sixel, iterm, halfblock or halfblock256.",
        rich_help_panel=OUTPUT_PANEL,
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        help="Save to FILE.png, or as an animation to FILE.gif. Without it the terminal shows the picture.",
        show_default=False,
        rich_help_panel=OUTPUT_PANEL,
    ),
]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="Seed of all random draws.")]
Edits = Annotated[
    str,
    typer.Option("--z", metavar="DIM=VALUE,…", help="Hold dimensions at values: --z 3=1.5,17=-2.", show_default=False),
]
Latent = Annotated[
    Path | None,
    typer.Option(
        "--latent",
        metavar="FILE",
        help="Start from the latents of an .npz, or of a picture that vaetui saved.",
        show_default=False,
    ),
]
At = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="POINT",
        help="A latent by name: image:7, draw:3:0, centre; with what moves it: image:7,pc1=1.5,z3=-2 (docs/points.md).",
        show_default=False,
    ),
]
PosteriorChoice = Annotated[
    Literal["mean", "sample"] | None,
    typer.Option(
        "--posterior", help="An image's latent: its posterior's mean, or a draw by --seed. [mean]", show_default=False
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
