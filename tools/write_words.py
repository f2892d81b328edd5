"""Write docs/words.md from the tables of words: `python tools/write_words.py`."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from filings.services import words  # noqa: E402

(ROOT / "docs" / "words.md").write_text(words.as_markdown(), encoding="utf-8")
