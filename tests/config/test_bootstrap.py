"""The environment: which lock a command needs, when it counts as installed, what a bare machine is told."""

import json
import sys
from pathlib import Path

import pytest

from config import bootstrap
from config.bootstrap import DEVELOPMENT, RUNTIME


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty project with two lock files and an environment that works."""
    monkeypatch.setattr(bootstrap, "PROJECT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    (tmp_path / RUNTIME).write_text("a==1")
    (tmp_path / DEVELOPMENT).write_text("a==1 b==2")
    program = tmp_path / ".venv" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.symlink_to(sys.executable)
    (tmp_path / ".venv" / "pyvenv.cfg").write_text(f"version = {sys.version_info[0]}.{sys.version_info[1]}.0\n")
    return tmp_path


@pytest.mark.parametrize(("command", "lock"), [("test", DEVELOPMENT), ("demo", RUNTIME), ("migrate", RUNTIME), (None, RUNTIME)])
def test_only_the_tests_need_the_development_lock(command: str | None, lock: str) -> None:
    assert bootstrap.lock_for(["manage.py", *([command] if command else [])]) == lock


def test_nothing_counts_as_installed_without_a_stamp(project: Path) -> None:
    assert not bootstrap.is_installed(RUNTIME)


def test_the_development_lock_brings_the_runtime_one_along(project: Path) -> None:
    bootstrap.write_stamp(bootstrap.after_installing(DEVELOPMENT, {}))

    assert bootstrap.is_installed(DEVELOPMENT)
    assert bootstrap.is_installed(RUNTIME)


def test_the_runtime_lock_leaves_an_unchanged_development_lock_installed(project: Path) -> None:
    bootstrap.write_stamp(bootstrap.after_installing(RUNTIME, bootstrap.after_installing(DEVELOPMENT, {})))

    assert bootstrap.is_installed(DEVELOPMENT)


def test_a_changed_lock_is_installed_again(project: Path) -> None:
    bootstrap.write_stamp(bootstrap.after_installing(DEVELOPMENT, {}))
    before = bootstrap.stamp()
    (project / RUNTIME).write_text("a==2")
    (project / DEVELOPMENT).write_text("a==2 b==2")

    assert not bootstrap.is_installed(RUNTIME)
    assert bootstrap.after_installing(RUNTIME, before) == {RUNTIME: bootstrap.digest(RUNTIME)}


def test_another_python_version_needs_another_environment(project: Path) -> None:
    bootstrap.write_stamp(bootstrap.after_installing(DEVELOPMENT, {}))
    (project / ".venv" / "pyvenv.cfg").write_text("version = 3.10.4\n")

    assert not bootstrap.is_installed(RUNTIME)


def test_an_environment_whose_python_is_gone_needs_another_one(project: Path) -> None:
    bootstrap.write_stamp(bootstrap.after_installing(DEVELOPMENT, {}))
    bootstrap.python().unlink()
    bootstrap.python().symlink_to("/nowhere/python")

    assert not bootstrap.is_installed(RUNTIME)


def test_an_interrupted_installation_leaves_no_stamp(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bootstrap.write_stamp({RUNTIME: "of an earlier lock"})

    def fail(lock: str) -> None:
        raise bootstrap.CannotStart("the network is gone")

    monkeypatch.setattr(bootstrap, "install", fail)
    with pytest.raises(bootstrap.CannotStart):
        bootstrap.prepare(RUNTIME)

    assert json.loads((project / ".venv" / "landfall.json").read_text()) == {}


def test_pip_is_used_where_uv_does_not_get_through(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []

    def runs(command: list[str], *, show: bool = False) -> bool:
        ran.append(command)
        return command[0] != "uv"

    monkeypatch.setattr(bootstrap, "runs", runs)
    monkeypatch.setattr(bootstrap, "find_uv", lambda: "uv")

    bootstrap.install(RUNTIME)

    assert {"pip", "--require-hashes"} <= set(ran[-1])
    assert [command[0] for command in ran].index("uv") < len(ran) - 1


def test_a_python_that_can_install_nothing_is_told_the_line_that_helps(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "runs", lambda command, *, show=False: False)

    with pytest.raises(bootstrap.CannotStart, match="apt-get install"):
        bootstrap.make_venv()


def test_a_python_without_pip_gets_it_from_debian_where_we_are_root(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def runs(command: list[str], *, show: bool = False) -> bool:
        ran.append(" ".join(command))
        return bool(command[:1] == ["apt-get"] or any(line.startswith("apt-get install") for line in ran))

    monkeypatch.setattr(bootstrap, "runs", runs)
    monkeypatch.setattr("os.getuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)

    bootstrap.make_venv()

    assert bootstrap.ADVICE in ran
    assert "-m venv" in ran[-1]


def test_an_old_python_is_told_of_a_newer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/python3.12" if name == "python3.12" else None)

    with pytest.raises(bootstrap.CannotStart, match=r"3\.11 or newer; this is 3\.9\. Use python3\.12"):
        bootstrap.check_python((3, 9))
