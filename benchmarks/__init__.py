"""Speed of the package against references, and speed of the build."""
