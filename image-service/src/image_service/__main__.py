"""`python -m image_service`; what it can do is in `cli`."""

import sys

if __name__ == "__main__":
    # Only here: an instance imports this module under another name, and needs none of it.
    from image_service.commands.cli import main

    sys.exit(main(sys.argv[1:]))
