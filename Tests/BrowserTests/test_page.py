"""Looks at the status page in a real browser, Chromium, as a person does: with eyes, with a reader, on a phone, without JavaScript.

usage: test_page.py [--shots FOLDER] URL
       test_page.py [--shots FOLDER] --program PROGRAM [SCENE…]

With a program each scene of scenes.py is shown by it. Pictures of each go into the folder. Needs Chromium, and nothing but Python's own library.
"""
import argparse
import contextlib
import pathlib
import socket
import sys
import time

from browser import Browser
from scenes import SCENES, Daemon

# Ten seconds are long for a test.
HASTY = "const wait = setTimeout; setTimeout = (task, delay, ...rest) => wait(task, delay === 10000 ? 200 : delay, ...rest);"

# Of each text that can be seen, how its colour stands out against what is behind it (WCAG 2.2, 1.4.3), where that is not enough.
PALE = """
(() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const parse = color => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const pale = new Set(), walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode, element = text.parentElement;
    if (!text.data.trim() || ["SCRIPT", "STYLE"].includes(element.tagName) || !element.checkVisibility()) continue;
    let behind = element;
    while (behind && parse(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
    const [a, b] = [light(parse(getComputedStyle(element).color)),
      light(parse(behind ? getComputedStyle(behind).backgroundColor : "Canvas"))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) pale.add(`${element.tagName}.${element.className}: ${ratio.toFixed(2)}: ${text.data.trim().slice(0, 30)}`);
  }
  return [...pale];
})()
"""

# What reaches beyond the right edge, but for what scrolls by itself.
WIDE = """
[...document.querySelectorAll("body *")].filter(e => !e.closest(".wide") && e.checkVisibility()
  && e.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
  .map(e => `${e.tagName}.${e.className}: ${e.textContent.trim().slice(0, 40)}`)
"""


def check(condition, words):
    if not condition:
        raise AssertionError(words)


def is_quiet(tab, url):
    """Nothing was complained of, and nothing loaded but the page itself."""
    complaints = tab.events("Runtime.exceptionThrown", "Audits.issueAdded")
    complaints += [e for e in tab.events("Log.entryAdded") if e["entry"]["level"] in ("error", "warning")]
    complaints += [e for e in tab.events("Runtime.consoleAPICalled") if e["type"] in ("error", "warning", "assert")]
    check(not complaints, f"the browser complains: {complaints}")
    others = {e["request"]["url"] for e in tab.events("Network.requestWillBeSent")} - {url, "data:,"}
    check(not others, f"it loads more than itself: {others}")


def is_protected(tab, url):
    answer = next(e["response"] for e in tab.events("Network.responseReceived") if e["response"]["url"] == url)
    fields = {name.lower(): value for name, value in answer["headers"].items()}
    policy = fields.get("content-security-policy", "")
    check("default-src 'none'" in policy and "unsafe" not in policy, f"the policy is {policy!r}")
    check(fields.get("x-content-type-options") == "nosniff", "nosniff is missing")


def can_be_read(tab):
    """By a reader: the status comes first, headings are in order, and what is no text has a name."""
    nodes = tab.accessible()
    headings = [(int(p["level"]), name) for role, name, p in nodes if role == "heading"]
    told = [(role, name) for role, name, _ in nodes if role in ("heading", "paragraph", "StaticText", "table") and name]
    check(told[0][0] == "heading" and headings[0][0] == 1, f"what comes first is {told[0]}")
    check([level for level, _ in headings].count(1) == 1, f"there is more than one title: {headings}")
    for (level, _), (next_level, name) in zip(headings, headings[1:]):
        check(next_level <= level + 1, f"a level is left out before {name!r}")
    roles = [role for role, _, _ in nodes]
    for landmark in ("main", "contentinfo"):
        check(landmark in roles, f"there is no landmark {landmark}")
    for role, name, _ in nodes:
        check(role not in ("table", "image", "img", "link", "progressbar", "region") or name, f"a {role} has no name")
    check("columnheader" in roles and "rowheader" in roles or "table" not in roles, "tables have no headers")
    names = [name for _, name in headings if name]
    wanted = ["Jobs", "The last 60 days", "Durations and sizes", "Running now", "What retention removes next", "Problems"]
    sections = [name for level, name in headings if level == 2]
    check(sections == [name for name in wanted if name in sections], f"the sections are {sections}")
    return names[0]


