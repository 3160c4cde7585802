"""What a search costs: milliseconds at the median in one process, with 10³ and with 10⁵ pictures of a user.

`python search_cost.py` prints a line for each kind of search: its name, and the time with few and with many pictures.
The pictures are made up: 2 to 5 of 400 labels by Zipf's law, a page of 150 words on one in ten, a face on one in
three, a code on one in fifty, embeddings in groups of twenty that look alike.
"""

import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from result_service.index.documents import Document
from result_service.index.filters import Count, Filters
from result_service.index.likeness import LIKE_AT_LEAST, Look
from result_service.index.user_index import UserIndex
from result_service.models.analyses import Embedding
from sightline_contracts import ids

FEW, MANY = 1_000, 100_000
ROUNDS = 15
CHUNK = 100
NEWEST_MS = 1_790_000_000_000
LABELS, WORDS, NUMBERS, ALIKE = 400, 30_000, 1280, 20
QUESTIONED = 25
PAGE = 21
MODEL = "made-up"


def pictures(count: int) -> Iterator[Document]:
    """Oldest first, the same ones each time."""
    random = np.random.default_rng(7)
    base = np.zeros(NUMBERS)
    for number in range(count):
        if number % ALIKE == 0:
            base = random.gamma(0.35, 1.0, NUMBERS)
        numbers = base + 0.6 * random.gamma(0.35, 1.0, NUMBERS)
        vector = np.rint(numbers * (127 / numbers.max())).astype(np.int8).tobytes()
        names = {f"label{min(LABELS, one)}" for one in random.zipf(1.3, random.integers(2, 6))}
        words = random.zipf(1.2, 150) % WORDS if number % 10 == 0 else []
        prefix = ids.prefix_of("an", NEWEST_MS - (count - number) * 1000)
        yield Document(
            analysis_id=f"{prefix}{number:016d}",
            status="succeeded" if number % 40 else "failed",
            faces=number % 3 % 2,
            codes=int(number % 50 == 0),
            labels=" ".join(sorted(names)),
            said=" ".join([*sorted(names), f"album{number % 90}"]),
            text=" ".join(f"word{one}" for one in words),
            code_text=f"https://a.test/{number}" if number % 50 == 0 else "",
            phash=int(random.integers(-(1 << 63), 1 << 63)),
            embedding=Embedding.model_construct(model=MODEL, vector=vector),
        )


QUESTIONS = {
    "label that is common": Filters(label="label1"),
    "label that is rare": Filters(label="label399"),
    "label that is never": Filters(label="label1000"),
    "word in the picture": Filters(text="word77"),
    "two words in the picture": Filters(text="word5 word9"),
    "beginning of a word (q)": Filters(q="label3"),
    "first letter of a word (q)": Filters(q="w"),
    "faces": Filters(face_count=Count(1)),
    "no such number of faces": Filters(face_count=Count(7)),
    "code, and a rare label": Filters(has_code=True, label="label300"),
    "two that exclude each other": Filters(label="label2", status="failed", has_code=True),
}


def median_ms(ask: Callable[[], Any]) -> float:
    """The first round is left out."""
    taken = []
    for number in range(ROUNDS + 1):
        started = time.perf_counter()
        ask()
        taken += [time.perf_counter() - started] if number else []
    return statistics.median(taken) * 1000


def in_sqlite(count: int, folder: Path) -> dict[str, float]:
    file = folder / f"{count}.sqlite"
    taken = 0.0
    with UserIndex(file) as index:
        made = index.progress().made
        chunk: list[Document] = []
        for document in pictures(count):
            chunk.append(document)
            if len(chunk) == CHUNK:
                started = time.perf_counter()
                index.add(made, chunk)
                taken += time.perf_counter() - started
                chunk = []
        index.set_progress(made, NEWEST_MS, frozenset(), None)
    told = {"ms, a picture added": taken * 1000 / count}
    asked = next(iter(pictures(1)))
    look = Look(asked.phash, asked.embedding)

    def opened(ask: Callable[[UserIndex], Any]) -> Callable[[], Any]:
        """As the service does it: a connection for each call."""

        def call() -> None:
            with UserIndex(file) as index:
                ask(index)

        return call

    for name, filters in QUESTIONS.items():
        told[f"ms, {name}"] = median_ms(
            opened(lambda index, one=filters: index.find(one, None, PAGE))
        )
    told["ms, similar"] = median_ms(opened(lambda index: index.alike(look, asked.analysis_id, 20)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told["MB of memory at the most"] = peak
    told["share of those most alike that is found"] = share_found(file)
    told["kB of disk, a picture"] = file.stat().st_size / count / 1000
    return told


def share_found(file: Path) -> float:
    """Of the pictures most alike, by all cosines, the share that `alike` finds; at the mean of some questions."""
    with UserIndex(file) as index:
        database = index._database  # to look at all vectors
        rows = "SELECT analysis_id, vector FROM pictures JOIN vectors USING (place) ORDER BY place"
        names, vectors = zip(*database.execute(rows), strict=True)
        table = np.frombuffer(b"".join(vectors), np.int8).reshape(len(names), NUMBERS)
        lengths = np.sqrt((table.astype(np.float32) ** 2).sum(axis=1))
        shares = []
        for asked in range(0, len(names), len(names) // QUESTIONED):
            cosines = table @ table[asked].astype(np.float32) / lengths / lengths[asked]
            cosines[asked] = 0
            best = np.argsort(-cosines)[:ALIKE]
            wanted = {names[one] for one in best if cosines[one] >= LIKE_AT_LEAST}
            look = Look(None, Embedding.model_construct(model=MODEL, vector=vectors[asked]))
            found, _ = index.alike(look, names[asked], ALIKE)
            shares.append(len(wanted & {one.analysis_id for one in found}) / len(wanted))
    return statistics.mean(shares)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        few, many = (in_sqlite(count, Path(folder)) for count in (FEW, MANY))
    for name in few:
        print(f"{name}\t{few[name]:.3f}\t{many[name]:.3f}")
