"""A tree back to text: as it would be written, negated, and as a sentence that people read."""

from evaluator.packs import tree

__all__ = ["names"]


def names(node: tree.Node) -> frozenset[str]:
    """Return the ids of every name that a condition or formula reads."""
    if isinstance(node, tree.Name):
        return frozenset((node.id,))
    return frozenset().union(*(names(child) for child in tree.children(node)))
