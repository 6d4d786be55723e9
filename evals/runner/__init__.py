"""Runs suites: resumably, concurrently, within a budget. Knows no metric and no table."""
