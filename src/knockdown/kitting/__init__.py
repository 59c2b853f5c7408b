"""Kits: lot, case, box, part; what can be finished, and what to do about what is missing.

`problem` cuts the plant, `fold` makes the `book` from events, `outlook` asks the question; `paper` reads
packing lists, `ready` and `resolve` answer, `acts` and `claims` are what people do, `tell` writes documents.
"""
