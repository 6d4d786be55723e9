"""A root-cause conversation, held again: boards with a planted cause, two minds, one report."""
