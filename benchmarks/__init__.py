"""How fast the book builds, and the package computes."""
