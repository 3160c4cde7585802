// The same by the vendors' own clients, pointed here.

/** @typedef {import("./steps.js").Program} Program */

/** @param {string} origin @param {string} text @returns {Program} */
export const rekognition = (origin, text) => ({ name: "boto3 (Rekognition)", text: `import os

import boto3

_, key_id, secret = os.environ["SIGHTLINE_KEY"].split("_", 2)
rekognition = boto3.client(
    "rekognition",
    endpoint_url="${origin}/compat/rekognition",
    region_name="us-east-1",  # any
    aws_access_key_id=f"ak_{key_id}",
    aws_secret_access_key=secret,
)
${text}` });

/** @param {string} origin @param {string} text @returns {Program} */
export const clarifai = (origin, text) => ({ name: "clarifai-grpc (Clarifai)", text: `import os

from clarifai_grpc.channel.clarifai_channel import ClarifaiChannel
from clarifai_grpc.grpc.api import resources_pb2, service_pb2
from clarifai_grpc.grpc.api.service_pb2_grpc import V2Stub

channel = ClarifaiChannel.get_json_channel(base_url="${origin}/compat/clarifai")


def ask(*inputs):
    request = service_pb2.PostModelOutputsRequest(model_id="face-detection", inputs=inputs)
    key = f"Key {os.environ['SIGHTLINE_KEY']}"
    return V2Stub(channel).PostModelOutputs(request, metadata=(("authorization", key),))


${text}` });
