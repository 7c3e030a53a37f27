"""The guards of the layers can fail: an import planted in a copy of the package makes ``lint-imports`` red."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("guards")
    shutil.copytree(ROOT / "resnet_viz", folder / "resnet_viz", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "tests").mkdir()
    for name in ("__init__.py", "import_contract.py"):
        shutil.copy(ROOT / "tests" / name, folder / "tests")
    return folder


def _lint(folder: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-logo"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def test_the_package_as_it_is_passes(clean: Path) -> None:
    code, text = _lint(clean)
    assert code == 0 and text.endswith(" kept, 0 broken.")


PLANTED = {
    "streamlit in why/worked.py": "resnet_viz.why.worked imports streamlit, which only resnet_viz.ui may",
    "streamlit in picture/figures/flow.py": "resnet_viz.picture.figures.flow imports streamlit, which only resnet_viz.ui may",
    "streamlit in __init__.py": "resnet_viz.__init__ imports streamlit, which only resnet_viz.ui may",
    "streamlit in a_new_module.py": "resnet_viz.a_new_module imports streamlit, which only resnet_viz.ui may",
    "torch in why/field.py": "resnet_viz.why.field imports torch, which only resnet_viz.advise.mistakes, resnet_viz.advise.weights.containers, resnet_viz.advise.weights.pickles, resnet_viz.engines.hooks, resnet_viz.engines.model, resnet_viz.engines.module, resnet_viz.engines.speed, resnet_viz.engines.timing, resnet_viz.export.formats.onnx, resnet_viz.export.formats.pt2, resnet_viz.export.weighted, resnet_viz.inside, resnet_viz.learned.loading, resnet_viz.learned.twins may",
    "torch in engines/onnx/building.py": "resnet_viz.engines.onnx.building imports torch, which only",
    "torch in lessons/base.py": "resnet_viz.lessons.base imports torch, which only",
    "resnet_viz.engines.model in advise/explaining.py": "resnet_viz.advise.explaining leads to torch, which only resnet_viz.__init__, resnet_viz.__main__",
    "torchvision in engines/model/network.py": "resnet_viz.engines.model.network imports torchvision, which no module may",
    "torchinfo in engines/hooks.py": "resnet_viz.engines.hooks imports torchinfo, which only resnet_viz.ui.cache may",
    "starlette in picture/figures/files.py": "resnet_viz.picture.figures.files imports starlette, which only resnet_viz.ui.chunks, resnet_viz.ui.headers, resnet_viz.ui.origins, resnet_viz.ui.server, resnet_viz.ui.shell may",
    "plotly.graph_objects in picture/layout/scene.py": "resnet_viz.picture.layout.scene imports plotly, which only resnet_viz.notebook.live, resnet_viz.picture.browser, resnet_viz.picture.figures, resnet_viz.ui.server may",
    "pandas in advise/comparing.py": "resnet_viz.advise.comparing imports pandas, which only resnet_viz.steps, resnet_viz.ui may",
    "numpy in steps/trace.py": "resnet_viz.steps.trace imports numpy, which only resnet_viz.advise.weights.containers, resnet_viz.engines.onnx.inferring, resnet_viz.inside.images, resnet_viz.inside.leaving_out, resnet_viz.inside.weights, resnet_viz.learned may",
    "PIL.Image in ui/card.py": "resnet_viz.ui.card imports PIL, which only resnet_viz.picture.figures.image may",
    "psutil in advise/diagnosis/training.py": "resnet_viz.advise.diagnosis.training imports psutil, which only resnet_viz.engines.hooks may",
    "safetensors in engines/model/parts.py": "resnet_viz.engines.model.parts imports safetensors, which only resnet_viz.advise.weights.containers, resnet_viz.inside.weights, resnet_viz.learned.loading may",
    "pickle in ui/cache.py": "resnet_viz.ui.cache imports pickle, which only resnet_viz.advise.weights.pickles may",
    "requests in export/table.py": "resnet_viz.export.table imports requests, which no module may",
    "resnet_viz.picture.layout in why/worked.py": "resnet_viz.why is not allowed to import resnet_viz.picture",
    "resnet_viz.steps.structure in steps/trace.py": "resnet_viz.steps.trace is not allowed to import resnet_viz.steps.structure",
    "json in a_new_module.py": "The following modules are not listed as layers: - resnet_viz.a_new_module",
}  # fmt: skip


@pytest.mark.parametrize("plant", PLANTED)
def test_a_planted_import_fails(plant: str, clean: Path) -> None:
    package, name = plant.split(" in ")
    file = clean / "resnet_viz" / name
    before = file.read_text(encoding="utf-8") if file.exists() else None
    try:
        # where it hides best: inside a function that nobody calls
        file.write_text(f"{before or ''}\n\ndef _planted():\n    import {package}\n", encoding="utf-8")
        code, text = _lint(clean)
    finally:
        file.unlink() if before is None else file.write_text(before, encoding="utf-8")
    assert code == 1 and PLANTED[plant] in text


def test_an_entry_that_nothing_uses_fails(clean: Path) -> None:
    settings = clean / "pyproject.toml"
    before = settings.read_text(encoding="utf-8")
    try:
        settings.write_text(before.replace('\npsutil = ["', '\npsutil = ["resnet_viz.spec", "'), encoding="utf-8")
        code, text = _lint(clean)
    finally:
        settings.write_text(before, encoding="utf-8")
    assert code == 1 and "resnet_viz.spec no longer imports psutil: take it off the list" in text
