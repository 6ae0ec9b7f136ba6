import io
import zipfile

import numpy as np
import pytest
from fakes import FakeSubject

from vae_tui.errors import VaeTuiError
from vae_tui.pictures.latent_file import read_latents
from vae_tui.pictures.origin import Origin
from vae_tui.pictures.reconstruct import ReconstructPicture
from vae_tui.pictures.sample import SamplePicture
from vae_tui.pictures.saving import save_picture

LATENTS = np.arange(12, dtype=np.float32).reshape(3, 4)


@pytest.mark.parametrize("kind", ["<f4", ">f8", "f2", "i8", "u1"])
def test_latents_of_any_number_kind_are_read(kind, tmp_path):
    path = tmp_path / "z.npz"
    np.savez(path, latents=LATENTS.astype(kind))

    read = read_latents(path)

    np.testing.assert_array_equal(read.latents_NZ, LATENTS)
    assert read.latents_NZ.dtype == np.float32
    assert read.name == "z.npz"


def test_one_latent_may_come_alone(tmp_path):
    np.savez_compressed(tmp_path / "z.NPZ.npz", latents=LATENTS[0])

    np.testing.assert_array_equal(read_latents(tmp_path / "z.NPZ.npz").latents_NZ, LATENTS[:1])


def test_rows_that_are_not_finite_are_left_out(tmp_path):
    rows = LATENTS.astype(np.float64)
    rows[1, 0], rows[2, 1] = np.nan, 1e300
    np.savez(tmp_path / "z.npz", latents=rows)

    np.testing.assert_array_equal(read_latents(tmp_path / "z.npz").latents_NZ, LATENTS[:1])


@pytest.mark.parametrize("suffix", [".png", ".gif"])
def test_the_latents_of_a_saved_picture_come_back(suffix, tmp_path):
    path, request = tmp_path / f"a{suffix}", SamplePicture(num=5, seed=2)
    save_picture(request, FakeSubject(), Origin("best.pt"), "00" * 32, path)

    np.testing.assert_array_equal(read_latents(path).latents_NZ, request.draw(FakeSubject()).latents_NZ)


def test_tiles_that_are_images_have_no_latents_to_start_from(tmp_path):
    path = tmp_path / "a.png"
    save_picture(ReconstructPicture(num=3), FakeSubject(), Origin("best.pt"), "00" * 32, path)

    assert read_latents(path).latents_NZ.shape == (3, 8)


def npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def lying_npz(shape: str) -> bytes:
    """An entry whose header claims more than follows."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117).encode() + b"\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("latents.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        b"text",
        npy(LATENTS),
        npz(z=LATENTS),
        npz(latents=LATENTS[None]),
        npz(latents=np.float32(3)),
        npz(latents=np.array(["a"])),
        npz(latents=np.array([[True]])),
        npz(latents=np.ones((2, 2), complex)),
        npz(latents=np.array([{}], object)),
        npz(latents=np.zeros((0, 4))),
        npz(latents=np.zeros((4, 0))),
        npz(latents=np.full((2, 2), np.nan)),
        lying_npz("(100000000000, 128)"),
        lying_npz("(10, 128)"),
        lying_npz("(-1, 128)"),
        lying_npz("'hello'"),
    ],
    ids=[
        "empty",
        "cut short",
        "text",
        "an npy",
        "other name",
        "three axes",
        "a scalar",
        "text array",
        "truth values",
        "complex",
        "objects",
        "no rows",
        "no columns",
        "no finite row",
        "huge",
        "short",
        "negative",
        "no shape",
    ],
)
def test_a_file_without_latents_is_refused(content, tmp_path):
    path = tmp_path / "z.npz"
    path.write_bytes(content)

    with pytest.raises(VaeTuiError, match="latents"):
        read_latents(path)


@pytest.mark.parametrize(
    ("arrays", "has"),
    [
        ({"images": np.zeros(3), "z\x1b": np.zeros(2)}, "images, z\N{REPLACEMENT CHARACTER}"),
        ({f"a{number}": np.zeros(1) for number in range(8)}, "a0, a1, a2, a3, a4, a5, …"),
        ({}, "none"),
    ],
)
def test_a_file_of_other_arrays_is_told_which_it_has_and_which_is_needed(arrays, has, tmp_path):
    np.savez(tmp_path / "z.npz", **arrays)
    with pytest.raises(VaeTuiError) as refused:
        read_latents(tmp_path / "z.npz")
    assert refused.value.message == f"{tmp_path / 'z.npz'} has no array `latents`; its arrays: {has}"
    assert "N x Z" in refused.value.hint


def test_damaged_files_never_end_in_another_error(tmp_path):
    whole, path = npz(latents=np.random.default_rng(0).normal(size=(5, 8))), tmp_path / "z.npz"
    generator = np.random.default_rng(1)
    outcomes = set()
    for _ in range(400):
        damaged = bytearray(whole)
        for position in generator.integers(0, len(whole), 2):
            damaged[position] = generator.integers(256)
        path.write_bytes(damaged)
        try:
            read_latents(path)
            outcomes.add("read")
        except VaeTuiError:
            outcomes.add("refused")

    assert outcomes == {"read", "refused"}


def test_an_absent_file_and_a_folder_are_refused(tmp_path):
    (tmp_path / "folder.npz").mkdir()

    with pytest.raises(VaeTuiError, match="no such file"):
        read_latents(tmp_path / "absent.npz")
    with pytest.raises(VaeTuiError, match="holds no latents"):
        read_latents(tmp_path / "folder.npz")


def test_a_name_that_would_write_to_the_terminal_is_made_printable(tmp_path):
    path = tmp_path / "\x1b[2Jz.npz"
    path.write_bytes(b"")

    with pytest.raises(VaeTuiError) as refused:
        read_latents(path)
    assert "\x1b" not in refused.value.message
