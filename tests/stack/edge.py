"""nginx in front, with the configuration of static-cdn, where the system has one."""

import os
import shutil
import string
from pathlib import Path

from stack.environments import CACHE, ROOT

HOME = ROOT / "static-cdn"


def nginx() -> str | None:
    """The system's nginx, also where it is not on a user's PATH."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def command(binary: str, run: Path, port: int, gateway_port: int) -> list[str]:
    """Write the configuration into `run` and say how to start with it."""
    values = {
        "LISTEN": f"127.0.0.1:{port}",
        "GATEWAY": f"127.0.0.1:{gateway_port}",
        "STATIC_DIR": str(HOME / "public"),
        "SAMPLES_DIR": str(CACHE / "samples"),
        "SNIPPETS_DIR": str(HOME / "snippets"),
        "RUN_DIR": str(run),
        # Started by root, the workers would give up the right to read a checkout.
        "USER_DIRECTIVE": "user root;" if os.geteuid() == 0 else "",
    }
    template = string.Template((HOME / "nginx.conf.template").read_text())
    (run / "nginx.conf").write_text(template.safe_substitute(values))
    return [binary, "-p", str(run), "-c", str(run / "nginx.conf"), "-e", "stderr"]
