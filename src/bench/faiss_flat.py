"""FAISS's exact flat indexes, measured in turns with Semblance.

`semblance bench index --faiss` starts this and commands it: one JSON object a line on stdin, one
line of answer on stdout, until stdin ends. Every search runs on one thread of FAISS and of BLAS;
two threads are two Python threads, each with searches of its own, as on the Java side. Processor
time is that of the whole process.
"""

import ctypes
import json
import os
import sys
import threading
import time

# Read when the libraries are loaded.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"


def choose_blas_core():
    """The wheel's OpenBLAS does not know newer processors and takes its slowest kernels there."""
    with open("/proc/cpuinfo") as file:
        flags = next((line.split() for line in file if line.startswith("flags")), [])
    if "avx512bw" in flags and "avx512vl" in flags:
        os.environ.setdefault("OPENBLAS_CORETYPE", "SkylakeX")
    elif "avx2" in flags:
        os.environ.setdefault("OPENBLAS_CORETYPE", "Haswell")


if os.path.exists("/proc/cpuinfo"):
    choose_blas_core()

import faiss  # noqa: E402
import numpy  # noqa: E402

PANORAMA_LEVELS = 8
PANORAMA_BATCH = 1024


def has_panorama():
    return hasattr(faiss, "IndexFlatIPPanorama")


def new_index(engine, dimension):
    if engine == "panorama":
        return faiss.IndexFlatIPPanorama(dimension, PANORAMA_LEVELS, PANORAMA_BATCH)
    return faiss.IndexFlatIP(dimension)


def blas():
    """Which kernels FAISS's own OpenBLAS took, as far as it can be asked."""
    if not os.path.exists("/proc/self/maps"):
        return "unknown"
    with open("/proc/self/maps") as file:
        libraries = {line.split()[-1] for line in file if "faiss" in line and "openblas" in line}
    for library in sorted(libraries):
        name = ctypes.CDLL(library).openblas_get_corename
        name.restype = ctypes.c_char_p
        return "OpenBLAS " + name().decode()
    return "unknown"


def facts():
    return {
        "version": faiss.__version__,
        "blas": blas(),
        "options": faiss.get_compile_options().strip(),
        "panorama": has_panorama(),
    }


def load(command):
    shape = (command["rows"], command["dimension"])
    rows = numpy.memmap(command["vectors"], dtype="<f4", mode="r", shape=shape)
    queries = numpy.fromfile(command["queries"], dtype="<f4").reshape(-1, shape[1])
    indexes = {}
    for engine in ["flat", "panorama"] if has_panorama() else ["flat"]:
        index = new_index(engine, shape[1])
        for start in range(0, shape[0], 65_536):
            index.add(rows[start : start + 65_536])
        indexes[engine] = index
    return {"rows": rows, "queries": queries, "indexes": indexes, "command": command}


def in_threads(tasks, threads):
    """Runs the tasks, task i on thread i modulo threads; returns both times in milliseconds."""
    start = threading.Barrier(threads + 1)

    def work(own):
        faiss.omp_set_num_threads(1)
        start.wait()
        for task in own:
            task()

    workers = [threading.Thread(target=work, args=(tasks[i::threads],)) for i in range(threads)]
    for worker in workers:
        worker.start()
    processor = time.process_time_ns()
    elapsed = time.perf_counter_ns()
    start.wait()
    for worker in workers:
        worker.join()
    return {
        "processorMillis": (time.process_time_ns() - processor) / 1e6 / len(tasks),
        "elapsedMillis": (time.perf_counter_ns() - elapsed) / 1e6 / len(tasks),
    }


def measure(loaded, command):
    index = loaded["indexes"][command["engine"]]
    queries = loaded["queries"]
    one_each = [queries[i : i + 1] for i in range(len(queries))]
    threads = command["threads"]
    threshold = command["threshold"]
    match command["measure"]:
        case "TOP":
            return in_threads([lambda q=q: index.search(q, command["top"]) for q in one_each], threads)
        case "THRESHOLD":
            return in_threads([lambda q=q: index.range_search(q, threshold) for q in one_each], threads)
        case "BATCH":
            batch = numpy.ascontiguousarray(numpy.resize(queries, (command["batch"], queries.shape[1])))
            before = faiss.cvar.distance_compute_blas_threshold
            faiss.cvar.distance_compute_blas_threshold = 1  # BLAS, however few the queries
            try:
                return in_threads([lambda: index.range_search(batch, threshold)] * threads, threads)
            finally:
                faiss.cvar.distance_compute_blas_threshold = before
    raise ValueError("unknown measure " + command["measure"])


def insert(loaded, command):
    index = new_index(command["engine"], loaded["queries"].shape[1])
    chunk = 1_000
    count = min(command["rows"], len(loaded["rows"]))
    processor = 0
    for start in range(0, count, chunk):
        rows = numpy.array(loaded["rows"][start : start + chunk])
        before = time.process_time_ns()
        index.add(rows)
        processor += time.process_time_ns() - before
    return {"rowsPerSecond": count * 1e9 / max(1, processor)}


def answers(loaded, command):
    index = loaded["indexes"][command["engine"]]
    _, top = index.search(loaded["queries"], command["top"])
    matches = []
    for i in range(len(loaded["queries"])):
        _, _, ids = index.range_search(loaded["queries"][i : i + 1], command["threshold"])
        matches.append(ids.tolist())
    return {"top": top.tolist(), "matches": matches}


def main():
    faiss.omp_set_num_threads(1)
    loaded = {}
    for line in sys.stdin:
        command = json.loads(line)
        try:
            match command["command"]:
                case "facts":
                    answer = facts()
                case "load":
                    loaded = {}  # frees the one before
                    loaded = load(command)
                    answer = {}
                case "measure":
                    answer = measure(loaded, command)
                case "insert":
                    answer = insert(loaded, command)
                case "answers":
                    answer = answers(loaded, command)
                case _:
                    raise ValueError("unknown command " + command["command"])
        except Exception as e:  # told to the Java side, which ends the run
            answer = {"error": f"{type(e).__name__}: {e}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
