"""The rows of `make bench` about the edge: CPU time of nginx's worker for an answer, ours against a bare nginx of the
same image, in one run. The image of static-cdn has to be there."""

import http.client
import http.server
import os
import subprocess
import tempfile
import threading
from pathlib import Path

from local.stack import free_port

from compose.lone_edge import IMAGE, lone_edge
from stack.compose import docker

ASKED, WARM_UP = 20_000, 500
GZIP, BROTLI = {"Accept-Encoding": "gzip"}, {"Accept-Encoding": "br"}
STORED = "/stored"
KINDS: tuple[tuple[str, dict[str, str]], ...] = (
    ("a file", {}),
    ("a file, gzip", GZIP),
    ("a file, brotli", BROTLI),
    ("a stored answer", {}),
)
BARE = """
load_module /usr/lib/nginx/modules/ngx_http_brotli_static_module.so;
daemon off; pid /run/sightline/pid; worker_processes 1; error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
    gzip_static on; brotli_static on;
    types {{ text/javascript js; }}
    client_body_temp_path /run/sightline/b; proxy_temp_path /run/sightline/p;
    fastcgi_temp_path /run/sightline/f; uwsgi_temp_path /run/sightline/u; scgi_temp_path /run/sightline/s;
    proxy_cache_path /run/sightline/cache keys_zone=bare:1m use_temp_path=off;
    server {{
        listen 127.0.0.1:{port};
        location / {{ root /app/static; open_file_cache max=500 inactive=10m; }}
        location = {stored} {{ proxy_pass http://127.0.0.1:{origin}; proxy_cache bare; }}
    }}
}}
"""
Row = tuple[str, str]


class _Stored(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"x" * 1000
        self.send_response(200)
        self.send_header("Cache-Control", "max-age=3600")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def rows() -> list[Row]:
    origin = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Stored)
    threading.Thread(target=origin.serve_forever, daemon=True).start()
    try:
        ours, bare = _ours(origin.server_port), _bare(origin.server_port)
    finally:
        origin.shutdown()
        origin.server_close()
    return [
        (
            f"edge, {name}: CPU of the worker",
            f"{ours[name]:5.1f} µs   {bare[name] / ours[name]:.2f} of a bare nginx's answers",
        )
        for name, _ in KINDS
    ]


def _ours(origin: int) -> dict[str, float]:
    with lone_edge(origin, CACHED_ROUTES=f"^{STORED}$") as url:
        port = int(url.rpartition(":")[2])
        return _measured(port, _worker(port))


def _bare(origin: int) -> dict[str, float]:
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        configuration = Path(folder) / "nginx.conf"
        configuration.write_text(BARE.format(port=port, origin=origin, stored=STORED))
        configuration.chmod(0o644)
        Path(folder).chmod(0o755)
        name = docker(
            *("run", "--detach", "--rm", "--network", "host", "--entrypoint", "nginx"),
            *("--tmpfs", "/run/sightline:uid=10001,gid=10001", "--volume", f"{folder}:/bare:ro"),
            *(IMAGE, "-c", "/bare/nginx.conf", "-e", "stderr"),
        ).strip()
        try:
            return _measured(port, _worker(port))
        finally:
            docker("rm", "--force", name)


def _measured(port: int, worker: int) -> dict[str, float]:
    """Microseconds of the worker's CPU for an answer, by kind."""
    found = {}
    for name, headers in KINDS:
        path = STORED if name == "a stored answer" else _asset(port)
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        _ask(client, path, headers, WARM_UP)
        before = _cpu_s(worker)
        _ask(client, path, headers, ASKED)
        found[name] = (_cpu_s(worker) - before) / ASKED * 1e6
        client.close()
    return found


def _ask(client: http.client.HTTPConnection, path: str, headers: dict[str, str], n: int) -> None:
    for _ in range(n):
        client.request("GET", path, headers=headers)
        answer = client.getresponse()
        assert answer.status == 200, (path, answer.status)
        answer.read()


def _asset(port: int) -> str:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    client.request("GET", "/index.html")
    page = client.getresponse().read().decode()
    client.close()
    return "/assets/main." + page.partition("/assets/main.")[2].partition(".js")[0] + ".js"


def _worker(port: int) -> int:
    """The process of this machine that takes connections there: the worker of a container on its network."""
    for _ in range(50):
        said = subprocess.run(
            ["ss", "-Hltnp", f"sport = :{port}"],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
        pids = [int(one.split(",")[0]) for one in said.stdout.split("pid=")[1:]]
        if len(pids) > 1:
            return max(pids)
        threading.Event().wait(0.1)
    raise RuntimeError(f"nothing listens at {port}")


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")
