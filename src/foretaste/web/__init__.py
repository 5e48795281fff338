"""The web face: pages, the API and live events; shows views, sends intents, decides nothing."""
