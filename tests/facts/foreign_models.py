"""Models of group SHOWN: small ones written for this purpose, and one-line builders of library models.

BUILDERS[name]() returns an nn.Module in eval mode with random weights; INPUTS[name] lists the shapes of
its positional tensor inputs. A library is imported only when its builder is called.
"""

import importlib

import torch
import torch.nn as nn
import torch.nn.functional as F


# ---- hand-written CIFAR ResNets -------------------------------------------------------------------
class FunctionalBlock(nn.Module):
    """Activations are functional calls; the shortcut is an empty or a two-part Sequential."""

    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.shortcut = nn.Sequential()
        if stride != 1 or cin != cout:
            self.shortcut = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.shortcut(x)
        return F.relu(out)


class FunctionalResNet18(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = nn.Sequential(FunctionalBlock(64, 64), FunctionalBlock(64, 64))
        self.layer2 = nn.Sequential(FunctionalBlock(64, 128, 2), FunctionalBlock(128, 128))
        self.layer3 = nn.Sequential(FunctionalBlock(128, 256, 2), FunctionalBlock(256, 256))
        self.layer4 = nn.Sequential(FunctionalBlock(256, 512, 2), FunctionalBlock(512, 512))
        self.linear = nn.Linear(512, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        x = F.avg_pool2d(x, 4)
        return self.linear(x.view(x.size(0), -1))


class Lambda(nn.Module):
    def __init__(self, fn):
        super().__init__()
        self.fn = fn

    def forward(self, x):
        return self.fn(x)


class OptionABlock(nn.Module):
    """Where shapes differ: every second pixel, zero channels on both sides."""

    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.shortcut = nn.Sequential()
        if stride != 1 or cin != cout:
            pad = (cout - cin) // 2
            self.shortcut = Lambda(lambda x: F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, pad, pad)))

    def forward(self, x):
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        out += self.shortcut(x)
        return F.relu(out)


