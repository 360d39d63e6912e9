"""A network in its engine's own Python package, measured in turns with Semblance.

`semblance bench engine --python` starts this and commands it: one JSON object a line on stdin, one
line of answer on stdout, until stdin ends. Pictures go in as numpy arrays and vectors come out as
numpy arrays, both within the time that is measured, as on the Java side.
"""

import json
import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # read when TensorFlow is loaded

import numpy  # noqa: E402


def onnx_runtime(command):
    import onnxruntime

    def session(**entries):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = command["threads"]
        options.inter_op_num_threads = 1
        for key, value in entries.items():
            options.add_session_config_entry("session.intra_op." + key, value)
        network = onnxruntime.InferenceSession(
            command["path"], options, providers=["CPUExecutionProvider"]
        )
        name, outputs = command["input"], [command["output"]]
        return lambda batch: network.run(outputs, {name: batch})[0]

    # Semblance's threads do not spin, for those that decode; the package's do.
    return onnxruntime.__version__, {
        "spinning": session(),
        "not spinning": session(allow_spinning="0"),
    }


def tensorflow(command):
    import tensorflow

    tensorflow.config.set_visible_devices([], "GPU")
    if command["threads"] > 0:
        tensorflow.config.threading.set_intra_op_parallelism_threads(command["threads"])
        tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    network = tensorflow.saved_model.load(command["path"])
    signature = network.signatures[command["signature"]]
    name, output = command["input"], command["output"]

    def run(batch, _network=network):  # a signature does not keep its network's variables
        return signature(**{name: tensorflow.constant(batch)})[output].numpy()

    return tensorflow.__version__, {"": run}


ENGINES = {"OnnxRuntime": onnx_runtime, "TensorFlow": tensorflow}


def load(command):
    inputs = numpy.fromfile(command["inputs"], dtype="<f4").reshape(command["shape"])
    version, variants = ENGINES[command["engine"]](command)
    return {"version": version, "variants": variants, "inputs": inputs}


def measure(run, inputs, size, millis):
    """Runs batch after batch for some time; returns the pictures per second and their cost."""
    embedded = following = 0
    processor = time.process_time_ns()
    start = now = time.perf_counter_ns()
    while now < start + millis * 1_000_000:
        if following + size > len(inputs):
            following = 0
        run(inputs[following : following + size])
        following += size
        embedded += size
        now = time.perf_counter_ns()
    return {
        "perSecond": embedded * 1e9 / (now - start),
        "processorMillis": (time.process_time_ns() - processor) / 1e6 / embedded,
    }


def answer_to(command, loaded):
    if command["command"] == "load":
        loaded.update(load(command))
        return {"version": loaded["version"], "variants": list(loaded["variants"])}
    run = loaded["variants"][command["variant"]]
    match command["command"]:
        case "embed":
            return {"vectors": run(loaded["inputs"][: command["size"]]).tolist()}
        case "measure":
            return measure(run, loaded["inputs"], command["size"], command["millis"])
    raise ValueError("unknown command " + command["command"])


def main():
    loaded = {}
    for line in sys.stdin:
        try:
            answer = answer_to(json.loads(line), loaded)
        except Exception as e:  # told to the Java side, which ends the run
            answer = {"error": f"{type(e).__name__}: {e}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
