"""From what a person names to sinks: `jsonl:PATH`, `https://...`, `mqtt://HOST/TOPIC`.

Opens no connection.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from agent.watching.sinks.jsonl import JsonLines
from agent.watching.sinks.mqtt import PORTS, Broker, Mqtt
from agent.watching.sinks.records import Sink
from agent.watching.sinks.webhook import Webhook
from tools.errors import SettingsError

if TYPE_CHECKING:
    from agent.settings import Settings

FORMS = "jsonl:PATH, http://..., https://..., mqtt://HOST[:PORT]/TOPIC or mqtts://..."


def open_sinks(named: Sequence[str], settings: Settings, *, client_id: str) -> list[Sink]:
    """Sinks in the order of naming.

    Args:
        named: as on a command line.
        settings: have the secrets.
        client_id: by which a broker knows this run.

    Raises:
        SettingsError: where one is of no known form, or is named twice.
    """
    sinks: list[Sink] = []
    for number, one in enumerate(named):
        kind = one.partition(":")[0].lower()
        if kind not in SINKS:
            raise SettingsError(f"--sink must be {FORMS}, got {one[:120]!r}")
        sinks.append(SINKS[kind](one, settings, f"{client_id}-{number}"))
    names = [one.name for one in sinks]
    for name in names:
        if names.count(name) > 1:
            raise SettingsError(f"--sink {name} is named twice; once is enough")
    return sinks


def _jsonl(named: str, settings: Settings, client_id: str) -> Sink:
    path = named.partition(":")[2]
    if not path or Path(path).is_dir():
        raise SettingsError(f"--sink jsonl:PATH must name a file, got {named!r}")
    return JsonLines(Path(path).absolute())


def _webhook(named: str, settings: Settings, client_id: str) -> Sink:
    try:
        parts = urlsplit(named)
        known = bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise SettingsError(f"--sink must be an URL with a host, got {_hidden(named)!r}")
    return Webhook(named, secret=settings.webhook_secret)


def _mqtt(named: str, settings: Settings, client_id: str) -> Sink:
    try:
        parts = urlsplit(named)
        host, port, scheme = parts.hostname, parts.port, parts.scheme.lower()
    except ValueError:
        host, port, scheme = None, None, ""
    is_plain = bool(host) and not any(sign in named for sign in "?#+")
    topic = unquote(parts.path.lstrip("/")) if is_plain else ""
    if not host or not topic or any(sign in topic for sign in "+#\0"):
        raise SettingsError(
            f"--sink must be mqtt://HOST[:PORT]/TOPIC without ?, + and # in the topic, "
            f"got {_hidden(named)!r}"
        )
    if parts.username or parts.password:
        raise SettingsError(
            "--sink mqtt://... takes no user or password, which others could read on the command "
            "line; set LOUPE_MQTT_USER and LOUPE_MQTT_PASSWORD"
        )
    return Mqtt(
        Broker(
            host=host,
            port=port or PORTS[scheme],
            topic=topic,
            is_tls=scheme == "mqtts",
            user=settings.mqtt_user,
            password=settings.mqtt_password,
            ca=settings.mqtt_ca,
        ),
        client_id=client_id,
    )


def _hidden(named: str) -> str:
    scheme, _, rest = named.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"[:120]


SINKS: dict[str, Callable[[str, Settings, str], Sink]] = {
    "jsonl": _jsonl,
    "http": _webhook,
    "https": _webhook,
    "mqtt": _mqtt,
    "mqtts": _mqtt,
}
