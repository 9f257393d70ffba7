"""Data sets, one file each, and the catalogue that fetches them."""
