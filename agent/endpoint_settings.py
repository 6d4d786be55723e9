"""Several servers of one VLM, or several keys of one, as the settings name them.

Knows no client. A key is read from the environment by the name that stands in the settings, when
a client is made with it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from tools.errors import SettingsError

FORM = "URL [weight=NUMBER] [api_key_env=VARIABLE] [model=NAME]"


class EndpointSetting(BaseModel):
    """One of several places where the VLM answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str
    """Up to and with `/v1`."""
    api_key_env: str = ""
    """Variable of the environment that holds its key. Empty: none is sent, save to the server of
    base_url, which gets its own."""
    weight: float = Field(default=1.0, gt=0, le=1e6)
    """Its share of the inspections, against the others'."""
    model: str = ""
    """As this server names it. Empty: as setting model says."""

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be an address such as http://localhost:8000/v1")
        if parts.username or parts.password or parts.query:
            raise ValueError("must hold no key; name the variable that does by api_key_env")
        return value

    @property
    def label(self) -> str:
        """How it is called in results: its host, and the name of its key's variable."""
        return " ".join(part for part in (urlsplit(self.base_url).netloc, self.api_key_env) if part)

    def key(self) -> SecretStr | None:
        """Its own key; None where no variable is named.

        Raises:
            SettingsError: the variable is not set.
        """
        if not self.api_key_env:
            return None
        found = os.environ.get(self.api_key_env)
        if not found:
            raise SettingsError(
                f"endpoint {self.base_url} takes its key from {self.api_key_env}, which is not "
                "set; export it, or mend setting endpoints"
            )
        return SecretStr(found)


def read_endpoints(value: object) -> object:
    """Endpoints of a text, of texts, or of tables; what is none of these is left to be refused."""
    if isinstance(value, str):
        value = [one for one in value.split(",") if one.strip()]
    if isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping):
        return tuple(_read(one) for one in value)
    return value


def _read(value: object) -> object:
    if not isinstance(value, str):
        return value
    base_url, *words = value.split() or [""]
    given: dict[str, Any] = {"base_url": base_url}
    for word in words:
        name, equals, said = word.partition("=")
        if not equals or name not in EndpointSetting.model_fields or name in given:
            raise ValueError(f"must be {FORM} each, with commas between")
        given[name] = said
    return given


Endpoints = Annotated[tuple[EndpointSetting, ...], NoDecode, BeforeValidator(read_endpoints)]
