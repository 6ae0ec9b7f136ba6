"""What is loaded when: the layers hold while the program runs, not only in the import graph."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

import vae_tui

ROOT = pathlib.Path(vae_tui.__file__).parent.parent
CLI_MODULES = sorted(f"vae_tui.cli.{path.stem}" for path in (ROOT / "vae_tui" / "cli").glob("[!_]*.py"))
FOLDERS_BY_FILE = (
    "charts",
    "points",
    "pictures",
    "terminal",
    "datasets",
    "foreign",
    "shelf",
    "progress",
    "training",
    "explorer",
)


def loaded_by(code: str, *forbidden: str, cwd: pathlib.Path | None = None) -> list[str]:
    """Which of these packages are loaded after the code has run in a fresh interpreter."""
    program = f"{code}\nimport sys\nprint('LOADED', *[name for name in {forbidden!r} if name in sys.modules])"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, cwd=cwd, check=True
    )
    return done.stdout.splitlines()[-1].split()[1:]


@pytest.mark.parametrize("folder", FOLDERS_BY_FILE)
def test_the_architecture_names_every_file(folder):
    """Parts that a registry finds are not named: a new one needs no edit."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    (table,) = [part for part in text.split("\n\n") if f"| file of `{folder}/` |" in part]
    names = {path.name for path in (ROOT / "vae_tui" / folder).glob("[!_]*.py") if ".register(" not in path.read_text()}
    named = set(re.findall(r"`(\w+\.py)`", table))
    assert names - named == set()
    assert named - {path.name for path in (ROOT / "vae_tui" / folder).rglob("*.py")} == set()


@pytest.mark.parametrize("module", CLI_MODULES)
def test_commands_load_nothing_heavy(module):
    assert loaded_by(f"import {module}", "torch", "torchvision", "textual", "textual_image", "numpy", "PIL") == []


def test_help_loads_nothing_heavy():
    code = (
        "import sys; sys.argv = ['vaetui', '--help']\n"
        "from vae_tui.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass"
    )
    assert loaded_by(code, "torch", "torchvision", "textual", "textual_image", "numpy", "PIL") == []


def test_training_runs_where_textual_is_absent(tmp_path):
    code = (
        "import sys\n"
        "sys.modules['textual'] = sys.modules['textual_image'] = sys.modules['platformdirs'] = None\n"
        "sys.argv = ['vaetui', 'train', 'shapes', '--fc', '--epochs', '1', '--set', 'data.count=100', '--out', 'run']\n"
        "from vae_tui.__main__ import main\n"
        "try: main()\n"
        "except SystemExit as ended: assert not ended.code, ended.code\n"
        "del sys.modules['textual'], sys.modules['textual_image']\n"
    )
    assert loaded_by(code, "textual", "textual_image", cwd=tmp_path) == []
    assert (tmp_path / "run" / "last.pt").is_file()


def test_the_explorer_loads_no_torch():
    assert loaded_by("import vae_tui.explorer", "torch", "torchvision") == []


def test_the_first_paint_loads_no_picture_that_a_view_draws_later():
    names = ("sample", "interpolate", "traverse", "reconstruct", "mix", "map", "model")
    drawn = [f"vae_tui.pictures.{name}" for name in names]
    code = "import vae_tui.explorer.app"
    assert loaded_by(code, *drawn, "vae_tui.charts.scatter", "vae_tui.charts.curves", "torch") == []
    later = f"{code}; from vae_tui.explorer.view import import_pictures; import_pictures()"
    assert loaded_by(later, *drawn, "torch") == drawn


def test_pictures_load_no_torch():
    modules = "sample, interpolate, traverse, reconstruct, rendering"
    assert loaded_by(f"from vae_tui.pictures import {modules}", "torch", "textual") == []
