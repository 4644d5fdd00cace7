#!/usr/bin/env python3
"""Breaks each alert on purpose, in every way below, and sees that a test fails; takes some minutes.

    Tests/MonitoringTests/break_alerts.py [ALERT...]

A comparison is turned round, a set operator is replaced by its opposite, a number is made larger and smaller, the time before it fires is
left out or made longer, and the whole is made never to fire. How far ranges look back is left alone: what they bridge is a matter of degree.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from check_monitoring import TEST_FILES, read_yaml, rules, yaml

OPPOSITES = {">": "<", "<": ">", ">=": "<", "==": "!=", "and": "unless", "unless": "and", "or": "unless"}
TOKEN = re.compile(r'"[^"]*"|\[[^\]]*\]|\{[^}]*\}|[a-z_]\w*|\d[\w.]*|>=|==|>|<')


def broken(rule):
    """Every way in which a rule is broken: what was done, and the rule after it."""
    expr = rule["expr"]
    for match in TOKEN.finditer(expr):
        token, others = match[0], []
        if token in OPPOSITES:
            others = [OPPOSITES[token]]
        elif re.fullmatch(r"\d[\d.e]*", token) and float(token):
            others = [f"{float(token) * factor:g}" for factor in (0.5, 1.25)]
        elif re.fullmatch(r"\d+[dh]", token):
            others = [f"{int(token[:-1]) * factor}{token[-1]}" for factor in (0, 2)]
        for other in others:
            yield f"{token} at {match.start()} is {other}", rule | {"expr": expr[: match.start()] + other + expr[match.end():]}
    if "for" in rule:
        minutes = int(rule["for"][:-1]) * {"m": 1, "h": 60, "d": 1440}[rule["for"][-1]]
        yield "for is left out", {key: value for key, value in rule.items() if key != "for"}
        yield "for is longer", rule | {"for": f"{minutes * 72}s"}
    yield "it never fires", rule | {"expr": "vector(0) > 1"}


def tests_of(name):
    """The tests that tell of an alert, and those in which nothing is to fire."""
    for path in TEST_FILES:
        document = read_yaml(path)
        for test in document["tests"] if document["rule_files"] == ["../alerts.yaml"] else []:
            test["alert_rule_test"] = [case for case in test.get("alert_rule_test", []) if case["alertname"] == name]
            test["promql_expr_test"] = [
                case for case in test.get("promql_expr_test", []) if f'"{name}"' in case["expr"] or "alertname" not in case["expr"]
            ]
            if test["alert_rule_test"] or test["promql_expr_test"]:
                yield {"rule_files": ["alerts.yaml"], "evaluation_interval": document["evaluation_interval"], "tests": [test]}


def is_noticed(rule, tests, folder):
    Path(folder, "alerts.yaml").write_text(yaml.safe_dump({"groups": [{"name": "broken", "rules": [rule]}]}), encoding="utf-8")
    if promtool("check", "rules", Path(folder, "alerts.yaml")):
        return True
    for test in tests:
        Path(folder, "test.yaml").write_text(yaml.safe_dump(test), encoding="utf-8")
        if promtool("test", "rules", Path(folder, "test.yaml")):
            return True
    return False


def promtool(*arguments):
    return subprocess.run(["promtool", *map(str, arguments)], capture_output=True).returncode


def main():
    unnoticed = 0
    with tempfile.TemporaryDirectory() as folder:
        for rule in rules("alert"):
            if sys.argv[1:] and rule["alert"] not in sys.argv[1:]:
                continue
            tests = sorted(tests_of(rule["alert"]), key=lambda test: not test["tests"][0]["alert_rule_test"])
            if is_noticed(rule, tests, folder):
                raise SystemExit(f"{rule['alert']}: its tests fail as it is")
            ways = 0
            for way, other in broken(rule):
                ways += 1
                if not is_noticed(other, tests, folder):
                    unnoticed += 1
                    print(f"{rule['alert']}: no test fails when {way}")
            print(f"{rule['alert']}: broken in {ways} ways", flush=True)
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
