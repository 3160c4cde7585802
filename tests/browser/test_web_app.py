"""The page in Chromium, as a person uses it."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from browser.pages import ENDED_MS, look, sign_up


def within(page: Page, drawn: Locator) -> tuple[float, float, float, float]:
    """Its left, top, right and bottom as fractions of the preview."""
    expect(page.locator("#preview")).to_be_visible()
    found, picture = drawn.bounding_box(), page.locator("#preview").bounding_box()
    assert found is not None
    assert picture is not None
    left, top = (
        (found["x"] - picture["x"]) / picture["width"],
        (found["y"] - picture["y"]) / picture["height"],
    )
    return (
        left,
        top,
        left + found["width"] / picture["width"],
        top + found["height"] / picture["height"],
    )


def key(page: Page) -> Locator:
    return page.get_by_role("list", name="What is drawn").get_by_role("listitem")


def test_a_sample_picture_shows_a_box_on_the_face(page: Page) -> None:
    expect(page.get_by_role("heading", name="See what is in a picture")).to_be_visible()
    look(page, "welcome")
    sign_up(page)
    page.get_by_role("button", name="astronaut").click()
    state = page.locator("#state")
    expect(state).to_have_text("Succeeded: 1 face", timeout=ENDED_MS)
    expect(page.locator("#boxes .mark.face")).to_have_count(1)
    left, _, right, _ = within(page, page.locator("#boxes .mark.face"))
    assert 0.38 < (left + right) / 2 < 0.5
    expect(key(page)).to_have_text(["Faces", "Objects"])
    expect(page.locator("#colours button")).to_have_count(6)
    expect(page.locator("#numbers")).to_contain_text("512 × 512, png")
    look(page, "analysis")


def test_a_cat_is_called_a_cat_and_has_a_box(page: Page) -> None:
    sign_up(page)
    page.get_by_role("button", name="chelsea").click()
    expect(page.locator("#state")).to_have_text("Succeeded: no face", timeout=ENDED_MS)
    labels = page.get_by_role("list", name="Labels").get_by_role("listitem")
    expect(labels.filter(has_text=re.compile(r"^cat \d\d%"))).to_have_count(1)
    expect(labels.filter(has_text="dog")).to_have_count(0)
    expect(page.locator("#boxes .mark.object")).to_have_text(["cat"])
    look(page, "cat")


def test_everything_is_there_after_a_reload(page: Page) -> None:
    sign_up(page)
    page.get_by_role("button", name="coffee").click()
    expect(page.locator("#state")).to_have_text("Succeeded: no face", timeout=ENDED_MS)
    page.reload()
    expect(page.locator("#state")).to_have_text("Succeeded: no face", timeout=ENDED_MS)
    expect(page.locator("#preview")).to_be_visible()
    page.get_by_role("link", name="History").click()
    expect(page.locator("#history li")).to_have_count(1)
    expect(page.locator("#history")).to_contain_text("coffee.png")
    expect(page.locator("#history img")).to_be_visible()
    look(page, "history")
    page.get_by_role("link", name="coffee.png").click()
    expect(page.locator("#state")).to_have_text("Succeeded: no face", timeout=ENDED_MS)


def test_a_photo_can_be_chosen(page: Page, pictures: Path) -> None:
    sign_up(page)
    page.locator("#file").set_input_files(pictures / "astronaut.png")
    expect(page.locator("#state")).to_have_text("Succeeded: 1 face", timeout=ENDED_MS)
    expect(page.get_by_role("region", name="Pictures under way")).to_contain_text("astronaut.png")
    page.get_by_role("link", name="History").click()
    expect(page.locator("#history")).to_contain_text("astronaut.png")


def test_the_lines_of_a_letter_are_listed_for_who_wants_them(page: Page, letter: bytes) -> None:
    sign_up(page)
    page.get_by_label("Text (takes longer)").check()
    page.locator("#file").set_input_files(
        [{"name": "letter.png", "mimeType": "image/png", "buffer": letter}]
    )
    expect(page.locator("#state")).to_have_text(
        "Succeeded: no face, 2 lines of text", timeout=ENDED_MS
    )
    lines = page.get_by_role("list", name="Lines of text").get_by_role("listitem")
    expect(lines.first).to_have_text("Dear reader")
    outlines = page.locator("#boxes polygon.text")
    expect(outlines).to_have_count(2)
    expect(outlines.locator("title")).to_have_text(["Dear reader", "Invoice 4711"])
    left, top, right, bottom = within(page, outlines.first)
    assert 0.05 < left < 0.1
    assert 0.15 < top < 0.2
    assert 0.38 < right < 0.46
    assert 0.3 < bottom < 0.4
    expect(key(page)).to_have_text(["Text"])
    look(page, "text")


def test_labels_are_shown_and_moderation_for_who_wants_it(page: Page) -> None:
    sign_up(page)
    page.get_by_label("Moderation").check()
    page.get_by_role("button", name="astronaut").click()
    expect(page.locator("#state")).to_have_text("Succeeded: 1 face", timeout=ENDED_MS)
    labels = page.get_by_role("list", name="Labels").get_by_role("listitem")
    expect(labels.filter(has_text="portrait")).to_have_count(1)
    expect(page.locator("#numbers")).to_contain_text("Moderation: explicit")
    expect(page.locator("#boxes polygon")).to_have_count(0)
    look(page, "labels")


def test_a_code_is_outlined_and_its_text_is_no_link(page: Page, code: bytes) -> None:
    sign_up(page)
    page.get_by_label("Codes").check()
    page.locator("#file").set_input_files(
        [{"name": "code.png", "mimeType": "image/png", "buffer": code}]
    )
    expect(page.locator("#state")).to_have_text("Succeeded: no face, 1 code", timeout=ENDED_MS)
    expect(page.get_by_role("list", name="Codes").get_by_role("listitem")).to_have_text(
        "Sightline qr"
    )
    expect(page.locator("#codes a")).to_have_count(0)
    left, _, right, _ = within(page, page.locator("#boxes polygon.code"))
    assert 0.4 < (left + right) / 2 < 0.6
    expect(key(page)).to_have_text(["Codes"])
    look(page, "code")


CUP = {"box": {"left": 0.25, "top": 0.1, "width": 0.5, "height": 0.8}, "confidence": 0.93}
SPOON = {"box": {"left": 0.7, "top": 0.3, "width": 0.2, "height": 0.3}, "confidence": 0.5}
OBJECTS = [
    {"name": "cup", "confidence": 0.93, "source": "model", "instances": [CUP]},
    {
        "name": "spoon",
        "confidence": 0.5,
        "source": "model",
        "instances": [SPOON, {**SPOON, "box": CUP["box"]}],
    },
    {"name": "<b>bright</b>", "confidence": 0.4, "source": "derived", "instances": []},
]


def test_a_label_stands_on_each_of_its_instances(page: Page) -> None:
    """The labels are put into the system's answer: what its models find is not this test's."""

    def told(event: re.Match[str]) -> str:
        analysis = json.loads(event[1])
        if analysis["result"]:
            analysis["result"]["labels"] = OBJECTS
        return f"data: {json.dumps(analysis)}"

    def found(route: Route) -> None:
        answer = route.fetch()
        body = re.sub(r"(?m)^data: ?(.*)$", told, answer.text())
        route.fulfill(response=answer, body=body)

    page.route(re.compile(r"/v1/analyses/[^/]+/events$"), found)
    sign_up(page)
    page.get_by_role("button", name="coffee").click()
    expect(page.locator("#state")).to_have_text("Succeeded: no face", timeout=ENDED_MS)
    objects = page.locator("#boxes .mark.object")
    expect(objects).to_have_text(["cup", "spoon", "spoon"])
    assert within(page, objects.first) == pytest.approx((0.25, 0.1, 0.75, 0.9), abs=0.01)
    expect(objects.first).to_have_attribute("title", "cup, 93% sure")
    expect(page.get_by_role("list", name="Labels").get_by_role("listitem")).to_have_text(
        ["cup 93%", "spoon 50% × 2", "<b>bright</b> 40%"]
    )
    expect(key(page)).to_have_text(["Objects"])
    look(page, "objects")


def test_what_was_drawn_goes_with_its_picture(page: Page, letter: bytes) -> None:
    sign_up(page)
    page.get_by_role("button", name="astronaut").click()
    expect(page.locator("#boxes .mark.face")).to_have_count(1, timeout=ENDED_MS)
    page.get_by_role("button", name="coffee").click()
    expect(page.locator("#state")).to_have_text("Succeeded: no face", timeout=ENDED_MS)
    expect(page.locator("#boxes .mark.face")).to_have_count(0)
    expect(key(page)).to_have_text(["Objects"])
    page.set_viewport_size({"width": 390, "height": 900})
    page.get_by_label("Text (takes longer)").check()
    page.locator("#file").set_input_files(
        [{"name": "letter.png", "mimeType": "image/png", "buffer": letter}]
    )
    outlines = page.locator("#boxes polygon.text")
    expect(outlines).to_have_count(2, timeout=ENDED_MS)
    assert within(page, outlines.first)[0] == pytest.approx(0.07, abs=0.03)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_an_address_that_is_not_fetched_says_so(page: Page) -> None:
    sign_up(page)
    page.get_by_label("Address of a picture").fill("http://127.0.0.1:1/a.png")
    page.get_by_role("button", name="Analyse").click()
    expect(page.locator("#state")).to_contain_text("This address is not fetched", timeout=ENDED_MS)


def test_a_sign_out_ends_with_the_welcome(page: Page) -> None:
    sign_up(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="See what is in a picture")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="See what is in a picture")).to_be_visible()


def test_the_status_page_says_why_an_engine_is_not_asked(page: Page) -> None:
    def with_one_more(route: Route) -> None:
        answer = route.fetch()
        found = answer.json()
        off = {"*": "It answers 11004 (402).", "faces": "It answers 21200 (404)."}
        found["engines"].append({"name": "clarifai", "operations": ["faces"], "off": off})
        route.fulfill(response=answer, json=found)

    page.route("**/v1/status", with_one_more)
    page.goto("/status")
    expect(page.get_by_role("listitem").filter(has_text="clarifai")).to_have_text(
        "engine clarifai, not asked for now. It answers 11004 (402). faces: It answers 21200 (404)."
    )
    look(page, "status-engine-off")


def test_the_status_page_shows_what_is_promised_and_what_was_measured(page: Page) -> None:
    sign_up(page)
    page.get_by_role("button", name="coffee").click()
    expect(page.locator("#state")).to_contain_text("Succeeded", timeout=ENDED_MS)
    page.get_by_role("link", name="Status").click()
    expect(page.locator("#summary")).to_contain_text("All services are well")
    expect(page.locator("section h2")).to_have_text(
        [
            re.compile(name)
            for name in ("gateway", "user-service", "result-service", "image-service")
        ]
    )
    fresh = page.get_by_role("row", name="freshness-p95")
    expect(fresh).to_contain_text("≤ 10 s")
    expect(fresh).to_contain_text(re.compile(r"[\d.]+ m?s.*1h.*100%"))
    expect(fresh.get_by_role("meter")).to_have_attribute("aria-label", re.compile("freshness-p95"))
    expect(page.get_by_role("list", name="Engines")).to_have_text("engine local")
    look(page, "status")
    page.set_viewport_size({"width": 390, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(fresh).to_contain_text("≤ 10 s")
    expect(fresh.get_by_role("meter")).to_be_visible()
