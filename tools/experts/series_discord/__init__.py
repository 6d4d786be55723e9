"""Discords of time series: windows that no window of the references resembles."""

from tools.experts.series_discord.expert import SeriesDiscord

__all__ = ["SeriesDiscord"]
