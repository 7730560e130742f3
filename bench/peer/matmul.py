"""matmul.py N - ns of CPU time of a multiply-add of NumPy's matrix product, the best of five goes.

OPENBLAS_NUM_THREADS=1 makes it one thread, where its BLAS is OpenBLAS.
"""
import sys
from time import process_time

import numpy

n = int(sys.argv[1])
a = numpy.arange(n * n, dtype=float).reshape(n, n) % 7
b = numpy.arange(n * n, dtype=float).reshape(n, n) % 5
a @ b
goes_s = []
for _ in range(5):
    began = process_time()
    a @ b
    goes_s.append(process_time() - began)
print("%.6g" % (min(goes_s) * 1e9 / n ** 3))
