"""Loupe for chat assistants, over the Model Context Protocol. Decides nothing itself."""
