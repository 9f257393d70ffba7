"""The issue of the weekly checks, with a `gh` that writes down its calls."""

import json

import pytest

from tooling.upkeep import alarm

RESULTS = {
    "twins": {"result": "success", "outputs": {}},
    "links": {"result": "failure", "outputs": {}},
    "newest": {"result": "cancelled", "outputs": {}},
}


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Return a function that raises the alarm and returns the calls."""
    program, log = tmp_path / "gh", tmp_path / "log"
    program.write_text(
        '#!/bin/sh\necho "$@" >> "$LOG"\n'
        'case "$2" in list) echo "$OPEN";; create|comment) '
        '[ "$1" = issue ] && cat >> "$LOG";; esac\nexit 0\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("LOG", str(log))
    monkeypatch.setenv("RUN", "https://example.org/1")
    monkeypatch.setenv("RESULTS", json.dumps(RESULTS))

    def raise_alarm(number):
        monkeypatch.setenv("OPEN", number)
        assert alarm.main() == 0
        return log.read_text()

    return raise_alarm


def test_an_issue_is_opened(call):
    told = call("")
    assert "issue create --title The weekly checks fail" in told
    assert "issue comment" not in told
    assert "[this run](https://example.org/1)" in told
    assert "- links: failure\n- newest: cancelled" in told
    assert "twins" not in told


def test_an_open_issue_gets_a_comment(call):
    told = call("12")
    assert "issue comment 12 --body-file -" in told
    assert "issue create" not in told
