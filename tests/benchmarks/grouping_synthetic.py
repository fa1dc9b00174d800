"""How good the groups of synthetic libraries are, ours beside the others, one JSON object a line.

    python -m tests.benchmarks.grouping_synthetic 10000 --dimension 512 --seeds 7 8 9 10
    python -m tests.benchmarks.grouping_synthetic 10000 --seeds 7 --peers

Libraries come from the prototype's generator (`grouping_cost.library_and_truth`). Ours runs as it
ships. With ``--peers`` the others follow, each at the threshold that is best on these very faces
by BCubed F; those that compare all pairs at once are left out above `peers.ALL_PAIRS` faces.
Clicks are those to 90 and 95 % and to the end, per 1,000 faces; decisions are what a user needs to
complete everybody with three photos, in all, with the others the fewest at any threshold. "wrong"
are faces that ours puts with the wrong named person, of 1,000 that come after everybody was named.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import numpy as np

from facesorter.app.evaluation import metrics
from facesorter.app.evaluation.simulated_user import arrivals, complete, decisions_on
from facesorter.clustering.engine import propose
from tests.benchmarks.grouping_cost import library_and_truth
from tests.benchmarks.grouping_table import as_labels
from tests.benchmarks.peers import PEERS, near


def scores(truth: np.ndarray, label: np.ndarray) -> dict[str, Any]:
    """All measures of one grouping."""
    b, pair = metrics.bcubed(truth, label), metrics.pairwise(truth, label)
    purity, coverage = metrics.purity_and_coverage(truth, label)
    thousands = len(truth) / 1000
    return {
        "bcubed": [round(v, 4) for v in (b.precision, b.recall, b.f)],
        "pairwise": [round(v, 4) for v in (pair.precision, pair.recall, pair.f)],
        "clicks90": round(clicks_until(truth, label, 0.9) / thousands),
        "clicks95": round(clicks_until(truth, label, 0.95) / thousands),
        "clicks": round(metrics.clicks(truth, label) / thousands),
        "fragments": round(metrics.fragments(truth, label), 3),
        "purity": round(purity, 4),
        "coverage": round(coverage, 4),
    }


def clicks_until(truth: np.ndarray, label: np.ndarray, share: float) -> int:
    """Decisions until a share of the faces of everybody with several is right, best value first.

    Counted as in `metrics.clicks`. Groups come first, those that settle most faces a decision; then
    single faces, one decision each.
    """
    known = np.bincount(truth)[truth] > 1
    wanted = share * int(known.sum())
    shown: list[tuple[float, int, int]] = []
    order = np.flatnonzero(label >= 0)
    order = order[np.argsort(label[order], kind="stable")]
    for faces in np.split(order, np.flatnonzero(np.diff(label[order])) + 1):
        if len(faces) > 1:
            count = np.bincount(truth[faces])
            main = int(count.argmax())
            cost = 1 + len(faces) - int(count[main])
            named = int(known[faces[truth[faces] == main]].sum())
            shown.append((named / cost, int(known[faces].sum()), cost))
    settled = done = 0
    for _, faces_settled, cost in sorted(shown, reverse=True):
        if settled >= wanted:
            break
        settled += faces_settled
        done += cost
    return done + max(0, int(np.ceil(wanted - settled)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", type=int, nargs="+")
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9, 10])
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--skip-ours", action="store_true")
    parser.add_argument("--no-user", action="store_true", help="no decisions of ours: faster")
    options = parser.parse_args()
    for size in options.sizes:
        for seed in options.seeds:
            snapshot, truth = library_and_truth(size, options.dimension, seed)
            about = {"faces": size, "dimension": options.dimension, "seed": seed}
            if not options.skip_ours:
                used = time.process_time()
                proposal = propose(snapshot)
                found = {
                    "method": "ours",
                    "at": {k: round(v, 4) for k, v in vars(proposal.thresholds).items()},
                    "cpu": round(time.process_time() - used, 1),
                    **scores(truth, as_labels(proposal.person)),
                }
                if not options.no_user:
                    later = arrivals(snapshot, truth)
                    found["decisions"] = complete(snapshot, truth).total
                    found["wrong"] = round(1000 * later.wrong / later.new, 2)
                print(json.dumps({**about, **found}), flush=True)
            if not options.peers:
                continue
            graph = near(np.asarray(snapshot.embeddings))
            for name, method in PEERS.items():
                tried = [(at, as_labels(label)) for at, label in method(graph)]
                if not tried:
                    print(json.dumps({**about, "method": name, "at": "too many faces"}), flush=True)
                    continue
                at, best = max(tried, key=lambda each: metrics.bcubed(truth, each[1]).f)
                found = {"method": name, "at": at, **scores(truth, best)}
                found["decisions"] = min(decisions_on(truth, label) for _, label in tried)
                print(json.dumps({**about, **found}), flush=True)


if __name__ == "__main__":
    main()
