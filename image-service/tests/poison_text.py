"""The same worst, in instances that read text."""

import poison

from image_service import text_analysis

initialize = text_analysis.initialize
analyse = poison.analyse
prepare = poison.prepare
