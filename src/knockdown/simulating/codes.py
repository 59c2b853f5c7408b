"""Numbers that stand for words in compiled code: what may go wrong, what a station does, in which order."""

# What may go wrong: switches, to be summed.
KIT_LATE, PART_MISSING, DAMAGE, BREAKDOWN, ABSENCE, REWORK, STATION_TIME = (1 << i for i in range(7))
NOTHING, EVERYTHING = 0, (1 << 7) - 1

# What a station's place is doing, in the order in which it happens to a unit.
WORKING, SLOW, DOWN, REWORKING, BLOCKED, STARVED, KIT = range(7)
N_STATES = 7

# In which order a line takes its units: by what is ready; as planned; as planned, and nothing is waited for.
AS_READY, AS_PLANNED, UNHINDERED = range(3)
