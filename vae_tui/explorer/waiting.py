"""Pictures that wait until the images are encoded, or mapped by UMAP: which, and what is said meanwhile."""

from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.splits import is_turning
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS


def shown_facts(state: LatentState, facts: ModelFacts) -> tuple[ModelFacts, ...]:
    """Those of each model that the picture is of, the one in front first."""
    other = facts.beside if state.beside == "both" else None
    return (facts, other) if other is not None else (facts,)


def is_waiting(state: LatentState, facts: ModelFacts) -> bool:
    """Whether the state's picture can't be drawn before more is found out.

    Of two, one that will never have what it lacks keeps the other's picture from nobody: it is said there why.
    """
    shown = shown_facts(state, facts)
    waiting = [known for known in shown if _waits(state, known)]
    return len(waiting) == len(shown) or any(not _lacks_for_ever(state, known) for known in waiting)


def _waits(state: LatentState, facts: ModelFacts) -> bool:
    view = VIEWS.get(state.view)
    return view.waits_for_survey(state, facts) or (not facts.has_umap and view.needs_umap(state))


def _lacks_for_ever(state: LatentState, facts: ModelFacts) -> bool:
    no_map = facts.umap_failed and VIEWS.get(state.view).needs_umap(state)
    return not facts.num_images or facts.survey_failed or no_map


def waiting_text(state: LatentState, facts: ModelFacts) -> str:
    """What the picture waits for, or why it never comes."""
    if is_turning(state, facts):
        return f"turning to the {facts.splits[state.split]:,} {state.split} images"
    waiting = [shown for shown in shown_facts(state, facts) if _waits(state, shown)] or [facts]
    awaited = next((shown for shown in waiting if not _lacks_for_ever(state, shown)), waiting[0])
    progress = awaited.survey_progress or awaited.umap_progress
    progress = progress or ("encoding the images" if awaited.num_images else "there are no images to encode")
    return f"{awaited.name}: {progress}" if awaited.name else progress


def has_images(state: LatentState, facts: ModelFacts) -> bool:
    """Whether each model that the picture is of has any."""
    return all(shown.num_images for shown in shown_facts(state, facts))


def images_hint(opened_as: str, quit_key: str) -> str:
    """What a person can do whose checkpoint, opened under that name, carries no images."""
    keys = " ".join(VIEWS.get(name).key for name in ("samples", "interpolate", "traverse"))
    return (
        f"{keys} show what needs none. For images, leave ({quit_key}) and type: "
        f"vaetui explore {opened_as} --data DATASET|FOLDER|FILE.npz"
    )
