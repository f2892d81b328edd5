"""A sample written house by house is the sample written at once, and a large one takes little memory."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from filings import samples
from filings.messages import catalogue, writing, xml
from filings.messages.document import Node
from filings.rules import streamed
from filings.samples.sample import HOUSES, Size

ROOT = Path(__file__).parents[3]
WITH_HOUSES = [message for message in catalogue.messages() if HOUSES in message.by_path and message.element(HOUSES).max > 1]


@pytest.mark.parametrize("size", ["minimal", "full"])
@pytest.mark.parametrize("message", WITH_HOUSES, ids=lambda message: message.id)
def test_house_by_house_is_as_at_once(message: catalogue.Message, size: Size) -> None:
    for seed, houses in ((0, 150 if size == "minimal" else 40), (1, 3)):
        at_once = xml.write(samples.sample(message.id, size=size, houses=houses, seed=seed))

        assert b"".join(samples.stream(message.id, size=size, houses=houses, seed=seed)) == at_once


def test_very_many_houses_are_written_in_one_line_each() -> None:
    at_once = xml.write(samples.sample("IE3F32", houses=1001))

    assert b"".join(samples.stream("IE3F32", houses=1001)) == at_once
    assert sum(line.endswith(b"</consignmentHouseLevel>") for line in at_once.split(b"\n")) == 1001
    assert xml.write(xml.read(at_once)) == at_once


@pytest.mark.parametrize("message_id", ["IE3F10", "IE3F26", "IE3N99"])
def test_a_message_without_many_houses_is_written_as_well(message_id: str) -> None:
    assert b"".join(samples.stream(message_id, houses=5)) == xml.write(samples.sample(message_id, houses=5))


def test_too_many_houses_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match="99999"):
        samples.stream("IE3F32", houses=100_000)


def test_parts_take_the_place_of_those_there_were() -> None:
    document = samples.sample("IE3F32", houses=3)
    before = xml.write(document)
    [first, _, third] = document.nodes(HOUSES)

    written = b"".join(writing.write(document, HOUSES, [third, Node(first.name), first]))
    many = b"".join(writing.write(document, HOUSES, [first] * 1001))

    holder = document.nodes(HOUSES.rpartition("/")[0])[0]
    assert xml.write(document) == before
    holder.children = [child for child in holder.children if child.name != first.name] + [third, first]
    assert written == xml.write(document)
    holder.children = holder.children[:-2] + [first] * 1001
    assert many == xml.write(document)


def test_a_large_sample_passes_in_bounded_memory() -> None:
    program = (
        "import re, tempfile\n"
        "from filings import samples\n"
        "from filings.rules import streamed\n"
        "with tempfile.TemporaryFile() as file:\n"
        "    file.writelines(samples.stream('IE3F44', houses=20_000))\n"
        "    checked = streamed.check(file)\n"
        # ru_maxrss would include the peak of the process that started this one.
        "peak = re.search(r'VmHWM:\\s+(\\d+) kB', open('/proc/self/status').read())[1]\n"
        "print(checked.parts, checked.errors, int(peak) // 1024)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    parts, errors, megabytes = map(int, done.stdout.split())

    assert (parts, errors) == (20_000, 0)
    assert megabytes < 200


def test_what_a_stream_writes_passes_every_check() -> None:
    checked = streamed.check(io.BytesIO(b"".join(samples.stream("IE3F43", size="full", houses=45))))

    assert checked.findings == ()
    assert checked.parts >= 45
