"""What a picture costs the engine: CPU milliseconds at the median, in one process with one thread.

`python picture_cost.py FOLDER OPERATIONS…`, each OPERATIONS a list with commas, prints a line for each.
Decoding and the preview are part of it, as they are for a user.
"""

import statistics
import sys
import time
from pathlib import Path

from image_service.instances.answers import Analysed
from image_service.local_engine import analysis, text_analysis
from image_service.settings import Settings

ROUNDS = 5


def median_ms(pictures: list[bytes], operations: list[str]) -> float:
    """The first round warms what is made when it is first asked for."""
    taken = []
    for number in range(ROUNDS + 1):
        for picture in pictures:
            started = time.process_time()
            answer = analysis.analyse(picture, operations)
            taken += [time.process_time() - started] if number else []
            assert isinstance(answer, Analysed)
    return statistics.median(taken) * 1000


if __name__ == "__main__":
    text_analysis.initialize(Settings().models_dir)
    found = [path.read_bytes() for path in sorted(Path(sys.argv[1]).iterdir()) if path.is_file()]
    pictures = [one for one in found if isinstance(analysis.analyse(one, ["hash"]), Analysed)]
    for wanted in sys.argv[2:]:
        print(f"{median_ms(pictures, wanted.split(',')):.1f}")
