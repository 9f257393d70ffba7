"""What builds the book, in packages by stage; imports point one way."""

from pathlib import Path

#: The project's folder.
ROOT = Path(__file__).parents[1]
