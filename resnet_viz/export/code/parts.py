"""The small modules that some networks need: a channel gate, a blur, a shortcut of zeros. Each is written as it stands."""

from __future__ import annotations

from .plan import Plan

BLUR = '''\
class BlurPool(nn.Module):
    """A 3x3 blur of stride 2 over a reflected border: two 2x2 means in a row.

    (N, C, H, W) to (N, C, H / 2, W / 2), rounded up.
    """

    def forward(self, x: Tensor) -> Tensor:
        x = functional.pad(x, [1, 1, 1, 1], mode="reflect")  # (N, C, H + 2, W + 2)
        return functional.avg_pool2d(functional.avg_pool2d(x, 2, 1), 2, 2)
'''

ZERO_PAD = '''\
class ZeroPad(nn.Module):
    """A shortcut without weights (option A): fewer cells, and channels of zeros.

    (N, in_channels, H, W) to (N, out_channels, H / stride, W / stride), rounded up.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.before = (out_channels - in_channels) // 2
        self.after = out_channels - in_channels - self.before

    def forward(self, x: Tensor) -> Tensor:
        x = x[:, :, :: self.stride, :: self.stride]
        return functional.pad(x, [0, 0, 0, 0, self.before, self.after])
'''

SQUEEZE = '''\
class SqueezeExcitation(nn.Module):
    """Scales each channel by a number from 0 to 1, found from all channels' means."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = max(8, int(channels * RATIO + 4) // 8 * 8)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(channels, hidden, 1)
        self.relu = nn.ReLU(inplace=True)
        self.fc2 = nn.Conv2d(hidden, channels, 1)
        self.gate = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        gate = self.relu(self.fc1(self.pool(x)))  # (N, hidden, 1, 1)
        return x * self.gate(self.fc2(gate))  # (N, C, H, W) times (N, C, 1, 1)
'''

CHANNEL = '''\
class EfficientChannelAttention(nn.Module):
    """Scales each channel by a number from 0 to 1, found from its neighbours' means."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        near = int(abs(math.log(channels, 2) + 1) / 2)
        kernel = max(near + 1 - near % 2, 3)  # odd; wider for more channels
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.conv = nn.Conv1d(1, 1, kernel, padding=kernel // 2, bias=False)
        self.gate = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        means = torch.flatten(self.pool(x), 1).unsqueeze(1)  # (N, 1, C)
        gate = self.gate(self.conv(means).squeeze(1))  # (N, C)
        return x * gate.unsqueeze(2).unsqueeze(3)  # (N, C, H, W) times (N, C, 1, 1)
'''


def modules(plan: Plan) -> list[str]:
    """The text of each that the network needs."""
    spec, made = plan.spec, list[str]()
    if spec.anti_alias == "blur" and (plan.strided or spec.stem.pool == "max"):
        made.append(BLUR)
    if spec.shortcut == "A" and plan.changes:
        made.append(ZERO_PAD)
    if spec.attention == "se":
        made.append(SQUEEZE.replace("RATIO", repr(float(spec.se_ratio))))
    elif spec.attention == "eca":
        made.append(CHANNEL)
    return made


def gate(plan: Plan) -> str:
    """The class of the channel gate."""
    return {"none": "", "se": "SqueezeExcitation", "eca": "EfficientChannelAttention"}[plan.spec.attention]
