"""The questions of `search_cost.py`, put to tantivy, a search engine made for it, with the same pictures.

`python search_in_tantivy.py` prints the same lines. It needs `tantivy` 0.27, which no lock of ours has, besides what
result-service has.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from result_service.index import places
from search_cost import FEW, MANY, PAGE, median_ms, pictures

CHUNK = 100
QUESTIONS = {
    "label that is common": "label:label1",
    "label that is rare": "label:label399",
    "label that is never": "label:label1000",
    "word in the picture": "text:word77",
    "two words in the picture": "text:word5 AND text:word9",
    "faces": "faces:[1 TO *]",
    "no such number of faces": "faces:[7 TO *]",
    "code, and a rare label": "codes:[1 TO *] AND label:label300",
    "two that exclude each other": "label:label2 AND status:failed AND codes:[1 TO *]",
}


def schema(tantivy: Any) -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("place", indexed=True, fast=True)
    builder.add_text_field("id", stored=True, tokenizer_name="raw")
    builder.add_text_field("status", tokenizer_name="raw")
    for name in ("faces", "codes"):
        builder.add_integer_field(name, indexed=True, fast=True)
    for name in ("label", "said", "text"):
        builder.add_text_field(name)
    return builder.build()


def in_tantivy(tantivy: Any, count: int, folder: Path) -> dict[str, float]:
    folder.mkdir()
    index = tantivy.Index(schema(tantivy), path=str(folder))
    writer = index.writer(num_threads=1)
    taken = 0.0
    for number, document in enumerate(pictures(count), 1):
        given = {
            "place": places.of(document.analysis_id),
            "id": document.analysis_id,
            "status": document.status,
            "faces": document.faces,
            "codes": document.codes,
            "label": document.labels,
            "said": document.said,
            "text": document.text,
        }
        started = time.perf_counter()
        writer.add_document(tantivy.Document(**given))
        if number % CHUNK == 0:
            writer.commit()
        taken += time.perf_counter() - started
    writer.wait_merging_threads()
    index.reload()
    told = {"ms, a picture added": taken * 1000 / count}
    for name, query in QUESTIONS.items():
        told[f"ms, {name}"] = median_ms(_asking(index, index.parse_query(query)))
    begins = tantivy.Query.regex_query(index.schema, "said", "label3.*")
    told["ms, beginning of a word (q)"] = median_ms(_asking(index, begins))
    size = sum(file.stat().st_size for file in folder.iterdir())
    return {**told, "kB of disk, a picture": size / count / 1000}


def _asking(index: Any, query: Any) -> Callable[[], Any]:
    """The newest matches, read to their ids."""

    def ask() -> None:
        searcher = index.searcher()
        found = searcher.search(query, limit=PAGE, order_by_field="place")
        for _, address in found.hits:
            searcher.doc(address)["id"]

    return ask


def main() -> None:
    import tantivy  # noqa: PLC0415  # in no lock

    with tempfile.TemporaryDirectory() as folder:
        few, many = (in_tantivy(tantivy, one, Path(folder) / str(one)) for one in (FEW, MANY))
    for name in few:
        print(f"{name}\t{few[name]:.3f}\t{many[name]:.3f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"MB of memory at the most\t{peak:.0f}\t{peak:.0f}")


if __name__ == "__main__":
    sys.exit(main())
