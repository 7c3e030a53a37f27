"""How Sphinx builds the documentation: `make docs`. Every number and figure is computed while it builds."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
os.environ["PYTHONPATH"] = str(HERE.parent)  # for the kernel that runs the cells

import making  # noqa: E402

import resnet_viz  # noqa: E402

project = "ResNet Viz"
author = copyright = "The ResNet Viz authors"
version = release = resnet_viz.__version__
extensions = ["myst_nb", "sphinx.ext.autodoc"]
exclude_patterns = ["README.md", "*.png"]
html_theme = "furo"
html_title = f"ResNet Viz {version}"
html_copy_source = False
html_theme_options = {"navigation_with_keys": True}
templates_path: list[str] = []
nitpicky = False
default_role = "literal"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True
# a widget without a kernel is its still picture, and what draws live ones would come from elsewhere
nb_ipywidgets_js: dict[str, str] = {}
nb_mime_priority_overrides = [("html", "text/html", 0)]


def setup(app: object) -> None:
    app.connect("builder-inited", lambda _: making.write(HERE))  # type: ignore[attr-defined]
    app.connect("build-finished", lambda made, error: error or making.check_offline(Path(made.outdir)))  # type: ignore[attr-defined]
