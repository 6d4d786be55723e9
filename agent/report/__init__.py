"""Pages for people: one inspection, or a run of them. Knows no graph and inspects nothing."""
