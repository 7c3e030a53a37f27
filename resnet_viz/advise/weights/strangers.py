"""Files of other networks, told by names that no network here has; so that none of these is called the nearest ResNet."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

MOST_NAMES = 5_000  # that are searched; a network's first layers tell its family

# What a file is, and what is searched for in its names: every one of these must be there.
STRANGERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("a LoRA adapter beside the layers of a network, which does not load before they are one: merge it with model.merge_and_unload() of PEFT, and save that state dict", (r"\.lora_A\.", r"\.base_layer\.weight$")),
    ("a LoRA adapter alone: it changes a network whose weights are not in the file", (r"\blora_(A|down)\b|\.lora_(A|down)\.",)),
    ("an IResNet, as ArcFace and InsightFace have it: three norms and a PReLU in each basic block", (r"layer1\.0\.prelu\.weight$", r"layer1\.0\.bn3\.")),
    ("an IR or IR-SE network of face recognition (a PReLU in each block)", (r"(^|\.)body\.0\.res_layer\.",)),
    ("a Res2Net: its 3×3 is several, one after the other", (r"layer1\.0\.convs\.0\.", r"layer1\.0\.bns\.0\.")),
    ("an IBN-Net: half of its norms are instance norms", (r"layer1\.0\.(bn1|IN)\.(IN|weight)", r"(\.IN\.weight|\.IN\.bias|layer1\.0\.IN)")),
    ("a ResNeSt: split attention in each block", (r"layer1\.0\.conv2\.(fc1|bn0)\.",)),
    ("a ResNet with CBAM, attention over channels and places", (r"(ChannelGate|SpatialGate|\.cbam\.|\.sa\.conv1\.weight)",)),
    ("a Swin Transformer", (r"relative_position_bias_table$",)),
    ("a Vision Transformer", (r"(blocks|encoder_layer_|layers?)[._]\d+\.(attn\.qkv|self_attention|attention\.attention\.query)",)),
    ("a DenseNet", (r"denseblock\d\.denselayer\d",)),
    ("an InceptionResNet, as FaceNet has it", (r"(^|\.)repeat_1\.0\.branch0\.",)),
    ("an Inception network", (r"(^|\.)(Mixed_5b\.|inception3a\.|inception_3a_)",)),
    ("an HRNet", (r"(^|\.)stage2\.0\.branches\.0\.", r"(^|\.)transition1\.")),
    ("a RegNet", (r"(trunk_output\.block1\.|(^|\.)s1\.b1\.conv1\.conv\.)",)),
    ("an EfficientNet or MobileNetV3", (r"(_blocks\.0\._depthwise_conv|blocks\.\d\.0\.conv_dw|features\.\d+(\.\d+)?\.block\.\d)",)),
    ("a MobileNetV2", (r"features\.\d+\.conv\.0\.0\.weight$",)),
    ("a ConvNeXt", (r"(stages\.0\.\d+\.dwconv|stages\.\d\.blocks\.\d+\.(conv_dw|gamma)|features\.1\.0\.layer_scale)",)),
    ("a DLA", (r"(^|\.)base_layer\.0\.weight$", r"(^|\.)level2\.tree1\.")),
    ("a YOLO of Ultralytics", (r"(^|\.)model\.\d+\.cv1\.conv\.weight$",)),
    ("a VGG or AlexNet", (r"(^|\.)features\.0\.weight$", r"(^|\.)classifier\.[06]\.weight$")),
    ("a diffusion model's U-Net", (r"(diffusion_model\.input_blocks\.|down_blocks\.0\.resnets\.0\.)",)),
)  # fmt: skip


def stranger(names: Iterable[str]) -> str:
    """What network, of another family than those here, has such names; "" for none that is known."""
    names = tuple(islice(names, MOST_NAMES))
    for title, signs in STRANGERS:
        if all(any(re.search(sign, name) for name in names) for sign in signs):
            return title
    return ""
