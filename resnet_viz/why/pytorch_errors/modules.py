"""Modules that are called, or asked, for what they are not: wrapped networks, several outputs, names of other networks."""

from __future__ import annotations

from .entry import Cause, Entry, Found, Told

_WRAPPERS = ("DataParallel", "DistributedDataParallel", "OptimizedModule")
_HEADS = ("fc", "classifier", "head", "heads", "last_linear", "linear")
_HEAD_OF = {"ResNet": "fc", "VGG": "classifier", "DenseNet": "classifier", "EfficientNet": "classifier", "MobileNetV2": "classifier", "MobileNetV3": "classifier", "ConvNeXt": "classifier", "AlexNet": "classifier", "VisionTransformer": "heads", "SwinTransformer": "head", "Inception3": "fc", "GoogLeNet": "fc"}  # fmt: skip


def _attribute(found: Found) -> Told | None:
    kind, name = found.word("kind"), found.word("name")
    if kind in _WRAPPERS and name != "module":
        inner = "_orig_mod" if kind == "OptimizedModule" else "module"
        return Told(
            f"{kind} has no {name}: it wraps the network, which has it.",
            (Cause("The network inside is its module.", "Ask that one.", f"model.{inner}.{name}"),),
        )
    if kind.endswith("Output") or kind.endswith("Outputs"):
        entry = (
            "logits" if name in ("argmax", "max", "softmax", "shape", "size", "view", "backward", "log_softmax") else ""
        )
        if not entry:
            return None
        return Told(f"{kind} has no {name}: it holds several tensors.", (Cause("The network returns its outputs by name.", "Take the one that is meant.", "output = model(x).logits"),))  # fmt: skip
    if kind in _HEAD_OF and name in _HEADS:
        head = _HEAD_OF[kind]
        if name == head:
            cause = Cause("The head was taken off or is called otherwise in this code, such as timm's.", "Look at the names of its parts.", "print([name for name, _ in model.named_children()])")  # fmt: skip
        else:
            cause = Cause(f"torchvision's {kind} calls its last layer {head}.", "Use that name.", f"model.{head} = nn.Linear(model.{head}.in_features, num_classes)" if head == "fc" else f"model.{head}")  # fmt: skip
        return Told(f"This {kind} has no {name}.", (cause,))
    return None


def _nothing(found: Found) -> Told | None:
    name = found.word("name")
    image = Cause("A picture was not read: cv2.imread returns None where none lies, without an error.", "Check the path.", "assert image is not None, path")  # fmt: skip
    output = Cause("A forward, or a function of one's own, ends without return.", "Return the tensor from it.", "return x")  # fmt: skip
    if name in ("data", "zero_", "norm", "add_", "mul_", "clone"):
        gradient = Cause("A parameter has no gradient: it took no part in the loss, it is frozen, or backward was not called yet.", "Leave such parameters out.", "grads = [p.grad for p in model.parameters() if p.grad is not None]")  # fmt: skip
        return Told(f"None was asked for its {name}.", (gradient, output))
    if name in ("shape", "ndim", "astype", "copy", "transpose", "reshape", "dtype", "convert"):
        return Told(f"None was asked for its {name}, which an image or a tensor has.", (image, output))
    if name in ("size", "dim", "to", "cuda", "cpu", "view", "backward", "detach", "float", "permute", "unsqueeze", "squeeze", "flatten", "argmax", "max", "mean", "item"):  # fmt: skip
        return Told(f"None was asked for its {name}, which a tensor has.", (output,))
    return None


