"""What people touch: the Inspector, the CLI, settings and run folders."""
