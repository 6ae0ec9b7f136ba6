import shlex
from pathlib import Path

import numpy as np
import pytest
from cli_fakes import FakeSession
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from vae_tui.cli import delivery
from vae_tui.cli.app import run
from vae_tui.cli.delivery import Delivery
from vae_tui.cli.interpolate import interpolate
from vae_tui.cli.source import Place, Source
from vae_tui.imaging import read_provenance
from vae_tui.latent import PATHS, DimChoice
from vae_tui.pictures.interpolate import InterpolatePicture
from vae_tui.pictures.latent_file import LatentFile, read_latents
from vae_tui.pictures.origin import Origin, command_line
from vae_tui.pictures.reconstruct import ORDERS, SHOWS, ReconstructPicture
from vae_tui.pictures.sample import SamplePicture
from vae_tui.pictures.traverse import MAX_TAIL, SCALES, TraversePicture
from vae_tui.points.grammar import parse_point
from vae_tui.priors import PRIORS
from vae_tui.terminal import inline

COMMANDS = ("sample", "interpolate", "traverse", "reconstruct")


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize(("suffix", "kind"), [(".png", "PNG"), (".gif", "GIF")])
def test_each_command_saves_a_picture_and_prints_its_path(name, suffix, kind, vaetui, fake_model, tmp_path):
    path = tmp_path / f"a{suffix}"

    done = vaetui(name, str(fake_model), "-o", str(path))

    assert (done.code, done.out, done.err) == (0, f"{path}\n", "")
    with Image.open(path) as image:
        assert image.format == kind
        assert getattr(image, "n_frames", 1) == (1 if kind == "PNG" else image.n_frames)
        assert (image.n_frames > 1) == (kind == "GIF")


@pytest.mark.parametrize("suffix", [".png", ".gif"])
@pytest.mark.parametrize("name", COMMANDS)
def test_the_same_command_gives_the_same_bytes(name, suffix, vaetui, fake_model, tmp_path):
    first, second = tmp_path / f"1{suffix}", tmp_path / f"2{suffix}"
    for path in (first, second):
        assert vaetui(name, str(fake_model), "-o", str(path)).code == 0

    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_picture_names_a_command_that_draws_it_again(name, vaetui, fake_model, tmp_path, monkeypatch):
    first, second = tmp_path / "1.png", tmp_path / "2.png"
    vaetui(name, str(fake_model), "-o", str(first))

    command = shlex.split(read_provenance(first).command)
    monkeypatch.chdir(tmp_path)
    vaetui(*command[1:], "-o", str(second))

    assert first.read_bytes() == second.read_bytes()


SEEDS = st.integers(0, 2**63 - 1)
NUMBERS = st.floats(-1e6, 1e6, width=32)
EDITS = st.dictionaries(st.integers(0, 500), NUMBERS, max_size=4).map(lambda edits: tuple(sorted(edits.items())))
POSTERIOR = st.sampled_from(["mean", "sample"])
IMAGES = st.integers(0, 10**6)
PATH_POINTS = st.sampled_from(["centre", "image:7,z3=-2", "draw:3:0", "between(draw:0:1;image:2:5):0.25:slerp"]).map(
    parse_point
)
FILES = st.integers(-9, -1)
POINTS = st.sampled_from(["centre", "image:7,pc1=1.5,z3=-2", "file:2:1", "centre,images:f1+2>3=0.5"]).map(parse_point)
DIMS = st.one_of(
    st.builds(DimChoice, st.sampled_from(["kl", "change", "index", "even"]), st.integers(1, 1024)),
    st.lists(st.integers(0, 500), min_size=1, max_size=6).map(lambda dims: DimChoice("given", len(dims), tuple(dims))),
)


AT_IMAGE = parse_point("image:3,z1=2")


