# A line of text to a line of a C string.
s/.*/"&\\n"/
