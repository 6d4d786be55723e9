"""The conversation: what a person asks about inspections, answered with citations."""
