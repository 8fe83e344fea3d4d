"""The shortest-path tree from all exits by scipy: the median of several runs, in milliseconds."""
import statistics
import sys
import time

import numpy
import scipy.sparse
import scipy.sparse.csgraph

lines = sys.stdin.read().split("\n")
nodes = int(lines[0])
exits = [int(line[2:]) for line in lines[1:] if line.startswith("X")]
edges = [tuple(map(int, line.split()[1:4])) for line in lines[1:] if line.startswith("E")]
one, other, ms = (numpy.array(column) for column in zip(*edges))
rows, columns = numpy.concatenate((one, other)), numpy.concatenate((other, one))
matrix = scipy.sparse.csr_matrix((numpy.concatenate((ms, ms)), (rows, columns)), (nodes, nodes))
took = []
for _ in range(15):
    started = time.perf_counter()
    scipy.sparse.csgraph.dijkstra(
        matrix, directed=False, indices=exits, min_only=True, return_predecessors=True
    )
    took.append((time.perf_counter() - started) * 1000)
print(statistics.median(took))
