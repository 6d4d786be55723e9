"""What PyYAML raises for a text that it cannot read. Knows no file."""

from __future__ import annotations


def yaml_faults(*others: type[Exception]) -> tuple[type[Exception], ...]:
    """Errors of a safe loader, its own and those that it lets through, after others.

    A date that cannot be is a ValueError, a tag that its value belies (`!!timestamp 2`,
    `!!bool x`, `!!int ''`) an AttributeError, a KeyError or an IndexError, and brackets without
    end are a RecursionError.
    """
    import yaml

    lets_through = (ValueError, TypeError, AttributeError, LookupError, OverflowError)
    return (*others, yaml.YAMLError, *lets_through, RecursionError)
