"""A guided sampling step of the UNet in PyTorch in evaluation mode: two calls, with the class and without.

Usage: python3 sample.py MODE WIDTH COUNT SECONDS THREADS STEPS   (threads: 0 is PyTorch's own choice)
MODE: eager, as the course writes it, NCHW and float32; channels_last; or bfloat16, that is channels_last under autocast.
STEPS: of a whole grid by DDPM that is timed after the single steps; 0 for none.
Prints one JSON object: version, threads, milliseconds of each step after some to warm up, seconds of the grid, peak memory.
"""

import json
import resource
import sys
import time

import torch
from step import UNet

# as in measure-sample.ts
WARM_UP, LEAST_STEPS, MOST_STEPS, GUIDANCE = 3, 5, 100, 5.0


def main():
    mode, width, count, seconds, threads, steps = sys.argv[1:7]
    width, count, seconds, threads, steps = int(width), int(count), float(seconds), int(threads), int(steps)
    if threads > 0:
        torch.set_num_threads(threads)
    torch.manual_seed(0)
    order = torch.contiguous_format if mode == "eager" else torch.channels_last
    model = UNet(width, "class").to(memory_format=order).eval()
    c = torch.eye(10)[torch.arange(count) % 10]
    none = torch.zeros_like(c)

    def guided(x, t):
        times = torch.full((count, 1), t)
        with torch.autocast("cpu", torch.bfloat16, enabled=mode == "bfloat16"):
            conditioned, unconditioned = model(x, times, c), model(x, times, none)
        return unconditioned.float() + GUIDANCE * (conditioned.float() - unconditioned.float())

    noise = lambda: torch.randn(count, 1, 28, 28).to(memory_format=order)
    milliseconds = []
    with torch.inference_mode():
        x = noise()
        began = time.perf_counter()
        for step in range(MOST_STEPS + WARM_UP):
            start = time.perf_counter()
            guided(x, 0.5)
            if step >= WARM_UP:
                milliseconds.append((time.perf_counter() - start) * 1e3)
            if len(milliseconds) >= LEAST_STEPS and time.perf_counter() - began > seconds:
                break
        start = time.perf_counter()
        if steps > 0:
            beta = torch.linspace(1e-4, 0.02, steps)
            alpha = 1 - beta
            alpha_bar = torch.cumprod(alpha, 0)
            x = noise()
            # as the course writes algorithm B.4
            for i in reversed(range(steps)):
                before = alpha_bar[i - 1] if i > 0 else torch.tensor(1.0)
                epsilon = guided(x, (i + 1) / steps)
                x0 = (x - (1 - alpha_bar[i]).sqrt() * epsilon) / alpha_bar[i].sqrt()
                of_x0 = before.sqrt() * beta[i] / (1 - alpha_bar[i])
                of_x = alpha[i].sqrt() * (1 - before) / (1 - alpha_bar[i])
                z = noise() if i > 0 else torch.zeros_like(x)
                x = of_x0 * x0 + of_x * x + beta[i].sqrt() * z
        grid = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = {
        "version": torch.__version__,
        "threads": torch.get_num_threads(),
        "milliseconds": milliseconds,
        "peakBytes": peak if sys.platform == "darwin" else peak * 1024,
    }
    if steps > 0:
        result["gridSeconds"] = grid
    print(json.dumps(result))


main()
