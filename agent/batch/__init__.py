"""Many parts in one run: orders in, one row for each out. Knows no graph and no terminal."""
