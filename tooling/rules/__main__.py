"""Writes the reference of the rules: `make rules`."""

from tooling import ROOT
from tooling.rules import reference

(ROOT / "docs/rules.md").write_text(reference(), "utf8")
