"""What an operator may set of vendors' engines. A vendor is an engine as soon as its credentials are
there, in a variable or, better, in the file that `…_file` names."""

from pathlib import Path

from pydantic import BaseModel, Field, SecretStr

from image_service.comma_lists import read_list
from image_service.engines.port import AwsAccount
from image_service.sla import promised


class EngineSettings(BaseModel):
    engine_clarifai_key: SecretStr | None = None
    """Clarifai's personal access token."""
    engine_clarifai_key_file: Path | None = None
    """The file that holds Clarifai's token; it precedes the variable."""
    engine_clarifai_base_url: str = "https://api.clarifai.com"
    """Where Clarifai's API is."""
    engine_rekognition_region: str = ""
    """The AWS region of Rekognition."""
    engine_rekognition_access_key_id: str = ""
    """The access key's id of the AWS account."""
    engine_rekognition_secret_access_key: SecretStr | None = None
    """The secret of that access key."""
    engine_rekognition_secret_access_key_file: Path | None = None
    """The file that holds the secret; it precedes the variable."""
    engine_rekognition_session_token: SecretStr | None = None
    """The session's token, for temporary credentials."""
    engine_rekognition_endpoint_url: str = ""
    """Where Rekognition is, if not where its region says."""
    engine_order: str = ""
    """For an operation, the engines that `auto` asks one after the other, as in
    `faces=clarifai,local labels=rekognition,local`; the local engine does the others."""
    engine_timeout_s: float = Field(default_factory=promised("engine_timeout_s"), gt=0)
    """Seconds for one call of a vendor, with its wait and its repetition."""

    def clarifai_key(self) -> str | None:
        """Raises ValueError for a file that cannot be read."""
        return _secret(self.engine_clarifai_key, self.engine_clarifai_key_file)

    def rekognition_account(self) -> AwsAccount | None:
        """None without credentials. Raises ValueError for an account of which a part is missing."""
        secret = _secret(
            self.engine_rekognition_secret_access_key,
            self.engine_rekognition_secret_access_key_file,
        )
        key_id, region = self.engine_rekognition_access_key_id, self.engine_rekognition_region
        if not secret and not key_id:
            return None
        if not (secret and key_id and region):
            raise ValueError(
                "ENGINE_REKOGNITION needs _REGION, _ACCESS_KEY_ID and _SECRET_ACCESS_KEY."
            )
        token = self.engine_rekognition_session_token
        return AwsAccount(
            region=region,
            access_key_id=key_id,
            secret_access_key=secret,
            session_token=token.get_secret_value() if token else None,
            endpoint_url=self.engine_rekognition_endpoint_url or None,
        )

    def engine_orders(self) -> dict[str, tuple[str, ...]]:
        """Raises ValueError for anything but `operation=engine,engine …`."""
        orders = {}
        for part in self.engine_order.split():
            operation, equals, names = part.partition("=")
            if not equals or not read_list(names):
                raise ValueError(f"ENGINE_ORDER: {part} is not operation=engine,engine.")
            orders[operation] = tuple(read_list(names))
        return orders


def _secret(variable: SecretStr | None, file: Path | None) -> str | None:
    """The file's content, else the variable's, else None. An empty file counts as none, since compose
    always mounts one. Raises ValueError for a file that cannot be read."""
    try:
        content = "" if file is None else file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ValueError(f"{file} cannot be read.") from error
    return content or (variable.get_secret_value() if variable else "") or None
