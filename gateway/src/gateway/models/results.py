"""The public shape of a result: what was found in a picture, each operation's part by its name.

Places are fractions of the upright picture, 0 to 1 from its upper left corner. Confidences are 0 to 1. A key of an
operation that was not asked for holds its empty value. Later versions may add keys, never take one away.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Fraction = Annotated[float, Field(ge=0, le=1)]
Operation = Literal[
    "faces", "text", "labels", "moderation", "colors", "quality", "hash", "codes", "metadata"
]


class Point(BaseModel):
    x: Fraction = Field(description="Of the width, from the left.", examples=[0.41])
    y: Fraction = Field(description="Of the height, from the top.", examples=[0.22])


class Box(BaseModel):
    """An upright rectangle."""

    left: Fraction = Field(description="Of the width.", examples=[0.34])
    top: Fraction = Field(description="Of the height.", examples=[0.12])
    width: Fraction = Field(description="Of the width.", examples=[0.22])
    height: Fraction = Field(description="Of the height.", examples=[0.29])


class Landmark(Point):
    type: str = Field(
        description="`right_eye`, `left_eye`, `nose`, `mouth_right` or `mouth_left`, as the person has them; a vendor's"
        " engine may know more.",
        examples=["left_eye"],
    )


class Face(BaseModel):
    box: Box
    confidence: Fraction = Field(description="That this is a face.", examples=[0.93])
    landmarks: list[Landmark] = Field(description="Empty where the engine finds none.")


class Word(BaseModel):
    text: str = Field(examples=["Invoice"])
    confidence: Fraction = Field(examples=[0.98])
    box: Box
    polygon: list[Point] = Field(
        description="Its corners in reading direction, from the upper left one on."
    )


class TextLine(Word):
    kind: Literal["line"] = "line"
    words: list[Word] = Field(description="From the line's beginning to its end.")


class LabelInstance(BaseModel):
    """One thing of the label's kind."""

    box: Box
    confidence: Fraction = Field(examples=[0.9])


class Label(BaseModel):
    name: str = Field(description="In English, lower case.", examples=["dog"])
    confidence: Fraction = Field(description="Of the surest instance, or of the whole picture.")
    source: Literal["model", "derived"] = Field(
        description="`derived`: concluded from faces, colors and sharpness, as `portrait` is."
    )
    model: str | None = Field(
        default=None, description="The model that said so.", examples=["yolox-nano-0.1.1"]
    )
    parents: list[str] = Field(
        default=[], description="The labels above it, the nearest first.", examples=[["animal"]]
    )
    categories: list[str] = Field(default=[], examples=[["Animals and Pets"]])
    aliases: list[str] = Field(default=[], description="What else it is called.")
    instances: list[LabelInstance] = Field(
        description="Where it is, the surest first; empty for what holds for the whole picture."
    )


class ModerationLabel(BaseModel):
    """A kind of content that some would not want to see."""

    name: str = Field(examples=["explicit"])
    confidence: Fraction = Field(examples=[0.03])


class Color(BaseModel):
    hex: str = Field(description="sRGB.", examples=["#513f2c"], pattern="^#[0-9a-f]{6}$")
    name: str = Field(description="The nearest of CSS's named colors.", examples=["dimgray"])
    fraction: Fraction = Field(description="Of the picture's area.", examples=[0.147])


class Quality(BaseModel):
    sharpness: float = Field(
        description="Of its sharpest parts, as variance of the Laplacian: below 100 it is blurred.",
        examples=[1444.0],
    )
    blurred: bool
    brightness: Fraction = Field(description="Mean, 0 is black.", examples=[0.52])
    contrast: Fraction = Field(description="Standard deviation of the brightness.", examples=[0.2])
    clipped: Fraction = Field(
        description="Of the area: wholly black or wholly white.", examples=[0.01]
    )


class Hash(BaseModel):
    """Perceptual hashes: of two pictures that look alike few bits differ."""

    phash: str = Field(description="64 bits, hexadecimal.", examples=["c3d1a5b49e60f187"])
    dhash: str = Field(description="64 bits, hexadecimal.", examples=["1a2b3c4d5e6f7081"])
    algorithm: str = Field(
        description="Only hashes of one algorithm compare.", examples=["phash-dct64-v1"]
    )


