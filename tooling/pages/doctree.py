"""Walks through documents, for all that changes what pages show."""

from collections.abc import Iterator

from docutils import nodes


def ancestors(node: nodes.Node) -> Iterator[nodes.Element]:
    """Yield the nodes around a node, innermost first."""
    while node.parent is not None:
        node = node.parent
        yield node
