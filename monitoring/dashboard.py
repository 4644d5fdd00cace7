#!/usr/bin/env python3
"""Writes dashboard.json, which Grafana 9 and later imports.

    python3 monitoring/dashboard.py

Each panel is one call below; Tests/MonitoringTests/check_monitoring.py says when the file has to be written again.
"""

import json
import pathlib

OF_INSTANCE = 'instance=~"$instance"'
OF_JOB = OF_INSTANCE + ', backup_job=~"$backup_job"'
JOB = "{{backup_job}} ({{instance}})"
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
STATES = {
    0: ("none", "text"), 1: ("in progress", "blue"), 2: ("completed", "green"), 3: ("incomplete", "orange"),
    4: ("failed", "red"), 5: ("incompatible", "purple"),
}
UP = {0: ("down", "red"), 1: ("up", "green")}
YES = {0: ("no", "green"), 1: ("yes", "orange")}
SUCCEEDED = {0: ("failed", "red"), 1: ("succeeded", "green")}

# Panels


def panel(kind, title, description, *queries, width=8, height=8, unit="short", mappings=None, defaults=None, options=None, **more):
    """A panel; each query is an expression and the legend of its series."""
    table = kind == "table"
    return {
        "type": kind, "title": title, "description": description, "datasource": SOURCE,
        "gridPos": {"w": width, "h": height},
        "targets": [
            {"refId": chr(ord("A") + place), "expr": expr, "legendFormat": legend, "datasource": SOURCE, "editorMode": "code"}
            | ({"format": "table", "instant": True, "range": False} if table else {"instant": kind == "stat", "range": kind != "stat"})
            for place, (expr, legend) in enumerate(queries)
        ],
        "fieldConfig": {
            "defaults": {"unit": unit, "mappings": mapped(mappings or {})} | (defaults or {}),
            "overrides": [],
        },
        "options": options or {},
    } | more


def mapped(words):
    if not words:
        return []
    options = {str(value): {"text": text, "color": color, "index": value} for value, (text, color) in words.items()}
    return [{"type": "value", "options": options}]


def stat(title, description, expr, **more):
    return panel(
        "stat", title, description, (expr, ""), width=4, height=4,
        options={
            "colorMode": "value", "graphMode": "none", "justifyMode": "auto", "orientation": "auto", "textMode": "value",
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        }, **more)


def graph(title, description, *queries, stacked=False, minimum=0, **more):
    custom = {"fillOpacity": 10, "lineWidth": 1, "showPoints": "never", "spanNulls": False}
    if stacked:
        custom |= {"fillOpacity": 40, "stacking": {"mode": "normal", "group": "A"}}
    defaults = {"custom": custom}
    if minimum is not None:
        defaults["min"] = minimum
    return panel(
        "timeseries", title, description, *queries, defaults=defaults,
        options={
            "legend": {"displayMode": "list", "placement": "bottom", "calcs": []},
            "tooltip": {"mode": "multi", "sort": "desc"},
        }, **more)


def timeline(title, description, *queries, words, **more):
    return panel(
        "state-timeline", title, description, *queries, mappings=words,
        defaults={"custom": {"fillOpacity": 80, "lineWidth": 0}},
        options={
            "alignValue": "left", "mergeValues": True, "rowHeight": 0.9, "showValue": "auto",
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False}, "tooltip": {"mode": "single", "sort": "none"},
        }, **more)


def table(title, description, *columns, labels, hidden=(), **more):
    """Columns are a name, an expression, and a unit or what its values mean; labels stand before them, and one row is of equal ones."""
    queries = ((f"sum by ({', '.join(labels)}) ({expr})", "") for _, expr, _ in columns)
    made = panel("table", title, description, *queries, **more)
    values = [f"Value #{target['refId']}" if len(columns) > 1 else "Value" for target in made["targets"]]
    names = dict(zip(values, (name for name, _, _ in columns)))
    shown = list(labels) + [value for value in values if names[value] not in hidden]
    left_out = ["Time"] + [value for value in values if names[value] in hidden]
    made["transformations"] = ([{"id": "merge", "options": {}}] if len(columns) > 1 else []) + [
        {
            "id": "organize",
            "options": {
                "excludeByName": {name: True for name in left_out},
                "indexByName": {name: place for place, name in enumerate(shown)},
                "renameByName": labels | {value: names[value] for value in values},
            },
        }
    ]
    for name, _, meaning in columns:
        if name in hidden:
            continue
        what = {"id": "mappings", "value": mapped(meaning)} if isinstance(meaning, dict) else {"id": "unit", "value": meaning}
        made["fieldConfig"]["overrides"].append({"matcher": {"id": "byName", "options": name}, "properties": [what]})
    return made


