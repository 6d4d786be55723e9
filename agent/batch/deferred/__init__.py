"""`loupe batch --deferred`: questions go to a server's batch API, and answers are collected."""