def _several(found: Found) -> Told | None:
    kind, name = found.word("kind"), found.word("name")
    if name not in ("size", "shape", "dim", "to", "cuda", "view", "backward", "argmax", "float", "cpu", "detach", "max", "permute", "unsqueeze", "log_softmax", "mean"):  # fmt: skip
        return None
    batch = Cause(
        "A batch is a list of images and labels.",
        "Unpack it, then move each.",
        "images, labels = batch; images = images.to(device)",
    )
    outputs = Cause("The network, or a layer of it, returns several tensors, such as Inception and GoogLeNet in training, an LSTM or a backbone.", "Take the one that is meant.", "output = output[0]")  # fmt: skip
    entry = Cause(
        "The batch or the output is a dict, as DeepLab's and FCN's are.",
        "Take the entry that is meant.",
        'output = model(x)["out"]',
    )
    causes = (
        (entry,)
        if kind == "dict"
        else (batch, outputs)
        if name in ("to", "cuda", "float") or kind == "list"
        else (outputs, batch)
    )
    return Told(f"A {kind} has no {name}: it is no tensor.", causes)


def _argument(found: Found) -> Told | None:
    operation, role, kind = found.before(), found.word("role"), found.word("kind").split(".")[-1]
    if kind.endswith(("Outputs", "Output")):
        inception = kind.startswith(("Inception", "GoogLeNet"))
        cause = (
            Cause("In training these networks return a second, auxiliary output.", "Take both into the loss, or the first alone.", "output, aux = model(x); loss = criterion(output, y) + 0.4 * criterion(aux, y)")
            if inception
            else Cause("The network returns its outputs by name.", "Take the one that is meant.", "output = model(x).logits")
        )  # fmt: skip
        return Told(f"{operation} was given {kind} for its {role}, where a tensor is meant.", (cause,))
    cures = {
        "tuple": Cause("What stands before it returns several values, as an LSTM, a backbone or a dataset does, or a comma stands at the end of a line.", "Take the one that is meant.", "x = x[0]"),
        "list": Cause("Several tensors came where one is meant: a batch as a list, or the outputs of a backbone.", "Make one tensor of them, or take the one that is meant.", "x = torch.stack(x)"),
        "dict": Cause("The batch or the output is a dict.", "Take the entry that is meant.", 'x = batch["image"]'),
        "OrderedDict": Cause("The network returns a dict, as DeepLab's, FCN's and detectors' do.", "Take the entry that is meant.", 'output = model(x)["out"]'),
        "NoneType": Cause("The function before returns nothing.", "Return the tensor from its forward.", "return x"),
        "ndarray": Cause("The array was not made a tensor.", "Convert it.", "x = torch.from_numpy(x).float()"),
        "Image": Cause("The image was not made a tensor.", "Convert it.", "x = transforms.ToTensor()(image).unsqueeze(0)"),
        "str": Cause("A file's name came where its image is meant.", "Open it and make it a tensor.", 'x = transforms.ToTensor()(Image.open(name).convert("RGB")).unsqueeze(0)'),
        "method": Cause("A function was given and not what it returns.", "Call it, with brackets.", "x = x.float()"),
        "int": Cause("A number came where a tensor is meant.", "Make it one.", "torch.tensor(x)"),
        "float": Cause("A number came where a tensor is meant.", "Make it one.", "torch.tensor(x)"),
        "ReLU": Cause("The layer was made there and not called: nn.ReLU(x) makes a layer.", "Call the function, or the layer that is made.", "x = F.relu(x)"),
        "JpegImageFile": Cause("The image was not made a tensor.", "Convert it.", "x = transforms.ToTensor()(image).unsqueeze(0)"),
        "Linear": Cause("A layer was given and not what it returns.", "Call it on the tensor.", "x = self.fc(x)"),
        "Sequential": Cause("A layer was given and not what it returns.", "Call it on the tensor.", "x = self.layers(x)"),
    }  # fmt: skip
    cure = cures.get(kind)
    return Told(f"{operation} was given {kind} for its {role}, where a tensor is meant.", (cure,)) if cure else None


