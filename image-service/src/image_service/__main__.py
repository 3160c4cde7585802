"""`python -m image_service [serve | setup | openapi | dead-letters [list | show ID | redrive ID |
messages]]`."""

import sys

if __name__ == "__main__":
    # Only here: an instance imports this module under another name, and needs none of it.
    from image_service.cli import main

    sys.exit(main(sys.argv[1:]))
