"""nginx in front, with the configuration of static-cdn, where the system has one."""

import os
import shutil
import string
from pathlib import Path

from local.environments import CACHE, ROOT

NAME = "static-cdn"
HOME = ROOT / NAME
STATIC = CACHE / "static"
SAMPLES = CACHE / "samples"
CACHED_ROUTES = r"^/(v1/status$|problems/|\.well-known/|openapi\.json$)"
REQUESTS_PER_SECOND = 1_000_000  # all clients of a local system share one address


def nginx() -> str | None:
    """The system's nginx, also where it is not on a user's PATH."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def command(
    binary: str,
    run: Path,
    port: int,
    gateway_port: int,
    store_port: int,
    home: Path = HOME,
    static: Path = STATIC,
) -> list[str]:
    """Write the configuration into `run` and say how to start with it."""
    values = {
        "LISTEN": f"127.0.0.1:{port}",
        "GATEWAY": f"127.0.0.1:{gateway_port}",
        "ORIGIN": f"127.0.0.1:{gateway_port}",
        "ORIGIN_HOST": "$http_host",
        "CACHED_ROUTES": CACHED_ROUTES,
        "CACHED_METHODS": "^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$",
        "STORE": f"127.0.0.1:{store_port}",
        "RESOLVER_DIRECTIVE": "",
        "ACCESS_LOG": "off",
        "REGION": "local",
        "CLIENT_TIMEOUT_S": "20",
        "CONNECT_TIMEOUT_MS": "500",
        "REAL_IP_DIRECTIVES": "",
        "TRUSTED_PROXIES": "",
        "TLS_PORT": "",
        "ALT_SVC": "",
        "REQUESTS_PER_SECOND": str(REQUESTS_PER_SECOND),
        "CREDENTIAL_REQUESTS_PER_SECOND": str(REQUESTS_PER_SECOND),
        "REQUESTS_PER_SECOND_OF_ONE": str(REQUESTS_PER_SECOND),  # its name in earlier releases
        "STATIC_DIR": str(static),
        "PREVIOUS_STATIC_DIR": str(static),
        "RELEASE_DIR": str(run),
        "SAMPLES_DIR": str(SAMPLES),
        # Started by root, the workers would give up the right to read a checkout.
        "USER_DIRECTIVE": "user root;" if os.geteuid() == 0 else "",
    }
    for name, source in (("snippets", "snippets"), ("njs", "njs"), ("modules", "modules/none")):
        (run / name).unlink(missing_ok=True)
        (run / name).symlink_to(home / source)
    template = string.Template((home / "nginx.conf.template").read_text())
    (run / "nginx.conf").write_text(template.safe_substitute(values))
    return [binary, "-p", str(run), "-c", str(run / "nginx.conf"), "-e", "stderr"]
