"""The table of word frequencies that digest/text/word_frequencies.py reads, counted over papers' titles and abstracts.

    python -m bench.word_frequencies papers.jsonl.gz > digest/text/word_frequencies.txt.gz

A line of the input is a JSON object with `title` and `abstract`. Only counts leave here, no text.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

from store.text.latex import latex_to_unicode
from store.text.tokens import stem, tokens

_FEWEST = 3  # papers; words of fewer are mostly slips and names
_MOST_LETTERS = 30


def count_words(path: Path) -> tuple[int, Counter[str], Counter[str]]:
    """The number of papers, and in how many of them each stem and each word is."""
    papers, stem_counts, word_counts = 0, Counter[str](), Counter[str]()
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            paper = json.loads(line)
            if not paper["abstract"]:
                continue
            papers += 1
            words = set(tokens(latex_to_unicode(f"{paper['title']}\n{paper['abstract']}")))
            word_counts.update(words)
            stem_counts.update({stem(word) for word in words})
    return papers, stem_counts, word_counts


def main() -> None:
    papers, stem_counts, word_counts = count_words(Path(sys.argv[1]))
    written: dict[str, list[str]] = defaultdict(list)
    for word, count in sorted(word_counts.items(), key=lambda counted: (-counted[1], counted[0])):
        if count >= _FEWEST and word.isascii() and word[0].isalpha() and len(word) <= _MOST_LETTERS:
            written[stem(word)].append(f"{word}:{count}")
    lines = [f"{papers}"]
    lines += [f"{name} {stem_counts[name]} {' '.join(words)}" for name, words in sorted(written.items())]
    sys.stdout.buffer.write(gzip.compress("\n".join(lines).encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
