"""count.py N - ns of CPU time of a round of the count loop, the best of three goes, and what it counted.

The loop of gilsim's count.gasm; for Python 2.7 and 3.
"""
from __future__ import print_function

import sys
import time

cpu_time = getattr(time, "process_time", None) or time.clock
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
    began = cpu_time()
    counted = count(n)
    goes_s.append(cpu_time() - began)
print("%.6g %d" % (min(goes_s) * 1e9 / n, counted))
