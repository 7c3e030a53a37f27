"""What only a GPU can show. Needs torch, pytest and hypothesis, no Streamlit."""

import pytest
import torch

import resnet_viz as rv

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA here")]


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "resnext50_32x4d", "cifar_resnet110"])
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_hooks_on_cuda_confirm_the_formulas(name: str, dtype: str) -> None:
    known = rv.entry(name)
    trace = rv.trace(known.spec, known.input_size, 4, "auto", dtype)
    assert trace.device == "cuda:0"
    assert trace.confirm(rv.forecast(known.spec, known.input_size, 4, dtype)) == []
    assert all(step.time_ms is not None and step.time_ms >= 0 for step in trace.steps[1:])


def test_what_does_not_fit_is_refused_before_it_starts() -> None:
    before = torch.cuda.memory_allocated()
    with pytest.raises(rv.DeviceError, match="needs at least"):
        rv.trace(rv.variant("resnet152"), 4096, 512, "cuda")
    assert torch.cuda.memory_allocated() == before
