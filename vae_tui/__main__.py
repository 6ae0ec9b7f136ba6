"""The entry point: `vaetui`, and `python -m vae_tui`."""

import sys
from typing import NoReturn

from vae_tui import garbage


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    garbage.hold()
    from vae_tui.cli.app import run

    garbage.resume()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # an old locale must not turn an arrow into a traceback
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
