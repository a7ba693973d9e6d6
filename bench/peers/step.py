"""One training step of the UNet in PyTorch with Adam.

Usage: python3 step.py MODE WIDTH BATCH CONDITIONING SECONDS THREADS   (threads: 0 is PyTorch's own choice)
MODE: eager, as the course writes it, NCHW and float32; channels_last; or bfloat16, that is channels_last under autocast.
Prints one JSON object: version, threads, milliseconds of each step after two to warm up, peak resident memory in bytes.
"""

import json
import re
import resource
import sys
import time

import torch
from torch import nn

# as in measure-step.ts
WARM_UP, LEAST_STEPS, MOST_STEPS = 2, 3, 50


class Conv(nn.Sequential):
    def __init__(self, ci, co, stride=1):
        super().__init__(nn.Conv2d(ci, co, 3, stride, 1), nn.BatchNorm2d(co), nn.GELU())


class UpConv(nn.Sequential):
    def __init__(self, ci, co):
        super().__init__(nn.ConvTranspose2d(ci, co, 4, 2, 1), nn.BatchNorm2d(co), nn.GELU())


class ConvBlock(nn.Sequential):
    def __init__(self, ci, co):
        super().__init__(Conv(ci, co), Conv(co, co))


class DownBlock(nn.Sequential):
    def __init__(self, ci, co):
        super().__init__(Conv(ci, co, 2), ConvBlock(co, co))


class UpBlock(nn.Sequential):
    def __init__(self, ci, co):
        super().__init__(UpConv(ci, co), ConvBlock(co, co))


class FCBlock(nn.Sequential):
    def __init__(self, fi, fo):
        super().__init__(nn.Linear(fi, fo), nn.GELU(), nn.Linear(fo, fo), nn.Unflatten(1, (fo, 1, 1)))


class UNet(nn.Module):
    def __init__(self, d, conditioning):
        super().__init__()
        self.init_block = ConvBlock(1, d)
        self.down1, self.down2 = DownBlock(d, d), DownBlock(d, 2 * d)
        self.flatten = nn.Sequential(nn.AvgPool2d(7), nn.GELU())
        self.unflatten = nn.Sequential(nn.ConvTranspose2d(2 * d, 2 * d, 7, 7), nn.BatchNorm2d(2 * d), nn.GELU())
        self.up1, self.up2 = UpBlock(4 * d, d), UpBlock(2 * d, d)
        self.out_block, self.out_conv = ConvBlock(2 * d, d), nn.Conv2d(d, 1, 3, 1, 1)
        if conditioning != "none":
            self.fc1_t, self.fc2_t = FCBlock(1, 2 * d), FCBlock(1, d)
        if conditioning == "class":
            self.fc1_c, self.fc2_c = FCBlock(10, 2 * d), FCBlock(10, d)

    def forward(self, x, t=None, c=None):
        a = self.init_block(x)
        b = self.down1(a)
        deep = self.down2(b)
        u = self.unflatten(self.flatten(deep))
        if t is not None:
            u = (u if c is None else self.fc1_c(c) * u) + self.fc1_t(t)
        p = self.up1(torch.cat((u, deep), 1))
        if t is not None:
            p = (p if c is None else self.fc2_c(c) * p) + self.fc2_t(t)
        q = self.up2(torch.cat((p, b), 1))
        return self.out_conv(self.out_block(torch.cat((q, a), 1)))


def main():
    mode, width, batch, conditioning, seconds, threads = sys.argv[1:7]
    width, batch, seconds, threads = int(width), int(batch), float(seconds), int(threads)
    if threads > 0:
        torch.set_num_threads(threads)
    torch.manual_seed(0)
    order = torch.contiguous_format if mode == "eager" else torch.channels_last
    model = UNet(width, conditioning).to(memory_format=order)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    x, target = torch.randn(batch, 1, 28, 28), torch.randn(batch, 1, 28, 28)
    x, target = x.to(memory_format=order), target.to(memory_format=order)
    t = None if conditioning == "none" else torch.rand(batch, 1)
    c = torch.eye(10)[torch.randint(10, (batch,))] if conditioning == "class" else None
    milliseconds = []
    began = time.perf_counter()
    for step in range(MOST_STEPS + WARM_UP):
        start = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=mode == "bfloat16"):
            output = model(x, t, c)
        loss = nn.functional.mse_loss(output.float(), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()
        if step >= WARM_UP:
            milliseconds.append((time.perf_counter() - start) * 1e3)
        if len(milliseconds) >= LEAST_STEPS and time.perf_counter() - began > seconds:
            break
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    held = re.search(r"RssFile:\s+(\d+) kB", open("/proc/self/status").read()) if sys.platform == "linux" else None
    result = {
        "version": torch.__version__,
        "threads": torch.get_num_threads(),
        "milliseconds": milliseconds,
        "peakBytes": peak if sys.platform == "darwin" else peak * 1024,
        **({} if held is None else {"fileBytes": int(held[1]) * 1024}),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
