"""The two distributions as users get them: built, looked into, installed outside the checkout and imported."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILT_FROM = [
    "alertdsl",
    "grammar",
    "mcp_server",
    "runtime",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
]
LIGHT = {
    *("alertdsl", "lark"),
    *("pydantic", "pydantic-core", "annotated-types", "typing-extensions", "typing-inspection"),
    "click",
}
LATE = [
    "lark",
    "pydantic",
    "click",
    "numpy",
    "sqlalchemy",
    "influxdb_client",
    "apprise",
    "mcp",
]

# One process builds and installs, the others' tests go on.
pytestmark = pytest.mark.xdist_group("packaging")


@dataclass(frozen=True)
class Built:
    """What `make build` leaves."""

    wheel: Path
    sdist: Path
    runtime_wheel: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Both distributions; the public one from a copy without the engine's folder."""
    source, dist = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for name in BUILT_FROM:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif (ROOT / name).exists():
            shutil.copy(ROOT / name, source / name)
    hatchling = [sys.executable, "-m", "hatchling", "build", "--directory", str(dist)]
    run([*hatchling, "--target", "wheel"], source / "runtime")
    shutil.rmtree(source / "runtime")
    run(hatchling, source)
    (wheel,) = dist.glob("alertdsl-*.whl")
    (sdist,) = dist.glob("alertdsl-*.tar.gz")
    (runtime_wheel,) = dist.glob("alertdsl_runtime-*.whl")
    return Built(wheel, sdist, runtime_wheel)


@pytest.fixture(scope="module")
def light(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the light distribution alone."""
    return environment(tmp_path_factory.mktemp("light"), str(built.wheel))


@pytest.fixture(scope="module")
def full(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the engine too."""
    return environment(tmp_path_factory.mktemp("full"), str(built.wheel), str(built.runtime_wheel))


def run(command: list[str], folder: Path) -> str:
    """The output of a command that has to succeed, with nothing of this checkout in its environment."""
    clean = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def environment(folder: Path, *wheels: str) -> Path:
    """A fresh environment outside the checkout with these wheels, at the versions that the tests run with."""
    uv = [sys.executable, "-m", "uv"]
    run([*uv, "venv", "--quiet", "--python", sys.executable, "venv"], folder)
    python = folder / "venv" / "bin" / "python"
    lock = str(ROOT / "requirements.lock")
    run([*uv, "pip", "install", "--quiet", "--python", str(python), "--constraint", lock, *wheels], folder)
    run([*uv, "pip", "check", "--quiet", "--python", str(python)], folder)
    return python


def tell(python: Path, code: str) -> str:
    """What this code prints in that environment, run where it cannot see the checkout."""
    return run([str(python), "-I", "-c", code], python.parents[2]).strip()


def names_in(archive: Path) -> set[str]:
    """The files of a wheel, or of an sdist without its top folder."""
    if archive.suffix == ".whl":
        return set(zipfile.ZipFile(archive).namelist())
    with tarfile.open(archive) as tar:
        return {name.partition("/")[2] for name in tar.getnames()}


def test_the_public_distribution_holds_nothing_of_the_engine(built: Built) -> None:
    for archive in (built.wheel, built.sdist):
        assert not [name for name in names_in(archive) if "runtime" in name]


def test_the_wheel_holds_its_packages_their_types_and_the_grammar(built: Built) -> None:
    names = names_in(built.wheel)
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {
        "alertdsl",
        "alertdsl_mcp",
    }
    assert {"alertdsl/py.typed", "alertdsl_mcp/py.typed"} <= names
    grammar = {path.relative_to(ROOT).as_posix() for path in (ROOT / "grammar").rglob("*") if path.is_file()}
    assert {f"alertdsl/{path}" for path in grammar} <= names
    packs = {path.relative_to(ROOT).as_posix() for path in (ROOT / "alertdsl" / "packs").glob("*.toml")}
    assert packs
    assert packs <= names


def test_the_sdist_holds_only_what_a_build_needs(built: Built) -> None:
    tops = {name.partition("/")[0] for name in names_in(built.sdist)} - {""}
    needed = {"alertdsl", "grammar", "mcp_server", "pyproject.toml", "README.md", "LICENSE", "PKG-INFO"}
    assert tops - {"CHANGELOG.md", ".gitignore"} == needed


def test_the_sdist_builds_the_same_wheel(built: Built, tmp_path: Path) -> None:
    with tarfile.open(built.sdist) as tar:
        tar.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)],
        source,
    )
    (wheel,) = tmp_path.glob("*.whl")
    assert names_in(wheel) == names_in(built.wheel)


def test_the_engines_wheel_holds_the_engine_alone(built: Built) -> None:
    names = names_in(built.runtime_wheel)
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"alertdsl_runtime"}
    assert "alertdsl_runtime/py.typed" in names
    assert built.runtime_wheel.name.split("-")[1] == built.wheel.name.split("-")[1]


def test_the_light_install_brings_the_compilers_libraries_alone(light: Path) -> None:
    code = (
        "from importlib.metadata import distributions as d; print(*(x.metadata['Name'].lower() for x in d()))"
    )
    assert {name.replace("_", "-") for name in tell(light, code).split()} <= LIGHT


def test_the_light_install_imports_nothing_heavy(light: Path) -> None:
    code = f"import alertdsl, json, sys; print(json.dumps([name for name in {LATE} if name in sys.modules]))"
    assert json.loads(tell(light, code)) == []


def test_the_light_install_has_its_grammar(light: Path) -> None:
    code = "from importlib.resources import files; print((files('alertdsl') / 'grammar/alertdsl.lark').read_text())"
    assert tell(light, code) == (ROOT / "grammar" / "alertdsl.lark").read_text().strip()


def test_the_light_command_line_starts(light: Path) -> None:
    assert "Usage" in run([str(light.with_name("alertdsl")), "--help"], light.parents[2])


def test_the_full_install_offers_the_engines_commands(full: Path) -> None:
    code = "from importlib.metadata import entry_points as e; print(*(x.load() for x in e(group='alertdsl.commands')))"
    assert tell(full, code)


def test_the_full_install_is_the_installed_one(full: Path) -> None:
    folder = tell(full, "import alertdsl_runtime; print(alertdsl_runtime.__file__)")
    assert folder.startswith(str(full.parents[1]))
