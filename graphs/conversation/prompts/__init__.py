"""Templates of what a VLM is told in a conversation."""
