"""What Loupe remembers: products, rules, references, failure modes. Knows no graph, no VLM."""
