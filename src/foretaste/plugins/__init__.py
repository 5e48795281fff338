"""Drivers that others may bring, found by entry point; one that cannot be loaded says why.

Our own are found the same way, so that what is written here is what a driver of yours needs too.
"""
