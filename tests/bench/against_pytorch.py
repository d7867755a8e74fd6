#!/usr/bin/python3
"""Training time and accuracy of warpscope-cli beside PyTorch, in one run.

Both train the same network on the same 55,000 MNIST pictures with the same batch, optimiser and number of threads, taking turns an epoch at a
time so that whatever else the machine does falls on both. PyTorch gets its fastest plain form: all pictures in one
tensor in memory, batches by index, no data loader. Printed: seconds an epoch (median of the turns) and the ratio of each turn's pair.

Then cnn32 is trained for 5 epochs with one-cycle and augmentation, and its test accuracy printed, mean of 3 seeds.

    tests/bench/against_pytorch.py [--cli build/release/bin/warpscope-cli] [--models cnn32,mlp128] [--turns 5]
                                   [--only time|accuracy]

Needs Debian's python3-torch with libopenblas0 (tools/setup bench). Exits 1 where a figure asked of the project is missed.
"""
import argparse
import gzip
import json
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BATCH = 64
TRAIN_PICTURES = 55_000
REQUIRED_RATIO = 4.0
REQUIRED_ACCURACY = 0.9903


def read_mnist(torch):
    with gzip.open(ROOT / "assets/mnist/train-images-idx3-ubyte.gz") as file:
        pixels = torch.frombuffer(bytearray(file.read()[16:]), dtype=torch.uint8).view(-1, 1, 28, 28)
    with gzip.open(ROOT / "assets/mnist/train-labels-idx1-ubyte.gz") as file:
        labels = torch.frombuffer(bytearray(file.read()[8:]), dtype=torch.uint8)
    return pixels[:TRAIN_PICTURES].float() / 255, labels[:TRAIN_PICTURES].long()


def torch_model(nn, name):
    if name == "mlp128":
        return nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    if name == "cnn32":
        return nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                             nn.Linear(5408, 64), nn.ReLU(), nn.Linear(64, 10))
    sys.exit(f"no PyTorch twin of '{name}' here; known: mlp128, cnn32")


class TorchTrainer:
    def __init__(self, torch, name, data):
        self.torch = torch
        self.model = torch_model(torch.nn, name)
        self.optimizer = torch.optim.Adam(self.model.parameters(), 1e-3)
        self.loss = torch.nn.CrossEntropyLoss()
        self.pixels, self.labels = data

    def epoch(self):
        """Seconds of one epoch over all training pictures."""
        begin = time.perf_counter()
        order = self.torch.randperm(len(self.labels))
        for at in range(0, len(order), BATCH):
            chosen = order[at:at + BATCH]
            self.optimizer.zero_grad()
            loss = self.loss(self.model(self.pixels[chosen]), self.labels[chosen])
            loss.backward()
            self.optimizer.step()
        return time.perf_counter() - begin


def run_cli(cli, *arguments):
    """JSON lines of one training."""
    done = subprocess.run([str(cli), "train", *arguments], check=True, capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def compare_times(cli, models, turns, threads):
    import torch
    torch.set_num_threads(threads)
    data = read_mnist(torch)
    print(f"PyTorch {torch.__version__}, {threads} threads, batch {BATCH}, Adam, seconds an epoch, {turns} turns each\n")
    print(f"{'network':<10}{'warpscope':>12}{'pytorch':>12}{'ratio':>10}   pairs")
    missed = False
    for name in models:
        trainer = TorchTrainer(torch, name, data)
        ours, theirs = [], []
        for _ in range(turns):
            lines = run_cli(cli, "--model", name, "--epochs", "1", "--batch", str(BATCH), "--threads", str(threads),
                            "--optimizer", "adam", "--schedule", "constant")
            ours.append(lines[0]["seconds"])
            theirs.append(trainer.epoch())
        ratios = [b / a for a, b in zip(ours, theirs)]
        ratio = statistics.median(ratios)
        missed |= ratio < REQUIRED_RATIO
        print(f"{name:<10}{statistics.median(ours):>10.2f} s{statistics.median(theirs):>10.2f} s{ratio:>9.1f}x   "
              + " ".join(f"{r:.1f}" for r in ratios))
    print(f"\nasked: PyTorch takes at least {REQUIRED_RATIO:g} times as long: {'MISSED' if missed else 'reached'}\n")
    return missed


def check_accuracy(cli):
    accuracies = []
    for seed in (1, 2, 3):
        last = run_cli(cli, "--model", "cnn32", "--epochs", "5", "--batch", str(BATCH), "--seed", str(seed), "--augment")[-1]
        accuracies.append(last["test_accuracy"])
        print(f"cnn32 seed {seed}: test accuracy {last['test_accuracy']:.4f}, {last['total_seconds']:.1f} s")
    mean = statistics.mean(accuracies)
    missed = mean < REQUIRED_ACCURACY
    print(f"mean {mean:.4f}; asked {REQUIRED_ACCURACY}: {'MISSED' if missed else 'reached'}")
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cli", type=pathlib.Path, default=ROOT / "build/release/bin/warpscope-cli")
    parser.add_argument("--models", default="cnn32,mlp128")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", choices=("time", "accuracy"))
    options = parser.parse_args()
    missed = False
    if options.only != "accuracy":
        missed |= compare_times(options.cli, options.models.split(","), options.turns, options.threads)
    if options.only != "time":
        missed |= check_accuracy(options.cli)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
