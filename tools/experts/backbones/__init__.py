"""Patch features for the patch memory. Know nothing of memories, scores or labels."""
