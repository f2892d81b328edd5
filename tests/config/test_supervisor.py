"""The processes of a demo: restarted when they die, ended with everything they started."""

import fcntl
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from config.embedded import process
from config.embedded.demo import Demo, DemoFailed, seeded, summary
from config.embedded.supervisor import MARK, Program, Supervisor, end_leftovers

SLEEP = "import time; time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
PARENT = (
    f"import subprocess, sys, time; print(subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).pid, flush=True); time.sleep(60)"
)


class Clock:
    """A clock that the test moves."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def program(code: str, var: Path) -> Program:
    """Return a program of one line of Python."""
    return Program("sleeper", ["-c", code], var=var, env={})


def line_in(log: Path) -> str:
    """Return the first line of a log as soon as it is there."""
    assert process.wait_until(lambda: log.exists() and log.read_text().endswith("\n"), seconds=20)
    return log.read_text().splitlines()[0]


def kill(service: Program) -> None:
    """Kill the process of a program the hard way."""
    assert service.child
    service.child.kill()
    service.child.wait()


def test_a_killed_program_is_named_and_started_again_after_a_wait(tmp_path: Path) -> None:
    said: list[str] = []
    clock = Clock()
    supervisor, sleeper = Supervisor(said.append, clock), program(SLEEP, tmp_path)
    supervisor.start("sleeper", sleeper)
    before = supervisor.pids()["sleeper"]

    kill(sleeper)
    seen_at_once = supervisor.look()
    clock.now = 1.1
    seen_later = supervisor.look()
    after = supervisor.pids()["sleeper"]
    supervisor.stop()

    assert (seen_at_once, seen_later) == (False, True)
    assert after != before
    assert "sleeper ended by SIGKILL; starting it again in 1 s" in said[0]


def test_a_program_that_dies_again_and_again_waits_longer_each_time(tmp_path: Path) -> None:
    said: list[str] = []
    clock = Clock()
    supervisor, sleeper = Supervisor(said.append, clock), program(SLEEP, tmp_path)
    supervisor.start("sleeper", sleeper)

    for _ in range(7):
        kill(sleeper)
        supervisor.look()
        clock.now += 31
        supervisor.look()
    supervisor.stop()

    waits = [line.split(" in ")[1].split(" s ")[0] for line in said if "ended" in line]
    assert waits == ["1", "2", "4", "8", "16", "30", "30"]


def test_a_program_that_ran_well_for_long_begins_with_the_short_wait(tmp_path: Path) -> None:
    said: list[str] = []
    clock = Clock()
    supervisor, sleeper = Supervisor(said.append, clock), program(SLEEP, tmp_path)
    supervisor.start("sleeper", sleeper)

    for _ in range(2):
        clock.now += 100
        kill(sleeper)
        supervisor.look()
        clock.now += 2
        supervisor.look()
    supervisor.stop()

    assert [("in 1 s" in line) for line in said if "ended" in line] == [True, True]


def test_the_end_takes_the_children_of_a_program_along(tmp_path: Path) -> None:
    supervisor, parent = Supervisor(print), program(PARENT, tmp_path)
    supervisor.start("parent", parent)
    grandchild = int(line_in(parent.log))

    supervisor.stop()

    assert process.wait_until(lambda: not process.is_alive(grandchild), seconds=5)


def test_a_program_that_does_not_listen_is_killed_after_a_while(tmp_path: Path) -> None:
    deaf = program(STUBBORN, tmp_path)
    deaf.start()
    line_in(deaf.log)
    assert deaf.child

    process.end(deaf.child, patience=0.3)

    assert deaf.child.returncode == -signal.SIGKILL


def test_what_a_killed_demo_left_is_found_by_its_mark_and_ended(tmp_path: Path) -> None:
    environment = {**os.environ, MARK: str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", SLEEP], env=environment) as left:
        # The mark is readable once the interpreter has taken the place of our fork.
        assert process.wait_until(lambda: MARK.encode() in Path(f"/proc/{left.pid}/environ").read_bytes(), seconds=5)

        ended = end_leftovers(tmp_path)

    assert ended == [left.pid]
    assert left.returncode == -signal.SIGTERM


def test_a_demo_of_another_folder_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SLEEP], env={**os.environ, MARK: str(tmp_path / "other")}) as other:
        ended = end_leftovers(tmp_path)
        still_there = other.poll() is None
        other.kill()

    assert ended == []
    assert still_there


def test_a_second_demo_on_the_same_folder_is_told_of_the_first(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text(json.dumps({"url": "http://127.0.0.1:8123"}))
    with (tmp_path / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("4711")
        lock.flush()

        with pytest.raises(DemoFailed, match=r"process 4711, http://127\.0\.0\.1:8123"):
            Demo(say=print, var=tmp_path).run(host="127.0.0.1", port=8000, reset=False)


def test_the_summary_shows_addresses_sign_ins_and_keys() -> None:
    text = summary(
        {
            "url": "http://127.0.0.1:8000",
            "sandbox_url": "http://127.0.0.1:8001",
            "operators": [
                {"slug": "sea", "eori": "NL1", "api_key": "KEY", "sign_in": {"email": "a@b.example", "password": "PASS"}}
            ],
            "staff": {"email": "s@b.example", "password": "WORD"},
        }
    )

    for part in (
        "http://127.0.0.1:8000/",
        "http://127.0.0.1:8001/",
        "sea",
        "NL1",
        "KEY",
        "a@b.example",
        "PASS",
        "s@b.example",
        "WORD",
    ):
        assert part in text


def test_the_seed_is_found_among_the_lines_of_its_log() -> None:
    assert seeded('INFO begins\n{"operators": [], "staff": {}}\nINFO ends\n') == {"operators": [], "staff": {}}


def test_a_seed_that_says_nothing_stops_the_start() -> None:
    with pytest.raises(DemoFailed, match="did not say"):
        seeded("INFO nothing\n")
