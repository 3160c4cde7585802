"""For how long the store keeps what is a picture, and what nobody reads any more."""

from result_service.settings import Settings
from result_service.store import keys

USER, ANALYSIS = "us_01k0000000000000000000000a", "an_01k0000000000000000000000a"


def test_no_picture_is_kept_for_ever_and_every_result_is() -> None:
    days = Settings(uploads_kept_days=7).days_kept()
    for key in (keys.upload(USER, ANALYSIS), keys.preview(USER, ANALYSIS)):
        assert days[f"{key.partition('/')[0]}/"] == 7
    assert f"{keys.outcome(USER, ANALYSIS).partition('/')[0]}/" not in days