def of_job(metric, more=""):
    return f"optimize_backup_{metric}{{{OF_JOB}{more}}}"


def of_instance(metric, more=""):
    return f"optimize_backup_{metric}{{{OF_INSTANCE}{more}}}"


def within(period, metric, labels, selector=OF_JOB):
    return f"sum by ({labels}) (increase(optimize_backup_{metric}{{{selector}}}[{period}]))"


def slowest(metric, labels):
    return (
        f"histogram_quantile(0.95, sum by ({labels}, le) (rate(optimize_backup_{metric}_bucket{{{OF_INSTANCE}}}[$__rate_interval])))"
    )


def newest_state():
    order = ["IN_PROGRESS", "COMPLETED", "INCOMPLETE", "FAILED", "INCOMPATIBLE"]
    states = [of_job("state", f', state="{state}"') + f" * {value}" for value, state in enumerate(order, 1)]
    return f"sum by (instance, backup_job) ({' or '.join(states)})"


OWED_IN = f"{of_job('overdue_timestamp_seconds')} < Inf"
JOB_LABELS = {"instance": "Instance", "backup_job": "Job"}

ROWS = {
    "At a glance": [
        stat("Alerts", "How many alerts of monitoring/alerts.yaml fire.",
             'count(ALERTS{alertname=~"OptimizeBackup.+", alertstate="firing", instance=~"$instance|"}) or vector(0)',
             defaults={"color": {"mode": "thresholds"},
                       "thresholds": {"mode": "absolute", "steps": [{"color": "green", "value": None}, {"color": "red", "value": 1}]}}),
        stat("Restorable", "How old the newest backup is that could be restored now, as far as can be told.",
             f"max(instance:optimize_backup_restorable:age_seconds{{{OF_INSTANCE}}})", unit="s"),
        stat("Next run", "When the next backup is due of all jobs that are not paused.",
             f"min({of_job('next_run_timestamp_seconds')}) * 1000", unit="dateTimeFromNow"),
        stat("Success", "Of the fire times of 30 days that were not skipped, how many have brought a good backup; the worst job's share.",
             f"min(instance_backup_job:optimize_backup_runs:success_ratio_increase30d{{{OF_JOB}}})", unit="percentunit"),
        stat("Engine", "Whether the engine answered last, at every instance.", f"min({of_instance('engine_up')})", mappings=UP),
        stat("Repository", "Whether the repository could be read last, at every instance.",
             f"min({of_instance('repository_up')})", mappings=UP),
        table("Jobs", "How each job stands. A success is owed in so long; below zero it is overdue.",
              ("State", of_job("state") + " == 1", "short"),
              ("Last success", f"instance_backup_job:optimize_backup_last_success:age_seconds{{{OF_JOB}}}", "s"),
              ("Last begun", of_job("last_attempt_timestamp_seconds") + " * 1000", "dateTimeFromNow"),
              ("Progress", f"{of_job('progress_ratio')} and {of_job('in_progress')} > 0", "percentunit"),
              ("Next run", of_job("next_run_timestamp_seconds") + " * 1000", "dateTimeFromNow"),
              ("Owed in", f"({OWED_IN}) - time()", "s"),
              ("Paused", of_job("job_paused"), YES),
              ("Failures in a row", of_job("consecutive_failures"), "short"),
              ("Size", of_job("size_bytes"), "bytes"),
              labels=JOB_LABELS | {"state": "Newest backup"}, hidden=["State"], width=24),
    ],
    "Backups": [
        timeline("Newest backup", "The state of each job's newest backup.", (newest_state(), JOB), words=STATES, width=24),
        graph("Outcomes within a day", "How fire times and orders ended; the job is empty for those by hand.",
              (within("1d", "runs_total", "backup_job, outcome"), "{{backup_job}} {{outcome}}")),
        graph("Failures in a row", "Since the last success; a restart begins anew.", (of_job("consecutive_failures"), JOB)),
        graph("Retries within a day", "Orders that were sent again, by what had gone wrong.",
              (within("1d", "retries_total", "backup_job, reason"), "{{backup_job}} {{reason}}")),
    ],
    "Durations": [
        graph("Duration", "Of the newest good backup.", (of_job("last_duration_seconds"), JOB), unit="s", width=6),
        graph("Parts", "What each part took, on average of a day.",
              (f"{within('1d', 'part_duration_seconds_sum', 'instance, backup_job, part')}"
               f" / {within('1d', 'part_duration_seconds_count', 'instance, backup_job, part')}", "{{backup_job}} part {{part}} ({{instance}})"),
              unit="s", width=6),
        graph("95th percentile", "What the backups of 30 days, and their parts, took at most but for the slowest twentieth.",
              (f"instance_backup_job:optimize_backup_duration_seconds:p95_increase30d{{{OF_JOB}}}", JOB),
              (f"instance_backup_job_part:optimize_backup_part_duration_seconds:p95_increase30d{{{OF_JOB}}}",
               "{{backup_job}} part {{part}} ({{instance}})"),
              unit="s", width=6),
        graph("Duration to what is usual", "The newest good backup to the median of those before it: 1 is as ever.",
              (of_job("duration_ratio"), JOB), width=6),
    ],
    "Sizes": [
        graph("Size", "Of all files that the newest good backup refers to.", (of_job("size_bytes"), JOB), unit="bytes", width=6),
        graph("New in it", "Of those files that no backup before it had brought.",
              (of_job("incremental_size_bytes"), JOB), unit="bytes", width=6),
        graph("Indices", "In each part of the newest good backup.",
              (of_job("indices"), "{{backup_job}} part {{part}} ({{instance}})"), width=6),
        graph("Size and indices to what is usual", "The newest good backup to the median of those before it: 1 is as ever.",
              (of_job("size_ratio"), "size of " + JOB), (of_job("indices_ratio"), "indices of " + JOB), width=6),
    ],
    "Next runs": [
        table("Next runs", "When each job is due, and until when a success is owed.",
              ("Next run", of_job("next_run_timestamp_seconds") + " * 1000", "dateTimeAsIso"),
              ("The one after that", f"({of_job('next_run_timestamp_seconds')} + {of_job('schedule_interval_seconds')}) * 1000",
               "dateTimeAsIso"),
              ("Success owed by", f"({OWED_IN}) * 1000", "dateTimeAsIso"),
              ("Paused since", of_job("paused_since_timestamp_seconds") + " * 1000", "dateTimeAsIso"),
              labels=JOB_LABELS, width=10),
        graph("Success owed in", "Below zero a job is overdue. A paused job owes nothing.",
              (f"({OWED_IN}) - time()", JOB), unit="s", minimum=None, width=7),
        timeline("Paused", "When jobs took no backups.", (of_job("job_paused"), JOB), words=YES, width=7),
    ],
    "Retention": [
        graph("Backups", "How many the repository holds, by state.", (of_instance("backups"), "{{state}} ({{instance}})"), stacked=True),
        graph("Reach", "How old each job's oldest good backup is.", (f"time() - {of_job('oldest_timestamp_seconds')}", JOB), unit="s"),
        graph("Deleted within a day", "By the setting that let them go; the job is empty for those taken by hand.",
              (within("1d", "retention_removed_total", "backup_job, reason"), "{{backup_job}} {{reason}}")),
        graph("Failures within a day", "What kept retention from its work.",
              (within("1d", "retention_failures_total", "instance, backup_job"), JOB)),
        graph("Only reported, and held", "Backups that retention would delete, had its mode not been report; and those that somebody holds.",
              (of_job("retention_reported"), "reported of " + JOB), (of_instance("held"), "held ({{instance}})")),
        graph("Since retention was applied", "And since it was without a failure.",
              (f"time() - max by (instance) ({of_instance('retention_last_run_timestamp_seconds')})", "applied ({{instance}})"),
              (f"time() - max by (instance) ({of_instance('retention_last_success_timestamp_seconds')})", "succeeded ({{instance}})"),
              unit="s"),
    ],
    "Recovery": [
        graph("Restorable", "How old the newest backup is that could be restored now, as far as can be told.",
              (f"instance:optimize_backup_restorable:age_seconds{{{OF_INSTANCE}}}", "{{instance}}"), unit="s"),
        graph("Since the last verification that succeeded", "Of each job's newest backup, on whatever host.",
              (f"time() - {of_job('verification_last_success_timestamp_seconds')}", "{{kind}} of " + JOB), unit="s"),
        graph("Verifications within a week", "By how they ended; the job is empty for those asked for by hand.",
              (within("7d", "verification_runs_total", "backup_job, kind, outcome"), "{{kind}} {{backup_job}} {{outcome}}")),
        table("Last restore", "As its report in the repository tells.",
              ("Ended", of_instance("restore_last_timestamp_seconds") + " * 1000", "dateTimeAsIso"),
              ("Outcome", of_instance("restore_last_successful"), SUCCEEDED),
              ("Duration", of_instance("restore_last_duration_seconds"), "s"),
              labels={"instance": "Instance"}, width=6),
        timeline("A restore is under way", "While its marker stands no backup begins.",
                 (of_instance("restore_in_progress"), "{{instance}}"), words=YES, width=6),
        graph("Restores within a week", "By how they ended.", (within("7d", "restores_total", "outcome", OF_INSTANCE), "{{outcome}}"), width=6),
        graph("Indices", "Those that are gone though backups of late hold them, and those that no backup takes.",
              (of_instance("vanished_indices"), "vanished ({{instance}})"), (of_instance("uncovered_indices"), "uncovered ({{instance}})"),
              width=6),
    ],
    "Engine": [
        timeline("Up", "Whether the engine answered, and whether the repository could be read.",
                 (of_instance("engine_up"), "engine ({{instance}})"), (of_instance("repository_up"), "repository ({{instance}})"), words=UP),
        graph("Since the last look", "How old what is told of the repository is.",
              (f"time() - {of_instance('repository_last_look_timestamp_seconds')}", "{{instance}}"), unit="s"),
        table("Engines", "What they are.", ("Engines", of_instance("engine_info"), "short"),
              labels={"instance": "Instance", "distribution": "Distribution", "version": "Version"}, hidden=["Engines"]),
        graph("Requests", "By what came of them.",
              (f"sum by (outcome) (rate({of_instance('engine_requests_total')}[$__rate_interval]))", "{{outcome}}"),
              unit="reqps", stacked=True),
        graph("Requests that failed", "By what they were to do, and why they failed.",
              ("sum by (operation, outcome) (rate("
               + of_instance("engine_requests_total", ', outcome!="success"') + "[$__rate_interval])) > 0", "{{operation}}: {{outcome}}"),
              unit="reqps"),
        graph("Latency", "From a request to its answer, but for the slowest twentieth.",
              (slowest("engine_request_duration_seconds", "operation"), "{{operation}}"), unit="s"),
    ],
    "API": [
        graph("Requests", "By endpoint and answer.",
              (f"sum by (route, method, status) (rate({of_instance('http_request_duration_seconds_count')}[$__rate_interval]))",
               "{{method}} {{route}} {{status}}"), unit="reqps", width=12),
        graph("Latency", "From a request to its answer, but for the slowest twentieth.",
              (slowest("http_request_duration_seconds", "route"), "{{route}}"), unit="s", width=12),
    ],
    "Process": [
        graph("Memory", "What is present, and what is mapped.",
              (f"process_resident_memory_bytes{{{OF_INSTANCE}}} and on (job, instance) {of_instance('build_info')}", "present ({{instance}})"),
              (f"process_virtual_memory_bytes{{{OF_INSTANCE}}} and on (job, instance) {of_instance('build_info')}", "mapped ({{instance}})"),
              unit="bytes", width=6),
        graph("CPU", "Share of one core.",
              (f"rate(process_cpu_seconds_total{{{OF_INSTANCE}}}[$__rate_interval]) and on (job, instance) {of_instance('build_info')}",
               "{{instance}}"), unit="percentunit", width=6),
        graph("Descriptors", "How many are open, and how many may be.",
              (f"process_open_fds{{{OF_INSTANCE}}} and on (job, instance) {of_instance('build_info')}", "open ({{instance}})"),
              (f"process_max_fds{{{OF_INSTANCE}}} and on (job, instance) {of_instance('build_info')}", "may be ({{instance}})"), width=6),
        graph("Loop", "The longest that one piece of work kept it, in a minute and the one before.",
              (of_instance("loop_longest_job_seconds"), "{{instance}}"), unit="s", width=6),
        graph("Since the start", "How long the process has run.",
              (f"(time() - process_start_time_seconds{{{OF_INSTANCE}}}) and on (job, instance) {of_instance('build_info')}", "{{instance}}"),
              unit="s"),
        table("Last reload", "When one was last asked for, and whether it was taken; empty while there was none.",
              ("Asked for", of_instance("configuration_last_reload_timestamp_seconds") + " * 1000", "dateTimeAsIso"),
              ("Outcome", of_instance("configuration_last_reload_successful"), SUCCEEDED), labels={"instance": "Instance"}),
        table("Versions", "What runs.", ("Versions", of_instance("build_info"), "short"),
              labels={"instance": "Instance", "version": "Version", "revision": "Revision", "swift": "Swift"}, hidden=["Versions"]),
    ],
}

