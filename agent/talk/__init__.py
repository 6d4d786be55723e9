"""What a conversation reaches through the agent: inspections, pictures, knowledge, documents."""
