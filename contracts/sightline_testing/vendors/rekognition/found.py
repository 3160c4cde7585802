"""What Rekognition finds in every picture. Source: the shapes in botocore's model of the service. The
second face sticks out of the picture on the left, as faces at an edge do."""

from typing import Any

Json = dict[str, Any]
_LANDMARKS = (
    ("eyeLeft", 0.639, 0.408),
    ("eyeRight", 0.728, 0.403),
    ("nose", 0.684, 0.447),
    ("mouthLeft", 0.652, 0.477),
    ("mouthRight", 0.719, 0.473),
    ("leftEyeBrowLeft", 0.61, 0.391),
    ("leftEyeBrowRight", 0.658, 0.388),
    ("leftEyeBrowUp", 0.635, 0.383),
    ("rightEyeBrowLeft", 0.708, 0.386),
    ("rightEyeBrowRight", 0.76, 0.385),
    ("rightEyeBrowUp", 0.733, 0.379),
    ("leftEyeLeft", 0.625, 0.409),
    ("leftEyeRight", 0.655, 0.408),
    ("leftEyeUp", 0.639, 0.404),
    ("leftEyeDown", 0.639, 0.411),
    ("rightEyeLeft", 0.712, 0.405),
    ("rightEyeRight", 0.744, 0.402),
    ("rightEyeUp", 0.728, 0.399),
    ("rightEyeDown", 0.728, 0.406),
    ("noseLeft", 0.668, 0.452),
    ("noseRight", 0.699, 0.45),
    ("mouthUp", 0.686, 0.466),
    ("mouthDown", 0.686, 0.487),
    ("leftPupil", 0.639, 0.408),
    ("rightPupil", 0.728, 0.403),
    ("upperJawlineLeft", 0.585, 0.415),
    ("midJawlineLeft", 0.605, 0.484),
    ("chinBottom", 0.69, 0.514),
    ("midJawlineRight", 0.765, 0.476),
    ("upperJawlineRight", 0.79, 0.403),
)
EMOTIONS = ("CALM", "HAPPY", "SAD", "ANGRY", "CONFUSED", "DISGUSTED", "SURPRISED", "FEAR")


def box(left: float, top: float, width: float, height: float) -> Json:
    return {"Width": width, "Height": height, "Left": left, "Top": top}


def _says(value: object, confidence: float = 99.1) -> Json:
    return {"Value": value, "Confidence": confidence}


def _face(place: Json, confidence: float) -> Json:
    return {
        "BoundingBox": place,
        "Confidence": confidence,
        "Landmarks": [{"Type": name, "X": x, "Y": y} for name, x, y in _LANDMARKS],
        "Pose": {"Roll": 0.995, "Yaw": 13.69, "Pitch": 4.05},
        "Quality": {"Brightness": 37.6, "Sharpness": 80.0},
        "AgeRange": {"Low": 22, "High": 30},
        "Smile": _says(value=True),
        "Eyeglasses": _says(value=False),
        "Sunglasses": _says(value=False),
        "Gender": _says("Female"),
        "Beard": _says(value=False),
        "Mustache": _says(value=False),
        "EyesOpen": _says(value=True),
        "MouthOpen": _says(value=True),
        "Emotions": [{"Type": one, "Confidence": 90.0 / 10**n} for n, one in enumerate(EMOTIONS)],
        "FaceOccluded": _says(value=False),
        "EyeDirection": {"Yaw": 6.5, "Pitch": -3.2, "Confidence": 98.9},
    }


FACES = (
    _face(box(0.5556, 0.3367, 0.24, 0.18), 99.99),
    _face(box(-0.0125, 0.402, 0.1, 0.11), 97.4),
)
DEFAULT_OF_A_FACE = ("BoundingBox", "Confidence", "Pose", "Quality", "Landmarks")
ATTRIBUTES = {
    "AGE_RANGE": "AgeRange",
    "BEARD": "Beard",
    "EMOTIONS": "Emotions",
    "EYE_DIRECTION": "EyeDirection",
    "EYEGLASSES": "Eyeglasses",
    "EYES_OPEN": "EyesOpen",
    "GENDER": "Gender",
    "MOUTH_OPEN": "MouthOpen",
    "MUSTACHE": "Mustache",
    "FACE_OCCLUDED": "FaceOccluded",
    "SMILE": "Smile",
    "SUNGLASSES": "Sunglasses",
}
"""Attribute asked for → member of the answer."""