# The dashboard


def laid_out(rows):
    """All panels, each with its id and its place, in rows of 24 columns."""
    panels, top = [], 0
    for title, members in rows.items():
        panels.append({
            "type": "row", "title": title, "collapsed": False, "panels": [], "id": len(panels) + 1,
            "gridPos": {"x": 0, "y": top, "w": 24, "h": 1},
        })
        top, left, height = top + 1, 0, 0
        for member in members:
            place = member["gridPos"]
            if left + place["w"] > 24:
                top, left, height = top + height, 0, 0
            member |= {"id": len(panels) + 1, "gridPos": place | {"x": left, "y": top}}
            left, height = left + place["w"], max(height, place["h"])
            panels.append(member)
        top += height
    return panels


def variable(name, label, query, everything):
    return {
        "type": "query", "name": name, "label": label, "definition": query, "query": {"query": query, "refId": "StandardVariableQuery"},
        "datasource": SOURCE, "includeAll": True, "allValue": everything, "multi": True, "refresh": 2, "sort": 1, "hide": 0,
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]}, "options": [], "regex": "", "skipUrlSync": False,
    }


DASHBOARD = {
    "title": "Backups of Optimize", "uid": "optimize-backup", "tags": ["backup", "optimize"], "editable": True, "schemaVersion": 37,
    "description": "What optimize-backup tells of backups, retention, recovery, the engine and itself.",
    "time": {"from": "now-7d", "to": "now"}, "refresh": "1m", "timezone": "", "graphTooltip": 1, "version": 1, "id": None, "links": [],
    "annotations": {"list": []},
    "templating": {"list": [
        {
            "type": "datasource", "name": "datasource", "label": "Source", "query": "prometheus", "regex": "", "refresh": 1, "hide": 0,
            "multi": False, "includeAll": False, "options": [], "current": {}, "skipUrlSync": False,
        },
        variable("instance", "Instance", "label_values(optimize_backup_build_info, instance)", ".+"),
        # By hand there is no job.
        variable("backup_job", "Job", 'label_values(optimize_backup_job_paused{instance=~"$instance"}, backup_job)', ".*"),
    ]},
    "panels": laid_out(ROWS),
}


def text():
    return json.dumps(DASHBOARD, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    pathlib.Path(__file__).with_name("dashboard.json").write_text(text(), encoding="utf-8")
