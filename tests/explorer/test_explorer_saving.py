import pytest

from vae_tui.explorer.saving import write_new


def test_the_first_free_number_is_taken(tmp_path):
    paths = [write_new(tmp_path, "samples", ".png", bytes([number])) for number in range(3)]
    assert [path.name for path in paths] == ["samples-1.png", "samples-2.png", "samples-3.png"]
    assert [path.read_bytes() for path in paths] == [b"\0", b"\1", b"\2"]


def test_nothing_is_written_over(tmp_path):
    (tmp_path / "samples-1.png").write_bytes(b"mine")
    (tmp_path / "samples-2.png").symlink_to("nowhere")
    assert write_new(tmp_path, "samples", ".png", b"new").name == "samples-3.png"
    assert (tmp_path / "samples-1.png").read_bytes() == b"mine"


def test_a_failure_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_new(tmp_path, "samples", ".png", b"new")
    assert list(tmp_path.iterdir()) == []
