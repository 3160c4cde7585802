"""image-service: the image function, fed by a queue."""

__version__ = "1.0.0"
