"""Opens the home that the settings name. Knows nothing of inspections."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.settings import Settings
    from knowledge.store import KnowledgeStore
    from tools.picture_embedder import PictureEmbedder


def require_home(settings: Settings, *, known: bool = True) -> None:
    """Check that there is a home, for what makes none.

    Args:
        settings: name it.
        known: whether something must be known in it; else its folder is enough.

    Raises:
        KnowledgeError: where none was made yet.
    """
    from tools.errors import KnowledgeError

    what, place = "home", settings.home
    if known:
        what, place = "knowledge in home", settings.home / "knowledge"
    if not place.is_dir():
        raise KnowledgeError(
            f"there is no {what} {str(settings.home)!r}; check --home or LOUPE_HOME, "
            "or make it by `loupe knowledge add FOLDER`"
        )


def open_home(settings: Settings, *, encoder: PictureEmbedder | None = None) -> KnowledgeStore:
    """Own the home and open its knowledge; close it when done.

    Args:
        settings: name it.
        encoder: of the experts, where one has eyes for whole pictures.

    Raises:
        KnowledgeError: where it cannot be used, or another process owns it.
        SettingsError: where the embedding needs what was not set.
        WeightsError: where the embedding's files are missing.
    """
    from knowledge.embeddings.table import EmbeddingChoice, build_embedding
    from knowledge.store import open_store

    # A server of its own is not sent the key of the other.
    own_server = settings.embedding_base_url is not None
    key = settings.embedding_api_key if own_server else settings.api_key
    choice = EmbeddingChoice(
        name=settings.embedding,
        model=settings.embedding_model,
        base_url=settings.embedding_base_url or settings.base_url,
        api_key=key.get_secret_value() if key else "",
        folder=settings.embedding_folder,
    )
    return open_store(settings.home, embedding=build_embedding(choice), encoder=encoder)