def _pretrained(found: Found) -> Told | None:
    word = found.word("word")
    old = word == "weights"
    if found.word("unknown") and not any(part in found.before().lower() for part in ("resne", "__init__")):
        return None  # some other function's argument
    return Told(
        f"This version of torchvision does not know “{word}”." if found.word("unknown") else "torchvision has taken weights= in place of pretrained= since 0.13.",
        (
            Cause("torchvision is older than 0.13." if old else "Since 0.13 the argument is weights, and the class of the network never took it.", "Say it as this version does, or update.", "model = torchvision.models.resnet50(pretrained=True)" if old else "model = torchvision.models.resnet50(weights='IMAGENET1K_V2')"),
        ),
    )  # fmt: skip


def _empty_optimiser(found: Found) -> Told | None:
    return Told(
        "The optimiser was given no parameters.",
        (
            Cause("The layers lie in a list or dict of Python's, which nn.Module does not see; or the generator of parameters was used up before.", "Keep layers in nn.ModuleList or nn.Sequential, and ask for the parameters anew.", "self.layers = nn.ModuleList(layers)"),
        ),
    )  # fmt: skip


def _unused(found: Found) -> Told | None:
    return Told(
        "DistributedDataParallel waits for a gradient of every parameter, and some took no part in the loss.",
        (
            Cause("A part of the network was not used in this step, such as an auxiliary head or layers that are never called.", "Take it out or freeze it; where it differs from step to step, let DDP look for it.", "DistributedDataParallel(model, device_ids=[rank], find_unused_parameters=True)"),
        ),
    )  # fmt: skip


def _group(found: Found) -> Told | None:
    return Told(
        "SyncBatchNorm, a distributed sampler or DDP was used, and no group of processes was begun.",
        (
            Cause("The script runs as one process: such a network's norms, as of mmcv's configurations, are for several.", "Use ordinary batch norms in one process.", "model = revert_sync_batchnorm(model)  # of mmcv or timm; or norm_cfg=dict(type='BN')"),
            Cause("Several processes are meant:", "begin the group first.", "torch.distributed.init_process_group('nccl')  # started by torchrun"),
        ),
    )  # fmt: skip


def _address(found: Found) -> Told | None:
    return Told("The port for the processes' talk is taken.", (Cause("Another training on this computer, or one that was left behind, uses it.", "Use another port, or end that process.", "torchrun --master_port 29501 train.py"),))  # fmt: skip


def _nccl(found: Found) -> Told | None:
    return Told(
        "NCCL, by which GPUs talk to each other, failed.",
        (
            Cause("A process died before, of memory or of an error of its own, or GPUs and network cannot reach each other.", "Read the first error of all ranks; let NCCL tell more.", "NCCL_DEBUG=INFO torchrun train.py"),
        ),
    )  # fmt: skip


def _sync_cpu(found: Found) -> Told | None:
    return Told("SyncBatchNorm works on GPUs alone.", (Cause("The network or its input is on the processor.", "Move both to a GPU, or use ordinary batch norms.", "model = model.to('cuda'); x = x.to('cuda')"),))  # fmt: skip


def _triton(found: Found) -> Told | None:
    return Told("torch.compile's default backend makes its kernels with Triton, which is not here or does not know this GPU.", (Cause("Triton is not installed, as on Windows, or the GPU is older than compute capability 7.0.", "Install Triton, or run without compiling.", "model = torch.compile(model, backend='aot_eager')  # or not at all"),))  # fmt: skip


def _forward(found: Found) -> Told | None:
    kind = found.word("kind")
    if kind in ("ModuleList", "ModuleDict"):
        return Told(f"A {kind} only keeps layers and cannot be called.", (Cause("It says no order.", "Call its layers one after the other, or use nn.Sequential.", "for layer in self.layers: x = layer(x)"),))  # fmt: skip
    return Told(
        f"The class {kind} has no forward." if kind else "A class of nn.Module has no forward.",
        (
            Cause(
                "Its forward is misspelt, or indented into __init__.",
                "Write it as a method of the class.",
                "def forward(self, x): ...",
            ),
        ),
    )


