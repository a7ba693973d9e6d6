"""The improved UNet in PyTorch, and the fixture that the engine's is held against.

Usage: python3 improved.py FILE   (needs torch and safetensors)
Writes at D = 2, class-conditioned, in float64 stored as float32: `state.*` with random values everywhere, a batch (`x`, `t`,
`c` with the last class dropped, `target`), `output` and `loss` in training, `grad.*`, and `eval.output` from the start.
"""

import sys

import torch
from safetensors.torch import save_file
from torch import nn


class Conv(nn.Module):
    """Conv2d and BatchNorm."""

    def __init__(self, ci, co, stride=1):
        super().__init__()
        self.conv, self.bn = nn.Conv2d(ci, co, 3, stride, 1), nn.BatchNorm2d(co)

    def forward(self, x):
        return self.bn(self.conv(x))


class UpConv(nn.Module):
    def __init__(self, ci, co):
        super().__init__()
        self.conv, self.bn = nn.ConvTranspose2d(ci, co, 4, 2, 1), nn.BatchNorm2d(co)

    def forward(self, x):
        return self.bn(self.conv(x))


class Residual(nn.Module):
    def __init__(self, ci, co, told):
        super().__init__()
        self.conv1, self.conv2 = Conv(ci, co), Conv(co, co)
        self.told = nn.Linear(told, co)
        self.skip = nn.Identity() if ci == co else nn.Conv2d(ci, co, 1)

    def forward(self, x, told):
        y = self.conv1(x) + self.told(told)[:, :, None, None]
        return gelu(self.conv2(gelu(y)) + self.skip(x))


class Level(nn.Module):
    """A change of resolution and the block after it."""

    def __init__(self, name, change, block):
        super().__init__()
        self.add_module(name, change)
        self.block = block


gelu = nn.functional.gelu


class ImprovedUNet(nn.Module):
    def __init__(self, d):
        super().__init__()
        e = 2 * d
        self.condition = nn.ModuleDict({"time": nn.Linear(1, e), "class": nn.Linear(10, e), "hidden": nn.Linear(e, e)})
        self.init = Conv(1, d)
        self.down1 = Level("down", Conv(d, 2 * d, 2), Residual(2 * d, 2 * d, e))
        self.down2 = Level("down", Conv(2 * d, 2 * d, 2), Residual(2 * d, 2 * d, e))
        self.bottom = Residual(2 * d, 2 * d, e)
        self.up1 = Level("up", UpConv(2 * d, 2 * d), Residual(4 * d, 2 * d, e))
        self.up2 = Level("up", UpConv(2 * d, d), Conv(2 * d, d))
        self.out_conv = nn.Conv2d(d, 1, 3, 1, 1)

    def forward(self, x, t, c):
        told = gelu(self.condition["time"](t) + self.condition["class"](c))
        told = gelu(self.condition["hidden"](told))
        a = gelu(self.init(x))
        b = self.down1.block(gelu(self.down1.down(a)), told)
        low = self.down2.block(gelu(self.down2.down(b)), told)
        u = self.bottom(low, told)
        p = self.up1.block(torch.cat([gelu(self.up1.up(u)), b], 1), told)
        q = gelu(self.up2.block(torch.cat([gelu(self.up2.up(p)), a], 1)))
        return self.out_conv(q)


torch.manual_seed(180)
torch.set_default_dtype(torch.float64)
net = ImprovedUNet(2)
with torch.no_grad():
    for name, tensor in net.state_dict().items():
        if name.endswith("running_var") or name.endswith("bn.weight"):
            tensor.uniform_(0.5, 1.5)
        elif name.endswith("running_mean") or name.endswith("bn.bias"):
            tensor.normal_(0, 0.2)
# the network that the engine starts from is the one that is stored
net.load_state_dict({name: tensor.float().to(tensor.dtype) for name, tensor in net.state_dict().items()})
state = {name: tensor.clone() for name, tensor in net.state_dict().items()}

x, target = torch.randn(3, 1, 28, 28).float().double(), torch.randn(3, 1, 28, 28).float().double()
t = torch.tensor([[0.01], [0.5], [1.0]]).float().double()
c = nn.functional.one_hot(torch.tensor([3, 9, 0]), 10).double()
c[2] = 0
net.eval()
evaluated = net(x, t, c).detach()
net.train()
output = net(x, t, c)
loss = nn.functional.mse_loss(output, target)
loss.backward()

tensors = {f"state.{name}": tensor for name, tensor in state.items() if not name.endswith("num_batches_tracked")}
tensors |= {f"grad.{name}": p.grad for name, p in net.named_parameters()}
tensors |= {"x": x, "t": t, "c": c, "target": target, "output": output.detach(), "loss": loss.detach(), "eval.output": evaluated}
save_file({name: tensor.float().contiguous() for name, tensor in tensors.items()}, sys.argv[1])
