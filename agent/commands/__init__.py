"""The commands of `loupe`, one module each. Import only typer before they are called."""
