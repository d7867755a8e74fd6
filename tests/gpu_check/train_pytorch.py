#!/usr/bin/env python3
"""PyTorch training one of our networks on the GPU, for warpscope-gpu-check: the same pictures, batch and optimiser.

Prints a JSON line for each way PyTorch can be used, as soon as it is known: {"mode": "eager", "seconds": of an epoch}. `eager` is the
plain loop, `graph` a whole step captured as a CUDA graph, `compile` the model through torch.compile with mode reduce-overhead. All of
them get the pictures as one tensor on the GPU and batches by index, without a data loader; the loss is looked at once an epoch. The
median of the epochs after those that warm up. Where it cannot run: {"skipped": why}, and exit code 0.

    train_pytorch.py MNIST_FOLDER NETWORK [--batch 64] [--epochs 3] [--modes eager,graph,compile]
"""
import argparse
import gzip
import json
import pathlib
import statistics
import sys
import time

TRAIN_PICTURES = 55_000
# network: (convolutions' maps, each followed by relu and a 2x2 max pool; dense layers; activation; optimiser; rate)
NETWORKS = {
    "mlp64-sigmoid": ([], [64], "Sigmoid", "SGD", 0.5),
    "mlp128": ([], [128], "ReLU", "Adam", 1e-3),
    "mlp128-64": ([], [128, 64], "ReLU", "Adam", 1e-3),
    "cnn32": ([32], [64], "ReLU", "Adam", 1e-3),
    "cnn32-64": ([32, 64], [64], "ReLU", "Adam", 1e-3),
}


def say(**line):
    print(json.dumps(line), flush=True)


def make_model(nn, name):
    maps, units, activation, _, _ = NETWORKS[name]
    layers, channels, side = [], 1, 28
    for count in maps:
        layers += [nn.Conv2d(channels, count, 3), nn.ReLU(), nn.MaxPool2d(2)]
        channels, side = count, (side - 2) // 2
    layers.append(nn.Flatten())
    inputs = channels * side * side
    for count in units:
        layers += [nn.Linear(inputs, count), getattr(nn, activation)()]
        inputs = count
    return nn.Sequential(*layers, nn.Linear(inputs, 10))


def read_mnist(torch, folder):
    with gzip.open(folder / "train-images-idx3-ubyte.gz") as file:
        pixels = torch.frombuffer(bytearray(file.read()[16:]), dtype=torch.uint8).view(-1, 1, 28, 28)
    with gzip.open(folder / "train-labels-idx1-ubyte.gz") as file:
        labels = torch.frombuffer(bytearray(file.read()[8:]), dtype=torch.uint8)
    return (pixels[:TRAIN_PICTURES].float() / 255).cuda(), labels[:TRAIN_PICTURES].long().cuda()


class Training:
    """A model with what trains it, and a step on self.images and self.labels."""

    def __init__(self, torch, name, batch, capturable):
        self.torch = torch
        self.model = make_model(torch.nn, name).cuda()
        _, _, _, optimiser, rate = NETWORKS[name]
        options = {"capturable": True} if capturable and optimiser == "Adam" else {}
        self.optimizer = getattr(torch.optim, optimiser)(self.model.parameters(), rate, **options)
        self.criterion = torch.nn.CrossEntropyLoss()
        self.images = torch.zeros(batch, 1, 28, 28, device="cuda")
        self.labels = torch.zeros(batch, dtype=torch.long, device="cuda")
        self.loss = None

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        self.loss = self.criterion(self.model(self.images), self.labels)
        self.loss.backward()
        self.optimizer.step()


def eager(torch, name, batch):
    training = Training(torch, name, batch, capturable=False)

    def step(images, labels):
        training.images, training.labels = images, labels
        training.step()
        return training.loss

    return step


def compiled(torch, name, batch):
    training = Training(torch, name, batch, capturable=False)
    training.model = torch.compile(training.model, mode="reduce-overhead")

    def step(images, labels):
        training.images, training.labels = images, labels
        training.step()
        return training.loss

    return step


def graph(torch, name, batch):
    training = Training(torch, name, batch, capturable=True)
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(5):
            training.step()
    torch.cuda.current_stream().wait_stream(side)
    captured = torch.cuda.CUDAGraph()
    with torch.cuda.graph(captured):
        training.step()

    def step(images, labels):
        training.images.copy_(images)
        training.labels.copy_(labels)
        captured.replay()
        return training.loss

    return step


def seconds_of_epochs(torch, step, data, batch, epochs):
    pixels, labels = data
    seconds = []
    for _ in range(epochs + 1):
        torch.cuda.synchronize()
        begin = time.perf_counter()
        order = torch.randperm(len(labels), device="cuda")
        loss = None
        for at in range(0, len(order) - batch + 1, batch):  # whole batches: a graph has one size
            chosen = order[at:at + batch]
            loss = step(pixels[chosen], labels[chosen])
        float(loss)
        torch.cuda.synchronize()
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds[1:])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mnist", type=pathlib.Path)
    parser.add_argument("network", choices=NETWORKS)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--modes", default="eager,graph,compile")
    options = parser.parse_args()
    try:
        import torch
    except ImportError as error:
        return say(skipped=f"this python3 has no PyTorch: {error}")
    if not torch.cuda.is_available():
        return say(skipped=f"PyTorch {torch.__version__} finds no CUDA device")
    data = read_mnist(torch, options.mnist)
    makers = {"eager": eager, "graph": graph, "compile": compiled}
    for mode in options.modes.split(","):
        torch.manual_seed(1)
        try:
            step = makers[mode](torch, options.network, options.batch)
            seconds = seconds_of_epochs(torch, step, data, options.batch, options.epochs)
            say(mode=mode, seconds=seconds, version=torch.__version__)
        except Exception as error:  # torch.compile needs a compiler, graphs a driver of their own: one may do without
            say(mode=mode, skipped=f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")


if __name__ == "__main__":
    sys.exit(main())
