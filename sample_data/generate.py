"""Write the files of Karvela, an invented country, for demos and tests.

The same pinned packages give the same files.

    python sample_data/generate.py --out DIR
"""

import argparse
from pathlib import Path

from generator.files import write_all
from generator.layers import build


def main() -> None:
    """Write the files to the folder asked for."""
    parser = argparse.ArgumentParser(description="Write the files of the invented country.")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(__file__).resolve().parent,
        help="the folder to write to (default: this one)",
    )
    write_all(build(), parser.parse_args().out)


if __name__ == "__main__":
    main()
