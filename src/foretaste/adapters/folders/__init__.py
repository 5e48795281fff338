"""Folders: projects as they lie on somebody's disk, taken as sources of builds."""