class Code(BaseModel):
    """A bar code or matrix code."""

    kind: str = Field(
        description="`qr`, `micro-qr`, `rmqr`, `data-matrix`, `aztec`, `pdf417`, `maxicode`, `ean-13`, `ean-8`, `upc-a`,"
        " `upc-e`, `code-39`, `code-93`, `code-128`, `codabar`, `itf`, `databar` or `databar-expanded`.",
        examples=["qr"],
    )
    text: str = Field(
        description="Empty where the content is no text.", examples=["https://example.com"]
    )
    bytes: str | None = Field(description="The content in base64 where it is no text, else null.")
    polygon: list[Point] = Field(description="Its four corners, from its own upper left one on.")
    orientation: int = Field(
        default=0, description="Degrees clockwise from upright.", ge=0, le=359, examples=[0]
    )


class Metadata(BaseModel):
    """What the camera wrote (EXIF); null where it did not. A place is never given, only whether there is one."""

    taken_at: str | None = Field(
        description="ISO 8601 by the camera's clock, with its offset where it has one."
    )
    make: str | None = Field(examples=["Canon"])
    model: str | None = Field(examples=["EOS R5"])
    lens: str | None
    exposure_time: float | None = Field(description="Seconds.")
    f_number: float | None
    iso: int | None
    focal_length: float | None = Field(description="Millimetres.")
    has_gps: bool = Field(description="Whether the file tells where it was taken.")


class Image(BaseModel):
    """The picture as it was read."""

    width: int = Field(description="Pixels, upright.", ge=1, examples=[512])
    height: int = Field(description="Pixels, upright.", ge=1, examples=[512])
    format: str = Field(
        description="`jpeg`, `png`, `webp`, `gif` and so on, by its content.", examples=["png"]
    )
    frames: int = Field(default=1, description="Of an animation, of which the first is analysed.")
    truncated: bool = Field(default=False, description="Whether a part of the file is missing.")
    bytes: int = Field(description="Size of the file.", ge=1, examples=[791555])
    sha256: str = Field(description="Of the file, hexadecimal.")
    orientation_applied: bool = Field(description="Whether it was turned as its EXIF data says.")


class EngineEntry(BaseModel):
    """An engine that took part in an operation."""

    name: str = Field(description="`local`, `clarifai` or `rekognition`.", examples=["local"])
    operation: Operation
    model: str = Field(examples=["yunet-2023mar"])
    version: str = Field(examples=["1.2.0"])
    degraded: bool = Field(
        description="Whether it worked with less than it should have: a model is missing, or another engine failed."
    )
    raw: Any = Field(
        default=None, description="The vendor's own answer, where `raw_answers` asked for it."
    )
    unread_lines: int | None = Field(
        default=None,
        description="Lines of text that were seen and not read, for lack of time or sharpness.",
    )


class ResultAttempt(BaseModel):
    """One try at the analysis."""

    number: int = Field(ge=1)
    started_at: str = Field(description="RFC 3339, UTC.")
    duration_ms: float = Field(description="Milliseconds, `init_ms` among them.", examples=[60.4])
    init_ms: float = Field(
        description="Milliseconds until the instance was ready; 0 for a warm one."
    )
    max_memory_mb: float = Field(description="MiB at the most.", examples=[210])
    outcome: str = Field(
        description="`succeeded`, `reused`, or the code of the error.", examples=["succeeded"]
    )


class Receipt(BaseModel):
    """Which versions made this of which file."""

    input_sha256: str
    contracts: str = Field(examples=["1.4.0"])
    service: str = Field(examples=["image-service/1.2.0"])


class Result(BaseModel):
    """What was found. Every key is there; "nothing found" is an empty list."""

    model_config = ConfigDict(title="Result")

    schema_version: Literal["1"]
    analysis_id: str
    image: Image
    engines: list[EngineEntry]
    faces: list[Face]
    text: list[TextLine] = Field(description="In reading order.")
    labels: list[Label] = Field(description="The surest first.")
    moderation: list[ModerationLabel]
    colors: list[Color] = Field(description="The largest area first.")
    quality: Quality | None
    hash: Hash | None
    codes: list[Code] = Field(description="From top to bottom.")
    metadata: Metadata | None
    reused_from: str | None = Field(
        default=None, description="The analysis of the same file whose result this is."
    )
    attempts: list[ResultAttempt]
    receipt: Receipt
