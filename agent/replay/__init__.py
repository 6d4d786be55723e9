"""Inspects again with the model's recorded replies, and compares. Knows no client and no wire."""
