"""The command line: shows views and sends intents."""
