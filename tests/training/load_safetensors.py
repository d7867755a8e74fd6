"""Loads a safetensors file into PyTorch and prints the logits of one picture: load_safetensors.py FILE PICTURE MODEL

Knows the public format only (https://github.com/huggingface/safetensors), nothing of Warpscope's code.
PICTURE: raw little-endian floats."""
import collections
import json
import struct
import sys

import torch
from torch import nn


def read(path):
    raw = open(path, "rb").read()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length])
    data = raw[8 + length :]
    metadata = header.pop("__metadata__")
    tensors = {
        name: torch.frombuffer(bytearray(data[slice(*entry["data_offsets"])]), dtype={"F32": torch.float32}[entry["dtype"]]).reshape(entry["shape"])
        for name, entry in header.items()
    }
    return tensors, metadata


MODELS = {
    "mlp64-sigmoid": lambda: [nn.Flatten(), nn.Linear(784, 64), nn.Sigmoid(), nn.Linear(64, 10)],
    "mlp128": lambda: [nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10)],
    "mlp128-64": lambda: [nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)],
    "cnn32": lambda: [nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(5408, 64), nn.ReLU(), nn.Linear(64, 10)],
    "cnn32-64": lambda: [nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                         nn.Linear(1600, 64), nn.ReLU(), nn.Linear(64, 10)],
}

tensors, metadata = read(sys.argv[1])
layers = collections.OrderedDict()
for layer in MODELS[sys.argv[3]]():
    name = f"layer{sum(key.startswith('layer') for key in layers)}" if list(layer.parameters()) else f"step{len(layers)}"
    layers[name] = layer
model = nn.Sequential(layers)
model.load_state_dict(tensors, strict=True)
picture = torch.frombuffer(bytearray(open(sys.argv[2], "rb").read()), dtype=torch.float32).reshape(1, 1, 28, 28)
with torch.no_grad():
    logits = model(picture)[0].tolist()
print(json.dumps({"model": metadata["model"], "seed": metadata["seed"], "accuracy": metadata["accuracy"], "logits": logits}))
