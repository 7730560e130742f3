# look.gp - what all figures share: how a CSV file is read, lists of names, and the colours.

set encoding utf8
set datafile separator ","
set datafile columnheaders
set datafile missing NaN        # a row of another series must not break a line

# Lists are split at blanks, so the words of one name are tied by no-break spaces.
NBSP = "\302\240"
listed(list, name) = strstrt(" ".list, " ".name." ") > 0
with_name(list, name) = listed(list, name) ? list : list.name." "

smaller(a, b) = b < a ? b : a                        # of b not a number: a
larger(a, b) = b > a ? b : a

# Okabe and Ito's colours, with a shape and a dash each, for those who cannot tell them apart.
colours = "#0072B2 #D55E00 #009E73 #CC79A7 #E69F00 #56B4E9 #000000"
shapes = "7 5 9 13 11 15 4 6"
dashes = "1 2 4 5 6"
nth_of(list, i) = word(list, (i - 1) % words(list) + 1)
