"""When these tests are skipped, and when they are not: a machine that lacks something is told so, a fault never hides."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.interop import tools

Program = Callable[[str, str], None]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Put a shell script on a search path that holds nothing else."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(tools, "TARGET", tmp_path / "target")

    def make(name: str, script: str) -> None:
        (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (folder / name).chmod(0o755)

    return make


def told(_: str) -> None:
    """Hear what takes so long."""


def test_a_machine_without_java_is_told_how_to_get_it(program: Program) -> None:
    with pytest.raises(tools.Absent, match="there is no Java; as root: apt-get install"):
        tools.java()


@pytest.mark.parametrize("version", ["11", "1.8"])
def test_an_old_java_is_not_used(program: Program, version: str) -> None:
    program("java", f'echo "    java.specification.version = {version}" >&2')

    with pytest.raises(tools.Absent, match="older than 17"):
        tools.java()


def test_a_java_without_a_compiler_is_not_used(program: Program) -> None:
    program("java", 'echo "    java.specification.version = 21" >&2; echo java.base@21')

    with pytest.raises(tools.Absent, match="no compiler"):
        tools.java()


def test_a_development_kit_is_used(program: Program, tmp_path: Path) -> None:
    program("java", 'echo "    java.specification.version = 21" >&2; echo jdk.compiler@21')

    assert tools.java() == tmp_path / "bin" / "java"


def test_a_machine_without_maven_is_told_how_to_get_it(program: Program) -> None:
    with pytest.raises(tools.Absent, match="there is no Maven; as root: apt-get install"):
        tools.phase4_classpath(told)


@pytest.mark.parametrize(
    "said",
    [
        "Could not transfer artifact a:b:pom:1 from/to central: Unknown host",
        "Plugin a:b:1 or one of its dependencies could not be resolved: Cannot access central in offline mode",
        "Failed to execute goal on project x: Could not resolve dependencies for project a:b:jar:1",
    ],
)
def test_a_maven_that_reaches_no_repository_skips_with_its_words(program: Program, said: str) -> None:
    program("mvn", f'echo "[ERROR] {said}"; exit 1')

    with pytest.raises(tools.Absent, match="Maven cannot load") as reason:
        tools.phase4_classpath(told)

    assert said[:40] in str(reason.value)


@pytest.mark.parametrize(
    "said", ["COMPILATION ERROR :", "COMPILATION ERROR : package could not be resolved", "There is no such phase"]
)
def test_a_fault_of_ours_fails(program: Program, said: str) -> None:
    program("mvn", f'echo "[ERROR] {said}"; exit 1')

    with pytest.raises(tools.Broken, match=said):
        tools.phase4_classpath(told)


def test_maven_runs_again_only_when_the_sources_change(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "module").mkdir()
    monkeypatch.setattr(tools, "MODULE", tmp_path / "module")
    library = tmp_path / "library.jar"
    library.touch()
    program("mvn", f"echo run >> {tmp_path}/runs; echo {library} > {tmp_path}/target/classpath")

    for content in ("one", "one", "two"):
        (tmp_path / "module" / "pom.xml").write_text(content, encoding="utf-8")
        assert tools.phase4_classpath(told) == f"{tmp_path}/target/classes:{library}"

    assert (tmp_path / "runs").read_text().split() == ["run", "run"]
