"""Plain methods that every table is measured against. Knows nothing of data sets or metrics."""
