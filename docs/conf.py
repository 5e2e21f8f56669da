"""How the documentation is built; `make docs` does it."""

project = "oqs-sim"
author = "the oqs-sim authors"
extensions = ["myst_parser"]
exclude_patterns = ["_build"]
myst_heading_anchors = 4
html_theme = "furo"
html_title = "oqs-sim (SIMULATION / 模擬)"
html_show_copyright = False
html_copy_source = False
