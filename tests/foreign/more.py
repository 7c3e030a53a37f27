"""More public models: what their papers say of their stages, and what PyTorch counts in them."""

import importlib
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

import resnet_viz as rv
from resnet_viz.steps import Trace


@dataclass(frozen=True)
class Model:
    """A model's builder as an expression over its module, its input, and the blocks of each of its stages."""

    name: str
    module: str
    build: str
    shape: tuple[int, ...]
    blocks: tuple[int, ...]

    def traced(self) -> tuple[Trace, list[str]]:
        """Its trace, and where that is not as known."""
        model: nn.Module = eval(self.build, vars(importlib.import_module(self.module))).eval()
        trace = rv.trace(model, inputs=[self.shape])
        known = {"parameters": _parameters(model), "MACs": _macs(model, self.shape), "blocks": self.blocks}
        seen = {
            "parameters": trace.totals.params + trace.totals.unowned_params,
            "MACs": None if trace.totals.uncounted else trace.totals.macs,
            "blocks": tuple(len(part.parts) for part in trace.parts.parts if part.kind == "stage"),
        }
        return trace, [
            f"{what}: {value} is known, {seen[what]} seen" for what, value in known.items() if seen[what] != value
        ]


def _parameters(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def _macs(model: nn.Module, shape: tuple[int, ...]) -> int:
    # with gradients: without them PyTorch takes a way through an attention that its counter does not see
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        model(torch.zeros(shape))
    return counter.get_total_flops() // 2


IMAGE = (1, 3, 224, 224)
TORCHVISION, TIMM, SMP = "torchvision.models", "timm", "segmentation_models_pytorch"

# Each stage's blocks as the papers' tables or their authors' code state them.
MORE = (
    Model("torchvision shufflenet_v2", TORCHVISION, "shufflenet_v2_x1_0()", IMAGE, (4, 8, 4)),
    Model("torchvision mnasnet", TORCHVISION, "mnasnet1_0()", IMAGE, (3, 3, 3, 2, 4, 1)),
    Model("torchvision googlenet", TORCHVISION, "googlenet(init_weights=False)", IMAGE, (2, 5, 2)),
    Model("torchvision squeezenet", TORCHVISION, "squeezenet1_1()", IMAGE, (2, 2, 4)),
    Model("torchvision efficientnet_v2_s", TORCHVISION, "efficientnet_v2_s()", IMAGE, (2, 4, 4, 6, 9, 15)),
    Model("torchvision regnet_y_400mf", TORCHVISION, "regnet_y_400mf()", IMAGE, (1, 3, 6, 6)),
    Model("torchvision vit_b_16", TORCHVISION, "vit_b_16()", IMAGE, (12,)),
    Model("torchvision maxvit_t", TORCHVISION, "maxvit_t()", IMAGE, (2, 2, 5, 2)),
    Model("torchvision r3d_18", "torchvision.models.video", "r3d_18()", (1, 3, 8, 112, 112), (2, 2, 2, 2)),
    Model("timm res2net50", TIMM, "create_model('res2net50_26w_4s')", IMAGE, (3, 4, 6, 3)),
    Model("timm cspdarknet53", TIMM, "create_model('cspdarknet53')", IMAGE, (1, 2, 8, 8, 4)),
    Model("timm cspresnet50", TIMM, "create_model('cspresnet50')", IMAGE, (3, 3, 5, 2)),
    Model("timm darknet53", TIMM, "create_model('darknet53')", IMAGE, (1, 2, 8, 8, 4)),
    Model("timm legacy_xception", TIMM, "create_model('legacy_xception')", (1, 3, 299, 299), (1, 1, 9, 1)),
    Model("timm dm_nfnet_f0", TIMM, "create_model('dm_nfnet_f0')", (1, 3, 192, 192), (1, 2, 6, 3)),
    Model("timm convnextv2_tiny", TIMM, "create_model('convnextv2_tiny')", IMAGE, (3, 3, 9, 3)),
    Model("timm coatnet_0", TIMM, "create_model('coatnet_0_rw_224')", IMAGE, (2, 3, 7, 2)),
    Model("timm repvgg_a0", TIMM, "create_model('repvgg_a0')", IMAGE, (1, 2, 4, 14, 1)),
    Model("timm ghostnet_100", TIMM, "create_model('ghostnet_100')", IMAGE, (1, 1, 1, 1, 1, 1, 5, 1, 4)),
    Model("timm mobilevit_s", TIMM, "create_model('mobilevit_s')", (1, 3, 256, 256), (1, 3, 1, 2, 1, 4, 1, 3)),
    Model("smp FPN resnet34", SMP, "FPN('resnet34', encoder_weights=None)", IMAGE, (3, 4, 6, 3, 1, 1, 2)),
    Model("smp Linknet resnet34", SMP, "Linknet('resnet34', encoder_weights=None)", IMAGE, (3, 4, 6, 3, 1, 1, 1, 1, 1)),
    Model("monai DenseNet121 1-D", "monai.networks.nets", "DenseNet121(1, 1, 5)", (1, 1, 1024), (6, 12, 24, 16)),
)
