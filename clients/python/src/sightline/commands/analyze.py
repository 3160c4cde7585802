"""`sightline analyze`: many pictures at once, with progress; run again, it goes on where it was."""

import asyncio
import contextlib
import hashlib
import json
import signal
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from sightline import AsyncClient, errors
from sightline.commands import session, show
from sightline.commands.annotate import annotate
from sightline.images import address_of, file_of
from sightline.models import Analysis

AT_ONCE = 8
LOOK_AGAIN_S = 1.0
SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".avif"}
)


@dataclass(frozen=True)
class Done:
    """`error` where there is no analysis."""

    image: str
    analysis: Analysis | None
    error: Exception | None = None

    @property
    def succeeded(self) -> bool:
        return self.analysis is not None and self.analysis["status"] == "succeeded"

    @property
    def line(self) -> tuple[str, str, str]:
        if self.analysis is None:
            return self.image, "not accepted", str(self.error)
        return self.image, self.analysis["status"], show.what(self.analysis)

    def json(self) -> dict[str, Any]:
        if self.analysis is None:
            return {"image": self.image, "analysis": None, "error": str(self.error)}
        return {"image": self.image, "analysis": self.analysis, "error": None}


def analyze(
    images: Annotated[
        list[str],
        typer.Argument(help="Files, folders or addresses.", metavar="FILE|FOLDER|ADDRESS..."),
    ],
    operations: Annotated[
        str | None, typer.Option(help="What to look for, by commas, as faces,labels,text.")
    ] = None,
    engine: Annotated[
        str | None, typer.Option(help="auto, local, clarifai or rekognition.")
    ] = None,
    min_confidence: Annotated[float | None, typer.Option(min=0, max=1, help="Of labels.")] = None,
    json_lines: Annotated[
        bool, typer.Option("--json", help="A line of JSON for each image.")
    ] = False,
    csv: Annotated[bool, typer.Option("--csv", help="A line of CSV for each image.")] = False,
    annotated: Annotated[
        Path | None,
        typer.Option("--annotate", help="Put pictures with what was found into this folder."),
    ] = None,
    watch: Annotated[
        bool, typer.Option(help="Go on with files that come into the folders.")
    ] = False,
    again: Annotated[
        bool, typer.Option(help="Analyse anew what was analysed within a day.")
    ] = False,
) -> None:
    """Analyse images. Ctrl-C stops; the same command goes on where it was, and nothing is billed twice."""
    given = {
        "operations": None if operations is None else operations.split(","),
        "engine": engine,
        "min_confidence": min_confidence,
    }
    options = {name: value for name, value in given.items() if value is not None}
    kept = session.signed_in()
    run = _Run(options, annotated, again=again)
    if annotated is not None:
        annotated.mkdir(parents=True, exist_ok=True)
    form = show.Format.json if json_lines else show.Format.csv if csv else show.Format.table
    try:
        with session.told():
            found = asyncio.run(run.all_of(kept, images, form, watch=watch))
    except asyncio.CancelledError:
        raise typer.Exit(session.INTERRUPTED) from None
    if not found:
        session.end(2, "There is no image.")
    if form is show.Format.table:
        show.rows(form, ("image", "state", "found"), (one.line for one in found), ())
    bad = [one for one in found if not one.succeeded]
    if bad:
        error = bad[0].error
        raise typer.Exit(session.FAILED if error is None else session.exit_code(error))


def files(images: Iterable[str]) -> Iterator[str]:
    """Each image by itself: a folder's by their names, without what is hidden. Raises FileNotFoundError."""
    for image in images:
        if address_of(image) is not None:
            yield image
            continue
        path = Path(image)
        if path.is_dir():
            found = sorted(one for one in path.rglob("*") if one.suffix.lower() in SUFFIXES)
            yield from (str(one) for one in found if not one.name.startswith("."))
        elif path.is_file():
            yield image
        else:
            raise FileNotFoundError(f"There is no {image}.")


class _Run:
    """`options` as the client's `submit` takes them."""

    def __init__(self, options: Mapping[str, Any], annotated: Path | None, *, again: bool) -> None:
        self._options = options
        self._annotated = annotated
        self._again = again
        self._free = asyncio.Semaphore(AT_ONCE)

    async def all_of(
        self, kept: session.Session, images: list[str], form: show.Format, *, watch: bool
    ) -> list[Done]:
        """Each with its end, in the order of the images; what is printed as lines is printed as it comes."""
        _end_by_ctrl_c()
        found: list[Done] = []
        if form is show.Format.csv:
            show.rows(form, ("image", "state", "found"), (), ())
        with _progress() as progress:
            bar = progress.add_task("analysing", total=0)
            async with AsyncClient(kept.base_url, api_key=kept.api_key) as client:
                async for batch in _batches(images, watch=watch):
                    progress.update(bar, total=len(found) + len(batch))
                    async for done in self._each(client, batch):
                        found.append(done)
                        progress.advance(bar)
                        if form is not show.Format.table:
                            _print(form, done)
        place = {image: number for number, image in enumerate(files(images))}
        return sorted(found, key=lambda one: place.get(one.image, len(place)))

    async def _each(self, client: AsyncClient, images: list[str]) -> AsyncIterator[Done]:
        """As they end; none is left behind where one ends all."""
        tasks = [asyncio.create_task(self._one(client, image)) for image in images]
        try:
            for ending in asyncio.as_completed(tasks):
                yield await ending
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _one(self, client: AsyncClient, image: str) -> Done:
        async with self._free:
            try:
                key = None if self._again else self._key(image)
                analysis = await client.submit(image, idempotency_key=key, **self._options)
                analysis = await client.wait(analysis["id"])
                if self._annotated is not None and analysis["result"] is not None:
                    preview = await client.preview(analysis["id"])
                    target = self._annotated / f"{Path(image).stem}-{analysis['id']}.jpg"
                    annotate(preview, analysis["result"], target)
            except (errors.Unauthorized, errors.ConnectionFailed):
                raise  # the others would fail as well
            except (errors.SightlineError, OSError, ValueError) as error:
                return Done(image, None, error)
        return Done(image, analysis)

    def _key(self, image: str) -> str:
        """The same for the same picture and options: the system answers what it has begun already."""
        content = b"" if address_of(image) is not None else file_of(image).content
        asked = json.dumps([address_of(image), self._options], sort_keys=True).encode()
        return f"command-{hashlib.sha256(asked + content).hexdigest()}"


async def _batches(images: list[str], *, watch: bool) -> AsyncIterator[list[str]]:
    """What is there, and, while it is watched, what comes."""
    seen: set[str] = set()
    while True:
        new = [image for image in files(images) if image not in seen]
        seen.update(new)
        if new:
            yield new
        if not watch:
            return
        await asyncio.sleep(LOOK_AGAIN_S)


def _end_by_ctrl_c() -> None:
    """At once. What asyncio.run does by itself is seen only when the loop wakes up for something else, where the
    signal comes just before the loop falls asleep."""
    task = asyncio.current_task()
    assert task is not None, "called by a coroutine"
    with contextlib.suppress(NotImplementedError):  # on Windows asyncio.run's own way has to do
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, task.cancel)


def _print(form: show.Format, done: Done) -> None:
    if form is show.Format.json:
        show.rows(form, (), (), [done.json()])
    else:
        show.csv_line(done.line)


def _progress() -> Progress:
    """On the terminal, beside what is printed."""
    columns = (TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False)
