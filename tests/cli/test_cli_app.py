import os
import pkgutil
import subprocess
import sys

import pytest
import typer
from cli_fakes import clean_environment

import vae_tui.cli
from vae_tui import __version__
from vae_tui.cli import app as app_module
from vae_tui.cli.app import COMMANDS, program, run
from vae_tui.cli.report import print_error
from vae_tui.errors import VaeTuiError

HEAVY = ("torch", "torchvision", "textual", "textual_image", "numpy", "PIL", "scipy")


@pytest.fixture
def failing(monkeypatch):
    """Makes `vaetui fail` raise what is given."""

    def install(error: BaseException) -> None:
        failing_app = typer.Typer(pretty_exceptions_enable=False)
        failing_app.callback()(lambda: None)

        @failing_app.command()
        def fail() -> None:
            raise error

        monkeypatch.setattr(app_module, "program", lambda: failing_app)

    return install


def loaded_after(code: str) -> set[str]:
    code = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=clean_environment()
    )
    return set(done.stdout.split("\n")[-2].split())


def test_no_module_of_the_command_line_loads_anything_heavy():
    modules = [f"vae_tui.cli.{module.name}" for module in pkgutil.iter_modules(vae_tui.cli.__path__)]

    loaded = loaded_after(f"import {', '.join(['vae_tui.__main__', *modules])}")

    assert len(modules) >= 7
    assert set(modules) <= loaded
    assert loaded.isdisjoint(HEAVY)


@pytest.mark.parametrize("arguments", [["--help"], ["sample", "--help"], ["train", "--help"], ["demo", "--help"]])
def test_help_loads_nothing_heavy(arguments):
    loaded = loaded_after(f"from vae_tui.cli.app import run; run({arguments!r})")

    assert "typer" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_a_command_loads_no_other_one():
    loaded = loaded_after("from vae_tui.cli.app import run; run(['runs', '--help'])")

    assert "vae_tui.cli.runs" in loaded
    assert {"vae_tui.cli.train", "vae_tui.cli.sample", "vae_tui.cli.info"}.isdisjoint(loaded)


