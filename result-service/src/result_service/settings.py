"""The only reader of the environment; each package has the settings that belong to it."""

from sightline_contracts.service_identity import IdentitySettings

from result_service.accounts.settings import AccountSettings
from result_service.analyses.settings import AnalysisSettings
from result_service.deliveries.settings import DeliverySettings
from result_service.index.settings import IndexSettings
from result_service.repair.settings import SweeperSettings
from result_service.store.settings import StoreSettings


class Settings(
    IdentitySettings,
    StoreSettings,
    IndexSettings,
    AccountSettings,
    DeliverySettings,
    AnalysisSettings,
    SweeperSettings,
):
    """Durations are in seconds. The variable of a setting has its name in capitals."""

    host: str = "127.0.0.1"
    """The address at which the service listens."""
    port: int = 8102
    """Its port."""
