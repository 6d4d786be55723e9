"""Settings of Loupe: flags over LOUPE_* environment over loupe.toml over defaults.

The only place that reads the environment. Knows nothing of what the settings do.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from agent.endpoint_settings import Endpoints
from agent.served_settings import SERVED, ServedSettings
from tools.errors import SettingsError

Strategy = Literal["direct", "rounds", "expert"]
EXPERT_NAMES = (
    "patch_memory",
    "registered_difference",
    "anomaly_ov",
    "geometry",
    "views",
    "discord",
    "motion",
)
TOOL_NAMES = ("mark", "zoom", "compare", "score", "measure", "look_up", "segment")
FILE_NAME = "loupe.toml"
PREFIX = "LOUPE_"
SHOWN_CHARACTERS = 80
"""Of a value that cannot be."""
WITH_PASSWORD = re.compile(r"//[^/@\s]+@")
"""In an address: never shown."""
CHANGE_NO_ANSWER = frozenset(
    SERVED
    | {"home", "weights", "embedding_folder", "base_url", "endpoints", "device", "concurrency"}
    | {"embedding_base_url", "vlm_concurrency", "vlm_timeout_s", "vlm_attempts"}
    | {"keep_checkpoints", "pages"}
)
"""Settings of where and how fast: a run may go on with others of these."""


class Settings(ServedSettings):
    """Everything that a person can set. Frozen; secrets print as stars."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        validate_default=False,
    )

    home: Path = Path("loupe-home")
    """Folder of the knowledge store, weights, caches and runs."""
    experts: Annotated[tuple[str, ...], NoDecode] = ()
    """Names of experts, with commas between them. Empty: chosen by the kind of the product."""
    backbone: Literal["embedded", "resnet18", "dinov2-small", "siglip", "anomaly_ov"] = "embedded"
    """What the patch memory sees through. anomaly_ov: that expert's tower, one look for both."""
    expert_file: str | None = None
    """Of anomaly_ov: a file in the folder `anomaly_ov` of weights. Unset: the only one there."""
    tower: str | None = None
    """Of anomaly_ov: of `loupe models list`, a folder or hub name. Unset: anomaly_ov/tower."""
    sam: Literal["", "sam-vit-b", "sam-vit-l", "sam-vit-h"] = ""
    """Name of SAM's weights, for `mark` by sam and `segment`. Empty: neither is there."""
    weights: Path | None = None
    """Folder with one folder for each model. Unset: `models` in the home."""
    device: str = Field(default="auto", pattern=r"^(auto|cpu|cuda(:\d+)?|mps)$")
    """Where torch computes: auto, cpu, cuda, cuda:N or mps. auto: cuda where there is one."""
    strategy: Strategy = "rounds"
    """direct: one look; rounds: looks and tools in turn; expert: the experts alone."""
    max_rounds: int = Field(default=6, ge=0)
    """Turns of the mind for each inspection. 0 means no limit."""
    max_vlm_calls: int = Field(default=0, ge=0)
    """Calls of a VLM for each inspection. 0 means no limit."""
    max_tokens: int = Field(default=0, ge=0)
    """Input and output tokens for each inspection. 0 means no limit."""
    max_pictures: int = Field(default=0, ge=0)
    """Pictures sent to a VLM for each inspection, a sheet of many as one. 0 means no limit."""
    max_usd: float = Field(default=0.0, ge=0)
    """US dollars for each inspection. 0 means no limit."""
    max_seconds: float = Field(default=0.0, ge=0)
    """Wall-clock seconds for each inspection. 0 means no limit."""
    target_overkill: float = Field(default=0.05, gt=0, lt=1)
    """Share of normal parts that may be called anomalous; the thresholds serve it."""
    max_pixels: int = Field(default=64_000_000, ge=1)
    """Pictures with more pixels are refused."""
    human_review: bool = False
    """Ask a person where the decision is review."""
    keep_cases: Literal["none", "reviewed", "all"] = "reviewed"
    """Which inspections are kept as cases, to be recalled for like parts. reviewed: those that a
    person decided, since what nobody confirmed would teach Loupe its own mistakes; all: each one
    that has a decision."""
    keep_checkpoints: bool = False
    """Keep the checkpoints of an inspection when its record is written."""
    pages: Literal["all", "told"] = "all"
    """Which inspections get a page and an overlay at once. told: those that are not normal."""
    concurrency: int = Field(default=2, ge=1, le=256)
    """Inspections in flight at once."""
    seed: int = Field(default=0, ge=0)
    """Decides every random draw, such as the perturbed copies of a calibration."""
    model: str | None = None
    """Name of the VLM, as its server names it. Unset: the embedded mind, which needs none.
    anomaly-ov:FOLDER?expert=FILE: LLaVA-OneVision in this process, behind Anomaly-OV's expert;
    without ?expert= it is plain LLaVA-OneVision."""
    base_url: str = "https://api.openai.com/v1"
    """OpenAI-compatible server of the VLM, and of embeddings where they have none of their own."""
    api_key: SecretStr | None = None
    """Key of that server. Unset: none is sent."""
    endpoints: Endpoints = ()
    """Several servers or keys of the VLM in place of base_url: tables with base_url, weight,
    api_key_env (the variable with its key) and model, or `URL [weight=2] [api_key_env=NAME]
    [model=NAME]` with commas between. Each inspection keeps to one; others take over for one that
    fails. Empty: base_url alone."""
    protocol: Literal["auto", "native", "text"] = "auto"
    """How a VLM calls tools: native, or JSON in plain text. auto: native where the model can."""
    cameras: Annotated[tuple[str, ...], NoDecode] = ()
    """Cameras that show point clouds, with commas between them: names, or the sets around, facing
    (nine each) and cpmf (27). Empty: the nine that suit the file."""
    tools: Annotated[tuple[str, ...], NoDecode] = ()
    """Names of the tools that a mind may call, with commas between them. Empty: all."""
    question: str = Field(default="", max_length=2000)
    """What to find out of every part, besides the verdict."""
    direct_prompt: str = Field(default="loupe", pattern=r"^[a-z0-9_]+$")
    """Which prompt the judgement at first sight is asked with: loupe, or one of the papers'."""
    stability: bool = False
    """Ask the judgement at first sight in three more ways; disagreement means review."""
    shown_references: int = Field(default=2, ge=0, le=8)
    """Reference pictures that a VLM is shown."""
    vlm_attempts: int = Field(default=3, ge=1, le=10)
    """Tries for one answer of a VLM, before the inspection goes on without it."""
    vlm_timeout_s: float = Field(default=120.0, gt=0)
    """For one answer of a VLM."""
    vlm_concurrency: int = Field(default=64, ge=1, le=1024)
    """Calls of a VLM under way at once, over all inspections of the process."""
    temperature: float = Field(default=0.0, ge=0, le=2)
    """Of a VLM."""
    max_output_tokens: int = Field(default=2048, ge=16)
    """Of one answer of a VLM."""
    input_usd: float | None = Field(default=None, ge=0)
    """US dollars for a million input tokens. Unset: as the table of prices says."""
    output_usd: float | None = Field(default=None, ge=0)
    """US dollars for a million output tokens. Unset: as the table of prices says."""
    fusion_weights: Path | None = None
    """JSON file {"suite": name, "weights": {source: weight}}. Unset: equal weights."""
    embedding: Literal["hashing", "openai", "huggingface"] = "hashing"
    """How texts are compared. hashing needs nothing; a home keeps the one it was made with."""
    embedding_model: str = ""
    """For openai: the model as the server names it."""
    embedding_base_url: str | None = None
    """For openai: the server. Unset: base_url, with its key."""
    embedding_api_key: SecretStr | None = None
    """Key of that server."""
    embedding_folder: Path | None = None
    """For huggingface: where the model lies."""

    @field_validator("experts", "tools", "cameras", mode="before")
    @classmethod
    def _split_names(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(name.strip() for name in value.split(",") if name.strip())
        return value

    @field_validator("experts")
    @classmethod
    def _experts_exist(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = sorted(set(value) - set(EXPERT_NAMES))
        if unknown:
            raise ValueError(f"must be of {', '.join(EXPERT_NAMES)}")
        return value

    @field_validator("tools")
    @classmethod
    def _tools_exist(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if set(value) - set(TOOL_NAMES):
            raise ValueError(f"must be of {', '.join(TOOL_NAMES)}")
        return value

    @model_validator(mode="after")
    def _direct_needs_a_vlm(self) -> Settings:
        if self.strategy == "direct" and self.model is None:
            raise ValueError(
                "setting strategy is 'direct', which needs a VLM, and setting model is unset; "
                "name one, or use rounds or expert"
            )
        labels = [one.label for one in self.endpoints]
        if labels and (self.model is None or len(set(labels)) < len(labels)):
            raise ValueError(
                "setting endpoints names servers of a VLM: set model, and name no server twice "
                "with the same key"
            )
        if self.stability and self.model is None:
            raise ValueError(
                "setting stability is on, which asks a VLM again, and setting model is unset; "
                "name one, or turn stability off"
            )
        return self

    @property
    def vlm_places(self) -> list[tuple[str, str]]:
        """Model and server of each place where the VLM answers; the first stands for all."""
        several = [(one.model or str(self.model), one.base_url) for one in self.endpoints]
        return several or [(str(self.model), self.base_url)]

    @property
    def weights_folder(self) -> Path:
        """Folder with one folder for each model."""
        return self.weights or self.home / "models"

    def public(self) -> dict[str, Any]:
        """The settings as JSON values, without secrets and with whole paths, for a run's record."""
        secret = {name for name, info in type(self).model_fields.items() if _is_secret(info)}
        whole = {name: str(value.resolve()) for name, value in self if isinstance(value, Path)}
        return {**self.model_dump(mode="json", exclude=secret), **whole}

    def deciding(self) -> dict[str, Any]:
        """Those of the published settings that can change what is decided."""
        return {k: value for k, value in self.public().items() if k not in CHANGE_NO_ANSWER}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, environment, then the files: the one in the home below the one here."""
        home = init_settings().get("home") or env_settings().get("home") or cls._home_of_file()
        files = [Path(home) / FILE_NAME, Path(FILE_NAME)]
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, files)

    @classmethod
    def _home_of_file(cls) -> Path:
        here = Path(FILE_NAME)
        default: Path = cls.model_fields["home"].default
        if not here.is_file():
            return default
        home = tomllib.loads(here.read_text(encoding="utf-8")).get("home", default)
        # What is no path is refused when the settings are checked.
        return Path(home) if isinstance(home, str) else default


def _is_secret(info: Any) -> bool:
    return "SecretStr" in str(info.annotation)


def load_settings(**flags: Any) -> Settings:
    """Read the settings.

    Args:
        **flags: by name of the setting; None means that the flag was not given.

    Raises:
        SettingsError: one line for each setting that cannot be.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(**given)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{FILE_NAME} is not valid TOML: {error}; mend that line") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{FILE_NAME} cannot be read: {error}") from error
    except ValidationError as error:
        raise SettingsError("\n".join(_sentence(e) for e in error.errors())) from error


def _sentence(error: Any) -> str:
    constraint = str(error["msg"]).removeprefix("Value error, ").removeprefix("Input ")
    if not error["loc"]:
        return constraint
    name = ".".join(str(part) for part in error["loc"])
    field = str(error["loc"][0])
    if error["type"] == "extra_forbidden":
        known = ", ".join(Settings.model_fields)
        return f"there is no setting {name!r}; remove it, or use one of: {known}"
    if error["type"] == "string_pattern_mismatch":
        constraint = "should be auto, cpu, cuda, cuda:N or mps"
    given = WITH_PASSWORD.sub("//...@", repr(error["input"]))
    given = given if len(given) <= SHOWN_CHARACTERS else f"{given[:SHOWN_CHARACTERS]}..."
    shown = "a secret" if _is_secret(Settings.model_fields[field]) else given
    mend = f"mend it where it is set: flag, {PREFIX}{field.upper()} or {FILE_NAME}"
    return f"setting {name} {constraint}, got {shown}; {mend}"


def unknown_variables() -> list[str]:
    """LOUPE_* variables of the environment that set nothing: a misspelling, mostly."""
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
    return sorted(n for n in os.environ if n.upper().startswith(PREFIX) and n.upper() not in known)
