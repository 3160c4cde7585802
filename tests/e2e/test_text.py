"""Text is read where it is asked for."""

from pathlib import Path

from conftest import User

LINE = "Let us first determine markers of the coins and the"


def test_a_page_is_read(user: User, pictures: Path) -> None:
    submitted = user.submit_file(pictures / "page.png", data={"operations": ["text", "hash"]})
    analysis = user.ended(submitted["id"])
    assert analysis["status"] == "succeeded"
    result = analysis["result"]
    (line,) = [one for one in result["text"] if one["text"] == LINE]
    assert line["kind"] == "line"
    assert 0.9 < line["confidence"] <= 1
    assert 0 < line["box"]["left"] < line["box"]["left"] + line["box"]["width"] <= 1
    assert len(line["polygon"]) == 4
    assert {one["operation"] for one in result["engines"]} == {"text", "hash"}
    assert result["hash"] is not None
    assert result["faces"] == []


def test_text_is_not_read_for_who_did_not_ask(user: User, pictures: Path) -> None:
    analysis = user.ended(user.submit_file(pictures / "page.png")["id"])
    assert analysis["result"]["text"] == []
    assert "text" not in {one["operation"] for one in analysis["result"]["engines"]}
