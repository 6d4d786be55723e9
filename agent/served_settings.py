"""Settings of what Loupe serves to others: where, to whom, how much. Knows no server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode

MIB = 2**20


class ServedSettings(BaseSettings):
    """Those of the settings that only `loupe serve`, `loupe mcp` and `loupe watch` read."""

    serve_host: str = "127.0.0.1"
    """Address that is listened on. Another than loopback needs serve_tokens."""
    serve_port: int = Field(default=8700, ge=0, le=65535)
    """0: one that is free."""
    serve_tokens: Annotated[dict[str, SecretStr], NoDecode] = Field(default_factory=dict)
    """Bearer tokens as name=token, with commas between them, one for each person. Empty: whoever
    reaches the loopback address is let in."""
    serve_roots: Annotated[tuple[Path, ...], NoDecode] = ()
    """Folders from which a caller may name files, with commas between them. Empty: none."""
    serve_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Names by which pages may reach the server besides its address, with commas between: needed
    without tokens, or where a proxy calls it by another name."""
    max_upload_bytes: int = Field(default=64 * MIB, ge=1)
    """Of one file that is sent or fetched."""
    requests_per_minute: int = Field(default=1200, ge=0)
    """Of one person, or of one address where there are no tokens. 0 means no limit."""
    remote_urls: bool = False
    """Fetch pictures that a caller names by http or https; never from private addresses."""
    otlp_endpoint: str | None = None
    """Where spans go: http://localhost:4317 for OTLP over gRPC; with a path, as in
    http://localhost:4318/v1/traces, over HTTP. Unset: no spans are made."""
    webhook_secret: SecretStr | None = None
    """Signs what `loupe watch` posts to webhooks. Unset: it is not signed."""
    mqtt_user: str | None = None
    """By which `loupe watch` is known to an MQTT broker. Unset: it gives no name."""
    mqtt_password: SecretStr | None = None
    """Of that user."""
    mqtt_ca: Path | None = None
    """PEM file of who vouches for the broker. Unset: whom the system trusts."""

    @field_validator("serve_tokens", mode="before")
    @classmethod
    def _named_tokens(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = [one.partition("=") for one in value.split(",") if one.strip()]
        if any(not name.strip() or not token.strip() for name, _, token in pairs):
            raise ValueError("must be name=token, with commas between them")
        return {name.strip(): token.strip() for name, _, token in pairs}

    @field_validator("serve_tokens")
    @classmethod
    def _tokens_are_long(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        if any(len(token.get_secret_value()) < 16 for token in value.values()):
            raise ValueError("must have at least 16 characters each")
        return value

    @field_validator("serve_roots", "serve_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(one.strip() for one in value.split(",") if one.strip())
        return value


SERVED = frozenset(ServedSettings.model_fields)
"""Their names; none of them changes what is decided."""
