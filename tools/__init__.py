"""What the project's people run by hand; nothing of it is installed."""
