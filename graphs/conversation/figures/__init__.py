"""Pictures of the conversation: charts and diagrams. matplotlib is imported when one is drawn."""
