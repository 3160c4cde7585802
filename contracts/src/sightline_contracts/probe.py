"""`python -m sightline_contracts.probe`: is the service in this container ready? Exit status 0 or 1.

The standard library alone, since it runs every few seconds.
"""

import http.client
import os
import sys

TIMEOUT_S = 4


def main() -> int:
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ["PORT"]), TIMEOUT_S)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        print(answer.read(1000).decode(errors="replace"))  # noqa: T201  # shown by docker inspect
        return int(answer.status != http.HTTPStatus.OK)
    except OSError as error:
        print(type(error).__name__)  # noqa: T201
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
