"""Amazon Rekognition: AWS JSON 1.1, by the service's model (rekognition, 2016-06-27)."""

from collections.abc import Mapping

from gateway.vendor_apis.rekognition.faces import DetectFaces
from gateway.vendor_apis.rekognition.labels import DetectLabels
from gateway.vendor_apis.rekognition.moderation import DetectModerationLabels
from gateway.vendor_apis.rekognition.shapes import Call
from gateway.vendor_apis.rekognition.text import DetectText

TARGET = "RekognitionService."
CALLS: Mapping[str, type[Call]] = {
    f"{TARGET}{call.__name__}": call
    for call in (DetectFaces, DetectLabels, DetectText, DetectModerationLabels)
}
"""By X-Amz-Target."""