class OptionAResNet20(nn.Module):
    def __init__(self, n=3, classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        stages, cin = [], 16
        for cout, stride in ((16, 1), (32, 2), (64, 2)):
            stages.append(
                nn.Sequential(OptionABlock(cin, cout, stride), *[OptionABlock(cout, cout) for _ in range(n - 1)])
            )
            cin = cout
        self.layer1, self.layer2, self.layer3 = stages
        self.linear = nn.Linear(64, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        x = F.avg_pool2d(x, x.size()[3])
        return self.linear(x.view(x.size(0), -1))


# ---- small artificial ones ------------------------------------------------------------------------
class ChunkTuple(nn.Module):
    """Splits the channels in two, treats each half alone, returns a tuple."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 32, 3, 2, 1)
        self.left = nn.Conv2d(16, 24, 3, 1, 1)
        self.right = nn.Conv2d(16, 24, 1)

    def forward(self, x):
        a, b = torch.chunk(self.stem(x), 2, dim=1)
        return self.left(a), self.right(b)


class KeywordCall(nn.Module):
    """Submodules are called by keyword only."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 16, 3, 1, 1)
        self.b = nn.Conv2d(16, 16, 3, 1, 1)
        self.c = nn.Conv2d(16, 8, 1)

    def forward(self, x):
        x = self.a(input=x)
        x = x + self.b(input=F.relu(input=x))
        return self.c(input=x)


class SharedTwice(nn.Module):
    """One convolution called twice inside one residual, and again after it."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, 1, 1)
        self.shared = nn.Conv2d(16, 16, 3, 1, 1)
        self.head = nn.Linear(16, 4)

    def forward(self, x):
        x = self.stem(x)
        x = x + self.shared(F.relu(self.shared(x)))
        return self.head(x.mean((2, 3)))


class OwnParameterConv(nn.Module):
    """F.conv2d and F.linear on the module's own parameters: no submodule does the work."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(12, 3, 5, 5) * 0.1)
        self.bias = nn.Parameter(torch.zeros(12))
        self.out = nn.Parameter(torch.randn(7, 12) * 0.1)

    def forward(self, x):
        x = F.conv2d(x, self.weight, self.bias, stride=2, padding=2)
        return F.linear(F.relu(x).mean((2, 3)), self.out)


class FunctionalPool(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1)
        self.conv2 = nn.Conv2d(16, 32, 3, 1, 1)
        self.fc = nn.Linear(32 * 8 * 8, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), kernel_size=3, stride=2, padding=1)
        return self.fc(torch.flatten(x, 1))


class TransposedDecoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1 = nn.Conv2d(3, 16, 3, 2, 1)
        self.down2 = nn.Conv2d(16, 32, 3, 2, 1)
        self.up1 = nn.ConvTranspose2d(32, 16, 2, 2)
        self.up2 = nn.ConvTranspose2d(16, 8, 4, 2, 1)
        self.out = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        return self.out(F.relu(self.up2(F.relu(self.up1(F.relu(self.down2(F.relu(self.down1(x)))))))))


class UpsampleSkip(nn.Module):
    """Down, up by nn.Upsample, concatenated with the full-size map."""

    def __init__(self):
        super().__init__()
        self.full = nn.Conv2d(3, 8, 3, 1, 1)
        self.down = nn.Conv2d(8, 16, 3, 2, 1)
        self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
        self.out = nn.Conv2d(24, 2, 3, 1, 1)

    def forward(self, x):
        a = F.relu(self.full(x))
        b = self.up(F.relu(self.down(a)))
        return self.out(torch.cat((a, b), 1))


class SigmoidGate(nn.Module):
    """x * sigmoid(conv(x)), no module for the sigmoid or the product."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, 2, 1)
        self.gate = nn.Conv2d(16, 16, 1)
        self.out = nn.Conv2d(16, 16, 3, 2, 1)

    def forward(self, x):
        x = self.stem(x)
        return self.out(x * torch.sigmoid(self.gate(x)))


class LazyNet(nn.Module):
    """Input channels are unknown until the first call; the builder below leaves them so."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.LazyConv2d(16, 3, 2, 1)
        self.bn = nn.LazyBatchNorm2d()
        self.conv2 = nn.LazyConv2d(32, 3, 2, 1)
        self.fc = nn.LazyLinear(5)

    def forward(self, x):
        return self.fc(F.relu(self.conv2(F.relu(self.bn(self.conv1(x))))).mean((2, 3)))


class TwoInputs(nn.Module):
    """An image and a vector; two towers added, then one residual block."""

    def __init__(self):
        super().__init__()
        self.image = nn.Conv2d(3, 16, 3, 2, 1)
        self.vector = nn.Linear(10, 16)
        self.body = nn.Sequential(nn.Conv2d(16, 16, 3, 1, 1), nn.ReLU(), nn.Conv2d(16, 16, 3, 1, 1))
        self.head = nn.Linear(16, 3)

    def forward(self, img, vec):
        x = self.image(img) + self.vector(vec)[:, :, None, None]
        x = x + self.body(x)
        return self.head(x.mean((2, 3)))


class LSTMHead(nn.Module):
    """Convolutions, then an LSTM over the columns; only the last step is classified."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU())
        self.lstm = nn.LSTM(32 * 8, 64, batch_first=True)
        self.fc = nn.Linear(64, 11)

    def forward(self, x):
        x = self.conv(x)
        n, c, h, w = x.shape
        seq, _ = self.lstm(x.permute(0, 3, 1, 2).reshape(n, w, c * h))
        return self.fc(seq[:, -1])


class BatchNormAct(nn.BatchNorm2d):
    """A norm that has children (drop, act), as timm's: not a leaf, yet it computes by itself."""

    def __init__(self, channels):
        super().__init__(channels)
        self.drop = nn.Identity()
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.act(self.drop(super().forward(x)))


class BatchNormActNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 2, 1, bias=False)
        self.bn1 = BatchNormAct(16)
        self.conv2 = nn.Conv2d(16, 16, 3, 1, 1, bias=False)
        self.bn2 = BatchNormAct(16)
        self.conv3 = nn.Conv2d(16, 16, 3, 1, 1, bias=False)
        self.head = nn.Linear(16, 6)

    def forward(self, x):
        x = self.bn1(self.conv1(x))
        x = x + self.conv3(self.bn2(self.conv2(x)))
        return self.head(x.mean((2, 3)))


class ResidualSequential(nn.Sequential):
    """A Sequential whose forward adds its input: the wrapper is the residual block."""

    def forward(self, x):
        return x + super().forward(x)


class DenseSequential(nn.Sequential):
    """A Sequential whose forward concatenates its input: a dense layer."""

    def forward(self, x):
        return torch.cat([x, super().forward(x)], 1)


class SequentialWrappers(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, 2, 1)
        self.res1 = ResidualSequential(nn.Conv2d(16, 16, 3, 1, 1), nn.ReLU(), nn.Conv2d(16, 16, 3, 1, 1))
        self.res2 = ResidualSequential(nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 16, 3, 1, 1))
        self.dense = DenseSequential(nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 8, 3, 1, 1))
        self.head = nn.Conv2d(24, 4, 1)

    def forward(self, x):
        return self.head(self.dense(self.res2(self.res1(self.stem(x)))))


