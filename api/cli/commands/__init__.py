"""One module per command: options at the top, the work imported when the command runs."""
