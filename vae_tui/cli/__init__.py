"""The command line: one file a command family; each command parses, builds a request, calls and reports.

No module here imports torch, textual, numpy or Pillow at its top, so that `vaetui --help` is quick.
"""
