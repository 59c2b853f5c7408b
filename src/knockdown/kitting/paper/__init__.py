"""Packing lists: any layout into cases and lines; revisions; against the supply list."""
