"""The service: the loop that records, plans and performs; intake, landing, queries."""
