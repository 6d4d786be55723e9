"""A product's folder, file by file, into records. Knows nothing of the store."""
