"""Reads vectors from the topic image-embeddings and computes the same with transformers.

A value of the topic is read with numpy alone. Keys are paths of pictures, as `semblance upload`
makes them, or ids of texts in a .jsonl file. Pictures and texts are prepared by transformers, and
onnxruntime runs the networks, since exports hold no weights for torch. Ends with status 0 only if
every component is the same to 1e-4.
"""

import argparse
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # both are read when transformers is loaded
os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")

import numpy  # noqa: E402
import onnxruntime  # noqa: E402
from kafka import KafkaConsumer  # noqa: E402
from PIL import Image  # noqa: E402
from transformers import AutoImageProcessor, AutoTokenizer  # noqa: E402

TOPIC = "image-embeddings"
DEVIATION_MAX = 1e-4


def read_vectors(bootstrap_servers):
    """Returns what the topic holds: for each id the last vector and the record's headers."""
    records = KafkaConsumer(
        TOPIC,
        bootstrap_servers=bootstrap_servers,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        consumer_timeout_ms=10_000,  # end when nothing has come for so long
    )
    vectors = {}
    for record in records:
        key = record.key.decode()
        if record.value is None:
            vectors.pop(key, None)
        else:
            vectors[key] = numpy.frombuffer(record.value, "<f4"), dict(record.headers)
    return vectors


class Reference:
    """The networks of an export in the layout of optimum."""

    def __init__(self, directory):
        self.processor = AutoImageProcessor.from_pretrained(directory, use_fast=False)
        self.tokenizer = AutoTokenizer.from_pretrained(directory)
        self.vision = self.network(directory / "onnx" / "vision_model.onnx")
        self.text = self.network(directory / "onnx" / "text_model.onnx")

    @staticmethod
    def network(file):
        return onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])

    def picture(self, file):
        with Image.open(file) as image:
            pixels = self.processor(image.convert("RGB"), return_tensors="np")["pixel_values"]
        return self.vector(self.vision, "image_embeds", {"pixel_values": pixels})

    def caption(self, text):
        tokens = self.tokenizer(
            text, padding="max_length", max_length=77, truncation=True, return_tensors="np"
        )
        names = [one.name for one in self.text.get_inputs()]
        feeds = {name: tokens[name].astype(numpy.int64) for name in names}
        return self.vector(self.text, "text_embeds", feeds)

    @staticmethod
    def vector(network, output, feeds):
        vector = network.run([output], feeds)[0][0]
        return vector / numpy.linalg.norm(vector)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="the CLIP that the service runs")
    parser.add_argument("--bootstrap-servers", default="localhost:9092")
    parser.add_argument("--texts", type=Path, help="the .jsonl whose texts were uploaded")
    parser.add_argument("--at-least", type=int, default=1, help="fewer vectors are a failure")
    arguments = parser.parse_args()

    texts = {}
    if arguments.texts:
        lines = [json.loads(line) for line in arguments.texts.read_text("utf-8").splitlines()]
        texts = {line["id"]: line["text"] for line in lines}
    reference = Reference(arguments.model)
    compared, largest = 0, 0.0
    for key, (vector, headers) in sorted(read_vectors(arguments.bootstrap_servers).items()):
        if key in texts:
            expected = reference.caption(texts[key])
        elif Path(key).is_file():
            expected = reference.picture(key)
        else:
            print(f"skipped     {key}: neither a file nor a text of --texts")
            continue
        same = vector.shape == expected.shape
        deviation = float(numpy.abs(vector - expected).max()) if same else numpy.inf
        print(f"{deviation:.1e}     {key}: {len(vector)} components, {len(headers)} headers")
        compared, largest = compared + 1, max(largest, deviation)
    print(f"{compared} vectors compared, largest deviation {largest:.1e}")
    sys.exit(0 if compared >= arguments.at_least and largest <= DEVIATION_MAX else 1)


if __name__ == "__main__":
    main()