def _color(rgb: tuple[int, int, int], css: str, simple: str, percent: float) -> Json:
    red, green, blue = rgb
    return {
        "Red": red,
        "Green": green,
        "Blue": blue,
        "HexCode": f"#{red:02x}{green:02x}{blue:02x}",
        "CSSColor": css,
        "SimplifiedColor": simple,
        "PixelPercent": percent,
    }


COLORS = (
    _color((47, 79, 79), "darkslategrey", "black", 51.25),
    _color((245, 222, 179), "wheat", "brown", 33.5),
    _color((178, 34, 34), "firebrick", "red", 15.25),
)
QUALITY = {"Brightness": 77.1, "Sharpness": 89.4, "Contrast": 83.2}


def _label(
    name: str,
    confidence: float,
    parents: tuple[str, ...],
    category: str,
    *instances: Json,
    aliases: tuple[str, ...] = (),
) -> Json:
    return {
        "Name": name,
        "Confidence": confidence,
        "Instances": [
            {"BoundingBox": place, "Confidence": confidence, "DominantColors": list(COLORS[:1])}
            for place in instances
        ],
        "Parents": [{"Name": one} for one in parents],
        "Aliases": [{"Name": one} for one in aliases],
        "Categories": [{"Name": category}],
    }


VEHICLES = "Vehicles and Automotive"
LABELS = (
    _label(
        "Car",
        98.87,
        ("Transportation", "Vehicle"),
        VEHICLES,
        box(0.1067, 0.5079, 0.0042, 0.0373),
        box(0.45, 0.51, 0.21, 0.19),
        aliases=("Automobile",),
    ),
    _label("Vehicle", 98.87, ("Transportation",), VEHICLES),
    _label("Transportation", 98.87, (), VEHICLES),
    _label(
        "Person", 94.5, (), "Person Description", box(0.33, 0.41, 0.05, 0.22), aliases=("Human",)
    ),
    _label("City", 71.2, (), "Buildings and Architecture", aliases=("Town",)),
    # Below the least confidence that is assumed where none is said.
    _label("Bicycle", 51.0, ("Transportation", "Vehicle"), VEHICLES, aliases=("Bike",)),
)


def _text(number: int, text: str, confidence: float, place: Json, parent: int | None) -> Json:
    left, top = place["Left"], place["Top"]
    right, bottom = round(left + place["Width"], 6), round(top + place["Height"], 6)
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return {
        "DetectedText": text,
        "Type": "LINE" if parent is None else "WORD",
        "Id": number,
        **({} if parent is None else {"ParentId": parent}),
        "Confidence": confidence,
        "Geometry": {"BoundingBox": place, "Polygon": [{"X": x, "Y": y} for x, y in corners]},
    }


TEXT = (
    _text(0, "Dear reader", 99.5, box(0.078, 0.1875, 0.36, 0.11), None),
    _text(1, "Invoice 4711", 98.1, box(0.078, 0.5, 0.38, 0.1), None),
    _text(2, "Dear", 99.6, box(0.078, 0.1875, 0.14, 0.11), 0),
    _text(3, "reader", 99.4, box(0.24, 0.1875, 0.198, 0.11), 0),
    _text(4, "Invoice", 99.0, box(0.078, 0.5, 0.21, 0.1), 1),
    _text(5, "4711", 97.2, box(0.31, 0.5, 0.148, 0.1), 1),
)


def _moderation(name: str, parent: str, level: int, confidence: float) -> Json:
    return {"Confidence": confidence, "Name": name, "ParentName": parent, "TaxonomyLevel": level}


MODERATION = (
    _moderation("Weapons", "Violence", 2, 88.3),
    _moderation("Weapon Violence", "Graphic Violence", 3, 67.1),
    _moderation("Graphic Violence", "Violence", 2, 67.1),
    _moderation("Violence", "", 1, 88.3),
    # Below the least confidence that is assumed where none is said.
    _moderation("Alcohol", "", 1, 42.0),
)
CONTENT_TYPES = ({"Confidence": 99.9, "Name": "Illustrated"},)
