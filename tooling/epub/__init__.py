"""The EPUB: layout and build."""
