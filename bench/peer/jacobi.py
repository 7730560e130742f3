"""jacobi.py numpy|numba N UPDATES - ns of CPU time of a cell update, the best of five goes, and the grid's sum.

Each update reads only old cells, as gilsim's native one does: with NumPy's slices, or loops that
Numba compiles.  Compiling is not timed.  The order of additions is theirs, so that the sum is
given to ten digits only.
"""
import sys
from time import process_time

import numpy


def by_slices(to, old, dx2, dy2):
    to[1:-1, 1:-1] = ((old[2:, 1:-1] + old[:-2, 1:-1]) * dy2 +
                      (old[1:-1, 2:] + old[1:-1, :-2]) * dx2) / (2 * (dx2 + dy2))


def by_cells(to, old, dx2, dy2):
    for i in range(1, old.shape[0] - 1):
        for j in range(1, old.shape[1] - 1):
            to[i, j] = ((old[i + 1, j] + old[i - 1, j]) * dy2 +
                        (old[i, j + 1] + old[i, j - 1]) * dx2) / (2 * (dx2 + dy2))


def compiled(update):
    import numba
    return numba.njit(update)


def new_grid(n):
    grid = numpy.zeros((n, n))
    grid[0] = 1
    return grid


def main(update, n, updates):
    update(new_grid(n), new_grid(n), 0.01, 0.01)
    goes_s = []
    for _ in range(5):
        to, old = new_grid(n), new_grid(n)
        began = process_time()
        for _ in range(updates):
            update(to, old, 0.1 * 0.1, 0.1 * 0.1)
            to, old = old, to
        goes_s.append(process_time() - began)
    cells = (n - 2) * (n - 2) * updates
    print("%.6g %.9e" % (min(goes_s) * 1e9 / cells, old.sum()))


main(by_slices if sys.argv[1] == "numpy" else compiled(by_cells), int(sys.argv[2]), int(sys.argv[3]))
