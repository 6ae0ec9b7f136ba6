import subprocess
import sys

import pytest


@pytest.fixture
def run_python():
    """Runs code in a fresh interpreter; gives its standard output."""

    def run(code: str) -> str:
        return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout

    return run
