"""The nodes: each returns only what changed."""

from graphs.conversation.nodes.act import act
from graphs.conversation.nodes.answer import answer
from graphs.conversation.nodes.listen import listen
from graphs.conversation.nodes.think import think

__all__ = ["act", "answer", "listen", "think"]
