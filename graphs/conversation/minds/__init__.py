"""Who answers: the embedded mind, or a VLM."""
