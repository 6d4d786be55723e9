"""What the real API refuses, one module a part of the request. Knows nothing of HTTP or models."""
