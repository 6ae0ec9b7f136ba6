"""Paths between latents: what lies between."""

from vae_tui.explorer.controls import Look
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS, View, Zoom
from vae_tui.pictures.contract import PictureRequest
from vae_tui.points.point import Point


class Interpolate(View):
    """Rows of steps from one end to the other, or one path through what was gathered; still, or as a film."""

    key = "2"
    title = "Interpolate"
    question = "What lies between two points?"
    help = (
        "Each row walks from one latent to another and decodes every step. Between images, the two images themselves "
        "stand at the ends, so that the step from an image to its reconstruction can be seen too. From the current "
        "latent ({source}) there is one path: through the gathered stops, one row from stop to stop, to the current "
        "latent; with nothing gathered, from the prior's centre. {current.take} on a tile of any view makes it the "
        "current latent, {stops.add} gathers it.\n\n"
        "In a smooth space each step is a plausible picture and no step is a jump. The straight path (lerp) passes "
        "nearer to the centre than its ends; the arc (slerp) keeps their distance from it. The plot is the norm along "
        "the first row, that distance, beside sqrt(Z): there nearly all draws of the prior lie, where Z is large.\n\n"
        "{film.play} plays all rows at once, there and back, in steps 4 times as fine, and halts; {film.back film.on} "
        "wind it. In a halted film {current.take} takes the frame of the first row, or of the one under the cursor."
    )
    always = tuple(name for name in View.always if name != "stops")
    controls = ("source", "first", "second", "stops", "path", "steps", "posterior", "seed", "film", "zoom")
    zoom = Zoom("pairs", "rows", 1, 16)

    def request(self, state: LatentState, facts: ModelFacts) -> PictureRequest:
        """The paths of the present ends, or a frame of their film."""
        from vae_tui.pictures.interpolate import InterpolatePicture

        frame = None if state.frame is None else state.frame % self.num_frames(state)
        if state.source == "current":
            return InterpolatePicture(steps=state.steps, path=state.path, through=path_points(state), frame=frame)
        if state.source == "random":
            return InterpolatePicture(
                num=state.pairs,
                steps=state.steps,
                between="random",
                path=state.path,
                seed=state.seed,
                edits=state.edits,
                frame=frame,
            )
        return InterpolatePicture(
            num=state.pairs,
            steps=state.steps,
            first=state.first,
            second=state.second,
            path=state.path,
            posterior=state.posterior,
            seed=state.seed if state.posterior == "sample" else 0,
            edits=state.edits,
            frame=frame,
        )

    def idle_controls(self, state: LatentState) -> frozenset[str]:
        """Images count between images alone, stops on the way to the current latent; the seed where there are draws."""
        if state.source == "current":
            return frozenset({"first", "second", "posterior", "seed", "zoom"})
        if state.source == "random":
            return frozenset({"first", "second", "posterior", "stops"})
        return frozenset({"stops", "seed"} if state.posterior == "mean" else {"stops"})

    def num_frames(self, state: LatentState) -> int:
        """There and back along all legs of a path."""
        from vae_tui.pictures.interpolate import num_film_frames

        legs = len(path_points(state)) - 1 if state.source == "current" else 1
        return num_film_frames(state.steps, legs)

    def point(self, state: LatentState, facts: ModelFacts, look: Look) -> Point | None:
        """The latent under the cursor; of a film without a cursor, that of the first row."""
        if state.cursor is None and state.frame is not None and look.drawing is not None:
            return next(iter(look.drawing.points), None)
        return super().point(state, facts, look)


def path_points(state: LatentState) -> tuple[Point, ...]:
    """The gathered stops and the current latent after them; from the prior's centre where none was gathered."""
    from vae_tui.pictures.interpolate import MAX_POINTS

    stops = state.stops or (Point(),)
    ends_there = len(stops) > 1 and stops[-1] == state.current
    return stops if ends_there else (*stops, state.current)[-MAX_POINTS:]


VIEWS.register("interpolate")(Interpolate())
