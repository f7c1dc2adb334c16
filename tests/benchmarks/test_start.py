"""How long `nodewise --help` takes from the shell, a process of its own each time; 300 ms is the limit."""

import subprocess

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tests.cli.terminal import NODEWISE, environment

LIMIT_SECONDS = 0.3


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_the_command_line_starts_within_300_ms(benchmark: BenchmarkFixture, argument: str) -> None:
    variables = environment()

    def start() -> None:
        subprocess.run([*NODEWISE, argument], env=variables, check=True, capture_output=True)

    benchmark.pedantic(start, rounds=15, warmup_rounds=2)
    if benchmark.enabled:
        assert benchmark.stats.stats.median < LIMIT_SECONDS