def fits_a_phone(tab):
    width = tab.evaluate("document.documentElement.scrollWidth")
    check(width <= 360, f"at 360 px it is {width} px wide: {tab.evaluate(WIDE)}")
    check(not tab.evaluate(WIDE), f"it is cut off at the right: {tab.evaluate(WIDE)}")


def refreshes_itself(tab, url):
    """What has changed is shown; while nobody can see it, nothing is asked; a daemon that is gone is told of."""
    def asked():
        return len(tab.events("Network.requestWillBeSent"))
    tab.evaluate("document.querySelector('h1').textContent = 'of old'")
    tab.wait(lambda: tab.evaluate("document.querySelector('h1').textContent") != "of old", "it does not refresh itself")
    check(tab.evaluate("document.getElementById('told').textContent") != "", "a reader is not told of another verdict")
    hide = "Object.defineProperty(document, 'hidden', {configurable: true, get: () => %s}); document.dispatchEvent(new Event('visibilitychange'))"
    tab.evaluate(hide % "true")
    time.sleep(0.3)
    before = asked()
    time.sleep(0.7)
    check(asked() == before, "it refreshes itself while nobody can see it")
    tab.evaluate(hide % "false")
    tab.wait(lambda: asked() > before, "it does not go on")
    is_quiet(tab, url)
    offline = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    tab.call("Network.emulateNetworkConditions", offline=True, **offline)
    tab.wait(lambda: tab.evaluate("document.getElementById('lost').checkVisibility()"), "it hides that the daemon is gone")
    tab.call("Network.emulateNetworkConditions", offline=False, **offline)
    tab.wait(lambda: not tab.evaluate("document.getElementById('lost').checkVisibility()"), "it hides that the daemon is back")


def look(browser, url, name, shots):
    tab = browser.tab()
    tab.call("Page.addScriptToEvaluateOnNewDocument", source=HASTY)
    for kind, width, height, scheme in (
            ("light", 1200, 900, "light"), ("dark", 1200, 900, "dark"), ("phone", 360, 740, "light"), ("phone-dark", 360, 740, "dark")):
        tab.show(width, height, scheme)
        tab.open(url)
        if width == 360:
            fits_a_phone(tab)
        pale = tab.evaluate(PALE)
        check(not pale, f"{kind}: too pale: {pale}")
        if shots:
            tab.screenshot(shots / f"{name}-{kind}.png")
    title = can_be_read(tab)
    is_protected(tab, url)
    is_quiet(tab, url)
    refreshes_itself(tab, url)
    plain = browser.tab()
    plain.call("Emulation.setScriptExecutionDisabled", value=True)
    plain.open(url)
    check(can_be_read(plain) == title, "without JavaScript it is another page")
    is_quiet(plain, url)
    print(f"{name}: {title}", flush=True)


def free_port():
    with contextlib.closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--shots", type=pathlib.Path)
    parser.add_argument("--program")
    parser.add_argument("what", nargs="*")
    arguments = parser.parse_args()
    if arguments.shots:
        arguments.shots.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    with Browser() as browser:
        if not arguments.program:
            for url in arguments.what:
                look(browser, url, "page", arguments.shots)
        else:
            for scene in arguments.what or SCENES:
                with Daemon(arguments.program, scene, free_port()) as daemon:
                    look(browser, f"http://127.0.0.1:{daemon.port}/", scene, arguments.shots)
    print(f"passed in {time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
