"""The errors of Loupe, told apart by whom they address.

Exception
├── ToolError            to the mind: the call was wrong, the text says what to try
└── LoupeError           to a person: one line with the thing, the constraint, the value, the remedy
    ├── AssetError       a file that cannot be inspected
    ├── KnowledgeError   a product folder, a store or a home that cannot serve
    ├── WeightsError     model files that are missing or of the wrong form
    └── SettingsError    a setting or an argument that cannot be
"""

from __future__ import annotations


class ToolError(Exception):
    """A tool refuses a call. Its text goes back to the mind and says what to try instead."""


class LoupeError(Exception):
    """Something a person can mend. Its text is one line; faces print it without a traceback."""


class AssetError(LoupeError):
    """A file cannot be inspected: missing, unreadable, truncated, too large, of no known kind."""


class KnowledgeError(LoupeError):
    """A product folder is invalid, a product is unknown, or the store cannot be used."""


class StoreGone(KnowledgeError):
    """The server with what is known does not answer: nothing is wrong with what was asked."""


class WeightsError(LoupeError):
    """Model files are missing, incomplete or of the wrong shape."""


class SettingsError(LoupeError):
    """A setting, an environment variable or an argument has a value that cannot be."""
