"""What Loupe sees with: assets, views, regions, experts, measures. Knows no graph, no VLM."""
