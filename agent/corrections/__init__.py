"""What a person says was wrong: judged on the references, taken in, listed, undone."""
