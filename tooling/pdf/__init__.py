"""The printed book: layout, build and checks."""
