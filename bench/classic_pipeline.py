"""The classic way to train: per-image transforms, a DataLoader, SGD. Timed an epoch at a time.

Runs in an environment of its own that has torchvision (see `make bench`), and is called by
`time_to_accuracy.py`; prints one JSON document. The network is net8, the recipe `seed`.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import torch
import torchvision
from torch.nn import functional
from torch.utils.data import DataLoader
from torchvision import transforms

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
from tinydrill.drilldown.build import build
from tinydrill.drilldown.zoo import ZOO


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the four IDX files")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    torch.manual_seed(0)
    prepare = transforms.Compose(
        [transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))]
    )
    with tempfile.TemporaryDirectory() as root:
        raw = Path(root) / "MNIST" / "raw"
        raw.mkdir(parents=True)
        for file in options.data.iterdir():
            (raw / file.name).symlink_to(file.resolve())
        train, test = (
            DataLoader(
                torchvision.datasets.MNIST(root, train=part, transform=prepare),
                batch_size=128,
                shuffle=part,
                num_workers=options.workers,
            )
            for part in (True, False)
        )
        model = build(ZOO["net8"])
        model.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
        seconds, errors = [], []
        for _ in range(options.epochs):
            start = time.perf_counter()
            model.train()
            for images, labels in train:
                optimizer.zero_grad()
                output = functional.log_softmax(model(images), dim=1)
                functional.nll_loss(output, labels).backward()
                optimizer.step()
            seconds.append(time.perf_counter() - start)
            model.eval()
            with torch.no_grad():
                errors.append(sum(int((model(x).argmax(1) != y).sum()) for x, y in test))
    print(
        json.dumps(
            {
                "torch": torch.__version__,
                "torchvision": torchvision.__version__,
                "threads": torch.get_num_threads(),
                "workers": options.workers,
                "seconds_an_epoch": seconds,
                "errors": errors,
            }
        )
    )


if __name__ == "__main__":
    main()
