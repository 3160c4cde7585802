"""What becomes of an operation when its engine does it, cannot, or does not answer."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from sightline_contracts import ids

from image_service.engines.dispatch import Dispatch
from image_service.engines.port import Busy, Rejected, Unavailable, Unwilling, VendorResult
from image_service.engines.vendors import NotConfigured
from image_service.errors import Refused, SystemTrouble
from image_service.instances.answers import Analysed, NotAnalysed, Ran
from image_service.queue.message import Message

ALL = ("faces", "text", "labels", "colors", "hash")
ORDER = {"faces": ("clarifai", "rekognition", "local"), "labels": ("clarifai", "rekognition")}
FOUND = VendorResult(
    [{"name": "theirs", "confidence": 0.9, "instances": []}], "their-model", "7", {"theirs": 1}
)
OURS = [
    {"name": "ours", "confidence": sure, "instances": [{"confidence": sure}, {"confidence": 0.3}]}
    for sure in (0.5, 0.7, 0.49, 0.6)
]


@dataclass
class Everybody:
    """An instance and the vendors in one. `says`: by vendor and operation, else FOUND."""

    says: dict[tuple[str, str], Exception] = field(default_factory=dict)
    here: list[list[str]] = field(default_factory=list)
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)
    refuses: bool = False

    async def run(self, _data: bytes, operations: list[str], _user_id: str) -> Ran:
        self.here.append(operations)
        if self.refuses:
            return Ran(NotAnalysed("not-an-image", "no"), 1.0, 0.0, 1.0)
        engines = [
            {
                "name": "local",
                "operation": one,
                "model": "ours",
                "version": "1",
                "degraded": False,
                "raw": None,
            }
            for one in operations
        ]
        parts: dict[str, Any] = {one: OURS if one in operations else [] for one in ALL}
        return Ran(Analysed({**parts, "engines": engines}, b"upright"), 10.0, 2.0, 90.0)

    def plan(self, engine: str, operation: str) -> tuple[str, ...]:
        if engine == "rekognition":
            raise NotConfigured(engine)
        if engine == "auto":
            return ORDER.get(operation, ("local",))
        able = engine == "clarifai" and operation in ("faces", "labels", "colors")
        return ("clarifai", "local") if able else ("local",)

    async def ask(self, name: str, operation: str, picture: bytes) -> VendorResult:
        self.asked.append((name, operation, picture))
        said = self.says.get((name, operation))
        if said is not None:
            raise said
        return FOUND

    async def dispatch(
        self, engine: str, *operations: str, raw: bool = False, **limits: float
    ) -> Ran:
        dispatch: Any = Dispatch(self, self)  # type: ignore[arg-type]
        given = {"operations": list(operations), "engine": engine, "raw_answers": raw, **limits}
        data = {"analysis_id": ids.new_id("an"), "user_id": ids.new_id("us"), "input": given}
        ran: Ran = await dispatch.run(b"a picture", Message("1-0", "r", None, data))
        return ran


def parts(ran: Ran) -> dict[str, Any]:
    assert isinstance(ran.answer, Analysed)
    return ran.answer.parts


def who(ran: Ran) -> list[tuple[str, str, bool]]:
    return [(one["operation"], one["name"], one["degraded"]) for one in parts(ran)["engines"]]


async def test_without_a_vendor_an_instance_does_it_all_at_once() -> None:
    everybody = Everybody()
    ran = await everybody.dispatch("local", "faces", "hash")
    assert everybody.here == [["faces", "hash"]]
    assert (everybody.asked, ran.engine_calls) == ([], 0)


async def test_each_does_what_it_can_in_the_order_that_was_asked_for() -> None:
    everybody = Everybody()
    ran = await everybody.dispatch("clarifai", "labels", "hash", "faces")
    assert everybody.here == [["hash"]]
    assert who(ran) == [
        ("labels", "clarifai", False),
        ("hash", "local", False),
        ("faces", "clarifai", False),
    ]
    assert parts(ran)["faces"] == FOUND.part
    assert parts(ran)["hash"] == OURS
    assert ran.engine_calls == 2
    assert (ran.run_ms, ran.init_ms) == (10.0, 2.0)


@pytest.mark.parametrize(
    ("limits", "kept"),
    [
        ({}, [0.7, 0.6, 0.5]),
        ({"min_confidence": 0.6}, [0.7, 0.6]),
        ({"min_confidence": 0}, [0.7, 0.6, 0.5, 0.49]),
        ({"max_labels": 2}, [0.7, 0.6]),
        ({"min_confidence": 0.8}, []),
    ],
    ids=str,
)
async def test_labels_are_those_that_are_wanted_the_most_certain_first(
    limits: dict[str, float], kept: list[float]
) -> None:
    ran = await Everybody().dispatch("local", "labels", **limits)
    assert [one["confidence"] for one in parts(ran)["labels"]] == kept
    least = limits.get("min_confidence", 0.5)
    for one in parts(ran)["labels"]:
        assert [each["confidence"] for each in one["instances"]] == [
            sure for sure in (one["confidence"], 0.3) if sure >= least
        ]


@pytest.mark.parametrize(("least", "kept"), [(0.9, 1), (0.91, 0)])
async def test_what_a_vendor_says_is_held_to_the_same_limits(least: float, kept: int) -> None:
    ran = await Everybody().dispatch("clarifai", "labels", min_confidence=least)
    assert len(parts(ran)["labels"]) == kept


async def test_a_vendor_gets_the_upright_picture_and_never_the_file() -> None:
    everybody = Everybody()
    await everybody.dispatch("clarifai", "faces")
    assert everybody.asked == [("clarifai", "faces", b"upright")]


@pytest.mark.parametrize("raw", [True, False])
async def test_the_raw_answer_is_kept_on_request(raw: bool) -> None:
    ran = await Everybody().dispatch("clarifai", "faces", "hash", raw=raw)
    assert [one["raw"] for one in parts(ran)["engines"]] == [FOUND.raw if raw else None, None]


@pytest.mark.parametrize("said", [Unavailable("no", 5), Busy("no")], ids=repr)
async def test_an_analysis_waits_for_the_engine_that_it_named(said: Exception) -> None:
    everybody = Everybody({("clarifai", "faces"): said})
    with pytest.raises(SystemTrouble, match="clarifai"):
        await everybody.dispatch("clarifai", "faces", "labels")


async def test_what_an_account_will_not_do_is_done_here_and_said() -> None:
    everybody = Everybody({("clarifai", "faces"): Unwilling("no")})
    ran = await everybody.dispatch("clarifai", "faces", "labels")
    assert who(ran) == [("faces", "local", True), ("labels", "clarifai", False)]
    assert parts(ran)["faces"] == OURS
    assert parts(ran)["labels"] == FOUND.part
    assert (ran.run_ms, ran.engine_calls) == (20.0, 1)


async def test_a_picture_that_the_named_engine_rejects_ends_the_analysis() -> None:
    everybody = Everybody({("clarifai", "faces"): Rejected("It answers 30300.")})
    ran = await everybody.dispatch("clarifai", "faces", "labels")
    assert isinstance(ran.answer, NotAnalysed)
    assert ran.answer.code == "engine-rejected"
    assert ran.engine_calls == 1  # the other one was answered, and costs


@pytest.mark.parametrize(
    "said", [Unavailable("no", 5), Busy("no"), Unwilling("no"), Rejected("no")], ids=repr
)
async def test_auto_goes_on_to_the_next_in_the_order(said: Exception) -> None:
    everybody = Everybody({("clarifai", "faces"): said})
    ran = await everybody.dispatch("auto", "faces")
    assert who(ran) == [("faces", "rekognition", True)]
    everybody.says["rekognition", "faces"] = said
    ran = await everybody.dispatch("auto", "faces")
    assert who(ran) == [("faces", "local", True)]


@pytest.mark.parametrize(
    ("said", "code"),
    [(Rejected("no"), "engine-rejected"), (Unwilling("no"), "engine-unavailable")],
    ids=repr,
)
async def test_where_an_order_ends_without_us_the_last_failure_decides(
    said: Exception, code: str
) -> None:
    everybody = Everybody(
        {("clarifai", "labels"): Unwilling("no"), ("rekognition", "labels"): said}
    )
    ran = await everybody.dispatch("auto", "labels")
    assert isinstance(ran.answer, NotAnalysed)
    assert ran.answer.code == code


async def test_where_an_order_ends_with_one_that_does_not_answer_the_analysis_waits() -> None:
    says: dict[tuple[str, str], Exception] = {
        ("clarifai", "labels"): Rejected("no"),
        ("rekognition", "labels"): Unavailable("no", 5),
    }
    with pytest.raises(SystemTrouble, match="rekognition"):
        await Everybody(says).dispatch("auto", "labels")


async def test_what_is_no_picture_is_shown_to_nobody() -> None:
    everybody = Everybody(refuses=True)
    ran = await everybody.dispatch("clarifai", "faces")
    assert isinstance(ran.answer, NotAnalysed)
    assert everybody.asked == []


async def test_an_engine_that_is_gone_since_the_request_ends_the_analysis() -> None:
    with pytest.raises(Refused) as caught:
        await Everybody().dispatch("rekognition", "faces")
    assert caught.value.code == "engine-unavailable"
