"""One vocabulary of happenings, told alike by plan, twin and floor, as rows or as columns."""
