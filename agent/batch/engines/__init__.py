"""Where the orders of a batch are done: in this process, or by workers of a Ray cluster."""
