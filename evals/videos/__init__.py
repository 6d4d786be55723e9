"""The motion expert on labelled clips, beside baselines. Knows nothing of minds."""
