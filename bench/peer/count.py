"""count.py N - ns of a round of the count loop, the best of three goes, and what it counted.

The loop of gilsim's count.gasm; for Python 2.7 and 3.
"""
from __future__ import print_function

import sys
from timeit import default_timer

try:
    range = xrange
except NameError:
    pass


def count(n):
    c = 0
    for _ in range(n):
        c += 1
    return c


n = int(sys.argv[1])
goes_s = []
for _ in range(3):
    began = default_timer()
    counted = count(n)
    goes_s.append(default_timer() - began)
print("%.6g %d" % (min(goes_s) * 1e9 / n, counted))