def only_what_is_asked(request):
    """The request with the values that it does not use at their defaults: those no command names."""
    changes = {}
    unseeded = type(request) is not SamplePicture and request.posterior == "mean"
    if isinstance(request, InterpolatePicture) and request.through:
        changes = {"num": 1, "between": "images", "first": 0, "second": 1, "posterior": "mean", "seed": 0, "base": None}
    elif isinstance(request, InterpolatePicture) and (request.between == "random" or request.base):
        changes = {"first": 0, "second": 1, "posterior": "mean"}
        changes |= {"between": "images", "seed": 0} if request.base else {}
    elif isinstance(request, SamplePicture) and request.base:
        changes = {"num": 16, "seed": 0, "temperature": 1.0, "prior": "normal"}
    elif isinstance(request, TraversePicture) and (request.centre == "prior" or request.base or request.at):
        changes = {"image": 0, "posterior": "mean", "seed": 0}
        changes |= {"centre": "image"} if request.base or request.at else {}
        changes |= {"at": None} if request.base else {}
    elif isinstance(request, ReconstructPicture) and request.show == "draws":
        changes = {"posterior": "mean"}
    elif unseeded:
        changes = {"seed": 0}
    if isinstance(request, TraversePicture):
        changes |= {"low": -3.0, "high": 3.0} if request.scale != "values" else {}
        changes |= {"sigmas": 3.0} if request.scale != "sigmas" else {}
        changes |= {"tail": 0.01} if request.scale != "quantiles" else {}
    return type(request)(**(vars(request) | changes))


def requests(bases):
    return st.one_of(
        st.builds(
            SamplePicture,
            num=st.integers(1, 4096),
            seed=SEEDS,
            temperature=st.floats(0, 1e6),
            edits=EDITS,
            base=bases,
            prior=st.sampled_from(PRIORS),
            nearest=st.none() | st.integers(0, 4095),
        ),
        st.builds(
            InterpolatePicture,
            num=st.integers(1, 256),
            steps=st.integers(2, 256),
            between=st.sampled_from(["images", "random"]),
            first=IMAGES,
            second=IMAGES,
            path=st.sampled_from(sorted(PATHS)),
            posterior=POSTERIOR,
            seed=SEEDS,
            edits=EDITS,
            base=bases,
            through=st.just(()) | st.lists(PATH_POINTS, min_size=2, max_size=4).map(tuple),
            frame=st.none() | st.integers(0, 7),
        ),
        st.builds(
            TraversePicture,
            dims=DIMS,
            steps=st.integers(2, 256),
            scale=st.sampled_from(SCALES),
            sigmas=st.floats(0, 1e6),
            tail=st.floats(0, MAX_TAIL),
            at=st.none() | POINTS,
            low=NUMBERS,
            high=NUMBERS,
            centre=st.sampled_from(["image", "prior"]),
            image=IMAGES | FILES,
            posterior=POSTERIOR,
            seed=SEEDS,
            edits=EDITS,
            base=bases,
        ),
        st.builds(
            ReconstructPicture,
            num=st.integers(1, 4096),
            first=IMAGES | FILES,
            posterior=POSTERIOR,
            seed=SEEDS,
            edits=EDITS,
            show=st.sampled_from(SHOWS),
            order=st.sampled_from(ORDERS),
            group=st.sampled_from(["", "3", "frog", "two words"]),
        ),
    ).map(only_what_is_asked)


@pytest.fixture
def delivered(monkeypatch):
    """The requests and places that commands hand over, instead of drawing them."""
    handed_over = []
    monkeypatch.setattr(Delivery, "deliver", lambda how, *handed: handed_over.append(handed))
    return handed_over


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_command_line_is_read_back_as_the_request_that_wrote_it(data, delivered, tmp_path):
    latents_path = tmp_path / "in a folder's z.npz"
    if not latents_path.exists():
        np.savez(latents_path, latents=np.eye(4, dtype=np.float32))
    request = data.draw(requests(st.sampled_from([None, read_latents(latents_path)])))
    origin = data.draw(
        st.sampled_from(
            [Origin("runs/a b/best.pt"), Origin("x.pt", "cifar10"), Origin("y.pt", "/im ages", "train", True)]
        )
    )

    words = shlex.split(command_line(request, origin))

    assert words[0] == "vaetui"
    assert run(words[1:]) == 0
    found, place = delivered.pop()
    assert found == request
    source = Source(origin.data, origin.split, weights="raw" if origin.raw_weights else None)
    assert (str(place.checkpoint), place.source) == (origin.checkpoint, source)


def test_what_is_not_asked_is_the_default(vaetui, delivered):
    for name in COMMANDS:
        assert vaetui(name, "x.pt").code == 0

    assert [request for request, _ in delivered] == [
        SamplePicture(),
        InterpolatePicture(),
        TraversePicture(),
        ReconstructPicture(),
    ]