def _uninitialised(found: Found) -> Told | None:
    return Told("A layer was given to a module that was not begun.", (Cause("__init__ does not call that of nn.Module first.", "Call it before the first layer.", "super().__init__()"),))  # fmt: skip


def _arguments(found: Found) -> Told | None:
    kind = found.before().removesuffix(".")
    return Told(
        f"{kind or 'A module'}'s forward was called with more, or fewer, arguments than it takes.",
        (
            Cause("nn.Sequential passes one tensor from layer to layer.", "Call such layers by hand, or give a tuple.", "x = layer(x, y)")
            if kind == "Sequential"
            else Cause("The call and the definition of forward differ, such as a batch of several tensors that was unpacked.", "Compare the two.", "output = model(images)"),
        ),
    )  # fmt: skip


def _no_layer(found: Found) -> Told | None:
    return Told(f"{found.before() or 'It'} is no layer.", (Cause("nn.Sequential takes layers one by one, and got a list of them, a function or a tensor.", "Unpack the list; functions have layers, such as nn.ReLU.", "nn.Sequential(*layers)"),))  # fmt: skip


ENTRIES = (
    Entry("forward", _forward, ((r"Module \[(?P<kind>\w{1,60})\] is missing the required \"forward\" function", "1.10–"),)),
    Entry("module not begun", _uninitialised, ((r"cannot assign (?:module|parameters?) before Module\.__init__\(\) call", "0.3–"),)),
    Entry("arguments of forward", _arguments, ((r"forward\(\) (?:takes|missing) (?:from )?\d{1,2} (?:to \d{1,2} )?(?:required )?positional arguments?", "any"),), vague=True),
    Entry("no layer", _no_layer, ((r"is not a Module subclass", "0.3–"),)),
    Entry("attribute of a network", _attribute, ((r"'(?P<kind>\w{1,60})' object has no attribute '(?P<name>\w{1,60})'", "any"),), vague=True),
    Entry("nothing", _nothing, ((r"'NoneType' object has no attribute '(?P<name>\w{1,40})'", "any"),), vague=True),
    Entry("several tensors", _several, ((r"'(?P<kind>tuple|list|dict|OrderedDict)' object has no attribute '(?P<name>\w{1,40})'", "any"),), vague=True),
    Entry("argument", _argument, ((r"\(\): argument '(?P<role>\w{1,30})' \(position \d{1,2}\) must be Tensor, not (?P<kind>[\w.]{1,80})", "0.4–"),)),
    Entry("pretrained weights", _pretrained, ((r"got an unexpected keyword argument '(?P<unknown>(?P<word>weights|pretrained))'", "torchvision"), (r"The parameter '(?P<word>pretrained)' is deprecated since 0\.13", "torchvision 0.13–"))),
    Entry("optimiser without parameters", _empty_optimiser, ((r"optimizer got an empty parameter list", "0.3–"),)),
    Entry("unused parameters", _unused, ((r"Expected to have finished reduction in the prior iteration before starting a new one", "1.0–"),)),
    Entry("process group", _group, ((r"Default process group (?:has not been|is not) initialized", "1.0–"),)),
    Entry("processes' port", _address, ((r"(?:errno: 98|EADDRINUSE|RuntimeError: Address already in use)", "1.0–"),)),
    Entry("NCCL", _nccl, ((r"NCCL error in: ", "1.0–"), (r"ProcessGroupNCCL is only supported with GPUs", "1.4–"), (r"Watchdog caught collective operation timeout", "1.7–"))),
    Entry("synchronised norm", _sync_cpu, ((r"SyncBatchNorm expected input tensor to be on", "1.1–"),)),
    Entry("Triton", _triton, ((r"Cannot find a working triton installation", "2.0–"), (r"too old to be supported by the triton GPU compiler", "2.0–"))),
)  # fmt: skip
