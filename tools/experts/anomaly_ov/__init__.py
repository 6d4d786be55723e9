"""Anomaly-OV's expert. `AnomalyExpert` is a torch module, so it is made when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tools.experts.anomaly_ov.module import AnomalyExpert

__all__ = ["AnomalyExpert"]


def __getattr__(name: str) -> Any:
    if name != "AnomalyExpert":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from tools.experts.anomaly_ov.module import expert_class

    return expert_class()