@pytest.mark.parametrize(
    ("words", "request_"),
    [
        ("sample x.pt -n 4 --temperature 0.5 --z 3=-1", SamplePicture(4, 0, 0.5, ((3, -1.0),))),
        ("sample x.pt --z -0.5", None),
        ("sample x.pt --prior fitted --nearest 3", SamplePicture(prior="fitted", nearest=3)),
        ("sample x.pt --prior flat", None),
        ("traverse x.pt --low -2 --high -1.5", TraversePicture(low=-2, high=-1.5)),
        ("traverse x.pt --low=-2 --dims even:5", TraversePicture(low=-2, dims=DimChoice("even", 5))),
        ("traverse x.pt --dims even -n 5", TraversePicture(dims=DimChoice("even", 5))),
        ("traverse x.pt --dims 0,14,28", TraversePicture(dims=DimChoice("given", 3, (0, 14, 28)))),
        ("traverse x.pt --seed 5", TraversePicture(seed=5)),
        ("interpolate x.pt --from 3 --to 0", InterpolatePicture(first=3, second=0)),
        (
            "interpolate x.pt --through image:3 --through draw:0:1,z2=1 --frame 4",
            InterpolatePicture(through=(parse_point("image:3"), parse_point("draw:0:1,z2=1")), frame=4),
        ),
        ("interpolate x.pt --random --path slerp", InterpolatePicture(between="random", path="slerp")),
        ("traverse x.pt --sigmas 2 --at image:3,z1=2", TraversePicture(scale="sigmas", sigmas=2, at=AT_IMAGE)),
        ("traverse x.pt --quantiles --tail 0.1", TraversePicture(scale="quantiles", tail=0.1)),
        ("reconstruct -n 2 x.pt --start 7", ReconstructPicture(2, 7)),
        ("reconstruct x.pt --show draws --class frog", ReconstructPicture(show="draws", group="frog")),
        ("reconstruct x.pt --file a.png", ReconstructPicture(first=-1)),
        ("reconstruct x.pt --file a.png --file b.png --start f2", ReconstructPicture(first=-2)),
        ("reconstruct x.pt --file a.png --order worst", ReconstructPicture(order="worst")),
    ],
)
def test_options_are_read(words, request_, vaetui, delivered):
    done = vaetui(*words.split())

    assert (done.code, [request for request, _ in delivered]) == ((0, [request_]) if request_ else (2, []))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("sample x.pt -n 0", "-n is 0"),
        ("sample x.pt -n -3", "-n is -3"),
        ("sample x.pt -n 99999", "-n is 99999"),
        ("sample x.pt --seed -1", "--seed is -1"),
        ("sample x.pt --temperature -1", "--temperature is -1"),
        ("sample x.pt --temperature nan", "--temperature is nan"),
        ("sample x.pt --z 3", "--z '3'"),
        ("sample x.pt --latent absent.npz", "no such file: absent.npz"),
        ("interpolate x.pt --steps 1", "--steps is 1"),
        ("traverse x.pt --dims big", "--dims 'big'"),
        ("traverse x.pt --dims even:3 -n 4", "leave -n out"),
        ("traverse x.pt --low inf", "--low is inf"),
        ("sample x.pt --latent z.npz -n 4", "-n means nothing beside --latent"),
        ("sample x.pt --latent z.npz --prior normal", "--prior means nothing beside --latent"),
        ("interpolate x.pt --random --from 3", "--from means nothing beside --random"),
        ("interpolate x.pt --random --posterior mean", "--posterior means nothing beside --random"),
        ("interpolate x.pt --latent z.npz --random", "--random means nothing beside --latent"),
        ("interpolate x.pt --latent z.npz --to 0", "--to means nothing beside --latent"),
        ("interpolate x.pt --through centre --through image:1 -n 1", "-n means nothing beside --through"),
        ("interpolate x.pt --through centre --through image:1 --random", "--random means nothing beside --through"),
        ("interpolate x.pt --through centre", "--through was given 1 times"),
        ("interpolate x.pt --through centre --through nowhere", "'nowhere' is no point"),
        ("interpolate x.pt --steps 3 --frame 16", "there is no frame 16"),
        ("traverse x.pt --quantiles --high 3", "--high means nothing beside --quantiles"),
        ("traverse x.pt --quantiles --sigmas 2", "--sigmas means nothing beside --quantiles"),
        ("traverse x.pt --sigmas 2 --low 1", "--low means nothing beside --sigmas"),
        ("traverse x.pt --tail 0.1", "--tail means nothing without --quantiles"),
        ("traverse x.pt --quantiles --tail 0.6", "--tail is 0.6"),
        ("traverse x.pt --at image:3 --image 4", "--image means nothing beside --at"),
        ("traverse x.pt --at nowhere", "'nowhere' is no point"),
        ("traverse x.pt --image f0", "--image 'f0' is no image"),
        ("reconstruct x.pt --start -1", "-1"),
        ("reconstruct x.pt --show draws --posterior mean", "--posterior means nothing beside --show draws"),
        ("traverse x.pt --centre prior --image 0", "--image means nothing beside --centre prior"),
        ("traverse x.pt --latent z.npz --centre prior", "--centre means nothing beside --latent"),
    ],
)
def test_values_that_can_not_be_are_refused_in_one_line_and_a_hint(words, said, vaetui, delivered):
    done = vaetui(*words.split())

    assert (done.code, done.out, delivered) == (2, "", [])
    assert said in done.err
    assert [line.split(":")[0] for line in done.err.splitlines()] in (["error", "hint"], ["error"])


