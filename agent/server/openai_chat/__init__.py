"""Loupe as a model behind OpenAI's chat completions. Answers stand on the conversations."""
