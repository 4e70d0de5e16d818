"""Every named net, as data. To add one: a `net(…)` of a few lines below, and that is all.

Net0 … Net8 are those of the public exercise this project grew out of, reproduced exactly
(including the later assignment by which every dropout is 0.1). Our own follow.
"""

from tinydrill.drilldown.layers import (
    Fc,
    GlobalAvg,
    Net,
    Post,
    Unshuffle,
    avg,
    c1,
    c3,
    net,
    pool,
    same,
)
from tinydrill.errors import UnusableInputError

_NET1_BODY = (c3(14), c3(25), c1(10), pool, c3(10, "br"), c3(16), c3(25), avg(5))


def _folded(name: str, stem: int, down: int, up: int, out: int) -> Net:
    """Four 3×3 convolutions on the image folded 2×2 into channels: few values, so few MACs.

    Pooling stands before BatchNorm and ReLU: the same function of the maximum where BatchNorm's
    weight is positive, on a quarter of the values.
    """
    return net(
        name,
        Unshuffle(2),
        same(stem, "br"),
        c3(down, ""),
        pool,
        Post("br"),
        same(up, "br"),
        c3(out, ""),
        pool,
        Post("br"),
        Fc(10, ""),
    )


def _shared(name: str, width: int) -> Net:
    """Two 3×3 kernels used over and over, at three sizes of the map; BatchNorm is each use's own.

    What tells strokes apart on a small map does so on a large one, too: where parameters are very
    few, wide and shared beats narrow and not shared (docs/LOG.md).
    """
    a, b = (same(width, "br", shared=kernel) for kernel in "ab")
    raw_b = same(width, "", shared="b")  # BatchNorm and ReLU after pooling, as in `_folded`
    return net(
        name,
        *(c3(width, ""), pool, Post("br")),
        *(a, b, a, raw_b, pool, Post("br")),
        *(a, raw_b, pool, Post("br")),
        *(a, b, GlobalAvg(), Fc(10, "")),
    )


_NETS = (
    net(
        "net0",
        same(32, "r", bias=True),
        same(64, "r", bias=True),
        pool,
        same(128, "r", bias=True),
        same(256, "r", bias=True),
        pool,
        c3(512, "r", bias=True),
        c3(1024, "r", bias=True),
        c3(10, "r", bias=True),
    ),
    net("net1", *_NET1_BODY, c1(10, "")),
    net("net2", *_NET1_BODY, Fc(50), Fc(50), Fc(10, "")),
    net(
        "net3",
        *(c3(16), c3(32), c1(10), pool, c3(10, "br"), c3(16), c3(32), avg(5)),
        *(Fc(64), Fc(64), Fc(10, "")),
    ),
    net(
        "net4",
        *(same(16), same(32), c1(10), pool, c3(10, "br"), c3(16), pool, c3(32), avg(3)),
        *(Fc(64), Fc(64), Fc(10, "")),
    ),
    net(
        "net5",
        *(same(16), same(32), c1(10), pool, c3(16, "br"), c3(32), pool, avg(5)),
        *(Fc(64), Fc(64), Fc(10, "")),
    ),
    net(
        "net6",
        *(same(16), same(32), c1(10), pool, c3(10, "br"), c3(16), c1(16), pool, c3(32), avg(3)),
        *(Fc(64), Fc(64), Fc(10, "")),
    ),
    net(
        "net7",
        *(same(16), same(32), c1(10), pool, c3(16, "br"), c3(32), c1(16), pool, c3(32), avg(3)),
        *(Fc(45), Fc(32), Fc(10, "")),
    ),
    net(
        "net8",
        *(same(16), same(32), c1(10), pool, c3(16, "br"), c3(32), c1(16), pool),
        *(c3(32, "rb"), avg(3), Fc(64), Fc(10, "")),
    ),
    _folded("fold24", 24, 24, 24, 24),
    _folded("fold32", 16, 20, 32, 32),
    # For the exercise's harder form, fewer than 10,000 parameters: a stem at full resolution.
    net(
        "stem16",
        *(c3(8, ""), pool, Post("br")),
        *(same(16, "br"), c3(16, ""), pool, Post("br")),
        *(same(20, "br"), c3(16, "br"), GlobalAvg(), Fc(10, "")),
    ),
    # The same budget with two convolutions at full resolution: as slow as two of those.
    net(
        "slim20",
        *(same(6, "br"), c3(9, ""), pool, Post("br")),
        *(same(13, "br"), c3(16, ""), pool, Post("br")),
        *(same(18, "br"), c3(20, "br"), GlobalAvg(), Fc(10, "")),
    ),
    # The smallest that hold 99.4 and 99.0.
    net(
        "slim13",
        *(same(4, "br"), c3(6, ""), pool, Post("br")),
        *(same(8, "br"), c3(10, ""), pool, Post("br")),
        *(same(11, "br"), c3(13, "br"), GlobalAvg(), Fc(10, "")),
    ),
    _shared("shared8", 8),
    # For the exercise's harder form: fewer than 10,000 parameters.
    _folded("fold9", 12, 16, 20, 20),
    net(
        "slim9",
        *(c3(10, "br"), c3(16, ""), pool, Post("br")),
        *(c3(16, "br"), c3(16, "br"), c3(20, "br"), GlobalAvg(), Fc(10, "")),
    ),
)

ZOO = {entry.name: entry for entry in _NETS}


def find(name: str) -> Net:
    """The net of that name (case does not matter).

    Raises:
        UnusableInputError: there is none; the sentence lists those there are.
    """
    try:
        return ZOO[name.lower()]
    except KeyError:
        raise UnusableInputError(
            f"no net is called {name!r}; there are {', '.join(ZOO)}, and any torch.nn.Module as "
            "path/to/file.py:Class"
        ) from None