def test_neither_terminal_nor_o_names_o(vaetui, fake_model):
    done = vaetui("sample", str(fake_model))

    assert (done.code, done.out) == (2, "")
    assert "-o FILE.png" in done.err


@pytest.mark.parametrize("name", ["a.jpg", "a", "folder.png", "absent/a.png"])
def test_an_output_that_can_not_be_is_refused_before_the_model_is_opened(name, vaetui, tmp_path, monkeypatch):
    monkeypatch.setattr(delivery, "open_session", lambda place: pytest.fail("opened"))
    (tmp_path / "model.pt").write_bytes(b"")
    (tmp_path / "folder.png").mkdir()

    done = vaetui("sample", str(tmp_path / "model.pt"), "-o", str(tmp_path / name))

    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: ")
    assert "hint: " in done.err


@pytest.mark.parametrize("name", COMMANDS)
def test_an_absent_checkpoint_is_refused_and_nothing_is_written(name, vaetui, tmp_path):
    done = vaetui(name, str(tmp_path / "absent.pt"), "-o", str(tmp_path / "a.png"))

    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: no such file: ")
    assert list(tmp_path.iterdir()) == []


def test_latents_of_a_picture_start_another(vaetui, fake_model, tmp_path):
    first, second = tmp_path / "1.png", tmp_path / "2.png"
    vaetui("sample", str(fake_model), "-n", "3", "--seed", "8", "-o", str(first))

    done = vaetui("sample", str(fake_model), "--latent", str(first), "--z", "0=1", "-o", str(second))

    assert done.code == 0
    edited = read_latents(first).latents_NZ
    edited[:, 0] = 1
    np.testing.assert_array_equal(read_latents(second).latents_NZ, edited)
    assert "--latent 1.png" in read_provenance(second).command


@pytest.mark.parametrize("name", COMMANDS)
def test_the_options_of_the_place_reach_the_session(name, vaetui, delivered):
    words = ["--data", "cifar10", "--split", "train", "--data-dir", "d", "--device", "cuda:1", "--weights", "ema"]
    assert vaetui(name, "x.pt", *words).code == 0

    _, place = delivered[0]
    assert place == Place(Path("x.pt"), Source("cifar10", "train", Path("d"), "ema", "cuda:1"))


def test_the_paths_of_the_command_are_those_there_are():
    import typing

    annotation = typing.get_type_hints(interpolate)["path"]

    assert set(typing.get_args(annotation)) == set(PATHS)


def test_a_real_checkpoint_draws_the_same_bytes_twice(checkpoint_path, vaetui, tmp_path):
    for name in COMMANDS:
        first, second = tmp_path / f"{name}1.png", tmp_path / f"{name}2.png"
        for path in (first, second):
            done = vaetui(name, str(checkpoint_path), "--device", "cpu", "-o", str(path))
            assert (done.code, done.err) == (0, "")
        assert first.read_bytes() == second.read_bytes()


