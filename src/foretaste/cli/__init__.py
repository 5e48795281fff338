"""The command line: shows views and sends intents; decides nothing.

Each command's module is imported when the command is used, and nothing heavy before.
"""
