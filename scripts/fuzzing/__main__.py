"""Generated requests against the served OpenAPI, with every check that schemathesis has.

A round goes once through all operations, with positive and negative data and with calls that
follow from each other; rounds go on until enough cases were sent or one of them failed.
"""

import argparse
import secrets
import shutil
import sys
import tempfile
import time
from pathlib import Path

from scripts.fuzzing import campaign

CASES = 50_000
EXAMPLES = 15


def main() -> int:
    """0 when no check failed, 1 when one did."""
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES, help="send at least so many")
    parser.add_argument("--seed", type=int, help="repeat a campaign; printed at its beginning")
    parser.add_argument(
        "--examples", type=int, default=EXAMPLES, help="per operation and round, %(default)s"
    )
    asked = parser.parse_args()
    seed = secrets.randbelow(2**31) if asked.seed is None else asked.seed
    print(f"seed {seed}, at least {asked.cases} cases", file=sys.stderr, flush=True)
    folder = Path(tempfile.mkdtemp(prefix="clutch-fuzz-"))
    began = time.monotonic()
    try:
        outcome = campaign.run(folder, asked.cases, seed, asked.examples)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if outcome.failures:
        print(outcome.output[-1])
    seconds = time.monotonic() - began
    print(
        f"{outcome.cases} cases in {outcome.rounds} rounds and {seconds:.0f} s: "
        f"{outcome.failures} kinds of failure"
    )
    return int(outcome.failures > 0)


if __name__ == "__main__":
    sys.exit(main())
