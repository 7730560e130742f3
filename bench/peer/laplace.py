"""laplace.py N UPDATES - ns of CPU time of a cell update in place, the best of three goes, and the grid's sum.

The loops of gilsim's laplace.gasm, in the same order: the sum has the same bits.  For Python
2.7 and 3.
"""
from __future__ import print_function

import re
import sys
import time

cpu_time = getattr(time, "process_time", None) or time.clock
try:
    range = xrange
except NameError:
    pass


def new_grid(n):
    u = [[0.0] * n for _ in range(n)]
    u[0] = [1.0] * n
    return u


def update(u, dx2, dy2):
    for i in range(1, len(u) - 1):
        for j in range(1, len(u[0]) - 1):
            u[i][j] = ((u[i + 1][j] + u[i - 1][j]) * dy2 +
                       (u[i][j + 1] + u[i][j - 1]) * dx2) / (2 * (dx2 + dy2))


def total(u):
    result = 0.0
    for row in u:
        for cell in row:
            result += cell
    return result


def as_c_writes_it(x):
    """C's %a has no zeros at the end."""
    return re.sub(r"\.?0*p", "p", x.hex())


def main(n, updates):
    goes_s = []
    for _ in range(3):
        u = new_grid(n)
        began = cpu_time()
        for _ in range(updates):
            update(u, 0.1 * 0.1, 0.1 * 0.1)
        goes_s.append(cpu_time() - began)
    cells = (n - 2) * (n - 2) * updates
    print("%.6g %s" % (min(goes_s) * 1e9 / cells, as_c_writes_it(total(u))))


main(int(sys.argv[1]), int(sys.argv[2]))
