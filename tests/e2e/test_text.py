"""Text is read where it is asked for."""

from conftest import User


def test_a_letter_is_read(user: User, letter: bytes) -> None:
    submitted = user.submit_file(letter, data={"operations": ["text", "hash"]})
    analysis = user.ended(submitted["id"])
    assert analysis["status"] == "succeeded"
    result = analysis["result"]
    assert [line["text"] for line in result["text"]] == ["Dear reader", "Invoice 4711"]
    for line in result["text"]:
        assert line["kind"] == "line"
        assert 0.9 < line["confidence"] <= 1
        assert 0 < line["box"]["left"] < line["box"]["left"] + line["box"]["width"] <= 1
        assert len(line["polygon"]) == 4
    assert {one["operation"] for one in result["engines"]} == {"text", "hash"}
    assert result["hash"] is not None
    assert result["faces"] == []


def test_text_is_not_read_for_who_did_not_ask(user: User, letter: bytes) -> None:
    result = user.ended(user.submit_file(letter)["id"])["result"]
    assert result["text"] == []
    assert "text" not in {one["operation"] for one in result["engines"]}
