"""A lower bound of the clearing time by the greatest flow over time, with OR-tools.

Time goes in steps; walks are rounded down and capacities up, so that every plan there is fits into
the network. If not everyone flows out within T steps, no plan clears the building before the step
after it: that is the proof, and no rounding can break it. On standard input the graph, in its last
line the step, two times between which the bound is looked for, all in milliseconds, and how many
probes it may take. The answer is the best bound that was proven, in milliseconds; 0 if none was.
"""
import sys

import numpy
from ortools.graph.python import max_flow
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

# Parts that a person is counted in, so that a fluid may flow.
PARTS = 1000


def read():
    text = sys.stdin.read().split("\n")
    nodes = int(text[0])
    rows = {kind: [] for kind in "XPER"}
    for line in filter(None, text[1:]):
        rows[line[0]].append(line.split()[1:])
    exits = [int(row[0]) for row in rows["X"]]
    people = numpy.zeros(nodes)
    for row in rows["P"]:
        people[int(row[0])] = float(row[1])
    edges = [(int(u), int(v), int(ms), float(per_s)) for u, v, ms, per_s in rows["E"]]
    return nodes, exits, people, edges, [int(of) for of in rows["R"][0]]


class Stepped:
    def __init__(self, nodes, exits, people, edges, step_ms):
        one, other, ms, per_s = (numpy.array(column) for column in zip(*edges))
        self.nodes, self.step_ms = nodes, step_ms
        self.begins = self.fold(people, one, other, ms, exits)
        kept = ~(numpy.isin(one, self.folded) | numpy.isin(other, self.folded))
        one, other, ms, per_s = one[kept], other[kept], ms[kept], per_s[kept]
        self.tail, self.head = numpy.r_[one, other], numpy.r_[other, one]
        # A walk of less than a step would be none, and the same person in two places at once.
        assert ms.min() >= step_ms, f"the step is longer than the shortest walk, {ms.min()} ms"
        self.walk = numpy.tile(ms // step_ms, 2)
        flow = numpy.ceil(per_s * step_ms / 1000 * PARTS).astype(numpy.int64)
        self.flow = numpy.tile(flow, 2)
        self.is_exit = numpy.zeros(nodes, bool)
        self.is_exit[exits] = True
        leaves = ~self.is_exit[self.tail]
        self.tail, self.head = self.tail[leaves], self.head[leaves]
        self.walk, self.flow = self.walk[leaves], self.flow[leaves]
        back = csr_matrix((self.walk.astype(float), (self.head, self.tail)), (nodes, nodes))
        self.out = dijkstra(back, indices=exits, min_only=True)

    def fold(self, people, one, other, ms, exits):
        """People of dead ends begin at the end of their only way, as soon as they can be there."""
        ways = numpy.bincount(numpy.r_[one, other], minlength=self.nodes)
        dead = (ways == 1) & ~numpy.isin(numpy.arange(self.nodes), exits)
        begins, folded = {}, []

        def begin(node, at):
            key = (int(to_of.get(node, node)), int(at))
            begins[key] = begins.get(key, 0) + int(round(people[node] * PARTS))

        to_of = {}
        for u, v, walk in zip(one, other, ms):
            for end, to in ((u, v), (v, u)):
                if dead[end] and not dead[to]:
                    folded.append(end)
                    to_of[end] = to
                    begin(end, walk // self.step_ms)
        self.folded = numpy.array(folded, int)
        stays = numpy.setdiff1d(numpy.nonzero(people > 0)[0], self.folded)
        for node in stays:
            begin(node, 0)
        return {at: parts for at, parts in begins.items() if parts > 0}

    def everyone_within(self, steps):
        n, total = self.nodes, sum(self.begins.values())
        source, sink = n * (steps + 1), n * (steps + 1) + 1
        tails, heads, flows = [], [], []

        def add(tail, head, flow):
            tails.append(tail), heads.append(head), flows.append(flow)

        stays = numpy.nonzero(numpy.isfinite(self.out) & ~self.is_exit)[0]
        exits = numpy.nonzero(self.is_exit)[0]
        for at in range(steps + 1):
            ok = at + self.walk + self.out[self.head] <= steps
            add(at * n + self.tail[ok], (at + self.walk[ok]) * n + self.head[ok], self.flow[ok])
            wait = stays[at + 1 + self.out[stays] <= steps] if at < steps else stays[:0]
            add(at * n + wait, (at + 1) * n + wait, numpy.full(len(wait), total))
            add(at * n + exits, numpy.full(len(exits), sink), numpy.full(len(exits), total))
        begin = [(at * n + node, parts) for (node, at), parts in self.begins.items() if at <= steps]
        heads.append(numpy.array([node for node, _ in begin]))
        flows.append(numpy.array([parts for _, parts in begin]))
        tails.append(numpy.full(len(begin), source))
        flow = max_flow.SimpleMaxFlow()
        ends = [numpy.concatenate(column).astype(numpy.int32) for column in (tails, heads)]
        flow.add_arcs_with_capacity(*ends, numpy.concatenate(flows).astype(numpy.int64))
        assert flow.solve(source, sink) == flow.OPTIMAL
        return flow.optimal_flow() == total


def main():
    nodes, exits, people, edges, (step_ms, low_ms, high_ms, probes) = read()
    stepped = Stepped(nodes, exits, people, edges, step_ms)
    low, high = low_ms // step_ms, high_ms // step_ms + 1
    best_ms = 0
    for _ in range(probes):
        if high - low <= 1:
            break
        middle = (low + high) // 2
        if stepped.everyone_within(middle):
            high = middle
        else:
            low = middle
            best_ms = (middle + 1) * step_ms
    print(best_ms)


main()
