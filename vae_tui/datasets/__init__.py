"""Where images come from: one file a source, all of them behind `open_data`.

Images are uint8 (N, C, H, W) at rest, with C 1 or 3. A source is a class with an `Options` dataclass (what
`--set data.KEY=VALUE` reaches) and a `load`; `DATASETS` finds it by its name, `open_data` by name or path.
"""
