"""`python -m sightline_contracts.probe [PATH]`: ask the service in this container, by default whether
it is ready. Exit status 0 for an answer of 200, else 1.

The standard library alone, since it runs every few seconds.
"""

import http.client
import os
import sys

TIMEOUT_S = 4


def main(path: str = "/readyz") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ["PORT"]), timeout=TIMEOUT_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        print(answer.read().decode(errors="replace"))  # noqa: T201  # docker inspect shows it
        return int(answer.status != http.HTTPStatus.OK)
    except OSError as error:
        print(type(error).__name__)  # noqa: T201
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
