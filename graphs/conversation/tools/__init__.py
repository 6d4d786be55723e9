"""The tools of the conversation: one file, one entry in the table each."""
