"""What Loupe thinks with: the state machines, minds and verdicts. Knows no CLI, no HTTP."""
