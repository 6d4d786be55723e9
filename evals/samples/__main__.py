"""`python -m evals.samples OUT`: make the sample product and parts to inspect."""

import argparse
from pathlib import Path

from evals.samples.plate import write_plates
from evals.samples.produce import SHOWN, write_samples


def main() -> None:
    """Read the command line and write the samples."""
    parser = argparse.ArgumentParser(prog="python -m evals.samples", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT", help="a folder for the two new folders")
    parser.add_argument("--seed", type=int, default=20, help="another seed, other pictures")
    parser.add_argument("--n", type=int, default=len(SHOWN), help="how many parts to inspect")
    parser.add_argument(
        "--closer-look", action="store_true", help="the plates with a small digit instead"
    )
    given = parser.parse_args()
    if given.n < 1:
        parser.error(f"--n must be at least 1, got {given.n}")
    try:
        if given.closer_look:
            write_plates(given.out, seed=2 * given.seed)
        else:
            write_samples(given.out, seed=given.seed, n_parts=given.n)
    except FileExistsError as error:
        parser.error(f"{error.filename} exists already; give a new folder")


if __name__ == "__main__":
    main()
