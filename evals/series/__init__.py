"""Time series with labelled anomalies: the discord expert beside two baselines."""
