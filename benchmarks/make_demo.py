"""Make the checkpoint that ships: a run's best.pt under a name of its own, with a note that says what it is.

    python benchmarks/make_demo.py RUN_DIR/best.pt assets/demo.pt --name NAME --note "one line"

The optimizer is left out, and the path of the data set gives way to its name.
"""

import argparse
import dataclasses
from pathlib import Path

from vae_tui.checkpoint import read_checkpoint, write_checkpoint


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--name", required=True, help="what to call the data set")
    parser.add_argument("--note", required=True, help="one line: which images, how they were trained on")
    args = parser.parse_args()
    checkpoint = read_checkpoint(args.checkpoint)
    assert checkpoint.data is not None
    assert checkpoint.config is not None
    named = dataclasses.replace(
        checkpoint,
        data=dataclasses.replace(checkpoint.data, name=args.name),
        config=dataclasses.replace(checkpoint.config, dataset=args.name),
        note=args.note,
        training=None,
    )
    write_checkpoint(args.target, named)
    print(f"{args.target}: {args.target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
