"""Shows that the server of the fetch tests behaves like the hub: downloads from it with huggingface_hub.

pip install huggingface_hub; python src/bench/hub.py FOLDER
ends with status 0 only if every file of FOLDER comes through unchanged.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).parents[2]
folder = pathlib.Path(sys.argv[1])
server = root / "src/test/java/io/semblance/cli/hub/FakeHub.java"
java = pathlib.Path(os.environ["JAVA_HOME"]) / "bin/java"
hub = subprocess.Popen(
    [java, server, folder, "someone/model"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
)
try:
    os.environ["HF_ENDPOINT"] = hub.stdout.readline().strip()
    os.environ["HF_HUB_DISABLE_XET"] = "1"
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

    with tempfile.TemporaryDirectory() as target:
        snapshot_download("someone/model", local_dir=target, cache_dir=pathlib.Path(target) / "cache")
        files = [file for file in folder.rglob("*") if file.is_file()]
        for file in files:
            assert (pathlib.Path(target) / file.relative_to(folder)).read_bytes() == file.read_bytes(), file
    listed = {file.path for file in HfApi().list_repo_tree("someone/model", recursive=True) if hasattr(file, "size")}
    assert listed == {str(file.relative_to(folder)) for file in files}, listed
    for wrong, kind in [(("someone/model", "nowhere"), RevisionNotFoundError), (("someone/else", "main"), RepositoryNotFoundError)]:
        try:
            HfApi().model_info(wrong[0], revision=wrong[1])
            raise AssertionError(f"{wrong} is found")
        except kind:
            pass
    print(f"{len(files)} files came through, as huggingface_hub sees it")
finally:
    hub.stdin.close()
    hub.wait(10)