# ---- builders -------------------------------------------------------------------------------------
# name: (modules to import, expression, input shapes)
IMG = [(1, 3, 224, 224)]
LIBRARY = {
    "transformers ResNet-50": (
        ["transformers"],
        "transformers.ResNetForImageClassification(transformers.ResNetConfig())",
        IMG,
    ),
    "transformers ResNet basic [2,2,2,2]": (
        ["transformers"],
        "transformers.ResNetForImageClassification(transformers.ResNetConfig(depths=[2, 2, 2, 2], layer_type='basic', hidden_sizes=[64, 128, 256, 512]))",
        IMG,
    ),
    "pytorchcv preresnet18": (["pytorchcv.models.preresnet"], "pytorchcv.models.preresnet.preresnet18()", IMG),
    "torchvision resnet18": (["torchvision"], "torchvision.models.resnet18(weights=None)", IMG),
    "torchvision resnet50": (["torchvision"], "torchvision.models.resnet50(weights=None)", IMG),
    "torchvision wide_resnet50_2": (["torchvision"], "torchvision.models.wide_resnet50_2(weights=None)", IMG),
    "torchvision densenet121": (["torchvision"], "torchvision.models.densenet121(weights=None)", IMG),
    "torchvision mobilenet_v2": (["torchvision"], "torchvision.models.mobilenet_v2(weights=None)", IMG),
    "torchvision convnext_tiny": (["torchvision"], "torchvision.models.convnext_tiny(weights=None)", IMG),
    "torchvision deeplabv3_resnet50": (
        ["torchvision"],
        "torchvision.models.segmentation.deeplabv3_resnet50(weights=None, weights_backbone=None)",
        IMG,
    ),
    "torchvision inception_v3": (
        ["torchvision"],
        "torchvision.models.inception_v3(weights=None, init_weights=False)",
        [(1, 3, 299, 299)],
    ),
    "timm resnet50d": (["timm"], "timm.create_model('resnet50d', pretrained=False)", IMG),
    "timm seresnet50": (["timm"], "timm.create_model('seresnet50', pretrained=False)", IMG),
    "timm resnetv2_50": (["timm"], "timm.create_model('resnetv2_50', pretrained=False)", IMG),
    "timm efficientnet_b0": (["timm"], "timm.create_model('efficientnet_b0', pretrained=False)", IMG),
    "timm nf_resnet50": (["timm"], "timm.create_model('nf_resnet50', pretrained=False)", IMG),
    "timm resnetblur50": (["timm"], "timm.create_model('resnetblur50', pretrained=False)", IMG),
    "smp Unet resnet34": (
        ["segmentation_models_pytorch"],
        "segmentation_models_pytorch.Unet('resnet34', encoder_weights=None)",
        IMG,
    ),
    "monai UNet 2-D": (
        ["monai.networks.nets"],
        "monai.networks.nets.UNet(spatial_dims=2, in_channels=1, out_channels=2, channels=(16, 32, 64, 128), strides=(2, 2, 2), num_res_units=2)",
        [(1, 1, 96, 96)],
    ),
    "monai resnet18 2-D": (
        ["monai.networks.nets"],
        "monai.networks.nets.resnet18(spatial_dims=2, n_input_channels=3, num_classes=10)",
        IMG,
    ),
}
OWN = {
    "own functional CIFAR ResNet-18": (FunctionalResNet18, [(1, 3, 32, 32)]),
    "own option-A CIFAR ResNet-20": (OptionAResNet20, [(1, 3, 32, 32)]),
    "own chunk and tuple": (ChunkTuple, [(1, 3, 32, 32)]),
    "own keyword call": (KeywordCall, [(1, 3, 32, 32)]),
    "own shared twice": (SharedTwice, [(1, 3, 32, 32)]),
    "own parameter conv": (OwnParameterConv, [(1, 3, 32, 32)]),
    "own functional pool": (FunctionalPool, [(1, 3, 32, 32)]),
    "own transposed decoder": (TransposedDecoder, [(1, 3, 32, 32)]),
    "own upsample skip": (UpsampleSkip, [(1, 3, 32, 32)]),
    "own sigmoid gate": (SigmoidGate, [(1, 3, 32, 32)]),
    "own lazy": (LazyNet, [(1, 3, 32, 32)]),
    "own two inputs": (TwoInputs, [(1, 3, 32, 32), (1, 10)]),
    "own LSTM head": (LSTMHead, [(1, 1, 32, 64)]),
    "own BatchNormAct": (BatchNormActNet, [(1, 3, 32, 32)]),
    "own Sequential wrappers": (SequentialWrappers, [(1, 3, 32, 32)]),
}


def _library(modules, expression):
    def build():
        names = {}
        for m in modules:
            importlib.import_module(m)
            names[m.split(".")[0]] = importlib.import_module(m.split(".")[0])
        return eval(expression, names).eval()

    return build


BUILDERS = {n: (lambda cls: lambda: cls().eval())(c) for n, (c, _) in OWN.items()}
BUILDERS.update({n: _library(m, e) for n, (m, e, _) in LIBRARY.items()})
INPUTS = {n: s for d in (OWN, LIBRARY) for n, (*_, s) in d.items()}