def test_help_lists_the_commands_of_now_and_no_later_ones(vaetui):
    done = vaetui("--help")

    assert done.code == 0
    assert list(COMMANDS) == [
        *("train", "explore", "sample", "interpolate", "traverse", "reconstruct"),
        *("mix", "map", "info", "compare", "favourites", "export", "runs", "list", "doctor", "demo"),
    ]
    assert all(f" {name} " in done.out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_shows_each_option_with_all_of_its_text(name, vaetui, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")

    shown = vaetui(name, "--help").out

    assert "[[" not in shown
    command = typer.main.get_command(program()).commands[name]
    for parameter in command.params:
        text = parameter.help or ""
        assert text, f"{parameter.name} has no help"
        assert " ".join(text.split()) in " ".join(shown.split())


def test_without_a_command_the_help_is_shown_and_the_code_is_2(vaetui):
    done = vaetui()

    assert done.code == 2
    assert "Usage: vaetui" in done.out + done.err


def test_the_module_is_the_same_program(vaetui_process):
    done = vaetui_process("--version")

    assert (done.code, done.out, done.err) == (0, f"vaetui {__version__}\n", "")
    assert "Usage: vaetui " in vaetui_process("--help").out


@pytest.mark.parametrize(
    "arguments",
    [
        ["sampel", "model.pt"],
        ["sample"],
        ["sample", "model.pt", "--nothing"],
        ["sample", "model.pt", "-n", "many"],
        ["sample", "model.pt", "--graphics", "sixels"],
        ["interpolate", "model.pt", "--path", "arc"],
        ["interpolate", "model.pt", "--posterior", "mode"],
        ["traverse", "model.pt", "--centre", "middle"],
        ["reconstruct", "model.pt", "--split", "validation"],
    ],
    ids=" ".join,
)
def test_usage_errors_have_code_2_and_go_to_standard_error(arguments, vaetui):
    done = vaetui(*arguments)

    assert (done.code, done.out) == (2, "")
    assert arguments[-1] in done.err or "CKPT" in done.err or "sampel" in done.err


def test_a_mistyped_command_names_the_nearest(vaetui):
    assert "Did you mean 'sample'?" in vaetui("sampel").err


def test_a_mendable_error_is_two_lines_and_code_2(failing, vaetui):
    failing(VaeTuiError("no such file: a.pt", "make one"))

    done = vaetui("fail")

    assert (done.code, done.out, done.err) == (2, "", "error: no such file: a.pt\nhint: make one\n")


def test_an_error_without_a_hint_is_one_line(failing, vaetui):
    failing(VaeTuiError("no such file: a.pt"))

    assert vaetui("fail").err == "error: no such file: a.pt\n"


def test_a_long_error_stays_one_line_where_it_is_piped(capsys):
    print_error(VaeTuiError("word " * 100, "hint " * 100))

    assert [line.partition(":")[0] for line in capsys.readouterr().err.splitlines()] == ["error", "hint"]


def test_what_a_file_says_is_neither_markup_nor_escape_sequence(capsys):
    print_error(VaeTuiError("[bold]a[/bold] [/] :smile: \x1b[31m\x07\n\u202e 1234", "[link=x]b"))

    error, hint = capsys.readouterr().err.splitlines()
    assert error == "error: [bold]a[/bold] [/] :smile: \ufffd[31m\ufffd\ufffd\ufffd 1234"
    assert hint == "hint: [link=x]b"


def test_a_bug_of_ours_is_not_dressed_up(failing):
    failing(RuntimeError("a bug"))

    with pytest.raises(RuntimeError, match="a bug"):
        run(["fail"])


def test_a_bug_of_ours_ends_in_a_plain_traceback():
    code = (
        "import sys, vae_tui.cli.report, vae_tui.cli.app as app\n"
        "def fail(*_): raise RuntimeError('a bug')\n"
        "app.print_result = fail\n"
        "import vae_tui.__main__ as program\n"
        "sys.argv = ['vaetui', '--version']\n"
        "program.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=clean_environment())

    assert done.returncode == 1
    assert done.stderr.startswith("Traceback (most recent call last):")
    assert done.stderr.endswith("RuntimeError: a bug\n")
    assert "locals" not in done.stderr


def test_an_interrupt_is_code_130_and_says_nothing(failing, vaetui):
    failing(KeyboardInterrupt())

    done = vaetui("fail")

    assert (done.code, done.out) == (130, "")
    assert "Traceback" not in done.err


def test_an_interrupt_outside_of_a_command_is_code_130_too(monkeypatch):
    def interrupt(typer_app):
        raise KeyboardInterrupt

    monkeypatch.setattr(typer.main, "get_command", interrupt)

    assert run(["--version"]) == 130


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["list"]], ids=" ".join)
def test_a_reader_that_has_gone_is_met_in_silence(arguments):
    process = subprocess.Popen(
        [sys.executable, "-m", "vae_tui", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(),
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()  # long before a Python has started
    err = process.stderr.read()
    process.stderr.close()
    process.wait()

    assert err == ""


def test_an_old_locale_is_no_reason_to_crash(vaetui_process):
    done = vaetui_process("sample", "gr\u00fc\u00dfe\u2192.pt", "-o", "a.png", PYTHONIOENCODING="ascii")

    assert done.code == 2
    assert done.err.startswith("error: no such file: gr")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["--version"], ["list"], ["list", "--json"]], ids=" ".join)
def test_a_full_standard_output_is_said_to_be_full(arguments):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "vae_tui", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=clean_environment(),
        )

    assert done.returncode == 2
    assert done.stderr.startswith("error: standard output can't be written: No space left on device\nhint: ")
    assert done.stderr.count("\n") == 2


@pytest.mark.parametrize("arguments", [["--version"], ["sample", "absent.pt"]], ids=" ".join)
def test_a_closed_standard_output_is_no_reason_to_crash(arguments):
    command = [sys.executable, "-m", "vae_tui", *arguments]
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *command], stderr=subprocess.PIPE, text=True, env=clean_environment()
    )

    assert "Traceback" not in done.stderr
