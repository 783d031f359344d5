"""A class: many targets, each with its record, whatever it does."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import jsonschema
import junitparser
import msgspec
import psutil
import pytest

from tests.valuecheck.command import COMMAND, ENGINE, run
from valuecheck.checking.apart import Ledger, check_class
from valuecheck.checking.points import FAMILIES_WITH_POINTS, points_of, total
from valuecheck.checking.record import Report, TargetReport, schema, unchecked
from valuecheck.engines.engine import ValuecheckError
from valuecheck.report.formats import FORMATS, annotation
from valuecheck.report.output import FORMS
from valuecheck.report.text import misconceptions

QUICK = ("--max-examples", "2", "-k", "grid or diamond", "--time-limit", "5")
OVERWRITING = ENGINE.replace("self.grad += out.grad", "self.grad = out.grad", 1)
SUBMISSIONS = {
    "right": ENGINE,
    "overwrites": OVERWRITING,
    "=SUM(A1)": OVERWRITING,
    "does not parse": "class Value(\n",
    "hangs": ENGINE.replace(
        "    def exp(self)", "    def exp(self):\n        while True: pass\n    def _exp(self)"
    ),
    "dies": "import os\nos._exit(0)\n",
    "deletes itself": f"import os\nos.remove(__file__)\n{ENGINE}",
    "forges": f'import os\nprint(\'{{"schema": 1, "targets": []}}\')\n{OVERWRITING}',
}
VERDICTS = {
    "right": "pass",
    "overwrites": "fail",
    "=SUM(A1)": "fail",
    "does not parse": "error",
    "hangs": "fail",
    "dies": "error",
    "forges": "fail",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class")
    for name, text in SUBMISSIONS.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def checked(folder: Path) -> dict[str, Any]:
    """Return the class checked once, in every form."""
    reports = {form: folder / f"class.{form}" for form in FORMATS if form != "gradescope"}
    done = run(
        *(str(folder), "--each", "*.py", "-j", "2", *QUICK, "--require", "+ *"),
        *(f"--report={form}={file}" for form, file in reports.items()),
    )
    texts = {form: file.read_text(encoding="utf-8") for form, file in reports.items()}
    return {**texts, "text": done.stdout, "told": done.stderr, "status": done.returncode}


def _verdicts(records: list[TargetReport]) -> dict[str, str]:
    return {Path(record.target).stem: record.verdict for record in records}


def test_every_submission_has_its_record_whatever_it_does(checked: dict[str, Any]) -> None:
    document = json.loads(checked["json"])
    jsonschema.validate(document, schema())
    verdicts = {Path(t["target"]).stem: t["verdict"] for t in document["targets"]}
    assert verdicts.keys() == SUBMISSIONS.keys()
    assert {name: verdicts[name] for name in VERDICTS} == VERDICTS
    assert all(t["error"] for t in document["targets"] if t["verdict"] == "error")
    assert checked["status"] == 2


def test_the_table_tells_what_the_class_has_not_understood(checked: dict[str, Any]) -> None:
    assert "    3 times overwritten gradient in +, operand 1" in checked["text"]
    assert "8 submissions: " in checked["text"]
    assert "8 of 8" in checked["told"]


def test_lines_of_json_hold_the_same_records(checked: dict[str, Any]) -> None:
    lines = [msgspec.json.decode(x, type=TargetReport) for x in checked["jsonl"].splitlines()]
    report = msgspec.json.decode(checked["json"], type=Report)
    assert sorted(lines, key=lambda r: r.target) == sorted(report.targets, key=lambda r: r.target)


def test_a_spreadsheet_takes_no_name_for_a_formula(checked: dict[str, Any]) -> None:
    rows = list(csv.DictReader(checked["csv"].splitlines()))
    assert len(rows) == len(SUBMISSIONS)
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    right = next(row for row in rows if Path(row["target"]).stem == "right")
    assert (right["score"], right["max_score"]) == ("3", "3")  # +, *, and the laws about sharing


def test_a_reader_of_junit_reads_it(checked: dict[str, Any]) -> None:
    suites = list(junitparser.JUnitXml.fromstring(checked["junit"].encode()))
    assert len(suites) == len(SUBMISSIONS)
    wrong = next(suite for suite in suites if suite.name.endswith("overwrites.py"))
    assert wrong.failures >= 1
    assert wrong.tests == len(list(wrong))


def test_annotations_stand_at_the_line_of_the_student(checked: dict[str, Any]) -> None:
    lines = [line for line in checked["github"].splitlines() if "overwrites.py" in line]
    assert any(",line=" in line and line.startswith("::error file=") for line in lines)


def test_the_command_offers_every_form_that_there_is() -> None:
    assert tuple(FORMATS) == FORMS


def test_an_annotation_is_one_line_whatever_it_says() -> None:
    assert annotation("error", "a\nb%", "x, y:", file="a,b.py") == (
        "::error file=a%2Cb.py,title=x%2C y%3A::a%0Ab%25"
    )


def test_the_html_fetches_nothing_and_draws_what_is_wrong(checked: dict[str, Any]) -> None:
    html = checked["html"]
    assert "default-src 'none'" in html
    assert "<script" not in html
    assert "<svg" in html
    assert "src=" not in html


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_the_same_seed_gives_the_same_table_whatever_the_number_of_jobs(
    jobs: str, folder: Path, checked: dict[str, Any]
) -> None:
    names = ["right", "overwrites", "does not parse"]
    done = run(
        *(str(folder / f"{name}.py") for name in names),
        *("-j", jobs, *QUICK, "--require", "+ *", "--format", "json"),
    )
    now = msgspec.json.decode(done.stdout, type=Report)
    before = {t.target: t for t in msgspec.json.decode(checked["json"], type=Report).targets}
    for target in now.targets:
        same = msgspec.structs.replace(target, seconds=before[target.target].seconds)
        assert same == before[target.target]


def test_one_submission_can_be_told_as_gradescope_has_it(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    run(
        *(str(folder / "overwrites.py"), *QUICK, "--require", "+ * tanh"),
        *("--format", "gradescope", "--output", str(file)),
    )
    results = json.loads(file.read_text(encoding="utf-8"))
    assert results.keys() == {"score", "execution_time", "output", "visibility", "tests"}
    scores = {test["name"]: (test["score"], test["max_score"]) for test in results["tests"]}
    assert scores["+"] == (0.0, 1.0)
    assert scores["*"] == (1.0, 1.0)
    assert {test["status"] for test in results["tests"]} == {"passed", "failed"}
    done = run(str(folder / "right.py"), str(folder / "dies.py"), "--format", "gradescope", *QUICK)
    assert "needs one target" in done.stderr


def test_a_target_may_take_so_long_as_a_whole(folder: Path) -> None:
    done = run(str(folder / "right.py"), "--target-limit", "0.1", "--format", "json")
    (target,) = json.loads(done.stdout)["targets"]
    assert (target["verdict"], done.returncode) == ("error", 2)
    assert "not done after 0.1 s" in target["error"]


def test_a_class_goes_on_where_it_was_killed(folder: Path, tmp_path: Path) -> None:
    ledger = tmp_path / "class.jsonl"
    targets = [str(folder / "overwrites.py"), str(folder / "hangs.py"), str(folder / "right.py")]
    command = [*COMMAND, *targets, "-j", "1", *QUICK, "--resume", str(ledger)]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while not (ledger.exists() and ledger.read_bytes().endswith(b"\n")):
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    with ledger.open("ab") as file:
        file.write(b'{"target": "half of a li')
    before = ledger.read_bytes().split(b"\n")[0]
    (folder / "hangs.py").write_text(ENGINE, encoding="utf-8")  # mended meanwhile
    done = run(*targets, "-j", "1", *QUICK, "--resume", str(ledger))
    lines = ledger.read_bytes().splitlines()
    assert lines[0] == before
    records = [msgspec.json.decode(line, type=TargetReport) for line in lines]
    assert _verdicts(records) == {"overwrites": "fail", "hangs": "pass", "right": "pass"}
    assert "3 submissions: 2 pass, 1 fail" in done.stdout


def test_nothing_is_written_over_a_file_that_holds_no_record(tmp_path: Path) -> None:
    file = tmp_path / "essay.txt"
    file.write_text("my essay\n", encoding="utf-8")
    with pytest.raises(ValuecheckError, match="holds no record"):
        Ledger(file)
    assert file.read_text(encoding="utf-8") == "my essay\n"


@pytest.mark.skipif(sys.platform == "win32", reason="its shell is not there")
def test_the_kit_for_gradescope_runs_in_a_clean_folder(folder: Path, tmp_path: Path) -> None:
    for name in ("source", "submission", "results", "venv/bin"):
        (tmp_path / name).mkdir(parents=True)
    kit = Path(__file__).parents[3] / "docs" / "class"
    shutil.copy(kit / "run_autograder", tmp_path)
    shutil.copy(folder / "overwrites.py", tmp_path / "submission" / "value.py")
    settings = "[tool.valuecheck.points]\n'+' = 0\n"
    (tmp_path / "submission" / "pyproject.toml").write_text(settings, encoding="utf-8")
    command = tmp_path / "venv/bin/valuecheck"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m valuecheck --max-examples 2 "$@"\n')
    command.chmod(0o755)
    subprocess.run(  # noqa: S603 - our own script
        [str(tmp_path / "run_autograder")],
        env={**os.environ, "AUTOGRADER": str(tmp_path)},
        check=True,
    )
    results = json.loads((tmp_path / "results/results.json").read_text(encoding="utf-8"))
    plus = next(test for test in results["tests"] if test["name"] == "+")
    assert (plus["score"], plus["max_score"]) == (0.0, 1.0)  # as the course has it


def _record(**changes: Any) -> TargetReport:
    return msgspec.structs.replace(unchecked("value.py", ""), verdict="fail", **changes)


def test_a_fault_costs_its_operation_once_and_what_was_not_judged_nothing(
    checked: dict[str, Any],
) -> None:
    report = msgspec.json.decode(checked["json"], type=Report)
    wrong = next(t for t in report.targets if Path(t.target).stem == "overwrites")
    points = {point.name: point for point in points_of(wrong, {"+": 5, "sharing": 2})}
    assert (points["+"].won, points["+"].most) == (0.0, 5.0)
    assert (points["*"].won, points["*"].most) == (1.0, 1.0)
    assert points["sharing"].won == points["sharing"].most == 2.0
    assert points["calculus"].status == "not judged"
    assert total(list(points.values())) == (3.0, 8.0)


def test_what_could_not_be_checked_wins_nothing() -> None:
    record = msgspec.structs.replace(unchecked("value.py", "it hangs"), required=["+", "*"])
    assert total(points_of(record, {})) == (0.0, 2.0 + len(FAMILIES_WITH_POINTS))


def test_a_misconception_counts_once_a_submission() -> None:
    assert misconceptions([_record(), _record()]) == []


def test_a_cluster_loses_nothing_with_a_worker_and_does_nothing_twice(folder: Path) -> None:
    distributed = pytest.importorskip("distributed", reason="dask is not installed")
    targets = {str(folder / f"{name}.py"): QUICK for name in ("right", "overwrites", "dies")}
    more = {f"{target}:Value": how for target, how in targets.items() if "dies" not in target}
    warnings.simplefilter("ignore")  # of a cluster that loses a worker, which is what is tried
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        pool = distributed.Client(cluster).get_executor(pure=False)
        records: list[TargetReport] = []
        for record in check_class({**targets, **more}, None, pool, lambda _: None):
            if not records:
                victim = next(iter(cluster.workers.values())).pid
                psutil.Process(victim).kill()
            records.append(record)
    assert sorted(record.target for record in records) == sorted([*targets, *more])
    assert _verdicts(records)["dies"] == "error"


def test_no_file_of_a_submission_gets_into_the_judge(tmp_path: Path) -> None:
    hand_in = tmp_path / "hand-in"
    hand_in.mkdir()
    (hand_in / "value.py").write_text(OVERWRITING, encoding="utf-8")
    for module in ("click.py", "msgspec.py", "valuecheck.py"):
        (hand_in / module).write_text("import os\nos._exit(0)\n", encoding="utf-8")
    settings = "[tool.valuecheck]\nnonsense = 1\n"
    (hand_in / "pyproject.toml").write_text(settings, encoding="utf-8")
    (tmp_path / "teacher").mkdir()
    done = run(
        *(str(hand_in / "value.py"), "-j", "1", *QUICK, "--format", "json"),
        cwd=tmp_path / "teacher",
    )
    (target,) = json.loads(done.stdout)["targets"]
    assert (target["verdict"], target["error"]) == ("fail", "")
    command = [sys.executable, "-P", "-m", "valuecheck", "value.py", "-j", "1", *QUICK]
    inside = subprocess.run(  # noqa: S603 - our own command
        command, cwd=hand_in, capture_output=True, text=True, check=False
    )
    assert "nonsense" in inside.stderr or "takes" in inside.stderr  # its folder is the teacher's


def test_what_a_submission_kept_from_being_judged_wins_nothing(
    checked: dict[str, Any],
) -> None:
    report = msgspec.json.decode(checked["json"], type=Report)
    right = next(t for t in report.targets if Path(t.target).stem == "right")
    stopped = msgspec.structs.replace(
        right, verdict="fail", laws=[], error="not done after 5 s", required=["+", "*"]
    )
    assert total(points_of(stopped, {}))[0] == 0.0
    failed = msgspec.structs.replace(right, verdict="error", error="")
    assert total(points_of(failed, {}))[0] == 0.0


def test_a_form_that_is_required_pays_for_its_own_fault(tmp_path: Path) -> None:
    file = tmp_path / "value.py"
    file.write_text(
        ENGINE.replace("return other + (-self)", "return self + (-other)"), encoding="utf-8"
    )
    quick = ("--max-examples", "2", "-k", "primitive")
    done = run(str(file), *quick, "--require", '- "2 - x"', "--format", "gradescope")
    scores = {test["name"]: test["score"] for test in json.loads(done.stdout)["tests"]}
    assert (scores["-"], scores["2 - x"]) == (1.0, 0.0)


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text there")
def test_a_name_that_is_no_text_has_its_row_like_any_other(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/caf\xe9.py"
    Path(os.fsdecode(name)).write_text(ENGINE, encoding="utf-8")
    done = run(str(tmp_path), "--each", "*.py", *QUICK, f"--report=csv={tmp_path / 'c.csv'}")
    assert "1 submission: 1 error" in done.stdout
    assert "caf?.py" in (tmp_path / "c.csv").read_text(encoding="utf-8")
