"""Names by which columns tell what they are for: in small letters, without units."""

from __future__ import annotations

LABEL_NAMES = frozenset(
    {
        "anomaly",
        "anomalies",
        "is_anomaly",
        "anomalous",
        "changepoint",
        "changepoints",
        "is_changepoint",
        "label",
        "labels",
        "gt_label",
        "ground_truth",
        "gt",
        "class",
        "outlier",
        "is_outlier",
        "fault",
        "is_fault",
    }
)
"""Columns of these names, in any case, hold what a person or another program said of the samples.
They are never read as channels: an inspector that sees the answer finds nothing."""
TIME_NAMES = frozenset(
    {
        "time",
        "timestamp",
        "timestamps",
        "datetime",
        "date",
        "date_time",
        "stamp",
        "ts",
        "t",
        "epoch",
        "unix",
        "unix_time",
        "utc",
        "zeit",
        "zeitstempel",
        "datum",
        "elapsed",
        "seconds",
        "sec",
    }
)
CHANNEL_NAMES = frozenset(
    {
        "channel",
        "channels",
        "sensor",
        "sensor_id",
        "sensorid",
        "signal",
        "variable",
        "tag",
        "metric",
        "series",
        "name",
        "item",
        "item_id",
        "quantity",
        "parameter",
        "field",
    }
)
VALUE_NAMES = frozenset(
    {
        "value",
        "values",
        "reading",
        "measurement",
        "val",
        "y",
    }
)
ROW_NAMES = frozenset({"", "index", "row", "idx", "unnamed: 0", "__index_level_0__"})
