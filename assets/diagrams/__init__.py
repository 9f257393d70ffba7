"""Diagrams: a module each, drawn in the language of `style`.

A module holds `draw() -> Figure`; its SVG (for the site) and PDF (for
print) lie next to it under the same name with hyphens. One that draws several
holds `DRAWINGS`, functions by those names.
`python -m assets.diagrams` draws them all.
"""
