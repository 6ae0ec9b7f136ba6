"""What the render thread makes of a job."""

import threading
from dataclasses import replace

import pytest
from explorer_fakes import FakeModel

from vae_tui.errors import VaeTuiError
from vae_tui.explorer.frame.canvas import Canvas
from vae_tui.explorer.frame.placing import place_best
from vae_tui.explorer.rendering import Renderer, RenderJob
from vae_tui.explorer.wire import Wire
from vae_tui.latent import DimChoice
from vae_tui.pictures.interpolate import InterpolatePicture
from vae_tui.pictures.reconstruct import ReconstructPicture
from vae_tui.pictures.sample import SamplePicture
from vae_tui.pictures.traverse import TraversePicture
from vae_tui.terminal.halfblock import HalfblockPainter

CANVAS = Canvas(60, 30, 1, 2, (0, 0, 0))
JOBS = [
    RenderJob("samples", "raw", SamplePicture(num=16), CANVAS),
    RenderJob("samples", "raw", SamplePicture(num=16, seed=1), CANVAS),
    RenderJob("samples", "raw", SamplePicture(num=4), CANVAS),
    RenderJob("traverse", "raw", TraversePicture(DimChoice("kl", 4), steps=5), CANVAS),
    RenderJob("traverse", "raw", TraversePicture(DimChoice("index", 4), steps=5), CANVAS),
    RenderJob("traverse", "raw", TraversePicture(DimChoice("index", 4), steps=5), CANVAS, marked_row=1),
    RenderJob("traverse", "raw", TraversePicture(DimChoice("index", 4), steps=5), replace(CANVAS, columns=70)),
    RenderJob("interpolate", "raw", InterpolatePicture(), CANVAS),
    RenderJob("reconstruct", "raw", ReconstructPicture(), CANVAS),
]


@pytest.fixture
def renderer():
    return Renderer({"raw": FakeModel()}, HalfblockPainter(), threading.Lock(), Wire())


@pytest.mark.parametrize("first", JOBS)
def test_a_picture_stands_where_it_would_alone_whatever_came_before_it(renderer, first):
    for job in JOBS:
        renderer.render(first)
        frame = renderer.render(job)
        assert frame.placement == place_best(frame.drawing, job.canvas, job.marked_row)[1]


def test_another_seed_of_the_same_grid_is_placed_only_once(renderer, monkeypatch):
    renderer.render(JOBS[0])
    monkeypatch.setattr("vae_tui.explorer.rendering.place_best", None)
    assert renderer.render(JOBS[1]).placement.rows


def test_the_next_images_are_arranged_like_those_before(renderer, monkeypatch):
    jobs = [RenderJob("reconstruct", "raw", ReconstructPicture(6, first=first), CANVAS) for first in (0, 1)]
    before = renderer.render(jobs[0])
    assert before.drawing.as_saved is not before.drawing  # another arrangement than that of files
    monkeypatch.setattr("vae_tui.explorer.rendering.place_best", None)
    after = renderer.render(jobs[1])
    assert after.drawing.columns == before.drawing.columns
    assert after.placement.layout == before.placement.layout
    assert after.placement.labels != before.placement.labels


def test_a_picture_without_room_is_refused(renderer):
    with pytest.raises(VaeTuiError, match="no room"):
        renderer.render(replace(JOBS[0], canvas=replace(CANVAS, columns=2, rows=1)))
