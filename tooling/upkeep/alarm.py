"""Opens an issue when the weekly checks fail (`make alarm`).

An issue that is still open gets a comment instead of a sibling. Needs the
standard library only, and GitHub's command `gh`. Environment variables tell
what happened: `RESULTS`, the jobs and their results as JSON; `RUN`, the
address of the run.
"""

import json
import os
import subprocess
import sys

LABEL = "weekly"
TITLE = "The weekly checks fail"


def body(results: dict[str, dict[str, object]], run: str) -> str:
    """Return what the issue says.

    Args:
        results: by job, a mapping whose "result" is "success" or another.
        run: address of the run.
    """
    lines = [
        f"- {job}: {told['result']}"
        for job, told in results.items()
        if told["result"] != "success"
    ]
    return "\n".join([f"In [this run]({run}):", "", *lines])


def gh(*arguments: str, text: str = "") -> str:
    """Run `gh` and return what it prints.

    Args:
        *arguments: of the command.
        text: its standard input.
    """
    done = subprocess.run(
        ["gh", *arguments],
        input=text,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def main() -> int:
    """Comment on the open issue, or open one."""
    text = body(json.loads(os.environ["RESULTS"]), os.environ["RUN"])
    gh("label", "create", LABEL, "--force", "--description", TITLE)
    found = gh(
        *("issue", "list", "--label", LABEL, "--state", "open"),
        *("--limit", "1", "--json", "number", "--jq", ".[].number"),
    ).strip()
    from_input = ("--body-file", "-")
    if found:
        gh("issue", "comment", found, *from_input, text=text)
    else:
        told = ("--title", TITLE, "--label", LABEL)
        gh("issue", "create", *told, *from_input, text=text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