def test_the_averaged_weights_are_drawn_unless_the_raw_ones_are_asked_for(averaged_path, vaetui, tmp_path, monkeypatch):
    """Each picture names the command that draws it, to the byte; only a choice against the average is named."""
    monkeypatch.chdir(averaged_path.parent)
    for name in COMMANDS:
        drawn = {}
        for weights in ("", "--weights ema", "--weights raw"):
            path = tmp_path / f"{name}{weights}.png"
            done = vaetui(name, averaged_path.name, *weights.split(), "--device", "cpu", "-o", str(path))
            assert (done.code, done.err) == (0, "")
            drawn[weights] = path.read_bytes()
            command = shlex.split(read_provenance(path).command)
            assert command[-2:] == ["--weights", "raw"] if weights.endswith("raw") else "--weights" not in command
            again = tmp_path / "again.png"
            assert vaetui(*command[1:], "--device", "cpu", "-o", str(again)).code == 0
            assert again.read_bytes() == drawn[weights]
        assert drawn[""] == drawn["--weights ema"] != drawn["--weights raw"]


@pytest.mark.parametrize(("weights", "is_said"), [("raw", True), ("ema", False)])
def test_a_terminal_is_told_of_raw_weights(weights, is_said, averaged_path, vaetui, monkeypatch):
    captions = []
    monkeypatch.setattr(delivery, "stdout_is_terminal", lambda: True)
    monkeypatch.setattr(delivery, "show_inline", lambda drawing, graphics, caption: captions.append(caption))

    done = vaetui("sample", str(averaged_path), "--weights", weights, "--device", "cpu")

    assert captions[0].endswith(" · raw weights") == is_said
    assert done.out.endswith(" --weights raw\n") == is_said


def test_without_an_average_no_command_names_the_weights(checkpoint_path, vaetui, tmp_path):
    first, second = tmp_path / "1.png", tmp_path / "2.png"
    vaetui("sample", str(checkpoint_path), "-o", str(first))
    vaetui("sample", str(checkpoint_path), "--weights", "raw", "-o", str(second))

    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--weights", "ema"], "no averaged weights"),
        (["--device", "tpu"], "tpu"),
        (["--device", "cuda:99"], "cuda"),
        (["--data", "cifr10"], "did you mean cifar10"),
        (["--split", "train"], "--split needs --data"),
        (["--z", "99=1"], "no latent dimension 99"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_the_session_refuses_is_one_line_and_a_hint(arguments, said, checkpoint_path, vaetui, tmp_path):
    done = vaetui("sample", str(checkpoint_path), *arguments, "-o", str(tmp_path / "a.png"))

    assert (done.code, done.out) == (2, "")
    assert said.lower() in done.err.lower()
    assert done.err.count("\n") == 2
    assert not (tmp_path / "a.png").exists()


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04 cut short", b"\x80\x04cos\nsystem\n(S'touch x'\ntR."])
def test_a_file_that_is_no_checkpoint_is_refused(content, vaetui, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.pt").write_bytes(content)

    done = vaetui("sample", "a.pt", "-o", "a.png")

    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: a.pt: ")
    assert [path.name for path in tmp_path.iterdir()] == ["a.pt"]


def test_a_process_refuses_without_a_traceback(vaetui_process, tmp_path):
    (tmp_path / "a.pt").write_bytes(b"no checkpoint")

    done = vaetui_process("sample", "a.pt", "-o", "a.png")

    assert (done.code, done.out) == (2, "")
    assert [line.split(":")[0] for line in done.err.splitlines()] == ["error", "hint"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pt"]


def test_given_latents_of_another_model_are_refused(vaetui, fake_model, tmp_path):
    np.savez(tmp_path / "z.npz", latents=np.zeros((2, 5)))

    done = vaetui("sample", str(fake_model), "--latent", str(tmp_path / "z.npz"), "-o", str(tmp_path / "a.png"))

    assert done.code == 2
    assert "5 dimensions" in done.err
    assert LatentFile("z.npz", np.zeros((2, 5), np.float32)).name in done.err


def test_inline_is_never_tried_where_output_is_piped(vaetui, fake_model, monkeypatch, tmp_path):
    monkeypatch.setattr(inline, "show", lambda *_: pytest.fail("shown"))
    monkeypatch.setenv("FORCE_COLOR", "1")

    assert vaetui("sample", str(fake_model)).code == 2
    assert vaetui("sample", str(fake_model), "-o", str(tmp_path / "a.png")).code == 0
    assert isinstance(delivery.open_session(None), FakeSession)
