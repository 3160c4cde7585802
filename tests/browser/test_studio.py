"""The studio with more than one picture, and with what goes wrong."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from browser.pages import ENDED_MS, look, sign_up


def test_each_picture_of_a_folder_makes_a_result_and_is_tried_again(
    page: Page, pictures: Path, tmp_path: Path
) -> None:
    for name in ("astronaut.png", "coffee.png"):
        (tmp_path / name).write_bytes((pictures / name).read_bytes())
    (tmp_path / "notes.txt").write_text("no picture")
    sign_up(page)
    page.route("**/v1/analyses", lambda route: route.abort())
    page.locator("#folder").set_input_files(tmp_path)
    queue = page.get_by_role("region", name="Pictures under way")
    expect(queue.get_by_text("Failed")).to_have_count(2)
    look(page, "queue-failed")
    page.unroute("**/v1/analyses")
    for name in ("astronaut.png", "coffee.png"):
        queue.get_by_role("button", name=f"Try again: {name}").click()
    expect(queue.get_by_text("Succeeded")).to_have_count(2, timeout=ENDED_MS)
    expect(queue.get_by_text("2 of 2 done")).to_be_visible()
    queue.get_by_role("link", name="coffee.png").click()
    expect(page.locator("#state")).to_have_text("Succeeded: no face", timeout=ENDED_MS)
    look(page, "queue")
    queue.get_by_role("button", name="Clear what has ended").click()
    expect(queue).to_have_count(0)


def test_a_dropped_picture_is_analysed_and_a_pasted_address_too(page: Page, pictures: Path) -> None:
    sign_up(page)
    page.evaluate("""async () => {
        const blob = await (await fetch("/samples/astronaut.png")).blob();
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([blob], "dropped.png", {type: "image/png"}));
        document.dispatchEvent(new DragEvent("drop", {dataTransfer}));
    }""")
    expect(page.locator("#state")).to_have_text("Succeeded: 1 face", timeout=ENDED_MS)
    page.evaluate("""() => {
        const clipboardData = new DataTransfer();
        clipboardData.setData("text/plain", `${location.origin}/samples/coffee.png`);
        document.body.dispatchEvent(new ClipboardEvent("paste", {clipboardData, bubbles: true}));
    }""")
    expect(page.locator("#state")).to_have_text("Succeeded: no face", timeout=ENDED_MS)


def test_what_is_shared_is_seen_by_a_stranger_until_it_is_withdrawn(
    page: Page, browser: Browser, base_url: str
) -> None:
    sign_up(page)
    page.get_by_role("button", name="astronaut").click()
    expect(page.locator("#state")).to_have_text("Succeeded: 1 face", timeout=ENDED_MS)
    page.get_by_text("Share", exact=True).click()
    page.get_by_role("button", name="Make an address").click()
    address = page.get_by_role("link", name="Shared page").get_attribute("href")
    assert address is not None
    look(page, "sharing")
    stranger = browser.new_context(base_url=base_url).new_page()
    stranger.goto(address)
    expect(stranger.get_by_role("img", name=re.compile("face", re.IGNORECASE))).to_be_visible()
    expect(stranger.locator("#preview")).to_be_visible()
    look(stranger, "shared")
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_role("link", name="Shared page")).to_have_count(0)
    assert stranger.request.get(address).status == 404
    stranger.context.close()


def test_what_is_no_address_is_told_at_its_field(page: Page) -> None:
    sign_up(page)
    page.get_by_label("Address of a picture").fill("pictures.test/a.png")
    page.get_by_role("button", name="Analyse").click()
    expect(page.get_by_role("alert")).to_have_text("An address begins with http:// or https://.")


def test_a_mark_in_the_picture_and_its_place_in_the_list_mark_each_other(
    page: Page, letter: bytes
) -> None:
    sign_up(page)
    page.get_by_label("Text (takes longer)").check()
    page.locator("#file").set_input_files(
        [{"name": "letter.png", "mimeType": "image/png", "buffer": letter}]
    )
    lines = page.get_by_role("list", name="Lines of text").get_by_role("listitem")
    expect(lines).to_have_count(2, timeout=ENDED_MS)
    lines.nth(1).hover()
    expect(page.locator("#boxes polygon").nth(1)).to_have_class(re.compile("marked"))
    page.mouse.move(0, 0)
    page.locator("#boxes polygon").first.focus()
    expect(lines.first).to_have_class("marked")
    page.get_by_role("button", name="Text", exact=True).click()
    expect(page.locator("#boxes polygon")).to_have_count(0)


def test_an_analysis_is_run_again_and_deleted(page: Page) -> None:
    sign_up(page)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="coffee").click()
    expect(page.locator("#state")).to_contain_text("Succeeded", timeout=ENDED_MS)
    first = page.url
    page.get_by_role("button", name="Run it again").click()
    page.wait_for_url(lambda url: url != first)
    expect(page.locator("#state")).to_contain_text("Succeeded", timeout=ENDED_MS)
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("#current")).to_have_count(0)
    page.get_by_role("link", name="History").click()
    expect(page.locator("#history li")).to_have_count(1)


def test_a_system_that_is_away_is_told_and_comes_back(page: Page) -> None:
    sign_up(page)
    page.route("**/v1/analyses?*", lambda route: route.fulfill(status=503, json={"status": 503}))
    page.get_by_role("link", name="History").click()
    expect(page.get_by_role("alert")).to_contain_text("away for the moment")
    page.unroute("**/v1/analyses?*")
    expect(page.get_by_text("There is no analysis yet.")).to_be_visible(timeout=ENDED_MS)
    look(page, "history-empty")


def test_a_large_file_goes_straight_into_the_store(page: Page, pictures: Path) -> None:
    sign_up(page)
    put: list[str] = []
    page.on("request", lambda one: put.append(one.url) if one.method == "PUT" else None)
    content = (pictures / "coffee.png").read_bytes() + bytes(4 << 20)
    page.locator("#file").set_input_files(
        [{"name": "large.png", "mimeType": "image/png", "buffer": content}]
    )
    expect(page.locator("#state")).to_contain_text("Succeeded", timeout=ENDED_MS)
    assert [url.count("/uploads/us_") for url in put] == [1]


def test_a_stream_that_is_cut_is_taken_up_again(page: Page) -> None:
    sign_up(page)
    cuts: list[str] = []

    def cut_once(route: Route) -> None:
        if cuts:
            route.continue_()
        else:
            cuts.append(route.request.url)
            route.abort("connectionreset")

    page.route(re.compile(r"/v1/analyses/[^/]+/events$"), cut_once)
    page.get_by_role("button", name="coffee").click()
    expect(page.locator("#state")).to_contain_text("Succeeded", timeout=ENDED_MS)
    assert len(cuts) == 1


def test_what_was_found_can_be_taken_along(page: Page, tmp_path: Path) -> None:
    sign_up(page)
    page.get_by_role("button", name="chelsea").click()
    expect(page.locator("#state")).to_contain_text("Succeeded", timeout=ENDED_MS)
    for kind, begins in (("JSON", b"{\n"), ("CSV", b"kind,name"), ("PNG", b"\x89PNG")):
        with page.expect_download() as download:
            page.get_by_role("group", name="Download").get_by_role("button", name=kind).click()
        file = tmp_path / kind
        download.value.save_as(file)
        assert file.read_bytes().startswith(begins)
    assert b"label,cat,0." in (tmp_path / "CSV").read_bytes()


def test_the_same_call_is_shown_for_programs(page: Page) -> None:
    sign_up(page)
    page.get_by_role("button", name="coffee").click()
    expect(page.locator("#state")).to_contain_text("Succeeded", timeout=ENDED_MS)
    page.get_by_text("The same call from a program").click()
    code = page.locator("details[open] code")
    expect(code).to_contain_text("curl -s http")
    page.get_by_role("button", name="Python", exact=True).click()
    expect(code).to_contain_text("requests.post(")
    look(page, "snippets")


def test_a_picture_is_given_to_each_engine_and_the_answers_stand_side_by_side(page: Page) -> None:
    """The second engine has a name alone: what is sent to it is sent to the local one."""

    def two(route: Route) -> None:
        answer = route.fetch()
        found = answer.json()
        found["engines"].append({"name": "clarifai", "operations": ["labels"], "off": {}})
        route.fulfill(response=answer, json=found)

    def to_the_local_one(route: Route) -> None:
        body = route.request.post_data or ""
        route.continue_(post_data=body.replace("clarifai", "local").replace('"faces",', ""))

    page.route("**/v1/status", two)
    sign_up(page)
    page.get_by_label("Engine").select_option("each, side by side")
    page.route("**/v1/analyses", to_the_local_one)
    page.get_by_role("button", name="astronaut").click()
    expect(page.get_by_role("heading", name="Compare")).to_be_visible(timeout=ENDED_MS)
    names = page.get_by_role("columnheader")
    expect(names).to_have_count(2, timeout=ENDED_MS)
    expect(names.first).to_contain_text("Succeeded", timeout=ENDED_MS)
    expect(page.get_by_role("row", name="portrait")).to_contain_text("%")
    look(page, "compare")
    rows = page.locator("tbody tr")
    all_rows = rows.count()
    page.get_by_label("Only what differs").check()
    expect(rows).not_to_have_count(all_rows)


def test_a_picture_comes_from_the_camera_and_is_looked_at_from_near(page: Page) -> None:
    sign_up(page)
    page.get_by_role("button", name="Camera").click()
    camera = page.get_by_role("dialog", name="A picture from the camera")
    expect(camera.get_by_role("alert")).to_contain_text("does not let this page use the camera")
    look(page, "camera-refused")
    camera.get_by_role("button", name="Cancel").click()
    page.context.grant_permissions(["camera", "clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Camera").click()
    camera.get_by_role("button", name="Take the picture").click()
    expect(camera).to_have_count(0)
    expect(page.locator("#state")).to_contain_text("Succeeded", timeout=ENDED_MS)
    expect(page.get_by_role("region", name="Pictures under way")).to_contain_text("camera.jpg")
    page.locator("#colours button").first.click()
    expect(page.get_by_text("is copied")).to_be_visible()
    colour = page.evaluate("navigator.clipboard.readText()")
    expect(page.get_by_text("is copied")).to_have_text(f"{colour} is copied.")
    page.locator("summary", has_text="JSON").click()
    page.get_by_label("Find in the JSON").fill("CAMERA.JPG")
    expect(page.get_by_text("1 place", exact=True)).to_be_visible()
    page.get_by_text("What the numbers mean").click()
    expect(page.get_by_text("0% is black")).to_be_visible()
    frame, preview = page.locator(".frame"), page.locator("#preview")
    whole = preview.bounding_box()
    for _ in range(2):
        page.get_by_role("button", name="Closer").click()
    near, around = preview.bounding_box(), frame.bounding_box()
    assert whole is not None
    assert near is not None
    assert around is not None
    assert near["width"] == pytest.approx(2 * whole["width"], rel=0.02)
    middle = near["x"] + near["width"] / 2
    assert middle == pytest.approx(around["x"] + around["width"] / 2, abs=2)
    frame.hover(position={"x": 200, "y": 100})
    page.mouse.down()
    frame.hover(position={"x": 150, "y": 100})
    page.mouse.up()
    moved = preview.bounding_box()
    assert moved is not None
    assert moved["x"] == pytest.approx(near["x"] - 50, abs=2)
    look(page, "studio-near")
