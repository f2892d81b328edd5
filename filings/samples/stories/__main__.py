"""python -m filings.samples.stories FOLDER: write the sample files anew."""

import sys
from pathlib import Path

from filings.samples.stories.writing import write

if __name__ == "__main__":
    write(Path(sys.argv[1]))
